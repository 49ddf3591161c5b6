# ruff: noqa: E501  a world stays on few lines
"""How many planted falsehoods the receipts catch, and how often they cry wolf.

200 drafts with one planted falsehood each and the same 200 without, in 42 worlds of facts. A draft
is caught when a statement in the planted sentence has no source; a clean draft with any statement
without a source is a false alarm. Run: python -m bench.falsehoods [--quick]
"""

import argparse
import os
import random
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

if TYPE_CHECKING:
    from outreach.services.receipts import Sources

DRAFTS = 200
SEEN = 40  # mails that were there while the checker was made
TODAY = date(2026, 11, 21)
GOALS = {"caught": 95.0, "false_alarms": 5.0}

_PEOPLE = (
    "Marta Kowalczyk", "Nina Petrova", "Owen Hughes", "Lucía Fernández", "Jürgen Müller",
    "Sofie Lindqvist", "Thomas Okafor", "Claire Dubois", "Paolo Ricci", "Anneke de Vries",
    "Rui Carvalho", "Hannah Becker", "Emma Whitfield", "Karol Nowak",
)  # fmt: skip
_COMPANIES = (
    ("Polna Bakeries", "bakery", "Poznań"), ("Meridian Clinics", "clinic", "Odense"),
    ("Harrow Logistics", "logistics", "Leeds"), ("Hotel Alameda", "hotel", "Valencia"),
    ("Bäckerei Müller", "bakery", "Leipzig"), ("Norrsken Foods", "food", "Uppsala"),
    ("Okafor & Sons", "roofing", "Bristol"), ("Atelier Dubois", "office", "Lyon"),
    ("Ricci Stampa", "printing", "Modena"), ("De Vries Bloemen", "flowers", "Haarlem"),
    ("Carvalho Vinhos", "winery", "Porto"), ("Becker Gebäudetechnik", "heating", "Kassel"),
    ("Whitfield School", "school", "York"), ("Nowak Transport", "logistics", "Gdańsk"),
)  # fmt: skip
_TITLES = ("Operations Director", "Facility Manager", "Managing Director", "Head of Procurement",
           "Owner", "Technical Lead", "Office Manager")  # fmt: skip
_PAINS = ("cold rooms at night", "complaints about air and heat", "paper records for the auditor",
          "leaks after heavy rain", "late deliveries", "slow answers to guests",
          "invoices that get lost")  # fmt: skip
_SERVICES = ("cold-room maintenance", "ventilation and heating service", "roof repair",
             "delivery planning", "bookkeeping for small companies", "fire safety checks")  # fmt: skip
_OURS = (("Halden Climate Services", "Jonas Weber", "Svendborg"),
         ("Brightwater Systems", "Maria Santos", "Cardiff"),
         ("Falk & Partner", "Elin Falk", "Aarhus"))  # fmt: skip
_SAID = (("the boiler in hall B stops at night", "the boiler"),
         ("we want to look at the roof before winter", "the roof"),
         ("our records are still on paper", "your records"))  # fmt: skip
_EVENTS = ("the opening of your new bakery kitchen", "the green building prize",
           "your move to the new premises")  # fmt: skip
_SITES = ("you deliver to schools every day", "your workshop is open to visitors",
          "you train apprentices")  # fmt: skip
_SNIPPETS = ("We keep cold rooms running for 40 bakeries.",
             "A client in Malmö cut call-outs by 30 percent.",
             "Our technicians are certified to ISO 9001.")  # fmt: skip
_WORDS = {8: "eight", 12: "twelve", 25: "twenty-five", 34: "thirty-four", 60: "sixty",
          120: "one hundred and twenty", 15: "fifteen"}  # fmt: skip


@dataclass(frozen=True)
class World:
    """What is known: the slots of the mails, and the sources of the checker."""

    slots: dict[str, str]
    facts: tuple[tuple[str, str, str, date | None], ...]  # kind, label, text, day

    def sources(self) -> "Sources":
        from outreach.services.receipts import Source, Sources

        rows = (
            Source(kind, label, text, when=day, said=kind == "event")
            for kind, label, text, day in self.facts
        )
        return Sources(tuple(rows), True, True, 0, TODAY, frozenset({"inbound", "note.added"}))


def worlds() -> list[World]:
    return [_world(number) for number in range(42)]


def _world(n: int) -> World:
    name, (company, trade, city) = _PEOPLE[n % 14], _COMPANIES[(n * 5) % 14]
    our, sender, our_city = _OURS[n % 3]
    size = list(_WORDS)[n % 7]
    said, topic = _SAID[n % 3]
    first, _, last = name.partition(" ")
    years = (8, 12, 25)[n % 3]
    slots = {
        "first": first, "last": last, "company": company, "city": city, "trade": trade,
        "title": _TITLES[n % 7], "pain": _PAINS[(n * 3) % 7], "service": _SERVICES[n % 6],
        "our": our, "sender": sender, "our_city": our_city, "size": str(size),
        "size_words": _WORDS[size], "said": said, "said_topic": topic,
        "said_sentence": f"You mentioned that {said}.", "said_day": "3 November",
        "said_month": "November", "years": str(years), "years_words_cap": _WORDS[years].capitalize(),
        "snippet": _SNIPPETS[n % 3], "price": ("€4,200", "4.200 EUR", "4200 euros")[n % 3],
        "site_fact": _SITES[n % 3], "event": _EVENTS[n % 3],
        "colleague": ("Anna", "Piotr", "Greta")[n % 3],
    }  # fmt: skip
    slots["pain_cap"] = slots["pain"].capitalize()
    return World(slots, _facts(slots, years))


def _facts(s: dict[str, str], years: int) -> tuple[tuple[str, str, str, date | None], ...]:
    return (
        ("field", "Name of the lead", f"{s['first']} {s['last']}", None),
        ("field", "Job title of the lead", s["title"], None),
        ("field", "Company", f"{s['company']}, {s['trade']}, {s['city']}", None),
        ("field", "Company size", f"{s['size']} people", None),
        ("pain", "Pain", f"{s['pain']}. noted on a call", date(2026, 10, 2)),
        ("event", "What they wrote", s["said"], date(2026, 11, 3)),
        ("note", "Note", f"{s['colleague']} says {s['first']} decides", date(2026, 10, 9)),
        ("note", "Note", f"Their website: {s['site_fact']}. News: {s['event']}", date(2026, 10, 9)),
        ("workspace", "Our service", f"{s['our']}, {s['service']}, {s['our_city']}", None),
        ("workspace", "Our text", f"{years} years of practice, doing {s['service']}", None),
        ("sender", "Sender", f"{s['sender']}\n{s['our']}", None),
        ("snippet", "Snippet", s["snippet"], None),
        ("deal", "Deal", "Proposal, offer, quote, price: maintenance 4200.00 EUR", None),
    )


@dataclass(frozen=True)
class Draft:
    world: World
    subject: str
    body: str
    unseen: bool = False  # written when the checker was done


def drafts() -> list[Draft]:
    """200 honest drafts: hand-written ones and ready-made templates, half with a stored fact."""
    from bench.falsehoods_mails import FACTS, MAILS
    from outreach.content import MAILS as READY

    pick, known, found = random.Random(4), worlds(), []  # noqa: S311  the same each time
    for number in range(DRAFTS):
        world = known[number % len(known)]
        if number % 5 == 4:
            found.append(_ready(READY[(number // 5) % len(READY)], world))
            continue
        place = (number - number // 5) % len(MAILS)
        body = MAILS[place].format(**world.slots)
        if number % 2:
            body = _insert(body, FACTS[(number // 2) % len(FACTS)].format(**world.slots), pick)
        found.append(Draft(world, f"A question about {world.slots['pain']}", body, place >= SEEN))
    return found


def _ready(text: Any, world: World) -> Draft:
    from outreach.services import merge

    s = world.slots
    fields = {
        "first_name": s["first"], "company": s["company"], "city": s["city"], "pain": s["pain"],
        "service": s["service"], "sender_signature": f"{s['sender']}\n{s['our']}",
        "sender_company": s["our"], "day_part": "morning",
    }  # fmt: skip
    return Draft(
        world, merge.render(text.subject, fields).text, merge.render(text.body, fields).text
    )


def _insert(body: str, sentence: str, pick: random.Random) -> str:
    """The sentence at the end of a paragraph between greeting and signature."""
    parts = body.split("\n\n")
    place = pick.randrange(1, max(2, len(parts) - 1)) if len(parts) > 2 else 0
    if len(parts[place]) < 30 or parts[place].startswith("-"):
        parts.insert(place, sentence)
    else:
        parts[place] = f"{parts[place]} {sentence}"
    return "\n\n".join(parts)


def run(quick: bool = False) -> dict[str, Any]:
    """Shares in percent, of all and of the sentences written after the checker; by kind."""
    import django

    django.setup()
    from bench.falsehoods_planted import FIRST, SECOND, THIRD
    from outreach.services.receipts import check

    made = drafts()[: 60 if quick else DRAFTS]
    started = perf_counter()
    alarms = [d for d in made if any(not r.ok for r in check(d.subject, d.body, d.world.sources()))]
    each = (perf_counter() - started) * 1000 / len(made)
    first, second, third = (_plant(made, one) for one in (FIRST, SECOND, THIRD))
    unseen = [d for d in made if d.unseen]
    return {
        "drafts": len(made),
        "ms": round(each, 2),
        "false_alarms": round(100 * len(alarms) / len(made), 1),
        "caught_first": first["share"],
        "caught_second": second["share"],
        "caught_third": third["share"],
        "caught": round((first["share"] + second["share"] + third["share"]) / 3, 1),
        "false_alarms_unseen": round(100 * sum(d in alarms for d in unseen) / len(unseen), 1),
        "by_kind": {k: [part["kinds"].get(k) for part in (first, second, third)] for k in FIRST},
        "missed_first": first["missed"],
        "missed_second": second["missed"],
        "missed_third": third["missed"],
        "alarmed": [
            [r.text for r in check(d.subject, d.body, d.world.sources()) if not r.ok]
            for d in alarms
        ],
    }


def _plant(made: list[Draft], planted: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    """Plant one sentence in each draft, in turn; all kinds are equally frequent."""
    from outreach.services.receipts import check

    pick = random.Random(7)  # noqa: S311
    lines = [(kind, row[n]) for n in range(max(map(len, planted.values()))) for kind, row in
             planted.items() if n < len(row)]  # fmt: skip
    caught, total, missed = Counter[str](), Counter[str](), Counter[str]()
    for number, draft in enumerate(made):
        kind, sentence = lines[number % len(lines)]
        body = _insert(draft.body, sentence, pick)
        start = body.index(sentence)
        end = start + len(sentence)
        found = check(draft.subject, body, draft.world.sources())
        hit = any(not r.ok and r.where == "body" and start <= r.start < end for r in found)
        total[kind] += 1
        caught[kind] += hit
        missed[sentence] += not hit
    return {
        "share": round(100 * caught.total() / total.total(), 1),
        "kinds": {kind: round(100 * caught[kind] / total[kind]) for kind in total},
        "missed": sorted(sentence for sentence, count in missed.items() if count),
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--show", action="store_true", help="print what was missed")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesagent.settings")
    import django

    django.setup()
    result = run(options.quick)
    print(f"{result['drafts']} drafts, {result['ms']} ms each")
    print(f"  caught, sentences of the first half: {result['caught_first']} %")
    print(f"  caught, second half: {result['caught_second']} %")
    print(f"  caught, written last and never looked at: {result['caught_third']} %")
    print(f"  false alarms on clean drafts: {result['false_alarms']} %")
    print(f"  of them on mails written last: {result['false_alarms_unseen']} %")
    for kind, shares in result["by_kind"].items():
        print(f"  {kind:12} {' / '.join(f'{share} %' for share in shares)}")
    if options.show:
        print(
            "missed:",
            *result["missed_first"],
            *result["missed_second"],
            *result["missed_third"],
            sep="\n  ",
        )
        print("alarmed:", *result["alarmed"], sep="\n  ")
    good = result["caught"] >= GOALS["caught"] and result["false_alarms"] <= GOALS["false_alarms"]
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
