"""What the bodies of the control API may say."""

from typing import Any

from cronofy_sandbox.core import faultrules, providers

Schema = dict[str, Any]

NOTHING: Schema = {"type": "object"}


def _object(required: tuple[str, ...] = (), **members: Schema) -> Schema:
    return {
        "type": "object",
        "properties": members,
        "required": list(required),
        "additionalProperties": False,
    }


def _text(longest: int, shortest: int = 0, **more: Any) -> Schema:
    # No control characters but line ends and tabs; SQLite and JSON could hold them, calendars do not.
    pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$"
    return {"type": "string", "maxLength": longest, "minLength": shortest, "pattern": pattern, **more}


EMAIL = _text(200, 3)
ATTENDEE = _object(
    ("email",),
    email=EMAIL,
    display_name={"type": ["string", "null"], "maxLength": 200},
    status={"enum": ["needs_action", "accepted", "declined", "tentative", "unknown"]},
)
PERSON = _object(("email",), email=EMAIL, display_name={"type": ["string", "null"], "maxLength": 200})
RULE = _object(
    ("frequency",),
    frequency={"enum": ["daily", "weekly", "monthly", "yearly"]},
    interval={"type": "integer", "minimum": 1, "maximum": 1000},
    by_day={"type": "array", "items": {"type": "string"}, "maxItems": 7},
    count={"type": ["integer", "null"], "minimum": 1, "maximum": 1000},
    until={"type": ["string", "null"], "maxLength": 10},
)
RECURRENCE = _object(("rules",), rules={"type": "array", "items": RULE, "maxItems": 1})
LOCATION: Schema = {
    "anyOf": [
        _text(1000),
        {"type": "null"},
        _object((), description=_text(1000), lat=_text(20), long=_text(20)),
    ]
}
_EVENT: dict[str, Schema] = {
    "summary": _text(10_000),
    "description": _text(100_000),
    "start": _text(40, description="a date (all day) or a time; without offset it is wall time of `zone`"),
    "end": _text(40, description="exclusive for all-day events; default: a day, an hour, or the length it had"),
    "zone": _text(64),
    "location": LOCATION,
    "private": {"type": "boolean"},
    "transparency": {"enum": ["opaque", "transparent", "unknown"]},
    "status": {"enum": ["tentative", "confirmed", "cancelled", "unknown"]},
    "participation_status": {"enum": ["needs_action", "accepted", "declined", "tentative", "unknown"]},
    "attendees": {"type": "array", "items": ATTENDEE, "maxItems": 100},
    "organizer": PERSON,
    "reminders": {
        "type": "array",
        "items": _object(("minutes",), minutes={"type": "integer", "minimum": 0, "maximum": 525600}),
        "maxItems": 20,
    },
    "color": _text(7, pattern="^#[0-9A-Fa-f]{6}$"),
    "url": _text(2000),
    "meeting_url": _text(2000),
    "categories": {"type": "array", "items": _text(100), "maxItems": 20},
}
EVENT = _object(("start",), **_EVENT, recurrence=RECURRENCE)
EVENT_CHANGE = _object((), **_EVENT, whole_series={"type": "boolean"})
EVENT_MOVE = _object(("calendar_id",), calendar_id=_text(100))
RESPONSE = _object(("status",), status={"enum": ["needs_action", "accepted", "declined", "tentative"]})
SEED = _object(
    (),
    count={"type": "integer", "minimum": 1, "maximum": 100_000},
    kind={"enum": ["plain", "series", "private", "all_day", "texts"]},
)

ACCOUNT = _object(
    ("service", "email"),
    service={"enum": [provider.key for provider in providers.PROVIDERS]},
    email=EMAIL,
    name=_text(100),
    zone=_text(64),
    events={"type": "integer", "minimum": 0, "maximum": 100_000},
    initial_sync_required={"type": "boolean"},
)
CALENDAR = _object(
    (),
    name=_text(200, 1),
    color=_text(7, pattern="^(#[0-9A-Fa-f]{6})?$"),
    readonly={"type": "boolean"},
    deleted={"type": "boolean"},
    permission_level={"enum": ["sandbox", "unrestricted"]},
)
NEW_CALENDAR = _object(
    ("name",),
    name=_text(200, 1),
    color=_text(7, pattern="^(#[0-9A-Fa-f]{6})?$"),
    readonly={"type": "boolean"},
)
AUTHORIZATION = _object(
    ("account_id",),
    account_id=_text(40),
    client_id=_text(100),
    scope=_text(400, 1),
)
VISIT = _object(
    ("url", "service", "email"),
    url=_text(4000, description="the authorization address that the application sends its user to, or its query"),
    service={"enum": [provider.key for provider in providers.PROVIDERS]},
    email=EMAIL,
    password=_text(100),
    allow={"type": "boolean"},
)
APPLICATION = _object(
    ("client_id",),
    client_id=_text(100, 1),
    name=_text(100),
    secrets={"type": "array", "items": _text(200, 1), "minItems": 1, "maxItems": 5},
    redirect_uris={"type": "array", "items": _text(2000), "maxItems": 20},
    in_production={"type": "boolean"},
    rate_per_second={"type": "integer", "minimum": 0, "maximum": 10**6},
    rate_per_minute={"type": "integer", "minimum": 0, "maximum": 10**6},
    missing_features={"type": "array", "items": {"enum": ["geo", "recurrence", "conferencing"]}, "maxItems": 3},
)
SECRET = _object(("secret",), secret=_text(200, 1))
FAULT = _object(
    ("kind",),
    kind={"enum": sorted(faultrules.KINDS)},
    count={"type": ["integer", "null"], "minimum": 1, "maximum": 1_000_000},
    seconds={"type": ["number", "null"], "exclusiveMinimum": 0, "maximum": 10**8},
    match=_object(
        (),
        method={"enum": ["GET", "POST", "DELETE"]},
        path=_text(300),
        entry={"anyOf": [{"type": "integer", "minimum": 0, "maximum": 49}, _text(255)]},
    ),
    params={"type": "object", "maxProperties": 20},
)
CLOCK = _object(
    (),
    offset_seconds={"type": "number", "minimum": -(10**9), "maximum": 10**9},
    now=_text(40),
)
