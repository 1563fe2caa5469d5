"""The lines that we add below a description come off again, so that they never become a person's text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendarsync.core.compare import canonical_text
from calendarsync.core.footer import MARK, with_footer, without_footer

LINES = ["Ticket #1042", "Account: Miller & Sons"]


@given(st.text().filter(lambda text: MARK not in text), st.lists(st.text(max_size=30), max_size=4))
def test_taking_the_footer_off_gives_the_description_back(description: str, lines: list[str]) -> None:
    assert canonical_text(without_footer(with_footer(description, lines))) == canonical_text(description)


@given(st.text(), st.lists(st.text(max_size=30), min_size=1, max_size=4))
def test_a_footer_does_not_grow_by_being_sent_round(description: str, lines: list[str]) -> None:
    once = with_footer(without_footer(description), lines)
    assert with_footer(without_footer(once), lines).count(MARK) == 1


def test_the_footer_stands_below_the_description() -> None:
    assert with_footer("Bring the file", LINES) == f"Bring the file\n\n{MARK}\nTicket #1042\nAccount: Miller & Sons"


def test_without_a_description_the_footer_stands_alone() -> None:
    assert with_footer("", LINES).startswith(MARK)


def test_nothing_to_say_adds_nothing() -> None:
    assert with_footer("Bring the file ", []) == "Bring the file "


@pytest.mark.parametrize("ending", ["\n", "\r\n", " ", ""], ids=["line", "Windows", "blank", "nothing"])
def test_a_footer_that_a_provider_reflowed_still_comes_off(ending: str) -> None:
    assert without_footer(f"Bring the file{ending}{MARK}{ending}Ticket #1042") == "Bring the file"
