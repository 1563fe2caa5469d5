"""Small things that the pages of Calendar Sync show everywhere: moments, and an icon for each service."""

from __future__ import annotations

from datetime import UTC, date, datetime

from django import template
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from calendarsync import wording

register = template.Library()

_ICONS = {
    "iCloud": "cloud",
    "Google": "globe2",
    "Office 365": "briefcase",
    "Exchange (on-premise)": "hdd-network",
    "Outlook.com": "envelope-at",
}


@register.filter
def provider_icon(label: str) -> str:
    """Return the name of a neutral icon for a service; brand marks belong to their owners."""
    return _ICONS.get(label, "calendar2")


@register.simple_tag
def moment(value: datetime | None, *, relative: bool = False, never: str = "Never") -> SafeString | str:
    """Return `<time>` in the person's zone, or as "2 min ago" with the full moment as its title."""
    if value is None:
        return never
    shown = formats.date_format(timezone.localtime(value), "j M Y, H:i")
    text = ago(value, now=timezone.now()) if relative else shown
    machine = value.astimezone(UTC).isoformat(timespec="seconds")
    return format_html('<time datetime="{}" title="{}">{}</time>', machine, shown, text)


def ago(value: datetime, *, now: datetime) -> str:
    """Return how long ago `value` was, roughly; a moment yet to come is told as such."""
    seconds = round((now - value).total_seconds())
    if seconds < 0:
        return f"in {_length(-seconds)}"
    return "just now" if seconds < 5 else f"{_length(seconds)} ago"


def _length(seconds: int) -> str:
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            count = seconds // size
            return f"{count} day" if unit == "days" and count == 1 else f"{count} {unit}"
    return f"{seconds} s"


@register.simple_tag
def days_between(first: date, last: date) -> str:
    """Return a range of days in words."""
    return wording.days(first, last)


@register.filter
def seconds(value: int | None) -> str:
    """Return a length of time as the log shows it."""
    return "" if value is None else "under 1 s" if value < 1 else _length(value)
