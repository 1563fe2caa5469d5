"""The wizard's order, and which of its steps are open."""

from __future__ import annotations

from itertools import combinations

import pytest

from calendarsync.core.wizard import (
    ANSWERED,
    TITLES,
    Step,
    first_unanswered,
    is_complete,
    is_open,
    next_step,
    previous_step,
    tabs,
)

DRAFTS = [frozenset(some) for count in range(4) for some in combinations(ANSWERED, count)]
ONE, TWO, THREE, LAST = Step

OPEN = {
    "nothing answered": (set(), {ONE}),
    "the first": ({ONE}, {ONE, TWO}),
    "the first two": ({ONE, TWO}, {ONE, TWO, THREE}),
    "all three": ({ONE, TWO, THREE}, set(Step)),
    "all but the first": ({TWO, THREE}, {ONE}),
    "all but the second": ({ONE, THREE}, {ONE, TWO}),
}


def test_the_steps_are_those_of_the_product_in_its_order() -> None:
    assert [TITLES[step] for step in Step] == ["Linked Calendar", "Your Calendar", "Sync Options", "Confirmation"]


@pytest.mark.parametrize(("answered", "open_steps"), OPEN.values(), ids=OPEN.keys())
def test_a_step_opens_once_all_before_it_are_answered(answered: set[Step], open_steps: set[Step]) -> None:
    assert {step for step in Step if is_open(step, answered=answered)} == open_steps


@pytest.mark.parametrize("answered", DRAFTS, ids=lambda some: "+".join(sorted(some)) or "nothing")
def test_wherever_one_goes_on_is_open_and_leads_to_the_end(answered: frozenset[Step]) -> None:
    step = first_unanswered(answered)
    assert is_open(step, answered=answered)
    assert step not in answered
    assert is_complete(answered) == (step is LAST)


def test_forward_and_back_are_each_others_way() -> None:
    assert [next_step(step) for step in Step] == [TWO, THREE, LAST, None]
    assert [previous_step(step) for step in Step] == [None, ONE, TWO, THREE]


@pytest.mark.parametrize("current", Step)
@pytest.mark.parametrize("answered", DRAFTS, ids=lambda some: "+".join(sorted(some)) or "nothing")
def test_the_indicator_shows_every_step_once_and_one_as_current(current: Step, answered: frozenset[Step]) -> None:
    shown = tabs(current, answered=answered)
    assert [tab.step for tab in shown] == list(Step)
    assert [tab.step for tab in shown if tab.is_current] == [current]
    assert {tab.step for tab in shown if tab.is_done} == answered - {current}
    assert {tab.step for tab in shown if tab.is_open} == {step for step in Step if is_open(step, answered=answered)}
