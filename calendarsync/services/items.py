"""Writing items: what people do in My Calendar, each with its debt to the linked calendars in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from calendarsync.core.events import AllDay, When
from calendarsync.models import Account, Assignment, CalendarItem, Kind, Link, Ticket, User
from calendarsync.models.crm import Priority
from calendarsync.models.items import STATUSES, ShowAs, Status
from calendarsync.models.links import LinkState, Origin
from calendarsync.services import outbox

LONGEST = timedelta(days=14)
MAY_BE_ALL_DAY = frozenset({Kind.APPOINTMENT, Kind.TASK, Kind.TODO})
DONE: dict[str, Status] = {
    Kind.ACTIVITY: Status.DONE,
    Kind.SERVICE_CALL: Status.COMPLETE,
    Kind.TASK: Status.COMPLETE,
    Kind.TODO: Status.DONE,
}


class NotThere(Exception):
    """No such item, or none that this person may see; which of the two is nobody's business."""


class StaleEdit(Exception):
    """Somebody changed the item after this edit was begun. `item` is as it stands now."""

    def __init__(self, item: CalendarItem) -> None:
        super().__init__("This item was changed elsewhere meanwhile. Look at it again before you save.")
        self.item = item


class ReadOnlyHere(Exception):
    """The item came from a linked calendar that does not let us change it. The message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFields:
    """What a person fills in, of all kinds. Those that a kind does not have keep their defaults."""

    subject: str
    when: When
    description: str = ""
    location: str = ""
    status: str = ""
    priority: str = Priority.NORMAL
    show_as: str = ShowAs.BUSY
    is_private: bool = False
    reminder_minutes: int | None = None
    activity_type: str = ""
    account: Account | None = None
    contact: str = ""
    opportunity: str = ""
    project: str = ""
    tickets: tuple[Ticket, ...] = ()
    people: tuple[User, ...] = ()
    """In whose calendars it stands: a service call's resources, else one person. Empty: the actor's."""


COLUMNS = tuple(field.name for field in fields(ItemFields) if field.name not in {"tickets", "people"})


# --- Use cases ------------------------------------------------------------------------------------------------------
def create(*, kind: str, actor: User, fields: ItemFields, now: datetime) -> CalendarItem:
    """Add an item and owe it to the linked calendars of everybody assigned. Raises ValidationError."""
    check(kind=kind, fields=fields)
    check_when(kind=kind, when=fields.when)
    item = CalendarItem(kind=kind, owner=actor)
    with transaction.atomic():
        _fill(item, fields)
        item.status = fields.status or _first_status(kind)
        item.save()
        item.tickets.set(fields.tickets)
        _assign(item, fields.people or (actor,))
        outbox.owe(item=item, now=now)
    return item


def update(
    *, item_id: int, actor: User, fields: ItemFields, expected_rev: int | None = None, now: datetime
) -> CalendarItem:
    """Save an edit. Raises NotThere, StaleEdit, ReadOnlyHere or ValidationError; an edit of nothing writes nothing."""
    with transaction.atomic():
        item = _held(item_id, actor=actor, expected_rev=expected_rev)
        if _as_filled(item) == _comparable(fields, owner=item.owner):
            return item
        check(kind=item.kind, fields=fields)
        if fields.when != item.when:  # what a linked calendar gave may be longer than what people may enter
            check_when(kind=item.kind, when=fields.when)
        _refuse_read_only(item)
        _fill(item, fields)
        item.status = fields.status or _first_status(item.kind)
        item.tickets.set(fields.tickets)
        _assign(item, fields.people or (item.owner,))
        _save(item, now=now)
    return item


def move(*, item_id: int, actor: User, when: When, expected_rev: int | None, now: datetime) -> CalendarItem:
    """Give an item another time. Raises as `update`."""
    with transaction.atomic():
        item = _held(item_id, actor=actor, expected_rev=expected_rev)
        check_when(kind=item.kind, when=when)
        if item.when == when:
            return item
        _refuse_read_only(item)
        item.when = when
        _save(item, now=now)
    return item


def set_status(*, item_id: int, actor: User, status: str, now: datetime) -> CalendarItem:
    """Give an item one of its kind's states. Raises NotThere, ReadOnlyHere or ValidationError."""

    def change(item: CalendarItem) -> None:
        if status not in STATUSES[item.kind]:
            raise ValidationError(f"{Kind(item.kind).label} has no such status.")
        item.status = status

    return _changed(item_id, actor=actor, now=now, change=change)


def mark_done(*, item_id: int, actor: User, now: datetime) -> CalendarItem:
    """Finish a task, a to-do, an activity or a service call. Raises as `set_status`."""

    def change(item: CalendarItem) -> None:
        if item.kind not in DONE:
            raise ValidationError("An appointment cannot be done; delete it or leave it.")
        item.status = DONE[item.kind]

    return _changed(item_id, actor=actor, now=now, change=change)


def assign(*, item_id: int, actor: User, users: Collection[User], now: datetime) -> CalendarItem:
    """Put an item into exactly these people's calendars. Raises NotThere, ReadOnlyHere or ValidationError."""
    if not users:
        raise ValidationError("Choose at least one person.")

    def change(item: CalendarItem) -> None:
        if len(users) > 1 and item.kind != Kind.SERVICE_CALL:
            raise ValidationError("Only a service call can have several people.")
        _assign(item, users)

    return _changed(item_id, actor=actor, now=now, change=change)


def delete(*, item_id: int, actor: User, now: datetime) -> CalendarItem:
    """Take an item out of everybody's calendar; it can be restored for 30 days. Raises NotThere or ReadOnlyHere."""
    with transaction.atomic():
        item = _held(item_id, actor=actor)
        if reason := why_not_deletable(item):
            raise ReadOnlyHere(reason)
        item.deleted_at = now
        _save(item, now=now)
    return item


def restore(*, item_id: int, actor: User, now: datetime) -> CalendarItem:
    """Bring a deleted item back as it was. Raises NotThere; restoring a living one changes nothing."""
    with transaction.atomic():
        item = _held(item_id, actor=actor, deleted_too=True)
        if item.deleted_at is not None:
            item.deleted_at = None
            _save(item, now=now)
    return item


# --- What a person may do ---------------------------------------------------------------------------------------------
def why_read_only(item: CalendarItem) -> str:
    """Return why `item` cannot be edited here, or nothing if it can. One query."""
    return next((reason for link in _their_links(item) if (reason := why_closed(link, allowed=link.may_update))), "")


def why_not_deletable(item: CalendarItem) -> str:
    """Return why `item` cannot be deleted here, or nothing if it can. One query."""
    return next((reason for link in _their_links(item) if (reason := why_closed(link, allowed=link.may_delete))), "")


def why_closed(link: Link, *, allowed: bool) -> str:
    """Return why the other side of `link` takes no changes from us; `allowed` is its own word on the event."""
    name = link.integration.calendar_name
    if link.integration.is_readonly:
        return f"It came from {name}, which can only be read. Change it there."
    if not link.integration.is_unrestricted:
        return f"It came from {name}, where we may only change what was added here. Change it there."
    if not allowed:
        return f"It came from {name}, which does not let anybody but its organiser change it."
    return ""


def _their_links(item: CalendarItem) -> list[Link]:
    living = Link.objects.filter(item=item, origin=Origin.LINKED, integration__deleted_at=None)
    paired = living.exclude(state__in=[LinkState.TOMB, LinkState.DETACHED])
    return list(paired.select_related("integration"))


def _refuse_read_only(item: CalendarItem) -> None:
    if reason := why_read_only(item):
        raise ReadOnlyHere(reason)


# --- Rules (pure) ----------------------------------------------------------------------------------------------------
def check(*, kind: str, fields: ItemFields) -> None:
    """Raise ValidationError, by field, for everything that an item of this kind cannot be."""
    problems: dict[str, str] = {}
    if not fields.subject.strip():
        problems["subject"] = "Enter a subject."
    if kind == Kind.SERVICE_CALL and not fields.tickets:
        problems["tickets"] = "Choose at least one ticket."
    if kind == Kind.SERVICE_CALL and not fields.people:
        problems["people"] = "Choose at least one resource."
    if kind != Kind.SERVICE_CALL and len(fields.people) > 1:
        problems["people"] = "Only a service call can have several people."
    if fields.status and fields.status not in STATUSES[kind]:
        problems["status"] = "Choose one of the listed states."
    if problems:
        raise ValidationError(problems)


def check_when(*, kind: str, when: When) -> None:
    """Raise ValidationError unless the time is one that an item of this kind can have."""
    if isinstance(when, AllDay) and kind not in MAY_BE_ALL_DAY:
        raise ValidationError(f"A {Kind(kind).label} needs a time of day.")
    length = when.until - when.first if isinstance(when, AllDay) else when.end - when.start
    if length <= timedelta():
        raise ValidationError("The end must be after the start.")
    if length > LONGEST:
        raise ValidationError("An item can last 14 days at most.")


def _first_status(kind: str) -> str:
    return STATUSES[kind][0] if STATUSES[kind] else ""


# --- Rows ------------------------------------------------------------------------------------------------------------
def _held(item_id: int, *, actor: User, expected_rev: int | None = None, deleted_too: bool = False) -> CalendarItem:
    """Lock the item's row: changes of one item come one after another, here and in the pull."""
    theirs = Q(owner=actor) | Q(pk__in=Assignment.objects.filter(user=actor).values("item"))
    item = CalendarItem.objects.select_for_update().filter(theirs, pk=item_id).first()
    if item is None or (item.deleted_at is not None and not deleted_too):
        raise NotThere
    if expected_rev is not None and item.rev != expected_rev:
        raise StaleEdit(item)
    return item


def _changed(item_id: int, *, actor: User, now: datetime, change: Callable[[CalendarItem], None]) -> CalendarItem:
    with transaction.atomic():
        item = _held(item_id, actor=actor)
        _refuse_read_only(item)
        change(item)
        _save(item, now=now)
    return item


def _save(item: CalendarItem, *, now: datetime) -> None:
    item.rev += 1
    item.save()
    outbox.owe(item=item, now=now)


def _fill(item: CalendarItem, fields: ItemFields) -> None:
    for name in COLUMNS:
        setattr(item, name, getattr(fields, name))
    item.subject = fields.subject.strip()


def _as_filled(item: CalendarItem) -> tuple[object, ...]:
    """Return what a person could have filled in, in a form that compares."""
    people = frozenset(item.assignments.values_list("user_id", flat=True))
    tickets = frozenset(item.tickets.values_list("pk", flat=True))
    return (*(getattr(item, name) for name in COLUMNS), tickets, people)


def _comparable(fields: ItemFields, *, owner: User) -> tuple[object, ...]:
    people = frozenset(person.pk for person in fields.people or (owner,))
    tickets = frozenset(ticket.pk for ticket in fields.tickets)
    return (*(getattr(fields, name) for name in COLUMNS), tickets, people)


def _assign(item: CalendarItem, users: Collection[User]) -> None:
    """Make the assignments exactly these. Whoever leaves keeps a link, through which the push takes the event away."""
    wanted = {user.pk for user in users}
    item.assignments.exclude(user__in=wanted).delete()
    present = set(item.assignments.values_list("user_id", flat=True))
    Assignment.objects.bulk_create([Assignment(item=item, user_id=pk) for pk in sorted(wanted - present)])
