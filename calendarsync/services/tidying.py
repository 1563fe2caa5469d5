"""What has had its time: notices, drafts that nobody finished, integrations and items deleted long ago."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from calendarsync.models import CalendarItem, Integration, Notice, PushJob, SyncRun

KEEP_NOTICES = timedelta(days=14)
KEEP_DRAFTS = timedelta(days=7)
KEEP_DELETED = timedelta(days=30)
KEEP_RUNS = timedelta(days=90)


def tidy(*, now: datetime) -> dict[str, int]:
    """Delete what is past its time for good; return how many rows of each."""
    drafts = Integration.objects.filter(finished_at=None, deleted_at=None, created_at__lt=now - KEEP_DRAFTS)
    deleted = Integration.objects.filter(deleted_at__lt=now - KEEP_DELETED, grant=None)
    # An item whose deletion a linked calendar has not heard of yet is needed to tell it.
    owed = PushJob.objects.filter(item=OuterRef("pk"), gave_up_at=None)
    items = CalendarItem.objects.filter(~Exists(owed), deleted_at__lt=now - KEEP_DELETED)
    return {
        "notices": Notice.objects.filter(received_at__lt=now - KEEP_NOTICES).delete()[0],
        # Deleted as if by hand: the worker gives the permission back first.
        "drafts": drafts.update(deleted_at=now, is_active=False),
        "integrations": deleted.delete()[0],
        "items": items.delete()[0],
        "runs": SyncRun.objects.filter(ended_at__lt=now - KEEP_RUNS).delete()[0],
    }
