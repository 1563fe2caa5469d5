"""Reading and writing events."""

from typing import Any

from django.http import HttpResponse

from cronofy_sandbox.api.answers import bare, empty, json_answer
from cronofy_sandbox.api.context import CallContext, endpoint, flat
from cronofy_sandbox.api.identity import userinfo
from cronofy_sandbox.core.errors import Invalid
from cronofy_sandbox.core.upserts import must_be_list_of_ids
from cronofy_sandbox.services import app_side, reading, writing
from cronofy_sandbox.services.writing import Answer, Write

MOST_ENTRIES = 50


def _read(context: CallContext, kind: str, path: str) -> HttpResponse:
    given = {name: context.request.GET.getlist(name) for name in context.request.GET}
    page = reading.first_page(context.caller, given, kind=kind, board=context.board, now=context.now)
    return json_answer(page.body(kind, f"{context.api_url}{path}/pages"))


def _read_page(context: CallContext, kind: str, path: str, page_id: str) -> HttpResponse:
    page = reading.later_page(context.caller, page_id, kind=kind, board=context.board, now=context.now)
    return json_answer(page.body(kind, f"{context.api_url}{path}/pages"))


def _events(context: CallContext) -> HttpResponse:
    # https://docs.cronofy.com/developers/api/events/read-events/
    return _read(context, "events", "/v1/events")


def _events_page(context: CallContext, page_id: str) -> HttpResponse:
    return _read_page(context, "events", "/v1/events", page_id)


def _free_busy(context: CallContext) -> HttpResponse:
    # https://docs.cronofy.com/developers/api/events/free-busy/
    return _read(context, "free_busy", "/v1/free_busy")


def _free_busy_page(context: CallContext, page_id: str) -> HttpResponse:
    return _read_page(context, "free_busy", "/v1/free_busy", page_id)


def _write(context: CallContext, calendar_id: str) -> HttpResponse:
    # https://docs.cronofy.com/developers/api/events/upsert-event/ and …/delete-event/
    body = context.body or flat(context.request.GET)
    path = f"/v1/calendars/{calendar_id}/events"
    write = Write(context.request.method or "", path, body)
    answer = writing.run(context.caller, [write], board=context.board, now=context.now)[0]
    if answer.status == 202 and isinstance(body, dict) and body.get("include_userinfo") is True:
        return json_answer({"userinfo": userinfo(context.caller, app_url=context.app_url)}, 202)
    return _whole(answer)


def _whole(answer: Answer) -> HttpResponse:
    if answer.body is not None:
        return json_answer(answer.body, answer.status)
    return empty(answer.status) if answer.status < 400 else bare(answer.status)


def _delete_all(context: CallContext) -> HttpResponse:
    # https://docs.cronofy.com/developers/api/events/bulk-delete-events/
    context.may("delete_event")
    # One official client puts these into the query, its body being an empty object.
    in_query = not context.fields
    wish = flat(context.request.GET) if in_query else context.fields
    given = {name: wish[name] for name in ("delete_all", "calendar_ids") if wish.get(name) is not None}
    if len(given) != 1:
        raise Invalid({"delete_all": ["errors.required" if not given else "errors.only_one_allowed"]})
    if "calendar_ids" in given:
        wanted = must_be_list_of_ids(given["calendar_ids"], "calendar_ids")
        app_side.delete_all(context.caller, wanted, now=context.now)
    else:
        _must_be_true(given["delete_all"], in_query=in_query)
        app_side.delete_all(context.caller, None, now=context.now)
    return empty()


def _must_be_true(value: Any, *, in_query: bool) -> None:
    if in_query and isinstance(value, str):
        value = {"true": True, "false": False}.get(value.lower(), value)
    if not isinstance(value, bool):
        raise Invalid({"delete_all": ["errors.must_be_boolean"]})
    if not value:
        raise Invalid({"delete_all": ["errors.required"]})


def _batch(context: CallContext) -> HttpResponse:
    # https://docs.cronofy.com/developers/api/batch/
    entries = context.fields.get("batch")
    if not isinstance(entries, list) or not entries:
        raise Invalid({"batch": ["errors.required"]})
    if len(entries) > MOST_ENTRIES:
        raise Invalid({"batch": ["errors.too_many"]})
    writes = [_entry(entry, index) for index, entry in enumerate(entries)]
    shown = _answered(context, writes)
    short = context.board.hit("short_batch")
    if short:
        shown = shown[: -int(short.params.get("missing", 1)) or None]
    return json_answer({"batch": shown}, 207)


def _answered(context: CallContext, writes: list[Write]) -> list[dict[str, Any]]:
    """Run the entries that no fault stops before, and let faults hide what became of others."""
    stopped = {write.index: context.board.hit("status", write.as_call()) for write in writes}
    running = [write for write in writes if not stopped[write.index]]
    done = writing.run(context.caller, running, board=context.board, now=context.now) if running else []
    by_index = {write.index: answer for write, answer in zip(running, done, strict=True)}
    shown = []
    for write in writes:
        stop = stopped[write.index] or context.board.hit("applied_then_failed", write.as_call())
        if stop:
            shown.append({"status": stop.params.get("status", 500)})
            continue
        answer = by_index[write.index]
        shown.append({"status": answer.status} | ({"data": answer.body} if answer.body is not None else {}))
    return shown


def _entry(entry: Any, index: int) -> Write:
    fields = entry if isinstance(entry, dict) else {}
    path = fields.get("relative_url")
    return Write(
        method=str(fields.get("method", "")).upper(),
        path=path if isinstance(path, str) else "",
        body=fields.get("data"),
        index=index,
    )


def _respond(context: CallContext, calendar_id: str, event_uid: str) -> HttpResponse:
    # https://docs.cronofy.com/developers/api/events/change-participation-status/
    status = context.fields.get("status")
    app_side.respond(context.caller, calendar_id, event_uid, status if isinstance(status, str) else "", now=context.now)
    return empty()


events = endpoint(GET=_events, DELETE=_delete_all)
events_page = endpoint(GET=_events_page)
free_busy = endpoint(GET=_free_busy)
free_busy_page = endpoint(GET=_free_busy_page)
calendar_events = endpoint(POST=_write, DELETE=_write)
participation_status = endpoint(POST=_respond)
batch = endpoint(POST=_batch)
