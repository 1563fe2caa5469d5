"""What both calendars have in common: frozen values, with the JSON form in which the last agreement is stored."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

Json = dict[str, Any]
SHORTEST = timedelta(minutes=1)
PADDED = timedelta(minutes=30)
"""How long something shorter than SHORTEST is made in a linked calendar, where an event must end after it starts."""


@dataclass(frozen=True, slots=True)
class Timed:
    """An instant to an instant (both aware, in UTC), and the IANA name of the zone it was meant in."""

    start: datetime
    end: datetime
    zone: str = "Etc/UTC"

    def as_json(self) -> Json:
        """Return `{"start": ISO, "end": ISO, "zone": name}`."""
        return {"start": self.start.isoformat(), "end": self.end.isoformat(), "zone": self.zone}

    def padded(self) -> Timed:
        """Return the time as a linked calendar is given it; only what has no length there differs from this one."""
        return self if self.end - self.start >= SHORTEST else replace(self, end=self.start + PADDED)


@dataclass(frozen=True, slots=True)
class AllDay:
    """Whole days, wherever one is. `until` is exclusive: one day is `first` to the day after."""

    first: date
    until: date

    def as_json(self) -> Json:
        """Return `{"first": ISO, "until": ISO}`."""
        return {"first": self.first.isoformat(), "until": self.until.isoformat()}


When = Timed | AllDay


def when_from_json(data: Json) -> When:
    """Return what `as_json` gave. Raises KeyError or ValueError if it is nothing of that kind."""
    if "first" in data:
        return AllDay(first=date.fromisoformat(data["first"]), until=date.fromisoformat(data["until"]))
    start, end = (datetime.fromisoformat(data[side]).astimezone(UTC) for side in ("start", "end"))
    return Timed(start=start, end=end, zone=data["zone"])


@dataclass(frozen=True, slots=True)
class Appointment:
    """What an item and a remote event have in common, as one of the two sides holds it."""

    summary: str
    when: When
    description: str = ""
    location: str = ""
    is_private: bool = False
    is_busy: bool = True
    reminder: int | None = None
    """Minutes before the start; None: no reminder, or one that the other side keeps to itself."""

    def as_json(self) -> Json:
        """Return the form stored in a link; `appointment_from_json` reads it back."""
        plain: Json = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**plain, "when": self.when.as_json()}

    def taking(self, other: Appointment, names: frozenset[str]) -> Appointment:
        """Return this appointment with the fields `names` as `other` has them."""
        return replace(self, **{name: getattr(other, name) for name in names})


FIELDS: tuple[str, ...] = tuple(field.name for field in fields(Appointment))


def appointment_from_json(data: Json) -> Appointment:
    """Return what `as_json` gave. Keys of newer or older versions are passed over."""
    known = {name: data[name] for name in FIELDS if name in data}
    return Appointment(**{**known, "when": when_from_json(data["when"])})


@dataclass(frozen=True, slots=True)
class RemoteEvent:
    """One event as the linked calendar shows it. `appointment` is None only for a deleted one."""

    calendar_id: str
    uid: str | None
    """Cronofy's own id; may be missing for events that we wrote."""
    event_id: str | None
    """Our id; only on events that we wrote."""
    appointment: Appointment | None
    is_deleted: bool
    updated: datetime | None
    """By the provider's clock; None where it is missing or absurd."""
    is_recurring: bool = False
    may_update: bool = True
    may_delete: bool = True
    is_declined: bool = False
