"""What a provider makes of our text is an echo; what a person makes of it is an edit."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendarsync.core.compare import VISIBLE, canonical_text, changed_fields, explains, unexplained
from calendarsync.core.events import AllDay, Appointment, Timed
from tests.core.strategies import EDITABLE, appointments, texts, with_edits

NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HOUR = Timed(NINE, NINE + timedelta(hours=1), "Europe/Berlin")
LONG = "Bring the blue file, both keys and the list of spare parts."
SENT = Appointment(summary="Visit", when=HOUR, description=LONG, location="Café Zoë, 2nd floor")

ECHOES = {
    "as it was sent": (LONG, LONG),
    "cut": (LONG, LONG[:30]),
    "cut, with an ellipsis": (LONG, LONG[:30] + "…"),
    "cut, with three dots": (LONG, LONG[:30] + "..."),
    "blanks at the ends of lines dropped": ("One  \nTwo \n", "One\nTwo"),
    "lines ended as on Windows": ("One\nTwo", "One\r\nTwo\r\n"),
    "HTML flattened": ("<p>One</p><p>Two &amp; three</p>", "One\nTwo & three"),
    "plain text wrapped into HTML": ("One\nTwo", "<div>One<br>Two</div>"),
    "blanks squeezed": ("One   two\n\n\nthree", "One two three"),
    "accents put together": ("Zoe\u0308", "Zo\u00eb"),
    "signs beyond the basic plane kept": ("Party 🎉", "Party 🎉 "),
}
EDITS = {
    "emptied": (LONG, ""),
    "emptied but for blanks": (LONG, " \n "),
    "a word added": (LONG, LONG + " Please."),
    "a word changed": (LONG, LONG.replace("blue", "red")),
    "shortened to a few letters": (LONG, "Bring"),
    "written where there was nothing": ("", "Bring"),
    "an accent dropped": ("Zoë", "Zoe"),
}


@pytest.mark.parametrize(("ours", "theirs"), ECHOES.values(), ids=ECHOES.keys())
@pytest.mark.parametrize("field", ["description", "location", "summary"])
def test_what_a_provider_makes_of_a_text_is_explained(field: str, ours: str, theirs: str) -> None:
    assert explains(field, sent=replace(SENT, **{field: ours}), got=replace(SENT, **{field: theirs}))


@pytest.mark.parametrize(("ours", "theirs"), EDITS.values(), ids=EDITS.keys())
@pytest.mark.parametrize("field", ["description", "location", "summary"])
def test_what_a_person_makes_of_a_text_is_an_edit(field: str, ours: str, theirs: str) -> None:
    got = replace(SENT, **{field: theirs})
    assert unexplained(sent=replace(SENT, **{field: ours}), got=got, names=VISIBLE) == {field}


def test_another_name_of_the_same_zone_is_no_move() -> None:
    assert changed_fields(SENT, replace(SENT, when=replace(HOUR, zone="Europe/Vienna"))) == frozenset()


def test_seconds_are_no_move_but_minutes_are() -> None:
    later = {length: replace(HOUR, end=HOUR.end + timedelta(seconds=length)) for length in (59, 60)}
    assert changed_fields(SENT, replace(SENT, when=later[59])) == frozenset()
    assert changed_fields(SENT, replace(SENT, when=later[60])) == {"when"}


def test_the_same_day_as_a_whole_and_by_its_hours_are_two_things() -> None:
    midnight = datetime(2026, 11, 24, tzinfo=UTC)
    by_hours = replace(SENT, when=Timed(midnight, midnight + timedelta(days=1)))
    assert changed_fields(by_hours, replace(SENT, when=AllDay(date(2026, 11, 24), date(2026, 11, 25)))) == {"when"}


def test_the_length_that_a_calendar_needs_is_no_edit() -> None:
    point = replace(SENT, when=Timed(NINE, NINE, "Europe/Berlin"))
    assert explains("when", sent=point, got=replace(point, when=Timed(NINE, NINE + timedelta(minutes=30))))
    assert not explains("when", sent=point, got=replace(point, when=Timed(NINE, NINE + timedelta(minutes=45))))
    assert not explains("when", sent=SENT, got=replace(SENT, when=Timed(NINE, NINE + timedelta(minutes=30))))


def test_a_flag_is_never_an_approximation() -> None:
    assert not explains("is_private", sent=SENT, got=replace(SENT, is_private=True))


@given(texts)
def test_the_canonical_form_of_a_text_stays_as_it_is(text: str) -> None:
    assert canonical_text(canonical_text(text)) == canonical_text(text)


@given(appointments, appointments)
def test_two_appointments_differ_the_same_either_way(one: Appointment, other: Appointment) -> None:
    assert changed_fields(one, other) == changed_fields(other, one)
    assert changed_fields(one, one) == frozenset()


@given(appointments, st.frozensets(st.sampled_from(EDITABLE)))
def test_exactly_the_edited_fields_are_found(before: Appointment, names: frozenset[str]) -> None:
    after = with_edits(before, names)
    assert changed_fields(before, after) == names
    assert unexplained(sent=before, got=after, names=VISIBLE) == names


@given(appointments, st.integers(20, 60))
def test_every_cut_of_a_long_text_is_explained(sent: Appointment, length: int) -> None:
    sent = replace(sent, description=LONG)
    assert explains("description", sent=sent, got=replace(sent, description=LONG[:length] + "…"))
