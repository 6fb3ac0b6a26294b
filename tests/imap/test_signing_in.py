"""Before login: greeting, CAPABILITY, LOGIN, AUTHENTICATE, STARTTLS, and everything that strangers try."""

from __future__ import annotations

import base64

import pytest

pytestmark = pytest.mark.django_db


def test_login_and_logout(stranger):
    stranger(r"""
        S: * OK [CAPABILITY IMAP4rev1 IMAP4rev2 ...AUTH=PLAIN...] ...
        C: a LOGIN alice@example.org wonderland
        S: a OK [CAPABILITY ... UIDPLUS ...] Logged in
        C: b LOGIN alice@example.org wonderland
        S: b BAD ...
        C: c LOGOUT
        S: * BYE ...
        S: c OK ...
        S<
    """)


def test_login_with_literals(stranger):
    stranger(r"""
        S: * OK ...
        C: a LOGIN {17}
        S: + ...
        C: alice@example.org {10+}
        C: wonderland
        S: a OK ...
    """)


def test_a_wrong_password_is_refused_and_the_session_goes_on(stranger):
    stranger(r"""
        S: * OK ...
        C: a LOGIN alice@example.org looking-glass
        S: a NO [AUTHENTICATIONFAILED] ...
        C: b LOGIN nobody@example.org looking-glass
        S: b NO [AUTHENTICATIONFAILED] ...
        C: c LOGIN "alice@example.org" "wonderland"
        S: c OK ...
    """)


def test_authenticate_plain(stranger):
    word = base64.b64encode(b"\0alice@example.org\0wonderland").decode()
    stranger(rf"""
        S: * OK ...
        C: a AUTHENTICATE PLAIN
        S: +
        C: *
        S: a BAD ...
        C: b AUTHENTICATE PLAIN {word}
        S: b OK [CAPABILITY ...] ...
    """)


def test_authenticate_login_asks_twice(stranger):
    name, word = base64.b64encode(b"alice@example.org").decode(), base64.b64encode(b"wonderland").decode()
    stranger(rf"""
        S: * OK ...
        C: a AUTHENTICATE LOGIN
        S: + VXNlcm5hbWU6
        C: {name}
        S: + UGFzc3dvcmQ6
        C: {word}
        S: a OK ...
    """)


def test_odd_authentication_is_refused(stranger):
    stranger(r"""
        S: * OK ...
        C: a AUTHENTICATE ROT13
        S: a NO ...
        C: b AUTHENTICATE PLAIN !!!!
        S: b BAD ...
        C: c AUTHENTICATE
        S: c BAD ...
    """)


def test_no_password_over_a_plain_line(plain_stranger):
    plain_stranger(r"""
        S: * OK [CAPABILITY ...STARTTLS LOGINDISABLED...] ...
        C: a LOGIN alice@example.org wonderland
        S: a NO [PRIVACYREQUIRED] ...
        C: b AUTHENTICATE PLAIN AGFsaWNlAHg=
        S: b NO [PRIVACYREQUIRED] ...
        C: c STARTTLS
        S: c OK ...
        C: d CAPABILITY
        S: * CAPABILITY IMAP4rev1 ...AUTH=PLAIN...
        S: d OK ...
        C: e STARTTLS
        S: e BAD ...
        C: f LOGIN alice@example.org wonderland
        S: f OK ...
    """)


def test_what_was_sent_before_tls_is_never_run(alice):
    """CVE-2011-0411 and forty more: commands in the same segment as STARTTLS."""
    from mailcore.imap.session import Session
    from tests.imap.conftest import peer_of
    from tests.transcript import Wire

    wire = Wire(peer_of(Session(peer="192.0.2.1")))
    wire.outbox.clear()
    wire.send(b"a STARTTLS\r\nb LOGOUT\r\n")
    assert bytes(wire.outbox) == b"a OK Begin TLS negotiation now\r\n"
    assert wire.upgrades == 1


@pytest.mark.parametrize(
    "command",
    [
        "SELECT INBOX",
        'LIST "" *',
        "STATUS INBOX (MESSAGES)",
        "FETCH 1 ALL",
        "UID FETCH 1 ALL",
        "IDLE",
        "ENABLE QRESYNC",
        "APPEND INBOX {3+}\r\nabc",
        "GETQUOTAROOT INBOX",
        "NAMESPACE",
    ],
)
def test_strangers_may_touch_nothing(stranger, command):
    stranger(
        f"""
        S: * OK ...
        C: a {command!r:s}""".replace("'", "")
        + "\n        S: a BAD ...\n"
    )


def test_garbage_is_answered_and_then_cut_off(stranger):
    stranger(r"""
        S: * OK ...
        C:
        S: * BAD ...
        C: (((
        S: * BAD ...
        C: a
        S: a BAD ...
        C: a FROBNICATE
        S: a BAD Unknown command
        C: GET / HTTP/1.1
        S: GET BAD ...
        C: \x16\x03\x01\x02
        S: * BAD ...
        C: a UID
        S: a BAD ...
        C: +a NOOP
        S: * BAD ...
        S: * BYE ...
        S<
    """)


def test_a_flood_of_good_commands_is_cut_off_too(stranger):
    lines = "".join(f"        C: a{n} NOOP\n        S: a{n} OK ...\n" for n in range(199))
    stranger(
        f"        S: * OK ...\n{lines}        C: b NOOP\n        S: b OK ...\n        S: * BYE ...\n        S<\n"
    )


@pytest.mark.parametrize("size", ["4294967296", "1" + "0" * 20, "-1", "65537"])
def test_literals_of_strangers_are_bounded(stranger, size):
    """CVE-2025-61600, CVE-2024-34055: memory before anybody has logged in."""
    stranger(f"""
        S: * OK ...
        C: a LOGIN {{{size}}}
        S: ...
        S: ...B...
        C: b NOOP
        S: ...
    """)


def test_a_promise_of_a_gigabyte_ends_the_connection(stranger):
    stranger(r"""
        S: * OK ...
        C: a LOGIN {1000000000+}
        S: * BYE ...
        S<
    """)


def test_a_refused_literal_is_never_run_as_commands(stranger):
    """RFC 7888 §6: its octets are on their way whatever we answer."""
    stranger(
        r"""
        S: * OK ...
        C: a LOGIN {40000+}
        C- z LOGOUT\r\n
        C- """
        + "x" * 39_990
        + r"""
        C: rest
        S: a BAD Command too long
        C: b NOOP
        S: b OK ...
    """
    )


def test_id(stranger):
    stranger(r"""
        S: * OK ...
        C: a ID ("name" "Thunderbird" "version" NIL)
        S: * ID ("name" ...)
        S: a OK ...
        C: b ID NIL
        S: * ID ("name" ...)
        S: b OK ...
        C: c ID ("name")
        S: c BAD ...
        C: d ID (("name" "x"))
        S: d BAD ...
    """)


def test_unauthenticate_goes_back_to_the_beginning(stranger):
    """RFC 8437: for whoever holds a connection open for many users."""
    stranger(
        """
        S: * OK ...
        C: a UNAUTHENTICATE
        S: a BAD UNAUTHENTICATE is not allowed now
        C: b LOGIN alice@example.org wonderland
        S: b OK ...
        C: c ENABLE CONDSTORE
        S: ...
        S: c OK ...
        C: d SELECT INBOX
        S: ...
        S: d OK ...
        C: e UNAUTHENTICATE now
        S: e BAD Unexpected arguments
        C: f UNAUTHENTICATE
        S: f OK [CAPABILITY ... AUTH=PLAIN ...] Nobody is logged in
        C: g FETCH 1 UID
        S: g BAD FETCH is not allowed now
        C: h LOGIN alice@example.org wonderland
        S: h OK ...
        C: i NOOP
        S: i OK ...
        C: j SELECT INBOX        ;; nothing that was enabled is enabled still
        S: ...
        S: j OK [READ-WRITE] SELECT completed
        """
    )
