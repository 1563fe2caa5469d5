"""`make migrate` and `make shell`: manage.py on the database of `make run`, whether that is running or not."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator

from devtools import configuration, run
from devtools.configuration import ROOT, Configuration
from devtools.postgres import Postgres
from devtools.problems import Problem


def main(arguments: list[str]) -> int:
    """Return the exit code of `manage.py <arguments>`."""
    try:
        with environment(configuration.read()) as env:
            return subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=env, check=False).returncode
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1


@contextlib.contextmanager
def environment(config: Configuration) -> Iterator[dict[str, str]]:
    """Yield the application's environment with the servers of a running `make run`, else with own ones."""
    note = config.data_dir / "servers.json"
    probe = Postgres(config.data_dir / "postgres")
    if probe.claim():
        probe.stop()
        with run.servers(config) as env:
            yield env
    elif note.exists():
        urls = json.loads(note.read_text())
        stored = configuration.stored_secrets(config.data_dir)
        yield config.environment(stored, database_url=urls["DATABASE_URL"], redis_url=urls["REDIS_URL"])
    else:
        raise Problem("`make run` is just starting; try again in a moment.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
