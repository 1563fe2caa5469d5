"""`make test`: the suite's two halves, one pytest run each, for the two Django projects can't share a process."""

from __future__ import annotations

import subprocess
import sys

from devtools.setup import ROOT

HALVES = (["tests"], ["tests/sandbox", "tests/sandbox_pages"])
NOTHING_COLLECTED = 5


def main(arguments: list[str]) -> int:
    """Run both halves, or once what the arguments name; return the first exit code that is not 0."""
    runs = [arguments] if arguments else [[path for path in half if (ROOT / path).exists()] for half in HALVES]
    codes = [pytest(run) for run in runs if run]
    return next((code for code in codes if code), 0)


def pytest(arguments: list[str]) -> int:
    """Run pytest as a module, so that the repository is importable for its plugin."""
    code = subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, check=False).returncode
    if code == NOTHING_COLLECTED:
        print(f"No test was found by: pytest {' '.join(arguments)}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
