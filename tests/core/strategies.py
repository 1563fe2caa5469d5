"""Appointments for property tests: drawn from few values, so that both sides often hold the same ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from calendarsync.core import compare
from calendarsync.core.decide import Pair, Policy
from calendarsync.core.events import AllDay, Appointment, Timed, When

TEN = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ZONES = ("Etc/UTC", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "Etc/GMT+12")

words = st.sampled_from(["", "Visit", "Dentist", "Bring the blue file and both keys, please", "Zoë"])
# Without NUL, which neither a form nor the database takes.
texts = st.one_of(words, st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=60))


@st.composite
def timed(draw: st.DrawFn) -> Timed:
    """Some minutes of a few days around a winter's morning."""
    start = TEN + timedelta(minutes=draw(st.integers(-3000, 3000)))
    return Timed(
        start, start + timedelta(minutes=draw(st.sampled_from([0, 30, 60, 1440]))), draw(st.sampled_from(ZONES))
    )


@st.composite
def all_day(draw: st.DrawFn) -> AllDay:
    """One to three whole days."""
    first = date(2026, 11, 24) + timedelta(days=draw(st.integers(-40, 40)))
    return AllDay(first, first + timedelta(days=draw(st.integers(1, 3))))


whens: st.SearchStrategy[When] = st.one_of(timed(), all_day())
appointments = st.builds(
    Appointment,
    summary=words,
    when=whens,
    description=texts,
    location=words,
    is_private=st.booleans(),
    is_busy=st.booleans(),
    reminder=st.sampled_from([None, 0, 15]),
)
policies = st.builds(
    Policy,
    takes_updates=st.booleans(),
    takes_deletions=st.booleans(),
    is_shared_record=st.booleans(),
    ours_wins=st.booleans(),
)
pairs = st.builds(
    Pair,
    agreed_local=st.none() | appointments,
    agreed_remote=st.none() | appointments,
    local=st.none() | appointments,
    remote=st.none() | appointments,
    local_changed=st.booleans(),
    attempts=st.lists(appointments, max_size=2).map(tuple),
)


def edited(name: str) -> dict[str, object]:
    """Return a value for the field `name` that no strategy above gives, so that it is an edit for sure."""
    values: dict[str, object] = {
        "summary": "Edited title of it",
        "description": "Edited description, long enough to be cut",
        "location": "Edited place",
        "when": AllDay(date(2030, 1, 1), date(2030, 1, 2)),
    }
    return {name: values[name]}


EDITABLE = ("summary", "description", "location", "when", "is_private", "is_busy")


def with_edits(before: Appointment, names: frozenset[str]) -> Appointment:
    """Return `before` as somebody left it who edited the fields `names`."""
    for name in names:
        change = {name: not getattr(before, name)} if name.startswith("is_") else edited(name)
        before = replace(before, **change)  # type: ignore[arg-type]
    assert names <= compare.VISIBLE
    return before
