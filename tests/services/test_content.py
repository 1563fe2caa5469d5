"""What of an item travels, and what of an event comes into an item."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from calendarsync.core.events import AllDay, Appointment, Timed
from calendarsync.models import CalendarItem, Integration, Kind, Link
from calendarsync.models.integrations import PrivateEvents
from calendarsync.models.items import ShowAs, Status
from calendarsync.models.links import Origin
from calendarsync.services import content
from tests.factories import NOW, AccountFactory, IntegrationFactory, TicketFactory, UserFactory, make_item

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DENTIST = Appointment("Dentist", Timed(TEN, TEN + timedelta(hours=1), "America/New_York"), description="Bring the card")


@pytest.fixture
def work() -> Integration:
    return IntegrationFactory.create()


# --- Out ------------------------------------------------------------------------------------------------------------
def test_an_item_travels_with_all_that_a_calendar_can_show(work: Integration) -> None:
    item = make_item(
        work.user, subject="Visit", description="Bring keys", location="Room 2", is_private=True, reminder_minutes=15
    )
    assert content.appointment_of(item) == Appointment(
        summary="Visit",
        when=Timed(NOW, NOW + timedelta(hours=1), "Europe/Berlin"),
        description="Bring keys",
        location="Room 2",
        is_private=True,
        reminder=15,
    )


def test_a_service_call_says_for_which_ticket_and_whom(work: Integration) -> None:
    account = AccountFactory.create(name="Miller & Sons")
    call = make_item(work.user, kind=Kind.SERVICE_CALL, account=account, contact="Jo Miller", description="Broken")
    call.tickets.add(TicketFactory.create(number=1042, subject="Printer on fire"))
    lines = content.appointment_of(call).description.splitlines()
    assert lines[0] == "Broken"
    assert [line for line in lines if "1042" in line]
    assert lines[-2:] == ["Account: Miller & Sons", "Contact: Jo Miller"]


SHOWN = {ShowAs.FREE: False, ShowAs.TENTATIVE: True, ShowAs.BUSY: True, ShowAs.OUT_OF_OFFICE: True}


@pytest.mark.parametrize(("show_as", "is_busy"), SHOWN.items())
def test_whatever_takes_time_is_busy_there(work: Integration, show_as: str, is_busy: bool) -> None:
    assert content.appointment_of(make_item(work.user, show_as=show_as)).is_busy == is_busy


UNWANTED: dict[str, dict[str, Any]] = {
    "deleted": {"deleted_at": NOW},
    "cancelled": {"kind": Kind.SERVICE_CALL, "status": Status.CANCELLED},
    "of a kind not ticked": {"kind": Kind.TODO},
}


@pytest.mark.parametrize("fields", UNWANTED.values(), ids=UNWANTED.keys())
def test_what_should_not_stand_there_is_not_wanted(work: Integration, fields: dict[str, Any]) -> None:
    work.sends = [Kind.APPOINTMENT, Kind.SERVICE_CALL]
    assert content.wanted(make_item(work.user, **fields), work, None) is None


def test_only_what_somebody_is_assigned_to_is_wanted_there(work: Integration) -> None:
    assert content.wanted(make_item(UserFactory.create()), work, None) is None
    assert content.wanted(make_item(UserFactory.create(), work.user), work, None) is not None


def test_what_came_from_there_stays_wanted_whatever_is_ticked(work: Integration) -> None:
    work.sends = []
    item = make_item(work.user)
    assert content.wanted(item, work, Link(origin=Origin.LINKED)) is not None
    assert content.wanted(item, work, Link(origin=Origin.BMS)) is None


# --- In -------------------------------------------------------------------------------------------------------------
def written(item: CalendarItem, appointment: Appointment) -> CalendarItem:
    content.write(item, appointment)
    item.save()
    return CalendarItem.objects.get(pk=item.pk)


def test_an_event_fills_an_item(work: Integration) -> None:
    item = written(make_item(work.user), replace(DENTIST, location="Room 2", is_private=True))
    assert (item.subject, item.description, item.location) == ("Dentist", "Bring the card", "Room 2")
    assert (item.when, item.is_private) == (DENTIST.when, True)


def test_what_is_written_travels_back_unchanged(work: Integration) -> None:
    assert content.appointment_of(written(make_item(work.user), DENTIST)) == DENTIST


def test_whole_days_replace_hours_and_hours_whole_days(work: Integration) -> None:
    item = make_item(work.user)
    days = replace(DENTIST, when=AllDay(date(2026, 11, 24), date(2026, 11, 26)))
    assert written(item, days).when == days.when
    assert written(item, DENTIST).when == DENTIST.when


def test_our_own_lines_do_not_become_a_persons_text(work: Integration) -> None:
    item = make_item(work.user, description="Bring keys", contact="Jo Miller")
    assert written(item, content.appointment_of(item)).description == "Bring keys"


def test_a_zone_that_the_provider_does_not_know_leaves_the_persons(work: Integration) -> None:
    item = written(make_item(work.user), replace(DENTIST, when=Timed(TEN, TEN + timedelta(hours=1))))
    assert (item.time_zone, item.starts_at) == ("Europe/Berlin", TEN)


@pytest.mark.parametrize(
    ("before", "is_busy", "after"),
    [
        (ShowAs.OUT_OF_OFFICE, True, ShowAs.OUT_OF_OFFICE),
        (ShowAs.TENTATIVE, True, ShowAs.TENTATIVE),
        (ShowAs.TENTATIVE, False, ShowAs.FREE),
        (ShowAs.FREE, True, ShowAs.BUSY),
        (ShowAs.FREE, False, ShowAs.FREE),
    ],
)
def test_finer_shades_than_free_and_busy_survive(work: Integration, before: str, is_busy: bool, after: str) -> None:
    item = make_item(work.user, show_as=before)
    assert written(item, replace(DENTIST, is_busy=is_busy)).show_as == after


@pytest.mark.parametrize(
    ("choice", "is_private", "summary"),
    [
        (PrivateEvents.BUSY, True, "Busy"),
        (PrivateEvents.BUSY, False, "Dentist"),
        (PrivateEvents.FULL, True, "Dentist"),
    ],
)
def test_of_a_private_event_comes_in_what_was_chosen(
    work: Integration, choice: str, is_private: bool, summary: str
) -> None:
    work.private_events = choice
    shown = content.masked(replace(DENTIST, is_private=is_private), work)
    assert shown.summary == summary
    assert bool(shown.description) == (summary != "Busy")
    assert shown.when == DENTIST.when
