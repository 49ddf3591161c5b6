"""A bare SMTP server on asyncio that swallows mail and can be told to misbehave.

Bare, because aiosmtpd tops out at about 450 mails a second on the machine this was made on. As a
program it writes one Message-ID a line to --log, flushed before the mail is accepted:

    python bench/smtp_sink.py --port 2525 --log /tmp/seen.txt
"""

import argparse
import asyncio
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO

MESSAGE_ID = re.compile(rb"(?im)^message-id:\s*(<[^>\r\n]+>)")


@dataclass
class Script:
    """What to answer instead of yes. Keys: connect, ehlo, auth, mail, rcpt, data, body.

    A value of `times` limits how often (None: always). Special answers: "DROP" closes the
    connection, "ACCEPT+DROP" takes the mail and closes, "ACCEPT+SILENCE" takes it and says nothing.
    """

    answers: dict[str, str] = field(default_factory=dict)
    times: int | None = None
    extensions: tuple[str, ...] = ("SIZE 1000000", "8BITMIME")
    password: str = ""

    def answer(self, phase: str) -> str:
        if self.times is not None and self.times <= 0:
            return ""
        found = self.answers.get(phase, "")
        if found and self.times is not None:
            self.times -= 1
        return found


class Sink:
    """Runs in a thread: `with Sink() as sink: ... sink.port, sink.mails`."""

    def __init__(
        self, script: Script | None = None, on_mail: Callable[[bytes], None] | None = None
    ) -> None:
        self.script = script or Script()
        self.mails: list[bytes] = []
        self.envelopes: list[tuple[str, str]] = []
        self.commands: list[str] = []
        self.connections = 0
        self.port = 0
        self._on_mail = on_mail or self.mails.append
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Sink":
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def hang_up(self) -> None:
        """Close every connection from our side."""

        def close() -> None:
            for writer in list(self._writers):
                writer.close()

        self._loop.call_soon_threadsafe(close)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self.listen(0))
        self._ready.set()
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def listen(self, port: int) -> asyncio.Server:
        server = await asyncio.start_server(self._talk, "127.0.0.1", port, limit=2**24)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            await self._dialogue(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _dialogue(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = self.script.answer("connect")
        if said == "SILENCE":
            await asyncio.sleep(60)
        writer.write(f"{said or '220 sink ready'}\r\n".encode())
        if said:
            return
        sender = recipient = ""
        while line := await reader.readline():
            text = line.decode("utf-8", "replace").strip()
            verb = text.split(" ", 1)[0].upper()
            self.commands.append(text)
            said = self.script.answer(verb.lower())
            if said == "DROP":
                return
            if said:
                writer.write(f"{said}\r\n".encode())
                if said.startswith("421"):
                    return
            elif verb == "EHLO":
                lines = ["sink", *self.script.extensions]
                text = "".join(f"250-{one}\r\n" for one in lines[:-1]) + f"250 {lines[-1]}\r\n"
                writer.write(text.encode())
            elif verb == "AUTH":
                await self._auth(text, reader, writer)
            elif verb == "DATA":
                writer.write(b"354 go on\r\n")
                if not await self._body(reader, writer, sender, recipient):
                    return
            elif verb == "QUIT":
                writer.write(b"221 bye\r\n")
                return
            else:
                sender = text[10:].split(">")[0].strip("<") if verb == "MAIL" else sender
                recipient = text[8:].split(">")[0].strip("<") if verb == "RCPT" else recipient
                writer.write(b"250 2.0.0 ok\r\n")
            await writer.drain()

    async def _auth(
        self, text: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        import base64

        if text.upper() == "AUTH LOGIN":
            given = []
            for prompt in (b"VXNlcm5hbWU6", b"UGFzc3dvcmQ6"):
                writer.write(b"334 " + prompt + b"\r\n")
                given.append(base64.b64decode((await reader.readline()).strip()).decode())
            password = given[1]
        else:
            password = base64.b64decode(text.split(" ")[2]).decode().split("\0")[2]
        good = password == self.script.password
        writer.write(b"235 2.7.0 in\r\n" if good else b"535 5.7.8 wrong password\r\n")

    async def _body(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        sender: str,
        recipient: str,
    ) -> bool:
        """False when the connection is to end here."""
        await writer.drain()
        said = self.script.answer("body")
        if said == "DROP":
            await reader.read(100)
            return False
        mail = await reader.readuntil(b"\r\n.\r\n")
        if said and not said.startswith("ACCEPT"):
            writer.write(f"{said}\r\n".encode())
            return not said.startswith("421")
        self.envelopes.append((sender, recipient))
        self._on_mail(mail[:-3].replace(b"\r\n..", b"\r\n."))
        if said == "ACCEPT+SILENCE":
            await asyncio.sleep(60)
        if said:
            return False
        writer.write(b"250 2.0.0 queued as 1\r\n")
        return True


def write_ids(log: IO[bytes]) -> Callable[[bytes], None]:
    """Each mail's Message-ID to a file, there before the mail is accepted."""

    def on_mail(mail: bytes) -> None:
        found = MESSAGE_ID.search(mail)
        log.write((found.group(1) if found else b"?") + b"\n")
        log.flush()

    return on_mail


async def _serve(port: int, path: str) -> None:
    with open(path, "ab") as log:  # noqa: ASYNC230  one line a mail, on purpose before the answer
        server = await Sink(on_mail=write_ids(log)).listen(port)
        print(server.sockets[0].getsockname()[1], flush=True)
        async with server:
            await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", required=True)
    options = parser.parse_args()
    asyncio.run(_serve(options.port, options.log))


if __name__ == "__main__":
    main()
