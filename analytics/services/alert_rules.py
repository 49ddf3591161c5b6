"""Which alerts there are, and from which number on; the owner may change both."""

from dataclasses import dataclass

from analytics.models import AlertRule
from salesagent.accounts import audit
from salesagent.accounts.models import User

LARGEST = 100_000.0
OF_ALL = ("percent below", "percent of", "percent bounces")  # a share: at most all


@dataclass(frozen=True)
class Kind:
    """`label`: its heading. `unit`: what the threshold counts; `help`: when it is raised.

    `everybody`: also told to the rep whose leads it is about, else to managers and the owner only.
    """

    code: str
    label: str
    threshold: float
    unit: str
    help: str
    icon: str = "alert-triangle"
    everybody: bool = False
    whole: bool = True  # the threshold is a whole number

    @property
    def most(self) -> float:
        """More makes no sense, so it is refused."""
        if self.unit.startswith(OF_ALL):
            return 100.0
        return 1000.0 if self.unit.startswith("percent") else LARGEST


KINDS = {
    kind.code: kind
    for kind in (
        Kind(
            "drop",
            "Drops",
            40,
            "percent below usual",
            "A day is that far below the same weekday of the last eight weeks, and chance alone "
            "would do it once in a thousand days.",
            "arrow-down",
        ),
        Kind(
            "spike",
            "Spikes",
            40,
            "percent above usual",
            "The same, above what is usual.",
            "arrow-up-right",
        ),
        Kind(
            "approvals",
            "Drafts that wait",
            10,
            "drafts past their time",
            "Drafts whose planned moment is over, and nobody decided.",
            "checks",
            everybody=True,
        ),
        Kind(
            "unanswered",
            "Unanswered replies",
            1,
            "leads",
            "They wrote more than a day ago and nobody answered.",
            "message",
            everybody=True,
        ),
        Kind(
            "cooling",
            "Hot leads cooling down",
            1,
            "leads",
            "Score 75 or more, but their signs come ever later.",
            "snowflake",
            everybody=True,
        ),
        Kind(
            "late-deals",
            "Deals past their day",
            1,
            "deals",
            "Running deals whose expected close is over.",
            "calendar-event",
            everybody=True,
        ),
        Kind(
            "saturated",
            "Companies at their limit",
            1,
            "companies",
            "As many touches in seven days as the weekly limit of a company allows.",
            "building",
        ),
        Kind(
            "mailbox",
            "Mailboxes near their guard",
            2,
            "percent bounces in seven days",
            "From that share on, before the guard stops the mailbox at 5 percent; any warning "
            "about complaints as well.",
            "mail",
            everybody=True,
            whole=False,
        ),
        Kind(
            "stalled",
            "Stalled stages",
            5,
            "leads or deals in one stage",
            "Longer in their stage than nine of ten that moved on.",
            "player-pause",
        ),
        Kind(
            "quality",
            "Data quality",
            20,
            "percent of leads",
            "So many leads have no lawful basis, a dead address, nobody who owns them or a time "
            "zone that cannot be.",
            "table",
        ),
    )
}


@dataclass(frozen=True)
class Rule:
    kind: Kind
    on: bool
    threshold: float


def rules() -> dict[str, Rule]:
    """Every kind with its threshold; one query."""
    own = {row.kind: row for row in AlertRule.objects.all()}
    return {code: _rule(kind, own.get(code)) for code, kind in KINDS.items()}


def _rule(kind: Kind, own: AlertRule | None) -> Rule:
    return Rule(kind, own.on, own.threshold) if own else Rule(kind, True, kind.threshold)


def change(user: User, wanted: dict[str, tuple[bool, float]]) -> list[str]:
    """Set what differs; the kinds that changed. Alerts follow at the next look."""
    before, changed = rules(), []
    for code, (on, threshold) in wanted.items():
        if (before[code].on, before[code].threshold) != (on, threshold):
            AlertRule.objects.update_or_create(
                kind=code, defaults={"on": on, "threshold": threshold}
            )
            changed.append(code)
    if changed:
        audit.note(user, "settings.changed", "alerts", fields=changed)
    return changed
