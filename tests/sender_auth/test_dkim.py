"""DKIM against dkimpy, both ways, and against everything a stranger may write into a signature."""

from __future__ import annotations

import base64
import re
import time

import dkim as dkimpy
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from mailcore.sender_auth import dkim, lookups
from mailcore.sender_auth.canonical import BodyHash

NOW = int(time.time())  # dkimpy looks at the clock itself
RSA = dkim.SigningKey("example.org", "r1", rsa.generate_private_key(65537, 2048))
ED25519 = dkim.SigningKey("example.org", "e1", Ed25519PrivateKey.generate())
DNS = {f"{key.selector}._domainkey.{key.domain}": dkim.public_record(key).encode() for key in (RSA, ED25519)}

HEADER = (
    b"From: Alice <alice@example.org>\r\nTo: bob@example.net,\r\n\t carol@example.net\r\n"
    b"Subject:   Tea  \t at four \r\nDate: Sat, 21 Nov 2026 09:00:00 +0000\r\n"
    b"Message-ID: <1@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\nX-Own: not signed\r\n"
)
BODY = b"Hello  Bob,\t \r\n\r\nat four?   \r\n.\r\n\r\n\r\n"

BODIES = {
    "empty": b"",
    "blank lines": b"\r\n\r\n\r\n",
    "white space": b" \t \r\n \r\n",
    "no final line end": b"at four",
    "trailing blanks": BODY,
    "one long line": b"x " * 200_000 + b"\r\n",
    "long run of blanks": b"a" + b" " * 200_000 + b"\r\nb\r\n",
    "many blank lines": b"a" + b"\r\n" * 100_000 + b"b\r\n" + b"\r\n" * 50_000,
}


def txt(name: str) -> list[bytes]:
    return [DNS[name]] if name in DNS else []


def body_digest(body: bytes, step: int = 1 << 20) -> bytes:
    hashed = BodyHash("relaxed")
    for i in range(0, len(body), step):
        hashed.update(body[i : i + step])
    return hashed.digest()


def signed(body: bytes = BODY, *keys: dkim.SigningKey, header: bytes = HEADER) -> bytes:
    return dkim.sign(header, body_digest(body), keys or (RSA, ED25519), now=NOW) + header


def verdicts(header: bytes, body: bytes = BODY, now: int = NOW, lookup=txt) -> list[str]:
    return [r.verdict for r in dkim.verify(header, lambda: [body], lookup, now=now)]


def dkimpy_says(message: bytes, index: int) -> bool:
    def dnsfunc(name: bytes | str, timeout: float = 5) -> bytes:
        name = name.decode() if isinstance(name, bytes) else name
        return DNS.get(name.rstrip("."), b"")

    return dkimpy.DKIM(message, minkey=1024).verify(idx=index, dnsfunc=dnsfunc)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_dkimpy_and_we_accept_what_we_sign(body):
    header = signed(body)
    assert verdicts(header, body) == ["pass", "pass"]
    message = header + b"\r\n" + body
    assert dkimpy_says(message, 0)
    assert dkimpy_says(message, 1)


@pytest.mark.parametrize("form", [b"relaxed", b"simple"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_we_accept_what_dkimpy_signs(body, form):
    pem = RSA.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    message = HEADER + b"\r\n" + body
    field = dkimpy.sign(message, b"r1", b"example.org", pem, canonicalize=(form, form))
    assert verdicts(field + HEADER, body) == ["pass"]


@given(
    st.lists(st.sampled_from([b"a", b" ", b"\t", b"\r\n", b"bc", b"\r\n\r\n"]), max_size=40).map(b"".join),
    st.integers(1, 7),
)
def test_the_body_hash_does_not_depend_on_the_chunks(body, step):
    for form in ("relaxed", "simple"):
        whole, pieces = BodyHash(form), BodyHash(form)
        whole.update(body)
        for i in range(0, len(body), step):
            pieces.update(body[i : i + step])
        assert whole.digest() == pieces.digest()


@pytest.mark.parametrize(
    "change",
    [
        lambda h, b: (h.replace(b"Alice", b"Mallory"), b),
        lambda h, b: (h.replace(b"four", b"five"), b),
        lambda h, b: (h, b.replace(b"four", b"five")),
        lambda h, b: (h, b + b"P.S.\r\n"),
        lambda h, b: (b"From: Mallory <m@example.com>\r\n" + h, b),  # RFC 6376 §8.15
        lambda h, b: (h + b"Subject: Coffee\r\n", b),
        lambda h, b: (b"Cc: all@example.com\r\n" + h, b),
        lambda h, b: (h + b"Reply-To: m@example.com\r\n", b),
        lambda h, b: (h + b"Content-Transfer-Encoding: base64\r\n", b),
    ],
)
def test_any_change_that_a_reader_sees_breaks_the_signature(change):
    assert verdicts(*change(signed(), BODY)) == ["fail", "fail"]


@pytest.mark.parametrize(
    "change",
    [
        lambda h, b: (h.replace(b"X-Own: not signed", b"X-Own: changed"), b),
        lambda h, b: (b"Received: from relay.example\r\n" + h, b),
        lambda h, b: (h.replace(b"Subject:   Tea  \t at four ", b"subject: Tea at\r\n\tfour"), b),
        lambda h, b: (h, b.replace(b"Hello  Bob,\t ", b"Hello Bob,")),
    ],
)
def test_what_relays_do_on_the_way_does_not(change):
    assert verdicts(*change(signed(), BODY)) == ["pass", "pass"]


def altered(**tags: str | None) -> bytes:
    """An RSA signature with tags replaced or taken out, then (correctly) made anew over the change."""
    raw = signed(BODY, RSA)[: -len(HEADER)].decode()
    for name, value in tags.items():
        pattern = rf"(?<=[;\s]){name}=[^;]*;?"
        if name == "b":
            raw = re.sub(r"(?<=[;\s])b=[^;]*$", f"b={value}\r\n", raw)
        else:
            raw, count = re.subn(pattern, "" if value is None else f"{name}={value};", raw, count=1)
            if not count and value is not None:
                raw = raw.replace("v=1;", f"v=1; {name}={value};")
    return raw.encode() + HEADER


@pytest.mark.parametrize(
    ("tags", "verdict", "reason"),
    [
        ({"v": "2"}, "permerror", "version"),
        ({"v": None}, "permerror", "missing"),
        ({"a": "rsa-sha1"}, "permerror", "rsa-sha1 is not accepted"),  # RFC 8301 §3.1
        ({"a": "none"}, "permerror", "not accepted"),
        ({"a": "ed25519-sha256"}, "permerror", "key is rsa"),
        ({"bh": "!!!"}, "permerror", "base64"),
        ({"bh": None}, "permerror", "missing"),
        ({"c": "strict/strict"}, "permerror", "canonicalization"),
        ({"h": "to:subject"}, "permerror", "From is not signed"),
        ({"d": "example.com"}, "permerror", "no key"),
        ({"d": "exa mple..org"}, "permerror", "domain"),
        ({"s": "../../etc/passwd"}, "permerror", "domain"),
        ({"i": "@example.com"}, "permerror", "identity"),
        ({"i": "@notexample.org"}, "permerror", "identity"),
        ({"x": str(NOW - 1)}, "permerror", "expires before"),
        ({"t": str(NOW - 5000), "x": str(NOW - 4000)}, "fail", "expired"),
        ({"t": str(NOW + 90_000)}, "fail", "future"),
        ({"t": "9" * 400}, "permerror", "number"),
        ({"l": "-1"}, "permerror", "number"),
        ({"b": ""}, "fail", "does not match"),
        ({"b": "AAAA"}, "fail", "does not match"),
    ],
)
def test_a_signature_that_says_something_wrong(tags, verdict, reason):
    (result,) = dkim.verify(altered(**tags), lambda: [BODY], txt, now=NOW)
    assert (result.verdict, reason in result.reason) == (verdict, True), result


def test_a_tag_given_twice_spoils_the_signature():
    raw = signed(BODY, RSA).replace(b"v=1;", b"v=1; d=example.org;", 1)
    (result,) = dkim.verify(raw, lambda: [BODY], txt, now=NOW)
    assert result.verdict == "permerror"
    assert "twice" in result.reason


def test_a_partly_signed_body_is_not_shown_as_genuine():
    """E13: l= leaves room for anybody's text below."""
    pem = RSA.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    field = dkimpy.sign(HEADER + b"\r\n" + BODY, b"r1", b"example.org", pem, length=True)
    assert verdicts(field + HEADER, BODY + b"And send me money.\r\n") == ["policy"]


RECORDS = {
    "revoked": (b"v=DKIM1; k=rsa; p=", "permerror"),
    "no key": (b"v=DKIM1; k=rsa", "permerror"),
    "other version": (b"v=DKIM2; k=rsa; p=AAAA", "permerror"),
    "not base64": (b"v=DKIM1; p=%%%", "permerror"),
    "not a key": (b"v=DKIM1; p=AAAA", "permerror"),
    "not text": (b"\xff\xfe\x00", "permerror"),
    "not tags": (b"hello", "permerror"),
    "not for mail": (DNS["r1._domainkey.example.org"] + b"; s=web", "permerror"),
    "other hash": (DNS["r1._domainkey.example.org"] + b"; h=sha1", "permerror"),
    "ed25519 key": (DNS["e1._domainkey.example.org"], "permerror"),
    "other rsa key": (
        dkim.public_record(dkim.SigningKey("a", "b", rsa.generate_private_key(65537, 2048))).encode(),
        "fail",
    ),
    "512 KiB": (b"v=DKIM1; p=" + b"A" * 524_288, "permerror"),
}


@pytest.mark.parametrize(("record", "verdict"), RECORDS.values(), ids=RECORDS)
def test_a_key_record_that_does_not_help(record, verdict):
    assert verdicts(signed(BODY, RSA), lookup=lambda name: [record]) == [verdict]


def test_a_512_bit_key_proves_nothing():
    """RFC 8301 §3.2. No library makes such a key any more; this is a modulus of the right length."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

    weak = RSAPublicNumbers(65537, (1 << 511) + 111).public_key()
    der = weak.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    record = b"v=DKIM1; p=" + base64.b64encode(der)
    assert verdicts(signed(BODY, RSA), lookup=lambda name: [record]) == ["permerror"]


def test_dns_that_does_not_answer_is_a_temporary_error():
    def silent(name: str) -> list[bytes]:
        raise lookups.TemporaryFailure

    assert verdicts(signed(), lookup=silent) == ["temperror", "temperror"]


def test_of_a_thousand_signatures_ten_are_looked_at():
    """C20; RFC 6376 §8.4."""
    asked = []

    def counting(name: str) -> list[bytes]:
        asked.append(name)
        return []

    one = signed(BODY, RSA)[: -len(HEADER)]
    assert len(dkim.verify(one * 1000 + HEADER, lambda: [BODY], counting, now=NOW)) == 10
    assert len(asked) == 10


def test_our_own_field_is_folded_and_names_every_visible_field_once_more():
    field = signed()[: -len(HEADER)]
    assert max(map(len, field.split(b"\r\n"))) <= 78
    names = re.search(rb"\sh=([^;]*);", field)[1]
    names = re.sub(rb"\s", b"", names).split(b":")
    assert names.count(b"from") == names.count(b"subject") == 2
    assert names.count(b"reply-to") == 1


@given(st.binary(max_size=300))
def test_no_signature_field_makes_it_raise(value):
    dkim.verify(b"DKIM-Signature: " + value + b"\r\n" + HEADER, lambda: [BODY], txt, now=NOW)
