"""The npm package `emulate` 0.12.2: a stateful Google (Gmail, Drive, OAuth) and a Twilio.

What it does not do is listed in docs/testing.md; those cases go to the fault server or to Prism.
"""

import base64
import html
import json
import os
import re
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any

from salesagent.tests.peers.process import Server, free_port, module, newer_node
from salesagent.tests.peers.web import Answer, call

GOOGLE_USER = "jonas@halden.example"
GOOGLE_CLIENT_ID = "salesagent-test.apps.googleusercontent.example"
GOOGLE_CLIENT_SECRET = "test-client-secret"
GOOGLE_TOKEN = "test-google-token"

TWILIO_SID = "AC" + "0123456789abcdef" * 2
TWILIO_TOKEN = "test-twilio-token"
TWILIO_KEY = ("SK" + "0123456789abcdef" * 2, "test-twilio-key-secret")
TWILIO_NUMBER = "+15005550006"
TWILIO_WHATSAPP = "whatsapp:+15005550007"
_FORM = re.compile(r"<form\b.*?</form>", re.S)
_INPUT = re.compile(r"<input\b[^>]*>")


class Emulate:
    """One service of the package in a process of its own, with `seed` as its first state."""

    service = ""

    def __init__(self) -> None:
        self.port = free_port()
        self.server = Server(self.service, {**os.environ, "NO_COLOR": "1"})
        self.base = f"http://127.0.0.1:{self.port}"
        self.used = False

    def seed(self) -> dict[str, Any]:
        raise NotImplementedError

    def start(self) -> None:
        settings = self.server.folder / "seed.json"
        settings.write_text(json.dumps(self.seed()))
        script = str(module("emulate/dist/index.js"))
        command = [newer_node(), script, "start", "--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--service", self.service, "--seed", str(settings), "--base-url", self.base]
        self.server.start(command, self._answers)

    def _answers(self) -> bool:
        try:
            return call("GET", f"{self.base}/", timeout=1).status > 0
        except OSError:
            return False

    def reset(self) -> None:
        """Back to the seed, at the same address. Tokens handed out before are void."""
        self.server.stop()
        self.start()

    def fresh(self) -> None:
        """For the next test: reset, unless nothing was asked of it since the last start."""
        if self.used:
            self.reset()
        self.used = True

    def close(self) -> None:
        self.server.close()


class Google(Emulate):
    """Gmail, Drive and OAuth at `base`, with GOOGLE_USER's empty mailbox."""

    service = "google"
    user = GOOGLE_USER
    client_id = GOOGLE_CLIENT_ID
    client_secret = GOOGLE_CLIENT_SECRET
    token = GOOGLE_TOKEN  # an access token that is valid from the start

    def __init__(self, redirect_uris: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.redirect_uris = redirect_uris
        self.authorize_url = f"{self.base}/o/oauth2/v2/auth"
        self.token_url = f"{self.base}/oauth2/token"
        self.revoke_url = f"{self.base}/oauth2/revoke"
        self.userinfo_url = f"{self.base}/oauth2/v2/userinfo"

    def seed(self) -> dict[str, Any]:
        client = {
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "name": "SalesAgent",
            "redirect_uris": list(self.redirect_uris),
        }
        users = [{"email": self.user, "name": "Jonas Weber", "hd": "halden.example"}]
        return {
            "tokens": {self.token: {"login": self.user, "scopes": []}},
            "google": {"users": users, "oauth_clients": [client]},
        }

    def allow_redirect(self, uri: str) -> None:
        """Register one more redirect address; starts the service anew (state is lost)."""
        if uri not in self.redirect_uris:
            self.redirect_uris += (uri,)
            self.reset()

    def consent(self, auth_url: str, email: str = "") -> str:
        """Press the user's button on the consent page; return where Google sends the browser.

        The address holds `code` and `state`. Raises AssertionError with the page's words where the
        request is refused (unknown client, other redirect address).
        """
        page = call("GET", auth_url)
        assert page.status == 200, re.sub(r"<[^>]+>", " ", page.text)[-400:]
        wanted = email or self.user
        forms = [_fields(form) for form in _FORM.findall(page.text)]
        fields = next(each for each in forms if each.get("email") == wanted)
        answer = call("POST", f"{self.authorize_url}/callback", form=fields)
        assert answer.status == 302, answer.text
        return answer.headers["Location"]

    def authorize_link(self, redirect_uri: str, scope: str = "openid email", **more: str) -> str:
        query = {"client_id": self.client_id, "redirect_uri": redirect_uri, "scope": scope}
        query |= {"response_type": "code", "access_type": "offline", **more}
        return f"{self.authorize_url}?{urllib.parse.urlencode(query)}"

    def import_reply(
        self, in_reply_to: str, from_: str, text: str, *, subject: str = "Re:", **headers: str
    ) -> dict[str, Any]:
        """Put an answer to the mail with that Message-ID into the inbox, in its thread."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = from_, self.user, subject
        mail["Message-ID"] = make_msgid(domain=from_.rpartition("@")[2].strip("> "))
        if in_reply_to:
            mail["In-Reply-To"] = mail["References"] = in_reply_to
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text)
        return self.import_raw(mail.as_bytes())

    def import_raw(self, raw: bytes) -> dict[str, Any]:
        """Put any mail into the inbox (a bounce, a broken one); returns the Gmail message."""
        data = {"raw": base64.urlsafe_b64encode(raw).decode(), "labelIds": ["INBOX", "UNREAD"]}
        return self._json(self._gmail("POST", "messages/import", data=data))

    def messages(self, query: str = "", token: str = "") -> list[dict[str, Any]]:
        """Every message of the mailbox in full, the oldest first."""
        path = "messages?" + urllib.parse.urlencode({"q": query, "maxResults": 500})
        found = self._json(self._gmail("GET", path, token=token)).get("messages", [])
        full = [self.message(row["id"], token=token) for row in reversed(found)]
        return sorted(full, key=lambda row: int(row["historyId"]))

    def message(self, gmail_id: str, token: str = "") -> dict[str, Any]:
        return self._json(self._gmail("GET", f"messages/{gmail_id}?format=full", token=token))

    def raw(self, gmail_id: str) -> bytes:
        """The mail as it was handed over, byte for byte."""
        got = self._json(self._gmail("GET", f"messages/{gmail_id}?format=raw"))["raw"]
        return base64.urlsafe_b64decode(got + "=" * (-len(got) % 4))

    @staticmethod
    def header(message: Mapping[str, Any], name: str) -> str:
        rows = message["payload"]["headers"]
        return next((r["value"] for r in rows if r["name"].lower() == name.lower()), "")

    def files(self) -> list[dict[str, Any]]:
        """The files in Drive."""
        fields = "?fields=files(id,name,size,mimeType)&pageSize=100"
        url = f"{self.base}/drive/v3/files{fields}"
        found: list[dict[str, Any]] = self._json(call("GET", url, bearer=self.token))["files"]
        return found

    def revoke(self, token: str) -> None:
        """What a user does in the Google account: the refresh or access token dies."""
        call("POST", self.revoke_url, form={"token": token})

    def _gmail(self, method: str, path: str, *, token: str = "", data: Any = None) -> Answer:
        url = f"{self.base}/gmail/v1/users/me/{path}"
        return call(method, url, bearer=token or self.token, data=data)

    @staticmethod
    def _json(answer: Answer) -> dict[str, Any]:
        assert answer.status < 300, f"{answer.status} {answer.text[:400]}"
        found: dict[str, Any] = answer.json()
        return found


def _fields(form: str) -> dict[str, str]:
    """The hidden fields of a form."""
    found: dict[str, str] = {}
    for tag in _INPUT.findall(form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name:
            found[html.unescape(name[1])] = html.unescape(value[1]) if value else ""
    return found


class Twilio(Emulate):
    """Twilio's REST API at `base`; the account owns TWILIO_NUMBER and TWILIO_WHATSAPP."""

    service = "twilio"
    sid = TWILIO_SID
    token = TWILIO_TOKEN
    key = TWILIO_KEY
    number = TWILIO_NUMBER
    whatsapp = TWILIO_WHATSAPP
    service_sid = "MG" + "0123456789abcdef" * 2

    def seed(self) -> dict[str, Any]:
        account = {"sid": self.sid, "auth_token": self.token, "friendly_name": "Halden"}
        numbers = [{"phone_number": each} for each in (self.number, self.whatsapp)]
        return {
            "twilio": {
                "account": account,
                "api_keys": [{"sid": self.key[0], "secret": self.key[1]}],
                "phone_numbers": numbers,
            }
        }

    def set_inbound_url(self, url: str, number: str = "") -> None:
        """Where inbound texts to that number (default: both) are delivered, signed."""
        wanted = [number] if number else [self.number, self.whatsapp]
        path = f"{self._account}/IncomingPhoneNumbers"
        for row in self._json(self._call("GET", f"{path}.json"))["incoming_phone_numbers"]:
            if row["phone_number"] in wanted:
                form = {"SmsUrl": url, "VoiceUrl": url}
                self._json(self._call("POST", f"{path}/{row['sid']}.json", form))

    def simulate_inbound(self, from_: str, body: str, to: str = "") -> dict[str, Any]:
        """A text from outside; returns when the webhook has been answered (or failed).

        For WhatsApp write `whatsapp:+49…` and `to=twilio.whatsapp`.
        """
        form = {"From": from_, "To": to or self.number, "Body": body}
        return self._json(self._call("POST", "_twilio/simulate/inbound-message", form))

    def simulate_status(self, message_sid: str, status: str) -> dict[str, Any]:
        """A delivery report (queued, sent, delivered, undelivered, failed, read)."""
        form = {"MessageSid": message_sid, "Status": status}
        return self._json(self._call("POST", "_twilio/simulate/message-status", form))

    def simulate_call(self, from_: str, to: str = "") -> dict[str, Any]:
        form = {"From": from_, "To": to or self.number}
        return self._json(self._call("POST", "_twilio/simulate/inbound-call", form))

    def simulate_call_status(self, call_sid: str, status: str) -> dict[str, Any]:
        """ringing, in-progress, completed, busy, failed, no-answer, canceled."""
        form = {"CallSid": call_sid, "Status": status}
        return self._json(self._call("POST", "_twilio/simulate/call-status", form))

    def messages(self) -> list[dict[str, Any]]:
        """Every message of the account, the oldest first."""
        answer = self._call("GET", f"{self._account}/Messages.json?PageSize=1000")
        found: list[dict[str, Any]] = self._json(answer)["messages"]
        return found[::-1]

    def calls(self) -> list[dict[str, Any]]:
        answer = self._call("GET", f"{self._account}/Calls.json?PageSize=1000")
        found: list[dict[str, Any]] = self._json(answer)["calls"]
        return found[::-1]

    @property
    def _account(self) -> str:
        return f"2010-04-01/Accounts/{self.sid}"

    def _call(self, method: str, path: str, form: Mapping[str, str] | None = None) -> Answer:
        url = f"{self.base}/{path}"
        return call(method, url, form=form, basic=(self.sid, self.token))

    _json = staticmethod(Google._json)


@contextmanager
def emulate_google(*redirect_uris: str) -> Iterator[Google]:
    peer = Google(redirect_uris)
    try:
        peer.start()
        yield peer
    finally:
        peer.close()


@contextmanager
def emulate_twilio() -> Iterator[Twilio]:
    peer = Twilio()
    try:
        peer.start()
        yield peer
    finally:
        peer.close()
