"""JSON to core values and back: the only place that knows Cronofy's field names.

Everything read is somebody else's data: missing, absurd or unknown fields never raise here, except where an event
could not be understood at all (UnreadableEvent), so that one such event stops nothing but itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NoReturn
from zoneinfo import ZoneInfo, available_timezones

from calendarsync.core.events import AllDay, Appointment, RemoteEvent, Timed, When
from calendarsync.cronofy.zones import iana_name

SUMMARY_LIMIT = 1024
YEARS = range(1900, 2200)
"""Outside of these no calendar's time is meant, and adding a day or a zone may leave what a date can hold."""
DESCRIPTION_LIMIT = 4096


class UnreadableEvent(Exception):
    """An event without a usable identity or time. `str()` says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One log-in at a provider within an account."""

    profile_id: str
    provider_name: str
    provider_service: str
    name: str
    is_connected: bool = True
    initial_sync_required: bool = False
    relink_url: str = ""


@dataclass(frozen=True, slots=True)
class UserInfo:
    """Whose account it is."""

    account_id: str
    email: str
    name: str
    zone: str
    profiles: tuple[Profile, ...]


@dataclass(frozen=True, slots=True)
class CalendarOffer:
    """A calendar of the account."""

    calendar_id: str
    name: str
    profile_id: str
    profile_name: str
    provider_name: str
    is_readonly: bool
    is_deleted: bool
    is_primary: bool
    is_unrestricted: bool


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel through which we hear of changes."""

    channel_id: str
    callback_url: str


@dataclass(frozen=True, slots=True)
class Notification:
    """What came in through a channel."""

    kind: str
    channel_id: str
    changes_since: datetime | None


@dataclass(frozen=True, slots=True)
class EventPage:
    """One page of a read; `unreadable` holds what is wrong with each event that was passed over."""

    events: tuple[RemoteEvent, ...]
    next_page: str | None
    unreadable: tuple[str, ...] = ()


# --- Plain values ---------------------------------------------------------------------------------------------------
def text(value: Any, *, limit: int | None = None) -> str:
    """Return `value` if it is text, else "". What PostgreSQL cannot store, NUL and halves of pairs, is replaced."""
    if not isinstance(value, str):
        return ""
    return value.replace("\x00", "").encode("utf-8", "replace").decode()[:limit]


def integer(value: Any, *, default: int) -> int:
    """Return `value` if it is a whole number, else `default`."""
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def rows(body: Any, name: str) -> list[dict[str, Any]]:
    """Return the list `name` of an answer without what is no object in it."""
    found = body.get(name) if isinstance(body, dict) else None
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def timestamp(moment: datetime) -> str:
    """Return an aware moment as Cronofy takes it: UTC, whole seconds. A fraction of a second is refused there."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(value: Any) -> datetime | None:
    """Return a time stamp in UTC; None for a missing or an absurd one (years 0000, 0001 and 9999 do occur)."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.replace(" ", "T", 1))
        found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if found.year in YEARS else None


# --- Events, read ---------------------------------------------------------------------------------------------------
def event_page(body: Any) -> EventPage:
    """Return one page of `GET /v1/events`."""
    events: list[RemoteEvent] = []
    unreadable: list[str] = []
    for row in rows(body, "events"):
        try:
            events.append(remote_event(row))
        except UnreadableEvent as fault:
            unreadable.append(str(fault))
    pages = body.get("pages") if isinstance(body, dict) else None
    next_page = pages.get("next_page") if isinstance(pages, dict) else None
    return EventPage(tuple(events), text(next_page) or None, tuple(unreadable))


def remote_event(row: dict[str, Any]) -> RemoteEvent:
    """Return one event of a read. Raises UnreadableEvent."""
    # https://docs.cronofy.com/developers/api/events/read-events/
    uid, event_id = text(row.get("event_uid")) or None, text(row.get("event_id")) or None
    if uid is None and event_id is None:
        raise UnreadableEvent("an event without an id")
    is_deleted = row.get("deleted") is True
    given = row.get("options")
    options: dict[str, Any] = given if isinstance(given, dict) else {}
    return RemoteEvent(
        calendar_id=text(row.get("calendar_id")),
        uid=uid,
        event_id=event_id,
        # The other fields of a deleted event may be missing: only its ids are relied on.
        appointment=None if is_deleted else _appointment(row, name=event_id or uid or ""),
        is_deleted=is_deleted,
        updated=moment(row.get("updated")),
        is_recurring=row.get("recurring") is True,
        may_update=options.get("update") is not False,
        may_delete=options.get("delete") is not False,
        is_declined=row.get("participation_status") == "declined",
    )


def _appointment(row: dict[str, Any], *, name: str) -> Appointment:
    location = row.get("location")
    return Appointment(
        summary=text(row.get("summary"), limit=SUMMARY_LIMIT),
        when=_when(row.get("start"), row.get("end"), name=name),
        description=text(row.get("description"), limit=100_000),
        location=text(location.get("description"), limit=SUMMARY_LIMIT) if isinstance(location, dict) else "",
        is_private=row.get("event_private") is True,
        is_busy=row.get("transparency") != "transparent",
    )


def _when(start: Any, end: Any, *, name: str) -> When:
    """Return an event's time from any of the documented shapes; odd pairs of ends are mended, not refused."""
    first, zone = _side(start, name=name)
    last, _ = _side(end if end is not None else start, name=name)
    if isinstance(first, datetime):
        finish = last if isinstance(last, datetime) else first
        return Timed(start=first, end=max(finish, first), zone=zone)
    until = last.date() if isinstance(last, datetime) else last
    return AllDay(first=first, until=until if until > first else first + timedelta(days=1))


def _side(value: Any, *, name: str) -> tuple[datetime | date, str]:
    """Return a Date or Time, bare or as `{"time", "tzid"}`, in UTC, with the zone's name."""
    raw, tzid = (value.get("time"), value.get("tzid")) if isinstance(value, dict) else (value, None)
    zone = iana_name(text(tzid), known=available_timezones()) or "Etc/UTC"
    if not isinstance(raw, str):
        _unreadable(name, "it has no time")
    try:
        side = _day_or_instant(raw, zone=zone)
    except (ValueError, OverflowError):
        _unreadable(name, "its time is not one")
    if side.year not in YEARS:
        _unreadable(name, "its time is absurd")
    return side, zone


def _day_or_instant(raw: str, *, zone: str) -> datetime | date:
    if len(raw) == len("2026-11-22"):
        return date.fromisoformat(raw)
    found = datetime.fromisoformat(raw.replace(" ", "T", 1))
    # A time without an offset floats: it means the clock on the wall of its zone.
    return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def _unreadable(name: str, why: str) -> NoReturn:
    raise UnreadableEvent(f"event {name[:64]}: {why}")


# --- Events, written ------------------------------------------------------------------------------------------------
def upsert_body(appointment: Appointment, *, event_id: str = "", event_uid: str = "") -> dict[str, Any]:
    """Return the whole event as Cronofy takes it: a write replaces everything. Exactly one id may be given.

    With both, Cronofy would obey `event_id` and make a second event.
    """
    # https://docs.cronofy.com/developers/api/events/upsert-event/
    if bool(event_id) == bool(event_uid):
        raise ValueError("an event is named by either our id or Cronofy's")
    identity = {"event_id": event_id} if event_id else {"event_uid": event_uid}
    reminders = [] if appointment.reminder is None else [{"minutes": appointment.reminder}]
    body: dict[str, Any] = {
        **identity,
        "summary": appointment.summary[:SUMMARY_LIMIT],
        "description": shortened(appointment.description, DESCRIPTION_LIMIT),
        **_ends(appointment.when),
        "location": {"description": appointment.location},
        "transparency": "opaque" if appointment.is_busy else "transparent",
        "event_private": appointment.is_private,
    }
    # What an event of theirs reminds of is the user's own; a read does not tell it, so it is left alone.
    return {**body, "reminders": reminders} if event_id else body


def _ends(when: When) -> dict[str, Any]:
    if isinstance(when, AllDay):
        return {"start": when.first.isoformat(), "end": when.until.isoformat()}
    zone, shown = ZoneInfo(when.zone), when.padded()
    sides = {
        name: {"time": side.astimezone(zone).replace(microsecond=0).isoformat(), "tzid": when.zone}
        for name, side in (("start", shown.start), ("end", shown.end))
    }
    return {**sides, "tzid": when.zone}


def shortened(value: str, limit: int) -> str:
    """Return `value` within `limit` characters, with a sign that something is missing."""
    return value if len(value) <= limit else value[: limit - 1] + "…"


# --- Accounts -------------------------------------------------------------------------------------------------------
def profile(row: dict[str, Any]) -> Profile:
    """Return one profile, as `GET /v1/userinfo`, `GET /v1/profiles` and a token answer describe it."""
    return Profile(
        profile_id=text(row.get("profile_id")),
        provider_name=text(row.get("provider_name"), limit=40),
        provider_service=text(row.get("provider_service"), limit=40),
        name=text(row.get("profile_name"), limit=320),
        is_connected=row.get("profile_connected") is not False,
        initial_sync_required=row.get("profile_initial_sync_required") is True,
        relink_url=text(row.get("profile_relink_url"), limit=500),
    )


def linking_profile(value: Any) -> Profile | None:
    """Return the profile that was just logged in, if the token answer names it."""
    return profile(value) if isinstance(value, dict) else None


def user_info(body: Any) -> UserInfo:
    """Return `GET /v1/userinfo`; the key `cronofy.data` really has a dot."""
    # https://docs.cronofy.com/developers/api/identity/userinfo/
    body = body if isinstance(body, dict) else {}
    data = body.get("cronofy.data")
    return UserInfo(
        account_id=text(body.get("sub")),
        email=text(body.get("email"), limit=320),
        name=text(body.get("name")),
        zone=text(body.get("zoneinfo")),
        profiles=tuple(profile(row) for row in rows(data, "profiles")),
    )


def calendar_offers(body: Any) -> list[CalendarOffer]:
    """Return `GET /v1/calendars`, without entries that have no id."""
    # https://docs.cronofy.com/developers/api/calendars/list-calendars/
    return [
        CalendarOffer(
            calendar_id=text(row.get("calendar_id")),
            name=text(row.get("calendar_name"), limit=500),
            profile_id=text(row.get("profile_id")),
            profile_name=text(row.get("profile_name"), limit=320),
            provider_name=text(row.get("provider_name"), limit=40),
            is_readonly=row.get("calendar_readonly") is True,
            is_deleted=row.get("calendar_deleted") is True,
            is_primary=row.get("calendar_primary") is True,
            is_unrestricted=row.get("permission_level") == "unrestricted",
        )
        for row in rows(body, "calendars")
        if text(row.get("calendar_id"))
    ]


# --- Channels -------------------------------------------------------------------------------------------------------
def channel(row: Any) -> Channel:
    """Return one channel."""
    row = row if isinstance(row, dict) else {}
    return Channel(channel_id=text(row.get("channel_id")), callback_url=text(row.get("callback_url")))


def notification(raw: bytes) -> Notification | None:
    """Return what a notification says, or None if it is not one. Unknown kinds are returned like the others."""
    # https://docs.cronofy.com/developers/api/push-notifications/
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict):
        return None
    notice, source = body.get("notification"), body.get("channel")
    if not isinstance(notice, dict) or not text(notice.get("type")):
        return None
    return Notification(
        kind=text(notice["type"], limit=60),
        channel_id=text(source.get("channel_id"), limit=64) if isinstance(source, dict) else "",
        changes_since=moment(notice.get("changes_since")),
    )
