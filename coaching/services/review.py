"""Feedback after an interaction. Private to the rep until shared; written once for each event."""

from dataclasses import replace
from datetime import timedelta

from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.utils import timezone

from coaching.models import Feedback
from coaching.services import objections, plays, prose, rules, similarity, uses, wording
from coaching.services.interaction import PERSONAL, Interaction, of_answer, of_call
from coaching.services.rules import Finding
from leads import thread
from leads.models import ThreadEvent
from outreach.models import Touch

SHORTEST = 12  # words; a "Thanks, will do" is nothing to speak about
SWEEP = timedelta(hours=6)
PROMISED = timedelta(days=4), timedelta(days=10)
WENT_ON = ("interested", "meeting", "question", "referral")
ABOUT_WORDS = {
    "price": "the price",
    "timing": "the timing",
    "authority": "who decides",
    "need": "the need",
    "competitor": "the other supplier",
    "trust": "trust",
}
WENT_ON_WORDS = {"meeting": "they want to meet", "question": "they asked more"}


def review_answer(event: ThreadEvent) -> Feedback | None:
    """After touch.sent: a message that a person wrote. Notes the play it used, too."""
    one = of_answer(event)
    if one is None or event.redacted_at is not None:
        return None
    one = _with_use(one)
    if wording.words(one.body) < SHORTEST:
        return None
    return _keep(one, "objection" if one.objection else "answer", rules.ANSWER)


def _with_use(one: Interaction) -> Interaction:
    """Note the play that was picked, or the one whose words were sent, with the message."""
    play = one.use.play if one.use else uses.said_in(one.body)
    if play is None:
        return one
    touch = Touch.objects.filter(pk=one.event.data.get("touch")).first()
    answers = one.use.event if one.use else one.theirs
    use = uses.record(play, one.event.lead, one.rep, event=answers, touch=touch)
    return replace(one, use=use)


def review_call(event: ThreadEvent) -> Feedback | None:
    """After call.logged: a talk that took place."""
    one = of_call(event)
    if one is None or event.redacted_at is not None:
        return None
    if event.data.get("outcome") not in rules.SPOKE:
        return None
    heard = objections.detect(event.body)
    if heard is not None:
        one = replace(one, objection=heard)
    return _keep(one, "call", rules.CALL)


def review_outcome(event: ThreadEvent) -> Feedback | None:
    """After reply.classified: they went on after an answer that a person of ours wrote."""
    label = str(event.data.get("disposition") or "")
    received = ThreadEvent.objects.filter(pk=event.data.get("event"), lead=event.lead_id).first()
    if received is None or received.redacted_at is not None or label not in WENT_ON:
        return None
    ours = _answer_before(received)
    one = of_answer(ours) if ours else None
    if ours is None or one is None or one.theirs is None:
        return None
    met = "After your answer"
    if one.objection is not None:
        met = f"{met} about {ABOUT_WORDS[one.objection.kind]}"
    text = f"{met}, {WENT_ON_WORDS.get(label, 'they went on')}."
    evidence = (one.theirs.pk, ours.pk, received.pk)
    return _write(
        replace(one, event=received, label=label),
        "outcome",
        [Finding("outcome", text, True, evidence)],
        [],
    )


def _answer_before(received: ThreadEvent) -> ThreadEvent | None:
    """Our last message before theirs, no older than three weeks."""
    rows = ThreadEvent.objects.select_related("lead").filter(
        lead=received.lead_id,
        kind="touch.sent",
        occurred_at__lt=received.occurred_at,
        occurred_at__gte=received.occurred_at - uses.WINDOW,
    )
    return rows.order_by("-occurred_at", "-pk").first()


def review_sequence(event: ThreadEvent) -> Feedback | None:
    """After enrollment.finished: only when steps that a person had to do were skipped."""
    number = event.data.get("enrollment")
    rows = Touch.objects.filter(enrollment=number, lead=event.lead_id)
    rows = rows.select_related("enrollment__enrolled_by")
    made = list(rows.order_by("number")) if isinstance(number, int) else []
    skipped = [t for t in made if t.state == Touch.State.SKIPPED and t.skip_reason != "no_channel"]
    rep = made[0].enrollment.enrolled_by if made and made[0].enrollment else None
    if rep is None or not skipped or not rep.is_active:
        return None
    events = ThreadEvent.objects.filter(lead=event.lead_id, kind="touch.skipped")
    ids = {touch.pk for touch in skipped}
    evidence = tuple(one.pk for one in events if one.data.get("touch") in ids)
    if not evidence:
        return None
    several = "s" if len(skipped) > 1 else ""
    text = (
        f"{len(skipped)} of {len(made)} steps were skipped and they never answered. "
        f"Do the step{several} or take {'them' if several else 'it'} out of the sequence."
    )
    finding = Finding("skipped", text, False, (*evidence, event.pk))
    return _write(Interaction(rep, event, ""), "sequence", [], [finding])


def _keep(one: Interaction, about: str, which: tuple[rules.Rule, ...]) -> Feedback | None:
    """Only when there is something to learn, or two things to be glad of."""
    good, bad = rules.findings(one, which)
    if not bad and len(good) < 2:
        return None
    return _write(one, about, good, bad)


def _write(
    one: Interaction, about: str, good: list[Finding], bad: list[Finding]
) -> Feedback | None:
    """None when this was written before."""
    same = Feedback.objects.filter(rep=one.rep, event=one.event, about=about)
    if same.exists():
        return None
    told = prose.told(one, good, bad)
    try:
        with transaction.atomic():
            feedback = Feedback.objects.create(
                rep=one.rep,
                lead=one.event.lead,
                event=one.event,
                about=about,
                strengths=told.strengths,
                improvements=told.improvements,
                objection=one.objection.kind if one.objection else "",
                handling=_handling(one),
                play=one.use.play if one.use else None,
                writer=told.writer,
            )
            _tell(feedback)
    except IntegrityError:
        return None  # the other worker was faster
    return feedback


def _handling(one: Interaction) -> str:
    if one.objection is None:
        return ""
    label = one.objection.label
    if one.use is not None:
        return f"{label}: met with “{one.use.play.name}”"[:300]
    if one.event.kind == "call.logged":
        return f"{label}: came up on the call"
    how = "taken up first" if wording.acknowledges(one.body) else "argued at once"
    asked = "with a question" if wording.questions(one.body) else "without a question"
    return f"{label}: {how}, {asked}"


def _tell(feedback: Feedback) -> None:
    """A line in the thread that says no more than that there is feedback: others read it too."""
    thread.record(
        lead=feedback.lead,
        kind="coaching.given",
        actor="system",
        data={"about": feedback.about},
        dedupe_key=f"coaching:{feedback.pk}",
    )


# --- in the background ---


def sweep() -> int:
    """Review what people sent in the last hours; returns how many got feedback.

    Sends are many and answers few, so this looks once in a while in place of a task for each send.
    """
    since, count = timezone.now() - SWEEP, 0
    events = ThreadEvent.objects.filter(kind="touch.sent", occurred_at__gte=since)
    numbers = {
        event.data.get("touch"): event
        for event in events.select_related("lead", "lead__owner").order_by("occurred_at")[:2000]
        if cache.get(f"coaching.seen:{event.pk}") is None
    }
    kinds = Touch.objects.filter(pk__in=[n for n in numbers if isinstance(n, int)])
    written = set(kinds.filter(kind__in=PERSONAL).values_list("pk", flat=True))
    for number, event in numbers.items():
        count += number in written and review_answer(event) is not None
        cache.set(f"coaching.seen:{event.pk}", 1, int(SWEEP.total_seconds()) + 600)
    return count


def broken_promises() -> int:
    """Promises of four to ten days ago after which nothing went out; returns how many."""
    now, count = timezone.now(), 0
    rows = ThreadEvent.objects.select_related("lead").filter(
        kind="touch.sent",
        occurred_at__lte=now - PROMISED[0],
        occurred_at__gte=now - PROMISED[1],
        redacted_at=None,
    )
    for event in rows.order_by("pk").iterator(200):
        if wording.promises(event.body) and (one := of_answer(event)):
            count += _broken(one) is not None
    return count


def _broken(one: Interaction) -> Feedback | None:
    event = one.event
    later = ThreadEvent.objects.filter(
        lead=event.lead_id, occurred_at__gt=event.occurred_at, kind__in=[*uses.OUT, "note.added"]
    )
    if event.lead.archived_at or event.lead.erased_at or later.exists():
        return None
    text = "You promised to come back to them, and nothing has gone out since."
    return _write(one, "outcome", [], [Finding("promise", text, False, (event.pk,), 9)])


def warm() -> int:
    """Vectors of the plays, while the encoder is awake anyway."""
    return similarity.warm(plays.current())
