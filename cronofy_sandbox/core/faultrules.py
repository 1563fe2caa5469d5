"""Which faults exist, what they may say, and which calls they hit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cronofy_sandbox.core.errors import Problems

# kind: what it does; shown by the control API and on the calendar page.
KINDS = {
    "status": "Answer with params.status (401, 402, 403, 404, 423, 429, 500, 502, 503, 504 …) and do nothing",
    "applied_then_failed": "Do it, then answer params.status (502), or drop the connection when params.drop is true",
    "drop_connection": "Close the connection without an answer and do nothing",
    "timeout": "Do nothing for params.seconds (30), then close the connection",
    "malformed_json": "Answer with a cut-off JSON text",
    "latency": "Answer params.ms later, for a batch params.entry_ms more per entry",
    "short_batch": "Leave the last params.missing (1) answers out of a batch",
    "write_lost": "Answer 202, but the write never reaches the provider",
    "write_delay": "Answer 202 and let the write be seen params.seconds (5) later",
    "disconnected_writes_locked": "Writes to a disconnected profile answer 423 instead of waiting for the relink",
    "notification_dropped": "Never send the next notification",
    "notification_duplicated": "Send a notification twice",
    "notification_delayed": "Send a notification params.seconds (5) late",
    "notification_reordered": "Let a notification be overtaken by the next one (params.seconds: how long it waits, 3)",
    "notification_unknown_type": "Send an unknown type before each notification",
    "notification_before_answer": "Send the verification before the answer that carries the channel id",
    "gone_closes_channel": "A callback's answer of 410 closes the channel at once",
    "page_size": "Cut reads into pages of params.size",
    "page_404": "Answer 404 to page addresses",
    "year_zero_created": "Let created and updated be in year 0000",
    "missing_fields": "Leave optional fields out of events (params.fields, else all of them)",
    "extra_fields": "Add unknown fields to answers",
    "hide_managed_uid": "Leave event_uid out of your own events",
    "own_writes_not_in_last_modified": "Reads by last_modified leave out what only your own writes changed",
    "reduced_tombstones": "Deleted events carry ids and times only",
    "localized_days_as_objects": "With localized_times whole days come as objects too, not as bare dates",
    "tzid_optional": "Reads without tzid count as Etc/UTC instead of answering 422",
    "rotate_refresh_tokens": "Every refresh brings a new refresh token",
    "token_lifetime": "Access tokens live params.seconds",
    "retry_after": "429 answers carry Retry-After: params.seconds (the true wait when absent)",
    "rate_limit": "Allow params.per_second and params.per_minute calls per application; 0 lifts a limit",
    "readonly_forbidden": "Writes to a read-only calendar answer 403 instead of 422",
    "unknown_calendar_ids_404": "Reads with an unknown calendar id answer 404 instead of 422",
    "moved_event_keeps_uid": "An event moved to another calendar keeps its event_uid",
    "permissions_accepted": "Wishes for more permission are granted at once, as for accounts of a service account",
    "sign_in_refused": "Refuse sign-ins with params.code",
}
ENTRY_KINDS = {"status", "write_lost", "write_delay", "applied_then_failed"}


@dataclass(frozen=True)
class Call:
    """A call, or one entry of a batch, as faults see it."""

    method: str
    path: str
    index: int | None = None  # position in a batch
    ids: tuple[str, ...] = ()  # event_id, event_uid of an entry


def check(
    kind: str, params: Mapping[str, Any], match: Mapping[str, Any], *, count: int | None, seconds: float | None
) -> None:
    """Raise Invalid unless such a fault can be switched on."""
    problems = Problems()
    if kind not in KINDS:
        problems.add("kind", "errors.not_recognized")
    if "entry" in match and kind not in ENTRY_KINDS:
        problems.add("match.entry", "errors.not_supported")
    if count is not None and not 1 <= count <= 1_000_000:
        problems.add("count", "errors.must_be_integer_greater_than_zero")
    if seconds is not None and not 0 < seconds <= 10**8:
        problems.add("seconds", "errors.must_be_greater_than_zero")
    status = params.get("status", 500)
    if kind in {"status", "applied_then_failed"} and not (isinstance(status, int) and 400 <= status <= 599):
        problems.add("params.status", "errors.not_recognized")
    for name in ("seconds", "ms", "entry_ms", "size", "missing", "per_second", "per_minute"):
        if name in params and not (_is_number(params[name]) and 0 <= params[name] <= 10**8):
            problems.add(f"params.{name}", "errors.must_be_number")
    problems.raise_if_any()


def matches(match: Mapping[str, Any], call: Call) -> bool:
    """Does a fault with this `match` hit this call?

    `path` matches a beginning of the path, or any part of it when it starts with `*`. A fault with `entry` (an index,
    an event id, or `*`) hits entries of a batch only; one without hits whole calls only.
    """
    if (call.index is not None) != ("entry" in match):
        return False
    if match.get("method", call.method).upper() != call.method:
        return False
    if not _path_matches(str(match.get("path", "")), call.path):
        return False
    wanted = match.get("entry", "*")
    return call.index is None or wanted in ("*", call.index, *call.ids)


def _path_matches(pattern: str, path: str) -> bool:
    return pattern[1:] in path if pattern.startswith("*") else path.startswith(pattern)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
