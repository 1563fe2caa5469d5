"""Start, watch, kill and restart the application's processes: for `make run` and for the end-to-end tests alike."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from devtools import processes
from devtools.problems import Problem
from devtools.watchdog import Watchdog

ROOT = Path(__file__).resolve().parent.parent
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy must not be asked for 127.0.0.1
Show = Callable[[str, str], None]


@dataclass(frozen=True)
class Process:
    """How one process is started, and how one sees that it is ready: by an address or by a line it writes."""

    name: str
    module: str
    arguments: tuple[str, ...]
    ready_url: str = ""
    ready_line: str = ""

    @property
    def command(self) -> list[str]:
        """Return the command line; always the Python that runs us."""
        return [sys.executable, "-m", self.module, *self.arguments]


def web(port: int) -> Process:
    """Return the web server as production runs it, on this machine only."""
    options = ("--bind", f"127.0.0.1:{port}", "--threads", "16", "--no-control-socket", "--access-logfile", "-")
    return Process("web", "gunicorn", (*options, "bmscal.wsgi"), ready_url=f"http://127.0.0.1:{port}/readyz")


def worker() -> Process:
    """Return the Celery worker. Threads: its work is waiting for Cronofy."""
    options = ("worker", "-P", "threads", "-c", "16", "--without-gossip", "--without-mingle", "-l", "info")
    return Process("worker", "celery", ("-A", "bmscal", *options), ready_line=r"\bready\.")


def beat(data_dir: Path) -> Process:
    """Return Celery's clock."""
    options = ("beat", "-s", str(data_dir / "celerybeat-schedule"), "--pidfile=", "-l", "info")
    return Process("beat", "celery", ("-A", "bmscal", *options), ready_line="beat: Starting")


def sandbox(port: int, database: Path) -> Process:
    """Return the local Cronofy with its own database."""
    options = ("serve", "--port", str(port), "--database", str(database))
    return Process("sandbox", "cronofy_sandbox", options, ready_url=f"http://127.0.0.1:{port}/_sandbox/health")


class Running:
    """A started process with the thread that copies its output into a log file."""

    def __init__(self, process: Process, *, env: Mapping[str, str], log: Path, show: Show) -> None:
        self.definition = process
        self.log = log
        self.has_said_ready = False
        self._show = show
        self.child = subprocess.Popen(
            process.command,
            cwd=ROOT,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us only; we end the children in order
            preexec_fn=processes.die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - only calls prctl
        )
        self._copier = threading.Thread(target=self._copy_output, daemon=True)
        self._copier.start()

    def _copy_output(self) -> None:
        ready_line = re.compile(self.definition.ready_line) if self.definition.ready_line else None
        output: IO[bytes] | None = self.child.stdout
        with self.log.open("ab", buffering=0) as log:
            for raw in output or ():
                log.write(raw)
                line = raw.decode(errors="replace").rstrip()
                if ready_line and ready_line.search(line):
                    self.has_said_ready = True
                self._show(self.definition.name, line)

    def is_alive(self) -> bool:
        """Tell whether the process runs."""
        return self.child.poll() is None

    def is_ready(self) -> bool:
        """Tell whether it does its work."""
        if self.definition.ready_url:
            return answers(self.definition.ready_url)
        return self.has_said_ready or not self.definition.ready_line

    def last_lines(self, count: int = 15) -> str:
        """Return the end of its log."""
        self._copier.join(timeout=1)
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])

    def finish(self) -> None:
        """Wait until the rest of its output is in the log; call when it has ended."""
        processes.kill_group(self.child)
        self._copier.join(timeout=5)
        if self.child.stdout:
            self.child.stdout.close()


class Stack:
    """A set of processes that live and die together; start it from the main thread."""

    def __init__(
        self, processes_wanted: Iterable[Process], *, env: Mapping[str, str], logs: Path, show: Show | None = None
    ) -> None:
        self.definitions = {process.name: process for process in processes_wanted}
        self.env = dict(env)
        self.logs = logs
        self._show = show or (lambda _name, _line: None)
        self._running: dict[str, Running] = {}
        self._watchdog: Watchdog | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start all and return when all are ready. Raises Problem, with everything stopped, when one isn't."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self._watchdog = Watchdog()
        try:
            for name in self.definitions:
                self._launch(name)
            for name in self.definitions:
                self.wait_ready(name)
        except BaseException:
            self.stop()
            raise

    def _launch(self, name: str) -> None:
        log = self.logs / f"{name}.log"
        if log.exists() and name not in self._running:
            log.replace(log.with_suffix(".log.old"))  # one earlier run is kept to look at
        self._running[name] = running = Running(self.definitions[name], env=self.env, log=log, show=self._show)
        if self._watchdog:
            self._watchdog.guard(running.child.pid)

    def wait_ready(self, name: str, *, seconds: float = 60) -> None:
        """Return when this process does its work. Raises Problem with the end of its log."""
        running = self._running[name]
        if not processes.wait_until(running.is_ready, alive=running.is_alive, seconds=seconds):
            state = "is not ready" if running.is_alive() else f"ended with {running.child.returncode}"
            raise Problem(f"{name} {state}. The end of {running.log}:\n{running.last_lines()}")

    def dead(self) -> list[str]:
        """Return the names of processes that ended although nobody asked them to."""
        return [name for name, running in self._running.items() if not running.is_alive()]

    def last_lines(self, name: str) -> str:
        """Return the end of a process's log."""
        return self._running[name].last_lines()

    def log_text(self, name: str) -> str:
        """Return all that a process has written since the stack was made."""
        return (self.logs / f"{name}.log").read_text(errors="replace")

    def kill(self, name: str) -> None:
        """End a process as a power cut would: SIGKILL, no farewell."""
        self._end(name, processes.kill_group)

    def restart(self, name: str) -> None:
        """Stop the process if it still runs, start it again and return when it is ready."""
        self._end(name, processes.stop)
        self._launch(name)
        self.wait_ready(name)

    def _end(self, name: str, how: Callable[[subprocess.Popen[bytes]], None]) -> None:
        running = self._running[name]
        how(running.child)
        running.finish()
        if self._watchdog:
            self._watchdog.let_go(running.child.pid)

    def stop(self, *, patience: float = 10.0) -> None:
        """Ask all to end, end them after `patience` seconds, and leave nothing behind."""
        for running in reversed(self._running.values()):
            if running.is_alive():
                running.child.send_signal(signal.SIGTERM)
        everyone = list(self._running.values())
        processes.wait_until(
            lambda: not any(running.is_alive() for running in everyone), alive=lambda: True, seconds=patience
        )
        for name in self._running:
            self._end(name, processes.kill_group)
        self._running.clear()
        if self._watchdog:
            self._watchdog.close()
            self._watchdog = None


def answers(url: str) -> bool:
    """Tell whether a GET of this address gives 200."""
    try:
        with DIRECT.open(url, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
