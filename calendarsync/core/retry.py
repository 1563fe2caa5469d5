"""How long to wait after a failure. The waits are rows (`due_at`), never sleeping workers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

BASE = timedelta(seconds=2)
CAP_OF_ITEM = timedelta(minutes=15)
CAP_OF_INTEGRATION = timedelta(hours=6)


def delay(failures: int, *, cap: timedelta, random: Callable[[], float]) -> timedelta:
    """Return the wait after the `failures`-th failure in a row (from 1): doubled each time, at most `cap`.

    `random` gives 0 to 1. The wait lies in the upper half of its range, so that many who failed together
    spread out, yet nobody comes back at once.
    """
    whole: timedelta = min(cap, BASE * 2 ** min(failures, 30))
    return whole * (0.5 + random() / 2)


def delay_after(failures: int, *, asked: float | None, cap: timedelta, random: Callable[[], float]) -> timedelta:
    """Return the wait, at least the seconds that the provider asked for (Retry-After), if it did."""
    own = delay(failures, cap=cap, random=random)
    return (
        own if asked is None else max(own, timedelta(seconds=min(max(asked, 0.0), CAP_OF_INTEGRATION.total_seconds())))
    )
