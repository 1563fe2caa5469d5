"""The log: every run, and what became of every item in it. Append-only; pages read it, never the broker."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from calendarsync.models.integrations import Integration
from calendarsync.models.items import CalendarItem


class Trigger(models.TextChoices):
    """What started a run."""

    MANUAL = "manual", "Manual"
    LIVE = "live", "Live"
    SCHEDULED = "scheduled", "Scheduled"
    FIRST = "first", "First run"


class Direction(models.TextChoices):
    """Which way a run goes."""

    RETRIEVE = "retrieve", "Retrieve"
    SEND = "send", "Send"
    BOTH = "both", "Both"


class Phase(models.TextChoices):
    """Where a run stands."""

    WAITING = "waiting", "Waiting"
    READING = "reading", "Reading"
    SENDING = "sending", "Sending"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


ENDED = (Phase.DONE, Phase.FAILED, Phase.CANCELLED)


class SyncRunQuerySet(models.QuerySet["SyncRun"]):
    """The questions asked of runs."""

    def unended(self) -> Self:
        """Only runs that wait or are at work."""
        return self.exclude(phase__in=ENDED)


class SyncRun(models.Model):
    """One run of one integration, with counts that a page can poll."""

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="runs")
    trigger = models.CharField(max_length=10, choices=Trigger)
    direction = models.CharField(max_length=10, choices=Direction)
    phase = models.CharField(max_length=10, choices=Phase, default=Phase.WAITING)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    retrieve_first = models.DateField(null=True, blank=True)
    retrieve_last = models.DateField(null=True, blank=True)
    send_first = models.DateField(null=True, blank=True)
    send_last = models.DateField(null=True, blank=True)
    settings_then = models.JSONField(default=dict, blank=True)
    expected = models.PositiveIntegerField(null=True, blank=True, help_text="Items to go through, once known.")
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    deleted = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    error = models.CharField(
        max_length=500, blank=True, default="", help_text="Why the run as a whole ended, in words."
    )

    objects = SyncRunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(trigger__in=Trigger.values), name="syncrun_trigger_is_known"),
            models.CheckConstraint(condition=Q(direction__in=Direction.values), name="syncrun_direction_is_known"),
            models.CheckConstraint(condition=Q(phase__in=Phase.values), name="syncrun_phase_is_known"),
            models.CheckConstraint(
                condition=Q(phase__in=ENDED, ended_at__isnull=False) | ~Q(phase__in=ENDED) & Q(ended_at=None),
                name="syncrun_ended_at_its_end",
            ),
        ]
        indexes = [
            models.Index(fields=["integration", "-id"], name="syncrun_of_integration"),
            models.Index(fields=["integration"], name="syncrun_unended", condition=~Q(phase__in=ENDED)),
        ]

    def __str__(self) -> str:
        return f"Run {self.pk}: {self.get_trigger_display()} {self.get_direction_display()}"

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen in this run."""
        return self.phase in ENDED

    @property
    def done(self) -> int:
        """How many items it has gone through."""
        return self.created + self.updated + self.deleted + self.unchanged + self.skipped + self.failed


class Result(models.TextChoices):
    """What became of one item in one run."""

    CREATED = "created", "Created"
    UPDATED = "updated", "Updated"
    DELETED = "deleted", "Deleted"
    UNCHANGED = "unchanged", "Unchanged"
    SKIPPED = "skipped", "Skipped"
    CONFLICT = "conflict", "Conflict"
    WAITING = "waiting", "Waiting"
    FAILED = "failed", "Failed"


class Outcome(models.Model):
    """What happened to one item in one run, with both versions: at once the log, the conflict list and the undo."""

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="outcomes")
    item = models.ForeignKey(CalendarItem, null=True, blank=True, on_delete=models.SET_NULL, related_name="outcomes")
    direction = models.CharField(max_length=10, choices=Direction)
    result = models.CharField(max_length=10, choices=Result)
    rule = models.CharField(max_length=30, blank=True, default="", help_text="The rule that decided; see wording.py.")
    reason = models.CharField(max_length=500, blank=True, default="", help_text="The provider's own words.")
    subject = models.CharField(max_length=1024, blank=True, default="", help_text="As it was called then.")
    kind = models.CharField(max_length=12, blank=True, default="")
    event_id = models.CharField(max_length=255, blank=True, default="")
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    lost = models.JSONField(null=True, blank=True, help_text="The version that gave way in a conflict.")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(result__in=Result.values), name="outcome_result_is_known"),
            models.CheckConstraint(condition=Q(direction__in=Direction.values), name="outcome_direction_is_known"),
        ]
        indexes = [models.Index(fields=["event_id"], name="outcome_of_event")]

    def __str__(self) -> str:
        return f"{self.get_result_display()}: {self.subject}"
