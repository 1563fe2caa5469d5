"""What a change of settings, a reconnection or a second connection of the same calendar does to what stands there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from calendarsync.core.events import Appointment, Timed
from calendarsync.core.wizard import Step
from calendarsync.models import CalendarItem, Integration, Kind, Link, RemoteCalendar
from calendarsync.services import integrations, outbox
from tests.factories import NOW, GrantFactory, IntegrationFactory, make_item
from tests.fakes import FakeClock, FakeCronofy

pytestmark = pytest.mark.django_db
Sync = Callable[[Integration], None]
TEN = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DENTIST = Appointment(summary="Dentist", when=Timed(TEN, TEN + timedelta(minutes=30), "Europe/Berlin"))


@pytest.fixture
def linked(sync: Sync, clock: FakeClock) -> Integration:
    """A calendar that was read once: what happens from now on is news."""
    integration = IntegrationFactory.create()
    offer(integration, integration.calendar_id)
    sync(integration)
    clock.pass_(minutes=1)
    return integration


def offer(integration: Integration, calendar_id: str) -> None:
    """The account has the calendar on offer."""
    RemoteCalendar.objects.create(grant=integration.grant, calendar_id=calendar_id, name="Work", read_at=timezone.now())


def change(integration: Integration, clock: FakeClock, **answers: Any) -> None:
    """Change settings as the wizard does, Finish included."""
    integration.refresh_from_db()
    for step, names in integrations.FIELDS_OF.items():
        chosen = {name: answers.get(name, getattr(integration, name)) for name in names}
        integrations.save_step(integration_id=integration.pk, step=step, answers=chosen)
    integrations.finish(integration_id=integration.pk, user=integration.user, now=clock())


def test_a_kind_that_is_ticked_no_longer_leaves_the_linked_calendar(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, clock: FakeClock
) -> None:
    for kind in (Kind.TASK, Kind.APPOINTMENT):
        outbox.owe(item=make_item(linked.user, kind=kind, subject=kind), now=NOW)
    sync(linked)
    change(linked, clock, sends=[Kind.APPOINTMENT])
    sync(linked)
    assert [event.summary for event in cronofy.alive(linked.calendar_id).values()] == ["appointment"]
    assert CalendarItem.objects.filter(deleted_at=None).count() == 2


@pytest.mark.parametrize("ticked", ["takes_created", "takes_updated"], ids=["Create", "Update"])
def test_a_filter_switched_on_takes_in_what_it_had_left_out(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, clock: FakeClock, ticked: str
) -> None:
    change(linked, clock, **{ticked: False})
    uid = cronofy.add(linked.calendar_id, DENTIST)
    outbox.wake(integration=linked, now=clock())
    sync(linked)
    clock.pass_(hours=2)
    cronofy.edit(linked.calendar_id, uid, summary="Dentist, later")
    outbox.wake(integration=linked, now=clock())
    sync(linked)
    assert not CalendarItem.objects.filter(subject="Dentist, later").exists()
    clock.pass_(hours=2)
    change(linked, clock, **{ticked: True})
    sync(linked)
    assert CalendarItem.objects.get().subject == "Dentist, later"


def test_deleting_and_connecting_again_doubles_nothing(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, clock: FakeClock
) -> None:
    outbox.owe(item=make_item(linked.user, subject="Ours"), now=NOW)
    cronofy.add(linked.calendar_id, DENTIST)
    outbox.wake(integration=linked, now=clock())
    sync(linked)
    integrations.delete(integration=linked, now=clock())
    again = Integration.objects.create(
        user=linked.user, grant=GrantFactory.create(user=linked.user), created_at=clock()
    )
    offer(again, linked.calendar_id)
    for step, answers in (
        (Step.LINKED_CALENDAR, {"calendar_id": linked.calendar_id, "private_events": "busy"}),
        (Step.YOUR_CALENDAR, {"sends": list(Kind.values)}),
        (Step.SYNC_OPTIONS, {"retrieve": True, "retrieve_future": "1m", "send": True, "send_future": "1m"}),
    ):
        blank = {name: getattr(Integration(), name) for name in integrations.FIELDS_OF[step]}
        integrations.save_step(integration_id=again.pk, step=step, answers={**blank, **answers})
    integrations.finish(integration_id=again.pk, user=linked.user, now=clock())
    sync(again)
    assert sorted(CalendarItem.objects.values_list("subject", flat=True)) == ["Dentist", "Ours"]
    assert len(cronofy.alive(linked.calendar_id)) == 2
    assert set(Link.objects.values_list("integration", flat=True)) == {again.pk}
