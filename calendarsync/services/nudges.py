"""Hints to the workers that there is something to do. Never a promise: a lost one is found by the sweep."""

from __future__ import annotations

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def sync_soon(integration_id: int) -> None:
    """Ask a worker, once the transaction at hand is committed, to look after one integration."""
    transaction.on_commit(partial(_send, integration_id))


def _send(integration_id: int) -> None:
    """Send the message by the task's name, so that services need not know the tasks above them."""
    try:
        current_app.send_task(
            "calendarsync.sync", kwargs={"integration_id": integration_id}, ignore_result=True, retry=False
        )
    except OperationalError:
        # The person's change is saved and owed; it must not fail because the broker is away.
        logger.warning("No broker for a nudge of integration %s; the sweep will find the work.", integration_id)
