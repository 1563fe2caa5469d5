"""Several workers at once, each with a database connection of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

T = TypeVar("T")
PATIENCE = 20
"""Seconds after which a worker that waits for another gives up: a test must end."""


def at_once(*jobs: Callable[[], T]) -> list[T]:
    """Run the jobs in threads and return what each returned; the first exception is raised here."""

    def with_own_connection(job: Callable[[], T]) -> T:
        try:
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        futures = [pool.submit(with_own_connection, job) for job in jobs]
        return [future.result(timeout=PATIENCE) for future in futures]
