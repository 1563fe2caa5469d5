"""The lines that we add below an event's description (ticket, account), and taking them off again."""

from __future__ import annotations

from collections.abc import Sequence

MARK = "— My Calendar —"


def with_footer(description: str, lines: Sequence[str]) -> str:
    """Return the description as the linked calendar shows it."""
    if not lines:
        return description
    return "\n".join([*([description, ""] if description else []), MARK, *lines])


def without_footer(description: str) -> str:
    """Return what of a description read back is the person's own text."""
    own, found, _ = description.partition(MARK)
    return own.rstrip() if found else description
