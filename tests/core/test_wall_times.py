"""Readings of the clocks, on the two nights on which clocks are not simple."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendarsync.core import wall_times
from calendarsync.core.events import AllDay, Timed

BERLIN = ZoneInfo("Europe/Berlin")
SPRING = date(2027, 3, 28)
AUTUMN = date(2026, 10, 25)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute))


def moved(when: Timed | AllDay, start: datetime | date, end: datetime | date) -> Timed | AllDay:
    return wall_times.moved(when, start=start, end=end, zone=BERLIN, name="Europe/Berlin")


@pytest.mark.parametrize(
    ("day", "clock", "expected"),
    [
        pytest.param(date(2026, 11, 23), time(9), datetime(2026, 11, 23, 8, tzinfo=UTC), id="an ordinary winter day"),
        pytest.param(date(2026, 7, 1), time(9), datetime(2026, 7, 1, 7, tzinfo=UTC), id="an ordinary summer day"),
        pytest.param(SPRING, time(2, 30), datetime(2027, 3, 28, 1, 30, tzinfo=UTC), id="an hour that spring skips"),
        pytest.param(AUTUMN, time(2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC), id="an hour that autumn repeats"),
    ],
)
def test_instant_is_what_the_clocks_mean(day, clock, expected):
    assert wall_times.instant(day, clock, BERLIN) == expected


@given(minutes=st.integers(0, 2 * 366 * 24 * 60))
def test_a_reading_leads_back_to_its_instant_or_to_the_first_of_two(minutes):
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    reading = wall_times.reading(moment, BERLIN)
    back = wall_times.instant(reading.date(), reading.time(), BERLIN)
    assert back in {moment, moment - timedelta(hours=1)}
    assert wall_times.reading(back, BERLIN) == reading


def test_what_ends_in_the_repeated_hour_is_drawn_as_long_as_it_is():
    start = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)  # 02:45, before the clocks go back
    when = Timed(start=start, end=start + timedelta(minutes=30), zone="Europe/Berlin")  # ends at 02:15, the second one
    assert wall_times.drawn(when, BERLIN) == (at(AUTUMN, 2, 45), at(AUTUMN, 3, 15))


def test_whole_days_are_drawn_as_they_are():
    assert wall_times.drawn(AllDay(SPRING, SPRING + timedelta(days=1)), BERLIN) == (SPRING, date(2027, 3, 29))


def test_moving_over_a_change_of_the_clocks_keeps_the_true_length():
    when = wall_times.timed(at(AUTUMN, 1), at(AUTUMN, 4), zone=BERLIN, name="Europe/Berlin")
    assert when.end - when.start == timedelta(hours=4)
    later = moved(when, at(date(2026, 10, 26), 1), at(date(2026, 10, 26), 4))
    assert later.end - later.start == timedelta(hours=4)


def test_resizing_takes_the_new_end():
    when = wall_times.timed(at(SPRING, 9), at(SPRING, 10), zone=BERLIN, name="Europe/Berlin")
    assert moved(when, at(SPRING, 9), at(SPRING, 12)) == wall_times.timed(
        at(SPRING, 9), at(SPRING, 12), zone=BERLIN, name="Europe/Berlin"
    )


def test_dropping_between_hours_and_days_changes_what_it_is():
    days = moved(wall_times.timed(at(SPRING, 9), at(SPRING, 10), zone=BERLIN, name="x"), SPRING, date(2027, 3, 29))
    assert days == AllDay(SPRING, date(2027, 3, 29))
    assert isinstance(moved(days, at(SPRING, 9), at(SPRING, 10)), Timed)
