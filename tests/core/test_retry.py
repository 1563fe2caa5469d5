"""Waits grow, end at a cap, spread out, and are never shorter than what the provider asked for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendarsync.core.retry import BASE, CAP_OF_INTEGRATION, CAP_OF_ITEM, delay, delay_after

failures = st.integers(1, 10_000)
chances = st.floats(0, 1)
caps = st.sampled_from([CAP_OF_ITEM, CAP_OF_INTEGRATION])


@given(failures, chances, caps)
def test_a_wait_grows_with_every_failure(count: int, chance: float, cap: timedelta) -> None:
    assert delay(count, cap=cap, random=lambda: chance) <= delay(count + 1, cap=cap, random=lambda: chance)


@given(failures, chances, caps)
def test_a_wait_is_never_nothing_and_never_above_the_cap(count: int, chance: float, cap: timedelta) -> None:
    assert BASE <= delay(count, cap=cap, random=lambda: chance) <= cap


@given(failures, caps)
def test_those_who_failed_together_spread_over_half_the_wait(count: int, cap: timedelta) -> None:
    first, last = (delay(count, cap=cap, random=lambda chance=chance: chance) for chance in (0.0, 1.0))
    assert first * 2 == last


@given(failures, chances, st.floats(0, 3600))
def test_a_wait_asked_for_is_kept(count: int, chance: float, asked: float) -> None:
    wait = delay_after(count, asked=asked, cap=CAP_OF_ITEM, random=lambda: chance)
    assert wait >= timedelta(seconds=asked)


@pytest.mark.parametrize("asked", [None, 0.0, -5.0], ids=["nothing", "at once", "the past"])
def test_asked_for_nothing_the_own_wait_counts(asked: float | None) -> None:
    assert delay_after(3, asked=asked, cap=CAP_OF_ITEM, random=lambda: 1.0) == timedelta(seconds=16)


@pytest.mark.parametrize("asked", [1e9, float("inf")], ids=["thirty years", "for ever"])
def test_nobody_waits_longer_than_the_longest_cap(asked: float) -> None:
    assert delay_after(1, asked=asked, cap=CAP_OF_ITEM, random=lambda: 1.0) == CAP_OF_INTEGRATION
