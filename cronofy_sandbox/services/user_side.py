"""What the person does in the own calendar: applications hear of it, and see it when they read."""

from datetime import datetime
from typing import Any

from django.db import transaction

from cronofy_sandbox.core import content as contents
from cronofy_sandbox.core import providers
from cronofy_sandbox.core.content import Content
from cronofy_sandbox.core.errors import Invalid
from cronofy_sandbox.core.providers import Provider
from cronofy_sandbox.models import Calendar, Event
from cronofy_sandbox.services import clock, faults, notifications, series
from cronofy_sandbox.services.store import Writer


def provider_of(calendar: Calendar) -> Provider:
    """Return the service that keeps a calendar."""
    return providers.BY_SERVICE[calendar.profile.provider_service]


@transaction.atomic
def create_event(
    calendar: Calendar, content: Content, *, recurrence: dict[str, Any] | None = None, now: datetime | None = None
) -> Event:
    """Add an event; with `recurrence` a series, whose first occurrence is returned.

    `core.drafts.read` makes the content. Raises Invalid for a calendar that the user cannot write to, or for an
    impossible rule.
    """
    _must_be_writable(calendar)
    now = now or clock.now()
    content = providers.kept(provider_of(calendar), content)
    writer = Writer(application=None, now=now)
    event = series.create(writer, calendar, content, recurrence or {"rules": []})
    _finish(writer, now)
    return event


@transaction.atomic
def update_event(event: Event, content: Content, *, whole_series: bool = False, now: datetime | None = None) -> Event:
    """Give an event new content, an application's event like any other. Raises Invalid as `create_event` does.

    Of a series only this occurrence changes, unless `whole_series`.
    """
    _must_be_writable(event.calendar)
    _must_be_there(event)
    now = now or clock.now()
    content = providers.kept(provider_of(event.calendar), content)
    writer = Writer(application=None, now=now)
    if whole_series and event.series is not None:
        series.rewrite(writer, event.series, event, content)
    else:
        writer.rewrite(event, content, is_exception=event.series_id is not None)
    _finish(writer, now)
    return event


@transaction.atomic
def delete_event(event: Event, *, whole_series: bool = False, now: datetime | None = None) -> None:
    """Remove an event or one occurrence, or the whole series. A second time nothing happens."""
    _must_be_writable(event.calendar)
    now = now or clock.now()
    writer = Writer(application=None, now=now)
    if whole_series and event.series is not None:
        series.end(writer, event.series)
    else:
        writer.delete(event)
    _finish(writer, now)


@transaction.atomic
def move_event(event: Event, target: Calendar, *, now: datetime | None = None) -> Event:
    """Move an event to another calendar of the same account; return the event that stands there now.

    The old calendar keeps a tombstone (with `event_id`, for an application's event) and the new one gets an external
    event; the fault `moved_event_keeps_uid` moves the row itself.
    """
    _must_be_writable(event.calendar)
    _must_be_writable(target)
    _must_be_there(event)
    if target.profile.account_id != event.calendar.profile.account_id:
        raise Invalid({"calendar_id": ["errors.not_recognized"]})
    if target.pk == event.calendar_id:
        return event
    now = now or clock.now()
    writer = Writer(application=None, now=now)
    kept = providers.kept(provider_of(target), contents.of(event))
    if faults.Board(now).is_on("moved_event_keeps_uid"):
        moved = event
        writer.rewrite(event, kept, calendar=target, series=None)
    else:
        writer.delete(event)
        moved = writer.create(target, kept)
    _finish(writer, now)
    return moved


@transaction.atomic
def respond(event: Event, status: str, *, now: datetime | None = None) -> None:
    """Answer an invitation: accepted, tentative, declined or needs_action. Some providers remove what is declined."""
    now = now or clock.now()
    writer = Writer(application=None, now=now)
    set_response(writer, event, status)
    _finish(writer, now)


def set_response(writer: Writer, event: Event, status: str) -> None:
    """Note the answer to an invitation with a writer."""
    email = event.calendar.profile.name
    attendees = [
        {**attendee, "status": status} if attendee.get("email", "").lower() == email else attendee
        for attendee in event.details.get("attendees", [])
    ]
    answered = contents.of(event).with_details(participation_status=status, attendees=attendees)
    writer.rewrite(event, answered)
    if status == "declined" and provider_of(event.calendar).declining_removes:
        writer.delete(event)


def _finish(writer: Writer, now: datetime) -> None:
    writer.flush()
    notifications.announce_change(writer.touched, by_application_id=None, now=now)


def _must_be_writable(calendar: Calendar) -> None:
    if not calendar.is_writable:
        raise Invalid({"calendar_id": ["errors.calendar_readonly"]})


def _must_be_there(event: Event) -> None:
    if event.deleted_at is not None:
        raise Invalid({"event_uid": ["errors.deleted"]})
