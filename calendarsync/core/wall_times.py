"""Between instants and what the clocks on somebody's wall show, with the two nights a year that are not simple."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from calendarsync.core.events import AllDay, Timed, When


def instant(day: date, clock: time, zone: tzinfo) -> datetime:
    """Return the instant, in UTC, at which clocks in `zone` show that.

    A time that spring skips is as long after midnight as it says; of one that autumn repeats, the first is meant.
    """
    return datetime.combine(day, clock.replace(fold=0), zone).astimezone(UTC)


def timed(start: datetime, end: datetime, *, zone: tzinfo, name: str) -> Timed:
    """Return the time between two readings (naive) of the clocks in `zone`, whose IANA name is `name`."""
    return Timed(start=instant(start.date(), start.time(), zone), end=instant(end.date(), end.time(), zone), zone=name)


def reading(moment: datetime, zone: tzinfo) -> datetime:
    """Return what clocks in `zone` show at `moment`, without a zone."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def drawn(when: When, zone: tzinfo) -> tuple[datetime, datetime] | tuple[date, date]:
    """Return where to draw something on a grid of wall times: two naive datetimes, or two days (end exclusive).

    While autumn's hour repeats, a later instant can show an earlier time; then the true length is drawn instead.
    """
    if isinstance(when, AllDay):
        return when.first, when.until
    start, end = reading(when.start, zone), reading(when.end, zone)
    return start, end if end > start else start + (when.end - when.start)


def moved(when: When, *, start: datetime | date, end: datetime | date, zone: tzinfo, name: str) -> When:
    """Return the time that somebody dragged `when` to; if only its place changed, the true length is kept.

    Datetimes are readings of the clocks in `zone`; two plain days mean whole days, the second exclusive.
    """
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        return AllDay(first=start, until=end)
    shifted = timed(start, end, zone=zone, name=name)
    if isinstance(when, AllDay) or not _keeps_length(when, end - start, zone):
        return shifted
    return Timed(start=shifted.start, end=shifted.start + (when.end - when.start), zone=name)


def _keeps_length(when: Timed, length: timedelta, zone: tzinfo) -> bool:
    begin, end = drawn(when, zone)
    return end - begin == length
