"""Kill the sender at random moments and count what arrived.

    python bench/crash.py [--kills 20] [--touches 2000] [--via smtp|gmail|twilio]

2,000 approved touches go to a counting SMTP server, or to a stand-in of Gmail or Twilio that writes
down what it takes, while the sending process is killed with SIGKILL at random moments and started
anew. Passes (exit 0) when no message arrived twice, each touch is
either sent and arrived or in front of a person, and at most one is unknown for each kill.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # before the folder of this file, whose names apps have, too
LEASE = 1  # seconds; the product's five minutes would only make this run longer
LIMIT = 175.0  # seconds for the whole run


def environment(folder: Path, base: str = "") -> dict[str, str]:
    return {
        **os.environ,
        "SECRET_KEY": "crash-" + "0123456789" * 5,
        "DATA_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'crash.sqlite3'}",
        "ENV_FILE": str(folder / "none"),
        "LOG_LEVEL": "CRITICAL",
        "DJANGO_SETTINGS_MODULE": "salesagent.settings",
        "PYTHONPATH": str(ROOT),
        "SERVICE_URLS": json.dumps({"gmail": base, "twilio": base} if base else {}),
    }


def setup() -> None:
    """The providers' limits are lifted: here the sink is the provider."""
    import django
    from django.conf import settings

    django.setup()
    settings.SEND_LEASE_SECONDS = LEASE
    from outreach.channels import gmail_api, twilio_api
    from salesagent.lib import budget

    budget.register(gmail_api.SERVICE, 100_000, 100_000)
    budget.register(twilio_api.SERVICE, 100_000, 100_000)


def seed(via: str, port: int, touches: int) -> None:
    """Approved messages of one rep to many leads, that no hours and no caps hold back."""
    setup()
    from leads.models import Lead
    from outreach.models import Touch
    from salesagent.accounts.models import User, Workspace

    workspace = Workspace.current()
    workspace.postal_address, workspace.mailbox_min_gap = "Kanalgade 4, 5000 Odense", 0
    workspace.mailbox_daily_cap = 32000
    workspace.save()
    rep = User.objects.create_user("rep@own.example", None, name="Jonas Weber")
    leads = Lead.objects.bulk_create(_lead(rep, number) for number in range(touches))
    make = _text if via == "twilio" else _mail
    box = _sender(via, rep, port)
    Touch.objects.bulk_create(make(lead, rep, box) for lead in leads)


def _lead(rep: Any, number: int) -> Any:
    from leads.models import Lead

    return Lead(
        owner=rep,
        first_name="Marta",
        last_name=f"Number {number}",
        email=f"p{number}@polna.example",
        phone=f"+4915112{number:06d}",
        lawful_basis="consent",
        stage="contacted",
    )


def _sender(via: str, rep: Any, port: int) -> Any:
    """The mailbox, or None where a connected service sends."""
    from outreach.models import Mailbox
    from salesagent.accounts import connections

    address = "jonas@halden.example"
    if via == "twilio":
        connections.save(
            "twilio",
            account="AC" + "0" * 32,
            secret={"auth_token": "token"},
            settings={"sms_from": "+15005550006"},
        )
        return None
    extra: dict[str, Any] = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none"}
    if via == "gmail":
        secret = {"access_token": "t", "refresh_token": "r", "expires_at": str(time.time() + 9e4)}
        row = connections.save("gmail", account=address, user=rep, secret=secret)
        extra = {"transport": "gmail", "connection": row}
    return Mailbox.objects.create(user=rep, address=address, from_name="Jonas Weber", **extra)


def _mail(lead: Any, rep: Any, box: Any) -> Any:
    return _touch(lead, rep, mailbox=box, kind="manual", channel="email", to_address=lead.email,
                  subject=f"A question, {lead.last_name}")  # fmt: skip


def _text(lead: Any, rep: Any, box: Any) -> Any:
    """An answer: it needs no recorded consent and keeps no hours."""
    return _touch(lead, rep, kind="reply", channel="sms", to_address=lead.phone)


def _touch(lead: Any, rep: Any, **values: Any) -> Any:
    from django.utils import timezone

    from outreach.models import Touch, new_message_id
    from outreach.services import policy

    now = timezone.now()
    touch = Touch(
        lead=lead,
        body="Hi Marta,\n\nhow do you handle night alarms at your stores?\n\nJonas",
        state="approved",
        due_at=now,
        approved_at=now,
        approved_by=rep,
        message_id=new_message_id("halden.example"),
        **values,
    )
    touch.approved_hash = policy.text_hash(touch)
    return touch


def drive() -> None:
    """Send until nothing is left: the minute tick in a loop."""
    setup()
    from outreach.models import Touch
    from outreach.services import sending

    print("up", flush=True)
    while Touch.objects.filter(state__in=["approved", "sending"]).exists():
        sending.recover()
        done = sending.send_due(limit=50)
        if not done.sent:
            time.sleep(0.1)


def arrived(log: Path) -> int:
    return log.read_bytes().count(b"\n")


class Run:
    def __init__(self, folder: Path, kills: int, touches: int, via: str) -> None:
        self.folder, self.kills, self.touches, self.via = folder, kills, touches, via
        self.base = ""
        self.log = folder / "arrived.txt"
        self.log.touch()
        self.killed = 0
        self.began = time.monotonic()

    def call(self, *args: str) -> None:
        subprocess.run(
            [sys.executable, *args], cwd=ROOT, env=environment(self.folder, self.base), check=True
        )

    def start(self, *args: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *args],
            cwd=ROOT,
            env=environment(self.folder, self.base),
            stdout=subprocess.PIPE,
            text=True,
        )

    def work(self) -> int:
        self.call("manage.py", "migrate", "--verbosity", "0", "--skip-checks")
        program = "bench/smtp_sink.py" if self.via == "smtp" else "bench/http_sink.py"
        sink = self.start(program, "--log", str(self.log))
        try:
            port = sink.stdout.readline().strip()
            self.base = "" if self.via == "smtp" else f"http://127.0.0.1:{port}"
            size = str(self.touches)
            self.call("bench/crash.py", "--seed", port, "--touches", size, "--via", self.via)
            while self.killed < self.kills:
                self.drive_and_kill()
            last = self.start("bench/crash.py", "--drive")
            last.wait(max(1.0, LIMIT - (time.monotonic() - self.began)))
        finally:
            sink.kill()
            sink.wait()
        return self.judge()

    def drive_and_kill(self) -> None:
        """Let it send a random number of mails, then end it in the middle of whatever it does."""
        driver = self.start("bench/crash.py", "--drive")
        driver.stdout.readline()
        room = max(1, (self.touches - arrived(self.log)) // (self.kills - self.killed + 1))
        goal = arrived(self.log) + random.randint(1, room)
        while arrived(self.log) < goal and driver.poll() is None:
            time.sleep(0.001)
        time.sleep(random.random() * 0.01)
        if driver.poll() is None:
            os.kill(driver.pid, signal.SIGKILL)
            self.killed += 1
        driver.wait()

    def judge(self) -> int:
        os.environ.update(environment(self.folder, self.base))
        setup()
        from outreach.models import Task, Touch

        seen = Counter(self.log.read_text().split())
        key = "to_address" if self.via == "twilio" else "message_id"
        rows = list(Touch.objects.values_list(key, "state"))
        states = Counter(state for _, state in rows)
        asked = set(Task.objects.filter(kind="unknown").values_list(f"touch__{key}", flat=True))
        twice = sum(count - 1 for count in seen.values() if count > 1)
        lost = [
            key
            for key, state in rows
            if not (state == "sent" and seen[key] == 1 or state == "unknown" and key in asked)
        ]
        unknown = states["unknown"]
        print(
            f"crash over {self.via}: {self.killed} kills over {len(rows)} touches: {twice} twice, "
            f"{len(lost)} lost, {unknown} unknown "
            f"({sum(seen[key] for key in asked)} of them had arrived), "
            f"{states['sent']} sent, {time.monotonic() - self.began:.0f} s"
        )
        good = not twice and not lost and unknown <= self.killed and self.killed >= self.kills
        return 0 if good else 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--touches", type=int, default=2000)
    parser.add_argument("--via", choices=("smtp", "gmail", "twilio"), default="smtp")
    parser.add_argument("--seed", type=int, help=argparse.SUPPRESS, metavar="PORT")
    parser.add_argument("--drive", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.drive:
        drive()
    elif options.seed:
        seed(options.via, options.seed, options.touches)
    else:
        with tempfile.TemporaryDirectory(prefix="salesagent-crash-") as folder:
            run = Run(Path(folder), options.kills, options.touches, options.via)
            sys.exit(run.work())


if __name__ == "__main__":
    main()
