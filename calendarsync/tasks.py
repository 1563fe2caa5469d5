"""Celery's way in: each task makes one service call. The rows are the promise, a message is only a nudge."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from calendarsync.services import nudges, profiles, syncing, tidying


@shared_task(name="calendarsync.sync", acks_late=True, ignore_result=True)
def sync(*, integration_id: int, **_newer: object) -> None:
    """Do what one integration needs at present, in either direction."""
    if syncing.run(integration_id=integration_id):
        nudges.sync_soon(integration_id)


@shared_task(name="calendarsync.sweep", ignore_result=True)
def sweep(**_newer: object) -> None:
    """Find the work that a lost message or notification left behind."""
    for integration_id in syncing.integrations_with_work(now=timezone.now()):
        nudges.sync_soon(integration_id)


@shared_task(name="calendarsync.recheck", ignore_result=True)
def recheck(**_newer: object) -> None:
    """Look whether mailboxes that Cronofy had lost are back."""
    profiles.recheck(clock=timezone.now)


@shared_task(name="calendarsync.tidy", ignore_result=True)
def tidy(**_newer: object) -> None:
    """Delete what is past its time."""
    tidying.tidy(now=timezone.now())
