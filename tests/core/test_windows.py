"""Days are the user's: from midnight to midnight on their wall, also in the nights when the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendarsync.core.events import AllDay, Timed
from calendarsync.core.windows import (
    FUTURE_CHOICES,
    PAST_CHOICES,
    PROVIDER_FUTURE,
    PROVIDER_PAST,
    REACH_LABELS,
    Days,
    Reach,
    capped,
    days_within_reach,
    provider_days,
)

BERLIN, KIRITIMATI, BAKER = ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Etc/GMT+12")
TODAY = date(2026, 11, 22)
JUST_TODAY = Days(TODAY, TODAY)
zones = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
days = st.dates(date(2000, 1, 1), date(2040, 12, 31))
reaches = st.sampled_from(Reach)

LENGTHS = {
    "an ordinary day": (date(2026, 11, 22), "Europe/Berlin", 24),
    "clocks go forward": (date(2026, 3, 29), "Europe/Berlin", 23),
    "clocks go back": (date(2026, 10, 25), "Europe/Berlin", 25),
    "by half an hour": (date(2026, 4, 5), "Australia/Lord_Howe", 24.5),
    "at midnight forward": (date(2024, 4, 26), "Africa/Cairo", 23),
    "at midnight back": (date(2024, 11, 3), "America/Havana", 25),
}


@pytest.mark.parametrize(("day", "zone", "hours"), LENGTHS.values(), ids=LENGTHS.keys())
def test_a_day_is_as_long_as_its_clocks_make_it(day: date, zone: str, hours: float) -> None:
    begin, end = Days(day, day).instants(ZoneInfo(zone))
    assert end - begin == timedelta(hours=hours)


@given(days, zones)
def test_no_moment_belongs_to_two_days_or_to_none(day: date, zone: ZoneInfo) -> None:
    tomorrow = day + timedelta(days=1)
    assert Days(day, day).instants(zone)[1] == Days(tomorrow, tomorrow).instants(zone)[0]


@given(days, zones, st.integers(0, 86_399), st.integers(0, 180))
def test_a_timed_event_is_on_the_day_that_its_owners_clock_shows(
    day: date, zone: ZoneInfo, second: int, minutes: int
) -> None:
    start = datetime.combine(day, datetime.min.time(), UTC) + timedelta(seconds=second)
    its_day = start.astimezone(zone).date()
    assert Days(its_day, its_day).has(Timed(start, start + timedelta(minutes=minutes)), zone)


@pytest.mark.parametrize(
    ("zone", "first", "last"),
    [(KIRITIMATI, 21, 22), (BAKER, 22, 23), (BERLIN, 21, 22)],
    ids=["14 hours ahead", "12 hours behind", "one hour ahead"],
)
def test_a_day_begins_when_it_does_for_its_owner(zone: ZoneInfo, first: int, last: int) -> None:
    begin, end = JUST_TODAY.instants(zone)
    assert (begin.day, (end - timedelta(microseconds=1)).day) == (first, last)


EDGES = {
    "begins with the day": (0, 60, True),
    "without length, at the first moment": (0, 0, True),
    "ends as the day begins": (-60, 60, False),
    "reaches in from the day before": (-60, 61, True),
    "begins in the last minute": (1439, 60, True),
    "begins as the next day does": (1440, 60, False),
    "lasts over all of it": (-600, 6000, True),
}


@pytest.mark.parametrize(("offset", "minutes", "is_on_it"), EDGES.values(), ids=EDGES.keys())
@pytest.mark.parametrize("zone", [BERLIN, KIRITIMATI, BAKER], ids=str)
def test_the_edges_of_a_day(zone: ZoneInfo, offset: int, minutes: int, is_on_it: bool) -> None:
    start = JUST_TODAY.instants(zone)[0] + timedelta(minutes=offset)
    assert JUST_TODAY.has(Timed(start, start + timedelta(minutes=minutes)), zone) == is_on_it


WHOLE_DAYS = {
    "the day itself": (22, 23, True),
    "the day before": (21, 22, False),
    "the day after": (23, 24, False),
    "from the day before": (21, 23, True),
    "a week around it": (19, 26, True),
}


@pytest.mark.parametrize(("first", "until", "is_on_it"), WHOLE_DAYS.values(), ids=WHOLE_DAYS.keys())
@pytest.mark.parametrize("zone", [BERLIN, KIRITIMATI, BAKER], ids=str)
def test_whole_days_are_the_same_days_in_every_zone(zone: ZoneInfo, first: int, until: int, is_on_it: bool) -> None:
    event = AllDay(date(2026, 11, first), date(2026, 11, until))
    assert JUST_TODAY.has(event, zone) == is_on_it


@given(reaches, reaches, days)
def test_today_is_always_among_the_days(past: Reach, future: Reach, today: date) -> None:
    found = days_within_reach(past=past, future=future, today=today)
    assert found.first <= today <= found.last


@given(days)
def test_a_longer_reach_never_covers_less(today: date) -> None:
    found = [days_within_reach(past=reach, future=reach, today=today) for reach in Reach]
    assert [each.first for each in found] == sorted((each.first for each in found), reverse=True)
    assert [each.last for each in found] == sorted(each.last for each in found)


def test_a_month_is_a_month_of_the_calendar() -> None:
    found = days_within_reach(past=Reach.ONE_MONTH, future=Reach.THREE_MONTHS, today=date(2026, 3, 31))
    assert found == Days(date(2026, 2, 28), date(2026, 6, 30))


@given(reaches, reaches, days)
def test_no_more_is_asked_for_than_the_provider_gives(past: Reach, future: Reach, today: date) -> None:
    found = capped(days_within_reach(past=past, future=future, today=today), today)
    assert today - PROVIDER_PAST <= found.first <= today <= found.last < today + PROVIDER_FUTURE


def test_the_last_day_of_the_provider_is_a_whole_one() -> None:
    assert provider_days(TODAY) == Days(TODAY - timedelta(days=42), TODAY + timedelta(days=200))


def test_the_drop_downs_are_those_of_the_product() -> None:
    past = [REACH_LABELS[reach] for reach in PAST_CHOICES]
    assert past == ["Today", "1 week", "2 weeks", "1 month", "3 months"]
    assert [REACH_LABELS[reach] for reach in FUTURE_CHOICES] == [*past, "6 months"]
