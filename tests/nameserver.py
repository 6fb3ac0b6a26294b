"""A tiny authoritative name server on loopback, over UDP and TCP: what the world's DNS is to tests.

    with NameServer({"example.net MX": ["10 mx.example.net."], "mx.example.net A": ["127.0.0.3"]}) as dns:
        settings.MAIL_DNS_SERVERS = [dns.address]

Instead of a list of records a value may be a word: "servfail", "silent", "garbage", "refused".
"""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
from collections import Counter
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset


class NameServer:
    """Answers from `zone`; counts questions in `asked`. Change `zone` at any time."""

    def __init__(
        self, zone: dict[str, Any], *, host: str = "127.0.0.1", port: int = 0, ttl: int = 60
    ) -> None:
        self.zone = zone
        self.ttl = ttl
        self.asked: Counter[str] = Counter()
        server = self

        class Udp(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                data, sock = self.request
                if answer := server.answer(data, limit=1232):
                    sock.sendto(answer, self.client_address)

        class Tcp(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                (length,) = struct.unpack("!H", self.request.recv(2, socket.MSG_WAITALL))
                if answer := server.answer(self.request.recv(length, socket.MSG_WAITALL), limit=65535):
                    self.request.sendall(struct.pack("!H", len(answer)) + answer)

        while True:  # until a port is found that is free for both
            self._tcp = socketserver.ThreadingTCPServer((host, port), Tcp)
            self.port = self._tcp.server_address[1]
            try:
                self._udp = socketserver.ThreadingUDPServer((host, self.port), Udp)
                break
            except OSError:
                self._tcp.server_close()
                if port:
                    raise
        for one in (self._udp, self._tcp):
            one.daemon_threads = True
        self.address = f"{host}:{self.port}"

    def __enter__(self) -> NameServer:
        for one in (self._udp, self._tcp):
            threading.Thread(target=one.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self._udp, self._tcp):
            one.shutdown()
            one.server_close()

    def answer(self, data: bytes, limit: int) -> bytes | None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked[f"{name} {kind}"] += 1
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA
        entry = self.zone.get(f"{name} {kind}")
        alias = self.zone.get(f"{name} CNAME")
        hops = 0
        while entry is None and alias and hops < 20:
            response.answer.append(dns.rrset.from_text(name + ".", self.ttl, "IN", "CNAME", *alias))
            name = alias[0].rstrip(".").lower()
            entry, alias = self.zone.get(f"{name} {kind}"), self.zone.get(f"{name} CNAME")
            hops += 1
        match entry:
            case "silent":
                return None
            case "garbage":
                return data[:2] + b"\x81\x80" + b"\xff" * 20
            case "servfail":
                response.set_rcode(dns.rcode.SERVFAIL)
            case "refused":
                response.set_rcode(dns.rcode.REFUSED)
            case None:
                if not any(key.split()[0] == name for key in self.zone) and not hops:
                    response.set_rcode(dns.rcode.NXDOMAIN)
            case records:
                response.answer.append(dns.rrset.from_text(name + ".", self.ttl, "IN", kind, *records))
        wire = response.to_wire(max_size=65535)
        if len(wire) > limit:
            response.answer.clear()
            response.flags |= dns.flags.TC
            wire = response.to_wire()
        return wire
