"""Reads the query of an event read: bounds, their limits, and what to include."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from cronofy_sandbox.core import times
from cronofy_sandbox.core.errors import Problems

DAYS_BACK = 42
DAYS_AHEAD = 201
YEARS = range(1900, 2200)  # beyond, shifting by a zone or the window may leave what dates can hold
YES = {"true", "1"}
FLAGS = (
    "include_managed",
    "only_managed",
    "include_deleted",
    "include_moved",
    "localized_times",
    "include_geo",
    "google_event_ids",
    "include_ids",
    "include_free",
)


@dataclass(frozen=True)
class Bounds:
    """A window: `start` inclusive, `end` exclusive. Whole days compare by wall time: those bounds stand apart."""

    start: datetime
    end: datetime
    first_day: datetime
    last_day: datetime


@dataclass(frozen=True)
class Query:
    """What a read asks for."""

    bounds: Bounds
    is_bounded: bool  # were bounds given at all? Without, own events are read for all time
    tzid: str
    calendar_ids: tuple[str, ...] | None
    last_modified: datetime | None
    flags: frozenset[str]

    def wants(self, flag: str) -> bool:
        """Was this switch of the query set?"""
        return flag in self.flags


def read(given: Mapping[str, Sequence[str]], *, now: datetime, tzid_optional: bool = False) -> Query:
    """Return the read that a query string asks for; unknown parameters are ignored. Raises Invalid."""
    problems = Problems()
    values = {name: list_[-1].strip() for name, list_ in given.items() if list_ and list_[-1].strip()}
    flags = frozenset(flag for flag in FLAGS if _flag(values, flag, problems))
    tzid = values.get("tzid", "")
    if not tzid:
        if not tzid_optional:
            problems.add("tzid", "errors.required")
        tzid = "Etc/UTC"
    elif times.zone(tzid) is None:
        problems.add("tzid", "errors.tzid_unrecognized")
        tzid = "Etc/UTC"
    bounds = _bounds(values, tzid, now, problems, is_limited="only_managed" not in flags)
    last_modified = _instant(values, "last_modified", "Etc/UTC", problems)
    calendar_ids = given.get("calendar_ids[]") or given.get("calendar_ids")
    problems.raise_if_any()
    return Query(
        bounds=bounds,
        is_bounded="from" in values or "to" in values,
        tzid=tzid,
        calendar_ids=tuple(one for one in calendar_ids if one) if calendar_ids else None,
        last_modified=last_modified,
        flags=flags,
    )


def _flag(values: Mapping[str, str], name: str, problems: Problems) -> bool:
    value = values.get(name, "false").lower()
    if value not in {"true", "false", "1", "0"}:
        problems.add(name, "errors.must_be_boolean")
    return value in YES


def _instant(values: Mapping[str, str], name: str, tzid: str, problems: Problems) -> datetime | None:
    if name not in values:
        return None
    try:
        moment = times.read(values[name].replace(" +", "+"), zone_name=tzid)
    except times.NotATime:
        problems.add(name, "errors.invalid_format")
        return None
    if moment.at.year not in YEARS:
        problems.add(name, "errors.out_of_bounds")
        return None
    return times.start_of_day(moment.at.date(), tzid) if moment.is_day else moment.at


def _bounds(values: Mapping[str, str], tzid: str, now: datetime, problems: Problems, *, is_limited: bool) -> Bounds:
    today = now.astimezone(times.zone(tzid) or UTC).date()
    earliest = times.start_of_day(_shifted(today, -DAYS_BACK), tzid)
    latest = times.start_of_day(_shifted(today, DAYS_AHEAD), tzid)
    start = _instant(values, "from", tzid, problems)
    end = _instant(values, "to", tzid, problems)
    if is_limited and start is not None and start < earliest:
        problems.add("from", "errors.out_of_bounds")
    if is_limited and end is not None and end >= latest + timedelta(days=1):
        problems.add("to", "errors.out_of_bounds")
    start = start or (earliest if is_limited or end is None else datetime(1, 1, 2, tzinfo=UTC))
    end = end or (latest if is_limited or start <= latest else start + timedelta(days=DAYS_AHEAD))
    if end <= start:
        problems.add("to", "errors.invalid_time_pair")
    return Bounds(start, end, times.wall_as_utc(start, tzid), times.wall_as_utc(end, tzid))


def _shifted(day: date, days: int) -> date:
    return day + timedelta(days=days)
