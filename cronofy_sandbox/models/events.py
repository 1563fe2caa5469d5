"""Events as the provider keeps them, tombstones included, and what reading and writing them needs."""

from array import array
from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q

KEY_TYPE = "q"  # of `array`: eight bytes, signed
KEY_SIZE = array(KEY_TYPE).itemsize


class Series(models.Model):
    """A repeating event. Its occurrences are ordinary Event rows, made ahead of time up to `expanded_until`."""

    uid = models.CharField(max_length=40, unique=True)
    calendar = models.ForeignKey("Calendar", on_delete=models.CASCADE, related_name="series")
    rule = models.JSONField()  # {"frequency", "interval", "by_day", "count", "until"}
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    all_day = models.BooleanField(default=False)
    zone = models.CharField(max_length=64)
    expanded_until = models.DateTimeField()
    # Original starts that must not come back, as time stamps: removed by hand.
    exceptions = models.JSONField(default=list)
    ended_at = models.DateTimeField(null=True, blank=True)  # the whole series was removed

    def __str__(self) -> str:
        return self.uid


class EventQuerySet(models.QuerySet["Event"]):
    """Questions about events."""

    def alive(self) -> Self:
        """Leave tombstones out."""
        return self.filter(deleted_at=None)


class Event(models.Model):
    """One event or one occurrence of a series, as its provider stores it.

    All-day events keep midnight UTC of their first and (exclusive) last day. `details` holds what no query asks for:
    see `core.content`. `user_modified_at` is the last change that was not the owning application's own.
    """

    uid = models.CharField(max_length=60, unique=True)
    calendar = models.ForeignKey("Calendar", on_delete=models.CASCADE, related_name="events")
    application = models.ForeignKey("Application", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    event_id = models.CharField(max_length=255, blank=True)
    series = models.ForeignKey(Series, null=True, blank=True, on_delete=models.SET_NULL, related_name="occurrences")
    original_start = models.DateTimeField(null=True, blank=True)
    is_exception = models.BooleanField(default=False)  # this occurrence was changed by itself

    summary = models.TextField(blank=True)
    description = models.TextField(blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    all_day = models.BooleanField(default=False)
    start_zone = models.CharField(max_length=64, default="Etc/UTC")
    end_zone = models.CharField(max_length=64, default="Etc/UTC")
    private = models.BooleanField(default=False)
    transparency = models.CharField(max_length=20, default="opaque")
    details = models.JSONField(default=dict)

    version = models.PositiveIntegerField(default=1)
    changed_by = models.CharField(max_length=100, default="user")  # "user" or an application's client id
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()
    user_modified_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "uid"]
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "application", "event_id"],
                condition=~Q(event_id=""),
                name="event_one_per_event_id",
            ),
        ]
        indexes = [
            models.Index(fields=["calendar", "ends_at"], name="event_window"),
            models.Index(fields=["calendar", "modified_at"], name="event_modified"),
            # SQLite does not use the constraint's partial index for lookups of several ids.
            models.Index(fields=["event_id", "calendar"], name="event_by_event_id"),
            models.Index(fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="event_tombstones"),
        ]

    def __str__(self) -> str:
        return self.summary or self.uid

    @property
    def is_managed(self) -> bool:
        """Did an application write this?"""
        return self.application_id is not None

    @property
    def first_day(self) -> date:
        """The first day of an all-day event."""
        return self.starts_at.date()

    @property
    def last_day_exclusive(self) -> date:
        """The day after the last day of an all-day event."""
        return self.ends_at.date()


class EventVersion(models.Model):
    """An event as it stood before a write, kept while someone pages through an older snapshot."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="versions")
    replaced_at = models.DateTimeField(db_index=True)
    values = models.JSONField()

    def __str__(self) -> str:
        return f"{self.event_id} before {self.replaced_at:%H:%M:%S}"


class PastSpan(models.Model):
    """A time an event once had: `include_moved` asks for those that lay inside the window."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="past_spans")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.starts_at} to {self.ends_at}"


class ReadSnapshot(models.Model):
    """One read with its pages: which events, in which order, asked how. Pages are cut from it for ten minutes."""

    uid = models.CharField(max_length=40, unique=True)
    authorization = models.ForeignKey("Authorization", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)  # "events" or "free_busy"
    options = models.JSONField()
    event_keys = models.BinaryField()  # packed: a read of a hundred thousand events is opened for every page
    page_size = models.PositiveIntegerField()
    taken_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.uid

    @staticmethod
    def packed(keys: list[int]) -> bytes:
        """Return keys of events as `event_keys` stores them."""
        return array(KEY_TYPE, keys).tobytes()

    @property
    def page_count(self) -> int:
        """How many pages there are; an empty read has one."""
        return max(1, -(-len(self.event_keys) // (KEY_SIZE * self.page_size)))

    def page_keys(self, number: int) -> list[int]:
        """Return the keys of the events on a page, the first being 1."""
        first = (number - 1) * self.page_size * KEY_SIZE
        return array(KEY_TYPE, bytes(self.event_keys[first : first + self.page_size * KEY_SIZE])).tolist()


class PendingWrite(models.Model):
    """A write answered with 202 that has not reached the provider yet. Without `due_at` it waits for a relink."""

    calendar = models.ForeignKey("Calendar", on_delete=models.CASCADE, related_name="+")
    application = models.ForeignKey("Application", on_delete=models.CASCADE, related_name="+")
    method = models.CharField(max_length=10)
    body = models.JSONField()
    due_at = models.DateTimeField(null=True, blank=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.method} to {self.calendar}"
