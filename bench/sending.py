"""CPU and rate of sending against a plain smtplib loop on one connection, in one run.

Both hand mails with text and HTML to the same counting server. The product does it for hand-written
mails and for touches of a sequence (hours, caps, planning of the next touch); the plain loop builds
its mails with EmailMessage of the standard library.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench import crash  # noqa: E402

MAILS = 600


def measure(mails: int = MAILS) -> dict[str, Any]:
    print(f"== sending, {mails} mails each way")
    result: dict[str, Any] = {}
    for kind in ("manual", "sequence"):
        with tempfile.TemporaryDirectory(prefix="salesagent-bench-") as name:
            result[kind] = _run(Path(name), kind, mails)
        row = result[kind]
        print(
            f"  {kind:9} CPU {row['cpu_ms']:.2f} ms a mail, {row['cpu_ratio']:.2f}x plain "
            f"({row['plain_cpu_ms']:.2f} ms); {row['rate']:.0f} mails/s, "
            f"{row['rate_ratio']:.2f} of plain",
            flush=True,
        )
    return result


def _run(folder: Path, kind: str, mails: int) -> dict[str, Any]:
    env = crash.environment(folder)
    log = folder / "arrived.txt"
    log.touch()
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--skip-checks"]
    subprocess.run(migrate, cwd=ROOT, env=env, check=True)
    sink = subprocess.Popen(
        [sys.executable, "bench/smtp_sink.py", "--log", str(log)],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert sink.stdout is not None
        port = sink.stdout.readline().strip()
        done = subprocess.run(
            [sys.executable, "bench/sending.py", kind, port, str(mails)],
            cwd=ROOT,
            env=env,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    finally:
        sink.terminate()
        sink.wait()
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if result["sent"] != mails:
        raise RuntimeError(f"{result['sent']} of {mails} were sent")
    return result


def clocked(work: Callable[[], object]) -> tuple[float, float]:
    """(CPU seconds, seconds) of a piece of work in this process."""
    cpu, begun = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - begun


def plain(port: int, mails: int) -> None:
    import smtplib
    from email import policy
    from email.message import EmailMessage

    text = "Hi Marta,\n\nhow do you handle night alarms at your stores?\n\nJonas\n"
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        for number in range(mails):
            mail = EmailMessage(policy=policy.SMTP)
            mail["From"] = "Jonas Weber <jonas@halden.example>"
            mail["To"] = f"p{number}@polna.example"
            mail["Subject"] = f"A question, Number {number}"
            mail["Message-ID"] = f"<plain-{number}@halden.example>"
            mail.set_content(text)
            mail.add_alternative(f"<p>{text}</p>", subtype="html")
            smtp.send_message(mail)


def enrol() -> None:
    """Turn the seeded mails into first touches of a running two-step sequence."""
    from datetime import time as clock

    from outreach.models import Enrollment, Sequence, Step, Touch
    from salesagent.accounts.models import User, Workspace

    Workspace.objects.update(
        window_start=clock(0, 0), window_end=clock(23, 59, 59), send_days=list(range(7)),
        skip_holidays=False,
    )  # fmt: skip
    owner = User.objects.get()
    sequence = Sequence.objects.create(name="Bench", state="running", owner=owner)
    first, second = (
        Step.objects.create(sequence=sequence, position=n, name=f"Touch {n}", channel="email")
        for n in (1, 2)
    )
    Step.objects.filter(pk=second.pk).update(delay_days=3)
    for touch in Touch.objects.select_related("lead", "mailbox"):
        enrollment = Enrollment.objects.create(
            lead=touch.lead, sequence=sequence, mailbox=touch.mailbox, next_step_key=first.key
        )
        Touch.objects.filter(pk=touch.pk).update(
            enrollment=enrollment, step=first, step_key=first.key, kind="sequence", number=1
        )


def child(kind: str, port: int, mails: int) -> None:
    os.chdir(ROOT)
    crash.seed(port, mails)
    if kind == "sequence":
        enrol()
    from outreach.models import Touch
    from outreach.services import sending

    plain(port, 20)
    sending.send_due(limit=20)
    rest = mails - 20
    plain_cpu, plain_wall = clocked(lambda: plain(port, rest))
    cpu, wall = clocked(lambda: sending.send_due(limit=rest))
    result = {
        "sent": Touch.objects.filter(state="sent").count(),
        "cpu_ms": round(cpu / rest * 1000, 3),
        "plain_cpu_ms": round(plain_cpu / rest * 1000, 3),
        "cpu_ratio": round(cpu / plain_cpu, 2),
        "rate": round(rest / wall, 1),
        "plain_rate": round(rest / plain_wall, 1),
        "rate_ratio": round(plain_wall / wall, 2),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    child(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
