"""Where a data centre's two hosts are. Credentials and tokens of one are unknown at the others."""

from __future__ import annotations

from dataclasses import dataclass

# https://docs.cronofy.com/developers/data-centers/
DATA_CENTERS = frozenset({"us", "de", "uk", "au", "ca", "sg"})


@dataclass(frozen=True, slots=True)
class Hosts:
    """The addresses of the API and of the pages for people, without a slash at the end."""

    api: str
    app: str


def hosts_of(data_center: str, *, api_url: str = "", app_url: str = "") -> Hosts:
    """Return the hosts of `data_center`; a given address wins (the local sandbox serves both roles)."""
    suffix = "" if data_center == "us" else f"-{data_center}"
    return Hosts(
        api=(api_url or f"https://api{suffix}.cronofy.com").rstrip("/"),
        app=(app_url or f"https://app{suffix}.cronofy.com").rstrip("/"),
    )
