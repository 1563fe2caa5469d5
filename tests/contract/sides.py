"""Two Cronofys with the same handles: the in-memory one of the unit tests, and the sandbox behind the real client."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from calendarsync.core.events import AllDay, Appointment, RemoteEvent, Timed
from calendarsync.cronofy import wire
from calendarsync.cronofy.client import Client, Write
from calendarsync.cronofy.errors import CronofyError
from tests.fakes import FakeClock, FakeCronofy
from tests.sandbox_process import SandboxProcess

SUNDAY = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TOMORROW = SUNDAY + timedelta(days=1)
BERLIN = Timed(TOMORROW, TOMORROW + timedelta(minutes=45), "Europe/Berlin")
VISIT = Appointment(summary="Visit", when=BERLIN, description="Bring the ladder", location="Hauptstr. 1")


class Side(Protocol):
    """What a case needs: our client, one calendar, and its owner."""

    client: Any
    calendar_id: str

    def add(self, appointment: Appointment) -> str: ...
    def edit(self, key: str, **changes: Any) -> None: ...
    def remove(self, key: str) -> None: ...
    def allow_everything(self) -> None: ...
    def lock(self) -> None: ...
    def tick(self) -> datetime: ...


class Fake:
    """The double of the unit tests."""

    def __init__(self) -> None:
        self.clock = FakeClock(SUNDAY)
        self.client = FakeCronofy(self.clock, gone={"cal_unknown"})
        self.calendar_id = "cal_1"

    def add(self, appointment: Appointment) -> str:
        """Let the owner add an event; return its uid."""
        return self.client.add(self.calendar_id, appointment)

    def edit(self, key: str, **changes: Any) -> None:
        """Let the owner change an event, named by our id or Cronofy's."""
        self.client.edit(self.calendar_id, key, **changes)

    def remove(self, key: str) -> None:
        """Let the owner delete an event."""
        self.client.remove(self.calendar_id, key)

    def allow_everything(self) -> None:
        """Let the owner allow us to change events that are not ours."""
        self.client.unrestricted.add(self.calendar_id)

    def lock(self) -> None:
        """Make the calendar read-only."""
        self.client.readonly.add(self.calendar_id)

    def tick(self) -> datetime:
        """Let two seconds pass; return the time then."""
        return self.clock.pass_(seconds=2)


class Sandbox:
    """The sandbox over HTTP, with the application's own client."""

    def __init__(self, process: SandboxProcess, *, service: str = "google", email: str = "alice@google.test") -> None:
        self.process = process
        process.control("POST", "clock", {"now": SUNDAY.isoformat()})
        self.account = process.account(service, email)
        self.tokens = process.tokens(self.account)
        self.client = Client(
            api_url=process.url, token=lambda _stale: self.tokens["access_token"], admit=lambda _is_further: None
        )
        self.calendar_id = self.account["profiles"][0]["calendars"][0]["calendar_id"]

    def add(self, appointment: Appointment) -> str:
        """Let the owner add an event; return its uid."""
        added = self.process.control("POST", f"calendars/{self.calendar_id}/events", draft(appointment))
        return str(added["event_uid"])

    def edit(self, key: str, **changes: Any) -> None:
        """Let the owner change an event, named by our id or Cronofy's."""
        wanted: dict[str, Any] = {name: value for name, value in changes.items() if name != "when"}
        if "when" in changes:
            wanted |= _times(changes["when"])
        self.process.control("PATCH", f"events/{self._uid(key)}", wanted)

    def remove(self, key: str) -> None:
        """Let the owner delete an event."""
        self.process.control("DELETE", f"events/{self._uid(key)}")

    def allow_everything(self) -> None:
        """Let the owner allow us to change events that are not ours."""
        self.process.control("POST", f"calendars/{self.calendar_id}", {"permission_level": "unrestricted"})

    def lock(self) -> None:
        """Make the calendar read-only."""
        self.process.control("POST", f"calendars/{self.calendar_id}", {"readonly": True})

    def tick(self) -> datetime:
        """Let two seconds pass; return the time then."""
        now = datetime.fromisoformat(self.process.control("GET", "clock")["now"]).replace(microsecond=0)
        self.process.control("POST", "clock", {"now": (now + timedelta(seconds=2)).isoformat()})
        return now + timedelta(seconds=2)

    def _uid(self, key: str) -> str:
        seen = self.process.events(self.calendar_id)
        return next(str(event["event_uid"]) for event in seen if key in (event["event_id"], event["event_uid"]))


def draft(appointment: Appointment) -> dict[str, Any]:
    """Return an appointment as the control API takes what a person writes."""
    return {
        "summary": appointment.summary,
        "description": appointment.description,
        "location": {"description": appointment.location},
        "private": appointment.is_private,
        **_times(appointment.when),
    }


def _times(when: Timed | AllDay) -> dict[str, Any]:
    if isinstance(when, AllDay):
        return {"start": when.first.isoformat(), "end": when.until.isoformat()}
    return {"start": when.start.isoformat(), "end": when.end.isoformat(), "zone": when.zone}


def events(side: Side, *, since: datetime | None = None) -> list[RemoteEvent]:
    """Return all events of a read, all pages."""
    return [event for read in side.client.events(side.calendar_id, since=since) for event in read.page.events]


def upsert(side: Side, key: str, appointment: Appointment = VISIT) -> Write:
    """Return the write of an event: of ours, or with Cronofy's id of theirs."""
    identity = {"event_uid": key} if key.startswith("evt_") else {"event_id": key}
    return Write(calendar_id=side.calendar_id, body=wire.upsert_body(appointment, **identity), **identity)


def deletion(side: Side, key: str) -> Write:
    """Return the deletion of an event: of ours, or with Cronofy's id of theirs."""
    identity = {"event_uid": key} if key.startswith("evt_") else {"event_id": key}
    return Write(calendar_id=side.calendar_id, **identity)


def send(side: Side, *writes: Write) -> Sequence[CronofyError | None]:
    """Send a batch; return what became of each entry."""
    results: Sequence[CronofyError | None] = side.client.batch(writes).results
    return results
