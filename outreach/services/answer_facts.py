"""What an answer may state: times of the rep, stored sentences, the playbook. And what it may not.

A model's answer is held to more than a draft: their own message is a source of facts for receipts,
so a sentence that it dictates would pass there. Here it does not.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string

from leads.models import Lead, ThreadEvent
from leads.services import zones
from outreach.content.answers import FRAMES
from outreach.mail.wished_time import Wish, wish
from outreach.models import Snippet, Touch
from outreach.services import (
    answer_calls,
    answer_frames,
    calendars,
    carried,
    claims,
    lint,
    own_words,
    receipts,
    replies,
)
from outreach.services.answer_frames import Parts, Play
from outreach.services.quality_facts import facts_for
from outreach.services.receipt_facts import Source, Sources
from salesagent.accounts.models import User, Workspace
from salesagent.ai import anger
from salesagent.ai.rules import LABELS

HOURS = (10, 14, 11, 15, 9, 16)  # in this order of liking
POLITE = (8, 18)  # their own hours, in between which a talk is offered
TALK = timedelta(minutes=30)
LOOK_AHEAD = 14  # days
WORDS_ALIKE = 2
SURE_ENOUGH = 0.6  # of a class, to draft an answer by it
BESIDE = 0.2  # from this chance of a refusal on, another class is for a person
REFUSALS = ("opt_out", "not_interested")
PLEASED = ("interested", "meeting")
ASKING = ("question", "interested", "meeting")  # in which a price is asked for
_PRICE = re.compile(
    r"\b(?:price|prices|pricing|cost|costs|how much|quote|rate|rates|fee|fees|preis\w{0,2}|"
    r"discount|kosten|kostet|wie viel|wieviel|angebot|rabatt|prix|tarifs?|combien|devis|remise|"
    r"precios?|cuánto|cuanto|coste|cuesta|presupuesto|descuento|prezz[oi]|quanto|costa|preventivo|sconto|"
    r"prijs|prijzen|hoeveel|kost|offerte|korting|preços?|custa|orçamento|desconto|cena|ceny|"
    r"ile|kosztuje|koszt|oferta|rabat)\b",
    re.I,
)
_WHERE = re.compile(
    r"\b(?:where are you|your (?:office|address)|based in|wo sitzen|wo sind sie|ihre adresse|"
    r"où êtes|votre adresse|dónde están|su dirección|dove siete|vostro indirizzo|waar zit|uw adres|"
    r"onde ficam|a vossa morada|gdzie państwo|adres)\b",
    re.I,
)
_WHO = re.compile(
    r"\b(?:what (?:do|does) (?:you|your company)|who are you|was machen sie|was bieten sie|"
    r"que faites|qué hacen|a qué se dedican|che cosa fate|wat doet|o que fazem|czym się zajm)",
    re.I,
)
_COMMON = frozenset(
    {
        *("what", "when", "where", "which", "does", "have", "with", "your", "from", "that", "this"),
        *("there", "could", "would", "about", "please", "know", "tell", "also", "they", "them"),
        *("will", "more", "much", "many", "make", "need", "want", "work", "offer", "service"),
    }
)

# --- times -------------------------------------------------------------------------------------


def wished(event: ThreadEvent) -> Wish:
    """The time they propose, read on the day they wrote."""
    wrote = event.occurred_at.astimezone(zones.zone_for(event.lead))
    own = replies.locale_of(event.lead)
    said = [str(row.data.get("language", "")) for row in classes(event)[:1]]
    spoken = next((code for code in said if code in FRAMES), "")
    region = own.partition("-")[2]
    tries = (f"{spoken}-{region}",) if spoken else (own, f"en-{region}")
    found = (wish(event.body, locale, wrote) for locale in tries)
    return next((one for one in found if one != Wish()), Wish())


def confirmed(event: ThreadEvent, user: User | None, now: datetime) -> datetime | None:
    """The moment they propose, in their zone: to come, and inside the rep's working hours."""
    said = wished(event)  # an hour that is only a bound is no time
    if said.day is None or said.at is None:
        return None
    at = datetime.combine(said.day, said.at, tzinfo=zones.zone_for(event.lead))
    return at if at > now and _works(user, at) else None


def times(event: ThreadEvent, user: User | None, base: datetime) -> dict[str, Any]:
    """`offered`, `span` and `missed` of Parts: what they want counts before what is near.

    Two moments in what they name; where it holds fewer, the question which one suits, or that
    nothing is free and the next two working days after it.
    """
    said, lead = wished(event), event.lead
    first = base.astimezone(zones.zone_for(lead)).date() + timedelta(days=1)
    if said.day and said.day >= first:
        found = _on_day(lead, user, said)
        if len(found) > 1:
            return {"offered": tuple(found[:2])}
        if found:
            return {"span": (said.day, said.day)}
        return {"missed": said.day, "offered": offered(lead, user, said.day)}
    if said.first and said.last:
        found = list(offered(lead, user, said.first - timedelta(days=1), said))
        whole = (said.first, said.last)
        return {"offered": tuple(found)} if len(found) > 1 else {"span": whole}
    return {"offered": offered(lead, user, first - timedelta(days=1))}


def _on_day(lead: Lead, user: User | None, said: Wish) -> list[datetime]:
    """The free moments of the one day they name, theirs first."""
    zone = zones.zone_for(lead)
    country = lead.country or zones.country_for(lead)
    if said.day is None or not calendars.is_business_day(said.day, country):
        return []
    found = [at.astimezone(zone) for at in _free(said.day, user, zone)]
    fits = [at for at in found if _within(at, said)]
    return sorted(fits[:2])


def _within(at: datetime, said: Wish) -> bool:
    early = said.after is None or at.time() >= said.after
    return early and (said.before is None or at.time() < said.before)


def offered(
    lead: Lead, user: User | None, base: date, said: Wish | None = None
) -> tuple[datetime, ...]:
    """Two moments after `base` in the lead's zone: on working days of both, in the rep's hours,
    polite there. `said`: inside the stretch and the hours that they name."""
    zone = zones.zone_for(lead)
    country = lead.country or zones.country_for(lead)
    days = [base + timedelta(days=n) for n in range(1, LOOK_AHEAD)]
    days = [day for day in days if calendars.is_business_day(day, country)]
    if said is not None and said.last:
        days = [day for day in days if day <= said.last]
    chosen: list[datetime] = []
    for day in days:
        hours = _free(day, user, zone)
        other = [at for at in hours if not chosen or at.hour != chosen[0].hour]
        if other or hours:
            chosen.append((other or hours)[0])
        if len(chosen) == 2:
            break
    return tuple(at.astimezone(zone) for at in chosen)


def _free(day: date, user: User | None, zone: Any) -> list[datetime]:
    own = user.tz if user else zone
    moments = (datetime.combine(day, time(hour), tzinfo=own) for hour in HOURS)
    early, late = POLITE
    return [at for at in moments if _works(user, at) and early <= at.astimezone(zone).hour < late]


def _works(user: User | None, at: datetime) -> bool:
    if user is None:
        return at.weekday() < 5
    local, end = at.astimezone(user.tz), (at + TALK).astimezone(user.tz)
    inside = user.work_start <= local.time() and end.time() <= user.work_end
    return local.weekday() in user.work_days and inside and end.date() == local.date()


# --- stored sentences ----------------------------------------------------------------------------


def asks_price(text: str) -> bool:
    return bool(_PRICE.search(text[: lint.LIMIT]))


def known(text: str) -> tuple[str, ...]:
    """Stored sentences that answer their question: a snippet with a source, or our own settings."""
    text = text[: lint.LIMIT]
    workspace = Workspace.current()
    if _WHERE.search(text) and workspace.postal_address.strip():
        return (f"{workspace.name}, {workspace.postal_address.strip()}",)
    if _WHO.search(text) and workspace.service.strip():
        return (f"{workspace.name}: {workspace.service.strip()}",)
    snippet = _snippet(text)
    return (snippet.text.strip(),) if snippet else ()


def _snippet(text: str) -> Snippet | None:
    """The one whose words are nearest, if enough are the same and no other is as near."""
    asked = _stems(text)
    rows = Snippet.objects.exclude(source="").order_by("code")[:200]
    scored = [(len(asked & _stems(f"{row.code} {row.text}")), row) for row in rows]
    best = max((score for score, _row in scored), default=0)
    nearest = [row for score, row in scored if score == best]
    return nearest[0] if best >= WORDS_ALIKE and len(nearest) == 1 else None


def _stems(text: str) -> set[str]:
    words = re.findall(r"[^\W\d_]{4,30}", text.casefold().replace("-", " "))
    return {word[:6] for word in words if word not in _COMMON}


def play(kind: str, text: str, language: str, lead: Lead) -> Play | None:
    """The play that works best, if it is written in the language of the answer."""
    if not kind:
        return None
    rows = import_string(settings.PLAYBOOK)(kind, text, language, lead)
    for row in rows:
        if row.get("language", "en") == language:
            answer = _unnamed(str(row["answer"]), lead)
            return Play(str(row["name"]), answer, str(row["question"]))
    return None


def _unnamed(text: str, lead: Lead) -> str:
    """Without the name behind a comma: the greeting above it says it."""
    name = lead.first_name.strip()
    return text.replace(f", {name}.", ".", 1).replace(f", {name},", ",", 1) if name else text


def parts(
    touch: Touch, event: ThreadEvent, label: str, kind: str, language: str, fields: dict[str, str]
) -> Parts:
    """Everything that goes into the answer; times count from `touch.due_at`."""
    lead, user = event.lead, event.lead.owner
    later = label == "objection" and wished(event).first is not None
    timed = label in ("interested", "meeting") or later
    at = confirmed(event, user, touch.due_at) if timed else None
    more = times(event, user, touch.due_at) if timed and at is None else {}
    return Parts(
        label=label,
        language=language,
        channel=touch.channel,
        first_name=fields["first_name"],
        signature=fields["sender_signature"],
        link=fields.get("calendar_link", "") if timed else "",
        confirmed=at,
        play=play(kind, event.body, language, lead) if label == "objection" else None,
        later=later,
        call=answer_calls.number(event) if answer_calls.wanted(event) else None,
        **more,
        known=known(event.body) if label == "question" else (),
        asks_price=asks_price(event.body) if label in ASKING else False,
    )


# --- sources for receipts ------------------------------------------------------------------------


def sources(touch: Touch) -> Iterator[Source]:
    """What an answer states beside the lead's facts: our own frames, times, the play it rests on.

    A time that has passed is no source any more, so such an answer cannot be approved.
    """
    if touch.kind != Touch.Kind.REPLY or not touch.answers_id:
        return
    event = touch.answers
    if event is None or event.redacted_at:
        return
    row = next(iter(classes(event)), None)
    if row is None:
        return
    language = language_of(event)
    label, kind = str(row.data.get("disposition", "")), kind_of(event)
    fields = {"first_name": touch.lead.first_name, "sender_signature": ""}
    yield Source(
        "workspace", "Our answer frames", answer_frames.standing(language, touch.lead.first_name)
    )
    made = parts(touch, event, label, kind, language, fields)
    yield from _time_sources(made, event)
    if made.play:
        yield Source(
            "snippet", f"Play: {made.play.name}", f"{made.play.answer}\n{made.play.question}"
        )
    for sentence in made.known:
        yield Source("workspace", "Our own words", sentence)


def _time_sources(made: Parts, event: ThreadEvent) -> Iterator[Source]:
    """What they named rests on their message, what we offer on the rep's hours."""
    if made.call is not None:
        yield Source("event", "Their message", answer_frames.call_line(made), f"event:{event.pk}")
    moments = [at for at in (made.confirmed, *made.offered) if at]
    if made.label not in PLEASED and not made.later:
        return
    if all(at > timezone.now() for at in moments):
        theirs = bool(made.confirmed or made.span)
        label = "Their message" if theirs else "Your working hours"
        text = "\n".join(answer_frames.time_lines(made))
        yield Source("workspace", label, text)


def classes(event: ThreadEvent) -> QuerySet[ThreadEvent]:
    """Every class of the message, the newest first."""
    rows = ThreadEvent.objects.filter(lead=event.lead_id, kind="reply.classified")
    return rows.filter(data__event=event.pk).order_by("-pk")


def language_of(event: ThreadEvent) -> str:
    """The language of the message as it was understood, else the lead's."""
    said = [str(row.data.get("language", "")) for row in classes(event)]
    return answer_frames.language_of(*said, event.lead.language)


def kind_of(event: ThreadEvent) -> str:
    """Of an objection: price, timing and so on, as it was understood; "" for another message."""
    rows = list(classes(event))
    if not rows or rows[0].data.get("disposition") != "objection":
        return ""
    told = (row for row in rows if row.data.get("disposition") == "objection")
    return next(filter(None, (str(row.data.get("kind", "")) for row in told)), "")


def doubtful(received: ThreadEvent, said: ThreadEvent) -> bool:
    """Whether a machine's class is too unsure, or they are too angry, to draft an answer by it."""
    if not said.actor.startswith("ai:"):
        return False
    label = str(said.data.get("disposition", ""))
    if said.data.get("abstained") or float(said.data.get("confidence") or 0) < SURE_ENOUGH:
        return True
    if anger.is_angry(received.body):
        return True
    if label in PLEASED and said.data.get("sentiment") == "negative":
        return True
    return label not in REFUSALS and any(_chance(said, one) > BESIDE for one in REFUSALS)


def guesses(received: ThreadEvent, said: ThreadEvent) -> list[tuple[str, str]]:
    """(code, words) of the likeliest classes, for a person to choose; [] where it is clear."""
    if not doubtful(received, said):
        return []
    known = [label for label in LABELS if _chance(said, label) or label in REFUSALS]
    ranked = sorted(known, key=lambda label: -_chance(said, label))
    return [(label, LABELS[label]) for label in ranked[:4]]


def _chance(said: ThreadEvent, label: str) -> float:
    told = said.data.get("labels")
    chance = told.get(label, 0) if isinstance(told, dict) else 0
    return float(chance) if isinstance(chance, int | float) else 0.0


# --- what a model may not write ------------------------------------------------------------------


def refused(touch: Touch, body: str) -> str:
    """Why a model's answer is not taken, in a few words; "" when it may be read by a person.

    `body` without the signature, which is ours.
    """
    if lint.links(body):
        return "it put a link in"
    if lint.holes(body):
        return "it left a placeholder"
    if name := carried.first(body):
        return f"it put {name} in"
    return _unsaid(touch, body)


def _unsaid(touch: Touch, body: str) -> str:
    """A promise, price or name that only their own message could vouch for."""
    known = own_words.unsaid(facts_for(touch).known or Sources())
    for receipt in receipts.check("", body, known):
        if not receipt.ok and receipt.kind in (*own_words.OURS, *claims.NAMES):
            return f"“{receipt.text[:60]}” is not in what we know"
    return ""
