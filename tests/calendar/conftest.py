"""Somebody who is logged in, with a calendar of their own; no worker is called."""

from __future__ import annotations

import pytest
from django.test import Client

from calendarsync.models import Integration, User
from calendarsync.services import nudges
from tests.factories import GrantFactory, IntegrationFactory, UserFactory


@pytest.fixture
def person(db: None) -> User:
    """Lives in Berlin."""
    return UserFactory(username="dana", first_name="Dana", last_name="Dahl")


@pytest.fixture
def colleague(db: None) -> User:
    """Lives in New York."""
    return UserFactory(username="eli", first_name="Eli", last_name="Eng", time_zone="America/New_York")


@pytest.fixture
def browser(client: Client, person: User) -> Client:
    """A browser in which the person is logged in."""
    client.force_login(person)
    return client


@pytest.fixture
def integration(person: User) -> Integration:
    """The person's linked calendar, everything ticked."""
    return IntegrationFactory(grant=GrantFactory(user=person))


@pytest.fixture(autouse=True)
def nudged(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The integrations for which a worker was called; none is."""
    called: list[int] = []
    monkeypatch.setattr(nudges, "_send", called.append)
    return called
