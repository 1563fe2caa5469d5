"""An in-memory Cronofy with the methods of our client, for tests of services. The sandbox is the faithful one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from calendarsync.core.events import Appointment, RemoteEvent
from calendarsync.cronofy import wire
from calendarsync.cronofy.client import BatchAnswer, Read, Write
from calendarsync.cronofy.errors import CronofyError

PAGE = 50


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
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    # --- What the client offers
    def events(self, calendar_id: str, *, since: datetime | None = None) -> Iterator[Read]:
        """Yield pages of everything touched since, ours and deleted ones included."""
        self._called("events")
        found = [
            event
            for (calendar, _), event in sorted(self.events_by_key.items())
            if calendar == calendar_id and (since is None or (event.updated or since) >= since)
        ]
        for start in range(0, max(len(found), 1), PAGE):
            page = wire.EventPage(events=tuple(found[start : start + PAGE]), next_page=None)
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
        for channel_id, url in self.open_channels.items():
            if url == callback_url:
                return wire.Channel(channel_id, url)
        channel_id = f"chn_{next(self._numbers):024x}"
        self.open_channels[channel_id] = callback_url
        return wire.Channel(channel_id, callback_url)

    def close_channel(self, channel_id: str) -> None:
        """Close a channel."""
        self._called("close_channel")
        self.open_channels.pop(channel_id, None)

    # --- What a person does in the linked calendar
    def add(self, calendar_id: str, appointment: Appointment, **also: Any) -> str:
        """Add an event as the calendar's owner; return its uid."""
        uid = f"evt_external_{next(self._numbers):024x}"
        event = RemoteEvent(calendar_id, uid, None, appointment, is_deleted=False, updated=self._now(), **also)
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

    def _write(self, write: Write) -> CronofyError | None:
        key = write.event_id or write.event_uid
        if key in self.refuse:
            return self.refuse[key]
        self.writes.append(write)
        place = (write.calendar_id, key)
        if write.body is None:
            if place in self.events_by_key:
                self.remove(*place)
            return None
        row = {**write.body, "event_uid": f"evt_{key}", "location": write.body["location"]}
        read = wire.remote_event(row)
        assert read.appointment is not None
        uid = (
            self.events_by_key[place].uid if place in self.events_by_key else f"evt_external_{next(self._numbers):024x}"
        )
        self.events_by_key[place] = replace(
            read,
            calendar_id=write.calendar_id,
            uid=uid,
            event_id=write.event_id or None,
            appointment=self.rewrite(read.appointment),
            updated=self._now(),
        )
        return None


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
