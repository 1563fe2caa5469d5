"""Answers of the wire protocol."""

import json
from typing import Any

from django.http import HttpResponse

JSON_TYPE = "application/json; charset=utf-8"


def json_answer(body: Any, status: int = 200) -> HttpResponse:
    """Return a JSON answer, compact and in UTF-8."""
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return HttpResponse(text, status=status, content_type=JSON_TYPE)


def empty(status: int = 202) -> HttpResponse:
    """Return an answer without a body."""
    return HttpResponse(status=status, content_type=JSON_TYPE)


def bare(status: int, *, retry_after: float | None = None) -> HttpResponse:
    """Return a failure of which only the status is documented."""
    if status >= 500:  # what a gateway says: never JSON
        answer = HttpResponse(f"{status}\n", status=status, content_type="text/plain; charset=utf-8")
    else:
        answer = json_answer({}, status)
    answer._has_been_logged = True  # type: ignore[attr-defined] # Django's mark: a refusal is no event for our own log
    if status == 401:
        answer["WWW-Authenticate"] = 'Bearer realm="cronofy", error="invalid_token"'
    if status == 429 and retry_after is not None:
        answer["Retry-After"] = str(max(1, round(retry_after)))
    return answer
