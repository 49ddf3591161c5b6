"""Two people who do not see each other, each with one of everything that the API shows."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from leads import thread
from leads.models import Company, Deal, Lead, Pain
from outreach.models import Enrollment, Mailbox, Sequence, Step, Touch, Variant
from outreach.services import enrollment as enrollments
from outreach.services import executing


@dataclass
class World:
    """`ids`: by the name that a path gives them. `words`: what only this person's objects hold."""

    user: Any
    ids: dict[str, Any] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)


def made(user: Any, word: str) -> World:
    """`word` stands in each text of this world."""
    low = word.lower()
    company = Company.objects.create(name=f"{word} Works", name_key=f"{low} works", domain=None)
    lead = Lead.objects.create(
        owner=user,
        company=company,
        company_name=company.name,
        first_name=word,
        last_name="Berg",
        email=f"{low}@works.example",
        phone="+4520304050",
        lawful_basis="enquiry",
        score=80,
        tags=[low],
        search_text=f"{word} Berg {low}@works.example",
    )
    Pain.objects.create(lead=lead, text=f"{word} pain", source="Call", noted_at=timezone.now())
    Deal.objects.create(lead=lead, title=f"{word} contract", value=100)
    Mailbox.objects.create(
        user=user, address=f"{low}@own.example", from_name=word, transport="file"
    )
    for kind in ("note.added", "reply.received"):
        thread.record(lead=lead, kind=kind, actor="lead", body=f"{word} said this", channel="email")
    sequence = _sequence(user, word)
    enrollment = enrollments.enroll(lead, sequence, user=user)
    soon = timezone.now() - timedelta(days=1)
    Enrollment.objects.filter(pk=enrollment.pk).update(next_due_at=soon)
    draft = executing.run(sequence, user).draft_ids[0]
    ids = {
        "lead_id": lead.pk,
        "company_id": company.pk,
        "sequence_id": sequence.pk,
        "step_key": str(sequence.steps.all()[0].key),
        "enrollment_id": enrollment.pk,
        "draft_id": draft,
        "channel": "email",
    }
    return World(user, ids, [word, low])


def _sequence(user: Any, word: str) -> Sequence:
    sequence = Sequence.objects.create(
        name=f"{word} plan", state="running", owner=user, team=user.team
    )
    for position, channel in enumerate(("email", "phone", "email"), start=1):
        step = Step.objects.create(
            sequence=sequence, position=position, name=f"{word} {position}", channel=channel
        )
        Variant.objects.create(step=step, subject=f"{word} asks", body=f"Hello from {word}")
    return sequence


def draft_of(world: World) -> Touch:
    return Touch.objects.get(pk=world.ids["draft_id"])
