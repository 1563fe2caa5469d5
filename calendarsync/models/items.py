"""The five kinds of item in one table: a calendar range is one query, and a link has one foreign key."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from calendarsync.core.events import AllDay, Timed, When
from calendarsync.core.windows import Days
from calendarsync.models.crm import Account, Priority, Ticket
from calendarsync.models.people import is_known_zone

if TYPE_CHECKING:
    from calendarsync.models.people import User


class Kind(models.TextChoices):
    """What an item is, with the words of the wizard's page *Your Calendar*."""

    APPOINTMENT = "appointment", "Appointment"
    ACTIVITY = "activity", "CRM Activity"
    SERVICE_CALL = "service_call", "Service Call"
    TASK = "task", "Task"
    TODO = "todo", "To do"


# Records that others share: a deletion in somebody's calendar never deletes them (docs/sync.md).
SHARED_RECORDS = frozenset({Kind.SERVICE_CALL, Kind.ACTIVITY, Kind.TASK})


class Status(models.TextChoices):
    """How far an item is. Each kind has its own selection, see STATUSES."""

    OPEN = "open", "Open"
    DONE = "done", "Done"
    CANCELLED = "cancelled", "Cancelled"
    SCHEDULED = "scheduled", "Scheduled"
    CONFIRMED = "confirmed", "Confirmed"
    IN_PROGRESS = "in_progress", "In progress"
    NOT_STARTED = "not_started", "Not started"
    WAITING = "waiting", "Waiting"
    COMPLETE = "complete", "Complete"


# The first of each is the status of a new item; appointments have none.
STATUSES: dict[str, tuple[Status, ...]] = {
    Kind.APPOINTMENT: (),
    Kind.ACTIVITY: (Status.OPEN, Status.DONE, Status.CANCELLED),
    Kind.SERVICE_CALL: (
        Status.SCHEDULED,
        Status.CONFIRMED,
        Status.IN_PROGRESS,
        Status.COMPLETE,
        Status.CANCELLED,
    ),
    Kind.TASK: (Status.NOT_STARTED, Status.IN_PROGRESS, Status.WAITING, Status.COMPLETE),
    Kind.TODO: (Status.OPEN, Status.DONE),
}


class ActivityType(models.TextChoices):
    """What a CRM activity is."""

    CALL = "call", "Call"
    MEETING = "meeting", "Meeting"
    EMAIL = "email", "E-mail"
    VISIT = "visit", "Visit"
    OTHER = "other", "Other"


class ShowAs(models.TextChoices):
    """What others see of the time."""

    FREE = "free", "Free"
    TENTATIVE = "tentative", "Tentative"
    BUSY = "busy", "Busy"
    OUT_OF_OFFICE = "out_of_office", "Out of office"


class CalendarItemQuerySet(models.QuerySet["CalendarItem"]):
    """The questions asked of items."""

    def alive(self) -> Self:
        """Leave out deleted items; they are kept for 30 days."""
        return self.filter(deleted_at=None)

    def in_calendar_of(self, user: User) -> Self:
        """Only what stands in `user`'s calendar: the one gate between people's data."""
        return self.filter(assignments__user=user)

    def overlapping(self, days: Days, begin: datetime, end: datetime) -> Self:
        """Only what falls on `days`, whose first moment is `begin` and whose end (exclusive) is `end`."""
        whole_days = Q(all_day=True, starts_on__lte=days.last, ends_on__gt=days.first)
        timed = Q(all_day=False, starts_at__lt=end) & (Q(ends_at__gt=begin) | Q(starts_at__gte=begin))
        return self.filter(whole_days | timed)


class CalendarItem(models.Model):
    """One entry of My Calendar, of any kind.

    It stands in the calendar of everybody assigned to it: for a service call its resources, else its owner.
    `rev` grows with every change that a linked calendar could care about, in the transaction of that change.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=12, choices=Kind)
    subject = models.CharField(max_length=1024, blank=True, default="")
    description = models.TextField(blank=True, default="")
    location = models.CharField(max_length=1024, blank=True, default="")

    all_day = models.BooleanField(default=False)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True, help_text="The day after the last one.")
    time_zone = models.CharField(max_length=64, default="UTC", validators=[is_known_zone])

    status = models.CharField(max_length=12, choices=Status, blank=True, default="")
    priority = models.CharField(max_length=10, choices=Priority, default=Priority.NORMAL)
    show_as = models.CharField(max_length=15, choices=ShowAs, default=ShowAs.BUSY)
    is_private = models.BooleanField(default=False)
    reminder_minutes = models.PositiveIntegerField(null=True, blank=True)
    activity_type = models.CharField(max_length=10, choices=ActivityType, blank=True, default="")
    account = models.ForeignKey(Account, null=True, blank=True, on_delete=models.PROTECT, related_name="items")
    contact = models.CharField(max_length=200, blank=True, default="")
    opportunity = models.CharField(max_length=200, blank=True, default="")
    project = models.CharField(max_length=200, blank=True, default="")
    tickets = models.ManyToManyField(Ticket, blank=True, related_name="items")

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="owned_items")
    resources = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="calendarsync.Assignment", related_name="calendar_items"
    )
    rev = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = CalendarItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="item_kind_is_known"),
            models.CheckConstraint(
                condition=Q(all_day=True, starts_on__isnull=False, ends_on__isnull=False, starts_at=None, ends_at=None)
                | Q(all_day=False, starts_at__isnull=False, ends_at__isnull=False, starts_on=None, ends_on=None),
                name="item_has_either_instants_or_days",
            ),
            models.CheckConstraint(condition=Q(ends_at__gte=F("starts_at")), name="item_ends_after_it_starts"),
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="item_lasts_a_day"),
            models.CheckConstraint(condition=Q(status__in=["", *Status.values]), name="item_status_is_known"),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="item_priority_is_known"),
            models.CheckConstraint(condition=Q(show_as__in=ShowAs.values), name="item_show_as_is_known"),
            models.CheckConstraint(
                condition=Q(activity_type__in=["", *ActivityType.values]), name="item_activity_type_is_known"
            ),
            models.CheckConstraint(condition=Q(rev__gte=1), name="item_rev_starts_at_one"),
        ]
        indexes = [
            models.Index(fields=["starts_at", "ends_at"], name="item_instants"),
            models.Index(fields=["starts_on", "ends_on"], name="item_days"),
            models.Index(fields=["deleted_at"], name="item_deleted", condition=Q(deleted_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.subject or "(no title)"

    @property
    def when(self) -> When:
        """The item's time as a value."""
        if self.all_day:
            assert self.starts_on is not None  # noqa: S101 - held by item_has_either_instants_or_days
            assert self.ends_on is not None  # noqa: S101 - likewise
            return AllDay(first=self.starts_on, until=self.ends_on)
        assert self.starts_at is not None  # noqa: S101 - likewise
        assert self.ends_at is not None  # noqa: S101 - likewise
        return Timed(start=self.starts_at.astimezone(UTC), end=self.ends_at.astimezone(UTC), zone=self.time_zone)

    @when.setter
    def when(self, when: When) -> None:
        self.all_day = isinstance(when, AllDay)
        if isinstance(when, AllDay):
            self.starts_on, self.ends_on, self.starts_at, self.ends_at = when.first, when.until, None, None
        else:
            self.starts_on, self.ends_on, self.starts_at, self.ends_at = None, None, when.start, when.end
            self.time_zone = when.zone

    @property
    def is_shared_record(self) -> bool:
        """Whether others than the owner of a calendar rely on this item."""
        return self.kind in SHARED_RECORDS


class Assignment(models.Model):
    """The item stands in this person's calendar."""

    item = models.ForeignKey(CalendarItem, on_delete=models.CASCADE, related_name="assignments")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="assignments")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "item"], name="assignment_once_per_person")]

    def __str__(self) -> str:
        return f"{self.item} in the calendar of {self.user}"
