"""Whatever a client sends, the answer is a POP3 answer and never an internal error."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailcore.identity import leases
from tests.builders import deliver
from tests.pop3.conftest import PopStage

verbs = st.sampled_from(
    [
        "CAPA",
        "USER",
        "PASS",
        "AUTH",
        "UTF8",
        "STAT",
        "LIST",
        "UIDL",
        "RETR",
        "TOP",
        "DELE",
        "RSET",
        "NOOP",
        "QUIT",
        "STLS",
        "X",
    ]
)
arguments = st.one_of(
    st.sampled_from(
        [
            "",
            " 1",
            " 2",
            " 0",
            " -1",
            " 1 0",
            " 1 5",
            " 99999999999999999999",
            " PLAIN",
            " LOGIN",
            " PLAIN AGEAYg==",
        ]
    ),
    st.text(max_size=12).map(lambda text: " " + text),
)
lines = st.lists(st.tuples(verbs, arguments).map("".join), max_size=20)


@pytest.fixture
def alice_with_mail(alice):
    deliver(alice, b"Subject: x\r\n\r\nbody\r\n", b"Subject: y\r\n\r\n.\r\n")
    return alice


@given(sent=lines)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_conversation(alice_with_mail, sent):
    leases.forget()
    stage = PopStage(is_encrypted=True)
    wire = stage.wire()
    wire.send(b"USER alice@example.org\r\nPASS wonderland\r\n")
    for line in sent:
        wire.send(line.encode("utf-8", "replace") + b"\r\n")
    assert b"Internal error" not in wire.outbox
    assert wire.outbox.endswith(b"\r\n")
    stage.sessions[0].closed()
