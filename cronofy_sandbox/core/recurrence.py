"""Repeating events: reading rules strictly, and finding the starts of their occurrences across clock changes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from dateutil import rrule

from cronofy_sandbox.core import times
from cronofy_sandbox.core.errors import Problems

FREQUENCIES: dict[str, Any] = {
    "daily": rrule.DAILY,
    "weekly": rrule.WEEKLY,
    "monthly": rrule.MONTHLY,
    "yearly": rrule.YEARLY,
}
WEEKDAYS = {
    "monday": rrule.MO,
    "tuesday": rrule.TU,
    "wednesday": rrule.WE,
    "thursday": rrule.TH,
    "friday": rrule.FR,
    "saturday": rrule.SA,
    "sunday": rrule.SU,
}
MOST_OCCURRENCES = 5000


@dataclass(frozen=True)
class Rule:
    """One recurrence rule. `count` and `until` end it; without both it goes on."""

    frequency: str
    interval: int = 1
    by_day: tuple[str, ...] = ()
    count: int | None = None
    until: date | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the rule as the wire writes it."""
        shown: dict[str, Any] = {"frequency": self.frequency, "interval": self.interval}
        if self.by_day:
            shown["by_day"] = list(self.by_day)
        if self.count:
            shown["count"] = self.count
        if self.until:
            shown["until"] = self.until.isoformat()
        return shown


def read(recurrence: Any, problems: Problems) -> Rule | None:
    """Return the rule of `{"rules": [ … ]}`, or None for "does not repeat"; faults are noted in `problems`."""
    rules = recurrence.get("rules") if isinstance(recurrence, Mapping) else None
    if not isinstance(rules, list):
        problems.add("recurrence.rules", "errors.required")
        return None
    if len(rules) > 1:
        problems.add("recurrence.rules", "errors.max_recurrence_rules_exceeded")
        return None
    if rules and not isinstance(rules[0], Mapping):
        problems.add("recurrence.rules[0]", "errors.invalid_format")
        return None
    return _rule(rules[0], problems) if rules else None


def _rule(rule: Mapping[str, Any], problems: Problems) -> Rule | None:
    field = "recurrence.rules[0]"
    frequency = rule.get("frequency")
    interval, count, until = rule.get("interval", 1), rule.get("count"), rule.get("until")
    by_day = rule.get("by_day") or []
    if not isinstance(frequency, str) or frequency not in FREQUENCIES:
        problems.add(f"{field}.frequency", "errors.not_supported" if frequency else "errors.required")
        frequency = "daily"
    for name, value in (("interval", interval), ("count", count)):
        if (name == "interval" or value is not None) and not _is_positive(value):
            problems.add(f"{field}.{name}", "errors.must_be_integer_greater_than_zero")
            return None
    if count is not None and until is not None:
        problems.add(field, "errors.not_supported_count_until_combination")
    if not isinstance(by_day, list) or not all(isinstance(day, str) and day in WEEKDAYS for day in by_day):
        problems.add(f"{field}.by_day", "errors.not_recognized")
        by_day = []
    if by_day and frequency != "weekly":
        problems.add(f"{field}.by_day", "errors.not_supported")
    return Rule(frequency, interval, tuple(by_day), count, _until(until, f"{field}.until", problems))


def _is_positive(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= 2**31 - 1


def _until(value: Any, field: str, problems: Problems) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        problems.add(field, "errors.must_be_date")
        return None


def of_json(shown: Mapping[str, Any]) -> Rule:
    """Return the rule that `Rule.as_json` wrote."""
    until = date.fromisoformat(shown["until"]) if shown.get("until") else None
    return Rule(shown["frequency"], shown["interval"], tuple(shown.get("by_day", ())), shown.get("count"), until)


def starts(rule: Rule, first: datetime, *, zone_name: str, all_day: bool, until: datetime) -> Iterator[datetime]:
    """Yield the starts of the occurrences, in UTC, up to `until`; the first one always counts.

    Wall time in the zone is kept over clock changes; a time that a change skips moves on by the skipped hour.
    """
    zone = UTC if all_day else times.zone(zone_name) or UTC
    wall = first.astimezone(zone).replace(tzinfo=None)
    last_day = rule.until
    days = [WEEKDAYS[day] for day in rule.by_day] or None
    found = rrule.rrule(FREQUENCIES[rule.frequency], dtstart=wall, interval=rule.interval, byweekday=days)
    yielded = 0
    if next(iter(found), None) != wall:
        yielded = 1
        yield first
    for naive in found:
        start = naive.replace(tzinfo=zone).astimezone(UTC)
        is_over = last_day is not None and naive.date() > last_day
        if is_over or start > until or yielded >= min(rule.count or MOST_OCCURRENCES, MOST_OCCURRENCES):
            return
        yielded += 1
        yield start


def end_of(start: datetime, *, length: timedelta, zone_name: str, all_day: bool) -> datetime:
    """Return the end of an occurrence: as much later on the wall clock as the first occurrence's was."""
    if all_day:
        return start + length
    zone = times.zone(zone_name) or UTC
    wall_end = start.astimezone(zone).replace(tzinfo=None) + length
    end = wall_end.replace(tzinfo=zone).astimezone(UTC)
    return end if end > start else start + length
