"""The names that calendars give to time zones, as IANA names."""

from __future__ import annotations

from collections.abc import Collection

from tzlocal.windows_tz import win_tz

# Spellings of UTC and the like that mail systems use and neither table lists.
_OTHERS = {"UTC": "Etc/UTC", "GMT": "Etc/GMT", "Z": "Etc/UTC", "tzone://Microsoft/Utc": "Etc/UTC"}


def iana_name(name: str, *, known: Collection[str]) -> str | None:
    """Return the IANA name of a zone given by its IANA or its Windows name; None for one unknown to us."""
    name = name.strip()
    found = _OTHERS.get(name) or (name if name in known else win_tz.get(name))
    return found if found in known else None
