"""The playbook: ready-made plays, versions that people make of them, and which fits best.

Ready-made plays follow the program; an edit of one is the workspace's own and stays.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.text import slugify

from coaching.content import PLAYS, Ready
from coaching.models import Play, PlayUse
from coaching.services import objections, similarity
from coaching.services.shares import Share
from leads.models import Lead
from outreach.services import merge
from salesagent.accounts.models import User
from salesagent.lib.sql import Rows
from salesagent.lib.text import clean, one_line

# as good as five uses of which two worked, so that one lucky use does not lead the list
PRIOR_USES, PRIOR_WINS = 5, 2
FIT, CLOSENESS = 0.15, 0.3  # weight of each word that fits (three count), of the encoder's cosine
MOST_WORDS = 3
ENOUGH = 5  # settled uses below which nothing is said of how well a play works


def times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


class PlayError(Exception):
    """Why a play was not kept, in plain words."""


@dataclass(frozen=True)
class Record:
    """How often it was used in answers that led somewhere or not; open ones are not in it."""

    wins: int = 0
    uses: int = 0

    @property
    def rate(self) -> float:
        return (self.wins + PRIOR_WINS) / (self.uses + PRIOR_USES)

    @property
    def share(self) -> Share:
        """With its interval, for pages."""
        return Share(self.wins, self.uses)

    @property
    def enough(self) -> bool:
        return self.uses >= ENOUGH

    @property
    def proven(self) -> bool:
        """Used often enough, and it led on."""
        return self.enough and self.wins > 0

    @property
    def words(self) -> str:
        if not self.uses:
            return "Not used yet"
        if not self.enough:
            return f"Used {times(self.uses)}, too few to say"
        return f"Worked {self.wins} of {self.uses} times"


@dataclass(frozen=True)
class Ranked:
    """A play that fits, with its text filled in for the lead."""

    play: Play
    answer: str
    question: str
    record: Record
    words: tuple[str, ...] = ()


@transaction.atomic
def install() -> int:
    """Put the ready-made plays in place; returns how many are new. Idempotent."""
    known = {play.code: play for play in Play.objects.filter(builtin=True)}
    new = [
        Play(code=ready.code, kind=kind, builtin=True, **_values(ready))
        for kind, plays in PLAYS.items()
        for ready in plays
        if ready.code not in known
    ]
    Play.objects.bulk_create(new)
    for kind, plays in PLAYS.items():
        for ready in plays:
            _follow(known.get(ready.code), kind, _values(ready))
    return len(new)


def _values(ready: Ready) -> dict[str, object]:
    return {
        "name": ready.name,
        "when": ready.when,
        "answer": ready.answer,
        "question": ready.question,
        "words": ready.triggers,
    }


def _follow(play: Play | None, kind: str, values: dict[str, object]) -> None:
    changed = play and any(getattr(play, name) != value for name, value in values.items())
    if play is not None and (changed or play.kind != kind):
        Play.objects.filter(pk=play.pk).update(kind=kind, **values)


def ensure() -> None:
    """Install on first use; one small query otherwise."""
    if not Play.objects.filter(builtin=True).exists():
        install()


def current() -> QuerySet[Play]:
    """The version in use of each play."""
    return Play.objects.filter(retired_at=None)


_OF_KIND = {
    kind: Rows(lambda kind=kind: Play.objects.filter(kind=kind, retired_at=None))
    for kind in Play.Kind.values
}


def records(codes: Iterable[str]) -> dict[str, Record]:
    """code -> what came of its uses, over all versions. One query."""
    settled = PlayUse.objects.filter(play__code__in=list(codes)).exclude(outcome="")
    return _counted(settled)


def _counted(settled: QuerySet[PlayUse]) -> dict[str, Record]:
    rows = settled.values_list("play__code").annotate(
        wins=Count("pk", filter=Q(outcome=PlayUse.Outcome.WORKED)), uses=Count("pk")
    )
    return {code: Record(wins, uses) for code, wins, uses in rows.order_by()}


def records_of_all() -> dict[str, Record]:
    """The same for every play."""
    return _counted(PlayUse.objects.exclude(outcome=""))


def ranked(
    kind: str, text: str, lead: Lead | None = None, user: User | None = None, *, limit: int = 3
) -> list[Ranked]:
    """The best plays of a kind: what worked first, then what fits the words of `text`."""
    if kind not in _OF_KIND:
        return []
    plays = _OF_KIND[kind].all()
    if not plays:
        ensure()
        plays = _OF_KIND[kind].all()
    numbers = records(play.code for play in plays)
    said, near = objections.plain(text), similarity.closeness(text, plays)
    rows = []
    for play in plays:
        words = objections.found_words((objections.plain(w).strip() for w in play.words), said)
        record = numbers.get(play.code, Record())
        points = record.rate + FIT * min(len(words), MOST_WORDS) + CLOSENESS * near.get(play.pk, 0)
        rows.append((-points, play.pk, play, record, tuple(words)))
    rows.sort(key=lambda row: row[:2])
    fields = merge.fields_for(lead, user, None) if lead else None
    return [_filled(play, record, words, fields) for *_, play, record, words in rows[:limit]]


def best() -> dict[str, Ranked]:
    """kind -> the play that worked best, its question with sample values, without its text; for
    all kinds in two queries."""
    numbers = records_of_all()
    found: dict[str, Ranked] = {}
    rows = current().select_related("author").order_by("pk")
    for play in rows.only("code", "kind", "name", "question", "builtin", "author__name"):
        question = merge.render(play.question, merge.SAMPLES).text
        ranked = Ranked(play, "", question, numbers.get(play.code, Record()))
        known = found.get(play.kind)
        if known is None or ranked.record.rate > known.record.rate:
            found[play.kind] = ranked
    return found


def _filled(
    play: Play, record: Record, words: tuple[str, ...], fields: dict[str, str] | None
) -> Ranked:
    if fields is None:
        return Ranked(play, play.answer, play.question, record, words)
    answer = merge.render(play.answer, fields).text
    return Ranked(play, answer, merge.render(play.question, fields).text, record, words)


def for_objection(
    kind: str, text: str, language: str = "", lead: Lead | None = None
) -> list[dict[str, object]]:
    """What wiring's PLAYBOOK promises: the best plays first, filled in where a lead is given.

    Plays in the lead's language go first; English ones follow, so there is always an answer.
    """
    rows = ranked(kind, text, lead, limit=5)
    rows.sort(key=lambda row: row.play.language != (language[:2] or "en"))
    return [
        {
            "play_id": row.play.pk,
            "name": row.play.name,
            "answer": row.answer,
            "question": row.question,
            "wins": row.record.wins,
            "uses": row.record.uses,
            "language": row.play.language,
        }
        for row in rows
    ]


def _checked(values: dict[str, str]) -> dict[str, object]:
    name, answer = one_line(values["name"], 100), clean(values["answer"].replace("\r\n", "\n"))
    if values["kind"] not in Play.Kind.values:
        raise PlayError("Choose which objection it answers.")
    if not name or not answer.strip():
        raise PlayError("A play needs a name and an answer.")
    words = [one_line(word, 60).lower() for word in values["words"].split(",")]
    return {
        "kind": values["kind"],
        "name": name,
        "when": one_line(values["when"], 200),
        "answer": answer.strip()[:1500],
        "question": one_line(values["question"], 300),
        "words": [word for word in dict.fromkeys(words) if word][:40],
    }


@transaction.atomic
def save(play: Play | None, user: User, values: dict[str, str]) -> Play:
    """A new play, or a new version of one: the old one stays to be read. Raises PlayError."""
    checked = _checked(values)
    if play is None:
        return Play.objects.create(code=_free_code(str(checked["name"])), author=user, **checked)
    if not current().filter(pk=play.pk).update(retired_at=timezone.now()):
        raise PlayError("Somebody has changed this play meanwhile. Read the newer version first.")
    root = play.root or play
    return Play.objects.create(
        code=play.code,
        root=root,
        version=play.version + 1,
        language=play.language,
        author=user,
        **checked,
    )


def _free_code(name: str) -> str:
    base = slugify(name)[:50] or "play"
    taken = set(Play.objects.filter(code__startswith=base).values_list("code", flat=True))
    return next(
        code
        for code in (base, *(f"{base}-{number}" for number in range(2, 10_000)))
        if code not in taken
    )


def record_of(play: Play) -> Record:
    """What came of one version."""
    settled = play.uses.exclude(outcome="")
    return Record(settled.filter(outcome=PlayUse.Outcome.WORKED).count(), settled.count())
