"""Lines and literals: where a command ends, when to say "+", what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.dialogue import ReceiveThenLine
from mailcore.imap.wire import framing
from mailcore.imap.wire.framing import GO_AHEAD, Limits, Literal, OutOfStep, TooLong

NORMAL = Limits()
SMALL = Limits(line=100, command=50, discard=200)


def run(stream: bytes, limits: Limits = NORMAL) -> tuple[bytes | Exception, bytes, bytes]:
    """Feed a stream: the command (or why there is none), what was said, what was left unread."""
    line, _, rest = stream.partition(b"\r\n")
    said = b""
    steps = framing.collect(line, limits)
    answer = None
    try:
        while True:
            step = steps.send(answer)
            answer = None
            if isinstance(step, bytes):
                said += step
            elif isinstance(step, ReceiveThenLine):
                said += step.prompt
                step.sink.write(rest[: step.size])
                answer, _, rest = rest[step.size :].partition(b"\r\n")
    except StopIteration as end:
        return end.value, said, rest
    except (TooLong, OutOfStep) as problem:
        return problem, said, rest


@pytest.mark.parametrize(
    "stream, command, said",
    [
        (b"a NOOP\r\n", b"a NOOP", b""),
        (b"a LOGIN {2}\r\nxy z\r\n", b"a LOGIN {2}\r\nxy z", GO_AHEAD),
        (b"a LOGIN {2+}\r\nxy {1}\r\nz\r\n", b"a LOGIN {2+}\r\nxy {1}\r\nz", GO_AHEAD),
        (b"a LOGIN {0}\r\n\r\n", b"a LOGIN {0}\r\n", GO_AHEAD),
        (b"a SEARCH TEXT {6+}\r\n{9999}\r\n", b"a SEARCH TEXT {6+}\r\n{9999}", b""),
        (b"a APPEND x {99999999}\r\n", b"a APPEND x {99999999}", b""),
        (b"a append {1}\r\nx (\\Seen) {9}\r\n", b"a append {1}\r\nx (\\Seen) {9}", GO_AHEAD),
        (b"a APPEND x ~{5}\r\n", b"a APPEND x ~{5}", b""),
        (b'a LOGIN "x{5}" y\r\n', b'a LOGIN "x{5}" y', b""),
    ],
)
def test_commands_end_where_they_end(stream, command, said):
    assert run(stream) == (command, said, b"")


def test_limits_are_exact():
    at = b"a X {40+}\r\n" + b"y" * 40 + b"\r\n"
    over = b"a X {42+}\r\n" + b"y" * 42 + b"\r\n"
    assert run(at, SMALL)[0] == at[:-2]
    problem, said, rest = run(over + b"b NOOP\r\n", SMALL)
    assert isinstance(problem, TooLong) and said == b"" and rest == b"b NOOP\r\n"


def test_a_literal_too_long_to_hold_is_refused_before_it_comes():
    problem, said, _ = run(b"a X {1000}\r\n", SMALL)
    assert isinstance(problem, TooLong) and said == b""


def test_everything_that_belongs_to_a_refused_command_is_dropped():
    stream = b"a X {60+}\r\n" + b"y" * 60 + b" {50+}\r\n" + b"z" * 50 + b" {5}\r\nb NOOP\r\n"
    problem, said, rest = run(stream, SMALL)
    assert isinstance(problem, TooLong) and said == b"" and rest == b"b NOOP\r\n"


@pytest.mark.parametrize("size", [b"201+", b"99999999999999999999+", b"-1", b"-5+", b"9" * 30])
def test_what_cannot_be_skipped_ends_the_session(size):
    assert isinstance(run(b"a X {" + size + b"}\r\n", SMALL)[0], OutOfStep)


@pytest.mark.parametrize(
    "line, literal",
    [
        (b"a X {5}", Literal(5, True, False)),
        (b"a X ~{5+}", Literal(5, False, True)),
        (b"a X {}", None),
        (b"a X {5} ", None),
        (b"a X {5", None),
        (b"a X {x}", None),
        (b"", None),
    ],
)
def test_announcements(line, literal):
    assert framing.announced(line) == literal


@given(st.binary(max_size=200).filter(lambda x: b"\n" not in x and b"\r" not in x), st.binary(max_size=400))
def test_framing_never_fails_in_a_way_nobody_expects(line, rest):
    command, _, _ = run(line + b"\r\n" + rest + b"\r\n" * 3, SMALL)
    if isinstance(command, bytes):
        assert len(command) <= len(line) + 400 + 100 and command.startswith(line)
