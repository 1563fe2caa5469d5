"""`make run`: servers, tables, demo data, then web, worker, beat and sandbox; one Ctrl-C ends all of it."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from devtools import configuration, processes, stack
from devtools.configuration import ROOT, Configuration
from devtools.postgres import Postgres
from devtools.problems import Problem
from devtools.valkey import Valkey
from devtools.watchdog import Watchdog

WORTH_SHOWING = re.compile(r"\b(WARNING|ERROR|CRITICAL)\b|Traceback \(most recent")
STATIC_INPUTS = ("static", "calendarsync/static", "build/frontend", "requirements.txt", "bmscal/settings.py")


class StopAsked(BaseException):
    """Ctrl-C or a signal to stop: wherever we are, leave by the way of all `finally` clauses."""


def main(arguments: list[str]) -> int:
    """Run until stopped; the exit code is 0 then, and 1 when something could not start or ended by itself."""
    parser = argparse.ArgumentParser(prog="make run")
    parser.add_argument("--only", choices=["sandbox"], help="start nothing but the sandbox")
    options = parser.parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, ask_to_stop)
    try:
        config = configuration.read()
        code = run_sandbox(config) if options.only else run_all(config)
    except StopAsked:
        code = 0
    except Problem as problem:
        print(problem, file=sys.stderr)
        code = 1
    except OSError as error:
        print(f"{error.strerror or error}: {error.filename or ''}", file=sys.stderr)
        code = 1
    return code


def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
    """Handle the first signal; the clean-up that follows is not to be interrupted by a second one."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise StopAsked


def run_all(config: Configuration) -> int:
    """Start everything and watch over it."""
    check_ports(config.ports())
    parent = os.getppid()
    with servers(config) as env:
        prepare(config, env)
        wanted = [stack.web(config.port), stack.worker(), stack.beat(config.data_dir)]
        if config.uses_sandbox:
            wanted.insert(0, stack.sandbox(config.sandbox_port, config.sandbox_database))
        with timed("Starting " + ", ".join(process.name for process in wanted)):
            running = stack.Stack(wanted, env=env, logs=config.data_dir / "logs", show=terminal(env))
            running.start()
        try:
            print(welcome(config), flush=True)
            return watch(running, parent)
        finally:
            print("\nStopping ...", flush=True)
            running.stop()


def run_sandbox(config: Configuration) -> int:
    """Start the sandbox alone, for any other client of Cronofy."""
    check_ports({"SANDBOX_PORT": config.sandbox_port})
    parent = os.getppid()
    config.data_dir.mkdir(parents=True, exist_ok=True)
    stored = configuration.stored_secrets(config.data_dir)
    env = config.environment(stored, database_url="", redis_url="")
    process = stack.sandbox(config.sandbox_port, config.sandbox_database)
    with stack.Stack([process], env=env, logs=config.data_dir / "logs", show=terminal(env)) as running:
        print(
            f"\n  Cronofy sandbox   {config.sandbox_url}/   client sandbox-client, secret sandbox-secret-1\n",
            flush=True,
        )
        return watch(running, parent)


def check_ports(ports: Mapping[str, int]) -> None:
    """Raise Problem for the first port that is taken, naming the variable that moves it."""
    for variable, port in ports.items():
        if not processes.port_is_free(port):
            raise Problem(
                f"Port {port} is in use: stop the program that has it, or choose another: make run {variable}=..."
            )


@contextlib.contextmanager
def servers(config: Configuration) -> Iterator[dict[str, str]]:
    """Start PostgreSQL and Valkey unless given ones are to be used; yield the application's environment."""
    config.data_dir.mkdir(parents=True, exist_ok=True)
    stored = configuration.stored_secrets(config.data_dir)
    with contextlib.ExitStack() as clean_up:
        watchdog = Watchdog()
        clean_up.callback(watchdog.close)
        database_url, redis_url = config.given.get("DATABASE_URL", ""), config.given.get("REDIS_URL", "")
        if not database_url:
            postgres = Postgres(config.data_dir / "postgres")
            clean_up.callback(postgres.stop)
            with timed("Starting PostgreSQL"):
                postgres.start()
            watchdog.guard(postgres.group)
            database_url = postgres.url
        if not redis_url:
            valkey = Valkey(config.data_dir / "valkey", password=stored["VALKEY_PASSWORD"])
            clean_up.callback(valkey.stop)
            with timed("Starting Valkey"):
                valkey.start()
            watchdog.guard(valkey.group)
            redis_url = valkey.url
        note = config.data_dir / "servers.json"
        configuration.write_private(note, configuration.as_json({"DATABASE_URL": database_url, "REDIS_URL": redis_url}))
        clean_up.callback(lambda: note.unlink(missing_ok=True))
        yield config.environment(stored, database_url=database_url, redis_url=redis_url)


def prepare(config: Configuration, env: Mapping[str, str]) -> None:
    """Bring tables, demo data and static files up to date; each is quick when nothing is new."""
    with timed("Migrating the database"):
        manage(env, "migrate", "--verbosity=0")
    with timed("Loading the demo data"):
        manage(env, "load_demo")
    collect_static(config.data_dir, env)


def collect_static(data_dir: Path, env: Mapping[str, str]) -> None:
    """Collect and compress the static files when one of them changed since the last time."""
    mark, now = data_dir / "static.mark", fingerprint(STATIC_INPUTS)
    if mark.exists() and mark.read_text() == now and (data_dir / "static").is_dir():
        return
    with timed("Collecting the static files"):
        manage(env, "collectstatic", "--noinput", "--clear", "--verbosity=0")
    mark.write_text(now)


def fingerprint(inputs: tuple[str, ...]) -> str:
    """Return a text that changes when a file below one of these paths does."""
    digest = hashlib.sha256()
    for name in inputs:
        path = ROOT / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                digest.update(f"{file.relative_to(ROOT)} {file.stat().st_size} {file.stat().st_mtime_ns}\n".encode())
    return digest.hexdigest()


def manage(env: Mapping[str, str], *arguments: str) -> None:
    """Run a management command. Raises Problem with the last line of what it said."""
    command = subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=processes.die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - only calls prctl
    )
    try:
        said, _ = command.communicate()
    finally:
        if command.poll() is None:
            command.kill()
            command.wait()
    if command.returncode:
        log = Path(env["DATA_DIR"]) / "logs" / "manage.log"
        log.parent.mkdir(exist_ok=True)
        log.write_text(said)
        raise Problem(f"`manage.py {arguments[0]}` failed: {telling_line(said)} (all of it: {log})")


def telling_line(said: str) -> str:
    """Return the line of a program's output that says best what went wrong: the last one that names an error."""
    lines = [line.strip() for line in said.splitlines() if line.strip()] or ["it said nothing"]
    return ([line for line in lines if re.search(r"Error|error|Unknown command", line)] or lines)[-1]


def watch(running: stack.Stack, parent: int) -> int:
    """Return 1 when a process ends by itself, 0 when the program that started us is gone."""
    while not (dead := running.dead()):
        time.sleep(0.2)
        if os.getppid() != parent:
            return 0
    print(
        f"{dead[0]} ended by itself, so all is stopped. Its last lines:\n{running.last_lines(dead[0])}", file=sys.stderr
    )
    return 1


@contextlib.contextmanager
def timed(title: str) -> Iterator[None]:
    """Say what is being done and how long it took."""
    started = time.monotonic()
    print(f"{title} ... ", end="", flush=True)
    try:
        yield
    except BaseException:
        print(flush=True)
        raise
    print(f"{time.monotonic() - started:.1f} s", flush=True)


def terminal(env: Mapping[str, str]) -> stack.Show:
    """Return what to do with the processes' lines: all with VERBOSE=1, else only those that ask for attention."""
    everything = env.get("VERBOSE", "") not in ("", "0")

    def show(name: str, line: str) -> None:
        if everything or WORTH_SHOWING.search(line):
            print(f"{name:>7} | {line}", flush=True)

    return show


def welcome(config: Configuration) -> str:
    """Return the short block that a newcomer reads first."""
    lines = [
        "",
        "  BMS Calendar is running.",
        "",
        f"    BMS               {config.url}/",
    ]
    if config.uses_sandbox:
        lines.append(f"    Cronofy sandbox   {config.sandbox_url}/")
    lines += [
        "    Log in as         alice, bob or carol (admin for the admin site), password: demo",
        "",
        "  Try first: log in as alice, press Calendar Sync at the top right, then Click to Connect.",
    ]
    if config.uses_sandbox:
        lines.append(
            '  Choose a service, "Use demo account", walk the four steps, then add an appointment on either side.'
        )
    elif urlsplit(config.given.get("PUBLIC_URL", config.url)).hostname in ("127.0.0.1", "localhost"):
        lines.append(
            "  Cronofy cannot reach this machine: set PUBLIC_URL to a public address, or its changes arrive late."
        )
    logs = config.data_dir / "logs"
    shown = logs.relative_to(ROOT) if logs.is_relative_to(ROOT) else logs
    lines += ["", f"  Logs: {shown}/ (VERBOSE=1 shows them here). Ctrl-C stops everything; the data stays.", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
