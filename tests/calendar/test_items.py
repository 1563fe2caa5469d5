"""What people do to items, on a real database: the rows, the debts to linked calendars, and who may do what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from calendarsync.core.events import AllDay, Timed
from calendarsync.models import CalendarItem, Kind, Link, PushJob
from calendarsync.models.items import Status
from calendarsync.models.links import LinkState, Origin
from calendarsync.services import items
from calendarsync.services.items import ItemFields, NotThere, ReadOnlyHere, StaleEdit
from tests.factories import NOW, GrantFactory, IntegrationFactory, TicketFactory, make_item

HOUR = Timed(start=NOW, end=NOW + timedelta(hours=1), zone="Europe/Berlin")
VISIT = ItemFields(subject="Visit", when=HOUR)
LATER = NOW + timedelta(minutes=5)


def owed() -> set[tuple[int, int]]:
    return set(PushJob.objects.values_list("integration_id", "item_id"))


def link(integration, item, **fields) -> Link:
    defaults = {"origin": Origin.LINKED, "event_uid": f"evt_{item.pk}", "pushed_rev": item.rev}
    return Link.objects.create(integration=integration, item=item, **{**defaults, **fields})


# --- Creating
def test_a_new_appointment_stands_in_its_owners_calendar_and_is_owed(person, integration):
    item = items.create(kind=Kind.APPOINTMENT, actor=person, fields=VISIT, now=NOW)
    assert [assignment.user for assignment in item.assignments.all()] == [person]
    assert item.rev == 1
    assert owed() == {(integration.pk, item.pk)}


def test_the_worker_is_called_only_when_the_item_is_committed(
    person, integration, nudged, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        items.create(kind=Kind.APPOINTMENT, actor=person, fields=VISIT, now=NOW)
        assert nudged == []
    assert nudged == [integration.pk]


def test_a_kind_that_is_not_ticked_is_not_owed(person, integration):
    integration.sends = [Kind.TASK]
    integration.save()
    items.create(kind=Kind.APPOINTMENT, actor=person, fields=VISIT, now=NOW)
    assert owed() == set()


def test_a_service_call_is_owed_to_every_resources_calendar(person, colleague, integration):
    theirs = IntegrationFactory(grant=GrantFactory(user=colleague))
    fields = replace(VISIT, tickets=(TicketFactory(),), people=(person, colleague))
    item = items.create(kind=Kind.SERVICE_CALL, actor=person, fields=fields, now=NOW)
    assert owed() == {(integration.pk, item.pk), (theirs.pk, item.pk)}
    assert item.status == Status.SCHEDULED


@pytest.mark.parametrize(
    ("kind", "change", "field"),
    [
        pytest.param(Kind.APPOINTMENT, {"subject": "  "}, "subject", id="no subject"),
        pytest.param(Kind.SERVICE_CALL, {}, "tickets", id="a service call without a ticket"),
        pytest.param(Kind.SERVICE_CALL, {}, "people", id="a service call without a resource"),
        pytest.param(Kind.TASK, {"status": Status.SCHEDULED}, "status", id="a state of another kind"),
    ],
)
@pytest.mark.django_db
def test_what_is_missing_is_said_by_field(person, kind, change, field):
    with pytest.raises(ValidationError) as caught:
        items.create(kind=kind, actor=person, fields=replace(VISIT, **change), now=NOW)
    assert field in caught.value.message_dict
    assert not CalendarItem.objects.exists()


@pytest.mark.parametrize(
    ("kind", "when"),
    [
        pytest.param(Kind.APPOINTMENT, replace(HOUR, end=NOW), id="no length"),
        pytest.param(Kind.APPOINTMENT, replace(HOUR, end=NOW - timedelta(hours=1)), id="ends before it starts"),
        pytest.param(Kind.APPOINTMENT, replace(HOUR, end=NOW + timedelta(days=15)), id="longer than 14 days"),
        pytest.param(Kind.TASK, AllDay(date(2026, 11, 2), date(2026, 11, 2)), id="no days"),
        pytest.param(Kind.SERVICE_CALL, AllDay(date(2026, 11, 2), date(2026, 11, 3)), id="a service call all day"),
    ],
)
def test_impossible_times_are_refused(kind, when):
    with pytest.raises(ValidationError):
        items.check_when(kind=kind, when=when)


# --- Changing
def test_an_edit_raises_the_revision_and_is_owed(person, integration):
    item = make_item(person)
    saved = items.update(item_id=item.pk, actor=person, fields=replace(VISIT, location="Leeds"), now=LATER)
    assert (saved.rev, saved.location) == (2, "Leeds")
    assert owed() == {(integration.pk, item.pk)}


def test_saving_without_a_change_owes_nothing(person, integration):
    item = make_item(person)
    same = items.update(item_id=item.pk, actor=person, fields=VISIT, expected_rev=1, now=LATER)
    assert same.rev == 1
    assert owed() == set()


def test_an_edit_of_an_older_revision_is_refused(person):
    item = make_item(person, rev=3)
    with pytest.raises(StaleEdit) as caught:
        items.move(item_id=item.pk, actor=person, when=HOUR, expected_rev=2, now=LATER)
    assert caught.value.item.rev == 3


def test_moving_keeps_everything_but_the_time(person):
    item = make_item(person, subject="Lunch")
    whole_day = AllDay(date(2026, 12, 1), date(2026, 12, 2))
    moved = items.move(item_id=item.pk, actor=person, when=whole_day, expected_rev=1, now=LATER)
    moved.refresh_from_db()
    assert (moved.subject, moved.when, moved.rev) == ("Lunch", whole_day, 2)


def test_an_item_longer_than_people_may_enter_can_still_be_renamed(person):
    item = make_item(person, ends_at=NOW + timedelta(days=20))
    fields = ItemFields(subject="Parental leave", when=item.when)
    assert items.update(item_id=item.pk, actor=person, fields=fields, now=LATER).subject == "Parental leave"


def test_unassigning_a_resource_owes_their_calendar_the_removal(person, colleague):
    theirs = IntegrationFactory(grant=GrantFactory(user=colleague))
    call = make_item(person, colleague, kind=Kind.SERVICE_CALL)
    link(theirs, call, origin=Origin.BMS, event_id="bms-1")
    items.assign(item_id=call.pk, actor=person, users=[person], now=LATER)
    assert [assignment.user for assignment in call.assignments.all()] == [person]
    assert owed() == {(theirs.pk, call.pk)}


def test_somebody_must_stay_assigned(person):
    with pytest.raises(ValidationError):
        items.assign(item_id=make_item(person).pk, actor=person, users=[], now=LATER)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (Kind.TODO, Status.DONE),
        (Kind.TASK, Status.COMPLETE),
        (Kind.ACTIVITY, Status.DONE),
        (Kind.SERVICE_CALL, Status.COMPLETE),
    ],
)
@pytest.mark.django_db
def test_done_means_what_the_kind_calls_it(person, kind, status):
    item = make_item(person, kind=kind)
    assert items.mark_done(item_id=item.pk, actor=person, now=LATER).status == status


def test_an_appointment_cannot_be_done(person):
    with pytest.raises(ValidationError):
        items.mark_done(item_id=make_item(person).pk, actor=person, now=LATER)


def test_deleting_is_owed_and_can_be_undone(person, integration):
    item = make_item(person)
    link(integration, item, origin=Origin.BMS, event_id="bms-1")
    items.delete(item_id=item.pk, actor=person, now=LATER)
    assert owed() == {(integration.pk, item.pk)}
    restored = items.restore(item_id=item.pk, actor=person, now=LATER)
    assert (restored.deleted_at, restored.rev) == (None, 3)


# --- Who may
@pytest.mark.parametrize("action", [items.delete, items.mark_done, items.restore])
@pytest.mark.django_db
def test_a_strangers_item_is_not_there(person, colleague, action):
    item = make_item(colleague, kind=Kind.TODO)
    with pytest.raises(NotThere):
        action(item_id=item.pk, actor=person, now=LATER)


def test_a_deleted_item_cannot_be_edited(person):
    item = make_item(person, deleted_at=NOW)
    with pytest.raises(NotThere):
        items.move(item_id=item.pk, actor=person, when=HOUR, expected_rev=None, now=LATER)


@pytest.mark.parametrize(
    ("calendar", "event", "reason"),
    [
        pytest.param({"is_readonly": True}, {}, "can only be read", id="a calendar to read"),
        pytest.param({"is_unrestricted": False}, {}, "only change what was added here", id="no permission for theirs"),
        pytest.param({"is_unrestricted": True}, {"may_update": False}, "organiser", id="an event of others"),
    ],
)
@pytest.mark.django_db
def test_what_cannot_be_written_back_cannot_be_edited(person, integration, calendar, event, reason):
    type(integration).objects.filter(pk=integration.pk).update(**calendar)
    item = make_item(person)
    link(integration, item, **event)
    with pytest.raises(ReadOnlyHere, match=reason):
        items.move(item_id=item.pk, actor=person, when=replace(HOUR, end=NOW + timedelta(hours=2)),
                   expected_rev=None, now=LATER)  # fmt: skip


@pytest.mark.parametrize("state", [LinkState.TOMB, LinkState.DETACHED])
@pytest.mark.django_db
def test_what_is_no_longer_paired_is_free_again(person, integration, state):
    item = make_item(person)
    link(integration, item, state=state)
    assert items.why_read_only(item) == ""


def test_what_came_from_a_deleted_integration_is_free_again(person, integration):
    item = make_item(person)
    link(integration, item)
    type(integration).objects.filter(pk=integration.pk).update(deleted_at=datetime(2026, 11, 1, tzinfo=UTC))
    assert items.why_not_deletable(item) == ""
