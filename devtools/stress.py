"""`make stress`: the convergence test with thousands of examples instead of the few that the suite can afford."""

from __future__ import annotations

import os
import sys

from devtools.tests import pytest


def main() -> int:
    """Say how many examples are drawn, draw them, and return pytest's exit code."""
    examples = os.environ.setdefault("CONVERGENCE_EXAMPLES", "2000")
    print(f"{examples} examples of random edits and faults (CONVERGENCE_EXAMPLES), about a second each.", flush=True)
    return pytest(["tests/services/test_convergence.py", "-s"])


if __name__ == "__main__":
    sys.exit(main())
