"""Writes of applications: one by one or in a batch, each answered for itself, stored with a few statements."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from django.db import transaction

from cronofy_sandbox.core import content as contents
from cronofy_sandbox.core import providers, scopes, shapes, upserts
from cronofy_sandbox.core.errors import Invalid
from cronofy_sandbox.core.faultrules import Call
from cronofy_sandbox.core.upserts import Deletion, Upsert
from cronofy_sandbox.models import Application, Authorization, Calendar, Event, PendingWrite
from cronofy_sandbox.services import notifications, series
from cronofy_sandbox.services.faults import Board
from cronofy_sandbox.services.refusals import Refused
from cronofy_sandbox.services.store import Writer
from cronofy_sandbox.services.user_side import provider_of, set_response

EVENTS_PATH = re.compile(r"/v1/calendars/([^/?]+)/events/?")
SCOPES = {"POST": "create_event", "DELETE": "delete_event"}


@dataclass(frozen=True)
class Write:
    """One write as it was asked for. `index` is its place in a batch, None outside of one."""

    method: str
    path: str
    body: Any
    index: int | None = None

    def as_call(self) -> Call:
        """Return the write as faults see it."""
        body = self.body if isinstance(self.body, Mapping) else {}
        ids = tuple(str(body[name]) for name in ("event_id", "event_uid") if body.get(name))
        return Call(self.method, self.path, self.index, ids)


@dataclass(frozen=True)
class Answer:
    """What a write is answered with."""

    status: int = 202
    body: dict[str, Any] | None = None


@dataclass
class _Plan:
    """A write that passed all checks and waits to be carried out."""

    calendar: Calendar
    wish: Upsert | Deletion
    body: Mapping[str, Any] = field(default_factory=dict)


def run(authorization: Authorization, writes: list[Write], *, board: Board, now: datetime) -> list[Answer]:
    """Carry out writes in order; return an answer for each. Writes are independent of each other."""
    with transaction.atomic():
        calendars = _calendars(authorization, writes)
        writer = Writer(application=authorization.application, now=now)
        checked = [_checked(authorization, write, calendars) for write in writes]
        stock = _Stock(authorization.application, [plan for plan in checked if isinstance(plan, _Plan)])
        answers = [
            _carry_out(plan, write, writer, stock, board) if isinstance(plan, _Plan) else plan
            for plan, write in zip(checked, writes, strict=True)
        ]
        writer.flush()
        notifications.announce_change(writer.touched, by_application_id=authorization.application_id, now=now)
    return answers


def _calendars(authorization: Authorization, writes: list[Write]) -> dict[str, Calendar]:
    wanted = {_calendar_uid(write.path) for write in writes}
    found = Calendar.objects.select_related("profile").filter(
        uid__in=wanted, profile__account_id=authorization.account_id
    )
    return {calendar.uid: calendar for calendar in found}


def _calendar_uid(path: str) -> str:
    match = EVENTS_PATH.fullmatch(path)
    return unquote(match[1]) if match else ""


def _checked(authorization: Authorization, write: Write, calendars: Mapping[str, Calendar]) -> _Plan | Answer:
    """Return the plan for a write, or the refusal, as far as both can be known without the events."""
    if write.method not in SCOPES or not EVENTS_PATH.fullmatch(write.path):
        return Answer(404)
    if SCOPES[write.method] not in scopes.allowed(authorization.scope):
        return Answer(403)
    calendar = calendars.get(_calendar_uid(write.path))
    if calendar is None:
        return Answer(404)
    body = write.body if isinstance(write.body, Mapping) else {}
    try:
        wish = upserts.read(body) if write.method == "POST" else upserts.read_deletion(body)
    except Invalid as refusal:
        return Answer(422, refusal.body())
    return _Plan(calendar, wish, body)


class _Stock:
    """The events that a set of writes is about, read with two queries."""

    def __init__(self, application: Application, plans: list[_Plan]) -> None:
        self._application = application
        calendars = {plan.calendar.pk for plan in plans}
        event_ids = {plan.wish.event_id for plan in plans if plan.wish.event_id}
        uids = {uid for plan in plans if plan.wish.event_uid for uid in shapes.stored_uids(plan.wish.event_uid)}
        events = Event.objects.select_related("series")
        mine = (
            events.filter(application=application, calendar__in=calendars, event_id__in=event_ids) if event_ids else ()
        )
        others = events.filter(calendar__in=calendars, uid__in=uids) if uids else ()
        self._by_event_id = {(event.calendar_id, event.event_id): event for event in mine}
        self._by_uid = {(event.calendar_id, event.uid): event for event in others}

    def own(self, calendar: Calendar, event_id: str) -> Event | None:
        """Return the application's event of that id, a tombstone too."""
        return self._by_event_id.get((calendar.pk, event_id))

    def add(self, event: Event) -> None:
        """Remember an event that this very set of writes made."""
        self._by_event_id[event.calendar_id, event.event_id] = event

    def external(self, calendar: Calendar, shown_uid: str) -> Event:
        """Return someone else's event by the id that reads show. Raises Invalid or Refused."""
        found = (self._by_uid.get((calendar.pk, uid)) for uid in shapes.stored_uids(shown_uid))
        event = next((event for event in found if event), None)
        if event is None and shown_uid.startswith(shapes.EXTERNAL_PREFIX):
            raise Refused(404)
        if event is None or event.application_id == self._application.pk:
            raise Invalid({"event_uid": ["errors.must_be_external_event_uid"]})
        return event


def _carry_out(plan: _Plan, write: Write, writer: Writer, stock: _Stock, board: Board) -> Answer:
    try:
        _must_be_writable(plan.calendar, board)
        if isinstance(plan.wish, Upsert):
            _must_suit(plan.wish, plan.calendar, writer.application)
        act = _action(plan, stock)
    except Invalid as refusal:
        return Answer(422, refusal.body())
    except Refused as refusal:
        return Answer(refusal.status)
    if board.hit("write_lost", write.as_call()):
        return Answer()
    delay = board.hit("write_delay", write.as_call())
    held = not plan.calendar.profile.connected
    if held and board.is_on("disconnected_writes_locked"):
        return Answer(423)
    if held or delay:
        due_at = None if held else writer.now + timedelta(seconds=delay.params.get("seconds", 5) if delay else 0)
        _postpone(plan, write, writer, due_at)
    else:
        act(writer)
    return Answer()


def _must_be_writable(calendar: Calendar, board: Board) -> None:
    if not calendar.is_writable:
        if board.is_on("readonly_forbidden"):
            raise Refused(403)
        raise Invalid({"calendar_id": ["errors.calendar_readonly"]})


def _must_suit(upsert: Upsert, calendar: Calendar, application: Application | None) -> None:
    """Refuse what this calendar, or the application's plan, cannot do."""
    missing = application.missing_features if application else []
    details = upsert.content.details
    if (upsert.recurrence is not None and "recurrence" in missing) or (
        details.get("conferencing") and "conferencing" in missing
    ):
        raise Refused(402)
    if (upsert.invited or upsert.removed) and calendar.profile.provider_service == "cronofy":
        raise Invalid({"attendees": ["errors.event.cannot_set_attendees"]})
    wants_integrated = details.get("conferencing", {}).get("profile_id") == "integrated"
    if wants_integrated and not calendar.integrated_conferencing_available:
        raise Invalid({"conferencing.profile_id": ["errors.integrated_conferencing_not_available"]})


def _action(plan: _Plan, stock: _Stock) -> Any:
    """Return what is to be done, as a function of the writer. Raises Invalid or Refused."""
    wish, calendar = plan.wish, plan.calendar
    if isinstance(wish, Upsert):
        if wish.event_id:
            return lambda writer: _upsert(writer, calendar, wish, stock)
        event = _editable(calendar, wish.event_uid, stock)
        if event.deleted_at is not None:
            raise Refused(404)
        if event.series_id is not None:
            raise Invalid({"event_uid": ["errors.not_supported"]})
        return lambda writer: writer.rewrite(event, _kept(calendar, wish, event))
    if wish.event_id:
        own = stock.own(calendar, wish.event_id)
        return lambda writer: _delete_own(writer, own or stock.own(calendar, wish.event_id))
    external = _editable(calendar, wish.event_uid, stock)
    return lambda writer: writer.delete(external)


def _editable(calendar: Calendar, shown_uid: str, stock: _Stock) -> Event:
    event = stock.external(calendar, shown_uid)
    if calendar.permission_level != "unrestricted":
        raise Refused(403)
    return event


def _kept(calendar: Calendar, upsert: Upsert, existing: Event | None) -> contents.Content:
    merged = upserts.merged(upsert, contents.of(existing) if existing else None)
    conferencing = merged.details.get("conferencing", {})
    if conferencing and not conferencing.get("join_url"):
        link = {**conferencing, "join_url": f"https://meet.sandbox.test/{calendar.pk}-{upsert.event_id}"}
        merged = merged.with_details(conferencing=link)
    return providers.kept(provider_of(calendar), merged)


def _upsert(writer: Writer, calendar: Calendar, upsert: Upsert, stock: _Stock) -> None:
    event = stock.own(calendar, upsert.event_id)
    content = _kept(calendar, upsert, event)
    columns = {"event_id": upsert.event_id, "application": writer.application}
    if event is None:
        if upsert.recurrence and upsert.recurrence.get("rules"):
            event = series.create(writer, calendar, content, dict(upsert.recurrence), **columns)
        else:
            event = writer.create(calendar, content, **columns)
        stock.add(event)
    elif event.series is not None or (upsert.recurrence and upsert.recurrence.get("rules")):
        series.replace_own(writer, event, content, upsert.recurrence)
    else:
        writer.rewrite(event, content)


def _delete_own(writer: Writer, event: Event | None) -> None:
    """Delete an own event; one that is unknown or gone already needs nothing."""
    if event is None:
        return
    if event.series is not None:
        series.end(writer, event.series)
    writer.delete(event)


def _postpone(plan: _Plan, write: Write, writer: Writer, due_at: datetime | None) -> None:
    PendingWrite.objects.create(
        calendar=plan.calendar,
        application=writer.application,
        method=write.method,
        body=dict(plan.body),
        due_at=due_at,
    )


def land_due_writes(now: datetime) -> int:
    """Let the writes that were held back reach their calendars; return how many did."""
    if not PendingWrite.objects.filter(due_at__lte=now).exists():
        return 0
    with transaction.atomic():
        due = list(
            PendingWrite.objects.filter(due_at__lte=now)
            .select_related("calendar__profile", "application")
            .order_by("due_at", "id")
        )
        for pending in due:
            _land(pending, now)
            pending.delete()
    return len(due)


def _land(pending: PendingWrite, now: datetime) -> None:
    wish = upserts.read(pending.body) if pending.method == "POST" else upserts.read_deletion(pending.body)
    plan = _Plan(pending.calendar, wish)
    writer = Writer(application=pending.application, now=now)
    try:
        act = _action(plan, _Stock(pending.application, [plan]))
    except (Invalid, Refused):
        return  # the event went meanwhile: such a failure is never reported
    act(writer)
    writer.flush()
    notifications.announce_change(writer.touched, by_application_id=pending.application_id, now=now)


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
