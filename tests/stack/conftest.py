"""The whole product as real processes: web, worker, beat and sandbox, on the test database and on free ports."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import IntegrityError, OperationalError, connection
from django.utils import timezone

from calendarsync.models import Account, CalendarItem, Integration, Ticket, User
from devtools import processes, run
from devtools.stack import ROOT, Stack, beat, sandbox, web, worker
from tests.factories import GrantFactory, IntegrationFactory
from tests.sandbox_process import SandboxProcess

# The static files are collected as for production, and again only when one of them changed: compressing takes a while.
COLLECTED = ROOT / "var" / "tests"


class StackSandbox(SandboxProcess):
    """The stack's own sandbox, with the same controls as one that a test starts itself."""

    def __init__(self, port: int) -> None:
        super().__init__(Path("unused"))
        self.port = port
        self.url = f"http://127.0.0.1:{port}"


@dataclass
class Product:
    """What a test of the whole has in its hands."""

    stack: Stack
    sandbox: StackSandbox
    url: str

    def connect(self, email: str, **settings_: Any) -> Integration:
        """Return an integration of a new person with a real grant at the sandbox: the portal's result without it."""
        account = self.sandbox.account(email=email)
        tokens = self.sandbox.tokens(account)
        grant = GrantFactory.create(
            account_id=account["account_id"],
            email=email,
            access_token=tokens["access_token"],
            refresh_token=tokens["refresh_token"],
            access_expires_at=timezone.now() + timedelta(seconds=tokens["expires_in"]),
        )
        calendar = account["profiles"][0]["calendars"][0]
        now = timezone.now()
        return IntegrationFactory.create(
            grant=grant,
            calendar_id=calendar["calendar_id"],
            created_at=now,
            finished_at=now,
            takes_from=now,
            **settings_,
        )


@pytest.fixture(scope="module")
def _product(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Start everything for the tests of one module; its worker must not meddle with those of another."""
    folder = tmp_path_factory.mktemp("stack")
    web_port, sandbox_port = processes.free_port(), processes.free_port()
    base = os.environ["DATABASE_URL"].rpartition("/")[0]
    sandbox_url = f"http://127.0.0.1:{sandbox_port}"
    env = {
        **os.environ,
        "DATABASE_URL": f"{base}/{connection.settings_dict['NAME']}",
        "DATA_DIR": str(COLLECTED),
        "LEASE_SECONDS": "5",  # what a killed worker held is free again soon; no call here takes long
        "PUBLIC_URL": f"http://127.0.0.1:{web_port}",
        "CRONOFY_API_URL": sandbox_url,
        "CRONOFY_APP_URL": sandbox_url,
    }
    run.collect_static(COLLECTED, env)
    wanted = [sandbox(sandbox_port, folder / "sandbox.sqlite3"), web(web_port), worker(), beat(folder)]
    with Stack(wanted, env=env, logs=folder / "logs") as stack:
        yield Product(stack, StackSandbox(sandbox_port), f"http://127.0.0.1:{web_port}")


@pytest.fixture
def transactional_db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """In place of pytest-django's, whose TRUNCATE deadlocks with processes that still read: rows are deleted."""
    with django_db_blocker.unblock():
        yield
        _empty_database()


@pytest.fixture
def product(_product: Product, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Product]:
    """The running product, with an empty database and an empty sandbox, and our own process talking to the same."""
    _product.sandbox.reset()
    monkeypatch.setattr(settings, "CRONOFY_API_URL", _product.sandbox.url)
    yield _product
    _product.sandbox.reset()


def _empty_database() -> None:
    """Delete everything; a process that still writes may get in the way once or twice."""
    # Whoever is in the middle of a pass loses its lease, and with it the right to write rows of what is deleted here.
    Integration.objects.update(deleted_at=timezone.now(), grant=None, lease_holder=None, leased_until=None)
    for tries_left in (2, 1, 0):
        try:
            for model in (Integration, CalendarItem, Ticket, Account, Session, LogEntry, User):
                model.objects.all().delete()
            break
        except (OperationalError, IntegrityError):
            if not tries_left:
                raise
    connection.close()


@pytest.fixture
def eventually() -> Callable[..., None]:
    """Wait for something that other processes bring about."""

    def wait(condition: Callable[[], Any], *, seconds: float = 20) -> None:
        if not processes.wait_until(lambda: bool(condition()), alive=lambda: True, seconds=seconds):
            raise AssertionError(f"not within {seconds} s: {condition}")

    return wait
