"""Rows for tests, with as little said as the test cares about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import factory

from calendarsync.models import Account, Assignment, CalendarItem, Grant, Integration, Kind, Ticket, User

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class UserFactory(factory.django.DjangoModelFactory[User]):
    """Somebody who logs in."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@practice.test")
    time_zone = "Europe/Berlin"


class GrantFactory(factory.django.DjangoModelFactory[Grant]):
    """An account that let us in, with a token for the coming years."""

    class Meta:
        model = Grant

    user = factory.SubFactory(UserFactory)
    account_id = factory.Sequence(lambda n: f"acc_{n:024x}")
    email = factory.LazyAttribute(lambda grant: f"{grant.user.username}@google.test")
    provider_name = "google"
    provider_service = "google"
    access_token = "access-1"
    refresh_token = "refresh-1"
    access_expires_at = datetime(2036, 1, 1, tzinfo=UTC)
    granted_at = NOW


class IntegrationFactory(factory.django.DjangoModelFactory[Integration]):
    """A connected calendar, wizard finished, everything ticked."""

    class Meta:
        model = Integration

    grant = factory.SubFactory(GrantFactory)
    user = factory.SelfAttribute("grant.user")
    calendar_id = factory.Sequence(lambda n: f"cal_{n:010x}@{n:04x}")
    calendar_name = "Work"
    sends = factory.LazyFunction(lambda: list(Kind.values))
    created_at = NOW
    finished_at = NOW
    takes_from = NOW


class AccountFactory(factory.django.DjangoModelFactory[Account]):
    """A customer."""

    class Meta:
        model = Account

    name = factory.Sequence(lambda n: f"Customer {n}")


class TicketFactory(factory.django.DjangoModelFactory[Ticket]):
    """A customer's request."""

    class Meta:
        model = Ticket

    number = factory.Sequence(lambda n: 1000 + n)
    subject = "Printer on fire"
    account = factory.SubFactory(AccountFactory)


def make_item(*users: User, kind: str = Kind.APPOINTMENT, start: datetime = NOW, **fields: Any) -> CalendarItem:
    """Return an item of one hour in the calendars of `users`, the first of whom owns it. Owes nothing."""
    times = {"starts_at": start, "ends_at": start + timedelta(hours=1), "time_zone": "Europe/Berlin"}
    if fields.get("all_day"):
        times = {}
    item = CalendarItem.objects.create(**{"kind": kind, "owner": users[0], "subject": "Visit", **times, **fields})
    Assignment.objects.bulk_create([Assignment(item=item, user=user) for user in users])
    return item


def make_items(user: User, count: int, **fields: Any) -> Sequence[CalendarItem]:
    """Return many items in one calendar."""
    return [make_item(user, subject=f"Visit {number}", **fields) for number in range(count)]
