"""Demonstration data: a small practice with two believable weeks around today. Never for a real installation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction

from calendarsync.core import wall_times
from calendarsync.core.events import AllDay, When
from calendarsync.models import Account, CalendarItem, Kind, Ticket, User
from calendarsync.models.crm import Priority
from calendarsync.models.items import ActivityType, ShowAs, Status
from calendarsync.services import items
from calendarsync.services.items import ItemFields

PASSWORD = "demo"  # noqa: S105 - on the log-in block of `make run`, for data that anybody may see
PEOPLE = {
    "alice": ("Alice", "Arnold", "Europe/Berlin"),
    "bob": ("Bob", "Brandt", "America/New_York"),
    "carol": ("Carol", "Chandra", "Asia/Kolkata"),
    "admin": ("Adam", "Admin", "Europe/London"),
}
ACCOUNTS = {
    "Northwind Bakery": "12 Mill Lane, Leeds",
    "Harbour Dental": "4 Quayside, Bristol",
    "Oakridge Legal": "77 Chancery Row, London",
    "Bluefin Logistics": "Unit 9, Dock Road, Hull",
    "Meadow Primary School": "School Hill, York",
}
TICKETS = (
    (1042, "Printer in the shop prints blank pages", "Northwind Bakery", Priority.NORMAL),
    (1043, "Replace the backup server", "Harbour Dental", Priority.HIGH),
    (1044, "New starter: laptop and accounts", "Oakridge Legal", Priority.NORMAL),
    (1045, "Warehouse Wi-Fi drops at the loading bay", "Bluefin Logistics", Priority.URGENT),
    (1046, "Projector in room 3 shows no picture", "Meadow Primary School", Priority.LOW),
    (1047, "Quarterly security review", "Oakridge Legal", Priority.NORMAL),
    (1048, "Till cannot reach the card terminal", "Northwind Bakery", Priority.URGENT),
    (1049, "Move mailboxes of the reception", "Harbour Dental", Priority.NORMAL),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """One item of the demonstration: working days from today, wall times of its person, and what else it has."""

    kind: Kind
    subject: str
    day: int
    start: str = ""
    """HH:MM; empty for whole days."""
    minutes: int = 60
    days: int = 1
    account: str = ""
    tickets: tuple[int, ...] = ()
    people: tuple[str, ...] = ()
    more: dict[str, Any] | None = None


def _plan(kind: Kind, subject: str, day: int, start: str = "", minutes: int = 60, **more: Any) -> Plan:
    known = {name: more.pop(name) for name in ("days", "account", "tickets", "people") if name in more}
    return Plan(kind=kind, subject=subject, day=day, start=start, minutes=minutes, more=more, **known)


APPOINTMENT, ACTIVITY, CALL, TASK, TODO = Kind.APPOINTMENT, Kind.ACTIVITY, Kind.SERVICE_CALL, Kind.TASK, Kind.TODO
OFFICE = "Office, meeting room 1"
PLANS: dict[str, tuple[Plan, ...]] = {
    "alice": (
        _plan(APPOINTMENT, "Team stand-up", 0, "09:00", 15, location=OFFICE, reminder_minutes=5),
        _plan(APPOINTMENT, "Team stand-up", 1, "09:00", 15, location=OFFICE, reminder_minutes=5),
        _plan(APPOINTMENT, "Team stand-up", -1, "09:00", 15, location=OFFICE),
        _plan(APPOINTMENT, "Lunch with Bob", 2, "12:30", 60, location="Café Linde"),
        _plan(APPOINTMENT, "Dentist", 3, "16:00", 45, is_private=True, show_as=ShowAs.OUT_OF_OFFICE),
        _plan(APPOINTMENT, "Conference: Service Desk Days", 8, days=3, show_as=ShowAs.OUT_OF_OFFICE),
        _plan(APPOINTMENT, "Yearly review, to be confirmed", 5, "14:00", 60, show_as=ShowAs.TENTATIVE),
        _plan(
            CALL, "Replace the backup server", 1, "10:00", 180,
            tickets=(1043,), people=("alice", "bob"), location=ACCOUNTS["Harbour Dental"], status=Status.CONFIRMED,
            description="Bring the 2U rails. The old server stays until the restore test has passed.",
        ),
        _plan(CALL, "Card terminal at the till", 0, "14:00", 60, tickets=(1048, 1042), people=("alice",),
              location=ACCOUNTS["Northwind Bakery"]),
        _plan(CALL, "Projector in room 3", -3, "15:00", 45, tickets=(1046,), people=("alice",), status=Status.COMPLETE),
        _plan(ACTIVITY, "Call about the renewal", 0, "11:30", 30, account="Oakridge Legal", contact="Ms Hale",
              activity_type=ActivityType.CALL, opportunity="Support contract 2027"),
        _plan(ACTIVITY, "Visit: network survey", 4, "10:00", 90, account="Bluefin Logistics",
              activity_type=ActivityType.VISIT, tickets=(1045,)),
        _plan(TASK, "Write the migration plan", -1, days=4, project="Mail migration / Planning",
              account="Harbour Dental", status=Status.IN_PROGRESS),
        _plan(TASK, "Test the restore", 3, "10:00", 120, project="Backup / Acceptance", tickets=(1043,),
              priority=Priority.HIGH),
        _plan(TODO, "Order two switches", 0, tickets=(1045,)),
        _plan(TODO, "Send the timesheet", 4, "16:30", 30, priority=Priority.HIGH),
        _plan(TODO, "Book the train to York", -2, status=Status.DONE),
    ),
    "bob": (
        _plan(APPOINTMENT, "Gym", 1, "07:00", 60, is_private=True),
        _plan(APPOINTMENT, "Vendor webinar", 2, "13:00", 60, show_as=ShowAs.TENTATIVE),
        _plan(CALL, "Wi-Fi at the loading bay", 3, "09:30", 240, tickets=(1045,), people=("bob", "carol"),
              location=ACCOUNTS["Bluefin Logistics"]),
        _plan(ACTIVITY, "E-mail the quote", 0, "10:00", 30, account="Meadow Primary School",
              activity_type=ActivityType.EMAIL),
        _plan(TASK, "Document the firewall rules", 5, days=2, project="Security review", tickets=(1047,)),
        _plan(TODO, "Return the loan laptop", 1),
    ),
    "carol": (
        _plan(APPOINTMENT, "Hand-over with the European desk", 0, "14:30", 30),
        _plan(APPOINTMENT, "Holiday", 10, days=5, show_as=ShowAs.OUT_OF_OFFICE),
        _plan(CALL, "Laptop and accounts for the new starter", 2, "11:00", 120, tickets=(1044,), people=("carol",)),
        _plan(TASK, "Move mailboxes of the reception", 1, "10:00", 180, tickets=(1049,), account="Harbour Dental"),
        _plan(TODO, "Renew the certificate", 4, priority=Priority.URGENT),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Loaded:
    """How much was added by this call."""

    people: int
    items: int


def load(*, now: datetime, tell: Callable[[str], None] = lambda _line: None) -> Loaded:
    """Add what is missing: people, accounts, tickets, and items for those who have none at all."""
    with transaction.atomic():
        people = {name: _person(name) for name in PEOPLE}
        _customers()
        added = [_items_of(people[name], people, now=now) for name in PLANS]
    tell(f"Demo data: {len(people)} people, {sum(added)} items added.")
    return Loaded(people=len(people), items=sum(added))


def forget() -> None:
    """Delete all items of the demonstration's people, so that `load` makes them anew around today."""
    CalendarItem.objects.filter(owner__username__in=PEOPLE).delete()


def _person(name: str) -> User:
    first, last, zone = PEOPLE[name]
    is_boss = name == "admin"
    person, is_new = User.objects.get_or_create(
        username=name,
        defaults={
            "first_name": first,
            "last_name": last,
            "time_zone": zone,
            "email": f"{name}@bms.example",
            "is_staff": is_boss,
            "is_superuser": is_boss,
        },
    )
    if is_new:
        person.set_password(PASSWORD)
        person.save()
    return person


def _customers() -> None:
    for name, address in ACCOUNTS.items():
        Account.objects.get_or_create(name=name, defaults={"address": address})
    for number, subject, account, priority in TICKETS:
        defaults = {"subject": subject, "account": Account.objects.get(name=account), "priority": priority}
        Ticket.objects.get_or_create(number=number, defaults=defaults)


def _items_of(person: User, people: dict[str, User], *, now: datetime) -> int:
    """Add the person's plans, unless they own items already: what somebody deleted must not come back."""
    if CalendarItem.objects.filter(owner=person).exists():
        return 0
    today = now.astimezone(person.zone).date()
    for plan in PLANS[person.username]:
        items.create(kind=plan.kind, actor=person, fields=_fields(plan, person, people, today=today), now=now)
    return len(PLANS[person.username])


def _fields(plan: Plan, person: User, people: dict[str, User], *, today: date) -> ItemFields:
    is_free = plan.kind in {Kind.TASK, Kind.TODO}
    more = {"show_as": ShowAs.FREE if is_free else ShowAs.BUSY, **(plan.more or {})}
    return ItemFields(
        subject=plan.subject,
        when=_when(plan, person, workday(today, plan.day)),
        account=Account.objects.get(name=plan.account) if plan.account else None,
        tickets=tuple(Ticket.objects.filter(number__in=plan.tickets)),
        people=tuple(people[name] for name in plan.people),
        **more,
    )


def workday(today: date, offset: int) -> date:
    """Return the working day `offset` working days from today; a weekend counts as its Monday."""
    day = today + timedelta(days=max(0, 7 - today.weekday()) if today.weekday() >= 5 else 0)
    step = timedelta(days=1 if offset > 0 else -1)
    left = abs(offset)
    while left:
        day += step
        left -= day.weekday() < 5
    return day


def _when(plan: Plan, person: User, day: date) -> When:
    if not plan.start:
        return AllDay(first=day, until=day + timedelta(days=plan.days))
    start = datetime.combine(day, time.fromisoformat(plan.start))
    return wall_times.timed(start, start + timedelta(minutes=plan.minutes), zone=person.zone, name=person.time_zone)
