"""How the calendar pages write times and hand values to their script."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django import template

from cronofy_sandbox.core import times

register = template.Library()


@register.filter
def in_zone(at: datetime, zone: str) -> str:
    """Return the wall time of `at` in `zone`, with the seconds that a log needs."""
    return at.astimezone(times.zone(zone) or UTC).strftime("%-d %b, %H:%M:%S")


@register.filter
def shifted(offset_seconds: float) -> str:
    """Say how far the sandbox's clock is off."""
    direction = "ahead" if offset_seconds > 0 else "behind"
    return f"{timedelta(seconds=round(abs(offset_seconds)))} {direction}"


@register.filter
def as_json(value: Any) -> str:
    """Return `value` as JSON for a data attribute; the template escapes it."""
    return json.dumps(value)
