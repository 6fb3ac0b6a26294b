"""Whatever a stranger sends, the answer is an SMTP reply and never an internal error."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailcore.smtp.session import Role, Session
from mailcore.smtp.wire.dot_stuffing import Unstuffer, stuff
from mailcore.smtp.wire.framing import Broken, Framer
from mailcore.smtp.wire.parameters import ParameterInvalid, original_recipient, parameters, xtext
from mailcore.smtp.wire.path import Address, PathInvalid, forward_path, mailbox, split_path
from tests.smtp.conftest import POLICY, SmtpStage

REPLY = re.compile(rb"(?:[2-5][0-9]{2}[ -][^\r\n]*\r\n)*")

verbs = st.sampled_from(
    [b"EHLO ", b"HELO ", b"MAIL FROM:", b"RCPT TO:", b"DATA", b"BDAT ", b"RSET", b"NOOP ", b"VRFY ", b"EXPN ",
     b"HELP ", b"QUIT", b"STARTTLS", b"AUTH PLAIN ", b"AUTH LOGIN", b"AUTH SCRAM-SHA-256 ", b"TURN", b""]
)  # fmt: skip
arguments = st.one_of(
    st.binary(max_size=40),
    st.text(max_size=20).map(lambda text: text.encode("utf-8", "replace")),
    st.sampled_from(
        [b"<a@b.example>", b"<>", b"<bob@example.org>", b"c.example", b"<a@b.example> SIZE=5 BODY=8BITMIME",
         b"<a@b.example> SMTPUTF8 RET=HDRS ENVID=a", b"<bob@example.org> NOTIFY=NEVER", b"99999999999999999999",
         b"5 LAST", b"0", b"AGEAYg==", b"="]
    ),
)  # fmt: skip
ends = st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r", b"", b"\r\n.\r\n", b"\0\r\n"])
lines = st.lists(st.tuples(verbs, arguments, ends).map(b"".join), max_size=12)


@pytest.mark.parametrize("role", Role)
@given(sent=lines, cuts=st.lists(st.integers(1, 40), max_size=5))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_conversation(db, role, sent, cuts):
    stage = SmtpStage(lambda: Session(POLICY, role, peer="192.0.2.7", is_encrypted=role is Role.SUBMISSION))
    stage.wire().outbox.clear()
    data = b"".join(sent)
    heard = b""
    for cut in cuts:
        heard += stage.says(data[:cut])
        data = data[cut:]
    heard += stage.says(data)
    assert REPLY.fullmatch(heard), heard
    assert b"Internal error" not in heard
    stage.session.reset()


@given(st.text(max_size=60))
def test_paths_are_read_or_refused_and_what_is_read_can_be_written(text):
    for reader in (forward_path, mailbox, split_path):
        try:
            found = reader(text)
        except PathInvalid:
            continue
        if isinstance(found, Address) and found.domain:
            assert mailbox(str(found)) == found
            assert "\r" not in str(found) and "\n" not in str(found)


@given(st.text(max_size=60))
def test_parameters_are_read_or_refused(text):
    for reader in (parameters, xtext, original_recipient):
        try:
            reader(text)
        except ParameterInvalid:
            continue


@given(
    st.lists(st.sampled_from([b".", b"\r\n", b"\n", b"\r", b"a", b"..", b"\r\n.\r\n"]), max_size=30),
    st.integers(1, 5),
)
def test_bodies_come_out_as_they_went_in(pieces, step):
    """Stuffed and unstuffed again, whatever the body and the network."""
    body = b"".join(pieces)
    wire = stuff(body)
    unstuffer = Unstuffer()
    out = b""
    for start in range(0, len(wire), step):
        if unstuffer.finished:
            break
        out += unstuffer.feed(wire[start : start + step])
    assert unstuffer.finished
    if not unstuffer.bare:
        assert out == (body if not body or body.endswith(b"\r\n") else body + b"\r\n")


@given(st.binary(max_size=300), st.integers(1, 7))
def test_framing_does_not_depend_on_the_network(data, step):
    def lines_of(size: int) -> list[object]:
        framer = Framer()
        found: list[object] = []
        for start in range(0, len(data), size):
            framer.feed(data[start : start + size])
            while (line := framer.next_line()) is not None:
                is_end = line.is_fatal if isinstance(line, Broken) else not (line[:1].isalpha() or not line)
                found.append("the end" if is_end else line)
                if is_end:
                    return found
        return found

    assert lines_of(step) == lines_of(1)
