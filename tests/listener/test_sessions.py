"""Sessions over real sockets: patience, back-pressure, limits, TLS, draining."""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from mailcore.dialogue import (
    Ask,
    AwaitChanges,
    ClientGone,
    Close,
    Pause,
    Receive,
    ReceiveDotted,
    ReceiveThenLine,
    UpgradeTls,
)
from mailcore.listener import pump as pumps
from mailcore.listener.pump import LineTooLong, Pump
from tests.listener.lab import listening

pytestmark = pytest.mark.usefixtures("redis_url")
Said = Generator[Any, Any, None]


class Bucket:
    """A sink; `full` makes it fail like a full disk."""

    def __init__(self, full: bool = False) -> None:
        self.data = b""
        self.full = full

    def write(self, data: bytes) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        self.data += data


ended: list[str] = []


def answer(line: bytes) -> Said:
    """A toy protocol with one verb for each effect."""
    verb, _, argument = line.partition(b" ")
    match verb:
        case b"ASK":
            got = yield Ask(b"+ \r\n", limit=16)
            yield b"got " + got + b"\r\n"
        case b"RECEIVE":
            bucket = Bucket()
            yield b"go\r\n"
            yield Receive(bucket, int(argument))
            yield b"%d %s\r\n" % (len(bucket.data), bucket.data[-4:])
        case b"LITERAL":
            bucket = Bucket()
            got = yield ReceiveThenLine(b"go\r\n", bucket, int(argument))
            yield b"%s then %s\r\n" % (bucket.data, got)
        case b"FULL":
            yield b"go\r\n"
            try:
                yield Receive(Bucket(full=True), int(argument))
            except OSError:
                yield b"full\r\n"
        case b"DOTTED":
            bucket = Bucket()
            yield b"go\r\n"
            done = yield ReceiveDotted(bucket, int(argument))
            yield b"%d %d %d %r\r\n" % (done.size, done.too_big, done.bare, bucket.data)
        case b"IDLE":
            yield b"idling\r\n"
            while (woken := (yield AwaitChanges(7, 0))).line is None:
                pass
            yield b"done " + woken.line + b"\r\n"
        case b"PAUSE":
            yield Pause(0.05)
            yield b"rested\r\n"
        case b"TLS":
            yield b"begin\r\n"
            yield UpgradeTls()
        case b"BIG":
            for _ in range(int(argument)):
                yield b"x" * 65536
            yield b"\r\nend\r\n"
        case b"SLOW":
            time.sleep(float(argument))
            yield b"slept\r\n"
        case b"CRASH":
            yield b"about to\r\n"
            raise ValueError("a bug")
        case b"GUARD":
            try:
                yield b"guarded\r\n"
                yield Ask(b"", 100)
            except ClientGone:
                ended.append("gone")
                raise
            finally:
                ended.append("cleaned")
        case b"QUIT":
            yield b"bye\r\n"
            yield Close()
        case _:
            yield b"said " + line + b"\r\n"


async def serve(pump: Pump) -> None:
    while pump.is_open:
        try:
            line = await pump.line(limit=1000, seconds=60)
        except LineTooLong:
            await pump.connection.write(b"too long\r\n")
        else:
            await pump.run(answer(line), here=line.startswith(b"NOOP"))


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"hello\r\n", [b"said hello"]),
        (b"one\r\ntwo\r\nNOOP\r\nthree\r\n", [b"said one", b"said two", b"said NOOP", b"said three"]),
        (b"a\nb\rc\r\n", [b"said a\nb\rc"]),
        (b"x" * 1000 + b"\r\n", [b"said " + b"x" * 1000]),
        (b"x" * 1001 + b"\r\nnext\r\n", [b"too long", b"said next"]),
        (b"x" * 60_000 + b"\r\nnext\r\n", [b"too long", b"said next"]),
        (b"ASK\r\nanswer\r\nnext\r\n", [b"+ ", b"got answer", b"said next"]),
        (b"RECEIVE 5\r\nabcdenext\r\n", [b"go", b"5 bcde", b"said next"]),
        (b"RECEIVE 0\r\nnext\r\n", [b"go", b"0 ", b"said next"]),
        (b"RECEIVE 300000\r\n" + b"y" * 300_000 + b"next\r\n", [b"go", b"300000 yyyy", b"said next"]),
        (b"LITERAL 3\r\nabc rest\r\nnext\r\n", [b"go", b"abc then  rest", b"said next"]),
        (b"FULL 300000\r\n" + b"y" * 300_000 + b"next\r\n", [b"go", b"full", b"said next"]),
        (b"DOTTED 99\r\na\r\n..b\r\n.\r\nnext\r\n", [b"go", b"7 0 0 b'a\\r\\n.b\\r\\n'", b"said next"]),
        (b"DOTTED 99\r\na\n.\nb\r\n.\r\nnext\r\n", [b"go", b"7 0 1 b'a\\n.\\nb\\r\\n'", b"said next"]),
        (b"DOTTED 3\r\nabcd\r\n.\r\nnext\r\n", [b"go", b"6 1 0 b''", b"said next"]),
        (b"PAUSE\r\nnext\r\n", [b"rested", b"said next"]),
        (b"IDLE\r\nDONE\r\nnext\r\n", [b"idling", b"done DONE", b"said next"]),
    ],
    ids=lambda value: repr(value[:24]) if isinstance(value, bytes) else None,
)
@pytest.mark.parametrize("tls", [False, True])
def test_dialogue(tmp_path: Path, tls: bool, sent: bytes, expected: list[bytes]) -> None:
    with listening(serve, tmp_path) as lab:
        client = lab.connect(tls=tls)
        client.send(sent)
        assert [client.line() for _ in expected] == expected
        client.close()


def test_what_was_sent_before_the_tls_handshake_is_never_run(tmp_path: Path) -> None:
    """RFC 3207 §6; CVE-2011-0411 and forty of its kind."""
    with listening(serve, tmp_path) as lab:
        client = lab.connect()
        client.send(b"TLS\r\ninjected\r\n")
        assert client.line() == b"begin"
        client.start_tls()
        client.send(b"mine\r\n")
        assert client.line() == b"said mine"


def test_a_handshake_that_fails_ends_the_session_and_no_other(tmp_path: Path) -> None:
    with listening(serve, tmp_path) as lab:
        broken, sound = lab.connect(), lab.connect()
        broken.send(b"TLS\r\n")
        assert broken.line() == b"begin"
        broken.send(b"this is no client hello\r\n")
        assert b"said" not in broken.rest()
        sound.send(b"still here\r\n")
        assert sound.line() == b"said still here"


def test_endless_line_is_cut_off_and_costs_no_memory(tmp_path: Path) -> None:
    with listening(serve, tmp_path) as lab:
        client = lab.connect()
        with pytest.raises(OSError):
            for _ in range(500):
                client.send(b"x" * 10_000)
                time.sleep(0.01)


def test_slow_reader_stops_its_own_session_only(tmp_path: Path) -> None:
    """SECURITY B10: what it does not read is not produced."""
    import psutil

    with listening(serve, tmp_path) as lab:
        before = psutil.Process().memory_info().rss
        lazy = [lab.connect() for _ in range(10)]
        for client in lazy:
            client.send(b"BIG 800\r\n")  # 50 MB each
        busy = lab.connect()
        busy.send(b"hello\r\n")
        assert busy.line() == b"said hello"
        time.sleep(0.5)
        assert psutil.Process().memory_info().rss - before < 40 << 20
        octets = lazy[0].rest_until(b"\r\nend\r\n")
        assert octets == 800 * 65536


@pytest.mark.parametrize("tls", [False, True])
def test_silent_and_slow_clients_run_out_of_time(
    tmp_path: Path, tls: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def impatient(pump: Pump) -> None:
        while pump.is_open:
            await pump.run(answer(await pump.line(limit=1000, seconds=1)))

    monkeypatch.setattr(pumps, "ANSWER_SECONDS", 1)
    with listening(impatient, tmp_path) as lab:
        silent, slow = lab.connect(tls=tls), lab.connect(tls=tls)
        for _ in range(30):  # one octet now and then does not buy time
            try:
                slow.send(b"x")
            except OSError:
                break
            time.sleep(0.2)
        assert silent.line() == b"421 4.4.2 mx.example.org Timeout, closing connection"
        assert silent.rest() == b""


def test_crash_is_answered_and_the_next_session_lives(tmp_path: Path) -> None:
    with listening(serve, tmp_path) as lab:
        client = lab.connect()
        client.send(b"CRASH\r\n")
        assert client.line() == b"about to"
        assert client.line() == b"421 4.3.0 mx.example.org Internal error, closing connection"
        assert client.rest() == b""
        following = lab.connect()
        following.send(b"hello\r\n")
        assert following.line() == b"said hello"


def test_handler_hears_that_its_client_is_gone(tmp_path: Path) -> None:
    ended.clear()
    with listening(serve, tmp_path) as lab:
        client = lab.connect()
        client.send(b"GUARD\r\n")
        assert client.line() == b"guarded"
        client.close()
        for _ in range(100):
            if len(ended) == 2:
                break
            time.sleep(0.02)
    assert ended == ["gone", "cleaned"]


def test_connections_of_one_address_are_limited(tmp_path: Path) -> None:
    """SECURITY A31."""
    with listening(serve, tmp_path, per_address=3) as lab:
        first = [lab.connect() for _ in range(3)]
        for client in first:
            client.send(b"hello\r\n")
            assert client.line() == b"said hello"
        refused = lab.connect()
        assert refused.line() == b"421 4.7.0 mx.example.org Too many connections from you"
        first[0].send(b"QUIT\r\n")
        assert first[0].rest() == b"bye\r\n"
        first[0].close()
        time.sleep(0.1)
        again = lab.connect()
        again.send(b"hello\r\n")
        assert again.line() == b"said hello"


def test_signed_in_connections_count_for_their_account(tmp_path: Path) -> None:
    async def sign_in(pump: Pump) -> None:
        allowed = pump.on_account(7, "proof")
        await pump.connection.write(b"yes\r\n" if allowed else b"no\r\n")
        await pump.line(limit=1000, seconds=60)

    with listening(sign_in, tmp_path, per_address=1, per_account=2) as lab:
        clients = []
        for expected in (b"yes", b"yes", b"no"):
            clients.append(lab.connect())
            assert clients[-1].line() == expected


def test_full_house_pauses_accepting_and_recovers(tmp_path: Path) -> None:
    with listening(serve, tmp_path, most=2) as lab:
        first, second, waiting = lab.connect(), lab.connect(), lab.connect()
        for client in (first, second, waiting):
            client.send(b"hello\r\n")
        assert first.line() == second.line() == b"said hello"
        waiting.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            waiting.line()
        first.close()
        waiting.socket.settimeout(10)
        assert waiting.line() == b"said hello"


def test_drain_finishes_what_runs_and_says_goodbye_to_the_rest(tmp_path: Path) -> None:
    """SECURITY F19."""
    with listening(serve, tmp_path) as lab:
        working, idle, sleeping = lab.connect(), lab.connect(), lab.connect()
        sleeping.send(b"IDLE\r\n")
        assert sleeping.line() == b"idling"
        working.send(b"SLOW 0.5\r\n")
        time.sleep(0.1)
        lab.drain()
        goodbye = b"421 4.3.2 mx.example.org Service is restarting, come back in a moment"
        assert idle.line() == sleeping.line() == goodbye
        assert [working.line(), working.line()] == [b"slept", goodbye]
        with pytest.raises(ConnectionRefusedError):
            lab.connect()


def test_drain_cuts_who_does_not_end(tmp_path: Path) -> None:
    with listening(serve, tmp_path, drain=1) as lab:
        client = lab.connect()
        client.send(b"RECEIVE 100\r\n")
        assert client.line() == b"go"
        started = time.monotonic()
        lab.stop()
        assert time.monotonic() - started < 4


def test_new_certificate_is_used_by_the_next_handshake(tmp_path: Path) -> None:
    from mailcore.listener import tls
    from mailcore.supervisor import certificate

    path, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    certificate.make(path, key, "mx.example.org")
    certificates = tls.Certificates(path, key)
    first = certificates.current()
    certificates._look_again = 0
    assert certificates.current() is first
    certificate.make(path, key, "mx.example.org")
    certificates._look_again = 0
    second = certificates.current()
    assert second is not first
    path.write_text("half a certi")
    certificates._look_again = 0
    assert certificates.current() is second
