"""Times as they stand on the wire: reading them strictly, writing them in both shapes."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
# A blank instead of the "T" is what one official client sends; milliseconds pass when they are zero.
TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(\.\d+)?\s*(Z|[+-]\d{2}:?\d{2})?", re.IGNORECASE)


class NotATime(ValueError):
    """The text is not a time as the wire knows it."""


@dataclass(frozen=True)
class Moment:
    """One end of an event: an instant in UTC (midnight for a whole day), and the zone it was given in."""

    at: datetime
    is_day: bool
    zone: str


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo | None:
    """Return the named zone, or None for a name that the zone data lacks."""
    if not name or name.startswith(("/", ".")):
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def read(text: object, *, zone_name: str, local_allowed: bool = False) -> Moment:
    """Return the moment that `text` stands for; NotATime if it is none.

    A time without offset is refused, unless `local_allowed` (people type wall times; the wire does not know them).
    """
    if not isinstance(text, str):
        raise NotATime(text)
    text = text.strip()
    try:
        if DATE.fullmatch(text):
            return Moment(midnight(date.fromisoformat(text)), True, zone_name)
        return Moment(_instant(text, zone_name, local_allowed), False, zone_name)
    except (ValueError, OverflowError) as error:
        raise NotATime(text) from error


def _instant(text: str, zone_name: str, local_allowed: bool) -> datetime:
    match = TIME.fullmatch(text)
    if not match:
        raise NotATime(text)
    day, clock, fraction, offset = match.groups()
    if fraction and fraction.strip(".0"):
        raise NotATime(text)
    if offset is None and not local_allowed:
        raise NotATime(text)
    stamp = datetime.fromisoformat(f"{day}T{clock}{(offset or '').upper()}")
    if stamp.tzinfo is None:
        stamp = stamp.replace(tzinfo=zone(zone_name) or UTC)
    return stamp.astimezone(UTC)


def midnight(day: date) -> datetime:
    """Return midnight UTC of a day: how whole days are stored."""
    return datetime.combine(day, time.min, tzinfo=UTC)


def stamp(at: datetime) -> str:
    """Return an instant as the wire writes it: UTC, whole seconds, Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local_stamp(at: datetime, zone_name: str) -> str:
    """Return an instant in a zone, with its offset; in UTC with Z."""
    local = at.astimezone(zone(zone_name) or UTC)
    return (
        stamp(at) if not local.utcoffset() and zone_name in {"Etc/UTC", "UTC"} else local.isoformat(timespec="seconds")
    )


def start_of_day(day: date, zone_name: str) -> datetime:
    """Return the instant at which a day begins in a zone."""
    return datetime.combine(day, time.min, tzinfo=zone(zone_name) or UTC).astimezone(UTC)


def wall_as_utc(at: datetime, zone_name: str) -> datetime:
    """Return the wall time an instant has in a zone, relabelled as UTC: comparable with stored whole days."""
    return at.astimezone(zone(zone_name) or UTC).replace(tzinfo=UTC)


def whole_seconds(at: datetime) -> datetime:
    """Return the instant without its fraction."""
    return at.replace(microsecond=0)


def minutes(duration: timedelta) -> int:
    """Return a duration in whole minutes."""
    return int(duration.total_seconds() // 60)
