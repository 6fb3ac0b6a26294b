"""Whole POP3 conversations, line by line: RFC 1939."""

from __future__ import annotations

import base64

import pytest

from mailcore.models import Entry
from mailcore.store import mailboxes, messages
from tests.builders import deliver

SMALL = b"Subject: one\r\n\r\nfirst line\r\n.hidden\r\n..\r\nlast\r\n"
OTHER = b"Subject: two\r\nX: y\r\n\r\nbody\r\nmore\r\n"

LOGIN = """
        S: +OK mx.example.org POP3 ready
        C: USER alice@example.org
        S: +OK ...
        C: PASS wonderland
"""


@pytest.fixture
def drop(alice):
    deliver(alice, SMALL, OTHER)
    return alice


def left(account) -> int:
    return Entry.objects.filter(account_id=account.pk, expunged=False).count()


def test_download_and_delete(play, drop):
    """RFC 1939 §10."""
    play(
        LOGIN
        + f"""
        S: +OK 2 messages ({len(SMALL) + len(OTHER)} octets)
        C: STAT
        S: +OK 2 {len(SMALL) + len(OTHER)}
        C: LIST
        S: +OK 2 messages
        S: 1 {len(SMALL)}
        S: 2 {len(OTHER)}
        S: .
        C: LIST 2
        S: +OK 2 {len(OTHER)}
        C: RETR 1
        S: +OK {len(SMALL)} octets
        S: Subject: one
        S:
        S: first line
        S: ..hidden
        S: ....
        S: last
        S: .
        C: DELE 1
        S: +OK Message 1 deleted
        C: RETR 1
        S: -ERR That message is deleted
        C: DELE 1
        S: -ERR That message is deleted
        C: STAT
        S: +OK 1 {len(OTHER)}
        C: LIST
        S: +OK 1 messages
        S: 2 {len(OTHER)}
        S: .
    """.replace("S: ....", "S: ....")
    )
    assert left(drop) == 2  # deleted in UPDATE, not before
    play("""
        C: QUIT
        S: +OK Bye, 1 messages removed
        S<
    """)
    assert left(drop) == 1


def test_download_and_keep(play, drop):
    play(
        LOGIN
        + """
        S: +OK 2 messages ...
        C: RETR 2
        S: ...
        S: .
        C: QUIT
        S: +OK Bye, 0 messages removed
    """
    )
    assert left(drop) == 2


def test_rset_undeletes(play, drop):
    play(
        LOGIN
        + """
        S: +OK ...
        C: DELE 1
        S: +OK ...
        C: DELE 2
        S: +OK ...
        C: STAT
        S: +OK 0 0
        C: LIST
        S: +OK 0 messages
        S: .
        C: RSET
        S: +OK 2 messages ...
        C: QUIT
        S: +OK Bye, 0 messages removed
    """
    )
    assert left(drop) == 2


def test_a_lost_client_has_deleted_nothing(stage, drop):
    """RFC 1939 §6: no UPDATE without QUIT."""
    stage.play(
        LOGIN
        + """
        S: +OK ...
        C: DELE 1
        S: +OK ...
    """
    )
    stage.hang_up()
    assert left(drop) == 2
    stage.play(LOGIN + "S: +OK 2 messages ...")


def test_one_session_at_a_time(play, drop):
    """RFC 1939 §4, RFC 2449 §8.1.1."""
    play("""
        1S: +OK ...
        1C: USER alice@example.org
        1S: +OK ...
        1C: PASS wonderland
        1S: +OK ...
        2S: +OK ...
        2C: USER alice@example.org
        2S: +OK ...
        2C: PASS wonderland
        2S: -ERR [IN-USE] ...
        1C: QUIT
        1S: +OK ...
        2C: USER alice@example.org
        2S: +OK ...
        2C: PASS wonderland
        2S: +OK 2 messages ...
    """)


def test_what_arrives_later_belongs_to_the_next_session(stage, drop):
    stage.play(LOGIN + "S: +OK 2 messages ...")
    deliver(drop, SMALL)
    stage.play("""
        C: STAT
        S: +OK 2 ...
        C: RETR 3
        S: -ERR No such message
        C: DELE 1
        S: +OK ...
        C: DELE 2
        S: +OK ...
        C: QUIT
        S: +OK Bye, 2 messages removed
    """)
    assert left(drop) == 1


def test_what_somebody_else_expunged_is_gone_and_no_harm_done(stage, drop):
    stage.play(LOGIN + "S: +OK 2 messages ...")
    messages.remove(mailboxes.named(drop.pk, "INBOX"), [1])
    stage.play("""
        C: DELE 1
        S: +OK ...
        C: QUIT
        S: +OK Bye, 0 messages removed
    """)


def test_unique_ids_are_stable_and_never_used_twice(stage, drop):
    """RFC 1939 §7, SECURITY B24."""
    validity = mailboxes.named(drop.pk, "INBOX").uidvalidity
    script = (
        LOGIN
        + f"""
        S: +OK ...
        C: UIDL
        S: +OK 2 messages
        S: 1 {validity}.1
        S: 2 {validity}.2
        S: .
    """
    )
    stage.play(script + f"C: UIDL 2\nS: +OK 2 {validity}.2\nC: DELE 2\nS: +OK ...\nC: QUIT\nS: +OK ...")
    stage.wires.clear()
    deliver(drop, OTHER)
    stage.play(script.replace(f"2 {validity}.2", f"2 {validity}.3"))


TOPS = [
    (0, "Subject: two\nX: y\n\n"),
    (1, "Subject: two\nX: y\n\nbody\n"),
    (2, "Subject: two\nX: y\n\nbody\nmore\n"),
    (999999, "Subject: two\nX: y\n\nbody\nmore\n"),
]


@pytest.mark.parametrize("count, text", TOPS)
def test_top(play, drop, count, text):
    expected = "\n".join(f"S: {line}" for line in text.split("\n")[:-1])
    play(LOGIN + f"S: +OK ...\nC: TOP 2 {count}\nS: +OK ...\n{expected}\nS: .")


CAPABILITIES = """
        S: TOP
        S: UIDL
        S: RESP-CODES
        S: AUTH-RESP-CODE
        S: PIPELINING
        S: EXPIRE NEVER
        S: UTF8 USER
"""


def test_capabilities_over_tls(play):
    play(f"""
        S: +OK ...
        C: CAPA
        S: +OK ...
        {CAPABILITIES}
        S: USER
        S: SASL SCRAM-SHA-256 PLAIN LOGIN
        S: .
    """)


def test_nothing_secret_before_tls(play_in_the_clear, alice):
    """SECURITY A07."""
    play_in_the_clear(f"""
        S: +OK ...
        C: CAPA
        S: +OK ...
        {CAPABILITIES}
        S: STLS
        S: .
        C: USER alice@example.org
        S: -ERR Encryption required...
        C: PASS wonderland
        S: -ERR ...
        C: AUTH PLAIN
        S: -ERR Encryption required...
        C: STLS now
        S: -ERR ...
        C: STLS
        S: +OK ...
        C: USER alice@example.org
        S: +OK ...
        C: PASS wonderland
        S: +OK 0 messages (0 octets)
        C: STLS
        S: -ERR ...
    """)


def test_commands_behind_stls_are_thrown_away(db, alice):
    """SECURITY A04 for POP3."""
    from tests.pop3.conftest import PopStage

    stage = PopStage(is_encrypted=False)
    wire = stage.wire()
    wire.send(b"STLS\r\nUSER alice@example.org\r\nPASS wonderland\r\n")
    assert bytes(wire.outbox).count(b"\r\n") == 2 and wire.upgrades == 1
    assert stage.sessions[0].username == ""


@pytest.mark.parametrize("command", ["STAT", "LIST", "RETR 1", "DELE 1", "NOOP", "RSET", "TOP 1 1", "UIDL"])
def test_nothing_before_login(play, drop, command):
    """SECURITY B04."""
    play(f"S: +OK ...\nC: {command}\nS: -ERR Sign in first")


def blob(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_auth_plain(play, drop):
    play(f"""
        S: +OK ...
        C: AUTH PLAIN
        S: +...
        C: {blob(chr(0) + "alice@example.org" + chr(0) + "wonderland")}
        S: +OK 2 messages ...
        C: AUTH PLAIN
        S: -ERR Signed in already
    """)


def test_auth_with_initial_response_and_its_failures(play, drop):
    play(f"""
        S: +OK ...
        C: AUTH PLAIN {blob(chr(0) + "alice@example.org" + chr(0) + "wrong")}
        S: -ERR [AUTH] ...
        C: AUTH PLAIN {blob("bob@example.org" + chr(0) + "alice@example.org" + chr(0) + "wonderland")}
        S: -ERR [AUTH] ...
        C: AUTH FNORD
        S: -ERR Unknown authentication mechanism
        C: AUTH PLAIN ****
        S: -ERR Malformed...
        C: AUTH LOGIN
        S: + VXNlcm5hbWU6
        C: *
        S: -ERR Authentication cancelled
        C: AUTH
        S: +OK ...
        S: SCRAM-SHA-256
        S: PLAIN
        S: LOGIN
        S: .
    """)


def test_wrong_name_and_wrong_password_sound_the_same(play, drop):
    """SECURITY E03."""
    play("""
        S: +OK ...
        C: USER nobody@example.org
        S: +OK Now the password
        C: PASS wonderland
        S: -ERR [AUTH] Authentication failed
        C: PASS wonderland
        S: -ERR USER first
        C: USER alice@example.org
        S: +OK Now the password
        C: PASS wrong
        S: -ERR [AUTH] Authentication failed
    """)


HOSTILE = [
    "", "FNORD", "RETR",
    "RETR 0", "RETR -1", "RETR 3", "RETR 1 2", "RETR x", "RETR 99999999999999999999999", "RETR 1e1",
    "RETR \\x00", "LIST 0", "LIST 1 2", "LIST x", "DELE", "DELE 0", "DELE 3",
    "TOP 1", "TOP 1 -1", "TOP x 1", "TOP 1 1 1",
    "TOP 1 99999999999999999999", "UIDL 0",
    "STAT 1", "NOOP 1", "RSET 1", "QUIT 1", "CAPA 1", "APOP a b", "UTF8", "٣",
]  # fmt: skip


@pytest.mark.parametrize("command", HOSTILE)
def test_hostile_arguments(play, drop, command):
    """SECURITY B22; the session lives on."""
    play(LOGIN + f"S: +OK ...\nC: {command}\nS: -ERR ...\nC: NOOP\nS: +OK")


def test_endless_errors_are_cut_off(stage, drop):
    """SECURITY B03."""
    wire = stage.wire()
    for _ in range(30):
        wire.send(b"FNORD\r\n")
    assert wire.closed and bytes(wire.outbox).count(b"-ERR") == 20


def test_utf8(play, alice):
    play("""
        S: +OK ...
        C: UTF8
        S: +OK ...
        C: USER jörg@example.org
        S: +OK ...
        C: PASS пароль
        S: -ERR [AUTH] ...
    """)


def test_a_message_without_a_last_line_end_gets_one(play, alice):
    deliver(alice, b"Subject: x\r\n\r\nno end")
    play(LOGIN + "S: +OK ...\nC: RETR 1\nS: +OK 20 octets\nS: Subject: x\nS:\nS: no end\nS: .")


def test_big_messages_pass_in_pieces_and_many_small_ones_with_one_question(
    stage, alice, django_assert_max_num_queries
):
    big = b"Subject: big\r\n\r\n" + b".line of dots\r\n" * 200_000
    deliver(alice, *[SMALL] * 100, big)
    stage.play(LOGIN + "S: +OK ...")
    wire = stage.wire()
    with django_assert_max_num_queries(10):
        for number in range(1, 101):
            wire.outbox.clear()
            wire.send(b"RETR %d\r\n" % number)
            assert wire.outbox.endswith(b"..hidden\r\n...\r\nlast\r\n.\r\n")
    wire.outbox.clear()
    wire.send(b"RETR 101\r\n")
    head, _, rest = bytes(wire.outbox).partition(b"\r\n")
    assert head == b"+OK %d octets" % len(big)
    assert rest.replace(b"\r\n..", b"\r\n.") == big + b".\r\n"
