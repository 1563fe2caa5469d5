"""Failures, sorted once, by who must act: time, the user, or us.

The text of an error holds method, path and status only: never a body or header of ours, which carry secrets.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any


class CronofyError(Exception):
    """Any failure of a call. `str()` is fit for a log."""


class TryLater(CronofyError):
    """Nobody must act: it works again by itself."""

    def __init__(self, text: str, *, retry_after: float | None = None, may_have_happened: bool = True) -> None:
        super().__init__(text)
        self.retry_after = retry_after
        """Seconds that the provider asked for, if it did."""
        self.may_have_happened = may_have_happened
        """False only where the provider surely did nothing (a refused rate)."""


class WaitForTurn(TryLater):
    """Our own rate limit: the call was not made, and this is no failure of anybody."""

    def __init__(self, retry_after: float, *, is_bulk: bool) -> None:
        super().__init__("waiting for our turn", retry_after=retry_after, may_have_happened=False)
        self.wait = retry_after
        """Seconds."""
        self.is_bulk = is_bulk
        """Only large runs have to wait; single edits may go on."""


class NotAllowed(CronofyError):
    """The user must act: connect again, or allow more."""


class AccessWithdrawn(NotAllowed):
    """The tokens are no longer accepted: connect again."""


class CalendarGone(NotAllowed):
    """The calendar is not there, or no longer granted to us: choose another one."""


class OurFault(CronofyError):
    """What we sent is not acceptable, and will not be next time."""

    def __init__(self, text: str, *, details: str = "", fields: frozenset[str] = frozenset(), code: str = "") -> None:
        super().__init__(text)
        self.details = details
        """The provider's own words, fit for the user's eyes."""
        self.fields = fields
        """Which fields it refused."""
        self.code = code
        """The `error` of an OAuth answer, such as `invalid_grant`; else empty."""


def _refusal(text: str, body: Any) -> OurFault:
    """Return the exception for a refused request, with the provider's explanation if it gave one.

    Shapes: `{"errors": {field: [{"key": ..., "description": ...}]}}`, and `{"error": code}` from OAuth.
    """
    body = body if isinstance(body, dict) else {}
    errors, code = body.get("errors"), body.get("error")
    faults = [
        (str(field), str(fault.get("description") or fault.get("key") or "refused"))
        for field, found in (errors.items() if isinstance(errors, dict) else ())
        for fault in (found if isinstance(found, list) else ())
        if isinstance(fault, dict)
    ]
    return OurFault(
        text,
        details="; ".join(f"{field}: {words}" for field, words in faults)[:400],
        fields=frozenset(field for field, _ in faults),
        code=code if isinstance(code, str) else "",
    )


def error_for(status: int, body: Any, *, call: str, retry_after: float | None = None) -> CronofyError:
    """Return the exception for a status that is not 2xx. `call` is method and path."""
    # Statuses: https://docs.cronofy.com/developers/api/error-codes/
    text = f"{call} answered {status}"
    if status == HTTPStatus.UNAUTHORIZED:
        return AccessWithdrawn(text)
    if status in (HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.FORBIDDEN):
        return NotAllowed(text)
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return CalendarGone(text)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return TryLater(text, retry_after=retry_after, may_have_happened=False)
    if status in (HTTPStatus.LOCKED, HTTPStatus.REQUEST_TIMEOUT) or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return TryLater(text, retry_after=retry_after)
    return _refusal(text, body)
