"""Children are started again with back-off, end in order, and die with their parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]

PARENT = """
import sys
from pathlib import Path
from mailcore.supervisor.processes import Program, Supervisor, block_signals
log = Path(sys.argv[1])
def program(name, code, **more):
    return Program(name, [sys.executable, "-c", f"name = {name!r}; log = {str(log)!r}\\n" + code], **more)
say = "open(log, 'a').write(name + ' %s\\\\n')"
steady = say % "began" + '''
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (open(log, "a").write(name + " ended\\\\n"), sys.exit()))
while True: time.sleep(1)
'''
supervisor = Supervisor([
    program("first", steady, last=True),
    program("steady", steady),
    program("flighty", say % "began"),
    program("deaf", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + say % "began"
            + "; time.sleep(99)") if "deaf" in sys.argv else program("other", steady),
], Path("."))
block_signals()
supervisor.start()
supervisor.run(lambda: None)
print(supervisor.stop())
"""


def parent(log: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PARENT, str(log), *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def wait_for(log: Path, line: str, times: int = 1) -> None:
    deadline = time.monotonic() + 10
    while not log.exists() or log.read_text().splitlines().count(line) < times:
        assert time.monotonic() < deadline, log.read_text() if log.exists() else "nothing"
        time.sleep(0.02)


def test_what_dies_comes_back_ever_later_and_all_ends_in_order(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = parent(log)
    wait_for(log, "steady began")
    wait_for(log, "flighty began", 3)  # after 0.2 and 0.4 seconds
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=10)
    lines = log.read_text().splitlines()
    assert lines.count("flighty began") in (3, 4)
    assert lines.count("steady began") == lines.count("first began") == 1
    assert lines.index("steady ended") < lines.index("first ended")
    assert out == "True\n"


def test_who_does_not_end_is_killed_when_asked_twice(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = parent(log, "deaf")
    wait_for(log, "deaf began")
    process.send_signal(signal.SIGINT)
    wait_for(log, "steady ended")
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=10)
    assert out == "False\n"


def test_no_child_outlives_a_killed_parent(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = parent(log)
    wait_for(log, "steady began")
    children = psutil.Process(process.pid).children(recursive=True)
    assert children
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=10)
    _, alive = psutil.wait_procs(children, timeout=5)
    assert not [child for child in alive if child.status() != psutil.STATUS_ZOMBIE]
