"""Both directions of one linked calendar, as its owner sees them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from calendarsync.core.events import AllDay, Appointment, Timed
from calendarsync.cronofy.errors import AccessWithdrawn, CalendarGone, OurFault, TryLater
from calendarsync.cronofy.wire import CalendarOffer
from calendarsync.models import CalendarItem, Integration, Kind, Link, Outcome, PushJob, SyncRun, User
from calendarsync.models.integrations import Problem
from calendarsync.models.links import LinkState
from calendarsync.models.sync_runs import Direction, Phase, Result, Trigger
from calendarsync.services import outbox, runs, syncing, tokens
from tests.factories import NOW, IntegrationFactory, TicketFactory, UserFactory, make_item, make_items
from tests.fakes import FakeClock, FakeCronofy

pytestmark = pytest.mark.django_db
Sync = Callable[[Integration], None]

TEN = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DENTIST = Appointment(summary="Dentist", when=Timed(TEN, TEN + timedelta(minutes=30), "Europe/Berlin"))


@pytest.fixture
def work() -> Integration:
    return IntegrationFactory.create()


@pytest.fixture
def linked(work: Integration, sync: Sync, clock: FakeClock) -> Integration:
    """A calendar that was read once: what happens from now on is news."""
    sync(work)
    clock.pass_(minutes=1)
    return work


def save(item: CalendarItem, **fields: object) -> CalendarItem:
    """Change an item as its owner would."""
    item.refresh_from_db()
    for name, value in fields.items():
        setattr(item, name, value)
    item.rev += 1
    item.save()
    outbox.owe(item=item, now=NOW)
    return item


def owed(*users: User, **fields: object) -> CalendarItem:
    item = make_item(*users, **fields)
    outbox.owe(item=item, now=NOW)
    return item


# --- Sending --------------------------------------------------------------------------------------------------------
def test_a_new_item_stands_in_the_linked_calendar(linked: Integration, sync: Sync, cronofy: FakeCronofy) -> None:
    owed(linked.user, subject="Quarterly review", description="Numbers", location="Room 2")
    sync(linked)
    [sent] = cronofy.alive(linked.calendar_id).values()
    assert (sent.summary, sent.description, sent.location) == ("Quarterly review", "Numbers", "Room 2")
    assert sent.when == Timed(NOW, NOW + timedelta(hours=1), "Europe/Berlin")


def test_an_edit_changes_the_same_event(linked: Integration, sync: Sync, cronofy: FakeCronofy) -> None:
    item = owed(linked.user)
    sync(linked)
    save(item, subject="Later", starts_at=TEN, ends_at=TEN + timedelta(hours=2))
    sync(linked)
    [sent] = cronofy.alive(linked.calendar_id).values()
    assert (sent.summary, sent.when.start) == ("Later", TEN)  # type: ignore[union-attr]


def test_a_deleted_item_leaves_the_linked_calendar(linked: Integration, sync: Sync, cronofy: FakeCronofy) -> None:
    item = owed(linked.user)
    sync(linked)
    save(item, deleted_at=NOW)
    sync(linked)
    assert cronofy.alive(linked.calendar_id) == {}
    assert Link.objects.get().state == LinkState.TOMB


def test_fifty_edits_are_one_write(linked: Integration, sync: Sync, cronofy: FakeCronofy) -> None:
    item = owed(linked.user)
    for number in range(50):
        save(item, subject=f"Version {number}")
    sync(linked)
    assert [write.body["summary"] for write in cronofy.writes if write.body] == ["Version 49"]


def test_a_kind_that_is_not_ticked_is_not_sent(linked: Integration, sync: Sync, cronofy: FakeCronofy) -> None:
    linked.sends = [Kind.TASK]
    linked.save()
    owed(linked.user, kind=Kind.APPOINTMENT)
    sync(linked)
    assert cronofy.alive(linked.calendar_id) == {}
    assert not PushJob.objects.exists()


def test_a_service_call_stands_in_both_calendars_and_leaves_the_unassigned_one(
    linked: Integration, sync: Sync, cronofy: FakeCronofy
) -> None:
    other = IntegrationFactory.create()
    sync(other)
    call = make_item(linked.user, other.user, kind=Kind.SERVICE_CALL, status="scheduled")
    call.tickets.add(TicketFactory.create(number=1042))
    outbox.owe(item=call, now=NOW)
    sync(linked)
    sync(other)
    [here], [there] = (cronofy.alive(each.calendar_id).values() for each in (linked, other))
    assert "Ticket #1042" in here.description
    assert here == there
    call.assignments.filter(user=other.user).delete()
    save(call)
    sync(linked)
    sync(other)
    assert len(cronofy.alive(linked.calendar_id)) == 1
    assert cronofy.alive(other.calendar_id) == {}


def test_a_cancelled_service_call_leaves_the_calendar(linked: Integration, sync: Sync, cronofy: FakeCronofy) -> None:
    call = owed(linked.user, kind=Kind.SERVICE_CALL, status="scheduled")
    sync(linked)
    save(call, status="cancelled")
    sync(linked)
    assert cronofy.alive(linked.calendar_id) == {}


def test_many_items_go_in_batches_of_fifty(linked: Integration, sync: Sync, cronofy: FakeCronofy) -> None:
    items = make_items(linked.user, 120)
    outbox.owe_many(integration=linked, item_ids=[item.pk for item in items], now=NOW, run=None)
    sync(linked)
    assert cronofy.calls.count("batch") == 3
    assert len(cronofy.alive(linked.calendar_id)) == 120


def test_an_edit_made_while_the_batch_is_on_the_wire_is_sent_next(
    linked: Integration, sync: Sync, cronofy: FakeCronofy
) -> None:
    item = owed(linked.user, subject="First")

    def edit_once() -> None:
        cronofy.after_write = lambda: None
        save(item, subject="Second")

    cronofy.after_write = edit_once
    sync(linked)
    assert [sent.summary for sent in cronofy.alive(linked.calendar_id).values()] == ["Second"]


# --- Failures of sending --------------------------------------------------------------------------------------------
def test_a_write_whose_answer_was_lost_is_not_doubled(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, clock: FakeClock
) -> None:
    owed(linked.user)

    def lose_the_answer() -> None:
        cronofy.after_write = lambda: None
        raise TryLater("POST /v1/batch failed: ReadTimeout")

    cronofy.after_write = lose_the_answer
    sync(linked)
    assert Link.objects.get().doubt != []
    clock.pass_(minutes=20)
    sync(linked)
    assert len(cronofy.alive(linked.calendar_id)) == 1
    assert Link.objects.get().doubt == []
    assert not PushJob.objects.exists()


def test_an_item_that_the_provider_refuses_is_parked_and_the_others_go_on(
    linked: Integration, sync: Sync, cronofy: FakeCronofy
) -> None:
    bad, good = owed(linked.user, subject="Bad"), owed(linked.user, subject="Good")
    refused = OurFault("batch entry answered 422", details="summary: too odd", fields=frozenset({"summary"}))
    cronofy.refuse = {f"bms-bms-{linked.user_id}-{bad.uuid.hex}-0": refused}
    sync(linked)
    assert [sent.summary for sent in cronofy.alive(linked.calendar_id).values()] == [good.subject]
    assert bad.links.get().state == LinkState.PARKED
    assert Outcome.objects.get(result=Result.FAILED).reason == "summary: too odd"
    cronofy.refuse = {}
    save(bad, subject="Mended")
    sync(linked)
    assert len(cronofy.alive(linked.calendar_id)) == 2


def test_a_busy_provider_is_asked_again_after_its_own_wait(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, clock: FakeClock
) -> None:
    owed(linked.user)
    cronofy.faults["batch"] = [TryLater("answered 429", retry_after=60, may_have_happened=False)]
    sync(linked)
    assert cronofy.alive(linked.calendar_id) == {}
    clock.pass_(seconds=59)
    assert not syncing.run(integration_id=linked.pk, clock=clock)
    assert cronofy.alive(linked.calendar_id) == {}
    clock.pass_(seconds=2)
    sync(linked)
    assert len(cronofy.alive(linked.calendar_id)) == 1


REFUSED = OurFault("answered 422", fields=frozenset({"calendar_id"}))


@pytest.mark.parametrize(
    ("error", "listed", "problem"),
    [
        (CalendarGone("answered 404"), {}, Problem.CALENDAR_GONE),
        (REFUSED, {"is_deleted": True}, Problem.CALENDAR_GONE),
        (REFUSED, {"is_readonly": True}, Problem.CALENDAR_READONLY),
    ],
    ids=["gone", "deleted, still listed", "read-only"],
)
def test_a_calendar_that_takes_nothing_any_more_says_why_and_keeps_the_work(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, error: OurFault, listed: dict[str, bool], problem: Problem
) -> None:
    owed(linked.user)
    cronofy.offers = [offered(linked, **listed)] if listed else []
    cronofy.faults["batch"] = [error]
    sync(linked)
    linked.refresh_from_db()
    assert (linked.problem, linked.is_connected) == (problem, False)
    assert PushJob.objects.count() == 1


def test_a_calendar_that_refuses_for_a_moment_is_tried_again(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, clock: FakeClock
) -> None:
    owed(linked.user)
    cronofy.offers = [offered(linked)]
    cronofy.faults["batch"] = [CalendarGone("answered 404")]
    sync(linked)
    clock.pass_(minutes=1)
    sync(linked)
    assert len(cronofy.alive(linked.calendar_id)) == 1


def offered(linked: Integration, **how: bool) -> CalendarOffer:
    """Return the calendar as the account lists it."""
    usual = {"is_readonly": False, "is_deleted": False, "is_primary": True, "is_unrestricted": False}
    profile = {"profile_id": "pro_1", "profile_name": "alice@google.test", "provider_name": "google"}
    return CalendarOffer(calendar_id=linked.calendar_id, name="Work", **profile, **{**usual, **how})


def test_a_withdrawn_permission_keeps_the_work_until_reconnected(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, clock: FakeClock
) -> None:
    owed(linked.user)
    assert linked.grant is not None

    def refuse() -> None:
        tokens.mark_lost(linked.grant_id, now=clock())  # what the real client does
        raise AccessWithdrawn("answered 401")

    cronofy.after_write = refuse
    cronofy.events_by_key.clear()
    sync(linked)
    assert not syncing.integrations_with_work(now=clock())
    cronofy.after_write = lambda: None
    type(linked.grant).objects.update(lost_at=None)
    outbox.wake(integration=linked, now=clock())
    sync(linked)
    assert len(cronofy.alive(linked.calendar_id)) == 1


# --- Taking in ------------------------------------------------------------------------------------------------------
def heard(integration: Integration) -> None:
    """A notification came in."""
    Integration.objects.filter(pk=integration.pk).update(dirty_seq=integration.dirty_seq + 1)
    integration.refresh_from_db()


def test_a_new_event_stands_in_my_calendar(linked: Integration, sync: Sync, cronofy: FakeCronofy) -> None:
    cronofy.add(linked.calendar_id, DENTIST)
    heard(linked)
    sync(linked)
    item = CalendarItem.objects.get()
    assert (item.kind, item.subject, item.starts_at, item.time_zone) == ("appointment", "Dentist", TEN, "Europe/Berlin")
    assert list(item.resources.all()) == [linked.user]
    assert cronofy.writes == []


def test_an_all_day_event_keeps_its_days(linked: Integration, sync: Sync, cronofy: FakeCronofy) -> None:
    cronofy.add(linked.calendar_id, replace(DENTIST, when=AllDay(date(2026, 12, 1), date(2026, 12, 3))))
    heard(linked)
    sync(linked)
    item = CalendarItem.objects.get()
    assert (item.starts_on, item.ends_on, item.starts_at) == (date(2026, 12, 1), date(2026, 12, 3), None)


def test_an_edit_there_arrives_and_nothing_is_sent_back(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, clock: FakeClock
) -> None:
    uid = cronofy.add(linked.calendar_id, DENTIST)
    heard(linked)
    sync(linked)
    clock.pass_(minutes=1)
    cronofy.edit(linked.calendar_id, uid, summary="Dentist, moved", when=Timed(TEN, TEN + timedelta(hours=1)))
    heard(linked)
    sync(linked)
    item = CalendarItem.objects.get()
    assert (item.subject, item.ends_at, item.time_zone) == (
        "Dentist, moved", TEN + timedelta(hours=1), "Europe/Berlin",
    )  # fmt: skip
    assert cronofy.writes == []


def test_a_deletion_there_deletes_here(linked: Integration, sync: Sync, cronofy: FakeCronofy, clock: FakeClock) -> None:
    uid = cronofy.add(linked.calendar_id, DENTIST)
    heard(linked)
    sync(linked)
    clock.pass_(minutes=1)
    cronofy.remove(linked.calendar_id, uid)
    heard(linked)
    sync(linked)
    assert CalendarItem.objects.get().deleted_at is not None


def test_an_edit_of_our_own_event_there_arrives(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, clock: FakeClock
) -> None:
    item = owed(linked.user)
    sync(linked)
    [event_id] = cronofy.alive(linked.calendar_id)
    clock.pass_(minutes=1)
    cronofy.edit(linked.calendar_id, event_id, summary="Moved by phone")
    heard(linked)
    sync(linked)
    item.refresh_from_db()
    assert item.subject == "Moved by phone"
    assert len(cronofy.writes) == 1


@pytest.mark.parametrize(
    ("filter_off", "expected"),
    [("takes_created", 0), ("takes_updated", 1), ("takes_deleted", 1)],
    ids=["without Create nothing new comes in", "without Update it stays", "without Delete it stays"],
)
def test_only_ticked_event_types_come_in(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, clock: FakeClock, filter_off: str, expected: int
) -> None:
    setattr(linked, filter_off, False)
    linked.save()
    uid = cronofy.add(linked.calendar_id, DENTIST)
    heard(linked)
    sync(linked)
    clock.pass_(minutes=1)
    if filter_off == "takes_updated":
        cronofy.edit(linked.calendar_id, uid, summary="Other")
    if filter_off == "takes_deleted":
        cronofy.remove(linked.calendar_id, uid)
    heard(linked)
    sync(linked)
    items = CalendarItem.objects.filter(deleted_at=None, subject="Dentist")
    assert items.count() == expected
    assert Outcome.objects.filter(result=Result.SKIPPED).exclude(rule="").count() == 1


def test_a_service_call_removed_from_the_calendar_stays_in_the_bms(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, clock: FakeClock
) -> None:
    call = owed(linked.user, kind=Kind.SERVICE_CALL, status="scheduled")
    sync(linked)
    [event_id] = cronofy.alive(linked.calendar_id)
    clock.pass_(minutes=1)
    cronofy.remove(linked.calendar_id, event_id)
    heard(linked)
    sync(linked)
    call.refresh_from_db()
    assert call.deleted_at is None
    assert (call.links.get().state, call.links.get().reason) == (LinkState.DETACHED, "shared_record")


def test_an_edit_beats_a_deletion_there(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, clock: FakeClock
) -> None:
    item = owed(linked.user)
    sync(linked)
    [event_id] = cronofy.alive(linked.calendar_id)
    clock.pass_(minutes=1)
    cronofy.remove(linked.calendar_id, event_id)
    save(item, subject="Still wanted")
    heard(linked)
    sync(linked)
    assert [sent.summary for sent in cronofy.alive(linked.calendar_id).values()] == ["Still wanted"]
    assert event_id not in cronofy.alive(linked.calendar_id)


def test_edits_of_different_fields_on_both_sides_are_merged(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, clock: FakeClock
) -> None:
    item = owed(linked.user, subject="Visit", description="Bring keys")
    sync(linked)
    [event_id] = cronofy.alive(linked.calendar_id)
    clock.pass_(minutes=1)
    cronofy.edit(linked.calendar_id, event_id, location="Back door")
    save(item, description="Bring all keys")
    heard(linked)
    sync(linked)
    item.refresh_from_db()
    [sent] = cronofy.alive(linked.calendar_id).values()
    assert (item.description, item.location) == ("Bring all keys", "Back door")
    assert (sent.description, sent.location) == ("Bring all keys", "Back door")


def test_the_same_field_edited_on_both_sides_is_won_by_the_origin_and_the_loser_is_kept(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, clock: FakeClock
) -> None:
    item = owed(linked.user)
    sync(linked)
    [event_id] = cronofy.alive(linked.calendar_id)
    clock.pass_(minutes=1)
    cronofy.edit(linked.calendar_id, event_id, summary="Theirs")
    save(item, subject="Ours")
    heard(linked)
    sync(linked)
    assert [sent.summary for sent in cronofy.alive(linked.calendar_id).values()] == ["Ours"]
    conflict = Outcome.objects.get(result=Result.CONFLICT)
    assert (conflict.rule, conflict.lost["summary"]) == ("ours_wins", "Theirs")


def test_a_rewritten_echo_is_not_taken_for_an_edit(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, clock: FakeClock
) -> None:
    cronofy.rewrite = lambda sent: replace(sent, description=sent.description[:40].rstrip() + "…")
    item = owed(linked.user, description="A long text that the provider shortens, because it is so very long.")
    sync(linked)
    for _ in range(3):
        clock.pass_(minutes=1)
        heard(linked)
        sync(linked)
    item.refresh_from_db()
    assert item.description.endswith("so very long.")
    assert len(cronofy.writes) == 1


def test_what_was_there_before_the_connection_comes_in_only_when_retrieved(
    work: Integration, sync: Sync, cronofy: FakeCronofy, clock: FakeClock
) -> None:
    clock.now = NOW - timedelta(days=1)
    cronofy.add(work.calendar_id, DENTIST)
    clock.now = NOW
    sync(work)
    assert not CalendarItem.objects.exists()
    work.retrieve, work.retrieve_future = True, "1w"
    work.save()
    run = runs.ask(integration=work, trigger=Trigger.MANUAL, direction=Direction.RETRIEVE, asked_by=None, now=NOW)
    sync(work)
    run.refresh_from_db()
    assert CalendarItem.objects.get().subject == "Dentist"
    assert (run.phase, run.created) == (Phase.DONE, 1)


def test_a_private_event_comes_in_as_busy_only(linked: Integration, sync: Sync, cronofy: FakeCronofy) -> None:
    cronofy.add(linked.calendar_id, replace(DENTIST, is_private=True, description="Root canal"))
    heard(linked)
    sync(linked)
    item = CalendarItem.objects.get()
    assert (item.subject, item.description, item.is_private) == ("Busy", "", True)


# --- Runs, switches, the end ----------------------------------------------------------------------------------------
def test_a_first_run_sends_the_items_of_its_days(linked: Integration, sync: Sync, cronofy: FakeCronofy) -> None:
    linked.send, linked.send_future = True, "1w"
    linked.save()
    make_item(linked.user, subject="Today")
    make_item(linked.user, subject="In a year", start=NOW + timedelta(days=365))
    run = runs.ask(integration=linked, trigger=Trigger.FIRST, direction=Direction.SEND, asked_by=None, now=NOW)
    sync(linked)
    run.refresh_from_db()
    assert [sent.summary for sent in cronofy.alive(linked.calendar_id).values()] == ["Today"]
    assert (run.phase, run.expected, run.created) == (Phase.DONE, 1, 1)


def test_a_run_does_not_start_while_switched_off(linked: Integration) -> None:
    linked.is_active = False
    linked.save()
    with pytest.raises(runs.MayNotRun, match="switched off"):
        runs.ask(integration=linked, trigger=Trigger.MANUAL, direction=Direction.BOTH, asked_by=None, now=NOW)


def test_nothing_travels_while_switched_off_and_all_of_it_afterwards(
    linked: Integration, sync: Sync, cronofy: FakeCronofy
) -> None:
    Integration.objects.update(is_active=False)
    owed(linked.user)
    cronofy.add(linked.calendar_id, DENTIST)
    sync(linked)
    assert len(cronofy.alive(linked.calendar_id)) == 1
    assert cronofy.open_channels == {}
    Integration.objects.update(is_active=True)
    outbox.wake(integration=linked, now=NOW)
    sync(linked)
    assert len(cronofy.alive(linked.calendar_id)) == 2
    assert CalendarItem.objects.count() == 2
    assert len(cronofy.open_channels) == 1


def test_deleting_an_integration_closes_its_channel_and_revokes_the_grant(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, monkeypatch: pytest.MonkeyPatch
) -> None:
    revoked: list[str] = []
    monkeypatch.setattr(syncing.oauth, "revoke", lambda *, token, **_: revoked.append(token))
    Integration.objects.update(deleted_at=NOW, is_active=False)
    sync(linked)
    assert (cronofy.open_channels, revoked) == ({}, ["refresh-1"])
    assert Integration.objects.get().grant is None


def test_a_second_worker_leaves_at_once(linked: Integration, cronofy: FakeCronofy, clock: FakeClock) -> None:
    owed(linked.user)
    cronofy.after_write = lambda: assert_busy(linked, clock)
    assert not syncing.run(integration_id=linked.pk, clock=clock)
    assert cronofy.calls.count("batch") == 1


def assert_busy(integration: Integration, clock: FakeClock) -> None:
    assert syncing.run(integration_id=integration.pk, clock=clock) is False
    assert syncing.integrations_with_work(now=clock()) == []


def test_a_quiet_calendar_needs_no_worker(linked: Integration, clock: FakeClock) -> None:
    assert syncing.integrations_with_work(now=clock()) == []


def test_the_sweep_finds_what_nobody_said(linked: Integration, clock: FakeClock, nudged: list[int]) -> None:
    owed(linked.user)
    assert syncing.integrations_with_work(now=clock()) == [linked.pk]


def test_an_unknown_person_s_items_never_travel(linked: Integration, sync: Sync, cronofy: FakeCronofy) -> None:
    owed(UserFactory.create(), subject="Not yours")
    sync(linked)
    assert cronofy.alive(linked.calendar_id) == {}


def test_a_live_run_left_open_by_a_dead_worker_is_ended(linked: Integration, sync: Sync) -> None:
    SyncRun.objects.create(integration=linked, trigger=Trigger.LIVE, direction=Direction.SEND, asked_at=NOW)
    sync(linked)
    assert not SyncRun.objects.filter(ended_at=None).exists()
