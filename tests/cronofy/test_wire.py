"""JSON to values and back. What comes in is somebody else's: nothing of it may stop more than itself."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendarsync.core.compare import VISIBLE, unexplained
from calendarsync.core.events import AllDay, Appointment, Timed
from calendarsync.cronofy import wire
from tests.core.strategies import appointments

NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HOUR = Timed(NINE, NINE + timedelta(hours=1), "Europe/Berlin")
ROW = {
    "calendar_id": "cal_1",
    "event_uid": "evt_1",
    "event_id": "ours",
    "summary": "Dentist",
    "description": "Bring the card",
    "start": {"time": "2026-11-24T10:00:00+01:00", "tzid": "Europe/Berlin"},
    "end": {"time": "2026-11-24T11:00:00+01:00", "tzid": "Europe/Berlin"},
    "updated": "2026-11-22T08:00:00Z",
    "location": {"description": "Room 2", "lat": "1.0", "long": "2.0"},
    "transparency": "opaque",
    "event_private": False,
    "options": {"delete": True, "update": False, "change_participation_status": True},
}


def read(**changes: Any) -> wire.RemoteEvent:
    return wire.remote_event({**ROW, **changes})


def when_of(start: Any, end: Any) -> Any:
    appointment = read(start=start, end=end).appointment
    assert appointment is not None
    return appointment.when


# --- Reading --------------------------------------------------------------------------------------------------------
def test_a_whole_event_is_read() -> None:
    event = read()
    assert event.appointment == Appointment("Dentist", HOUR, description="Bring the card", location="Room 2")
    assert (event.uid, event.event_id, event.calendar_id) == ("evt_1", "ours", "cal_1")
    assert (event.may_update, event.may_delete, event.is_recurring, event.is_declined) == (False, True, False, False)
    assert event.updated == datetime(2026, 11, 22, 8, tzinfo=UTC)


TEN_UTC = Timed(NINE + timedelta(hours=1), NINE + timedelta(hours=2))
UNKNOWN = replace(HOUR, zone="Etc/UTC")
TUESDAY = AllDay(date(2026, 11, 24), date(2026, 11, 25))
SHAPES = {
    "UTC": ("2026-11-24T10:00:00Z", "2026-11-24T11:00:00Z", TEN_UTC),
    "a blank instead of the T": ("2026-11-24 10:00:00Z", "2026-11-24 11:00:00Z", TEN_UTC),
    "an offset": ("2026-11-24T11:00:00+01:00", "2026-11-24T12:00:00+01:00", TEN_UTC),
    "milliseconds": ("2026-11-24T10:00:00.000Z", "2026-11-24T11:00:00.000Z", TEN_UTC),
    "with its zone": (ROW["start"], ROW["end"], HOUR),
    "two zones, of which the start's counts": (
        ROW["start"], {"time": "2026-11-24T05:00:00-05:00", "tzid": "America/New_York"}, HOUR,
    ),
    "a Windows zone": ({"time": "2026-11-24T10:00:00+01:00", "tzid": "W. Europe Standard Time"}, ROW["end"], HOUR),
    "an unknown zone": ({"time": "2026-11-24T10:00:00+01:00", "tzid": "Mars/Base"}, ROW["end"], UNKNOWN),
    "no offset, but a zone": ({"time": "2026-11-24T10:00:00", "tzid": "Europe/Berlin"}, ROW["end"], HOUR),
    "days": ("2026-11-24", "2026-11-26", AllDay(date(2026, 11, 24), date(2026, 11, 26))),
    "days with a zone": (
        {"time": "2026-11-24", "tzid": "Europe/Berlin"}, {"time": "2026-11-25", "tzid": "Europe/Berlin"},
        TUESDAY,
    ),
    "a day that ends with itself": ("2026-11-24", "2026-11-24", TUESDAY),
    "a day without an end": ("2026-11-24", None, TUESDAY),
    "a time without an end": ("2026-11-24T10:00:00Z", None, replace(TEN_UTC, end=TEN_UTC.start)),
    "an end before the start": ("2026-11-24T10:00:00Z", "2026-11-24T09:00:00Z", replace(TEN_UTC, end=TEN_UTC.start)),
    "a day that ends with a time": ("2026-11-24", "2026-11-25T10:00:00Z", TUESDAY),
    "a time that ends with a day": ("2026-11-24T10:00:00Z", "2026-11-25", replace(TEN_UTC, end=TEN_UTC.start)),
}  # fmt: skip


@pytest.mark.parametrize(("start", "end", "expected"), SHAPES.values(), ids=SHAPES.keys())
def test_every_shape_of_a_time_is_read(start: Any, end: Any, expected: object) -> None:
    assert when_of(start, end) == expected


BAD_TIMES = {
    "absent": None,
    "empty": "",
    "a number": 20261124,
    "a word": "tomorrow",
    "no such day": "2026-02-30",
    "year 0": "0000-01-01T00:00:00Z",
    "year 1": "0001-01-01T00:00:00Z",
    "the last day there is": "9999-12-31",
    "after the last moment there is": "9999-12-31T23:59:59-01:00",
    "an object without a time": {"tzid": "Europe/Berlin"},
    "a list": ["2026-11-24"],
}


@pytest.mark.parametrize("bad", BAD_TIMES.values(), ids=BAD_TIMES.keys())
def test_an_event_without_a_usable_time_is_passed_over(bad: Any) -> None:
    page = wire.event_page({"events": [{**ROW, "start": bad, "end": bad}, ROW]})
    assert len(page.events) == len(page.unreadable) == 1


STAMPS = {
    "absent": None,
    "year 0": "0000-12-29T00:00:00Z",
    "year 1": "0001-01-01T00:00:00Z",
    "year 9999": "9999-12-31T23:59:59Z",
    "a number": 1_700_000_000,
    "a word": "yesterday",
}


@pytest.mark.parametrize("stamp", STAMPS.values(), ids=STAMPS.keys())
def test_an_absurd_stamp_is_none_and_harms_nothing_else(stamp: Any) -> None:
    event = read(created=stamp, updated=stamp)
    assert event.updated is None
    assert event.appointment is not None


def test_an_event_with_nothing_but_id_and_time_is_one() -> None:
    event = wire.remote_event({"event_uid": "evt_1", "start": "2026-11-24", "end": "2026-11-25"})
    assert event.appointment == Appointment("", AllDay(date(2026, 11, 24), date(2026, 11, 25)))
    assert (event.event_id, event.updated, event.may_update, event.may_delete) == (None, None, True, True)


def test_of_a_deleted_event_the_id_is_enough() -> None:
    event = wire.remote_event({"event_id": "ours", "deleted": True})
    assert (event.is_deleted, event.appointment) == (True, None)


def test_an_event_without_an_id_is_passed_over() -> None:
    with pytest.raises(wire.UnreadableEvent):
        read(event_id=None, event_uid="")


def test_an_unreadable_event_is_named_but_not_quoted() -> None:
    page = wire.event_page({"events": [{**ROW, "event_id": "x" * 500, "start": "hush"}]})
    assert page.unreadable == (f"event {'x' * 64}: its time is not one",)


FLAGS = [
    ({"transparency": "transparent"}, "is_busy", False),
    ({"transparency": "unknown"}, "is_busy", True),
    ({"event_private": True}, "is_private", True),
    ({"event_private": "yes"}, "is_private", False),
    ({"location": "Room 2"}, "location", ""),
    ({"description": None}, "description", ""),
    ({"summary": "a\x00b"}, "summary", "ab"),
    ({"summary": "half \ud83d of a pair"}, "summary", "half ? of a pair"),
    ({"summary": "🎉"}, "summary", "🎉"),
]


@pytest.mark.parametrize(("changes", "name", "expected"), FLAGS, ids=str)
def test_a_field_of_any_form_is_read(changes: dict[str, Any], name: str, expected: object) -> None:
    assert getattr(read(**changes).appointment, name) == expected


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=12)
    | st.sampled_from(["2026-11-24"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["time", "tzid", "description", "x"]), inner)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*ROW, "deleted", "recurring"]), json_values), json_values)
def test_no_page_however_odd_stops_a_read(row: dict[str, Any], pages: Any) -> None:
    page = wire.event_page({"events": [{**ROW, **row}, ROW, row, pages], "pages": pages})
    assert any(event.uid == "evt_1" for event in page.events)


@given(json_values)
def test_no_answer_however_odd_stops_anything(body: Any) -> None:
    assert wire.event_page(body).events == ()
    assert wire.calendar_offers(body) == []
    assert wire.user_info(body).profiles == ()
    assert wire.channel(body).channel_id == ""
    wire.notification(json.dumps(body).encode())


NO_NOTIFICATIONS = [
    b"", b"{", b"[]", b"null", b"{}", b'{"notification":{}}', b'{"notification":{"type":5}}', b"\xff", b"[" * 100_000,
]  # fmt: skip


@pytest.mark.parametrize("raw", NO_NOTIFICATIONS, ids=lambda raw: repr(raw[:30]))
def test_what_is_no_notification_is_none(raw: bytes) -> None:
    assert wire.notification(raw) is None


def test_a_notification_of_an_unknown_kind_is_one() -> None:
    raw = b'{"notification":{"type":"calendar_painted","changes_since":"0000-01-01T00:00:00Z"}}'
    assert wire.notification(raw) == wire.Notification("calendar_painted", "", None)


# --- Writing --------------------------------------------------------------------------------------------------------
def test_a_timed_event_is_written_with_its_zone_and_that_days_offset() -> None:
    summer = Timed(datetime(2026, 7, 1, 8, tzinfo=UTC), datetime(2026, 7, 1, 9, tzinfo=UTC), "Europe/Berlin")
    bodies = [wire.upsert_body(Appointment("Visit", when), event_id="e") for when in (HOUR, summer)]
    assert [body["start"]["time"] for body in bodies] == ["2026-11-24T10:00:00+01:00", "2026-07-01T10:00:00+02:00"]
    assert all(body["start"]["tzid"] == body["end"]["tzid"] == body["tzid"] == "Europe/Berlin" for body in bodies)


def test_over_the_change_of_the_clocks_each_end_has_its_own_offset() -> None:
    night = Timed(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "Europe/Berlin")
    body = wire.upsert_body(Appointment("Night shift", night), event_id="e")
    assert (body["start"]["time"], body["end"]["time"]) == ("2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00")


def test_whole_days_are_written_as_dates_with_the_day_after() -> None:
    body = wire.upsert_body(Appointment("Fair", AllDay(date(2026, 11, 24), date(2026, 11, 26))), event_id="e")
    assert (body["start"], body["end"]) == ("2026-11-24", "2026-11-26")
    assert "tzid" not in body


def test_what_has_no_length_is_written_with_half_an_hour() -> None:
    body = wire.upsert_body(Appointment("Call", Timed(NINE, NINE, "Etc/UTC")), event_id="e")
    assert body["end"]["time"] == "2026-11-24T09:30:00+00:00"


def test_fractions_of_a_second_are_never_written() -> None:
    odd = Timed(NINE.replace(microsecond=5), NINE.replace(hour=10, microsecond=999_999), "Etc/UTC")
    assert "." not in json.dumps(wire.upsert_body(Appointment("Call", odd), event_id="e")["end"])


@pytest.mark.parametrize("extra", [0, 1, 5000])
def test_texts_end_at_the_providers_limits(extra: int) -> None:
    long = Appointment("s" * (1024 + extra), HOUR, description="d" * (4096 + extra))
    body = wire.upsert_body(long, event_id="e")
    assert (len(body["summary"]), len(body["description"])) == (1024, 4096)
    assert body["description"].endswith("…") == bool(extra)


@pytest.mark.parametrize(
    "ids", [{}, {"event_id": "e", "event_uid": "u"}, {"event_id": ""}], ids=["none", "both", "empty"]
)
def test_an_event_is_named_by_exactly_one_id(ids: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="either"):
        wire.upsert_body(Appointment("Visit", HOUR), **ids)


def test_the_reminder_of_an_event_of_theirs_is_left_alone() -> None:
    visit = Appointment("Visit", HOUR, reminder=15)
    assert wire.upsert_body(visit, event_id="e")["reminders"] == [{"minutes": 15}]
    assert wire.upsert_body(replace(visit, reminder=None), event_id="e")["reminders"] == []
    assert "reminders" not in wire.upsert_body(visit, event_uid="evt_1")


def test_busy_is_said_also_for_whole_days() -> None:
    """Else a provider would show whole days as free."""
    fair = Appointment("Fair", AllDay(date(2026, 11, 24), date(2026, 11, 25)))
    assert wire.upsert_body(fair, event_id="e")["transparency"] == "opaque"
    assert wire.upsert_body(replace(fair, is_busy=False), event_id="e")["transparency"] == "transparent"


@given(appointments)
def test_what_is_written_is_read_back_as_an_echo(sent: Appointment) -> None:
    row = json.loads(json.dumps(wire.upsert_body(sent, event_id="ours")))
    got = wire.remote_event(row).appointment
    assert got is not None
    assert unexplained(sent=sent, got=got, names=VISIBLE) == frozenset()
