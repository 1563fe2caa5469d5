"""What the application relies on in Cronofy, held by the double of the unit tests and by the sandbox alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from calendarsync.core.events import AllDay, Timed
from calendarsync.cronofy.client import Write
from calendarsync.cronofy.errors import CalendarGone, NotAllowed, OurFault
from tests.contract.sides import BERLIN, SUNDAY, VISIT, Sandbox, Side, deletion, events, send, upsert
from tests.fakes import FakeClock, FakeCronofy
from tests.sandbox_process import SandboxProcess


# --- Our own events
def test_an_upsert_creates(side: Side) -> None:
    assert send(side, upsert(side, "a-1")) == (None,)
    [event] = events(side)
    assert (event.event_id, event.appointment, event.is_deleted) == ("a-1", VISIT, False)
    assert event.uid is not None
    assert (event.may_update, event.may_delete, event.is_recurring) == (True, True, False)


def test_a_second_upsert_updates_the_same_event(side: Side) -> None:
    send(side, upsert(side, "a-1"))
    [first] = events(side)
    side.tick()
    send(side, upsert(side, "a-1", replace(VISIT, summary="Moved", when=AllDay(date(2026, 12, 1), date(2026, 12, 3)))))
    [second] = events(side)
    assert (second.uid, second.event_id) == (first.uid, "a-1")
    assert second.appointment == replace(VISIT, summary="Moved", when=AllDay(date(2026, 12, 1), date(2026, 12, 3)))
    assert first.updated is not None
    assert second.updated is not None
    assert second.updated > first.updated


def test_an_upsert_replaces_the_whole_event(side: Side) -> None:
    send(side, upsert(side, "a-1", replace(VISIT, is_private=True, is_busy=False)))
    plain = replace(VISIT, description="", location="")
    send(side, upsert(side, "a-1", plain))
    assert [event.appointment for event in events(side)] == [plain]


def test_an_upsert_overwrites_what_the_user_edited(side: Side) -> None:
    send(side, upsert(side, "a-1"))
    side.edit("a-1", summary="Theirs")
    send(side, upsert(side, "a-1"))
    assert [event.appointment for event in events(side)] == [VISIT]


def test_a_deletion_leaves_a_tombstone_with_our_id(side: Side) -> None:
    send(side, upsert(side, "a-1"))
    assert send(side, deletion(side, "a-1")) == (None,)
    [gone] = events(side)
    assert (gone.event_id, gone.is_deleted, gone.appointment) == ("a-1", True, None)


def test_deleting_twice_or_something_unknown_is_accepted_and_changes_nothing(side: Side) -> None:
    send(side, upsert(side, "a-1"))
    send(side, deletion(side, "a-1"))
    before = events(side)
    side.tick()
    assert send(side, deletion(side, "a-1"), deletion(side, "never-written")) == (None, None)
    assert events(side) == before


def test_an_upsert_after_a_deletion_brings_the_event_back(side: Side) -> None:
    send(side, upsert(side, "a-1"))
    side.remove("a-1")
    side.tick()
    send(side, upsert(side, "a-1"))
    assert [(event.event_id, event.appointment) for event in events(side)] == [("a-1", VISIT)]


def test_our_events_are_read_however_far_away_they_are(side: Side) -> None:
    far = Timed(SUNDAY + timedelta(days=400), SUNDAY + timedelta(days=400, hours=1), "Europe/Berlin")
    send(side, upsert(side, "a-1", replace(VISIT, when=far)))
    side.add(replace(VISIT, when=far))
    assert [event.event_id for event in events(side)] == ["a-1"]


# --- Batches
def test_a_batch_is_answered_in_order_and_each_entry_for_itself(side: Side) -> None:
    faulty = upsert(side, "a-2")
    assert faulty.body is not None
    without_summary = replace(faulty, body={**faulty.body, "summary": ""})
    elsewhere = replace(upsert(side, "a-3"), calendar_id="cal_unknown")
    results = send(side, upsert(side, "a-1"), without_summary, elsewhere, deletion(side, "a-4"))
    assert [type(result) for result in results] == [type(None), OurFault, CalendarGone, type(None)]
    assert isinstance(results[1], OurFault)
    assert results[1].fields == {"summary"}
    assert [event.event_id for event in events(side)] == ["a-1"]


def test_a_batch_is_carried_out_in_its_order(side: Side) -> None:
    send(side, upsert(side, "a-1"), upsert(side, "a-1", replace(VISIT, summary="Later")), deletion(side, "a-2"))
    send(side, deletion(side, "a-1"), upsert(side, "a-1", replace(VISIT, summary="Back")))
    assert [event.appointment for event in events(side)] == [replace(VISIT, summary="Back")]


def test_a_read_only_calendar_refuses_each_write_by_its_calendar_and_can_be_read(side: Side) -> None:
    send(side, upsert(side, "a-1"))
    side.lock()
    for refusal in send(side, upsert(side, "a-1"), deletion(side, "a-1")):
        assert isinstance(refusal, OurFault)
        assert refusal.fields == {"calendar_id"}
    assert [event.appointment for event in events(side)] == [VISIT]


# --- What the user does
def test_the_users_event_has_no_id_of_ours(side: Side) -> None:
    uid = side.add(VISIT)
    [event] = events(side)
    assert (event.uid, event.event_id, event.appointment) == (uid, None, VISIT)


def test_an_edit_of_our_event_keeps_its_id_and_moves_its_stamp(side: Side) -> None:
    send(side, upsert(side, "a-1"))
    [before] = events(side)
    side.tick()
    later = replace(BERLIN, start=BERLIN.start + timedelta(hours=1), end=BERLIN.end + timedelta(hours=1))
    side.edit("a-1", when=later)
    [after] = events(side)
    assert (after.uid, after.event_id) == (before.uid, "a-1")
    assert after.appointment == replace(VISIT, when=later)
    assert before.updated is not None
    assert after.updated is not None
    assert after.updated > before.updated


def test_a_deletion_by_the_user_leaves_a_tombstone(side: Side) -> None:
    send(side, upsert(side, "a-1"))
    uid = side.add(VISIT)
    side.remove("a-1")
    side.remove(uid)
    assert {(event.event_id, event.uid == uid, event.is_deleted) for event in events(side)} == {
        ("a-1", False, True),
        (None, True, True),
    }


# --- Reading what changed
def test_since_includes_the_very_second_and_nothing_before(side: Side) -> None:
    uid = side.add(VISIT)
    [old] = events(side)
    moment = side.tick()
    send(side, upsert(side, "a-1"))
    newer = events(side, since=moment)
    assert [event.event_id for event in newer] == ["a-1"]
    assert newer[0].updated is not None
    assert [event.event_id for event in events(side, since=newer[0].updated)] == ["a-1"]
    assert old.uid == uid
    assert {event.uid for event in events(side, since=old.updated)} == {uid, newer[0].uid}
    assert events(side, since=side.tick()) == []


def test_our_own_writes_and_deletions_show_up_among_the_changes(side: Side) -> None:
    send(side, upsert(side, "a-1"), upsert(side, "a-2"))
    moment = side.tick()
    send(side, upsert(side, "a-1", replace(VISIT, summary="Moved")), deletion(side, "a-2"))
    found = {event.event_id: event.is_deleted for event in events(side, since=moment)}
    assert found == {"a-1": False, "a-2": True}


def test_a_long_read_comes_in_pages_and_only_the_last_has_none_after_it(side: Side) -> None:
    keys = [f"a-{number}" for number in range(120)]
    for start in range(0, len(keys), 50):
        send(side, *(upsert(side, key) for key in keys[start : start + 50]))
    reads = list(side.client.events(side.calendar_id))
    assert [len(read.page.events) for read in reads] == [50, 50, 20]
    assert [read.page.next_page is None for read in reads] == [False, False, True]
    assert {event.event_id for read in reads for event in read.page.events} == set(keys)


def test_what_happens_during_a_read_is_left_to_the_next_one(side: Side) -> None:
    for start in (0, 30):
        send(side, *(upsert(side, f"a-{number}") for number in range(start, start + 30)))
    reading = side.client.events(side.calendar_id)
    first = next(reading)
    side.tick()
    send(side, *(upsert(side, f"a-{number}", replace(VISIT, summary="New")) for number in range(10, 60)))
    later = [event for read in reading for event in read.page.events]
    shown = [event.appointment.summary for event in (*first.page.events, *later) if event.appointment]
    assert shown == ["Visit"] * 60
    assert sum(event.appointment == replace(VISIT, summary="New") for event in events(side)) == 50


def test_a_read_says_what_time_it_is_there(side: Side) -> None:
    send(side, upsert(side, "a-1"))
    [read] = side.client.events(side.calendar_id)
    assert read.at is not None
    assert read.page.events[0].updated is not None
    assert timedelta() <= read.at - read.page.events[0].updated < timedelta(minutes=1)


def test_an_unknown_calendar_is_gone(side: Side) -> None:
    with pytest.raises(CalendarGone):
        list(side.client.events("cal_unknown"))
    with pytest.raises(CalendarGone):
        side.client.open_channel(callback_url="http://127.0.0.1:9/hook", calendar_id="cal_unknown")


# --- Events of others
def test_events_of_others_may_not_be_touched_without_permission(side: Side) -> None:
    uid = side.add(VISIT)
    [event] = events(side)
    assert (event.may_update, event.may_delete) == (False, False)
    refusals = send(side, upsert(side, uid, replace(VISIT, summary="Ours")), deletion(side, uid))
    assert [type(refusal) for refusal in refusals] == [NotAllowed, NotAllowed]
    assert [event.appointment for event in events(side)] == [VISIT]


def test_with_permission_they_are_edited_and_deleted_under_their_own_id(side: Side) -> None:
    side.allow_everything()
    uid = side.add(VISIT)
    assert send(side, upsert(side, uid, replace(VISIT, summary="Ours"))) == (None,)
    [event] = events(side)
    assert (event.uid, event.event_id, event.may_update) == (uid, None, True)
    assert event.appointment == replace(VISIT, summary="Ours")
    assert send(side, deletion(side, uid)) == (None,)
    assert [event.is_deleted for event in events(side)] == [True]


def test_a_deleted_event_of_others_cannot_be_made_again(side: Side) -> None:
    side.allow_everything()
    uid = side.add(VISIT)
    side.remove(uid)
    [refusal] = send(side, upsert(side, uid))
    assert isinstance(refusal, CalendarGone)
    assert send(side, deletion(side, uid)) == (None,)


def test_an_unknown_event_of_others_is_gone(side: Side) -> None:
    side.allow_everything()
    unknown = "evt_external_" + "0" * 24
    assert [type(one) for one in send(side, upsert(side, unknown), deletion(side, unknown))] == [CalendarGone] * 2


def test_our_id_wins_where_both_are_given_and_a_second_event_appears(side: Side) -> None:
    uid = side.add(VISIT)
    both = Write(side.calendar_id, event_id="a-1", body={**(upsert(side, "a-1").body or {}), "event_uid": uid})
    assert send(side, both) == (None,)
    assert sorted(event.event_id or "" for event in events(side)) == ["", "a-1"]


# --- Channels
def test_the_same_channel_is_opened_once(side: Side) -> None:
    wish = {"callback_url": "http://127.0.0.1:9/hook", "calendar_id": side.calendar_id}
    first, again = side.client.open_channel(**wish), side.client.open_channel(**wish)
    other = side.client.open_channel(**{**wish, "callback_url": "http://127.0.0.1:9/other"})
    assert first == again
    assert other.channel_id != first.channel_id
    assert {one.channel_id for one in side.client.channels()} == {first.channel_id, other.channel_id}


def test_a_channel_is_closed_once(side: Side) -> None:
    channel = side.client.open_channel(callback_url="http://127.0.0.1:9/hook", calendar_id=side.calendar_id)
    side.client.close_channel(channel.channel_id)
    assert side.client.channels() == []
    with pytest.raises(CalendarGone):
        side.client.close_channel(channel.channel_id)


# --- Providers rewrite what they are given
def test_both_show_what_the_provider_made_of_a_write_and_do_not_call_it_a_change(sandbox: SandboxProcess) -> None:
    """Drop the seconds and the outer blanks, as Office 365 does."""
    odd = replace(BERLIN, start=BERLIN.start + timedelta(seconds=40))
    sent = replace(VISIT, description="  Bring the ladder\n\n", when=odd)
    office = Sandbox(sandbox, service="office365", email="alice@office365.test")
    fake = FakeCronofy(
        FakeClock(SUNDAY), rewrite=lambda one: replace(one, description=one.description.strip(), when=BERLIN)
    )
    for client, calendar_id in ((office.client, office.calendar_id), (fake, "cal_1")):
        client.batch([replace(upsert(office, "a-1", sent), calendar_id=calendar_id)])
        first, second = ([event for read in client.events(calendar_id) for event in read.page.events] for _ in "12")
        assert [event.appointment for event in first] == [VISIT]
        assert first == second
