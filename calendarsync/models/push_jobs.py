"""The outbox: the promise to send, saved in the transaction of the change that owes it."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from calendarsync.models.integrations import Integration
from calendarsync.models.items import CalendarItem


class PushJobQuerySet(models.QuerySet["PushJob"]):
    """The questions asked of push jobs."""

    def due(self, now: datetime) -> Self:
        """Only what may be sent at `now`, without what we gave up."""
        return self.filter(gave_up_at=None, due_at__lte=now)

    def working(self) -> Self:
        """Only those of integrations that sync at present."""
        integrations = Integration.objects.working()
        return self.filter(integration__in=integrations)


class PushJob(models.Model):
    """One row for each pair that is owed a push; saving the item fifty times is still one push.

    Who sends it is settled by the integration's lease. The row goes only if the item's `rev` is still the one sent.
    """

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="push_jobs")
    item = models.ForeignKey(CalendarItem, on_delete=models.CASCADE, related_name="push_jobs")
    run = models.ForeignKey(
        "calendarsync.SyncRun", null=True, blank=True, on_delete=models.SET_NULL, related_name="push_jobs"
    )
    is_bulk = models.BooleanField(default=False, help_text="Part of a large run; single edits go first.")
    owed_since = models.DateTimeField()
    due_at = models.DateTimeField()
    failures = models.PositiveIntegerField(default=0)
    gave_up_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True, default="")

    objects = PushJobQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["integration", "item"], name="pushjob_once_per_pair"),
            models.CheckConstraint(condition=Q(gave_up_at=None) | ~Q(reason=""), name="pushjob_gave_up_for_a_reason"),
        ]
        indexes = [
            models.Index(fields=["integration", "is_bulk", "due_at"], name="pushjob_due", condition=Q(gave_up_at=None)),
            models.Index(fields=["due_at"], name="pushjob_sweep", condition=Q(gave_up_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.item} to {self.integration}"
