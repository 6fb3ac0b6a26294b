"""The fields we write: RFC 5321 §4.4."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailcore.inbound import trace
from mailcore.inbound.trace import Hop

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def test_received():
    hop = Hop("192.0.2.7", "client.example", "mx.example.org", "ESMTPS", "s1.1")
    assert trace.received(hop, "bob@example.org", AT) == (
        b"Received: from client.example ([192.0.2.7])\r\n"
        b"\tby mx.example.org with ESMTPS id s1.1\r\n"
        b"\tfor <bob@example.org>; Sat, 21 Nov 2026 12:00:00 +0000\r\n"
    )


@pytest.mark.parametrize("evil", ["a\r\nX: y", "a\nX: y", "a\rX", "a\0", "<b>", "a\u2028X: y"])
def test_no_word_of_a_stranger_opens_a_line(evil):
    """SECURITY A28."""
    hop = Hop(f"2001:db8::1{evil}", evil, evil, "ESMTP", evil)
    lines = (trace.received(hop, evil, AT) + trace.delivery(evil, evil)).decode().split("\r\n")
    assert len(lines) == 6
    assert not any("\n" in line or "\r" in line or line.startswith("X") for line in lines)
