"""Reads the body of an event write as strictly as documented, and merges it with what stands in the calendar."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cronofy_sandbox.core import recurrence as rules
from cronofy_sandbox.core import times
from cronofy_sandbox.core.content import Content
from cronofy_sandbox.core.errors import Invalid, Problems
from cronofy_sandbox.core.times import Moment

SUMMARY_LIMIT = 1024
DESCRIPTION_LIMIT = 4096
EVENT_ID_LIMIT = 255
MOST_REMINDERS = 5
# Providers refuse dates far away; the bounds are not documented.
YEARS = range(1970, 2101)
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.?[^@\s]*")
COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
TRANSPARENCIES = {"opaque", "transparent"}
EXTENDED = {"opaque", "transparent", "working_elsewhere", "tentative", "out_of_office", "unknown"}


@dataclass(frozen=True)
class Upsert:
    """A valid event write. One of the two ids is set: `event_id` for an own event, `event_uid` for another's."""

    event_id: str
    event_uid: str
    content: Content
    omitted: frozenset[str]  # documented as "omitted keeps": url, reminders, subscriptions, transparency
    invited: tuple[dict[str, str], ...]
    removed: frozenset[str]
    recurrence: Mapping[str, Any] | None  # None: not mentioned
    reminders_create_only: bool
    include_userinfo: bool


def read(body: Mapping[str, Any]) -> Upsert:
    """Return the write that a request body asks for. Raises Invalid naming every faulty field."""
    problems = Problems()
    # Clients send null for what they do not set; only for the url does it mean something.
    given = {name: value for name, value in body.items() if value is not None or name == "url"}
    event_id, event_uid = _ids(given, problems)
    content = _times(given, problems)
    summary = _text(given, "summary", SUMMARY_LIMIT, problems)
    if not summary and "summary" not in problems.errors:
        problems.add("summary", "errors.required")
    description = _text(given, "description", DESCRIPTION_LIMIT, problems)
    details = _details(given, problems)
    invited, removed = _attendees(given.get("attendees"), problems)
    recurrence = given.get("recurrence")
    if recurrence is not None:
        rules.read(recurrence, problems)
    private = _boolean(given, "event_private", problems)
    create_only = _boolean(given, "reminders_create_only", problems)
    include_userinfo = _boolean(given, "include_userinfo", problems)
    transparency = _transparency(given, content, problems)
    if content is None or problems.errors:
        raise Invalid(problems.errors)
    return Upsert(
        event_id=event_id,
        event_uid="" if event_id else event_uid,
        content=replace(
            content,
            summary=summary,
            description=description,
            private=private,
            transparency=transparency,
            details=details,
        ),
        omitted=frozenset({"url", "reminders", "subscriptions"} - given.keys()),
        invited=invited,
        removed=removed,
        recurrence=recurrence,
        reminders_create_only=create_only,
        include_userinfo=include_userinfo,
    )


def merged(upsert: Upsert, existing: Content | None) -> Content:
    """Return the whole content after the write: everything is replaced, except what counts as kept when omitted."""
    details = dict(upsert.content.details)
    old = existing.details if existing else {}
    kept = set(upsert.omitted)
    if upsert.reminders_create_only and existing is not None:
        kept.add("reminders")
    for name in kept & old.keys():
        details[name] = old[name]
    if "reminders" in kept and "reminders" not in old:
        details.pop("reminders", None) if existing is not None else None
    for name in ("participation_status", "organizer", "status"):
        if name in old:
            details[name] = old[name]
    attendees = _merged_attendees(upsert, old.get("attendees", []))
    if attendees:
        details["attendees"] = attendees
    return replace(upsert.content, details=details)


def _merged_attendees(upsert: Upsert, old: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_email = {attendee["email"].lower(): attendee for attendee in old if attendee.get("email")}
    for email in upsert.removed:
        by_email.pop(email, None)
    for invitation in upsert.invited:
        status = by_email.get(invitation["email"].lower(), {}).get("status", "needs_action")
        by_email[invitation["email"].lower()] = {**invitation, "status": status}
    return list(by_email.values())


def _ids(given: Mapping[str, Any], problems: Problems) -> tuple[str, str]:
    event_id, event_uid = given.get("event_id", ""), given.get("event_uid", "")
    if "event_id" not in given and "event_uid" not in given:
        problems.add("event_id", "errors.required")
    for name, value in (("event_id", event_id), ("event_uid", event_uid)):
        if name in given and not isinstance(value, str):
            problems.add(name, "errors.must_be_string")
        elif name in given and not value.strip():
            problems.add(name, "errors.required")
        elif len(value) > EVENT_ID_LIMIT:
            problems.add(name, "errors.too_long")
    return event_id, event_uid


def _times(given: Mapping[str, Any], problems: Problems) -> Content | None:
    tzid = given.get("tzid", "Etc/UTC")
    if not isinstance(tzid, str) or times.zone(tzid) is None:
        problems.add("tzid", "errors.tzid_unrecognized")
        tzid = "Etc/UTC"
    start, end = _moment(given, "start", tzid, problems), _moment(given, "end", tzid, problems)
    if start is None or end is None:
        return None
    if start.is_day != end.is_day or end.at <= start.at:
        problems.add("end", "errors.invalid_time_pair")
    return Content(starts_at=start.at, ends_at=end.at, all_day=start.is_day, start_zone=start.zone, end_zone=end.zone)


def _moment(given: Mapping[str, Any], name: str, tzid: str, problems: Problems) -> Moment | None:
    value = given.get(name)
    if isinstance(value, Mapping):
        own = value.get("tzid") or tzid
        if not isinstance(own, str) or times.zone(own) is None:
            problems.add(f"{name}.tzid", "errors.tzid_unrecognized")
            return None
        tzid, value = own, value.get("time")
    if value is None or value == "":
        problems.add(name, "errors.required")
        return None
    try:
        moment = times.read(value, zone_name=tzid)
    except times.NotATime:
        problems.add(name, "errors.invalid_format")
        return None
    if moment.at.year not in YEARS:
        problems.add(name, "errors.out_of_bounds")
    return moment


def _text(given: Mapping[str, Any], name: str, limit: int, problems: Problems) -> str:
    value = given.get(name, "")
    if not isinstance(value, str):
        problems.add(name, "errors.must_be_string")
        return ""
    if len(value) > limit:
        problems.add(name, "errors.too_long")
    return value


def _boolean(given: Mapping[str, Any], name: str, problems: Problems) -> bool:
    value = given.get(name, False)
    if not isinstance(value, bool):
        problems.add(name, "errors.must_be_boolean")
    return value is True


def _transparency(given: Mapping[str, Any], content: Content | None, problems: Problems) -> str:
    extended = given.get("extended_transparency")
    if extended is not None and (not isinstance(extended, str) or extended not in EXTENDED):
        problems.add("extended_transparency", "errors.not_recognized")
    value = given.get("transparency")
    if value is None:
        default = "transparent" if content is not None and content.all_day else "opaque"
        return default if extended is None else "transparent" if extended == "transparent" else "opaque"
    if not isinstance(value, str) or value not in TRANSPARENCIES:
        problems.add("transparency", "errors.not_recognized")
        return "opaque"
    return value


def _details(given: Mapping[str, Any], problems: Problems) -> dict[str, Any]:
    read_by = {
        "location": _location,
        "url": _url,
        "color": _colour,
        "reminders": _reminders,
        "conferencing": _conferencing,
        "subscriptions": _subscriptions,
        "attachments": _attachments,
    }
    details = {name: reader(given[name], problems) for name, reader in read_by.items() if name in given}
    if isinstance(given.get("extended_transparency"), str):
        details["extended_transparency"] = given["extended_transparency"]
    return {name: value for name, value in details.items() if value is not None}


def _location(value: Any, problems: Problems) -> dict[str, str] | None:
    if not isinstance(value, Mapping):
        problems.add("location", "errors.invalid_format")
        return None
    location: dict[str, str] = {}
    for name, limit in (("description", None), ("lat", 90), ("long", 180)):
        part = value.get(name)
        if part is None or part == "":
            continue
        if not isinstance(part, str) or (limit is not None and not _is_coordinate(part, limit)):
            problems.add(f"location.{name}", "errors.invalid_format")
            continue
        location[name] = part
    return location or None


def _is_coordinate(text: str, limit: int) -> bool:
    try:
        return abs(float(text)) <= limit
    except ValueError:
        return False


def _url(value: Any, problems: Problems) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not re.match(r"https?://\S+$", value):
        problems.add("url", "errors.invalid_url")
        return None
    return value


def _colour(value: Any, problems: Problems) -> str | None:
    if not isinstance(value, str) or not COLOUR.fullmatch(value):
        problems.add("color", "errors.invalid_format")
        return None
    return value.upper()


def _reminders(value: Any, problems: Problems) -> list[dict[str, int]] | None:
    if not isinstance(value, list):
        problems.add("reminders", "errors.invalid_format")
        return None
    if len(value) > MOST_REMINDERS:
        problems.add("reminders", "errors.too_many")
    for index, reminder in enumerate(value):
        minutes = reminder.get("minutes") if isinstance(reminder, Mapping) else None
        if not isinstance(minutes, int) or isinstance(minutes, bool) or not 0 <= minutes < 2**31:
            problems.add(f"reminders[{index}].minutes", "errors.must_be_integer")
    return [{"minutes": reminder["minutes"]} for reminder in value] if not problems.errors else None


def _conferencing(value: Any, problems: Problems) -> dict[str, str] | None:
    if not isinstance(value, Mapping) or not isinstance(value.get("profile_id"), str):
        problems.add("conferencing.profile_id", "errors.required")
        return None
    if value["profile_id"] == "none":
        return None
    join_url = value.get("join_url")
    if value["profile_id"] == "explicit" and not (isinstance(join_url, str) and join_url):
        problems.add("conferencing.join_url", "errors.required")
        return None
    return {
        "profile_id": value["profile_id"],
        "provider_name": str(value.get("provider_description") or value["profile_id"]),
        "join_url": str(join_url or ""),
    }


def _subscriptions(value: Any, problems: Problems) -> list[Any] | None:
    if not isinstance(value, list):
        problems.add("subscriptions", "errors.invalid_format")
        return None
    for index, one in enumerate(value):
        uri = one.get("uri") if isinstance(one, Mapping) else None
        if not isinstance(uri, str) or not uri.startswith(("http://", "https://")):
            problems.add(f"subscriptions[{index}].uri", "errors.invalid_url")
    return value or None


def _attachments(value: Any, problems: Problems) -> list[Any] | None:
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        problems.add("attachments", "errors.invalid_format")
        return None
    return value or None


def _attendees(value: Any, problems: Problems) -> tuple[tuple[dict[str, str], ...], frozenset[str]]:
    if value is None:
        return (), frozenset()
    if not isinstance(value, Mapping):
        problems.add("attendees", "errors.invalid_format")
        return (), frozenset()
    invited = _people(value.get("invite"), "attendees.invite", problems)
    removed = _people(value.get("remove"), "attendees.remove", problems)
    return tuple(invited), frozenset(person["email"].lower() for person in removed)


def _people(value: Any, field: str, problems: Problems) -> list[dict[str, str]]:
    if value is None:
        return []
    if not isinstance(value, list):
        problems.add(field, "errors.invalid_format")
        return []
    people = []
    for index, person in enumerate(value):
        email = person.get("email") if isinstance(person, Mapping) else None
        if not isinstance(email, str) or not EMAIL.fullmatch(email):
            problems.add(f"{field}[{index}].email", "errors.invalid_email" if email else "errors.required")
            continue
        people.append({"email": email, "display_name": person.get("display_name")})
    return people


@dataclass(frozen=True)
class Deletion:
    """A valid wish to delete one event: an own one by `event_id`, another's by `event_uid`."""

    event_id: str
    event_uid: str
    include_userinfo: bool


def read_deletion(body: Mapping[str, Any]) -> Deletion:
    """Return the deletion that a request body asks for. Raises Invalid."""
    problems = Problems()
    given = {name: value for name, value in body.items() if value is not None}
    event_id, event_uid = _ids(given, problems)
    include_userinfo = _boolean(given, "include_userinfo", problems)
    problems.raise_if_any()
    return Deletion(event_id, "" if event_id else event_uid, include_userinfo)


def must_be_list_of_ids(value: Any, field: str) -> list[str]:
    """Return a non-empty list of strings. Raises Invalid."""
    if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
        raise Invalid({field: ["errors.required" if not value else "errors.invalid_format"]})
    return list(value)
