"""The pytest plugin that gives the tests real servers and a complete environment.

pytest-django reads the settings before any conftest.py is seen; a plugin named by `-p` is imported earlier still, so
everything that the settings need is made here, at import. xdist's workers inherit the variables and start nothing.

The suite has two halves, for the application and the sandbox are two Django projects and a process can hold only
one. Which half runs follows from the folders named; without any it is the application's.
"""

from __future__ import annotations

import atexit
import os
import sys
from pathlib import Path

import pytest

from devtools import environment
from devtools.postgres import passing_postgres
from devtools.problems import Problem
from devtools.valkey import Valkey

ROOT = Path(__file__).resolve().parent.parent
SANDBOX_FOLDERS = (ROOT / "tests" / "sandbox", ROOT / "tests" / "sandbox_pages")


def _start_servers() -> None:
    if "DATABASE_URL" not in os.environ:
        postgres = passing_postgres(ROOT / "var" / "tests")
        postgres.start()
        atexit.register(postgres.stop)  # also when pytest ends before it has begun
        os.environ["DATABASE_URL"] = postgres.url
    if "REDIS_URL" not in os.environ:
        valkey = Valkey()
        valkey.start()
        atexit.register(valkey.stop)
        os.environ["REDIS_URL"] = valkey.url


def _is_sandbox(path: Path) -> bool:
    return any(path == folder or folder in path.parents for folder in SANDBOX_FOLDERS)


def _asks_for_sandbox(arguments: list[str]) -> bool:
    paths = [Path(argument.split("::")[0]).resolve() for argument in arguments if not argument.startswith("-")]
    existing = [path for path in paths if path.exists()]
    return bool(existing) and all(_is_sandbox(path) for path in existing)


if "PYTEST_XDIST_WORKER" not in os.environ:
    environment.use_test_values()
    if _asks_for_sandbox(sys.argv[1:]):
        os.environ["DJANGO_SETTINGS_MODULE"] = "cronofy_sandbox.settings"
    else:
        os.environ["DJANGO_SETTINGS_MODULE"] = "bmscal.settings"
        try:
            _start_servers()
        except Problem as problem:
            raise pytest.UsageError(str(problem)) from None


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave the other project's half out."""
    for_sandbox = os.environ["DJANGO_SETTINGS_MODULE"] == "cronofy_sandbox.settings"
    if _is_sandbox(collection_path) and not for_sandbox:
        return True
    return None


def pytest_report_header() -> list[str]:
    """Say which servers the tests talk to: a system's older one on PATH must not go unnoticed."""
    if os.environ["DJANGO_SETTINGS_MODULE"] == "cronofy_sandbox.settings":
        return ["half: sandbox"]
    return [f"half: application, PostgreSQL {_postgres_version()}, Valkey or Redis {_valkey_version()}"]


def _postgres_version() -> str:
    import psycopg

    with psycopg.connect(os.environ["DATABASE_URL"], connect_timeout=10) as connection:
        return str(connection.execute("SHOW server_version").fetchone()[0])  # type: ignore[index]


def _valkey_version() -> str:
    import redis

    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        about = client.info("server")
    return str(about.get("valkey_version", about["redis_version"]))
