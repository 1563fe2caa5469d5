"""Control API: what the user does in the calendar, and sees there."""

from typing import Any

from django.db.models import Q

from cronofy_sandbox.control import shapes
from cronofy_sandbox.control.framework import Ask, found
from cronofy_sandbox.core import content as contents
from cronofy_sandbox.core import drafts
from cronofy_sandbox.core.shapes import stored_uids
from cronofy_sandbox.models import Calendar, Event
from cronofy_sandbox.services import seeding, user_side, writing

MOST = 10_000


def _calendar(uid: str) -> Calendar:
    calendar: Calendar = found(Calendar.objects.select_related("profile__account").filter(uid=uid).first())
    return calendar


def _event(uid: str) -> Event:
    rows = Event.objects.select_related("calendar__profile__account", "application", "series")
    event: Event = found(rows.filter(uid__in=stored_uids(uid)).first())
    return event


def list_events(ask: Ask, calendar_id: str) -> Any:
    """What stands in a calendar, whoever wrote it, the earliest first."""
    writing.land_due_writes(ask.now)
    rows = Event.objects.filter(calendar=_calendar(calendar_id))
    if not ask.flag("include_deleted"):
        rows = rows.alive()
    if ask.query.get("event_id"):
        rows = rows.filter(event_id=ask.query["event_id"])
    if ask.query.get("q"):
        text = ask.query["q"]
        rows = rows.filter(Q(summary__icontains=text) | Q(description__icontains=text))
    count = rows.count()
    limit = min(ask.number("limit", MOST), MOST)
    return {"count": count, "events": shapes.events(rows.order_by("starts_at", "uid")[:limit])}


def create_event(ask: Ask, calendar_id: str) -> Any:
    """Add an event, or with `recurrence` a series (its first occurrence is answered)."""
    calendar = _calendar(calendar_id)
    content = drafts.read(ask.body, zone=calendar.profile.account.zone)
    event = user_side.create_event(calendar, content, recurrence=ask.body.get("recurrence"), now=ask.now)
    return shapes.event(_event(event.uid))


def get_event(_ask: Ask, uid: str) -> Any:
    """One event, a tombstone too."""
    return shapes.event(_event(uid))


def update_event(ask: Ask, uid: str) -> Any:
    """Change an event; members left out stay as they are."""
    event = _event(uid)
    content = drafts.read(ask.body, zone=event.calendar.profile.account.zone, base=contents.of(event))
    user_side.update_event(event, content, whole_series=ask.body.get("whole_series", False), now=ask.now)
    return shapes.event(_event(event.uid))


def delete_event(ask: Ask, uid: str) -> Any:
    """Remove an event, one occurrence, or (`?whole_series=1`) a series."""
    event = _event(uid)
    user_side.delete_event(event, whole_series=ask.flag("whole_series"), now=ask.now)
    return shapes.event(_event(event.uid))


def move_event(ask: Ask, uid: str) -> Any:
    """Move an event to another calendar; answers with the event that stands there."""
    moved = user_side.move_event(_event(uid), _calendar(ask.body["calendar_id"]), now=ask.now)
    return shapes.event(_event(moved.uid))


def respond(ask: Ask, uid: str) -> Any:
    """Answer an invitation."""
    event = _event(uid)
    user_side.respond(event, ask.body["status"], now=ask.now)
    return shapes.event(_event(event.uid))


def seed(ask: Ask, calendar_id: str) -> Any:
    """Add invented events of a kind."""
    made = seeding.seed(_calendar(calendar_id), ask.body.get("kind", "plain"), ask.body.get("count", 1), now=ask.now)
    return {"count": len(made), "event_uids": [event.uid for event in made[:100]]}
