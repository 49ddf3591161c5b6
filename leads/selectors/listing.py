"""The lead list as a page shows it: one page of rows, counts, tabs."""

from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import QuerySet
from django.http import QueryDict

from leads.access import leads_for
from leads.models import Lead, SavedView
from leads.selectors import filters as filtering
from leads.selectors.counting import COUNT_CAP, Count, capped_count, leads_in_list
from leads.selectors.filters import Chip, Filters
from leads.selectors.paging import PAGE_SIZE, Page, ordered, page_of
from leads.selectors.views import DEFAULT_VIEW, VIEWS
from salesagent.accounts.models import User

TAB_SECONDS = 60
TAB_CAP = 999
OWN_INDEX = ("score", "newest")  # sorts for which one owner's leads have an index


@dataclass(frozen=True)
class Tab:
    name: str
    query: str
    current: bool
    count: Count | None = None
    saved: SavedView | None = None


@dataclass(frozen=True)
class Listing:
    filters: Filters
    page: Page
    found: Count
    total: Count
    tabs: list[Tab]
    chips: list[Chip]

    @property
    def last(self) -> int:
        """What "1 to 25 of" may say at most: the count is newer than the positions."""
        return self.page.last


def listing(user: User, query: QueryDict) -> Listing:
    """Everything the list page shows, in a number of queries that no row adds to."""
    filters = filtering.read(query)
    total = leads_in_list(user)
    many = total > COUNT_CAP
    owner_index = filters.sort in OWN_INDEX and not filters.view.few and not user.is_manager
    walk = many and not owner_index
    rows = filtering.narrow(user, filters, walk=walk)
    page, found = _searched(rows, filters, query) if filters.q else (None, None)
    if page is None:
        after, before = query.get("after", ""), query.get("before", "")
        page = page_of(rows, filters.sort, after=after, before=before)
    return Listing(
        filters=filters,
        page=page,
        found=found or _count(user, filters, page, many),
        total=Count(total),
        tabs=tabs(user, filters, query),
        chips=filtering.chips(user, filters, query),
    )


def _searched(
    rows: QuerySet[Lead], filters: Filters, query: QueryDict
) -> tuple[Page | None, Count | None]:
    """The first page of a search with its count: the index is asked once for both."""
    if query.get("after") or query.get("before"):
        return None, None
    keys = list(ordered(rows, filters.sort).values_list("pk", flat=True)[: COUNT_CAP + 1])
    shown = Lead.objects.filter(pk__in=keys[: PAGE_SIZE + 1])
    return page_of(shown, filters.sort), Count(len(keys))


def _count(user: User, filters: Filters, page: Page, many: bool) -> Count:
    """How many the filters let through; a page that shows all of them needs no query."""
    if not page.next and page.first == 1:
        return Count(len(page.rows))
    return Count(capped_count(filtering.narrow(user, filters, walk=many and filters.view.few)))


def tabs(user: User, filters: Filters, query: QueryDict) -> list[Tab]:
    """The built-in views with their counts, then the user's own."""
    own = list(SavedView.objects.filter(user=user))
    now = query.get("saved", "")
    chosen = next((view for view in own if str(view.pk) == now), None)
    counts = tab_counts(user)
    built_in = [
        Tab(
            name=view.name,
            query="?" if code == DEFAULT_VIEW else f"?view={code}",
            current=chosen is None and filters.view.code == code,
            count=counts.get(code),
        )
        for code, view in VIEWS.items()
    ]
    saved = [
        Tab(view.name, f"?{view.query}&saved={view.pk}", view == chosen, saved=view) for view in own
    ]
    return built_in + saved


def tab_counts(user: User) -> dict[str, Count]:
    """Counts of the built-in views, at most a minute old: a rare view may need a long look."""
    key = f"lead-tabs:{user.pk}"
    known: dict[str, int] | None = cache.get(key)
    if known is None:
        known = {
            code: capped_count(view.narrow(leads_for(user)), TAB_CAP)
            for code, view in VIEWS.items()
            if view.counted
        }
        cache.set(key, known, TAB_SECONDS)
    return {code: Count(value, TAB_CAP) for code, value in known.items()}


def forget_counts(user: User) -> None:
    """After a change by this user: the next page counts anew."""
    cache.delete(f"lead-tabs:{user.pk}")
