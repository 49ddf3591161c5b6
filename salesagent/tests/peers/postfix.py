"""Debian's postfix as the relay a rep sends through, with real bounces into a real mailbox.

    our SMTP -> postfix -> far side (aiosmtpd; refuses by recipient)
                  └ bounce -> dovecot LMTP -> the maildir our IMAP poll reads

The far side answers by the local part of the recipient: see ANSWERS. Postfix writes the reports
(RFC 3464) in its own words. Runs as root only, from a folder of its own; the machine's postfix is
not touched.
"""

import grp
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from outreach.tests import peers as mail_peers
from salesagent.tests.needs import missing
from salesagent.tests.peers.process import free_port, listens

BINARY = Path("/usr/sbin/postfix")
HOME_DOMAIN = mail_peers.USER.rpartition("@")[2]
ANSWERS = {
    "unknown": "550 5.1.1 <{0}>: Recipient address rejected: User unknown",
    "full": "552 5.2.2 <{0}>: Mailbox full",
    "policy": "554 5.7.1 <{0}>: Message rejected as spam by content filtering",
    "greylist": "450 4.2.0 <{0}>: Greylisted, try again later",
    "disabled": "550 5.2.1 <{0}>: This mailbox is disabled",
    "nodomain": "550 5.4.4 <{0}>: Host not found",
    "old": "550 No such user here",
}


class FarSide:
    """The recipient's server. `messages`: (sender, recipients, content) of what it took."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, list[str], bytes]] = []
        self.refused: list[str] = []
        self.answers = dict(ANSWERS)

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        answer = self.answers.get(address.partition("@")[0].partition("+")[0])
        if answer:
            self.refused.append(address)
            return answer.format(address)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        content = bytes(envelope.original_content)
        self.messages.append((envelope.mail_from, list(envelope.rcpt_tos), content))
        return "250 2.0.0 kept"


class Postfix:
    """Listens for SMTP at `port`; `far` is where mail goes, `dovecot` where bounces arrive."""

    def __init__(self, folder: Path, far: FarSide, far_port: int, dovecot: Any) -> None:
        self.folder = folder
        self.far = far
        self.far_port = far_port
        self.dovecot = dovecot
        self.port = free_port()
        self.impatient = False

    def start(self) -> None:
        account = pwd.getpwnam("postfix")
        for name in ("conf", "queue", "data", "log"):
            (self.folder / name).mkdir()
        os.chown(self.folder / "data", account.pw_uid, account.pw_gid)
        (self.folder / "conf" / "main.cf").write_text(self._main())
        (self.folder / "conf" / "master.cf").write_text(self._master())
        self._run("start")
        self.wait(lambda: listens(self.port), 20)

    def stop(self) -> None:
        if (self.folder / "conf" / "main.cf").exists():
            self._run("abort", check=False)

    def reset(self) -> None:
        """Forget mail that waits, what the far side has, and what is in the mailbox."""
        if self.impatient:
            self._patience("1d")
        self._tool("postsuper", "-d", "ALL")
        self.wait(lambda: "empty" in self.waiting())  # what is being delivered comes through
        self.far.messages.clear()
        self.far.refused.clear()
        for name in ("new", "cur"):
            for path in (self.dovecot.maildir / name).glob("*"):
                path.unlink()

    def flush(self) -> None:
        """Try everything that waits now."""
        self._tool("postqueue", "-f")

    def expire(self) -> None:
        """Give up on what waits: a report with `Action: failed` and a 4.x status follows."""
        self._patience("0")
        self.flush()

    def _patience(self, how_long: str) -> None:
        setting = f"maximal_queue_lifetime={how_long}"
        self._tool("postconf", "-e", setting)
        self._run("reload")
        self.impatient = how_long == "0"

    def waiting(self) -> str:
        """What `mailq` says."""
        return self._tool("postqueue", "-p")

    def arrived(self, count: int = 1, seconds: float = 20.0) -> list[tuple[str, list[str], bytes]]:
        """What the far side took, once there are `count`."""
        self.wait(lambda: len(self.far.messages) >= count, seconds)
        return list(self.far.messages)

    def bounces(self, count: int = 1, seconds: float = 20.0) -> list[bytes]:
        """The mails in the mailbox, once there are `count`, the oldest first."""
        self.wait(lambda: len(self._files()) >= count, seconds)
        return [path.read_bytes() for path in self._files()]

    def log(self) -> str:
        path = self.folder / "log" / "mail.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def wait(self, ready: Callable[[], bool], seconds: float = 20.0) -> None:
        """Until a process of another kind has done its part; its log where it does not."""
        end = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > end:
                raise AssertionError(f"postfix: nothing after {seconds} s\n{self.log()[-3000:]}")
            time.sleep(0.02)

    def _files(self) -> list[Path]:
        found = [p for name in ("new", "cur") for p in (self.dovecot.maildir / name).glob("*")]
        return sorted(found, key=lambda path: path.stat().st_mtime_ns)

    def _run(self, action: str, *, check: bool = True) -> None:
        """Its words go to a file: the server would keep a pipe open for as long as it runs."""
        command = [str(BINARY), "-c", str(self.folder / "conf"), action]
        said = self.folder / "log" / "commands"
        with said.open("ab") as out:
            code = subprocess.run(command, stdout=out, stderr=out, timeout=30).returncode  # noqa: S603
        if check and code:
            raise AssertionError(f"postfix {action}: {said.read_text()}{self.log()[-2000:]}")

    def _tool(self, name: str, *arguments: str) -> str:
        command = [f"/usr/sbin/{name}", "-c", str(self.folder / "conf"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)  # noqa: S603
        return done.stdout

    def _main(self) -> str:
        return f"""
compatibility_level = 3.6
queue_directory = {self.folder}/queue
data_directory = {self.folder}/data
maillog_file = {self.folder}/log/mail.log
maillog_file_prefixes = {self.folder}
myhostname = mail.{HOME_DOMAIN}
mydomain = {HOME_DOMAIN}
myorigin = {HOME_DOMAIN}
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtputf8_enable = yes
local_recipient_maps =
alias_maps =
alias_database =
relayhost = [127.0.0.1]:{self.far_port}
transport_maps = inline:{{ {{ {HOME_DOMAIN} = lmtp:inet:127.0.0.1:{self.dovecot.lmtp_port} }} }}
default_destination_concurrency_limit = 2
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
maximal_queue_lifetime = 1d
bounce_queue_lifetime = 1d
smtp_connect_timeout = 5s
smtp_tls_security_level = none
smtpd_tls_security_level = none
biff = no
"""

    def _master(self) -> str:
        """No service in a chroot: there is none."""
        rows = [(f"127.0.0.1:{self.port}", "inet", "n", "-", "smtpd")]
        rows += [("pickup", "unix", "n", "60", "pickup"), ("qmgr", "unix", "n", "300", "qmgr")]
        public = {"cleanup", "flush", "showq"}
        rows += [(n, "unix", "n" if n in public else "-", "-", p) for n, p in _SERVICES]
        rows += [("postlog", "unix-dgram", "n", "-", "postlogd")]
        return "".join(
            f"{name} {kind} {private} - n {wakeup} {_LIMITS.get(program, '-')} {program}\n"
            for name, kind, private, wakeup, program in rows
        )


# programs that want a process limit of their own: none at all, or a single process
_LIMITS = dict.fromkeys(("cleanup", "bounce", "flush"), "0") | dict.fromkeys(
    ("pickup", "qmgr", "postlogd", "verify", "anvil", "scache", "tlsmgr"), "1"
)
_SERVICES = (
    ("cleanup", "cleanup"),
    ("rewrite", "trivial-rewrite"),
    ("bounce", "bounce"),
    ("defer", "bounce"),
    ("trace", "bounce"),
    ("verify", "verify"),
    ("flush", "flush"),
    ("proxymap", "proxymap"),
    ("smtp", "smtp"),
    ("relay", "smtp"),
    ("lmtp", "lmtp"),
    ("showq", "showq"),
    ("error", "error"),
    ("retry", "error"),
    ("discard", "discard"),
    ("anvil", "anvil"),
    ("scache", "scache"),
    ("tlsmgr", "tlsmgr"),
)


class LmtpDovecot(mail_peers.Dovecot):
    """Dovecot that also takes mail by LMTP, the way a mail server hands it over."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, tls=False)
        self.lmtp_port = free_port()

    def _config(self) -> str:
        group = grp.getgrgid(self.gid).gr_name
        return (
            super()._config().replace("protocols = imap", "protocols = imap lmtp")
            + f"""
service lmtp {{
  user = {self.name}
  group = {group}
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {self.lmtp_port}
  }}
}}
protocol lmtp {{
  postmaster_address = postmaster@{HOME_DOMAIN}
}}
"""
        )


def _check() -> None:
    if not BINARY.exists():
        missing("postfix")
    if not Path("/usr/lib/dovecot/lmtp").exists():
        missing("dovecot-lmtpd")
    if os.geteuid() != 0:
        missing("root (postfix starts as root only)")


@contextmanager
def postfix() -> Iterator[Postfix]:
    """All three servers, on free ports, in folders that are gone afterwards."""
    _check()
    try:
        from aiosmtpd.controller import Controller
    except ImportError:
        missing("aiosmtpd")
    folder = Path(tempfile.mkdtemp(prefix="peer-postfix-"))
    folder.chmod(0o755)  # both servers work as users of their own
    (folder / "box").mkdir()
    far = FarSide()
    controller = Controller(far, hostname="127.0.0.1", port=free_port(), enable_SMTPUTF8=True)
    dovecot = LmtpDovecot(folder / "box")
    relay = Postfix(folder, far, controller.port, dovecot)
    try:
        controller.start()
        dovecot.start()
        relay.start()
        yield relay
    finally:
        relay.stop()
        dovecot.stop()
        controller.stop()
        shutil.rmtree(folder, ignore_errors=True)
