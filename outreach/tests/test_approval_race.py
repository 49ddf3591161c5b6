"""Two people, two tabs, one draft: threads with real transactions."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection

from outreach.models import Task, Touch
from outreach.services import approval, policy
from outreach.services.approval import ApprovalError
from outreach.tests.work import BODY, draft, kinds
from salesagent.accounts.models import Team, User, Workspace

AT_ONCE = 6


def together(action: Callable[[int], Any]) -> list[str]:
    """Run `action` in AT_ONCE threads at the same moment; "ok" or what each was told."""
    start, said = threading.Barrier(AT_ONCE), []

    def run(number: int) -> None:
        start.wait(10)
        try:
            action(number)
            said.append("ok")
        except ApprovalError as error:
            said.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return said


def world(*, number: int = 1) -> tuple[Touch, list[User]]:
    from leads.models import Lead
    from outreach.models import Mailbox, Sequence, Step, Variant

    team = Team.objects.create(name="North")
    people = [
        User.objects.create_user(f"p{n}@own.example", None, name=f"Person {n}", team=team)
        for n in range(AT_ONCE)
    ]
    workspace = Workspace.current()
    workspace.postal_address = "Kanalgade 4, 5000 Odense"
    workspace.save()
    lead = Lead.objects.create(
        owner=people[0], first_name="Marta", email="m@polna.example", phone="+48615550127",
        time_zone="Europe/Warsaw", country="PL", lawful_basis="legitimate_interest",
        company_name="Polna Bakeries",
    )  # fmt: skip
    mailbox = Mailbox.objects.create(
        user=people[0], address="j@own.example", from_name="Jonas Weber"
    )
    sequence = Sequence.objects.create(name="Night", state="running", owner=people[0], team=team)
    for position, channel in enumerate(["email", "phone"], start=1):
        step = Step.objects.create(
            sequence=sequence, position=position, name=f"Touch {position}", channel=channel
        )
        Variant.objects.create(step=step, label="A", subject="Night", body=BODY)
    return draft(lead, sequence, mailbox, number=number), people


def test_many_managers_approve_once(crowd: None) -> None:
    touch, people = world()
    seen = policy.text_hash(touch)
    said = together(lambda n: approval.approve(touch, user=people[n], seen_hash=seen))
    assert said.count("ok") == 1
    assert all("Already approved by Person" in line for line in said if line != "ok")
    assert kinds(touch.lead).count("touch.approved") == 1


def test_a_call_approved_by_many_is_one_task(crowd: None) -> None:
    touch, people = world(number=2)
    seen = policy.text_hash(touch)
    said = together(lambda n: approval.approve(touch, user=people[n], seen_hash=seen))
    assert said.count("ok") == 1
    assert Task.objects.filter(touch=touch).count() == 1


def test_approve_and_edit_at_once_never_approve_the_other_text(crowd: None) -> None:
    touch, people = world()
    seen = policy.text_hash(touch)

    def act(number: int) -> None:
        if number % 2:
            approval.approve(touch, user=people[number], seen_hash=seen)
        else:
            text = f"{BODY}\n\nPS {number}"
            approval.edit(touch, user=people[number], subject="Night", body=text, seen_hash=seen)

    together(act)
    now = Touch.objects.get(pk=touch.pk)
    if now.state == "approved":
        assert now.approved_hash == policy.text_hash(now)
    else:
        assert (now.state, now.approved_hash) == ("draft", "")


def test_undo_and_claim_at_once_have_one_winner(crowd: None) -> None:
    touch, people = world()
    approval.approve(touch, user=people[0], seen_hash=policy.text_hash(touch))
    won: list[str] = []

    def act(number: int) -> None:
        if number == 0:
            rows = Touch.objects.filter(pk=touch.pk, state="approved")
            if rows.update(state="sending"):
                won.append("sender")
        elif approval.undo(touch, user=people[number]):
            won.append("person")

    together(act)
    assert len(won) == 1
    expected = {"sender": "sending", "person": "draft"}[won[0]]
    assert Touch.objects.get(pk=touch.pk).state == expected
