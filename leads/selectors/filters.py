"""The lead list's filters: read from the URL, applied to a queryset, shown as removable chips."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.timezone import localtime

from leads import search
from leads.access import assignable, leads_for
from leads.models import ImportBatch, Lead
from leads.selectors import look_filter
from leads.selectors.paging import SORTS
from leads.selectors.tags import tags_in_use, with_tag
from leads.selectors.views import DEFAULT_VIEW, VIEWS, View
from salesagent.accounts.models import User
from salesagent.lib import countries
from salesagent.lib.text import one_line

MAX_VALUES = 10  # of one filter
MAX_TEXT = 100
SEQUENCE_STATES = {
    "none": "Not in a sequence",
    "active": "Running",
    "paused": "Paused",
    "finished": "Finished",
    "stopped": "Stopped",
}
BASES = {code or "none": label for code, label in Lead.Basis.choices}
STAGES = {str(code): str(label) for code, label in Lead.Stage.choices}
LABELS = {
    "q": "Search",
    "score": "Score",
    "stage": "Stage",
    "owner": "Owner",
    "trade": "Trade",
    "tag": "Tag",
    "source": "Source",
    "country": "Country",
    "batch": "Import",
    "basis": "Lawful basis",
    "seq": "Sequence",
    "look": "Look at",
}
SEVERAL = tuple(code for code in LABELS if code not in ("q", "score"))
PAGE_KEYS = ("after", "before", "saved", "csrfmiddlewaretoken")


@dataclass(frozen=True)
class Chip:
    label: str
    value: str
    remove: str  # query string without this filter


@dataclass(frozen=True)
class Filters:
    """What the URL asks for, with what could not be understood left out and said in `errors`."""

    view: View = VIEWS[DEFAULT_VIEW]
    q: str = ""
    score: int | None = None
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: str = "score"
    errors: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        return bool(self.q or self.score is not None or any(self.chosen.values()))


def read(query: QueryDict) -> Filters:
    errors: list[str] = []
    view = VIEWS.get(query.get("view", ""), VIEWS[DEFAULT_VIEW])
    sort = query.get("sort", "")
    return Filters(
        view=view,
        q=one_line(query.get("q", ""), MAX_TEXT),
        score=_score(query.get("score", ""), errors),
        chosen={code: _values(query, code, errors) for code in SEVERAL},
        sort=sort if sort in SORTS else view.sort,
        errors=tuple(errors),
    )


def _score(text: str, errors: list[str]) -> int | None:
    text = text.strip()
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) < 4 and int(text) <= 100:
        return int(text)
    errors.append("The lowest score must be a number from 0 to 100. That filter was left out.")
    return None


def _values(query: QueryDict, code: str, errors: list[str]) -> tuple[str, ...]:
    found = dict.fromkeys(one_line(text, MAX_TEXT) for text in query.getlist(code))
    kept = [text for text in found if text]
    good = [text for text in kept if _known(code, text)]
    if len(good) < len(kept):
        errors.append(f"A filter for {LABELS[code].lower()} is not known. It was left out.")
    return tuple(good[:MAX_VALUES])


def _known(code: str, text: str) -> bool:
    closed: dict[str, Mapping[str, str]] = {
        "stage": STAGES,
        "basis": BASES,
        "seq": SEQUENCE_STATES,
        "look": look_filter.names(),
    }
    number = text.isascii() and text.isdigit() and len(text) < 16
    if code == "owner":
        return text in ("me", "none") or number
    if code == "batch":
        return number
    return code not in closed or text in closed[code]


def narrow(user: User, filters: Filters, *, walk: bool = False) -> QuerySet[Lead]:
    """The leads that `user` may see and that the view and every filter let through.

    `walk`: see access.leads_for.
    """
    leads = filters.view.narrow(leads_for(user, walk=walk))
    if filters.q:
        leads = search.find_leads(leads, filters.q)
    if filters.score is not None:
        leads = leads.filter(score__gte=filters.score)
    for tag in filters.chosen.get("tag", ()):
        leads = with_tag(leads, tag)
    leads = look_filter.narrow(leads, filters.chosen.get("look", ()))
    for condition in _conditions(user, filters.chosen):
        leads = leads.filter(condition)
    return leads


def _conditions(user: User, chosen: Mapping[str, tuple[str, ...]]) -> Iterator[Q]:
    """One condition for each filter; its values are alternatives."""
    columns = {"stage": "stage", "trade": "trade", "source": "source", "country": "country"}
    for code, column in columns.items():
        if values := chosen.get(code):
            yield Q(**{f"{column}__in": values})
    if values := chosen.get("owner"):
        yield _owners(user, values)
    if values := chosen.get("batch"):
        yield Q(import_batch_id__in=[int(v) for v in values])
    if values := chosen.get("basis"):
        yield Q(lawful_basis__in=["" if v == "none" else v for v in values])
    if values := chosen.get("seq"):
        yield Q(sequence_state__in=["" if v == "none" else v for v in values])


def _owners(user: User, values: tuple[str, ...]) -> Q:
    ids = [user.pk if v == "me" else int(v) for v in values if v != "none"]
    found = Q(owner_id=ids[0]) if len(ids) == 1 else Q(owner_id__in=ids)
    return found | Q(owner=None) if "none" in values else found


def chips(user: User, filters: Filters, query: QueryDict) -> list[Chip]:
    """Every filter that is on, in words, with the query string that takes it off."""
    found = []
    if filters.q:
        found.append(Chip(LABELS["q"], filters.q, without(query, "q")))
    if filters.score is not None:
        found.append(Chip(LABELS["score"], f"{filters.score} and more", without(query, "score")))
    for code, values in filters.chosen.items():
        names = _names(user, code, values)
        found += [
            Chip(LABELS[code], names.get(value, value), without(query, code, value))
            for value in values
        ]
    return found


def without(query: QueryDict, code: str, value: str | None = None) -> str:
    """The query string without one value of a filter (all of them by None), on the first page."""
    rest = query.copy()
    for key in PAGE_KEYS:
        rest.pop(key, None)
    kept = [v for v in rest.getlist(code) if value is not None and one_line(v, MAX_TEXT) != value]
    rest.setlist(code, kept)
    return "?" + rest.urlencode()


def _names(user: User, code: str, values: tuple[str, ...]) -> Mapping[str, str]:
    if code == "stage":
        return STAGES
    if code == "basis":
        return BASES
    if code == "seq":
        return SEQUENCE_STATES
    if code == "look":
        return look_filter.names()
    if code == "owner" and values:
        return _owner_names(user, values)
    if code == "batch" and values:
        return _batch_names(user, values)
    if code == "country":
        return {value: countries.name_of(value) for value in values}
    return {}


def _owner_names(user: User, values: tuple[str, ...]) -> dict[str, str]:
    """Names of people this user knows anyway; the rest are only numbers."""
    names = {"me": "me", "none": "nobody"}
    ids = [int(v) for v in values if v.isdigit()]
    if ids:
        known = assignable(user).filter(pk__in=ids).values_list("pk", "name")
        names |= {str(pk): name for pk, name in known}
    return names | {v: f"person {v}" for v in values if v not in names}


def _batch_names(user: User, values: tuple[str, ...]) -> dict[str, str]:
    batches = ImportBatch.objects.filter(pk__in=[int(v) for v in values])
    if not user.is_owner:
        batches = batches.filter(user=user)
    names = {str(pk): name for pk, name in batches.values_list("pk", "file_name")}
    return names | {v: f"number {v}" for v in values if v not in names}


def clean_query(query: QueryDict) -> str:
    """The URL's filters in one order and without anything else: what a saved view keeps."""
    kept = QueryDict(mutable=True)
    for key in ("view", "q", "score", *SEVERAL, "sort"):
        values = [one_line(v, MAX_TEXT) for v in query.getlist(key)][:MAX_VALUES]
        kept.setlist(key, [v for v in values if v])
    return kept.urlencode()


def choices(user: User) -> dict[str, list[tuple[str, str]]]:
    """What can be chosen in the filter form: closed lists, and the values that are in use."""
    leads = leads_for(user).filter(archived_at=None)
    batches = ImportBatch.objects.all() if user.is_owner else user.imports.all()
    people = [(str(p.pk), p.name) for p in assignable(user).exclude(pk=user.pk)[:200]]
    free = {
        code: [(value, value) for value in _in_use(leads, code)] for code in ("trade", "source")
    }
    return free | {
        "country": countries.choices(_in_use(leads, "country")),
        "stage": list(STAGES.items()),
        "owner": [("me", "Me"), ("none", "Nobody"), *people],
        "tag": [(tag, tag) for tag in tags_in_use(leads)],
        "batch": [
            (str(b.pk), f"{b.file_name}, {localtime(b.created_at):%-d %b %Y}") for b in batches[:50]
        ],
        "basis": list(BASES.items()),
        "seq": list(SEQUENCE_STATES.items()),
        "look": list(look_filter.names().items()),
    }


def _in_use(leads: QuerySet[Lead], column: str) -> list[str]:
    values = leads.exclude(**{column: ""}).order_by(column).values_list(column, flat=True)
    return list(values.distinct()[:200])
