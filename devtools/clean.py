"""`make clean`: remove what set-up and running made. Standard library only: there may be no virtual environment."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from devtools import configuration  # noqa: E402 - found by the line above
from devtools.postgres import Postgres, elsewhere_path  # noqa: E402
from devtools.problems import Problem  # noqa: E402

MADE = (".venv", "node_modules", "build", "var", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis")


def main() -> None:
    """Remove it all; refuse while something runs on it."""
    config = configuration.read()
    server = Postgres(config.data_dir / "postgres", install=Path())
    if not server.claim():
        raise Problem(f"{config.data_dir} is in use: stop `make run` first.")
    server.stop()
    shutil.rmtree(elsewhere_path(server.asked_home), ignore_errors=True)
    for path in [config.data_dir, *(configuration.ROOT / name for name in MADE)]:
        shutil.rmtree(path, ignore_errors=True)
    print("Removed what set-up and running made. The next `make run` starts afresh.")


if __name__ == "__main__":
    try:
        main()
    except Problem as problem:
        sys.exit(str(problem))
