"""Starts a sandbox that has never been used, and lets the official Node client loose on it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from devtools.setup import node_and_npm
from tests.sandbox_process import SandboxProcess

SESSION = Path(__file__).parent / "session.mjs"


def main() -> int:
    """Run the session; return its exit code, which is not 0 when any check failed."""
    node, _ = node_and_npm()
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        sandbox = SandboxProcess(Path(folder))
        sandbox.start()
        try:
            return subprocess.run([*node, str(SESSION), sandbox.url], check=False).returncode
        finally:
            sandbox.stop()


if __name__ == "__main__":
    sys.exit(main())
