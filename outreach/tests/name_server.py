"""A name server on loopback that answers from a table: for tests of DNS checks."""

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

Table = dict[tuple[str, str], list[str]]


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        data, sock = self.request
        question = dns.message.from_wire(data)
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        asked = question.question[0]
        name, kind = asked.name.to_text(omit_final_dot=True).lower(), asked.rdtype.name
        table: Mapping[tuple[str, str], list[str]] = self.server.table  # type: ignore[attr-defined]
        found = table.get((name, kind))
        if found == ["SERVFAIL"]:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif found:
            answer.answer.append(dns.rrset.from_text_list(asked.name, 60, "IN", kind, found))
        elif not any(known == name for known, _ in table):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        sock.sendto(answer.to_wire(max_size=4096), self.client_address)


@contextmanager
def name_server(table: Table, settings: Any) -> Iterator[Table]:
    """The table may be changed while it runs; `settings` is pytest-django's."""
    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), _Handler) as server:
        server.table = table  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        settings.DNS_SERVERS = [f"127.0.0.1:{server.server_address[1]}"]
        try:
            yield table
        finally:
            server.shutdown()
            thread.join()
