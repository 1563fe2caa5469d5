"""Times in every odd shape, one line each: what is sent for a time here, and what is taken over from a time there."""

# ruff: noqa: E501 - a table is read by its lines: each case has one, however long

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from calendarsync.core import compare
from calendarsync.core.events import AllDay, Appointment, Timed, When
from calendarsync.cronofy import wire


def at(start: str, end: str, zone: str) -> Timed:
    """Return a time from two instants, written as "2026-11-24 09:00" in UTC."""
    first, last = (datetime.fromisoformat(side).replace(tzinfo=UTC) for side in (start, end))
    return Timed(first, last, zone)


def days(first: str, until: str) -> AllDay:
    """Return whole days, the end exclusive."""
    return AllDay(date.fromisoformat(first), date.fromisoformat(until))


def sent(when: When) -> dict[str, Any]:
    """Return the event as it goes over the wire."""
    return wire.upsert_body(Appointment("Visit", when), event_id="bms-1")


def read(start: Any, end: Any) -> When:
    """Return the time of an event that came over the wire."""
    event = wire.remote_event({"event_uid": "evt_1", "start": start, "end": end})
    assert event.appointment is not None
    return event.appointment.when


def clock(time: str, zone: str) -> dict[str, str]:
    """Return one side of an event as the wire has it."""
    return {"time": time, "tzid": zone}


# --- What stands here → what clocks there are told. It must also come back as the same time.
SENT = {
    "an ordinary hour in winter": (at("2026-11-24 09:00", "2026-11-24 10:00", "Europe/Berlin"), "2026-11-24T10:00:00+01:00", "2026-11-24T11:00:00+01:00"),
    "the same hour in summer": (at("2026-07-24 08:00", "2026-07-24 09:00", "Europe/Berlin"), "2026-07-24T10:00:00+02:00", "2026-07-24T11:00:00+02:00"),
    "over the hour that spring skips": (at("2026-03-29 00:30", "2026-03-29 01:30", "Europe/Berlin"), "2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00"),
    "the first of the two hours in autumn": (at("2026-10-25 00:15", "2026-10-25 00:45", "Europe/Berlin"), "2026-10-25T02:15:00+02:00", "2026-10-25T02:45:00+02:00"),
    "the second of the two hours in autumn": (at("2026-10-25 01:15", "2026-10-25 01:45", "Europe/Berlin"), "2026-10-25T02:15:00+01:00", "2026-10-25T02:45:00+01:00"),
    "from the first into the second of them": (at("2026-10-25 00:30", "2026-10-25 01:30", "Europe/Berlin"), "2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"),
    "New York when spring skips": (at("2026-03-08 06:30", "2026-03-08 07:30", "America/New_York"), "2026-03-08T01:30:00-05:00", "2026-03-08T03:30:00-04:00"),
    "New York when autumn repeats": (at("2026-11-01 05:30", "2026-11-01 06:30", "America/New_York"), "2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-05:00"),
    "south of the equator, where April is autumn": (at("2026-04-04 15:30", "2026-04-04 16:30", "Australia/Sydney"), "2026-04-05T02:30:00+11:00", "2026-04-05T02:30:00+10:00"),
    "half an hour of summer time": (at("2026-04-04 14:45", "2026-04-04 15:15", "Australia/Lord_Howe"), "2026-04-05T01:45:00+11:00", "2026-04-05T01:45:00+10:30"),
    "the day begins here first, UTC+14": (at("2026-11-23 10:30", "2026-11-23 11:30", "Pacific/Kiritimati"), "2026-11-24T00:30:00+14:00", "2026-11-24T01:30:00+14:00"),
    "and ends here last, UTC-12": (at("2026-11-25 11:00", "2026-11-25 11:59", "Etc/GMT+12"), "2026-11-24T23:00:00-12:00", "2026-11-24T23:59:00-12:00"),
    "five and a half hours ahead": (at("2026-11-24 03:30", "2026-11-24 04:30", "Asia/Kolkata"), "2026-11-24T09:00:00+05:30", "2026-11-24T10:00:00+05:30"),
    "five and three quarters": (at("2026-11-24 03:15", "2026-11-24 04:15", "Asia/Kathmandu"), "2026-11-24T09:00:00+05:45", "2026-11-24T10:00:00+05:45"),
    "three and a half behind": (at("2026-11-24 12:30", "2026-11-24 13:30", "America/St_Johns"), "2026-11-24T09:00:00-03:30", "2026-11-24T10:00:00-03:30"),
    "across midnight": (at("2026-11-24 22:00", "2026-11-25 01:00", "Europe/Berlin"), "2026-11-24T23:00:00+01:00", "2026-11-25T02:00:00+01:00"),
    "from midnight to midnight, yet no whole day": (at("2026-11-23 23:00", "2026-11-24 23:00", "Europe/Berlin"), "2026-11-24T00:00:00+01:00", "2026-11-25T00:00:00+01:00"),
    "over the turn of the year": (at("2026-12-31 22:30", "2027-01-01 00:30", "Europe/Berlin"), "2026-12-31T23:30:00+01:00", "2027-01-01T01:30:00+01:00"),
    "the leap day": (at("2028-02-29 09:00", "2028-02-29 10:00", "Etc/UTC"), "2028-02-29T09:00:00+00:00", "2028-02-29T10:00:00+00:00"),
}  # fmt: skip


@pytest.mark.parametrize(("when", "start", "end"), SENT.values(), ids=SENT)
def test_a_time_here_is_told_by_the_clocks_of_its_zone_and_comes_back(when: Timed, start: str, end: str) -> None:
    body = sent(when)
    assert body["start"] == clock(start, when.zone)
    assert body["end"] == clock(end, when.zone)
    assert read(body["start"], body["end"]) == when


# --- Whole days are days, wherever anybody is.
WHOLE_DAYS = {
    "one day": days("2026-11-24", "2026-11-25"),
    "the day with 23 hours": days("2026-03-29", "2026-03-30"),
    "the day with 25 hours": days("2026-10-25", "2026-10-26"),
    "a week": days("2026-11-23", "2026-11-30"),
    "over the turn of the year": days("2026-12-31", "2027-01-02"),
    "the leap day": days("2028-02-29", "2028-03-01"),
}


@pytest.mark.parametrize("when", WHOLE_DAYS.values(), ids=WHOLE_DAYS)
def test_whole_days_are_sent_as_dates_with_an_exclusive_end_and_come_back(when: AllDay) -> None:
    body = sent(when)
    assert (body["start"], body["end"]) == (when.first.isoformat(), when.until.isoformat())
    assert read(body["start"], body["end"]) == when


# --- What stands there → what is taken over here.
TEN_TO_ELEVEN = at("2026-11-24 09:00", "2026-11-24 10:00", "Europe/Berlin")
READ = {
    "a Windows zone": (clock("2026-11-24T10:00:00+01:00", "W. Europe Standard Time"), clock("2026-11-24T11:00:00+01:00", "W. Europe Standard Time"), TEN_TO_ELEVEN),
    "a Windows zone without offsets, in summer": (clock("2026-07-24T10:00:00", "GMT Standard Time"), clock("2026-07-24T11:00:00", "GMT Standard Time"), at("2026-07-24 09:00", "2026-07-24 10:00", "Europe/London")),
    "a zone that nobody knows: the instants count": (clock("2026-11-24T10:00:00+01:00", "Mars/Base"), clock("2026-11-24T11:00:00+01:00", "Mars/Base"), replace(TEN_TO_ELEVEN, zone="Etc/UTC")),
    "no zone, only offsets": ("2026-11-24T10:00:00+01:00", "2026-11-24T11:00:00+01:00", replace(TEN_TO_ELEVEN, zone="Etc/UTC")),
    "instants in UTC": ("2026-11-24T09:00:00Z", "2026-11-24T10:00:00Z", replace(TEN_TO_ELEVEN, zone="Etc/UTC")),
    "floating: what the clock on the wall shows": (clock("2026-11-24T10:00:00", "Europe/Berlin"), clock("2026-11-24T11:00:00", "Europe/Berlin"), TEN_TO_ELEVEN),
    "floating in the hour that autumn repeats: the first": (clock("2026-10-25T02:30:00", "Europe/Berlin"), clock("2026-10-25T04:00:00", "Europe/Berlin"), at("2026-10-25 00:30", "2026-10-25 03:00", "Europe/Berlin")),
    "floating in the hour that spring skips: as long after midnight": (clock("2026-03-29T02:30:00", "Europe/Berlin"), clock("2026-03-29T04:30:00", "Europe/Berlin"), at("2026-03-29 01:30", "2026-03-29 02:30", "Europe/Berlin")),
    "two zones: the start's counts": (clock("2026-11-24T10:00:00+01:00", "Europe/Berlin"), clock("2026-11-24T10:00:00+00:00", "Europe/London"), TEN_TO_ELEVEN),
    "no length": (clock("2026-11-24T10:00:00+01:00", "Europe/Berlin"), clock("2026-11-24T10:00:00+01:00", "Europe/Berlin"), replace(TEN_TO_ELEVEN, end=TEN_TO_ELEVEN.start)),
    "no end at all": (clock("2026-11-24T10:00:00+01:00", "Europe/Berlin"), None, replace(TEN_TO_ELEVEN, end=TEN_TO_ELEVEN.start)),
    "an end before the start": (clock("2026-11-24T10:00:00+01:00", "Europe/Berlin"), clock("2026-11-24T09:00:00+01:00", "Europe/Berlin"), replace(TEN_TO_ELEVEN, end=TEN_TO_ELEVEN.start)),
    "a day that ends before it begins": ("2026-11-24", "2026-11-20", days("2026-11-24", "2026-11-25")),
    "a day that ends when it begins": ("2026-11-24", "2026-11-24", days("2026-11-24", "2026-11-25")),
    "a day without an end": ("2026-11-24", None, days("2026-11-24", "2026-11-25")),
    "a day with a zone": (clock("2026-11-24", "Pacific/Kiritimati"), clock("2026-11-25", "Pacific/Kiritimati"), days("2026-11-24", "2026-11-25")),
    "the first day of the years that are meant": ("1900-01-01", "1900-01-02", days("1900-01-01", "1900-01-02")),
    "and the last": ("2199-12-30", "2199-12-31", days("2199-12-30", "2199-12-31")),
}  # fmt: skip


@pytest.mark.parametrize(("start", "end", "expected"), READ.values(), ids=READ)
def test_a_time_there_is_taken_over(start: Any, end: Any, expected: When) -> None:
    assert read(start, end) == expected


ABSURD = {
    "year 0": "0000-01-01",
    "year 1": "0001-01-01",
    "year 1 with a time": clock("0001-01-01T00:00:00", "Pacific/Kiritimati"),
    "year 9999": "9999-12-31",
    "year 9999 with a time": clock("9999-12-31T23:59:59", "Etc/GMT+12"),
    "30 February": "2026-02-30",
    "the 25th hour": clock("2026-11-24T25:00:00", "Europe/Berlin"),
    "a word": "tomorrow",
}


@pytest.mark.parametrize("absurd", ABSURD.values(), ids=ABSURD)
@pytest.mark.parametrize("side", ["start", "end"])
def test_an_absurd_time_stops_only_its_own_event(absurd: Any, side: str) -> None:
    good = {"event_uid": "evt_2", "start": "2026-11-24", "end": "2026-11-25"}
    page = wire.event_page({"events": [{**good, "event_uid": "evt_1", side: absurd}, good]})
    assert [event.uid for event in page.events] == ["evt_2"]
    assert len(page.unreadable) == 1


# --- What comes back otherwise than it was sent and is no edit.
ECHOES = {
    "another name for the same zone": (TEN_TO_ELEVEN, replace(TEN_TO_ELEVEN, zone="Europe/Paris")),
    "the instants only": (TEN_TO_ELEVEN, replace(TEN_TO_ELEVEN, zone="Etc/UTC")),
    "seconds dropped": (at("2026-11-24 09:00:59", "2026-11-24 10:00:30", "Europe/Berlin"), at("2026-11-24 09:00", "2026-11-24 10:00", "Europe/Berlin")),
    "no length, padded with half an hour": (at("2026-11-24 09:00", "2026-11-24 09:00", "Europe/Berlin"), at("2026-11-24 09:00", "2026-11-24 09:30", "Europe/Berlin")),
    "ten seconds, padded likewise": (at("2026-11-24 09:00", "2026-11-24 09:00:10", "Europe/Berlin"), at("2026-11-24 09:00", "2026-11-24 09:30", "Europe/Berlin")),
}  # fmt: skip
EDITS = {
    "a minute later": (TEN_TO_ELEVEN, at("2026-11-24 09:01", "2026-11-24 10:00", "Europe/Berlin")),
    "the same clock in another zone": (TEN_TO_ELEVEN, at("2026-11-24 10:00", "2026-11-24 11:00", "Europe/London")),
    "made a whole day": (at("2026-11-23 23:00", "2026-11-24 23:00", "Europe/Berlin"), days("2026-11-24", "2026-11-25")),
    "the other of autumn's two hours": (at("2026-10-25 00:15", "2026-10-25 00:45", "Europe/Berlin"), at("2026-10-25 01:15", "2026-10-25 01:45", "Europe/Berlin")),
    "one day longer": (days("2026-11-24", "2026-11-25"), days("2026-11-24", "2026-11-26")),
}  # fmt: skip


@pytest.mark.parametrize(
    ("ours", "theirs", "is_edit"),
    [*((*pair, False) for pair in ECHOES.values()), *((*pair, True) for pair in EDITS.values())],
    ids=[*ECHOES, *EDITS],
)
def test_what_comes_back_otherwise_is_an_edit_only_if_it_means_another_time(
    ours: When, theirs: When, is_edit: bool
) -> None:
    wrote, got = Appointment("Visit", ours), Appointment("Visit", theirs)
    assert bool(compare.unexplained(sent=wrote, got=got, names=compare.VISIBLE)) is is_edit
