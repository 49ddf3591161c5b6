"""Pairs of leads that may be one person: found each night and for each new lead. Only people merge.

Who is compared with whom is decided on disk, in a database of its own that is thrown away: leads
that share a key (leads.intake.alike.keys) form a block. So memory stays flat, however many leads.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import lru_cache
from itertools import islice
from typing import TypeVar

from django.db import transaction
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Lower
from django.db.models.lookups import Exact
from django.utils import timezone

from leads import search
from leads.access import leads_for
from leads.intake.alike import SHOW, Likeness, Person, compare, keys
from leads.models import DuplicatePair, Lead
from salesagent.accounts.models import User

State = DuplicatePair.State
BLOCK = 40  # leads with one key; more say nothing about a person (a switchboard, "John Smith")
MOST = 5000  # pairs that wait at a time
PART = 500
NEARBY = 300  # leads that one new lead is compared with, of each kind
KIND = "duplicates"  # of the job
FIELDS = (
    *("pk", "first_name", "last_name", "email", "phone", "linkedin_url", "company_name"),
    *("company__domain", "city", "title"),
)
SAME_PHONE = "Same phone number"
T = TypeVar("T")
Pair = tuple[int, int]
BY_HAND = "Chosen by hand"
TOLD = (BY_HAND, "Merged into one in")  # how reasons of pairs begin that were not found here
LEVELS = ((90, "Very likely"), (75, "Likely"), (0, "Maybe"))


def level(score: int) -> str:
    return next(words for least, words in LEVELS if score >= least)


def alive() -> QuerySet[Lead]:
    return Lead.objects.filter(archived_at=None, erased_at=None, merged_into=None)


def _person(row: tuple[object, ...]) -> Person:
    pk, *texts = row
    return Person(int(str(pk)), *(str(text or "") for text in texts))


def pairs_for(user: User) -> QuerySet[DuplicatePair]:
    """Open pairs of which the user sees both leads."""
    rows = DuplicatePair.objects.filter(
        state=State.OPEN, first__archived_at=None, second__archived_at=None
    )
    if not user.is_owner:
        mine = leads_for(user).order_by().values("pk")
        rows = rows.filter(first__in=mine, second__in=mine)
    return rows.select_related("first__owner", "second__owner")


def _parts(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    left = iter(rows)
    while part := list(islice(left, size)):
        yield part


# --- all leads -----------------------------------------------------------------------------------


def find(report: Callable[[int], None] = lambda done: None) -> int:
    """Compare everybody, keep the likeliest pairs, forget open ones that no longer hold.

    `report` hears how many leads were read. Returns how many pairs wait.
    """
    with closing(sqlite3.connect("")) as work:
        _fill(work, report)
        found = _likely(work)
    return _keep(found)


def _fill(work: sqlite3.Connection, report: Callable[[int], None]) -> None:
    """Everybody with their keys, and the pairs that share one."""
    work.executescript(
        "PRAGMA cache_size = -8000; PRAGMA temp_store = FILE; PRAGMA journal_mode = OFF;"
        "CREATE TABLE person (id INTEGER PRIMARY KEY, data TEXT);"
        "CREATE TABLE key (key INTEGER, id INTEGER);"
        "CREATE TABLE number (number TEXT PRIMARY KEY, leads INTEGER) WITHOUT ROWID;"
    )
    rows = alive().order_by("pk").values_list(*FIELDS).iterator(chunk_size=2000)
    done = 0
    for part in _parts(rows, 2000):
        work.executemany(
            "INSERT INTO person VALUES (?, ?)", [(row[0], json.dumps(row)) for row in part]
        )
        work.executemany("INSERT INTO key VALUES (?, ?)", _keyed(part))
        work.executemany(
            "INSERT INTO number VALUES (?, 1) ON CONFLICT DO UPDATE SET leads = leads + 1",
            [(number,) for row in part if (number := _person(row).number)],
        )
        done += len(part)
        report(done)
    work.executescript(
        "CREATE INDEX by_key ON key (key, id);"
        "CREATE TABLE pair (a INTEGER, b INTEGER, PRIMARY KEY (a, b)) WITHOUT ROWID;"
    )


def _keyed(rows: Iterable[tuple[object, ...]]) -> Iterator[Pair]:
    for row in rows:
        person = _person(row)
        for key in keys(person):
            yield hash(key), person.id


def _likely(work: sqlite3.Connection) -> dict[Pair, Likeness]:
    """Compare within each block, once each pair; the best MOST."""
    blocks = work.execute(
        "SELECT group_concat(id) FROM key GROUP BY key HAVING count(*) BETWEEN 2 AND ?", (BLOCK,)
    )
    for part in _parts(blocks, 2000):
        work.executemany("INSERT OR IGNORE INTO pair VALUES (?, ?)", _within(part))

    @lru_cache(maxsize=4096)
    def person(pk: int) -> Person:
        (data,) = work.execute("SELECT data FROM person WHERE id = ?", (pk,)).fetchone()
        return _person(tuple(json.loads(data)))

    def sharing(number: str) -> int:
        (leads,) = work.execute("SELECT leads FROM number WHERE number = ?", (number,)).fetchone()
        return int(leads)

    found: dict[Pair, Likeness] = {}
    for a, b in work.execute("SELECT a, b FROM pair ORDER BY a, b"):
        likeness = _judged(person(a), person(b), sharing)
        if likeness.score >= SHOW:
            found[a, b] = likeness
        if len(found) >= 2 * MOST:
            found = _best(found)
    return _best(found)


def _judged(a: Person, b: Person, sharing: Callable[[str], int]) -> Likeness:
    """How alike they are. A whole number that nobody else has is worth a look, whatever the names;
    of three and more it is a switchboard's. `sharing`: how many leads have a number."""
    found = compare(a, b)
    alone = found.score < SHOW and a.phone == b.phone and a.phone.startswith("+") and a.number
    return Likeness(SHOW, [SAME_PHONE]) if alone and sharing(a.number) == 2 else found


def _within(blocks: Iterable[tuple[str]]) -> Iterator[Pair]:
    for (text,) in blocks:
        ids = sorted({int(one) for one in text.split(",")})
        yield from ((a, b) for at, a in enumerate(ids) for b in ids[at + 1 :])


def _best(found: dict[Pair, Likeness]) -> dict[Pair, Likeness]:
    if len(found) <= MOST:
        return found
    order = sorted(found, key=lambda pair: (-found[pair].score, pair))
    return {pair: found[pair] for pair in order[:MOST]}


@transaction.atomic
def _keep(found: dict[Pair, Likeness], about: Lead | None = None) -> int:
    """Write pairs; what a person has settled stays. `about`: only pairs of this lead are known."""
    rows = DuplicatePair.objects.all()
    if about is not None:
        rows = rows.filter(Q(first=about) | Q(second=about))
    old = {(row.first_id, row.second_id): row for row in rows.iterator()}
    gone = [row.pk for pair, row in old.items() if pair not in found and not _told(row)]
    for part in _parts(gone, PART):
        DuplicatePair.objects.filter(pk__in=part, state=State.OPEN).delete()
    changed = [row for pair, row in old.items() if pair in found and _refresh(row, found[pair])]
    DuplicatePair.objects.bulk_update(changed, ["score", "reasons"], batch_size=PART)
    new = [
        DuplicatePair(first_id=a, second_id=b, score=likeness.score, reasons=likeness.reasons)
        for (a, b), likeness in found.items()
        if (a, b) not in old
    ]
    DuplicatePair.objects.bulk_create(new, batch_size=PART, ignore_conflicts=True)
    settled = sum(row.state != State.OPEN for pair, row in old.items() if pair in found)
    return len(found) - settled


def _told(row: DuplicatePair) -> bool:
    """Whether it is open because a person or another system said so."""
    return bool(row.reasons) and str(row.reasons[0]).startswith(TOLD)


def _refresh(row: DuplicatePair, likeness: Likeness) -> bool:
    """Whether an open pair says something else now. What another system told stays."""
    if (
        row.state != State.OPEN
        or _told(row)
        or (row.score, row.reasons) == (likeness.score, likeness.reasons)
    ):
        return False
    row.score, row.reasons = likeness.score, likeness.reasons
    return True


# --- one lead ------------------------------------------------------------------------------------


def look_at(lead: Lead) -> int:
    """Compare one lead with those who may be the same person; a few queries. Returns how many."""
    if not lead.is_open or lead.merged_into_id:
        return 0
    me = _person(alive().values_list(*FIELDS).get(pk=lead.pk))
    mine = keys(me)
    found: dict[Pair, Likeness] = {}
    near = _nearby(lead, me)
    numbers = Counter(one.number for one in (me, *near))
    for other in near:
        known = bool(mine & keys(other))
        likeness = _judged(me, other, numbers.__getitem__) if known else Likeness(0, [])
        if likeness.score >= SHOW:
            found[min(me.id, other.id), max(me.id, other.id)] = likeness
    return _keep(_with_told(found, lead), about=lead)


def _with_told(found: dict[Pair, Likeness], lead: Lead) -> dict[Pair, Likeness]:
    """An open pair that was found by all leads stays, though few are looked at here."""
    rows = DuplicatePair.objects.filter(Q(first=lead) | Q(second=lead), state=State.OPEN)
    told = {
        (row.first_id, row.second_id): Likeness(row.score, row.reasons)
        for row in rows.filter(first__archived_at=None, second__archived_at=None)
    }
    return told | found


def _nearby(lead: Lead, me: Person) -> list[Person]:
    found: dict[int, Person] = {}
    for where in _conditions(lead, me):
        rows = alive().filter(where).exclude(pk=lead.pk).order_by("-pk")
        found |= {row[0]: _person(row) for row in rows.values_list(*FIELDS)[:NEARBY]}
    return list(found.values())


def _conditions(lead: Lead, me: Person) -> Iterator[Q]:
    """Each is served by an index."""
    if me.mail:
        yield Q(email__in=_spellings(me.mail))
    if lead.phone:
        yield Q(phone__in={lead.phone, me.number, f"0{me.number}"})
    if lead.linkedin_url:
        yield Q(linkedin_url=lead.linkedin_url)
    if lead.company_id:
        yield Q(company=lead.company_id)
    for name in (lead.last_name, lead.first_name):
        if len(name) > 1:
            yield Q(Exact(Lower("last_name"), Lower(Value(name))))


def _spellings(mail: str) -> list[str]:
    local, _, domain = mail.rpartition("@")
    if domain != "gmail.com":
        return [mail]
    dotted = [f"{local[:i]}.{local[i:]}" for i in range(1, min(len(local), 30))]
    return [f"{one}@{host}" for one in (local, *dotted) for host in (domain, "googlemail.com")]


# --- what a person says --------------------------------------------------------------------------


def keep_apart(pair: DuplicatePair, user: User) -> bool:
    """Two people: never proposed again. False when somebody settled it before."""
    rows = DuplicatePair.objects.filter(pk=pair.pk, state=State.OPEN)
    return rows.update(state=State.APART, settled_by=user, settled_at=timezone.now()) == 1


def ask_again(pair: DuplicatePair) -> bool:
    """Take "two people" back."""
    rows = DuplicatePair.objects.filter(pk=pair.pk, state=State.APART)
    return rows.update(state=State.OPEN, settled_by=None, settled_at=None) == 1


def pair_of(a: Lead, b: Lead) -> DuplicatePair:
    """The pair of two leads that a person wants to compare, whatever anybody thinks of it."""
    first, second = sorted((a.pk, b.pk))
    pair, _new = DuplicatePair.objects.get_or_create(
        first_id=first, second_id=second, defaults={"score": 0, "reasons": [BY_HAND]}
    )
    ask_again(pair)
    return pair


def others(user: User, lead: Lead, query: str, limit: int = 8) -> list[Lead]:
    """Leads in the list that the user sees and that have the words, to compare this one with."""
    if not search.words(query):
        return []
    rows = leads_for(user).filter(archived_at=None, merged_into=None).exclude(pk=lead.pk)
    return list(search.find_leads(rows.select_related("owner"), query).order_by("-pk")[:limit])


def apart_of(a: Lead, b: Lead) -> DuplicatePair | None:
    """The pair of two leads that somebody said are two people."""
    first, second = sorted((a.pk, b.pk))
    rows = DuplicatePair.objects.filter(first_id=first, second_id=second, state=State.APART)
    return rows.first()


def apart_for(user: User) -> QuerySet[DuplicatePair]:
    """Pairs of which somebody said that they are two people, the newest first, of leads in the
    list that the user sees."""
    rows = DuplicatePair.objects.filter(
        state=State.APART, first__archived_at=None, second__archived_at=None
    )
    if not user.is_owner:
        mine = leads_for(user).order_by().values("pk")
        rows = rows.filter(first__in=mine, second__in=mine)
    rows = rows.select_related("first__owner", "second__owner", "settled_by")
    return rows.order_by("-settled_at", "-pk")


def pairs_of(lead: Lead) -> QuerySet[DuplicatePair]:
    """Pairs of this lead that are open or were said to be two people, both leads in the list."""
    rows = DuplicatePair.objects.filter(Q(first=lead) | Q(second=lead)).exclude(state=State.MERGED)
    rows = rows.filter(first__archived_at=None, second__archived_at=None)
    return rows.select_related("first__owner", "second__owner").order_by("-state", "-score", "pk")
