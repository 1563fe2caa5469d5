"""What an application does besides writing single events: deleting all its own, answering invitations."""

from datetime import datetime

from django.db import transaction

from cronofy_sandbox.core import scopes, shapes
from cronofy_sandbox.core.errors import Invalid
from cronofy_sandbox.models import Authorization, Calendar, Event
from cronofy_sandbox.services import notifications
from cronofy_sandbox.services.refusals import Refused
from cronofy_sandbox.services.store import Writer
from cronofy_sandbox.services.user_side import set_response


@transaction.atomic
def delete_all(authorization: Authorization, calendar_uids: list[str] | None, *, now: datetime) -> int:
    """Delete the application's own events, of all calendars or of some; return how many. Raises Invalid."""
    calendars = Calendar.objects.filter(profile__account_id=authorization.account_id)
    if calendar_uids is not None:
        calendars = calendars.filter(uid__in=calendar_uids)
        if calendars.count() < len(set(calendar_uids)):
            raise Invalid({"calendar_ids": ["errors.invalid_calendar_ids"]})
    mine = Event.objects.alive().filter(
        application_id=authorization.application_id, calendar__in=calendars.filter(readonly=False)
    )
    writer = Writer(application=authorization.application, now=now)
    for event in mine.select_related("calendar__profile"):
        writer.delete(event)
    writer.flush()
    notifications.announce_change(writer.touched, by_application_id=authorization.application_id, now=now)
    return len(writer.touched)


@transaction.atomic
def respond(authorization: Authorization, calendar_uid: str, uid: str, status: str, *, now: datetime) -> None:
    """Answer an invitation for the user. Raises Refused or Invalid."""
    if "change_participation_status" not in scopes.allowed(authorization.scope):
        raise Refused(403)
    event = (
        Event.objects.alive()
        .select_related("calendar__profile", "series")
        .filter(calendar__uid=calendar_uid, calendar__profile__account_id=authorization.account_id)
        .filter(uid__in=shapes.stored_uids(uid))
        .first()
    )
    if event is None:
        raise Refused(404)
    if status not in {"accepted", "tentative", "declined"}:
        raise Invalid({"status": ["errors.not_recognized" if status else "errors.required"]})
    if not shapes.is_invitation(event.details, event.calendar.profile.name) or not event.calendar.is_writable:
        raise Refused(403)
    writer = Writer(application=authorization.application, now=now)
    set_response(writer, event, status)
    writer.flush()
    notifications.announce_change([event], by_application_id=authorization.application_id, now=now)
