"""The names that calendars give to time zones."""

from __future__ import annotations

from zoneinfo import ZoneInfo, available_timezones

import pytest
from tzlocal.windows_tz import win_tz

from calendarsync.cronofy.zones import iana_name

KNOWN = available_timezones()
NAMES = {
    "Europe/Berlin": "Europe/Berlin",
    " Europe/Berlin ": "Europe/Berlin",
    "GMT Standard Time": "Europe/London",
    "W. Europe Standard Time": "Europe/Berlin",
    "Eastern Standard Time": "America/New_York",
    "UTC": "Etc/UTC",
    "tzone://Microsoft/Utc": "Etc/UTC",
    "Customized Time Zone": None,
    "": None,
    "../../etc/passwd": None,
}


@pytest.mark.parametrize(("given", "expected"), NAMES.items())
def test_a_zone_has_its_iana_name(given: str, expected: str | None) -> None:
    assert iana_name(given, known=KNOWN) == expected


@pytest.mark.parametrize("name", sorted(win_tz))
def test_every_windows_zone_leads_to_one_that_exists(name: str) -> None:
    found = iana_name(name, known=KNOWN)
    assert found is not None
    assert ZoneInfo(found).key == found
