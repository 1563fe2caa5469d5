"""The servers that tests and `make run` start."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from devtools.postgres import Postgres, elsewhere_path, passing_postgres
from devtools.problems import Problem


@pytest.mark.django_db
def test_database_sorts_by_code_point_on_every_machine():
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        rows = connection.execute("SELECT word FROM unnest(ARRAY['b', 'a', 'B', 'Ä']) AS word ORDER BY word").fetchall()
    assert [word for (word,) in rows] == ["B", "a", "b", "Ä"]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A folder for a cluster; as root its data may lie elsewhere, for the tests' folder is closed to others."""
    yield tmp_path / "postgres"
    shutil.rmtree(elsewhere_path(tmp_path / "postgres"), ignore_errors=True)


def test_cluster_of_another_release_is_refused_with_what_to_do(home: Path):
    server = Postgres(home)
    server.start()
    server.stop()
    (server.data / "PG_VERSION").write_text("12\n")
    with pytest.raises(Problem, match=r"made by PostgreSQL 12.*make clean"):
        server.start()


def test_folder_in_use_is_refused_and_tests_take_the_next_one(tmp_path: Path):
    first = passing_postgres(tmp_path)
    second = passing_postgres(tmp_path)
    assert (first.home.name, second.home.name) == ("postgres-0", "postgres-1")
    with pytest.raises(Problem, match="in use"):
        Postgres(first.home).start()
    first.stop()
    second.stop()


def test_second_start_keeps_the_data(home: Path):
    for statement in ("CREATE TABLE kept (word text)", "INSERT INTO kept VALUES ('kept')"):
        server = Postgres(home)
        server.start()
        try:
            with psycopg.connect(server.url) as connection:
                connection.execute(statement)
        finally:
            server.stop()
