"""Rate limits per application: so many calls within a second, so many within a minute. Real time, in memory."""

import threading
import time
from collections import defaultdict, deque

SECOND, MINUTE = 1.0, 60.0


class RateLimiter:
    """Counts calls in two sliding windows. A refused call does not count."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: dict[str, deque[float]] = defaultdict(deque)

    def wait(self, client_id: str, *, per_second: int, per_minute: int, at: float | None = None) -> float:
        """Count a call and return 0, or return the seconds until one would be allowed. A limit of 0 is none."""
        at = time.monotonic() if at is None else at
        with self._lock:
            calls = self._calls[client_id]
            while calls and calls[0] <= at - MINUTE:
                calls.popleft()
            wait = max(_wait(calls, at, MINUTE, per_minute), _wait(calls, at, SECOND, per_second))
            if wait <= 0:
                calls.append(at)
            return max(wait, 0.0)

    def forget(self) -> None:
        """Start counting anew."""
        with self._lock:
            self._calls.clear()


def _wait(calls: deque[float], at: float, window: float, limit: int) -> float:
    """The call that has to leave the window first is the `limit`-th from the end."""
    if limit <= 0 or len(calls) < limit:
        return 0.0
    return calls[-limit] + window - at


LIMITER = RateLimiter()
