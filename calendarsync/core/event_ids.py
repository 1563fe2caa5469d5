"""The id under which an item stands in a linked calendar: made from the item itself, never random.

So a write whose answer was lost can be repeated, and a calendar that is connected again is recognised.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

# Cronofy documents no limit; 64 characters of this alphabet are accepted by everyone.
_SHAPE = re.compile(
    r"bms-(?P<installation>[A-Za-z0-9]{1,8})-(?P<user>[0-9]+)-(?P<item>[0-9a-f]{32})-(?P<generation>[0-9]+)"
)


@dataclass(frozen=True, slots=True)
class EventId:
    """Whose item it is, and the how-manieth event of it: a deleted one that is sent again gets the next generation."""

    installation: str
    user_id: int
    item: UUID
    generation: int

    def __str__(self) -> str:
        return f"bms-{self.installation}-{self.user_id}-{self.item.hex}-{self.generation}"


def parse(text: str) -> EventId | None:
    """Return the parts of an id, or None if it is not one of ours."""
    found = _SHAPE.fullmatch(text)
    if found is None:
        return None
    return EventId(
        installation=found["installation"],
        user_id=int(found["user"]),
        item=UUID(hex=found["item"]),
        generation=int(found["generation"]),
    )
