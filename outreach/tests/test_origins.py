"""A value that nobody here stands for goes out in no unchanged mail, whichever way it came."""

from typing import Any

import pytest

from leads import thread
from leads.intake.rows import LeadRow
from leads.models import Company, Lead, Merge, SyncRun
from leads.services import editing, inquiry, intake, merging, unmerging
from leads.services.inquiry_schema import Enquiry
from outreach.models import Sequence, Touch
from outreach.services import approval, drafting, enrollment, origins
from outreach.services.sequences import current_steps
from salesagent.lib import hands

pytestmark = pytest.mark.django_db
CROOKS = "the crooks who never paid us"
FRAME = "Hi {{first_name}},\n\n" + "we look after cold rooms and ask how you do it. " * 5


@pytest.fixture(autouse=True)
def _ready(workspace: Any, mailbox: Any) -> None:
    """An address below the mails, and who sends."""


@pytest.fixture
def plain(sequence: Sequence, rep: Any) -> Sequence:
    step = current_steps(sequence)[0]
    type(step).objects.filter(pk=step.pk).update(unchanged=True, unchanged_approved_by=rep)
    step.variants.update(subject="Cold rooms at {{company}}", body=FRAME)
    return sequence


def brought(rep: Any, email: str, company: str = "", **more: Any) -> Lead:
    row = LeadRow(
        email=email, company=company, first_name="Anna", country="DK",
        domain=str(more.pop("domain", "")),
    )  # fmt: skip
    given = {"source": "Form", "actor": rep.actor, "basis": "consent", "basis_source": "Fair"}
    return intake.bring_in(row, owner=rep, **given, **more).lead


def by_program(rep: Any, email: str, company: str, **more: Any) -> Lead:
    with hands.of_program():
        return brought(rep, email, company, **more)


def drafted(lead: Lead, sequence: Sequence, rep: Any) -> Touch:
    row = enrollment.open_for(lead) or enrollment.enroll(
        Lead.objects.get(pk=lead.pk), sequence, user=rep
    )
    touch = drafting.draft_touch(row)
    assert touch is not None
    return Touch.objects.get(pk=touch.pk)


def worries(touch: Touch) -> list[str]:
    return [check["text"] for check in touch.checks if check["level"] != "ok"]


WAITS = ["Company: nobody here wrote it. Read it before it goes."]


def test_a_company_named_by_a_program(plain: Sequence, rep: Any) -> None:
    """Somebody else of that domain, typed in by a person without a company."""
    by_program(rep, "x@bakers.example", CROOKS, domain="bakers.example")
    lead = brought(rep, "anna@bakers.example")
    assert lead.company_name == CROOKS
    touch = drafted(lead, plain, rep)
    assert (touch.state, worries(touch)) == ("draft", WAITS)


def test_a_company_named_by_a_person_is_known(plain: Sequence, rep: Any) -> None:
    brought(rep, "x@bakers.example", "Bakers and Sons", domain="bakers.example")
    lead = brought(rep, "anna@bakers.example")
    assert lead.company_name == "Bakers and Sons"
    assert drafted(lead, plain, rep).state == "approved"


def test_a_company_without_a_name_is_its_domain(plain: Sequence, rep: Any) -> None:
    lead = brought(rep, "anna@bakers.example")
    assert lead.company_name == "bakers.example"
    assert drafted(lead, plain, rep).state == "approved"


def test_an_enquiry_with_a_name_that_a_program_gave(rep: Any) -> None:
    """What they say of themselves is theirs; what we had stored of their company is not."""
    by_program(rep, "x@bakers.example", CROOKS, domain="bakers.example")
    for who, company, found in (("a", "", {"company_name"}), ("b", "Bakers and Sons", set())):
        asked = Enquiry.model_construct(
            name="Anna Berg", email=f"{who}@bakers.example", company=company, phone="",
            message="Do you come to Odense?", also=False,
        )  # fmt: skip
        inquiry.take(asked)
        assert origins.unanswered(Lead.objects.get(email=asked.email)) == found


def test_a_merge_carries_a_programs_word(lead: Lead, plain: Sequence, rep: Any) -> None:
    """The keeper had no company: what a program typed fills it."""
    Lead.objects.filter(pk=lead.pk).update(company_name="", company=None)
    gone = by_program(rep, "n@victim.example", CROOKS)
    row = merging.merge(lead, gone, {}, rep)
    lead.refresh_from_db()
    assert lead.company_name == CROOKS
    touch = drafted(lead, plain, rep)
    assert (touch.state, worries(touch)) == ("draft", WAITS)
    unmerging.undo(row, rep)
    assert Merge.objects.get().undone_at is not None


def test_a_merge_that_keeps_ones_own_word_goes(lead: Lead, plain: Sequence, rep: Any) -> None:
    merging.merge(lead, by_program(rep, "n@victim.example", CROOKS), {}, rep)
    assert drafted(lead, plain, rep).state == "approved"


def test_an_unmerged_lead_has_its_own_again(rep: Any) -> None:
    """A program's lead that took a person's word gives it back with the merge."""
    keeper = by_program(rep, "k@one.example", CROOKS)
    gone = brought(rep, "g@two.example", "Bakers and Sons")
    row = merging.merge(keeper, gone, {"company": "gone"}, rep)
    assert "company_name" not in origins.unanswered(Lead.objects.get(pk=keeper.pk))
    unmerging.undo(row, rep)
    keeper.refresh_from_db()
    assert keeper.company_name == CROOKS
    assert "company_name" in origins.unanswered(keeper)


def test_an_undone_import_brings_a_programs_word_back(rep: Any) -> None:
    lead = by_program(rep, "k@one.example", CROOKS)

    def changed(old: str, new: str, **data: Any) -> None:
        told = {"changes": {"company_name": [old, new]}, **data}
        thread.record(lead=lead, kind="lead.changed", actor=rep.actor, data=told)

    changed(CROOKS, "Bakers and Sons", batch=1)
    assert "company_name" not in origins.unanswered(lead)
    changed("Bakers and Sons", CROOKS, batch=1, why="import undone")
    assert "company_name" in origins.unanswered(lead)


def test_a_person_stands_for_what_they_write(rep: Any) -> None:
    lead = by_program(rep, "k@one.example", CROOKS)
    editing.edit_lead(lead, {"company_name": "Bakers and Sons"}, rep)
    assert "company_name" not in origins.unanswered(lead)


@pytest.mark.parametrize("asked", [True, False])
def test_what_a_sync_brings(lead: Lead, rep: Any, asked: bool) -> None:
    """A sync that somebody started is theirs; one that runs by itself is nobody's."""
    run = SyncRun.objects.create(provider="hubspot", user=rep if asked else None)
    data = {"changes": {"company_name": ["", CROOKS], "country": ["", "DK"]}, "run": run.pk}
    thread.record(lead=lead, kind="lead.changed", actor="crm:hubspot", data=data)
    assert origins.unanswered(lead) == (set() if asked else {"company_name"})
    made = Lead.objects.create(email="p@pulled.example")
    thread.record(lead=made, kind="lead.pulled", actor="crm:hubspot", data={"run": run.pk})
    assert bool(origins.unanswered(made)) is not asked


def test_what_a_look_up_fills_in(lead: Lead) -> None:
    editing.write(lead, {"title": "Chief baker of the crooks"}, actor="system")
    assert origins.unanswered(lead) == {"title"}


@pytest.mark.parametrize("alone", [True, False])
def test_a_sheet_that_reads_by_itself(lead: Lead, rep: Any, alone: bool) -> None:
    data = {"batch": 1, **({hands.ALONE: True} if alone else {})}
    thread.record(lead=lead, kind="lead.imported", actor=rep.actor, data=data)
    assert bool(origins.unanswered(lead)) is alone


def test_somebody_named_takes_over_what_is_nobodys(rep: Any) -> None:
    lead = brought(rep, "c@named.example", CROOKS, told={hands.UNSEEN: ["company_name"]})
    assert origins.unanswered(lead) == {"company_name"}


def test_words_chosen_by_a_programs_trade_wait(lead: Lead, plain: Sequence, rep: Any) -> None:
    current_steps(plain)[0].variants.update(subject="Cold rooms", body=FRAME + "{{pain_sentence}}")
    with hands.of_program():
        editing.edit_lead(lead, {"trade": "crook"}, rep)
    assert drafted(lead, plain, rep).state == "draft"


def test_people_of_one_company_are_asked_once(rep: Any, django_assert_max_num_queries: Any) -> None:
    for number in range(30):
        brought(rep, f"n{number}@bakers.example", "Bakers and Sons", domain="bakers.example")
    lead = brought(rep, "anna@bakers.example")
    assert Company.objects.count() == 1
    with django_assert_max_num_queries(5):
        assert origins.unanswered(lead) == set()


@pytest.mark.parametrize(
    ("column", "basis", "said"),
    [
        ("basis_source", "consent", "Origin of the address"),
        ("company_name", "legitimate_interest", "Company"),
        ("last_name", "consent", "Last name"),
        ("company_name", "consent", ""),
    ],
)
def test_what_a_mail_prints_around_its_text(
    lead: Lead, plain: Sequence, rep: Any, column: str, basis: str, said: str
) -> None:
    """Whom it is to, and why they get it: no field of the frame, but the lead reads it."""
    Lead.objects.filter(pk=lead.pk).update(lawful_basis=basis)
    current_steps(plain)[0].variants.update(subject="Cold rooms", body=FRAME)
    with hands.of_program():
        editing.edit_lead(Lead.objects.get(pk=lead.pk), {column: CROOKS}, rep)
    touch = drafted(lead, plain, rep)
    told = [f"{said}: nobody here wrote it. Read it before it goes."] if said else []
    assert worries(touch) == told
    current_steps(plain)[0].__class__.objects.update(unchanged=False)
    touch.refresh_from_db()
    approval.recheck(touch)
    told = [f"{said}: a program brought it. Read it before it goes."] if said else []
    assert worries(touch) == told


def test_the_subject_of_another_step_counts(lead: Lead, plain: Sequence, rep: Any) -> None:
    """A follow-up whose first mail never went out takes that one's subject."""
    with hands.of_program():
        editing.edit_lead(lead, {"company_name": CROOKS}, rep)
    current_steps(plain)[0].variants.update(subject="Cold rooms", body=FRAME)
    touch = drafted(lead, plain, rep)
    touch.state, touch.subject = "draft", f"Cold rooms at {CROOKS}"
    touch.save()
    assert not approval.approve_unchanged(touch)
