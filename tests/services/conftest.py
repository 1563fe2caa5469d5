"""A linked calendar in memory, and a pass over it by hand: services without workers and HTTP."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from calendarsync.models import Integration
from calendarsync.services import nudges, syncing, tokens
from tests.factories import NOW
from tests.fakes import FakeClock, FakeCronofy


@pytest.fixture
def clock() -> FakeClock:
    """Time stands still unless a test moves it."""
    return FakeClock(NOW)


@pytest.fixture
def cronofy(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> FakeCronofy:
    """The account that every grant leads to."""
    fake = FakeCronofy(clock)
    monkeypatch.setattr(tokens, "client_for", lambda _grant, *, clock: fake)  # noqa: ARG005 - the real one's names
    return fake


@pytest.fixture
def nudged(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The integrations for which a worker was called; none is."""
    called: list[int] = []
    monkeypatch.setattr(nudges, "_send", called.append)
    return called


@pytest.fixture
def sync(cronofy: FakeCronofy, clock: FakeClock, nudged: list[int]) -> Callable[[Integration], None]:
    """Look after one integration until there is nothing left to do."""

    def until_quiet(integration: Integration) -> None:
        for _ in range(10):
            if not syncing.run(integration_id=integration.pk, clock=clock):
                return
        raise AssertionError("there is always more to do")

    return until_quiet
