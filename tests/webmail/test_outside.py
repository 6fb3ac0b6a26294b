"""The picture proxy: nothing of ours can be reached with it (SECURITY D09)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mailcore import public_address
from webmail import outside
from webmail.views.images import proxied

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100
PAGES: dict[str, tuple[int, dict[str, str], bytes]] = {
    "/a.png": (200, {"Content-Type": "image/png"}, PNG),
    "/lies.png": (200, {"Content-Type": "image/png"}, b"<html><script>alert(1)</script>"),
    "/drawing.svg": (200, {"Content-Type": "image/svg+xml"}, b"<svg onload=alert(1)>"),
    "/as-text": (200, {"Content-Type": "text/html"}, PNG),
    "/gone": (404, {}, b""),
    "/onwards": (302, {"Location": "/a.png"}, b""),
    "/inside": (302, {"Location": "http://169.254.169.254/latest/meta-data/"}, b""),
    "/file": (302, {"Location": "file:///etc/passwd"}, b""),
    "/round": (302, {"Location": "/round"}, b""),
    "/huge": (200, {}, PNG + b"x" * (outside.MOST_BYTES + 1)),
}


@pytest.fixture(scope="module")
def web() -> Iterator[tuple[str, int]]:
    """A stranger's server, and what it was asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append({name.lower(): value for name, value in self.headers.items()})
            status, headers, body = PAGES.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                return

        def log_message(self, *_: object) -> None:
            return

    seen.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield "pictures.test", server.server_port
    server.shutdown()
    server.server_close()


seen: list[dict[str, str]] = []
DNS = {"pictures.test": ["127.0.0.1"]}


def fetch(web: tuple[str, int], path: str) -> outside.Picture:
    host, port = web
    return outside.fetch(
        f"http://{host}:{port}{path}",
        resolve=lambda name: DNS.get(name, []),
        allowed=lambda address: address == "127.0.0.1",
        ports=[port, 80],
    )


@pytest.mark.parametrize("path", ["/a.png", "/as-text", "/onwards"])
def test_pictures_come_by_their_bytes(web, path):
    assert fetch(web, path) == outside.Picture("image/png", PNG)


@pytest.mark.parametrize(
    "path", ["/lies.png", "/drawing.svg", "/gone", "/inside", "/file", "/round", "/huge"]
)
def test_everything_else_is_refused(web, path):
    with pytest.raises(outside.Refused):
        fetch(web, path)


def test_nothing_of_the_reader_goes_along(web):
    seen.clear()
    fetch(web, "/a.png")
    assert set(seen[0]) == {"host", "user-agent", "accept", "accept-encoding"}


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.5.5", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "::1", "::", "fe80::1", "fe80::1%eth0",
        "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1",
        "2002:7f00:1::", "2001:db8::1", "fec0::1", "not an address", "",
    ],
)  # fmt: skip
def test_not_public(address):
    assert not public_address.is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_public(address):
    assert public_address.is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://0x7f.1/", "http://2130706433/",
        "http://127.1/", "http://0177.0.0.1/", "http://127.0.0.1.nip.test/", "http://user:pw@x.test/",
        "ftp://x.test/", "file:///etc/passwd", "gopher://x.test/", "http://x.test:22/", "http://x.test:6379/",
        "http://", "http:///x", "//x.test", "http://[::ffff:127.0.0.1]/", "http://①②⑦.0.0.1/", "x" * 9000,
        "http://x.test:99999/", "http://x..test/", "http://[fe80::1%25eth0]/",
    ],
)  # fmt: skip
def test_addresses_that_lead_inside(url):
    inside = {"localhost": ["127.0.0.1"], "127.0.0.1.nip.test": ["127.0.0.1"]}
    with pytest.raises(outside.Refused):
        outside.fetch(url, resolve=lambda name: inside.get(name, []))


def test_one_private_address_among_public_ones_spoils_the_name():
    with pytest.raises(outside.Refused):
        outside.fetch("http://x.test/", resolve=lambda name: ["1.1.1.1", "10.0.0.1"])


def test_a_name_is_looked_up_once():
    """DNS rebinding: a second answer is never asked for."""
    asked: list[str] = []

    def resolve(name: str) -> list[str]:
        asked.append(name)
        return ["192.0.2.1"] if len(asked) == 1 else ["127.0.0.1"]

    with pytest.raises(outside.Refused):
        outside.fetch("http://x.test/", resolve=resolve)
    assert asked == ["x.test"]


@pytest.mark.django_db
def test_only_addresses_that_we_wrote_for_this_reader(page, alice, bob):
    assert page.get("/images/?at=https://x.test/a.png&by=forged").status_code == 404
    assert page.get(proxied(bob.pk, "https://x.test/a.png")).status_code == 404
    assert page.get(proxied(alice.pk, "http://127.0.0.1/a.png")).status_code == 404
