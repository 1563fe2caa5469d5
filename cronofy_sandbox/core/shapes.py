"""How rows look on the wire: calendars, profiles, events, periods."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cronofy_sandbox.core import times

MANAGED_PREFIX = "evt_managed_"
EXTERNAL_PREFIX = "evt_external_"
# What providers may not know, and clients must do without.
OPTIONAL = (
    "created",
    "updated",
    "participation_status",
    "attendees",
    "organizer",
    "transparency",
    "status",
    "categories",
    "recurring",
    "event_private",
    "options",
    "location",
)


@dataclass(frozen=True)
class View:
    """Who reads, and how the answer is to look."""

    application_id: int
    rights: frozenset[str]
    localized: bool = False
    with_geo: bool = False
    with_google_ids: bool = False
    hide_managed_uid: bool = False
    year_zero: bool = False
    left_out: tuple[str, ...] = ()
    with_extras: bool = False
    reduced_tombstones: bool = False
    days_as_objects: bool = False


def shown_uid(uid: str, *, is_own: bool) -> str:
    """Return the id as a reader sees it: only one's own events are of the managed kind."""
    return uid if is_own else uid.replace(MANAGED_PREFIX, EXTERNAL_PREFIX)


def stored_uids(shown: str) -> list[str]:
    """Return the ids under which an event shown as `shown` may be stored."""
    return [shown, shown.replace(EXTERNAL_PREFIX, MANAGED_PREFIX)]


def event(row: Any, calendar: Any, view: View) -> dict[str, Any]:
    """Return one event as reads answer it. `row` is an event row, `calendar` its calendar's row."""
    is_own = row.application_id == view.application_id
    shown: dict[str, Any] = {
        "calendar_id": calendar.uid,
        "event_uid": shown_uid(row.uid, is_own=is_own),
        "summary": row.summary,
        "description": row.description,
        "start": _time(row.starts_at, row.start_zone, row.all_day, view),
        "end": _time(row.ends_at, row.end_zone, row.all_day, view),
        "deleted": row.deleted_at is not None,
        "created": _created(row.created_at, view),
        "updated": _created(row.modified_at, view),
    }
    if is_own and row.event_id:
        shown["event_id"] = row.event_id
        if view.hide_managed_uid:
            del shown["event_uid"]
    if shown["deleted"] and view.reduced_tombstones:
        return {name: shown[name] for name in shown if name not in {"summary", "description", "created"}}
    shown |= _details(row, view)
    shown["event_private"] = row.private
    shown["options"] = options(row, calendar, view)
    for name in view.left_out:
        shown.pop(name, None)
    if view.with_extras:
        shown["sandbox_unknown"] = {"nested": [1, None]}
    return shown


def options(row: Any, calendar: Any, view: View) -> dict[str, bool]:
    """Return what the reader's grant may do to this event."""
    is_own = row.application_id == view.application_id
    is_open = not calendar.readonly and not calendar.deleted
    may_touch = is_open and (is_own or calendar.permission_level == "unrestricted")
    is_repeated = row.series_id is not None and not row.event_id
    return {
        "delete": may_touch and "delete_event" in view.rights,
        "update": may_touch and "create_event" in view.rights and not is_repeated,
        "change_participation_status": is_invitation(row.details, calendar.profile.name)
        and is_open
        and "change_participation_status" in view.rights,
    }


def is_invitation(details: Mapping[str, Any], address: str) -> bool:
    """Was this person invited by someone else?"""
    organizer = (details.get("organizer") or {}).get("email", "").lower()
    invited = {str(attendee.get("email", "")).lower() for attendee in details.get("attendees", [])}
    return address.lower() in invited and organizer != address.lower()


def _details(row: Any, view: View) -> dict[str, Any]:
    details = row.details
    shown = {
        "participation_status": details.get("participation_status")
        or ("needs_action" if details.get("attendees") and details.get("organizer") else "accepted"),
        "attendees": details.get("attendees", []),
        "transparency": row.transparency,
        "status": details.get("status", "confirmed"),
        "categories": details.get("categories", []),
        "recurring": row.series_id is not None,
    }
    for name in ("organizer", "extended_transparency", "meeting_url"):
        if details.get(name):
            shown[name] = details[name]
    location = _location(details.get("location"), view)
    if location:
        shown["location"] = location
    if details.get("conferencing"):
        shown["conferencing"] = {name: details["conferencing"][name] for name in ("provider_name", "join_url")}
    if row.series_id is not None:
        shown |= _series(row, view)
    if view.with_google_ids:
        shown["google_event_id"] = row.uid.rpartition("_")[2]
    return shown


def _series(row: Any, view: View) -> dict[str, Any]:
    shown: dict[str, Any] = {"series_identifier": row.series.uid}
    if row.application_id == view.application_id:
        if row.event_id:
            shown["recurrence"] = {"rules": [row.series.rule]}
        else:
            shown["series_master"] = False
    return shown


def _location(location: Mapping[str, Any] | None, view: View) -> dict[str, Any]:
    names = ("description", "lat", "long") if view.with_geo else ("description",)
    return {name: location[name] for name in names if location.get(name)} if location else {}


def _time(at: datetime, zone: str, is_day: bool, view: View) -> Any:
    text = at.date().isoformat() if is_day else times.stamp(at)
    if not view.localized or (is_day and not view.days_as_objects):
        return text
    return {"time": text if is_day else times.local_stamp(at, zone), "tzid": zone}


def _created(at: datetime, view: View) -> str:
    return "0000-12-30T00:00:00Z" if view.year_zero else times.stamp(at)


def calendar(row: Any, *, with_profile: bool) -> dict[str, Any]:
    """Return a calendar; inside userinfo the profile's members are left out."""
    profile = {
        "provider_name": row.profile.provider_name,
        "profile_id": row.profile.uid,
        "profile_name": row.profile.name,
    }
    return (profile if with_profile else {}) | {
        "calendar_id": row.uid,
        "calendar_name": row.name,
        "calendar_readonly": row.readonly,
        "calendar_deleted": row.deleted,
        "calendar_primary": row.primary,
        "calendar_integrated_conferencing_available": row.integrated_conferencing_available,
        "calendar_attachments_available": row.attachments_available,
        "permission_level": row.permission_level,
    }


def profile(row: Any, *, app_url: str) -> dict[str, Any]:
    """Return a profile; the relink address only while the link is broken."""
    shown = {
        "provider_name": row.provider_name,
        "provider_service": row.provider_service,
        "profile_id": row.uid,
        "profile_name": row.name,
        "profile_connected": row.connected,
        "profile_initial_sync_required": row.initial_sync_required,
    }
    if not row.connected:
        shown["profile_relink_url"] = f"{app_url}/relink/{row.relink_token}"
    return shown


def channel(row: Any) -> dict[str, Any]:
    """Return a channel."""
    return {"channel_id": row.uid, "callback_url": row.callback_url, "filters": row.filters}


def free_busy_status(row: Any) -> str:
    """Return how an event counts in the reader's day."""
    if row.details.get("status") == "tentative" or row.details.get("participation_status") == "tentative":
        return "tentative"
    return {"opaque": "busy", "transparent": "free"}.get(row.transparency, "unknown")


def period(row: Any, calendar_row: Any, view: View, *, with_ids: bool) -> dict[str, Any]:
    """Return an event as free/busy reads answer it."""
    shown = {
        "calendar_id": calendar_row.uid,
        "start": _time(row.starts_at, row.start_zone, row.all_day, view),
        "end": _time(row.ends_at, row.end_zone, row.all_day, view),
        "free_busy_status": free_busy_status(row),
    }
    if with_ids:
        shown["event_uid"] = shown_uid(row.uid, is_own=row.application_id == view.application_id)
    if row.deleted_at is not None:
        shown["deleted"] = True
    return shown
