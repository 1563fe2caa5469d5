"""Starts the real sandbox for tests: its own process, a free port, a database file of its own."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

ROOT = Path(__file__).resolve().parent.parent
CLIENT_ID = "sandbox-client"
CLIENT_SECRET = "sandbox-secret-1"
START_SECONDS = 30


class SandboxProcess:
    """A running sandbox: `url` is its address, `control()` calls `/_sandbox/…`; a stop keeps the data."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "sandbox.sqlite3"
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "sandbox.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._session = requests.Session()
        self._session.trust_env = False

    def start(self) -> None:
        """Start the process and wait until it answers."""
        command = [sys.executable, "-m", "cronofy_sandbox", "serve"]
        command += ["--port", str(self.port), "--database", str(self.database)]
        with self.log.open("ab") as log:
            # A group of its own, so that kill() reaches gunicorn's worker too.
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=os.environ.copy(), stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the sandbox did not start:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            return self._session.get(f"{self.url}/_sandbox/health", timeout=2).ok
        except requests.RequestException:
            return False

    def stop(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
            self._process = None

    def kill(self) -> None:
        """End the process without a chance to tidy up, its worker included."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def control(self, method: str, path: str, json: Any = None, *, status: int | None = None) -> Any:
        """Call the control API; return the JSON of its answer, which must be of that status (else below 400)."""
        answer = self._session.request(method, f"{self.url}/_sandbox/{path.lstrip('/')}", json=json, timeout=60)
        is_expected = answer.ok if status is None else answer.status_code == status
        assert is_expected, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.content else None

    def reset(self) -> None:
        """Forget everything but the default application."""
        self.control("POST", "reset", {})

    def account(self, service: str = "google", email: str = "alice@google.test", **more: Any) -> dict[str, Any]:
        """Make a person; return it with `profiles` and their `calendars` (the primary one comes first)."""
        account: dict[str, Any] = self.control("POST", "accounts", {"service": service, "email": email, **more})
        return account

    def tokens(self, account: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Grant access for the default application without the portal; return the token answer."""
        tokens: dict[str, Any] = self.control("POST", "authorizations", {"account_id": account["account_id"], **more})
        return tokens

    def events(self, calendar_id: str, query: str = "") -> list[dict[str, Any]]:
        """Return what the user sees in a calendar."""
        events: list[dict[str, Any]] = self.control("GET", f"calendars/{calendar_id}/events{query}")["events"]
        return events

    def fault(self, kind: str, **more: Any) -> dict[str, Any]:
        """Switch a fault on."""
        fault: dict[str, Any] = self.control("POST", "faults", {"kind": kind, **more})
        return fault


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[SandboxProcess]:
    """One sandbox for all tests of a run."""
    with tempfile.TemporaryDirectory(prefix="sandbox-") as folder:
        process = SandboxProcess(Path(folder))
        try:
            process.start()
            yield process
        finally:
            process.stop()


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess) -> SandboxProcess:
    """The sandbox, empty."""
    sandbox_process.reset()
    return sandbox_process
