"""What happens around every call of the wire protocol: log, faults, latency."""

import json
import logging
import socket
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from cronofy_sandbox.api import answers
from cronofy_sandbox.api.context import CallContext
from cronofy_sandbox.core.faultrules import Call
from cronofy_sandbox.core.masking import masked
from cronofy_sandbox.models import ApiCall, Fault
from cronofy_sandbox.services import wire_log, writing

log = logging.getLogger(__name__)

PREFIXES = ("/v1/", "/oauth/token")
DROPPED = 0  # the status that the log gives a dropped connection


class WireMiddleware:
    """Wraps calls of the wire protocol; pages and the control API pass through untouched."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one request."""
        if not request.path.startswith(PREFIXES):
            return self.get_response(request)
        began = time.perf_counter()
        context = CallContext(request)
        request.sandbox = context  # type: ignore[attr-defined]
        writing.land_due_writes(context.now)
        _be_late(context)
        answer = self._answer(context)
        _log(context, answer, milliseconds=(time.perf_counter() - began) * 1000)
        return answer

    def _answer(self, context: CallContext) -> HttpResponse:
        call = Call(context.request.method or "", context.request.path)
        for kind, act in BEFORE.items():
            fault = context.board.hit(kind, call)
            if fault:
                context.fault = kind
                return act(context, fault)
        answer = self.get_response(context.request)
        for kind, change in AFTER.items():
            fault = context.board.hit(kind, call)
            if fault:
                context.fault = kind
                return change(context, fault, answer)
        return answer


def _status(context: CallContext, fault: Fault) -> HttpResponse:
    context.authenticate_quietly()
    return answers.bare(fault.params.get("status", 500), retry_after=context.retry_after())


def _drop(context: CallContext, _fault: Fault) -> HttpResponse:
    """Close the connection under the server's hands; the answer returned here goes nowhere."""
    connection = context.request.META.get("gunicorn.socket")
    if connection is not None:
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            log.debug("the caller had gone already")
    dropped = answers.bare(502)
    dropped.was_dropped = True  # type: ignore[attr-defined]
    return dropped


def _time_out(context: CallContext, fault: Fault) -> HttpResponse:
    time.sleep(float(fault.params.get("seconds", 30)))
    return _drop(context, fault)


def _applied_then_failed(context: CallContext, fault: Fault, _answer: HttpResponse) -> HttpResponse:
    return _drop(context, fault) if fault.params.get("drop") else answers.bare(fault.params.get("status", 502))


def _malformed(_context: CallContext, _fault: Fault, answer: HttpResponse) -> HttpResponse:
    answer.content = answer.content[: len(answer.content) // 2] or b"{"
    return answer


def _extra_fields(_context: CallContext, _fault: Fault, answer: HttpResponse) -> HttpResponse:
    try:
        body = json.loads(answer.content)
    except ValueError:
        return answer
    if isinstance(body, dict):
        answer.content = json.dumps(body | {"sandbox_unknown": {"nested": [1, None]}}, ensure_ascii=False).encode()
    return answer


# In this order: at most one of each group strikes.
BEFORE = {"status": _status, "drop_connection": _drop, "timeout": _time_out}
AFTER = {
    "applied_then_failed": _applied_then_failed,
    "malformed_json": _malformed,
    "extra_fields": _extra_fields,
}


def _be_late(context: CallContext) -> None:
    call = Call(context.request.method or "", context.request.path)
    fault = context.board.hit("latency", call)
    if fault is None:
        return
    delay = float(fault.params.get("ms", 0))
    if context.request.path == "/v1/batch" and fault.params.get("entry_ms"):
        entries = context.request.body.count(b'"relative_url"')
        delay += float(fault.params["entry_ms"]) * entries
    time.sleep(delay / 1000)


def _log(context: CallContext, answer: HttpResponse, *, milliseconds: float) -> None:
    request = context.request
    is_form = request.content_type == "application/x-www-form-urlencoded"
    wire_log.write(
        ApiCall(
            at=context.now,
            method=request.method or "",
            path=request.path[:2000],
            query=masked(request.META.get("QUERY_STRING", "")),
            request_body=masked(request.body.decode("utf-8", "replace")) if request.body or is_form else "",
            status=DROPPED if getattr(answer, "was_dropped", False) else answer.status_code,
            response_body=masked(answer.content.decode("utf-8", "replace")),
            milliseconds=round(milliseconds, 2),
            client_id=context.client_id,
            account_uid=context.authorization.account.uid if context.authorization else "",
            fault=context.fault,
        )
    )
