"""What has had its time: notices, drafts that nobody finished, integrations and items deleted long ago."""

from __future__ import annotations

from datetime import datetime, timedelta

from calendarsync.models import CalendarItem, Integration, Notice, SyncRun

KEEP_NOTICES = timedelta(days=14)
KEEP_DRAFTS = timedelta(days=7)
KEEP_DELETED = timedelta(days=30)
KEEP_RUNS = timedelta(days=90)


def tidy(*, now: datetime) -> dict[str, int]:
    """Delete what is past its time for good; return how many rows of each."""
    drafts = Integration.objects.filter(finished_at=None, created_at__lt=now - KEEP_DRAFTS)
    deleted = Integration.objects.filter(deleted_at__lt=now - KEEP_DELETED, grant=None)
    return {
        "notices": Notice.objects.filter(received_at__lt=now - KEEP_NOTICES).delete()[0],
        "drafts": drafts.delete()[0],
        "integrations": deleted.delete()[0],
        "items": CalendarItem.objects.filter(deleted_at__lt=now - KEEP_DELETED).delete()[0],
        "runs": SyncRun.objects.filter(ended_at__lt=now - KEEP_RUNS).delete()[0],
    }
