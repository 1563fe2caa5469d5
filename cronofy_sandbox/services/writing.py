"""Writes of applications: one by one or in a batch, each answered for itself, stored with a few statements."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from django.db import transaction
from django.db.models import Max

from cronofy_sandbox.core import content as contents
from cronofy_sandbox.core import providers, scopes, upserts
from cronofy_sandbox.core.errors import Invalid
from cronofy_sandbox.core.faultrules import Call
from cronofy_sandbox.core.upserts import Deletion, Upsert
from cronofy_sandbox.models import Application, Authorization, Calendar, Event, PendingWrite
from cronofy_sandbox.services import notifications, series
from cronofy_sandbox.services.faults import Board
from cronofy_sandbox.services.refusals import Refused
from cronofy_sandbox.services.stock import Stock
from cronofy_sandbox.services.store import Writer
from cronofy_sandbox.services.user_side import provider_of

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
        wishes = [(plan.calendar, plan.wish) for plan in checked if isinstance(plan, _Plan)]
        stock = Stock(authorization.application, wishes)
        desk = _Desk(authorization.application, writer, stock, board, _queued(calendars.values()))
        answers = [
            desk.carry_out(plan, write.as_call()) if isinstance(plan, _Plan) else plan
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


@dataclass(frozen=True)
class _Desk:
    """Where writes are carried out: who writes, what stands there, which faults are on, what waits already."""

    application: Application
    writer: Writer
    stock: Stock
    board: Board
    queued: Mapping[int, datetime]  # by calendar: when the last of the waiting writes lands

    def carry_out(self, plan: _Plan, call: Call) -> Answer:
        """Do what was planned, now or (behind a fault or a broken link) later."""
        try:
            _must_be_writable(plan.calendar, self.board)
            _must_suit(plan, self.application)
            act = _action(plan, self.stock)
            if not self.board.hit("write_lost", call):
                self._do(plan, call, act)
        except Invalid as refusal:
            return Answer(422, refusal.body())
        except Refused as refusal:
            return Answer(refusal.status)
        return Answer()

    def _do(self, plan: _Plan, call: Call, act: Callable[[Writer], None]) -> None:
        delay = self.board.hit("write_delay", call)
        if not plan.calendar.profile.connected:
            if self.board.is_on("disconnected_writes_locked"):
                raise Refused(423)
            self._hold(plan, None)
        elif delay:
            self._hold(plan, self.writer.now + timedelta(seconds=delay.params.get("seconds", 5)))
        elif plan.calendar.pk in self.queued:  # an older write must not overtake this one
            self._hold(plan, self.queued[plan.calendar.pk])
        else:
            act(self.writer)

    def _hold(self, plan: _Plan, due_at: datetime | None) -> None:
        PendingWrite.objects.create(
            calendar=plan.calendar,
            application=self.application,
            method="POST" if isinstance(plan.wish, Upsert) else "DELETE",
            body=dict(plan.body),
            due_at=due_at,
        )


def _queued(calendars: Iterable[Calendar]) -> dict[int, datetime]:
    waiting = PendingWrite.objects.filter(calendar__in=[calendar.pk for calendar in calendars]).exclude(due_at=None)
    return dict(waiting.values_list("calendar").annotate(last=Max("due_at")))


def _must_be_writable(calendar: Calendar, board: Board) -> None:
    if not calendar.is_writable:
        if board.is_on("readonly_forbidden"):
            raise Refused(403)
        raise Invalid({"calendar_id": ["errors.calendar_readonly"]})


def _must_suit(plan: _Plan, application: Application) -> None:
    """Refuse what this calendar, or the application's plan, cannot do."""
    if not isinstance(plan.wish, Upsert):
        return
    conferencing = plan.wish.content.details.get("conferencing", {})
    if plan.wish.recurrence is not None and "recurrence" in application.missing_features:
        raise Refused(402)
    if conferencing and "conferencing" in application.missing_features:
        raise Refused(402)
    if (plan.wish.invited or plan.wish.removed) and plan.calendar.profile.provider_service == "cronofy":
        raise Invalid({"attendees": ["errors.event.cannot_set_attendees"]})
    if conferencing.get("profile_id") == "integrated" and not plan.calendar.integrated_conferencing_available:
        raise Invalid({"conferencing.profile_id": ["errors.integrated_conferencing_not_available"]})


def _action(plan: _Plan, stock: Stock) -> Callable[[Writer], None]:
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


def _editable(calendar: Calendar, shown_uid: str, stock: Stock) -> Event:
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
    if merged.details.get("attendees") and "organizer" not in merged.details:
        host = {"email": calendar.profile.name, "display_name": calendar.name}
        merged = merged.with_details(organizer=host, participation_status="accepted")
    return providers.kept(provider_of(calendar), merged)


def _upsert(writer: Writer, calendar: Calendar, upsert: Upsert, stock: Stock) -> None:
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
        act = _action(plan, Stock(pending.application, [(plan.calendar, plan.wish)]))
    except (Invalid, Refused):
        return  # the event went meanwhile: such a failure is never reported
    act(writer)
    writer.flush()
    notifications.announce_change(writer.touched, by_application_id=pending.application_id, now=now)
