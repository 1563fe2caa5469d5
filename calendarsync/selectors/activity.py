"""Reading how much was synced on each of the last days: the chart above the log, and the same as a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from calendarsync.models import SyncRun, User

DAYS = 30
PARTS = ("created", "updated", "deleted", "failed")
# The chart's own units: a column for each day, and a height that the fullest day takes up.
COLUMN, HEIGHT = 10, 60


@dataclass(frozen=True, slots=True)
class Bar:
    """One part of a day's column, ready to be drawn."""

    part: str
    x: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class DayRow:
    """What was synced on one day, in the order of PARTS."""

    day: date
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Activity:
    """The last days, oldest first."""

    days: list[DayRow]
    bars: list[Bar]
    width: int
    height: int

    @property
    def filled(self) -> list[DayRow]:
        """Only days on which something happened, newest first: the table."""
        return [row for row in reversed(self.days) if any(row.counts)]


def activity(user: User, *, now: datetime, integration_id: int | None = None) -> Activity:
    """Return the counts of `user`'s runs for each of the last 30 days of their zone. One query."""
    today = timezone.localdate(now, user.zone)
    counted = _counts(user, since=now - timedelta(days=DAYS + 1), integration_id=integration_id)
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    rows = [DayRow(day, counted.get(day, (0,) * len(PARTS))) for day in days]
    return Activity(days=rows, bars=_bars(rows), width=DAYS * COLUMN, height=HEIGHT)


def _counts(user: User, *, since: datetime, integration_id: int | None) -> dict[date, tuple[int, ...]]:
    runs = SyncRun.objects.filter(integration__user=user, asked_at__gte=since)
    if integration_id is not None:
        runs = runs.filter(integration=integration_id)
    by_day = runs.annotate(day=TruncDate("asked_at", tzinfo=user.zone)).order_by().values_list("day")
    return {day: tuple(counts) for day, *counts in by_day.annotate(*(Sum(part) for part in PARTS))}


def _bars(rows: list[DayRow]) -> list[Bar]:
    """Stack the parts of each day from the ground up, the fullest day as high as the chart."""
    most = max((sum(row.counts) for row in rows), default=0)
    if not most:
        return []
    bars: list[Bar] = []
    for index, row in enumerate(rows):
        ground = float(HEIGHT)
        for part, count in zip(PARTS, row.counts, strict=True):
            height = HEIGHT * count / most
            ground -= height
            if count:
                bars.append(Bar(part=part, x=index * COLUMN, y=round(ground, 2), height=round(height, 2)))
    return bars
