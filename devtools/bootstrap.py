"""The first program of every `make` target: refuses an old Python in one line, sets up, becomes the tool asked for.

Usage: python3 bootstrap.py run|test|check [arguments of the Python in .venv]

Runs under whatever `python3` is, so this file keeps to syntax that even an old one can read.
"""

import os
import sys

ENOUGH = (3, 11)
TOO_OLD = "BMS Calendar needs Python 3.11 or newer; {} is {}.{}. Name a newer one: make run PYTHON=python3.12"


def main(arguments: "list[str]") -> None:
    """Check the Python, set up for the goal named first, and hand over to the virtual environment's Python."""
    if sys.version_info < ENOUGH:
        sys.exit(TOO_OLD.format(sys.executable, *sys.version_info[:2]))
    if os.name != "posix":
        sys.exit("BMS Calendar's local set-up needs Linux or macOS; on Windows use WSL.")
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - see above
    from devtools import setup

    setup.main(arguments[0], arguments[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
