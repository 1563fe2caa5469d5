"""Reads what a person, or a tester acting as one, says about an event in the calendar. Kinder than the wire."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cronofy_sandbox.core import times
from cronofy_sandbox.core.content import Content
from cronofy_sandbox.core.errors import Invalid, Problems

DETAILS = (
    "url",
    "color",
    "reminders",
    "attendees",
    "organizer",
    "status",
    "participation_status",
    "categories",
    "conferencing",
    "meeting_url",
    "extended_transparency",
)
TRANSPARENCIES = ("opaque", "transparent", "unknown")


def read(draft: Mapping[str, Any], *, zone: str, base: Content | None = None) -> Content:
    """Return the content a draft describes; absent members keep those of `base`. Raises Invalid.

    `start` and `end` are dates (all day, `end` exclusive, one day when absent) or times; times without offset are wall
    times of the draft's `zone`, else of `zone`. Without `end` an event lasts an hour.
    """
    problems = Problems()
    content = _times(draft, zone=zone, base=base, problems=problems)
    if content is None or problems.errors:
        raise Invalid(problems.errors)
    content = _texts(draft, content, problems)
    content = content.with_details(**{name: draft[name] for name in DETAILS if name in draft})
    if "location" in draft:
        content = content.with_details(location=_location(draft["location"]))
    problems.raise_if_any()
    return content


def _texts(draft: Mapping[str, Any], content: Content, problems: Problems) -> Content:
    texts = {name: draft.get(name, getattr(content, name)) for name in ("summary", "description")}
    for name, text in texts.items():
        if not isinstance(text, str):
            problems.add(name, "errors.must_be_string")
    content = replace(content, summary=str(texts["summary"]), description=str(texts["description"]))
    if "private" in draft:
        content = replace(content, private=draft["private"] is True)
    if "transparency" in draft:
        if draft["transparency"] not in TRANSPARENCIES:
            problems.add("transparency", "errors.not_recognized")
        content = replace(content, transparency=str(draft["transparency"])[:20])
    return content


def _location(value: Any) -> dict[str, str] | None:
    if isinstance(value, Mapping):
        return {key: str(value[key]) for key in ("description", "lat", "long") if value.get(key)} or None
    return {"description": str(value)} if value else None


def _times(draft: Mapping[str, Any], *, zone: str, base: Content | None, problems: Problems) -> Content | None:
    zone_name = draft.get("zone") or (base.start_zone if base and "start" not in draft else None) or zone
    if not isinstance(zone_name, str) or times.zone(zone_name) is None:
        problems.add("zone", "errors.tzid_unrecognized")
        return None
    start = _moment(draft, "start", zone_name, problems) or (_stored(base.starts_at, base) if base else None)
    end = _moment(draft, "end", zone_name, problems) or _default_end(start, base, moved="start" in draft)
    if start is None or end is None:
        problems.add("start", "errors.required")
        return None
    if start.is_day != end.is_day or end.at <= start.at:
        problems.add("end", "errors.invalid_time_pair")
        return None
    plain = Content(start.at, end.at, start.is_day, zone_name, zone_name)
    if base is None:
        return replace(plain, transparency="transparent" if start.is_day else "opaque")
    kept = {name: getattr(base, name) for name in ("summary", "description", "private", "transparency", "details")}
    return replace(plain, **kept)


def _moment(draft: Mapping[str, Any], name: str, zone_name: str, problems: Problems) -> times.Moment | None:
    if not draft.get(name):
        return None
    try:
        return times.read(draft[name], zone_name=zone_name, local_allowed=True)
    except times.NotATime:
        problems.add(name, "errors.invalid_format")
        return None


def _stored(at: datetime, base: Content) -> times.Moment:
    return times.Moment(at.astimezone(UTC), base.all_day, base.start_zone)


def _default_end(start: times.Moment | None, base: Content | None, *, moved: bool) -> times.Moment | None:
    """An event that is only moved keeps its length; a new one lasts a day or an hour."""
    if start is None:
        return None
    if base is not None and base.all_day == start.is_day:
        length = base.ends_at - base.starts_at
        return times.Moment(start.at + length, start.is_day, start.zone) if moved else _stored(base.ends_at, base)
    return times.Moment(
        start.at + (timedelta(days=1) if start.is_day else timedelta(hours=1)), start.is_day, start.zone
    )
