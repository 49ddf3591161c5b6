"""Make the demo's month: people, leads, sequences, what was sent and answered, what waits.


The past is written straight into the tables with its dates (nothing of it is sent); the present is
made by the product's own services, so that each draft, task and score is what the product does.
"""

import shutil
from datetime import time, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from analytics import alert_tasks
from analytics.services import forecasts, rollup
from leads.models import Company, Lead, Pain
from leads.search import text_for
from leads.services import crm_connect, profile, scoring
from outreach.models import Mailbox, Sequence
from outreach.services import confirmation, content, sequence_life
from salesagent.accounts.models import Team, User, Workspace
from salesagent.demo import (
    before,
    booked,
    coached,
    crm,
    dealt,
    doubles,
    ended,
    environment,
    foreseen,
    kept,
    known,
    past,
    people,
    played,
    present,
    priced,
    printed,
    shared_out,
    talked,
    text_tests,
    told,
)
from salesagent.lib import tasks

LOGINS = {
    "rep": "rep@halden.example",
    "manager": "manager@halden.example",
    "owner": "owner@halden.example",
}
NAMES = {"rep": "Jonas Weber", "manager": "Elena Rossi", "owner": "Ingrid Halden"}
SEQUENCES = ("name-the-pain", "quiet-day-visit", "wake-old-contacts")
SIGNATURE = "{name}\nHalden Climate Services, +45 63 555 0100"


def forget() -> None:
    """Throw the demo's data away; passwords and key stay."""
    for path in environment.folder().glob("salesagent.sqlite3*"):
        path.unlink()
    for path in environment.folder().glob(f"{crm_connect.PRACTICE_FILE}*"):
        path.unlink()
    for name in ("mail", "backups"):
        shutil.rmtree(environment.folder() / name, ignore_errors=True)


def run(passwords: dict[str, str]) -> bool:
    """Fill an empty database; False when the demo's data is there already."""
    if Lead.objects.exists():
        return False
    with transaction.atomic():
        _workspace()
        users = _users(passwords)
        _mailboxes(users)
        sequences = _sequences(users["rep"])
        _confirmation(users["owner"])
        leads = _leads(users)
        text_tests.prepare(sequences[0], users["rep"])
        past.write(leads, sequences, users)
        ended.write(users["rep"])
        _last_sent()
        scoring.score_batch(Lead.objects.select_related("company"))
        _send_at_any_hour()
    tasks.run_waiting()
    present.write(users, sequences)
    text_tests.start(sequences[0], users["rep"])
    played.write(users)
    coached.write(leads)
    talked.write(users)
    tasks.run_waiting()
    played.settle()
    talked.count(users)
    booked.write(leads, users)
    crm.write(users)
    doubles.write(leads)
    ended.learn()
    known.write(users["rep"])
    for lead in Lead.objects.filter(archived_at=None).select_related("company"):
        scoring.score_lead(lead)
    profile.refresh(Lead.objects.values_list("pk", flat=True))
    kept.write(users)
    before.write()
    dealt.write()
    shared_out.write(users)
    priced.write(users["owner"])
    past.came_first()
    rollup.rebuild()
    foreseen.write()
    forecasts.snapshot()
    alert_tasks.look()
    alert_tasks.watch()
    printed.write(users)
    told.write(users)
    shared_out.a_little_over(users["rep"])
    return True


def _workspace() -> None:
    workspace = Workspace.current()
    workspace.name = "Halden Climate Services"
    workspace.postal_address = "Kanalgade 4, 5000 Odense, Denmark"
    workspace.website = "https://halden.example"
    workspace.country = "DK"
    workspace.time_zone = "Europe/Copenhagen"
    workspace.service = "cooling and cold-room service"
    workspace.trade = "refrigeration"
    workspace.mailbox_daily_cap = 60
    workspace.mailbox_min_gap = 0
    workspace.form_title = "Tell us about your cooling"
    workspace.save()


def _send_at_any_hour() -> None:
    """Whoever tries the demo on a Sunday evening sees the mail go out. The past kept hours."""
    Workspace.objects.update(
        window_start=time(0, 0),
        window_end=time(23, 59, 59),
        send_days=[0, 1, 2, 3, 4, 5, 6],
        skip_holidays=False,
    )


def _users(passwords: dict[str, str]) -> dict[str, User]:
    team = Team.objects.create(name="North")
    users = {
        role: User.objects.create_user(
            LOGINS[role],
            passwords[role],
            name=NAMES[role],
            role=role,
            team=None if role == "owner" else team,
            time_zone="Europe/Copenhagen",
            signature=SIGNATURE.format(name=NAMES[role]),
        )
        for role in environment.ROLES
    }
    users["mate"] = User.objects.create_user(
        "priya@halden.example", None, name="Priya Nair", team=team, time_zone="Europe/Copenhagen"
    )
    Workspace.objects.update(form_owner=users["rep"])
    return users


def _mailboxes(users: dict[str, User]) -> None:
    for key, address in (("rep", "jonas@halden.example"), ("mate", "priya.nair@halden.example")):
        Mailbox.objects.create(
            user=users[key],
            address=address,
            from_name=users[key].name,
            transport=Mailbox.Transport.FILE,
            tested_at=timezone.now(),
        )


def _last_sent() -> None:
    """The newest mail of the invented past, as sending notes it."""
    for box in Mailbox.objects.annotate(newest=Max("touches__sent_at")):
        Mailbox.objects.filter(pk=box.pk).update(last_sent_at=box.newest)


def _sequences(rep: User) -> list[Sequence]:
    content.install_builtin()
    made = [content.copy_sequence(code, rep) for code in SEQUENCES]
    for sequence in made:
        sequence_life.set_state(sequence, "running")
        sequence.refresh_from_db()
    return made


def _confirmation(owner: User) -> None:
    """The owner has approved the words of the mail that answers the form at once."""
    workspace = Workspace.current()
    words = workspace.confirmation_subject, workspace.confirmation_body
    confirmation.save(owner, *words, approve=True)


def _leads(users: dict[str, User]) -> list[Lead]:
    now = timezone.now()
    made = []
    for number, person in enumerate(people.leads()):
        lead = _lead(number, person, users["mate"] if number % 4 == 3 else users["rep"])
        lead.save()
        days = past.came(number) if number < past.WORKED else number % 12
        lead.created_at = now - timedelta(days=days, hours=3)
        Lead.objects.filter(pk=lead.pk).update(created_at=lead.created_at)
        if person.pain:
            Pain.objects.create(
                lead=lead,
                text=person.pain,
                source="Trade fair talk",
                noted_at=lead.created_at.date(),
            )
        made.append(lead)
    return made


def _company(person: people.DemoLead) -> Company:
    values = {
        "name": person.company,
        "name_key": person.company.lower(),
        "trade": person.trade,
        "city": person.city,
        "country": person.country,
        "size": person.size,
    }
    return Company.objects.get_or_create(domain=person.domain, defaults=values)[0]


def _lead(number: int, person: people.DemoLead, owner: User) -> Lead:
    company, fair = _company(person), number % 3 == 0
    name = person.email.partition("@")[0].replace(".", "-")
    lead = Lead(
        owner=owner,
        company=company,
        company_name=company.name,
        first_name=person.first_name,
        last_name=person.last_name,
        title=person.title,
        email=person.email,
        phone=person.phone,
        linkedin_url=f"https://www.linkedin.com/in/{name}" if number % 6 else "",
        city=person.city,
        country=person.country,
        time_zone=person.time_zone,
        trade=person.trade,
        tags=["trade fair"] if fair else [],
        source="trade-fair.csv" if fair else "companies-north.csv",
        lawful_basis=Lead.Basis.INTEREST,
        basis_source="Trade fair list, October" if fair else "Company website",
    )
    lead.search_text = text_for(lead)
    return lead
