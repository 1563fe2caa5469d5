"""Is it the same, or did somebody edit it? Calendars rewrite what they are given; that is not an edit."""

from __future__ import annotations

import html
import re
import unicodedata
from datetime import datetime
from typing import Any

from calendarsync.core.events import FIELDS, AllDay, Appointment, Timed, When

# Providers cut and flatten these; a shorter or plainer echo of them is still ours.
LOSSY = frozenset({"summary", "description", "location"})
# Never shown in an API read, so never compared: what cannot be seen cannot have changed.
UNSEEN = frozenset({"reminder"})
VISIBLE = frozenset(FIELDS) - UNSEEN
_TAG = re.compile(r"<[^>]{1,300}>")
_BREAK = re.compile(r"(?i)<br\s*/?>|</p>|</div>|</li>")
_BLANKS = re.compile(r"\s+")


def canonical_text(text: str) -> str:
    """Return `text` in the form in which two spellings of the same text are equal."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def plain_text(text: str) -> str:
    """Return `text` as a provider that drops HTML and squeezes blanks would show it. For comparing only."""
    without_tags = _TAG.sub("", _BREAK.sub("\n", text))
    return _BLANKS.sub(" ", canonical_text(html.unescape(without_tags))).strip()


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def canonical_when(when: When) -> tuple[Any, ...]:
    """Return what of a time counts: minutes and days. Another name for the same zone is not a move."""
    if isinstance(when, AllDay):
        return ("days", when.first, when.until)
    return ("instants", _minute(when.start), _minute(when.end))


def canonical(value: Any) -> Any:
    """Return the form of any field's value in which equal means unchanged."""
    if isinstance(value, str):
        return canonical_text(value)
    if isinstance(value, Timed | AllDay):
        return canonical_when(value)
    return value


def changed_fields(before: Appointment, after: Appointment) -> frozenset[str]:
    """Return the names of the fields that somebody edited between the two."""
    return frozenset(name for name in VISIBLE if canonical(getattr(before, name)) != canonical(getattr(after, name)))


def explains(name: str, *, sent: Appointment, got: Appointment) -> bool:
    """Is the field `name` as read what a provider may have made of the one we sent?"""
    ours, theirs = getattr(sent, name), getattr(got, name)
    if canonical(ours) == canonical(theirs):
        return True
    if isinstance(ours, Timed):
        # What has no length is sent with one; the padding is the calendar's and never comes back as an edit.
        return bool(canonical_when(ours.padded()) == canonical(theirs))
    if name not in LOSSY:
        return False
    ours, theirs = plain_text(ours), plain_text(theirs)
    # An emptied text is an edit by a person, though an empty string is the beginning of every other.
    shortened = theirs.rstrip("….").rstrip()
    return bool(ours == theirs) or (len(shortened) >= 20 and ours.startswith(shortened))


def unexplained(*, sent: Appointment, got: Appointment, names: frozenset[str]) -> frozenset[str]:
    """Return those of the fields `names` of `got` that are not an echo of `sent`."""
    return frozenset(name for name in names if not explains(name, sent=sent, got=got))
