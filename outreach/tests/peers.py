"""Real servers for the tests marked `peer`: aiosmtpd to send to, Debian's dovecot to read from.

Each runs on loopback with a configuration of its own in a temporary folder. A server that is not
installed skips the test here and fails it where CI=true.
"""

import datetime
import grp
import ipaddress
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from salesagent.tests.needs import missing

PASSWORD = "sesame opens"
USER = "jonas@halden.example"
_ROOT = os.geteuid() == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, seconds: float = 15.0) -> None:
    """Until something listens; the one place where a test waits for a process of another kind."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"nothing listens on port {port} after {seconds} s")


class Smtp:
    """A server that keeps what it takes. `messages`: (sender, recipients, content)."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, list[str], bytes]] = []
        self.port = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.messages.append(
            (envelope.mail_from, list(envelope.rcpt_tos), bytes(envelope.original_content))
        )
        return "250 2.0.0 kept"


@contextmanager
def smtp_server() -> Iterator[Smtp]:
    try:
        from aiosmtpd.controller import Controller
        from aiosmtpd.smtp import AuthResult
    except ImportError:
        missing("aiosmtpd")
    handler = Smtp()
    controller = Controller(
        handler,
        hostname="127.0.0.1",
        port=free_port(),
        auth_require_tls=False,
        authenticator=lambda *_: AuthResult(success=True),
    )
    controller.start()
    handler.port = controller.port
    try:
        yield handler
    finally:
        controller.stop()


class Dovecot:
    """One account, USER with PASSWORD, whose mail lies in `maildir`."""

    def __init__(self, folder: Path, *, tls: bool) -> None:
        self.folder = folder
        self.tls = tls
        self.port = free_port()
        self.maildir = folder / "mail"
        self.process: subprocess.Popen[bytes] | None = None
        account = pwd.getpwnam("nobody") if _ROOT else pwd.getpwuid(os.geteuid())
        self.uid, self.gid, self.name = account.pw_uid, account.pw_gid, account.pw_name

    @property
    def certificate(self) -> Path:
        return self.folder / "cert.pem"

    def start(self) -> None:
        for name in ("mail", "home", "state"):
            (self.folder / name).mkdir(exist_ok=True)
            self._give(self.folder / name)
        (self.folder / "run").mkdir(exist_ok=True)
        users = f"{USER}:{{PLAIN}}{PASSWORD}:{self.uid}:{self.gid}::{self.folder}/home::\n"
        (self.folder / "users").write_text(users)
        (self.folder / "users").chmod(0o644)
        if self.tls:
            _make_certificate(self.folder)
        (self.folder / "dovecot.conf").write_text(self._config())
        command = ["/usr/sbin/dovecot", "-F", "-c", str(self.folder / "dovecot.conf")]
        with (self.folder / "out").open("wb") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out)  # noqa: S603
        wait_for(self.port)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=15)

    def _give(self, path: Path) -> None:
        if _ROOT:
            os.chown(path, self.uid, self.gid)

    def _config(self) -> str:
        group = grp.getgrgid(self.gid).gr_name
        ssl = (
            f"ssl = required\nssl_cert = <{self.certificate}\nssl_key = <{self.folder}/key.pem"
            if self.tls
            else "ssl = no"
        )
        plain, secure = (0, self.port) if self.tls else (self.port, 0)
        return f"""
base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.folder}/log
protocols = imap
{ssl}
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_username_chars =
mail_location = maildir:{self.maildir}
default_internal_user = {self.name}
default_internal_group = {group}
default_login_user = {self.name}
first_valid_uid = 1
passdb {{
  driver = passwd-file
  args = username_format=%u {self.folder}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {self.folder}/users
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    special_use = \\Sent
    auto = create
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {plain}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {secure}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""

    def deliver(self, message: bytes) -> Path:
        """Put a mail into the inbox the way a delivery agent does: tmp, then new."""
        for name in ("tmp", "new", "cur"):
            (self.maildir / name).mkdir(exist_ok=True)
            self._give(self.maildir / name)
        name = f"{time.time_ns()}.{uuid.uuid4().hex}.peer"
        temporary = self.maildir / "tmp" / name
        temporary.write_bytes(message)
        self._give(temporary)
        return temporary.rename(self.maildir / "new" / name)

    def new_uidvalidity(self) -> None:
        """What a restore or a migration does: the UIDs of before mean nothing any more."""
        for path in self.maildir.glob("dovecot.index*"):
            path.unlink()
        listing = self.maildir / "dovecot-uidlist"
        head, _, _ = listing.read_text().partition("\n")
        validity = int(re.search(r" V(\d+)", head)[1])  # type: ignore[index]
        listing.write_text(f"3 V{validity + 1000} N1 G{uuid.uuid4().hex}\n")
        self._give(listing)
        # a new folder that starts at UID 1: every file counts as just delivered
        for path in (self.maildir / "cur").iterdir():
            path.rename(self.maildir / "new" / path.name.partition(":")[0])

    def flags(self) -> list[str]:
        """The flag letters of every mail in the inbox ("" is unread)."""
        files = [*(self.maildir / "cur").glob("*"), *(self.maildir / "new").glob("*")]
        return [path.name.partition(":2,")[2] for path in files]

    def sent(self) -> list[bytes]:
        return [path.read_bytes() for path in self.maildir.glob(".Sent/*/*") if path.is_file()]


def _make_certificate(folder: Path) -> None:
    """A certificate for 127.0.0.1 that signs itself; clients trust it by SSL_CERT_FILE."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "peer")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            ),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


@contextmanager
def dovecot(*, tls: bool = False) -> Iterator[Dovecot]:
    if not Path("/usr/sbin/dovecot").exists() or not Path("/usr/lib/dovecot/imap").exists():
        missing("dovecot-imapd")
    folder = Path(tempfile.mkdtemp(prefix="peer-"))
    folder.chmod(0o755)  # the mail processes run as another user
    server = Dovecot(folder, tls=tls)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
