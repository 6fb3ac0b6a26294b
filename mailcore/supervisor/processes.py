"""Start, watch, restart, stop: the children of `manage.py up`.

Children are in a process group of their own, so that Ctrl-C reaches us alone and we decide in which order things
end; and the kernel kills them when we die, however we die (PR_SET_PDEATHSIG), so that no orphan holds a port or
serves with yesterday's settings. That is safe, because every process of ours may be killed at any moment.
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger(__name__)

FIRST_DELAY = 0.2  # before a child that died is started again
LONGEST_DELAY = 30.0
HEALTHY_SECONDS = 60.0  # a child that lived this long dies of something new: the delay starts over
DRAIN_SECONDS = 30.0
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Program:
    """One process of the service."""

    name: str
    command: list[str]
    sockets: tuple[int, ...] = ()  # descriptors it inherits
    last: bool = False  # stopped after all others: they need it to drain
    nice: int = 0  # how much it lets others go first, 0 to 19


@dataclass(slots=True)
class Child:
    """A program and its present process."""

    program: Program
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    start_at: float = 0.0
    delay: float = field(default=FIRST_DELAY)


class Supervisor:
    """Keeps programs running until it is told to stop. Call `block_signals` first, from the main thread."""

    def __init__(self, programs: list[Program], folder: Path) -> None:
        self._folder = folder  # where they run
        self._children = [Child(program) for program in programs]

    def start(self, name: str = "") -> None:
        """Start what is not running (only the program of that name)."""
        for child in self._children:
            if child.process is None and name in ("", child.program.name):
                self._start(child)

    def run(self, tick: Callable[[], None]) -> None:
        """Until SIGTERM or SIGINT: restart what dies; `tick` is called several times a second."""
        while True:
            if self._next_signal(0.2) in (signal.SIGTERM, signal.SIGINT):
                return
            self._reap()
            for child in self._children:
                if child.process is None and time.monotonic() >= child.start_at:
                    self._start(child)
            tick()

    def stop(self) -> bool:
        """Drain: ask all to end, wait, kill who does not; a second SIGINT or SIGTERM shortens the wait.

        True if everybody ended by themselves.
        """
        ended = self._stop([child for child in self._children if not child.program.last])
        return self._stop([child for child in self._children if child.program.last]) and ended

    def _next_signal(self, seconds: float) -> int:
        found = signal.sigtimedwait(_SIGNALS, seconds)
        if found is None:
            return 0
        if found.si_signo == signal.SIGHUP:
            for child in self._children:
                if child.process is not None and "listen" in child.program.command:
                    child.process.send_signal(signal.SIGHUP)
        return found.si_signo

    def _start(self, child: Child) -> None:
        child.started = time.monotonic()
        child.process = subprocess.Popen(
            child.program.command,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            pass_fds=child.program.sockets,
            start_new_session=True,
            preexec_fn=_before(os.getpid(), child.program.nice),
        )

    def _reap(self) -> None:
        for child in self._children:
            if child.process is None or (code := child.process.poll()) is None:
                continue
            child.process = None
            now = time.monotonic()
            if now - child.started >= HEALTHY_SECONDS:
                child.delay = FIRST_DELAY
            child.start_at = now + child.delay
            log.error(
                "process_died name=%s %s restart_seconds=%.1f", child.program.name, _ending(code), child.delay
            )
            child.delay = min(child.delay * 2, LONGEST_DELAY)

    def _stop(self, children: list[Child]) -> bool:
        running = [child.process for child in children if child.process is not None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + DRAIN_SECONDS
        while any(process.poll() is None for process in running) and time.monotonic() < deadline:
            if self._next_signal(0.05) in (signal.SIGTERM, signal.SIGINT):
                deadline = min(deadline, time.monotonic() + 2)
        late = [process for process in running if process.poll() is None]
        for process in late:
            process.kill()
        for process in running:
            process.wait()
        return not late


_SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD}


def block_signals() -> None:
    """From now on signals are taken one at a time, by `Supervisor.run`, never in the middle of something."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)


def _before(parent: int, nice: int) -> Callable[[], None]:
    prctl = getattr(ctypes.CDLL(None), "prctl", None)  # Linux

    def before_exec() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        if prctl is not None:
            prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        os.nice(nice)
        if os.getppid() != parent:  # it died in between
            os._exit(1)

    return before_exec


def _ending(code: int) -> str:
    return f"signal={signal.Signals(-code).name}" if code < 0 else f"exit_code={code}"
