"""What an event says: the part of it that an application or a user writes, apart from ids, owners and versions."""

from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Content:
    """The writable content of an event. Names equal those of the stored columns.

    `details` holds, where set: location, url, color, reminders, attendees, organizer, status, participation_status,
    categories, conferencing, meeting_url, extended_transparency, subscriptions, attachments.
    """

    starts_at: datetime
    ends_at: datetime
    all_day: bool = False
    start_zone: str = "Etc/UTC"
    end_zone: str = "Etc/UTC"
    summary: str = ""
    description: str = ""
    private: bool = False
    transparency: str = "opaque"
    details: dict[str, Any] = field(default_factory=dict)

    def with_details(self, **changes: Any) -> "Content":
        """Return a copy with some details changed; None removes one."""
        merged = {**self.details, **changes}
        return replace(self, details={name: value for name, value in merged.items() if value is not None})


COLUMNS = tuple(column.name for column in fields(Content))


def of(row: Any) -> Content:
    """Return the content of anything with the same attributes, such as a stored event."""
    return Content(**{name: getattr(row, name) for name in COLUMNS})


def put(row: Any, content: Content) -> None:
    """Write the content into anything with the same attributes."""
    for name in COLUMNS:
        setattr(row, name, getattr(content, name))
