"""A nudge is a hint: sent once the change is saved, and missed by nobody when it cannot be sent."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from celery import Celery
from django.conf import settings
from django.db import transaction

from calendarsync.services import nudges

pytestmark = pytest.mark.django_db
Capture = Callable[..., AbstractContextManager[list[Any]]]


class Broker:
    """Takes messages down."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, dict[str, int]]] = []

    def send_task(self, name: str, *, kwargs: dict[str, int], **_options: object) -> None:
        """Take a message down."""
        self.messages.append((name, kwargs))


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    broker = Broker()
    monkeypatch.setattr(nudges, "current_app", broker)
    return broker


def test_a_nudge_goes_out_once_the_change_is_saved(broker: Broker, django_capture_on_commit_callbacks: Capture) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        nudges.sync_soon(7)
        assert broker.messages == []
    assert broker.messages == [("calendarsync.sync", {"integration_id": 7})]


def test_a_change_that_is_taken_back_nudges_nobody(broker: Broker, django_capture_on_commit_callbacks: Capture) -> None:
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        nudges.sync_soon(7)
        transaction.set_rollback(True)
    assert broker.messages == []


def test_without_a_broker_the_change_is_saved_all_the_same(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Capture
) -> None:
    monkeypatch.setattr(nudges, "current_app", _without_broker())
    with caplog.at_level(logging.WARNING), django_capture_on_commit_callbacks(execute=True):
        nudges.sync_soon(7)
    assert "the sweep will find the work" in caplog.text


def test_nobody_waits_long_for_a_broker_that_is_away(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Capture
) -> None:
    """Cronofy gives up on a notification that is not answered within five seconds."""
    monkeypatch.setattr(nudges, "current_app", _without_broker())
    begun = time.monotonic()
    with django_capture_on_commit_callbacks(execute=True):
        nudges.sync_soon(7)
    assert time.monotonic() - begun < 4


def _without_broker() -> Celery:
    app = Celery(broker="redis://127.0.0.1:1/0")
    app.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    return app
