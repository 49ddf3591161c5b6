"""One backup on its way to Google Drive: found there, gone on with, or begun; then compared."""

from typing import TYPE_CHECKING, BinaryIO

from salesagent.accounts.backup_drive import TRIES, WHAT, Say, client, patient, read, wait
from salesagent.accounts.backup_rows import note, options, path
from salesagent.accounts.drive import (
    CHUNK,
    SMALL,
    Drive,
    DriveError,
    NotThere,
    Progress,
    Remote,
    SessionGone,
)
from salesagent.accounts.models import BackupCopy, Connection
from salesagent.lib import http
from salesagent.lib.crypto import SecretUnreadable, decrypt, encrypt

if TYPE_CHECKING:
    import requests

SESSIONS = 3
STUCK = "Google Drive takes nothing of the upload at present. It is tried again."
WRONG = (
    "What came to Google Drive was not what was sent, twice, and was removed there. The copy on "
    "this server is whole. Press Send to Drive to try again."
)


class Sending:
    """Safe to begin again at any point: what Drive holds decides."""

    def __init__(self, copy: BackupCopy, row: Connection, say: Say) -> None:
        self.copy, self.row, self.say = copy, row, say
        self.drive: Drive = client(row)
        self.path = path(copy)
        self.size = copy.size
        self.at = self.best = self.failures = 0

    def work(self) -> Remote:
        """The file in Drive, compared with ours. Raises DriveError, and what `say` raises."""
        if not self.path.is_file() or self.path.stat().st_size != self.size:
            raise DriveError("The file on this server was changed. Make a new backup.", stop=True)
        for _ in range(2):
            remote = self._found() or self._upload()
            if self._same(remote.file_id):
                return remote
            self._remove(remote)
        raise DriveError(WRONG, stop=True)

    def _found(self) -> Remote | None:
        """There already: an answer was lost, or we were killed after the last part."""
        token = str(self.copy.upload.get("token") or "")
        found = patient(lambda: self.drive.listed({**WHAT, "copy": token}), self._alive)
        return found[0] if token and found else None

    def _same(self, file_id: str) -> bool:
        """By Drive's own checksum; where it gives none, by reading all of it back."""
        try:
            remote = patient(lambda: self.drive.get(file_id), self._alive)
            if remote.size != self.size:
                return False
            md5 = remote.md5 or read(self.drive, file_id, self.size, self.say, lambda _: None)[0]
        except NotThere:
            return False
        return md5 == self.copy.md5

    def _remove(self, remote: Remote) -> None:
        note(self.copy, session="")
        patient(lambda: self.drive.remove(remote.file_id), self._alive)

    def _alive(self) -> None:
        self.say(self.at / max(self.size, 1), f"Sending to Google Drive, {self._amount()}")

    def _amount(self) -> str:
        whole = self.size / 1_000_000
        return f"{self.at / 1_000_000:,.1f} of {whole:,.1f} MB"

    def _marks(self) -> dict[str, str]:
        """What tells in Drive which copy it is; each with its name at most 124 bytes."""
        return {
            **WHAT,
            "installation": options().installation,
            "copy": str(self.copy.upload.get("token") or ""),
            "key": str(self.copy.upload.get("key") or ""),
            "sha256": self.copy.sha256,
            "made_at": self.copy.created_at.isoformat(),
        }

    def _upload(self) -> Remote:
        if self.size <= SMALL:
            return self._small()
        with http.session() as wire, self.path.open("rb") as file:
            return self._resumable(wire, file)

    def _small(self) -> Remote:
        """A lost answer is looked for before it is sent again."""

        def once() -> Remote:
            tried = self.failures
            self.failures += 1
            found = self._found() if tried else None
            name, data = self.copy.name, self.path.read_bytes()
            return found or self.drive.small(name, data, self._marks())

        self._alive()
        return patient(once, self._alive)

    def _resumable(self, wire: "requests.Session", file: BinaryIO) -> Remote:
        session, sessions = self._stored(), 0
        known = not session  # where the upload is
        self.at = self.best = self.failures = 0
        while True:
            if not session:
                if (sessions := sessions + 1) > SESSIONS:
                    raise DriveError(STUCK, retry_after=600.0)
                session, known, self.at, self.best = self._begin(), True, 0, 0
            try:
                progress = self._step(session, known, wire, file)
            except SessionGone:
                session = ""
                note(self.copy, session="")
                continue
            except DriveError as error:
                self._bear(error)
                known = False
                continue
            if progress.remote:
                return progress.remote
            self._advance(progress.received, asked=not known)
            known = True

    def _step(
        self, session: str, known: bool, wire: "requests.Session", file: BinaryIO
    ) -> Progress:
        self._alive()
        if not known or self.at >= self.size:  # all has come, and it is not put together yet
            return self.drive.where(session, self.size)
        file.seek(self.at)
        return self.drive.send(session, self.at, file.read(CHUNK), self.size, wire)

    def _advance(self, received: int, *, asked: bool) -> None:
        """Less than was sent is no error, and goes on from there; nothing at all, again and again,
        is one."""
        self.at = received
        if received > self.best:
            self.best, self.failures = received, 0
        elif not asked:
            self._bear(DriveError(STUCK, retry_after=5.0))

    def _bear(self, error: DriveError) -> None:
        """Wait for what passes by itself; else raise it."""
        self.failures += 1
        if error.stop or self.failures >= TRIES or not 0 < error.retry_after <= 60:
            raise error
        self._alive()
        wait(error.retry_after)

    def _begin(self) -> str:
        session = patient(
            lambda: self.drive.begin(self.copy.name, self.size, self._marks()), self._alive
        )
        note(self.copy, session=encrypt(session), session_of=self.row.account)
        return session

    def _stored(self) -> str:
        """The upload that was broken off, unless it was to another account."""
        if self.copy.upload.get("session_of") != self.row.account:
            return ""
        try:
            return decrypt(str(self.copy.upload.get("session") or ""))
        except SecretUnreadable:
            return ""
