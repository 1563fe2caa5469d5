"""The sandbox's own clock: real time plus an offset that testers set."""

import threading
from datetime import UTC, datetime, timedelta

from cronofy_sandbox.models import Clock
from cronofy_sandbox.services import bell

_last_seen = threading.local()


def now() -> datetime:
    """Return the sandbox's present time, aware, in UTC."""
    return datetime.now(UTC) + timedelta(seconds=offset_seconds())


def offset_seconds() -> float:
    """Return how far the sandbox's clock is ahead of real time."""
    found = Clock.objects.filter(pk=1).values_list("offset_seconds", flat=True).first()
    _last_seen.offset = found or 0.0
    return _last_seen.offset


def last_seen_offset() -> float:
    """Return the offset that this thread saw last, without asking the database."""
    return getattr(_last_seen, "offset", 0.0)


def shift_to(offset: float) -> None:
    """Let the clock run `offset` seconds ahead of real time (behind it, when negative)."""
    Clock.objects.update_or_create(pk=1, defaults={"offset_seconds": offset})
    bell.ring_on_commit()  # more may be due now


def set_now(moment: datetime) -> None:
    """Let the clock show `moment` now, and run on from there."""
    shift_to((moment - datetime.now(UTC)).total_seconds())
