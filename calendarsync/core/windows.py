"""Which days travel: the drop-downs Get Past Items and Get Future Items, and the window that the provider keeps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from dateutil.relativedelta import relativedelta

from calendarsync.core.events import AllDay, When

# What Cronofy keeps of events that are not ours: https://docs.cronofy.com/developers/api/events/read-events/
PROVIDER_PAST = timedelta(days=42)
PROVIDER_FUTURE = timedelta(days=201)


class Reach(StrEnum):
    """How far back or ahead a one-off sync goes. The values are stored; `REACH_LABELS` are shown."""

    TODAY = "today"
    ONE_WEEK = "1w"
    TWO_WEEKS = "2w"
    ONE_MONTH = "1m"
    THREE_MONTHS = "3m"
    SIX_MONTHS = "6m"


REACH_LABELS: dict[Reach, str] = {
    Reach.TODAY: "Today",
    Reach.ONE_WEEK: "1 week",
    Reach.TWO_WEEKS: "2 weeks",
    Reach.ONE_MONTH: "1 month",
    Reach.THREE_MONTHS: "3 months",
    Reach.SIX_MONTHS: "6 months",
}
PAST_CHOICES = tuple(Reach)[:5]
FUTURE_CHOICES = tuple(Reach)
_LENGTHS = {
    Reach.TODAY: relativedelta(),
    Reach.ONE_WEEK: relativedelta(weeks=1),
    Reach.TWO_WEEKS: relativedelta(weeks=2),
    Reach.ONE_MONTH: relativedelta(months=1),
    Reach.THREE_MONTHS: relativedelta(months=3),
    Reach.SIX_MONTHS: relativedelta(months=6),
}


@dataclass(frozen=True, slots=True)
class Days:
    """A span of the user's days, both inclusive."""

    first: date
    last: date

    def instants(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """Return the beginning of the first day and the end of the last (exclusive), in UTC."""
        begin = datetime.combine(self.first, time(), zone)
        end = datetime.combine(self.last + timedelta(days=1), time(), zone)
        return begin.astimezone(UTC), end.astimezone(UTC)

    def has(self, when: When, zone: tzinfo) -> bool:
        """Does anything of `when` fall on these days, as somebody in `zone` counts them?"""
        if isinstance(when, AllDay):
            return when.first <= self.last and (when.until > self.first or when.first == self.first)
        begin, end = self.instants(zone)
        return when.start < end and (when.end > begin or when.start >= begin)


def days_within_reach(*, past: Reach, future: Reach, today: date) -> Days:
    """Return the days from `past` before today to `future` after it; today is always among them."""
    return Days(first=today - _LENGTHS[past], last=today + _LENGTHS[future])


def provider_days(today: date) -> Days:
    """Return the days whose events the provider gives out. The last one is whole, so a day less than it allows."""
    return Days(first=today - PROVIDER_PAST, last=today + PROVIDER_FUTURE - timedelta(days=1))


def capped(days: Days, today: date) -> Days:
    """Return `days` without those for which the provider gives nothing."""
    limit = provider_days(today)
    return Days(first=max(days.first, limit.first), last=min(days.last, limit.last))
