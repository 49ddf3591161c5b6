"""The domain check: what is right, what is wrong, and the record to paste."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse

from leads.models import Lead
from outreach.mail import dns_records as records
from outreach.models import Enrollment, Mailbox, Task
from outreach.services import preflight
from outreach.tests.name_server import Table, name_server

KEY = "v=DKIM1; k=rsa; p=" + "A" * 392  # 2048 bits
GOOD: Table = {
    ("halden.example", "MX"): ["10 mx.halden.example."],
    ("halden.example", "TXT"): [
        '"v=spf1 include:_spf.google.com ~all"', '"google-site-verification=x"'
    ],
    ("_spf.google.com", "TXT"): ['"v=spf1 include:_netblocks.google.com ~all"'],
    ("_netblocks.google.com", "TXT"): ['"v=spf1 ip4:35.190.247.0/24 ~all"'],
    ("google._domainkey.halden.example", "TXT"): [f'"{KEY[:200]}" "{KEY[200:]}"'],
    ("_dmarc.halden.example", "TXT"): ['"v=DMARC1; p=quarantine; rua=mailto:d@halden.example"'],
}  # fmt: skip


@pytest.fixture
def world(settings: Any) -> Iterator[Table]:
    with name_server({**GOOD}, settings) as table:
        yield table


@pytest.fixture
def box(rep: Any, workspace: Any) -> Mailbox:
    return Mailbox.objects.create(
        user=rep, address="jonas@halden.example", from_name="Jonas", smtp_host="smtp.gmail.com"
    )


def level(box: Mailbox, code: str) -> str:
    return found(box, code).level


def found(box: Mailbox, code: str) -> preflight.Check:
    return next(check for check in preflight.run(box) if check.code == code)


def test_a_domain_in_order(world: Table, box: Mailbox) -> None:
    levels = {check.code: check.level for check in preflight.run(box)}
    assert {levels[code] for code in ("mx", "spf", "dkim", "dmarc", "postal", "basis")} == {"ok"}
    assert [check.code for check in preflight.last(Mailbox.objects.get(pk=box.pk))] == list(levels)


@pytest.mark.parametrize(
    ("records_there", "expected", "value"),
    [
        ([], "bad", "v=spf1 include:_spf.google.com ~all"),
        (
            ['"v=spf1 include:other.example -all"'],
            "bad",
            "v=spf1 include:other.example include:_spf.google.com -all",
        ),
        (['"v=spf1 include:_spf.google.com +all"'], "bad", "v=spf1 include:_spf.google.com ~all"),
        (['"v=spf1 include:_spf.google.com"'], "warn", "v=spf1 include:_spf.google.com ~all"),
        (['"v=spf1 include:_spf.google.com ?all"'], "warn", "v=spf1 include:_spf.google.com ~all"),
        (['"v=spf1 -all"', '"v=spf1 include:_spf.google.com ~all"'], "bad", ""),
        (['"v=spf1 include:_spf.google.com -all"'], "ok", ""),
        (['"v=spf1 redirect=_spf.google.com"'], "ok", ""),
        (['"v=spf10 nonsense"'], "bad", "v=spf1 include:_spf.google.com ~all"),
    ],
)
def test_spf(
    world: Table, box: Mailbox, records_there: list[str], expected: str, value: str
) -> None:
    world[("halden.example", "TXT")] = records_there
    check = found(box, "spf")
    assert (check.level, check.record.get("value", "")) == (expected, value)


def test_spf_of_many_lookups_is_none(world: Table, box: Mailbox) -> None:
    many = " ".join(f"a:h{n}.example" for n in range(9))
    world[("halden.example", "TXT")] = [f'"v=spf1 include:_spf.google.com {many} ~all"']
    check = found(box, "spf")  # 1 include, 9 a, 1 include inside
    assert check.level == "bad" and "11 look-ups" in check.text


def test_an_include_loop_ends(world: Table, box: Mailbox) -> None:
    world[("_netblocks.google.com", "TXT")] = ['"v=spf1 include:_spf.google.com ~all"']
    assert level(box, "spf") == "ok"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (None, "bad"),
        ('"v=DKIM1; k=rsa; p="', "bad"),
        (f'"v=DKIM1; p={"A" * 90}"', "bad"),
        (f'"k=rsa; p={"A" * 216}"', "ok"),
        ('"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="', "ok"),
        ('"hello"', "bad"),
    ],
)
def test_dkim(world: Table, box: Mailbox, key: str | None, expected: str) -> None:
    world[("google._domainkey.halden.example", "TXT")] = [key] if key else []
    assert level(box, "dkim") == expected


def test_a_given_selector_is_asked_alone(world: Table, box: Mailbox) -> None:
    box.dkim_selector = "own7"
    assert level(box, "dkim") == "bad"
    world[("own7._domainkey.halden.example", "TXT")] = [f'"{KEY[:200]}" "{KEY[200:]}"']
    assert level(box, "dkim") == "ok"


def test_dmarc_of_the_domain_above_counts(world: Table, box: Mailbox) -> None:
    Mailbox.objects.filter(pk=box.pk).update(address="jonas@mail.halden.example")
    box.refresh_from_db()
    assert level(box, "dmarc") == "ok"
    world[("_dmarc.halden.example", "TXT")] = ['"v=DMARC1; p=reject; sp=wrong"']
    assert level(box, "dmarc") == "bad"


def test_a_missing_dmarc_gives_the_record(world: Table, box: Mailbox) -> None:
    del world[("_dmarc.halden.example", "TXT")]
    check = found(box, "dmarc")
    assert check.level == "bad"
    assert check.record == {
        "name": "_dmarc.halden.example",
        "type": "TXT",
        "value": "v=DMARC1; p=none; rua=mailto:jonas@halden.example",
    }


def test_what_nobody_answers_is_not_missing(world: Table, box: Mailbox) -> None:
    for key in [*world]:
        world[key] = ["SERVFAIL"]
    levels = {check.code: check.level for check in preflight.run(box)}
    assert {levels[code] for code in ("mx", "spf", "dkim", "dmarc")} == {"unknown"}


@pytest.mark.parametrize(
    ("mx", "expected"), [(["0 ."], "bad"), ([], "bad"), (["10 mx.halden.example."], "ok")]
)
def test_mx(world: Table, box: Mailbox, mx: list[str], expected: str) -> None:
    world[("halden.example", "MX")] = mx
    assert level(box, "mx") == expected


def test_an_own_server_is_asked_for_its_name(world: Table, box: Mailbox) -> None:
    box.smtp_host = "mail.halden.example"
    world[("mail.halden.example", "A")] = ["192.0.2.7"]
    assert level(box, "ptr") == "bad"
    world[("7.2.0.192.in-addr.arpa", "PTR")] = ["mail.halden.example."]
    assert level(box, "ptr") == "ok"
    world[("7.2.0.192.in-addr.arpa", "PTR")] = ["elsewhere.example."]
    assert level(box, "ptr") == "warn"


def test_a_free_mail_address_needs_nothing_but_is_no_good_idea(world: Table, box: Mailbox) -> None:
    Mailbox.objects.filter(pk=box.pk).update(address="halden@gmail.com")
    box.refresh_from_db()
    codes = {check.code for check in preflight.run(box)}
    assert "domain" in codes and not {"spf", "dkim", "dmarc"} & codes


def test_our_own_house(world: Table, box: Mailbox, workspace: Any, settings: Any) -> None:
    settings.SITE_URL = "http://127.0.0.1:8000"
    workspace.postal_address = ""
    workspace.save()
    assert level(box, "postal") == "bad" and level(box, "one_click") == "warn"
    settings.SITE_URL = "https://sales.example"
    assert level(box, "one_click") == "unknown"
    preflight.note_signature(box, "v=1; h=from:list-unsubscribe:to; bh=x")
    assert "list-unsubscribe-post" in found(box, "one_click").text
    preflight.note_signature(box, "v=1; h=From : List-Unsubscribe:\r\n List-Unsubscribe-Post; b=x")
    assert level(box, "one_click") == "ok"


def test_people_without_a_basis_are_counted(
    world: Table, box: Mailbox, lead: Lead, sequence: Any
) -> None:
    Lead.objects.filter(pk=lead.pk).update(lawful_basis="")
    Enrollment.objects.create(lead=lead, sequence=sequence, mailbox=box)
    check = found(box, "basis")
    assert check.level == "warn" and check.text.startswith("1 person")


def test_a_record_that_broke_is_a_task(world: Table, box: Mailbox) -> None:
    preflight.run(box)
    Mailbox.objects.update(preflight_at="2026-01-01T00:00:00Z")
    del world[("_dmarc.halden.example", "TXT")]
    assert preflight.check_all() == 1
    task = Task.objects.get()
    assert "halden.example" in task.title and "DMARC" in task.why
    assert preflight.check_all() == 0  # looked at today


def test_the_page_shows_what_to_paste(world: Table, box: Mailbox, rep: Any, as_user: Any) -> None:
    client = as_user(rep)
    url = reverse("outreach:mailbox_domain", args=[box.pk])
    assert "Not checked yet" in client.get(url).content.decode()
    del world[("_dmarc.halden.example", "TXT")]
    client.post(reverse("outreach:mailbox_domain_check", args=[box.pk]), {"dkim_selector": ""})
    page = client.get(url).content.decode()
    assert "v=DMARC1; p=none; rua=mailto:jonas@halden.example" in page and "Put right" in page
    wrong = client.post(
        reverse("outreach:mailbox_domain_check", args=[box.pk]), {"dkim_selector": "a b"}
    )
    assert wrong.status_code == 422 and "dots and dashes" in wrong.content.decode()


@pytest.mark.parametrize(
    ("text", "bits"),
    [(KEY, 2048), (f"v=DKIM1; p={'A' * 216}", 1024), ("v=DKIM1; k=ed25519; p=A", 0)],
)
def test_key_lengths(text: str, bits: int) -> None:
    assert records.key_bits(text) == bits
