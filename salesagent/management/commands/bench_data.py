"""`manage.py bench_data`: a large, even world to measure on, in an empty database."""

import random
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.db.models import Max, OuterRef, Subquery
from django.utils import timezone

from leads import search
from leads.models import Company, Deal, Lead, Pain, ThreadEvent
from outreach.models import Enrollment, Mailbox, Sequence, Step, Task, Touch
from salesagent.accounts.models import Team, User

FIRST = ["Marta", "Owen", "Sophie", "Luca", "Inês", "Henrik", "Katrin", "Pieter", "Aisha", "Rui"]
LAST = [
    "Kowalczyk",
    "Price",
    "Laurent",
    "Bianchi",
    "Duarte",
    "Sørensen",
    "Vogel",
    "Visser",
    "Rahman",
]
TRADES = ["bakery", "clinic", "hotel", "logistics"]
KINDS = [
    ("touch.sent", "email", "out"),
    ("lead.scored", "", "none"),
    ("touch.approved", "", "none"),
    ("note.added", "note", "none"),
    ("reply.received", "email", "in"),
]
BATCH = 2000
ANSWERS = 10  # sent messages for one reply; the others were delivered
DRAFTS, TASKS = 60, 40  # of each rep: a day's work, however many leads there are
OPEN, ENDED = 500, 2_000  # deals
RUNNING, OVER = ("open", "proposal", "negotiation"), ("won", "lost", "lost")


class Command(BaseCommand):
    help = "Fill an empty database with leads and thread events for measurements."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--leads", type=int, default=10_000)
        parser.add_argument("--events", type=int, default=100_000)
        parser.add_argument("--reps", type=int, default=10)

    def handle(self, *args: Any, **options: Any) -> None:
        if Lead.objects.exists():
            raise CommandError("There are leads in this database. Use an empty DATA_DIR.")
        rng = random.Random(7)  # noqa: S311  the same world each time
        reps = self._users(options["reps"])
        self._companies(options["leads"] // 5 + 1)
        self._leads(options["leads"], reps, rng)
        self._events(options["events"], options["leads"], rng)
        self._replied()
        self._deals()
        self._work(reps[1:])
        self.stdout.write(f"{options['leads']} leads, {options['events']} events.")

    def _users(self, count: int) -> list[User]:
        team = Team.objects.create(name="Bench")
        owner = User.objects.create_user("owner@bench.example", None, name="Owner", role="owner")
        make = User.objects.create_user
        reps = [
            make(f"rep{n}@bench.example", None, name=f"Rep {n}", team=team) for n in range(count)
        ]
        make("manager@bench.example", None, name="Manager", team=team, role="manager")
        return [owner, *reps]

    def _companies(self, count: int) -> None:
        for start in range(0, count, BATCH):
            Company.objects.bulk_create(
                Company(name=f"Company {n}", name_key=f"company {n}", domain=f"c{n}.example")
                for n in range(start, min(start + BATCH, count))
            )

    def _leads(self, count: int, users: list[User], rng: random.Random) -> None:
        companies = list(Company.objects.order_by("pk").values_list("pk", flat=True))
        now = timezone.now()
        for start in range(0, count, BATCH):
            with transaction.atomic():
                Lead.objects.bulk_create(
                    self._lead(n, companies, users, now, rng)
                    for n in range(start, min(start + BATCH, count))
                )

    def _lead(
        self, n: int, companies: list[int], users: list[User], now: datetime, rng: random.Random
    ) -> Lead:
        lead = Lead(
            first_name=FIRST[n % 10],
            last_name=f"{LAST[n // 10 % 9]}{n}",
            company_id=companies[n // 5],
            company_name=f"Company {n // 5}",
            email=f"p{n}@c{n // 5}.example",
            owner=users[1 + n % (len(users) - 1)],
            trade=TRADES[n % 4],
            country="DE",
            time_zone="Europe/Berlin",
            stage=rng.choice(list(Lead.Stage.values)),
            score=rng.randrange(101),
            lawful_basis="legitimate_interest",
            last_sign_at=now - timedelta(minutes=rng.randrange(100_000)),
            last_sign="Sent",
            last_sign_channel="email",
        )
        lead.search_text = search.text_for(lead)
        return lead

    def _events(self, count: int, leads: int, rng: random.Random) -> None:
        ids = list(Lead.objects.order_by("pk").values_list("pk", flat=True))
        now = timezone.now()
        for start in range(0, count, BATCH):
            with transaction.atomic():
                ThreadEvent.objects.bulk_create(
                    self._event(n, ids[(n + n // leads) % leads], now, rng)
                    for n in range(start, min(start + BATCH, count))
                )

    def _event(self, n: int, lead_id: int, now: datetime, rng: random.Random) -> ThreadEvent:
        """Each lead gets each kind, in turns."""
        kind, channel, direction = KINDS[n % 5]
        if kind == "reply.received" and n // 5 % ANSWERS:
            kind, direction = "touch.delivered", "none"
        body = (
            f"Message {n} about the cold room" if kind in ("touch.sent", "reply.received") else ""
        )
        return ThreadEvent(
            lead_id=lead_id,
            kind=kind,
            actor="user:2",
            channel=channel,
            direction=direction,
            body=body,
            occurred_at=now - timedelta(minutes=rng.randrange(200_000)),
        )

    def _replied(self) -> None:
        """When each lead wrote last, as intake would have noted it."""
        theirs = ThreadEvent.objects.filter(lead=OuterRef("pk"), kind="reply.received")
        last = theirs.order_by().values("lead").annotate(last=Max("occurred_at")).values("last")
        Lead.objects.update(replied_at=Subquery(last))

    def _deals(self) -> None:
        """Of the first leads; some run, the others ended within the last three hundred days."""
        now = timezone.now()
        leads = Lead.objects.order_by("pk").values_list("pk", "owner")[: OPEN + ENDED]
        deals = []
        for number, (lead, owner) in enumerate(leads):
            ended = number >= OPEN
            deals.append(
                Deal(
                    lead_id=lead,
                    owner_id=owner,
                    title=f"Deal {number}",
                    stage=(OVER if ended else RUNNING)[number % 3],
                    value=Decimal(1_000 + number * 7),
                    expected_close=now.date() + timedelta(days=number % 120),
                    closed_at=now - timedelta(days=number % 300) if ended else None,
                )
            )
        Deal.objects.bulk_create(deals, batch_size=BATCH // 4)

    def _work(self, reps: list[User]) -> None:
        """Drafts and tasks of a day, and one sent touch for every fourth lead."""
        now = timezone.now()
        sequence = Sequence.objects.create(name="Cold rooms", state="running")
        for place, channel in enumerate(("email", "email", "phone", "linkedin"), start=1):
            Step.objects.create(
                sequence=sequence, position=place, name=f"Touch {place}", channel=channel
            )
        for rep in reps:
            box = Mailbox.objects.create(
                user=rep, address=rep.email, from_name=rep.name, transport="file"
            )
            leads = list(Lead.objects.filter(owner=rep).order_by("pk"))
            for start in range(0, len(leads), BATCH * 4):
                Touch.objects.bulk_create(
                    self._touch(lead, box, now - timedelta(days=n % 300 + 1), state="sent")
                    for n, lead in enumerate(leads[start : start + BATCH * 4 : 4])
                )
            self._drafts(leads[: DRAFTS * 2 : 2], box, sequence, now)
            self._tasks(leads[1 : TASKS * 2 : 2], rep, now)

    def _touch(self, lead: Lead, box: Mailbox, at: datetime, **values: Any) -> Touch:
        body = f"Hello {lead.first_name},\n\nhow do you keep the cold room cold?\n\n{box.from_name}"
        sent = at if values["state"] == "sent" else None
        return Touch(
            lead=lead, mailbox=box, channel="email", to_address=lead.email or "", number=1,
            subject="The cold room", body=body, machine_body=body, due_at=at, sent_at=sent,
            checks_passed=True, **values,
        )  # fmt: skip

    def _drafts(self, leads: list[Lead], box: Mailbox, sequence: Sequence, now: datetime) -> None:
        step = sequence.steps.earliest("position")
        runs = Enrollment.objects.bulk_create(
            Enrollment(lead=lead, sequence=sequence, mailbox=box) for lead in leads
        )
        Touch.objects.bulk_create(
            self._touch(
                run.lead,
                box,
                now + timedelta(hours=n),
                state="draft",
                enrollment=run,
                step=step,
                step_key=step.key,
            )
            for n, run in enumerate(runs)
        )

    def _tasks(self, leads: list[Lead], rep: User, now: datetime) -> None:
        kinds = [("answer", "email"), ("touch", "phone"), ("moment", ""), ("follow_up", "phone")]
        Pain.objects.bulk_create(
            Pain(lead=lead, text="The cold room warms up", source="Note", noted_at=now.date())
            for lead in leads
        )
        Task.objects.bulk_create(
            Task(
                kind=kinds[n % 4][0],
                channel=kinds[n % 4][1],
                lead=lead,
                owner=rep,
                title=f"Task {n}",
                due_at=now - timedelta(hours=n % 8),
            )
            for n, lead in enumerate(leads)
        )
