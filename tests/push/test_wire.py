"""Sealed as RFC 8291 §5 shows it, signed as RFC 8292 wants it."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from mailcore.push.wire import sealing, vapid

# RFC 8291 §5 and Appendix A
TEXT = b"When I grow up, I want to be a watermelon"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
BROWSER = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
BROWSER_PUBLIC = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
SERVER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
SEALED = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
    "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def private(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(vapid.octets_of(text), "big"), sealing.CURVE)


def test_the_example_of_the_rfc():
    browser = vapid.octets_of(BROWSER_PUBLIC)
    sealed = sealing.seal(
        TEXT,
        browser,
        vapid.octets_of(AUTH),
        private=private(SERVER),
        salt=vapid.octets_of(SALT),
        padded_to=0,
    )
    assert vapid.text_of(sealed) == SEALED
    assert sealing.unseal(sealed, private(BROWSER), vapid.octets_of(AUTH)) == TEXT


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, sealing.MOST_BYTES - 1, sealing.MOST_BYTES])
def test_every_size_fits_one_record_and_comes_back(size):
    key = ec.generate_private_key(sealing.CURVE)
    text = (b"\x02\x00x" * 1400)[:size]
    sealed = sealing.seal(text, sealing.octets(key.public_key()), b"a" * 16)
    assert len(sealed) <= sealing.RECORD_BYTES
    assert sealing.unseal(sealed, key, b"a" * 16) == text


def test_one_more_does_not_fit():
    with pytest.raises(ValueError, match="do not fit"):
        sealing.seal(b"x" * (sealing.MOST_BYTES + 1), vapid.octets_of(BROWSER_PUBLIC), b"a" * 16)


def test_messages_of_like_length_look_alike():
    browser = vapid.octets_of(BROWSER_PUBLIC)
    assert len({len(sealing.seal(b"x" * size, browser, b"a" * 16)) for size in (1, 100, 500)}) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x" * 20,
        b"x" * 5000,
        vapid.octets_of(SEALED)[:-1],
        vapid.octets_of(SEALED)[:90],
        b"x" + vapid.octets_of(SEALED)[1:],
    ],
)
def test_what_is_not_sealed_for_us_is_refused(body):
    with pytest.raises(sealing.NotForUs):
        sealing.unseal(body, private(BROWSER), vapid.octets_of(AUTH))


@pytest.mark.parametrize(
    "octets", [b"", b"\x04" * 64, b"\x04" * 65, b"\x04" + b"\0" * 64, b"\x02" + b"x" * 32]
)
def test_a_point_lies_on_the_curve(octets):
    with pytest.raises(sealing.NotForUs):
        sealing.point(octets)


def test_the_token_says_for_whom_and_until_when_and_is_signed():
    key = ec.generate_private_key(sealing.CURVE)
    field = vapid.authorization(key, "https://push.test", "mailto:postmaster@example.org", 1_000_000)
    scheme, _, rest = field.partition(" ")
    found = dict(item.strip().split("=", 1) for item in rest.split(","))
    header, claims, signature = found["t"].split(".")
    assert scheme == "vapid"
    assert json.loads(vapid.octets_of(header)) == {"typ": "JWT", "alg": "ES256"}
    assert json.loads(vapid.octets_of(claims)) == {
        "aud": "https://push.test",
        "exp": 1_000_000 + 12 * 3600,
        "sub": "mailto:postmaster@example.org",
    }
    raw = vapid.octets_of(signature)
    assert len(raw) == 64
    public = sealing.point(vapid.octets_of(found["k"]))
    signed = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public.verify(signed, f"{header}.{claims}".encode(), ec.ECDSA(SHA256()))


@pytest.mark.parametrize("text", ["a", "ä", "a b=", "*"])
def test_what_is_not_base64url_is_refused(text):
    with pytest.raises(ValueError, match="base64url"):
        vapid.octets_of(text)
