"""The supervisor: everything starts, dies and is stopped together, whatever ends it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from devtools import processes, run, stack
from devtools.problems import Problem

SUPERVISOR = """
import os, sys, time
from pathlib import Path
from devtools.stack import Process, Stack
wait = "import time; print('up', flush=True); time.sleep(60)"
children = [Process(name, "timeit", ("-n1", "-r1", wait), ready_line="up") for name in ("one", "two")]
stack = Stack(children, env=os.environ, logs=Path(sys.argv[1]))
stack.start()
print(*(running.child.pid for running in stack._running.values()), stack._watchdog._process.pid, flush=True)
time.sleep(60)
"""


def program(name: str, text: str, *, ready_line: str = "up") -> stack.Process:
    """Return a process that runs a line of Python."""
    return stack.Process(name, "timeit", ("-n1", "-r1", text), ready_line=ready_line)


def is_running(pid: int) -> bool:
    """Tell whether there is such a process; one that only waits to be reaped is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., stack.Stack]:
    def make(*wanted: stack.Process) -> stack.Stack:
        return stack.Stack(wanted, env=os.environ, logs=tmp_path)

    return make


def test_killed_process_is_noticed_and_can_be_started_again(start: Callable[..., stack.Stack]):
    with start(program("one", "print('up', flush=True); import time; time.sleep(60)")) as running:
        running.kill("one")
        assert running.dead() == ["one"]
        running.restart("one")
        assert running.dead() == []
    assert running.log_text("one").count("up") == 2


def test_process_that_ends_at_once_is_a_problem_that_shows_its_last_words(start: Callable[..., stack.Stack]):
    with pytest.raises(Problem, match="no table here"):
        start(program("one", "raise SystemExit('no table here')")).start()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes where Linux lists them")
def test_nothing_is_left_when_the_supervisor_is_killed(tmp_path: Path):
    command = [sys.executable, "-c", SUPERVISOR, str(tmp_path)]
    with subprocess.Popen(command, cwd=stack.ROOT, stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout
        pids = [int(pid) for pid in supervisor.stdout.readline().split()]
        assert len(pids) == 3
        supervisor.send_signal(signal.SIGKILL)
    assert processes.wait_until(lambda: not any(map(is_running, pids)), alive=lambda: True, seconds=15)


def test_taken_port_is_named_together_with_its_variable():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Problem, match=rf"Port {port} is in use.* SANDBOX_PORT="):
            run.check_ports({"SANDBOX_PORT": port})


def test_only_lines_that_ask_for_attention_reach_the_terminal(capsys: pytest.CaptureFixture[str]):
    show = run.terminal({})
    show("web", "2026-11-22 10:00:00 INFO django: all is well")
    show("web", "2026-11-22 10:00:00 ERROR django: nothing is")
    assert capsys.readouterr().out == "    web | 2026-11-22 10:00:00 ERROR django: nothing is\n"
