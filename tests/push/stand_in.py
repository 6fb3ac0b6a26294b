"""A push service of our own, over HTTPS: what RFC 8030 wants of one, and a browser that can read what it brings."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from mailcore import outside
from mailcore.outside import Answer
from mailcore.push.wire import sealing, vapid
from mailcore.supervisor import certificate

HOST = "push.test"


class Browser:
    """One that has subscribed: its address, its keys, what it has been told."""

    def __init__(self, name: str) -> None:
        self.endpoint = f"https://{HOST}/{name}"
        self.private = ec.generate_private_key(sealing.CURVE)
        self.auth = bytes(range(16))
        self.told: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.answers: list[tuple[int, dict[str, str]]] = []  # of the push service; then 201

    @property
    def keys(self) -> dict[str, str]:
        """As PushSubscription.toJSON() says them."""
        public = sealing.octets(self.private.public_key())
        return {"endpoint": self.endpoint, "p256dh": vapid.text_of(public), "auth": vapid.text_of(self.auth)}


class PushService:
    """Takes messages for the browsers it knows, if they are signed; forgets none."""

    def __init__(self, port: int, trust: ssl.SSLContext) -> None:
        self.port, self.trust = port, trust
        self.browsers: dict[str, Browser] = {}
        self.complaints: list[str] = []
        self.tried = 0

    def browser(self, name: str = "one") -> Browser:
        made = self.browsers[f"/{name}"] = Browser(name)
        return made

    def post(self, address: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """`outside.post` as it is, but that the name leads here, and our own certificate is trusted."""
        return outside.post(
            address.replace(HOST, f"{HOST}:{self.port}"),
            body,
            headers,
            resolve=lambda name: ["127.0.0.1"] if name == HOST else [],
            allowed=lambda found: found == "127.0.0.1",
            ports=[self.port],
            trust=self.trust,
        )

    def take(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        self.tried += 1
        browser = self.browsers.get(path)
        if browser is None:
            return 410, {}
        if browser.answers:
            return browser.answers.pop(0)
        try:
            self._check(headers)
            browser.told.append(json.loads(sealing.unseal(body, browser.private, browser.auth)))
            browser.headers.append(headers)
        except (AssertionError, InvalidSignature, KeyError, ValueError, sealing.NotForUs) as problem:
            self.complaints.append(repr(problem))
            return 400, {}
        return 201, {"Location": f"/message/{self.tried}"}

    def _check(self, headers: dict[str, str]) -> None:
        assert headers["content-encoding"] == "aes128gcm"
        assert int(headers["ttl"]) > 0
        scheme, _, rest = headers["authorization"].partition(" ")
        found = dict(item.strip().split("=", 1) for item in rest.split(","))
        header, claims, signature = found["t"].split(".")
        raw = vapid.octets_of(signature)
        signed = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        sealing.point(vapid.octets_of(found["k"])).verify(
            signed, f"{header}.{claims}".encode(), ec.ECDSA(SHA256())
        )
        told = json.loads(vapid.octets_of(claims))
        assert scheme == "vapid" and told["aud"] == f"https://{HOST}" and told["sub"].startswith("mailto:")


@contextmanager
def push_service(folder: Path) -> Iterator[PushService]:
    """One that runs."""
    chain, key = folder / "push.pem", folder / "push.key"
    certificate.ensure(chain, key, HOST)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, answered = service.take(self.path, headers, body)
            self.send_response(status)
            for name, value in (answered | {"Content-Length": "0"}).items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    service = PushService(server.server_port, ssl.create_default_context(cafile=str(chain)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
    assert service.complaints == []
