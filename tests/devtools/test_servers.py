"""The servers that tests and `make run` start."""

import os

import psycopg
import pytest


@pytest.mark.django_db
def test_database_sorts_by_code_point_on_every_machine():
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        rows = connection.execute("SELECT word FROM unnest(ARRAY['b', 'a', 'B', 'Ä']) AS word ORDER BY word").fetchall()
    assert [word for (word,) in rows] == ["B", "a", "b", "Ä"]
