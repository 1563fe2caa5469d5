"""An in-memory Cronofy with the methods of our client, for tests of services.

The sandbox is the faithful one; `tests/contract` holds both to the same cases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from calendarsync.core.events import Appointment, RemoteEvent, Timed
from calendarsync.cronofy import wire
from calendarsync.cronofy.client import BatchAnswer, Read, Write
from calendarsync.cronofy.errors import CalendarGone, CronofyError, NotAllowed, OurFault
from calendarsync.cronofy.wire import CalendarOffer

PAGE = 50
WINDOW = (timedelta(days=-42), timedelta(days=201))
"""How far around today the events of others are read; ours are always."""


@dataclass
class FakeCronofy:
    """One account with any number of calendars. `faults` are raised by the next calls of the named method."""

    clock: Callable[[], datetime]
    events_by_key: dict[tuple[str, str], RemoteEvent] = field(default_factory=dict)
    open_channels: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    faults: dict[str, list[CronofyError]] = field(default_factory=dict)
    refuse: dict[str, CronofyError] = field(default_factory=dict)
    """event_id → the error that its entry in a batch gets."""
    after_write: Callable[[], None] = lambda: None
    """Called after a batch was carried out and before it is answered: a crash, or an edit meanwhile."""
    rewrite: Callable[[Appointment], Appointment] = lambda appointment: appointment
    """What the provider makes of what it is given."""
    unrestricted: set[str] = field(default_factory=set)
    """Calendars in which we may change events that are not ours."""
    readonly: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    """Calendars that are not there, or no longer granted to us."""
    _watched: dict[str, str] = field(default_factory=dict)
    """channel id → calendar id."""
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    offers: list[CalendarOffer] = field(default_factory=list)
    """The account's calendars as it lists them; the list is only asked for when a calendar refuses."""

    # --- What the client offers
    def calendars(self) -> list[CalendarOffer]:
        """Return every calendar of the account."""
        self._called("calendars")
        return self.offers

    def events(self, calendar_id: str, *, since: datetime | None = None) -> Iterator[Read]:
        """Yield pages of everything touched since, ours and deleted ones included."""
        self._called("events")
        self._require(calendar_id)
        found = [
            event
            for (calendar, _), event in sorted(self.events_by_key.items())
            if calendar == calendar_id and self._is_read(event, since=since)
        ]
        for start in range(0, max(len(found), 1), PAGE):
            more = f"page-{start + PAGE}" if start + PAGE < len(found) else None
            page = wire.EventPage(events=tuple(found[start : start + PAGE]), next_page=more)
            yield Read(page=page, at=self.clock())

    def batch(self, writes: Sequence[Write]) -> BatchAnswer:
        """Carry out each write, but for those to be refused."""
        self._called("batch")
        results = tuple(self._write(write) for write in writes)
        self.after_write()
        return BatchAnswer(results=results, at=self.clock())

    def open_channel(self, *, callback_url: str, calendar_id: str) -> wire.Channel:
        """Open a channel; the same request gives the same one."""
        self._called("open_channel")
        self._require(calendar_id)
        for channel_id, url in self.open_channels.items():
            if (url, self._watched[channel_id]) == (callback_url, calendar_id):
                return wire.Channel(channel_id, url)
        channel_id = f"chn_{next(self._numbers):024x}"
        self.open_channels[channel_id], self._watched[channel_id] = callback_url, calendar_id
        return wire.Channel(channel_id, callback_url)

    def channels(self) -> list[wire.Channel]:
        """Return the open channels."""
        self._called("channels")
        return [wire.Channel(channel_id, url) for channel_id, url in self.open_channels.items()]

    def close_channel(self, channel_id: str) -> None:
        """Close a channel."""
        self._called("close_channel")
        if self.open_channels.pop(channel_id, None) is None:
            raise CalendarGone(f"DELETE /v1/channels/{channel_id} answered 404")

    # --- What a person does in the linked calendar
    def add(self, calendar_id: str, appointment: Appointment, **also: Any) -> str:
        """Add an event as the calendar's owner; return its uid."""
        uid = f"evt_external_{next(self._numbers):024x}"
        free = calendar_id in self.unrestricted
        allowed = {"may_update": free and not also.get("is_recurring", False), "may_delete": free}
        event = RemoteEvent(
            calendar_id, uid, None, appointment, is_deleted=False, updated=self._now(), **{**allowed, **also}
        )
        self.events_by_key[(calendar_id, uid)] = event
        return uid

    def edit(self, calendar_id: str, key: str, **changes: Any) -> None:
        """Change fields of an event (by our id or Cronofy's) as the calendar's owner."""
        event = self.events_by_key[(calendar_id, key)]
        assert event.appointment is not None
        changed = replace(event.appointment, **changes)
        self.events_by_key[(calendar_id, key)] = replace(event, appointment=changed, updated=self._now())

    def remove(self, calendar_id: str, key: str) -> None:
        """Delete an event as the calendar's owner."""
        event = self.events_by_key[(calendar_id, key)]
        self.events_by_key[(calendar_id, key)] = replace(event, appointment=None, is_deleted=True, updated=self._now())

    def alive(self, calendar_id: str) -> dict[str, Appointment]:
        """Return what stands in the calendar, by our id or Cronofy's."""
        return {
            key: event.appointment
            for (calendar, key), event in self.events_by_key.items()
            if calendar == calendar_id and event.appointment is not None
        }

    # --- Inside
    def _called(self, method: str) -> None:
        self.calls.append(method)
        if self.faults.get(method):
            raise self.faults[method].pop(0)

    def _now(self) -> datetime:
        return self.clock().replace(microsecond=0)

    def _require(self, calendar_id: str) -> None:
        if calendar_id in self.gone:
            raise CalendarGone(f"{calendar_id}: 404")

    def _is_read(self, event: RemoteEvent, *, since: datetime | None) -> bool:
        if since is not None and event.updated is not None and event.updated < since.replace(microsecond=0):
            return False
        if event.event_id is not None or event.appointment is None or not isinstance(event.appointment.when, Timed):
            return True
        earliest, latest = (self.clock() + side for side in WINDOW)
        return event.appointment.when.start < latest and event.appointment.when.end >= earliest

    def _write(self, write: Write) -> CronofyError | None:
        key = write.event_id or write.event_uid
        if key in self.refuse:
            return self.refuse[key]
        if (refusal := self._refusal(write)) is not None:
            return refusal
        self.writes.append(write)
        if write.body is None:
            self._delete(write.calendar_id, key)
        else:
            self._store(write, write.body)
        return None

    def _refusal(self, write: Write) -> CronofyError | None:
        """Return why a write is not accepted, in the order in which Cronofy looks."""
        if write.calendar_id in self.gone:
            return CalendarGone("batch entry answered 404")
        if write.body is not None:
            missing = [name for name in ("summary", "start", "end") if not write.body.get(name)]
            if missing:
                return OurFault("batch entry answered 422", details="required", fields=frozenset(missing))
        if write.calendar_id in self.readonly:
            return OurFault("batch entry answered 422", details="read-only", fields=frozenset({"calendar_id"}))
        return None if write.event_id else self._refusal_of_theirs(write)

    def _refusal_of_theirs(self, write: Write) -> CronofyError | None:
        event = self.events_by_key.get((write.calendar_id, write.event_uid))
        if event is None or (write.body is not None and event.is_deleted):
            return CalendarGone("batch entry answered 404")
        if write.calendar_id not in self.unrestricted:
            return NotAllowed("batch entry answered 403")
        if write.body is not None and event.is_recurring:
            return OurFault("batch entry answered 422", details="not supported", fields=frozenset({"event_uid"}))
        return None

    def _delete(self, calendar_id: str, key: str) -> None:
        """Delete an event; one that is unknown or gone already stays as it is."""
        event = self.events_by_key.get((calendar_id, key))
        if event is not None and not event.is_deleted:
            self.remove(calendar_id, key)

    def _store(self, write: Write, body: dict[str, Any]) -> None:
        place = (write.calendar_id, write.event_id or write.event_uid)
        before = self.events_by_key.get(place)
        read = wire.remote_event({**body, "event_uid": before.uid if before else self._new_uid()})
        assert read.appointment is not None
        self.events_by_key[place] = replace(
            before or read,
            calendar_id=write.calendar_id,
            event_id=write.event_id or None,
            appointment=self.rewrite(read.appointment),
            is_deleted=False,
            updated=self._now(),
        )

    def _new_uid(self) -> str:
        return f"evt_managed_{next(self._numbers):024x}"


@dataclass
class FakeClock:
    """A clock that a test moves."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **length: float) -> datetime:
        """Let time go by; return what it is then."""
        self.now += timedelta(**length)
        return self.now
