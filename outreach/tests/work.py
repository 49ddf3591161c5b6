"""Ready-made drafts and tasks for the tests of Today and Approvals."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from leads.models import Company, Lead
from outreach.models import Enrollment, Task, Touch
from outreach.services import quality, worklist

BODY = (
    "Hi Marta,\n\nwho is called at Polna Bakeries when a cold room stops at three in the morning? "
    "We look after units like yours around the clock, and you get a text when the technician "
    "leaves and when the room is back at temperature. The record for the auditor comes with it, "
    "the next morning.\n\nCould we talk for ten minutes on Thursday?\n\nJonas Weber"
)

QUESTION = "Hi, may I send you three faults?"


def another_lead(owner: Any, number: int = 1, **values: Any) -> Lead:
    company = Company.objects.create(name=f"Firm {number}", name_key=f"firm {number}")
    given: dict[str, Any] = {
        "owner": owner,
        "company": company,
        "company_name": company.name,
        "first_name": f"Lead{number}",
        "last_name": "Test",
        "email": f"lead{number}@firm{number}.example",
        "phone": f"+4861555{number:04d}",
        "time_zone": "Europe/Warsaw",
        "country": "PL",
        "lawful_basis": "legitimate_interest",
        "basis_source": "Trade fair list",
    }
    return Lead.objects.create(**(given | values))


def body_for(lead: Lead) -> str:
    """BODY to this person at this company: a draft with a stranger's name is stopped."""
    own = BODY.replace("Marta", lead.first_name)
    return own.replace("Polna Bakeries", lead.company_name or "Polna Bakeries")


def enroll(lead: Lead, sequence: Any, mailbox: Any, **values: Any) -> Enrollment:
    given = {"state": "active", "enrolled_by": lead.owner} | values
    return Enrollment.objects.create(lead=lead, sequence=sequence, mailbox=mailbox, **given)


def draft(lead: Lead, sequence: Any, mailbox: Any, *, number: int = 1, **values: Any) -> Touch:
    """A draft of one step with its checks run, as drafting leaves it."""
    enrollment = lead.enrollments.filter(state__in=["active", "paused"]).first()
    enrollment = enrollment or enroll(lead, sequence, mailbox)
    step = sequence.steps.get(position=number)
    Enrollment.objects.filter(pk=enrollment.pk).update(next_step_key=step.key)
    to = {"email": lead.email, "phone": lead.phone, "linkedin": lead.linkedin_url}[step.channel]
    given: dict[str, Any] = {
        "enrollment": enrollment,
        "step": step,
        "step_key": step.key,
        "number": number,
        "variant": step.variants.first(),
        "channel": step.channel,
        "mailbox": mailbox,
        "writer": "template",
        "to_address": to or "",
        "subject": "Who is called at night" if step.channel == "email" else "",
        "body": body_for(lead) if step.channel == "email" else QUESTION,
        "due_at": timezone.now(),
    }
    touch = Touch.objects.create(lead=lead, **(given | values))
    if "machine_body" not in values:
        Touch.objects.filter(pk=touch.pk).update(machine_body=touch.body)
    checks = quality.check(touch)
    Touch.objects.filter(pk=touch.pk).update(
        checks=checks, checks_passed=all(check["level"] == "ok" for check in checks)
    )
    touch.refresh_from_db()
    return touch


def task(
    owner: Any, kind: str = "follow_up", *, due: datetime | None = None, **values: Any
) -> Task:
    given = {"title": "Something to do", "due_at": due or timezone.now() - timedelta(minutes=5)}
    made = worklist.add(kind, owner=owner, **(given | values))
    assert made is not None
    return made


def kinds(lead: Lead) -> list[str]:
    return list(lead.events.order_by("id").values_list("kind", flat=True))
