"""Small words that the calendar's templates need about a kind of item."""

from __future__ import annotations

from django import template

from calendarsync.forms.items import LENGTHS
from calendarsync.models import Kind

register = template.Library()


@register.filter
def kind_in_a_sentence(kind: str) -> str:
    """Return the kind's name as it stands inside a sentence: only CRM keeps its capitals."""
    label = str(Kind(kind).label)
    return "CRM activity" if kind == Kind.ACTIVITY else label.lower()


@register.filter
def default_minutes(kind: str) -> int:
    """Return how long a new item of this kind lasts."""
    return int(LENGTHS[kind].total_seconds() // 60)
