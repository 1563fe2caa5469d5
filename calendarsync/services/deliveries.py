"""Taking in notifications: write down "look again since ...", and nothing else. The work is a task's."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Least

from calendarsync.cronofy.wire import Notification
from calendarsync.models import Grant, Integration, Notice
from calendarsync.services import nudges

CHANGE = "change"
PROFILE_LOST = "profile_disconnected"
FIRST_SYNC_DONE = "profile_initial_sync_completed"


def accept(*, hook_token: str, notification: Notification, now: datetime) -> bool:
    """Store a genuine notification. False if the address is of no integration of ours (any more).

    The channel's id is not compared: the first notification races the answer in which we learn of it.
    """
    integration = Integration.objects.filter(hook_token=hook_token, deleted_at=None).first()
    if integration is None:
        return False
    with transaction.atomic():
        Notice.objects.create(
            integration=integration,
            channel_id=notification.channel_id,
            kind=notification.kind,
            changes_since=notification.changes_since,
            received_at=now,
        )
        _note(integration, notification, now=now)
    return True


def _note(integration: Integration, notification: Notification, *, now: datetime) -> None:
    """Remember what follows from it: both the earliest change and a counter, since one cannot serve for both."""
    rows = Integration.objects.filter(pk=integration.pk)
    rows.update(last_notice_at=now)
    if notification.kind == PROFILE_LOST:
        Grant.objects.filter(integrations=integration, profile_lost_at=None).update(profile_lost_at=now)
    if notification.kind == FIRST_SYNC_DONE:
        # What the provider had not imported yet was missing in every read so far: start from the beginning.
        rows.update(cursor=None)
    if notification.kind in (CHANGE, FIRST_SYNC_DONE):
        since = notification.changes_since
        # In PostgreSQL LEAST passes over NULL, so the first value stands.
        earliest = Least(Coalesce("changes_since", since), since) if since is not None else F("changes_since")
        rows.update(dirty_seq=F("dirty_seq") + 1, changes_since=earliest)
        nudges.sync_soon(integration.pk)
