"""What every adapter has to stand: inherit, fill in the few members, and the tests are there.

    class TestTwilioDoor(WebhookCase): ...          # its webhook
    class TestTwilioCalls(OutgoingCase): ...        # its calls
    class TestTwilio(AdapterSecurityCase): ...      # both

The members that must be given raise NotImplementedError here. Arrange the world (connection rows,
settings) in a fixture of your own with autouse=True.
"""

import logging
import traceback
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

import pytest
from django.test import Client

from salesagent.lib import http
from salesagent.tests.peers import faults

SITE = "https://sales.example"
HOSTILE = [
    b"",
    b"\x00",
    b"\xff\xfe\xfd\xfc",
    b"null",
    b"[]",
    b"{}",
    b'""',
    b"0",
    b"1e999",
    b"NaN",
    b"[null]",
    b"[[[]]]",
    b'[{"a":null}]',
    b"{" * 5000,
    b"[" * 100_000,
    b'{"a":' * 20_000,
    b'"\\ud800"',
    b'{"id":"\\u0000"}',
    b"9" * 5000,
    b"a=%00&b=%ff&c",
    b"&&&===&%",
    b"=" * 5000,
    b"&a" * 3000,  # more fields than a form may have
    "Body=\u202e\U0001f4a3".encode(),
]
BAD_SIGNATURES = {
    "empty": "",
    "space": " ",
    "wrong": "AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "not latin": "\u00e4\u00f6\u00fc\u2603",
    "nul": "\x00",
    "long": "A" * 8000,
    "commas": "t=,v1=,v1",
    "not base64": "%%%===",
    "a number": "0",
}
REFUSED = (400, 403, 405, 413, 415)


@pytest.mark.django_db
class WebhookCase:
    """The door of a service's webhooks."""

    path: ClassVar[str]  # of the URL
    content_type: ClassVar[str] = "application/json"
    signature_headers: ClassVar[tuple[str, ...]]  # the first one holds the signature
    signs_url: ClassVar[bool] = True  # False where the signature does not cover the address
    keys: ClassVar[tuple[str, ...]] = ()  # (newest, the one before), both valid; () = no rotation

    def body(self) -> bytes:
        """A message that has an effect."""
        raise NotImplementedError

    def changed(self) -> bytes:
        """The same message with one value changed; must be readable."""
        return self.body().replace(b"1", b"2") if b"1" in self.body() else self.body() + b" "

    def signed(self, body: bytes, url: str, key: str | None = None) -> dict[str, str]:
        """Header name -> value as the service signs `body` for `url`; None: the usual key."""
        raise NotImplementedError

    def effects(self) -> int:
        """How many things messages have caused so far: rows, events, whatever counts."""
        raise NotImplementedError

    # --- tools ---

    @pytest.fixture(autouse=True)
    def _door(self, settings: Any) -> None:
        settings.SITE_URL = SITE
        settings.ALLOWED_HOSTS = ["*"]
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False)

    def url(self) -> str:
        return SITE + self.path

    def post(
        self, body: bytes, headers: dict[str, str], content_type: str | None = None, **extra: Any
    ) -> int:
        given = self.content_type if content_type is None else content_type
        answer = self.client.generic(
            "POST", self.path, body, content_type=given, headers=headers, **extra
        )
        return int(answer.status_code)

    def refused(self, status: int, before: int) -> None:
        assert status in REFUSED, status
        assert self.effects() == before

    # --- tests ---

    def test_a_signed_message_counts(self) -> None:
        before = self.effects()
        assert 200 <= self.post(self.body(), self.signed(self.body(), self.url())) < 300
        assert self.effects() > before

    def test_without_a_signature_it_is_refused(self) -> None:
        before = self.effects()
        self.refused(self.post(self.body(), {}), before)
        good = self.signed(self.body(), self.url())
        for name in self.signature_headers:
            rest = {key: value for key, value in good.items() if key != name}
            self.refused(self.post(self.body(), rest), before)

    @pytest.mark.parametrize("bad", BAD_SIGNATURES.values(), ids=BAD_SIGNATURES.keys())
    def test_a_bad_signature_is_refused(self, bad: str) -> None:
        before = self.effects()
        good = self.signed(self.body(), self.url())
        for name in self.signature_headers:
            self.refused(self.post(self.body(), {**good, name: bad}), before)

    def test_a_signature_with_another_key_is_refused(self) -> None:
        before = self.effects()
        for key in ("", "another-key-0123456789abcdef"):
            headers = self.signed(self.body(), self.url(), key)
            self.refused(self.post(self.body(), headers), before)

    def test_a_signature_for_another_address_is_refused(self) -> None:
        if not self.signs_url:
            return
        before = self.effects()
        for url in (f"https://other.example{self.path}", f"{self.url()}?x=1", f"{SITE}/other/"):
            self.refused(self.post(self.body(), self.signed(self.body(), url)), before)

    def test_the_sender_does_not_choose_the_address(self) -> None:
        """Host and X-Forwarded-* are the sender's words."""
        headers = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}
        if self.signs_url:
            before = self.effects()
            forged = self.signed(self.body(), f"http://evil.example{self.path}")
            status = self.post(self.body(), {**forged, **headers, "Host": "evil.example"})
            self.refused(status, before)
        good = self.signed(self.body(), self.url())
        assert 200 <= self.post(self.body(), {**good, **headers}) < 300

    def test_a_changed_body_is_refused(self) -> None:
        before = self.effects()
        headers = self.signed(self.body(), self.url())
        assert self.changed() != self.body()
        for body in (self.changed(), self.body()[:-1], b""):
            self.refused(self.post(body, headers), before)

    @pytest.mark.parametrize(
        "other", ["text/plain", "multipart/form-data; boundary=x", "application/xml", "x"]
    )
    def test_another_content_type_is_refused(self, other: str) -> None:
        before = self.effects()
        headers = self.signed(self.body(), self.url())
        self.refused(self.post(self.body(), headers, content_type=other), before)

    def test_too_much_is_refused(self) -> None:
        before = self.effects()
        body = self.body() + b" " * 1_100_000
        assert self.post(body, self.signed(body, self.url())) == 413
        assert self.effects() == before

    @pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
    def test_only_post_is_answered(self, method: str) -> None:
        before = self.effects()
        headers = self.signed(self.body(), self.url())
        answer = self.client.generic(
            method, self.path, self.body(), content_type=self.content_type, headers=headers
        )
        assert answer.status_code == 405
        assert self.effects() == before

    def test_two_keys_are_valid_while_one_is_replaced(self) -> None:
        for key in self.keys:
            assert 200 <= self.post(self.body(), self.signed(self.body(), self.url(), key)) < 300

    def test_repeated_it_counts_once(self) -> None:
        headers = self.signed(self.body(), self.url())
        assert 200 <= self.post(self.body(), headers) < 300
        once = self.effects()
        for _ in range(2):
            assert 200 <= self.post(self.body(), headers) < 300, "a repeated message is fine"
        assert self.effects() == once

    @pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
    def test_hostile_bytes_are_never_an_error_of_ours(self, body: bytes) -> None:
        """Unsigned, and signed by a service that was taken over."""
        for headers in ({}, self.signed(body, self.url())):
            assert self.post(body, headers) < 500

    def test_junk_leaves_nothing_behind(self) -> None:
        from salesagent.lib.models import WebhookEvent

        before = WebhookEvent.objects.count()
        for body in HOSTILE:
            self.post(body, dict.fromkeys(self.signature_headers, "junk"))
        assert WebhookEvent.objects.count() == before


FAULTS = {
    "401": faults.refuse(401),
    "403": faults.refuse(403),
    "404": faults.refuse(404),
    "400 without JSON": faults.raw(b"bad", "text/plain", 400),
    "429": faults.too_many(),
    "429 in seconds": faults.too_many("3"),
    "429 in zero": faults.too_many("0"),
    "429 in an hour": faults.too_many("3600"),
    "429 in a year": faults.too_many("31536000"),
    "429 negative": faults.too_many("-5"),
    "429 soon": faults.too_many("soon"),
    "429 at a date": faults.too_many("Wed, 21 Oct 2099 07:28:00 GMT"),
    "429 at a past date": faults.too_many("Wed, 21 Oct 2015 07:28:00 GMT"),
    "500": faults.server_error(500),
    "503": faults.server_error(503),
    "HTML": faults.raw(b"<html>welcome</html>", "text/html"),
    "nothing": faults.raw(b""),
    "null": faults.raw(b"null"),
    "a list": faults.raw(b"[]"),
    "a text": faults.raw(b'"ok"'),
    "an empty object": faults.raw(b"{}"),
    "nested": faults.raw(b"[" * 100_000),
    "not UTF-8": faults.raw(b'{"id": "\xff"}'),
    "truncated": faults.truncated(),
    "cut off": faults.cut_off(),
    "10 MB": faults.huge(10_000_000),
    "reset": faults.reset(),
    "hang up": faults.hang_up(),
    "redirect to metadata": faults.redirect(),
}
MAY_WORK = {"an empty object", "null", "a list", "a text", "nothing", "HTML"}  # the adapter judges


@pytest.mark.django_db
class OutgoingCase:
    """The calls of an adapter, against a provider that misbehaves."""

    secrets: ClassVar[tuple[str, ...]]  # every credential `act` uses, at least 8 characters each
    errors: ClassVar[tuple[type[Exception], ...]]  # what the adapter may raise, nothing else
    idempotent: ClassVar[bool] = False  # of `act`
    good: ClassVar[faults.Step | list[faults.Step]]  # what the provider answers when all is well

    def act(self, base: str) -> Any:
        """The adapter's one important call, with its base URL set to `base`."""
        raise NotImplementedError

    def unknown(self, error: Exception) -> bool:
        """Does this error say that nobody knows whether it was carried out?"""
        raise NotImplementedError

    def stored(self) -> Iterable[str]:
        """Error texts that were stored anywhere; lib.budget's are looked at anyway."""
        return ()

    # --- tools ---

    @pytest.fixture(autouse=True)
    def _provider(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> Iterator[None]:
        self.slept: list[float] = []
        monkeypatch.setattr(http, "sleep", self.slept.append)
        caplog.set_level(logging.DEBUG)
        self.log = caplog
        with faults.fault_server() as server:
            self.server = server
            yield

    def failed(self, *steps: faults.Step) -> Exception | None:
        """Act against these answers; the adapter's own error, or None when it made do."""
        self.server.script("*", *steps)
        try:
            self.act(self.server.base)
        except self.errors as error:
            return error
        return None

    def keeps_secrets(self, error: Exception | None) -> None:
        from salesagent.lib import budget

        texts = [self.log.text, *self.stored(), *(row.last_error for row in budget.states())]
        while error is not None:
            texts += [str(error), repr(error), repr(vars(error)), *map(str, error.args)]
            texts.append("".join(traceback.format_exception(error)))
            error = error.__cause__ or error.__context__  # type: ignore[assignment]
        for secret in self.secrets:
            assert not any(secret in text for text in texts)

    # --- tests ---

    def test_it_works_when_all_is_well(self) -> None:
        steps = self.good if isinstance(self.good, list) else [self.good]
        self.server.script("*", *steps)
        self.act(self.server.base)
        assert self.server.requests
        self.keeps_secrets(None)

    @pytest.mark.parametrize("name", FAULTS)
    def test_a_fault_is_an_error_of_ours_without_secrets(self, name: str) -> None:
        error = self.failed(FAULTS[name])
        assert error is not None or name in MAY_WORK
        self.keeps_secrets(error)
        assert sum(self.slept) <= 4, "longer waits are the queue's"

    @pytest.mark.parametrize("status", [400, 401, 403, 429, 500])
    def test_what_the_provider_repeats_is_not_passed_on(self, status: int) -> None:
        said = " ".join(f"invalid token {secret}, Bearer {secret}" for secret in self.secrets)
        body = {"message": said, "error": said, "code": 20003, "errors": [{"message": said}]}
        self.keeps_secrets(self.failed(faults.refuse(status, body)))

    def test_a_redirect_is_not_followed(self) -> None:
        with faults.fault_server() as elsewhere:
            elsewhere.script("*", self.good)
            for status in (301, 302, 303, 307, 308):
                step = faults.redirect(f"{elsewhere.base}/latest/meta-data/", status)
                assert self.failed(step) is not None
            assert elsewhere.requests == []

    @pytest.mark.parametrize("step", [faults.reset(), faults.hang_up()], ids=["reset", "hang up"])
    def test_a_lost_answer_is_not_asked_for_twice(self, step: faults.Step) -> None:
        error = self.failed(step)
        assert error is not None
        if not self.idempotent:
            assert len(self.server.requests) == 1
            assert self.unknown(error)
        assert len(self.server.requests) <= 3

    def test_a_full_queue_is_asked_again_a_few_times_only(self) -> None:
        assert self.failed(faults.too_many()) is not None
        assert len(self.server.requests) <= 3

    def test_nobody_there_is_known_as_not_done(self) -> None:
        with faults.fault_server() as gone:
            base = gone.base
        with pytest.raises(self.errors) as caught:
            self.act(base)
        assert not self.unknown(caught.value)
        self.keeps_secrets(caught.value)


class AdapterSecurityCase(WebhookCase, OutgoingCase):
    """Both directions of one service."""
