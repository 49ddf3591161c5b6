"""Deciding about differences: one by one, all at once, and who may."""

import pytest
from django.urls import reverse

from leads import crm_rule_words
from leads.models import Lead, SyncConflict
from leads.services import crm_accounts, crm_conflicts
from leads.tests.crm import link_of, option


def at(name, *args):
    return reverse(f"leads:{name}", args=["fake", *args])


def text_of(answer):
    return " ".join(answer.content.decode().split())


@pytest.fixture
def torn(there, sync, lead, make_lead):
    """Two leads whose stage was changed on both sides."""
    other = make_lead(email="owen@price.example", lawful_basis="consent", last_name="Price")
    sync()
    for one in (lead, other):
        there.edit("contact", link_of(one).remote_id, stage="meeting")
        Lead.objects.filter(pk=one.pk).update(stage="engaged")
    sync()
    return SyncConflict.objects.order_by("pk")


@pytest.mark.parametrize("choice", ["here", "there"])
def test_all_at_once_after_a_confirmation(choice, torn, there, sync, owner, as_user, run_queue):
    client = as_user(owner)
    assert at("crm_settle_all") + f"?choice={choice}" in text_of(client.get(at("crm")))
    page = text_of(client.get(at("crm_settle_all") + f"?choice={choice}"))
    assert "2 differences with Practice CRM" in page and torn.filter(state="open").count() == 2
    answer = client.post(at("crm_settle_all"), {"choice": choice}, follow=True)
    assert "2 differences decided." in text_of(answer)
    run_queue()
    stage = "engaged" if choice == "here" else "meeting"
    assert set(Lead.objects.values_list("stage", flat=True)) == {stage}
    assert {one["stage"] for one in there.all("contact").values()} == {stage}
    assert set(torn.values_list("state", flat=True)) == {choice}


def test_another_choice_is_none(torn, owner, as_user):
    client = as_user(owner)
    assert client.get(at("crm_settle_all") + "?choice=both").status_code == 404
    assert client.post(at("crm_settle_all"), {"choice": "both"}).status_code == 404


def test_the_tile_counts_what_the_table_shows(torn, sync, owner, as_user):
    client = as_user(owner)
    for left in (2, 1):
        page = client.get(at("crm"))
        (tile,) = [one for one in page.context["latest"].tiles if one.code == "decide"]
        assert tile.number == len(page.context["questions"]) == left
        crm_conflicts.settle(torn.filter(state="open").first(), "there", owner)
    sync(preview=True)
    page = client.get(at("crm"))
    (tile,) = [one for one in page.context["waits"].tiles if one.code == "decide"]
    assert tile.number == len(page.context["questions"]) == 0


def test_a_dry_run_says_what_it_will_ask_anew(torn, there, sync, owner, as_user):
    there.edit("contact", torn[0].link.remote_id, owner="nobody@else.example")
    there.edit("contact", torn[0].link.remote_id, title="Boss")
    Lead.objects.filter(pk=torn[0].link.lead_id).update(title="Chief")
    sync(preview=True)
    page = client = as_user(owner).get(at("crm"))
    assert client.context["waits_new"] == 1
    assert "1 more to decide comes up with the sync." in text_of(page)


def test_a_manager_is_told_that_the_owner_decides(torn, manager, as_user, sync):
    page = text_of(as_user(manager).get(at("crm")))
    assert "The owner decides" in page and "You decide" not in page
    assert 'warn">Open<' not in page and "Keep all of ours" not in page
    run = sync(preview=True)
    page = text_of(as_user(manager).get(at("crm_run", run.pk)))
    assert "You decide" not in page


def test_the_summary_follows_the_rules(crm_connection, owner, as_user):
    def said(*kinds):
        return crm_rule_words.summary(crm_accounts.terms_of(crm_connection), *kinds)

    assert said() == "Newest edit wins, except stage and owner, which ask you."
    rules = {"contact": {"stage": "newest", "title": "here", "city": "off"}}
    option(crm_connection, rules=rules)
    assert said() == (
        "Newest edit wins, except owner and deal stage, which ask you, and job title, where ours "
        "wins, and contact city, which is not synced."
    )
    everything = dict.fromkeys(crm_rule_words.FIELDS["contact"], "there")
    option(crm_connection, rules={"contact": everything})
    assert said(["contact"]) == "Theirs wins."
    assert "Theirs wins." in text_of(as_user(owner).get(at("crm_fields", "contact")))
