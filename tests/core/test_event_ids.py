"""An event's id tells whose item it is, and is short and plain enough for every provider."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendarsync.core.event_ids import EventId, parse

ITEM = UUID("12345678-1234-5678-1234-567812345678")
event_ids = st.builds(
    EventId,
    installation=st.from_regex(r"[A-Za-z0-9]{1,8}", fullmatch=True),
    user_id=st.integers(1, 10**9),
    item=st.uuids(),
    generation=st.integers(0, 10**6),
)

STRANGERS = {
    "empty": "",
    "somebody else's": "appt-4711",
    "Cronofy's": "evt_external_65f0c1d2e3a4b5c6d7e8f901",
    "another shape of ours": "bms-bms-7-12345678123456781234567812345678",
    "something behind it": "bms-bms-7-12345678123456781234567812345678-0\n",
    "capitals in the item": "bms-bms-7-ABCDEF78123456781234567812345678-0",
    "digits of another script": "bms-bms-\u0667-12345678123456781234567812345678-0",
}


@given(event_ids)
def test_an_id_is_read_back_as_it_was_made(event_id: EventId) -> None:
    assert parse(str(event_id)) == event_id


@given(event_ids)
def test_an_id_is_short_and_plain(event_id: EventId) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", str(event_id))


@given(event_ids, event_ids)
def test_different_events_have_different_ids(one: EventId, other: EventId) -> None:
    assert (one == other) == (str(one) == str(other))


def test_the_same_item_has_the_same_id_whenever_asked() -> None:
    assert str(EventId("bms", 7, ITEM, 2)) == "bms-bms-7-12345678123456781234567812345678-2"


@pytest.mark.parametrize("text", STRANGERS.values(), ids=STRANGERS.keys())
def test_ids_of_others_are_not_taken_for_ours(text: str) -> None:
    assert parse(text) is None
