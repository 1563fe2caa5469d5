"""What is stored of an agreement is what was agreed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendarsync.core.events import FIELDS, PADDED, Appointment, Timed, appointment_from_json, when_from_json
from tests.core.strategies import appointments

NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@given(appointments)
def test_an_appointment_survives_being_stored(appointment: Appointment) -> None:
    assert appointment_from_json(json.loads(json.dumps(appointment.as_json()))) == appointment


@given(appointments)
def test_keys_of_another_version_are_passed_over(appointment: Appointment) -> None:
    assert appointment_from_json({**appointment.as_json(), "colour": "red"}) == appointment


def test_a_row_of_an_older_version_gets_the_defaults() -> None:
    when = Timed(NINE, NINE + timedelta(hours=1))
    assert appointment_from_json({"summary": "Visit", "when": when.as_json()}) == Appointment("Visit", when)


@given(appointments, appointments, st.frozensets(st.sampled_from(FIELDS)))
def test_taking_fields_leaves_the_others(ours: Appointment, theirs: Appointment, names: frozenset[str]) -> None:
    taken = ours.taking(theirs, names)
    for name in FIELDS:
        assert getattr(taken, name) == getattr(theirs if name in names else ours, name)


@pytest.mark.parametrize("seconds", [0, 59])
def test_what_has_no_length_is_padded_for_the_calendar(seconds: int) -> None:
    point = Timed(NINE, NINE + timedelta(seconds=seconds), "Europe/Berlin")
    assert point.padded() == Timed(NINE, NINE + PADDED, "Europe/Berlin")


def test_what_has_a_length_keeps_it() -> None:
    minute = Timed(NINE, NINE + timedelta(minutes=1))
    assert minute.padded() == minute


def test_a_time_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="isoformat"):
        when_from_json({"first": "yesterday", "until": "2026-11-25"})
    with pytest.raises(KeyError):
        when_from_json({})
