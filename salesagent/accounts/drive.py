"""Google Drive over its REST API: put a file there in parts, look at it, read it, remove it.

With the right `drive.file` Google shows us only files of this app; what we look for is marked by
`appProperties`, and is looked at once more here. developers.google.com/workspace/drive/api
"""

import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from salesagent.lib import budget, http
from salesagent.lib.http import Answer, HttpFault

if TYPE_CHECKING:
    import requests

SERVICE = "google_drive"
UNIT = 256 * 1024  # parts of a resumable upload are multiples of this
CHUNK = 4 * UNIT
SMALL = 5_000_000  # Google: larger files go by resumable upload only
PART = 6 * 1024 * 1024  # of a download
PAGES = 20
FIELDS = "id,name,size,md5Checksum,createdTime,appProperties"
TYPE = "application/octet-stream"
BUSY = 30.0  # seconds, when Google says "too many" and not how long
ID = re.compile(r"[\x21-\x7e]{1,120}")
NUMBER = re.compile(r"[0-9]{1,15}")  # of bytes
LONGEST = 200  # characters; appProperties have at most 124
RATE = {"rateLimitExceeded", "userRateLimitExceeded", "sharingRateLimitExceeded"}
FULL = {"storageQuotaExceeded", "quotaExceeded", "teamDriveFileLimitExceeded"}

budget.register(SERVICE, 5, 20)

Token = Callable[[str], str]


class DriveError(Exception):
    """In plain words, with what to do. `stop`: only a person can help. `revoked`: by connecting the
    account anew. `retry_after`: seconds, for one that passes by itself."""

    def __init__(
        self, message: str, *, stop: bool = False, revoked: bool = False, retry_after: float = 0.0
    ) -> None:
        super().__init__(message)
        self.message = message
        self.stop, self.revoked, self.retry_after = stop, revoked, retry_after


class SessionGone(DriveError):
    """The upload that was begun is not known any more: begin a new one."""


class NotThere(DriveError):
    """No such file, or none that this app may see."""


@dataclass(frozen=True)
class Remote:
    """A file in Drive. `md5` may be empty; `marks` are our appProperties."""

    file_id: str
    name: str = ""
    size: int = 0
    md5: str = ""
    made_at: str = ""
    marks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """How many bytes Drive has of an upload; `remote` when it has all."""

    received: int
    remote: Remote | None = None


class Drive:
    """One Google account. `token(refused)`: an access token, another than the refused one."""

    def __init__(self, base: str, account: str, token: Token) -> None:
        self.base, self.account, self.token = base.rstrip("/"), account, token

    def listed(self, marks: Mapping[str, str]) -> list[Remote]:
        """Files that carry all these marks, the newest first."""
        return sorted(self._pages(marks), key=lambda one: one.made_at, reverse=True)

    def _pages(self, marks: Mapping[str, str]) -> Iterator[Remote]:
        has = [_has(key, value) for key, value in marks.items()]
        query = {"q": " and ".join([*has, "trashed = false"]), "pageSize": "100", "pageToken": ""}
        query |= {"fields": f"nextPageToken,files({FIELDS})", "orderBy": "createdTime desc"}
        for _ in range(PAGES):
            params = {key: value for key, value in query.items() if value}
            found = _body(self._call("GET", "/drive/v3/files", params=params, idempotent=True))
            files = found.get("files")
            for one in files if isinstance(files, list) else []:
                try:
                    remote = _remote(one)
                except DriveError:
                    continue  # no file that anything could be done with
                if all(remote.marks.get(key) == value for key, value in marks.items()):
                    yield remote
            query["pageToken"] = str(found.get("nextPageToken") or "")
            if not query["pageToken"]:
                return

    def get(self, file_id: str) -> Remote:
        """Raises NotThere."""
        answer = self._call("GET", _path(file_id), params={"fields": FIELDS}, idempotent=True)
        return _remote(_body(answer))

    def small(self, name: str, data: bytes, marks: Mapping[str, str]) -> Remote:
        """A file of up to SMALL bytes in one call. Nobody knows whether it is there when the answer
        is lost: look by its marks before trying again."""
        line = secrets.token_hex(16)
        about = json.dumps(_metadata(name, marks)).encode()
        head = f"--{line}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n".encode()
        middle = f"\r\n--{line}\r\nContent-Type: {TYPE}\r\n\r\n".encode()
        answer = self._call(
            "POST",
            "/upload/drive/v3/files",
            params={"uploadType": "multipart", "fields": FIELDS},
            headers={"Content-Type": f"multipart/related; boundary={line}"},
            content=True,
            data=head + about + middle + data + f"\r\n--{line}--\r\n".encode(),
        )
        return _remote(_body(answer))

    def begin(self, name: str, size: int, marks: Mapping[str, str]) -> str:
        """The address of a new upload; it is a secret, and good for a week."""
        answer = self._call(
            "POST",
            "/upload/drive/v3/files",
            params={"uploadType": "resumable", "fields": FIELDS},
            headers={"X-Upload-Content-Type": TYPE, "X-Upload-Content-Length": str(size)},
            json=_metadata(name, marks),
        )
        session = str(answer.headers.get("Location") or "")
        if urlsplit(session).netloc != urlsplit(self.base).netloc:
            text = "Google Drive did not begin an upload as it says it does. It is tried again."
            raise DriveError(text, retry_after=600.0)
        return session

    def where(self, session: str, size: int) -> Progress:
        """How far an upload is. Raises SessionGone."""
        headers = {"Content-Range": f"bytes */{size}"}
        answer = self._call("PUT", session, headers=headers, data=b"", idempotent=True)
        return _progress(answer, size)

    def send(
        self, session: str, start: int, data: bytes, size: int, wire: "requests.Session | None"
    ) -> Progress:
        """The next part. After any error ask `where` the upload is. Raises SessionGone."""
        headers = {"Content-Range": f"bytes {start}-{start + len(data) - 1}/{size}"}
        answer = self._call("PUT", session, headers=headers, data=data, wire=wire, content=True)
        return _progress(answer, size)

    def part(self, file_id: str, start: int, length: int) -> bytes:
        """Bytes of a file; empty after its end. Raises NotThere."""
        headers = {"Range": f"bytes={start}-{start + length - 1}", "Accept-Encoding": "identity"}
        media = {"alt": "media"}
        answer = self._call(
            "GET", _path(file_id), params=media, headers=headers, idempotent=True, content=True
        )
        if answer.status == 200:  # all of it, whatever part was asked for
            return answer.body[start : start + length]
        if not str(answer.headers.get("Content-Range") or "").startswith(f"bytes {start}-"):
            raise DriveError("Google Drive sent another part than asked for.", retry_after=5.0)
        return answer.body[:length]

    def remove(self, file_id: str) -> None:
        """For good, not into the bin. One that is gone already is no error."""
        try:
            self._call("DELETE", _path(file_id), idempotent=True)
        except NotThere:
            try:
                self.get(file_id)
            except NotThere:
                return
            text = "Google Drive did not remove the file. Remove it there."
            raise DriveError(text, stop=True) from None

    def _call(self, method: http.Method, path: str, **asked: Any) -> Answer:
        refused = ""
        for last in (False, True):
            token = self.token(refused)
            answer = self._once(method, path, token, **asked)
            if answer.status != 401 or last:
                break
            refused = token
        if answer.ok or answer.status == 308:
            return answer
        error = _refusal(answer, upload=path.startswith("http"))
        if answer.status == 403 and error.retry_after:  # Google's other way to say 429
            budget.note_busy(SERVICE, self.account, retry_after=error.retry_after)
        raise error

    def _once(
        self,
        method: http.Method,
        path: str,
        token: str,
        *,
        headers: Mapping[str, str] | None = None,
        idempotent: bool = False,
        wire: "requests.Session | None" = None,
        content: bool = False,
        **asked: Any,
    ) -> Answer:
        try:
            return http.call(
                method,
                path if path.startswith("http") else self.base + path,
                service=SERVICE,
                account=self.account,
                headers={"Authorization": f"Bearer {token}", **(headers or {})},
                # the first one also limits how long a part may take to leave
                timeout=(30, 60) if content else (5, 20),
                total=120 if content else 30,
                idempotent=idempotent,
                size_cap=PART + UNIT,
                allow_hosts={urlsplit(self.base).netloc},
                session=wire,
                **asked,
            )
        except HttpFault as fault:
            text = f"Google Drive could not be reached: {fault.message} It is tried again."
            raise DriveError(text, retry_after=fault.retry_after or 5.0) from None


def _has(key: str, value: str) -> str:
    value = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"appProperties has {{ key='{key}' and value='{value}' }}"


def _path(file_id: str) -> str:
    return f"/drive/v3/files/{quote(file_id, safe='')}"


def _metadata(name: str, marks: Mapping[str, str]) -> dict[str, Any]:
    return {"name": name, "mimeType": TYPE, "appProperties": dict(marks)}


def _body(answer: Answer) -> dict[str, Any]:
    try:
        found = answer.json()
    except HttpFault:
        found = None
    if isinstance(found, dict):
        return found
    raise DriveError("Google Drive sent no readable answer. It is tried again.", retry_after=30.0)


def _remote(found: Any) -> Remote:
    found = found if isinstance(found, dict) else {}
    marks, size = found.get("appProperties"), str(found.get("size") or "")
    if not ID.fullmatch(str(found.get("id") or "")):
        text = "Google Drive did not say which file it is. It is tried again."
        raise DriveError(text, retry_after=30.0)
    return Remote(
        file_id=str(found["id"]),
        name=_text(found.get("name")),
        size=int(size) if NUMBER.fullmatch(size) else -1,
        md5=_text(found.get("md5Checksum")).lower(),
        made_at=_text(found.get("createdTime")),
        marks={_text(k): _text(v) for k, v in marks.items()} if isinstance(marks, dict) else {},
    )


def _text(value: Any) -> str:
    """As much of it as any of ours is long, without what no database takes."""
    return "".join(char for char in str(value or "")[:LONGEST] if char.isprintable())


def _progress(answer: Answer, size: int) -> Progress:
    """308 with `Range: bytes=0-n` names what has come; without that header nothing has."""
    if answer.status != 308:
        return Progress(size, _remote(_body(answer)))
    said = str(answer.headers.get("Range") or "")
    end = said.removeprefix("bytes=0-")
    if not said:
        return Progress(0)
    if end == said or not NUMBER.fullmatch(end) or int(end) >= size:
        text = "Google Drive did not say how much has come. It is tried again."
        raise DriveError(text, retry_after=30.0)
    return Progress(int(end) + 1)


def _reasons(answer: Answer) -> set[str]:
    try:
        error = answer.json().get("error")
        listed = error.get("errors") or []
        return {str(one.get("reason") or "") for one in listed} | {str(error.get("status") or "")}
    except (HttpFault, AttributeError, TypeError):
        return set()


def _refusal(answer: Answer, *, upload: bool) -> DriveError:
    """Google's own text is not repeated."""
    status, reasons = answer.status, _reasons(answer)
    if upload and status in (404, 410):
        return SessionGone("Google Drive does not know the upload any more.", retry_after=1.0)
    if status == 404:
        return NotThere("Google Drive does not have this file, or does not show it.", stop=True)
    if status == 401:
        text = "Google does not take the sign-in any more. Connect the account again."
        return DriveError(text, stop=True, revoked=True)
    if status in (408, 429) or status >= 500 or (status == 403 and reasons & RATE):
        wait = answer.retry_after or (BUSY if status in (403, 429) else 10.0)
        return DriveError("Google Drive is busy. It is tried again.", retry_after=wait)
    if status == 403:
        return DriveError(_forbidden(reasons), stop=True)
    text = f"Google Drive did not take what we asked (HTTP {status}). Try again later."
    return DriveError(text, stop=True)


def _forbidden(reasons: set[str]) -> str:
    if reasons & FULL:
        return (
            "This Google Drive is full. Make room there (drive.google.com/settings/storage) or "
            "connect another account, then press Send to Drive."
        )
    if reasons & {"accessNotConfigured", "SERVICE_DISABLED"}:
        return (
            "The Google Drive API is switched off in the Google project. Whoever runs this "
            "installation enables it (docs/backup.md)."
        )
    if reasons & {"dailyLimitExceeded"}:
        return "Google takes no more today. It is tried again with the next backup."
    if reasons & {"domainPolicy"}:
        return "The administrator of your Google Workspace does not allow apps in Google Drive."
    return "Google Drive does not allow this. Connect the account again and leave its box ticked."
