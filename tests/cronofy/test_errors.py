"""Every failure is for somebody: for time, for the user, or for us."""

from __future__ import annotations

from typing import Any

import pytest

from calendarsync.cronofy.errors import (
    AccessWithdrawn,
    CalendarGone,
    CronofyError,
    NotAllowed,
    OurFault,
    TryLater,
    error_for,
)

STATUSES: dict[int, type[CronofyError]] = {
    302: OurFault, 400: OurFault, 401: AccessWithdrawn, 402: NotAllowed, 403: NotAllowed, 404: CalendarGone,
    405: OurFault, 408: TryLater, 410: CalendarGone, 413: OurFault, 422: OurFault, 423: TryLater, 429: TryLater,
    500: TryLater, 502: TryLater, 503: TryLater, 504: TryLater, 599: TryLater,
}  # fmt: skip


@pytest.mark.parametrize(("status", "kind"), STATUSES.items())
def test_a_status_says_who_must_act(status: int, kind: type[CronofyError]) -> None:
    error = error_for(status, None, call="POST /v1/batch")
    assert type(error) is kind
    assert str(error) == f"POST /v1/batch answered {status}"


@pytest.mark.parametrize("kind", [AccessWithdrawn, CalendarGone])
def test_what_only_the_user_can_mend_is_one_family(kind: type[CronofyError]) -> None:
    assert issubclass(kind, NotAllowed)


def test_the_providers_words_are_kept_for_the_user() -> None:
    body = {
        "errors": {"start": [{"key": "errors.required", "description": "must be given"}], "end": [{"key": "errors.x"}]}
    }
    error = error_for(422, body, call="POST /v1/batch")
    assert isinstance(error, OurFault)
    assert error.details == "start: must be given; end: errors.x"
    assert error.fields == {"start", "end"}


ODD_BODIES: list[Any] = [
    None,
    "text",
    [],
    {"errors": "text"},
    {"errors": {"a": "b"}},
    {"errors": {"a": [None]}},
    {"error": 5},
]


@pytest.mark.parametrize("body", ODD_BODIES, ids=str)
def test_a_body_of_another_shape_is_no_failure_of_its_own(body: Any) -> None:
    error = error_for(422, body, call="POST /v1/batch")
    assert isinstance(error, OurFault)
    assert (error.details, error.fields, error.code) == ("", frozenset(), "")


def test_long_explanations_are_cut() -> None:
    body = {"errors": {"summary": [{"description": "x" * 5000}]}}
    error = error_for(422, body, call="POST /v1/batch")
    assert isinstance(error, OurFault)
    assert len(error.details) == 400
