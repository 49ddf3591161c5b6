"""Actions on many leads: which ones were chosen, and doing it at once or as a job."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import QueryDict

from leads.access import assignable, leads_for
from leads.models import Lead
from leads.selectors import filters
from leads.selectors.listing import forget_counts
from leads.services import lifecycle
from leads.services.lifecycle import ChangeError
from salesagent.accounts import audit
from salesagent.accounts.models import User
from salesagent.lib import jobs
from salesagent.lib.models import Job
from salesagent.lib.text import one_line, plural

AT_ONCE = 500  # leads; more become a job that can be watched and stopped
MAX_IDS = 1000
JOB_KIND = "bulk"
DONE = {
    "owner": "handed over",
    "tag": "tagged",
    "untag": "lost the tag",
    "stage": "moved to the stage",
    "archive": "archived",
    "restore": "back in the list",
    "trade": "given the trade",
    "zone": "left without a time zone: country and number say it",
}


@dataclass(frozen=True)
class Outcome:
    text: str
    job: Job | None = None


def chosen(user: User, post: QueryDict) -> QuerySet[Lead]:
    """The leads of a posted list: `ids`, or with `all` everything that `query` lets through.

    Never more than the user may see. `query` is the query string of the list's page.
    """
    if post.get("all"):
        return filters.narrow(user, filters.read(QueryDict(post.get("query", "")[:2000])))
    ids = [int(text) for text in post.getlist("ids")[:MAX_IDS] if _is_id(text)]
    return leads_for(user).filter(pk__in=ids)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16


def act(user: User, post: QueryDict) -> Outcome:
    """Do `action` to the chosen leads. Raises ChangeError when something is missing."""
    action = post.get("action", "")
    if action not in DONE:
        raise ChangeError("Choose what to do.", "action")
    value = post.get(f"to_{action}", "").strip()
    target = _target(user, action, value)
    leads = chosen(user, post)
    count = leads.count()
    if not count:
        raise ChangeError("Choose at least one lead first.", "ids")
    audit.note(user, f"leads.bulk_{action}", rows=count)
    forget_counts(user)
    if count > AT_ONCE:
        return _as_job(user, post, action, value, count)
    changed = lifecycle.apply_many(leads, action, target, user, lambda done: None)
    return Outcome(_told(action, changed, count))


def _told(action: str, changed: int, count: int) -> str:
    same = f" {count - changed:,} already were." if 0 < changed < count else ""
    if not changed:
        return "Nothing to change: all of them already were so."
    return f"{plural(changed, 'lead')} {DONE[action]}.{same}"


def _target(user: User, action: str, value: str) -> User | str | None:
    """What a posted value means; ChangeError in plain words when it means nothing."""
    if action == "owner":
        if value == "none" and user.is_manager:
            return None
        person = assignable(user).filter(pk=int(value)).first() if _is_id(value) else None
        if person is None:
            raise ChangeError("Choose who gets the leads.", "to_owner")
        return person
    if action in ("tag", "untag") and not lifecycle.clean_tag(value):
        raise ChangeError("Write a tag.", f"to_{action}")
    if action == "trade":
        value = one_line(value, 60)
        if not value:
            raise ChangeError("Write a trade.", "to_trade")
    if action == "stage" and value not in Lead.Stage.values:
        raise ChangeError("Choose a stage.", "to_stage")
    return value


def _as_job(user: User, post: QueryDict, action: str, value: str, count: int) -> Outcome:
    job = jobs.start(
        kind=JOB_KIND,
        title=f"Changing {plural(count, 'lead')}",
        task="leads.tasks.bulk_change",
        owner=user,
        total=count,
        data={
            "unit": "leads",
            "action": action,
            "value": value,
            "all": bool(post.get("all")),
            "query": post.get("query", "")[:2000],
            "ids": post.getlist("ids")[:MAX_IDS],
        },
    )
    return Outcome(f"{plural(count, 'lead')} will change in the background.", job)


def run(job: Job, report: Callable[[int], None]) -> None:
    """The job's work: choose again, as its owner, and go on batch by batch."""
    data, user = job.data, User.objects.get(pk=job.owner_id)
    post = QueryDict(mutable=True)
    post.setlist("ids", data["ids"])
    post["query"] = data["query"]
    if data["all"]:
        post["all"] = "1"
    target = _target(user, data["action"], data["value"])
    leads = chosen(user, post)
    lifecycle.apply_many(leads, data["action"], target, user, report)
    forget_counts(user)
