"""The five calendar services: how they are named, who signs in where, and how each keeps what it is given."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cronofy_sandbox.core.content import Content


@dataclass(frozen=True)
class Provider:
    """One calendar service and its character."""

    key: str  # the authorize parameter `provider_name`, and what pages call it
    label: str
    provider_name: str  # as answers say it
    provider_service: str
    domain: str  # invented addresses that live here
    reminders_kept: int
    keeps_url: bool
    colour: str  # "any", "nearest" or "none"
    description_limit: int
    trims_text: bool  # outer blanks are lost
    drops_seconds: bool
    declining_removes: bool
    keeps_private: bool = True


PROVIDERS = (
    Provider("apple", "iCloud", "apple", "icloud", "icloud.test", 5, True, "any", 4096, False, False, False, False),
    Provider("google", "Google", "google", "gsuite", "google.test", 5, True, "any", 8192, True, False, False),
    Provider(
        "office365", "Office 365", "exchange", "office365", "office365.test", 1, False, "none", 32768, True, True, True
    ),
    Provider(
        "exchange",
        "Exchange (on-premise)",
        "exchange",
        "exchange",
        "exchange.test",
        1,
        False,
        "none",
        32768,
        True,
        True,
        True,
    ),
    Provider(
        "live_connect",
        "Outlook.com",
        "live_connect",
        "outlook_com",
        "outlook.test",
        1,
        False,
        "nearest",
        32768,
        True,
        True,
        False,
    ),
)
CRONOFY = Provider(
    "cronofy", "Application calendar", "cronofy", "cronofy", "", 5, True, "any", 4096, False, False, False
)
BY_KEY = {provider.key: provider for provider in (*PROVIDERS, CRONOFY)}
BY_SERVICE = {provider.provider_service: provider for provider in (*PROVIDERS, CRONOFY)}

# What a service that knows only its own palette has to offer.
PALETTE = ("#D50000", "#F4511E", "#F6BF26", "#33B679", "#0B8043", "#039BE5", "#3F51B5", "#8E24AA", "#616161")


def of_address(email: str) -> Provider | None:
    """Return the provider at which an invented address lives."""
    domain = email.rpartition("@")[2].lower()
    return next((provider for provider in PROVIDERS if provider.domain == domain), None)


def kept(provider: Provider, content: Content) -> Content:
    """Return what is left of `content` after the provider has stored it: what later reads give back."""
    return replace(
        content,
        summary=_line(content.summary) if provider.trims_text else content.summary,
        description=_text(provider, content.description),
        starts_at=_rounded(provider, content.starts_at),
        ends_at=_rounded(provider, content.ends_at),
        private=content.private and provider.keeps_private,
        details=_details(provider, content.details),
    )


def _line(text: str) -> str:
    return re.sub(r"\s*\n\s*", " ", text).strip()


def _text(provider: Provider, text: str) -> str:
    """Mail-like services keep HTML and give back its text: tags go, and blanks at line ends are lost."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if provider.trims_text:
        text = plain(text)
        text = "\n".join(line.rstrip() for line in text.split("\n")).strip()
        text = re.sub(r"\n{3,}", "\n\n", text)
    return text[: provider.description_limit]


def plain(text: str) -> str:
    """Return the text of a piece of HTML; text without tags is only unescaped."""
    text = re.sub(r"(?i)<br\s*/?>|</p\s*>|</div\s*>", "\n", text)
    text = re.sub(r"</?[a-zA-Z][^<>]*>", "", text)
    return html.unescape(text)


def _rounded(provider: Provider, at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0) if provider.drops_seconds else at.replace(microsecond=0)


def _details(provider: Provider, details: Mapping[str, Any]) -> dict[str, Any]:
    left = dict(details)
    if not provider.keeps_url:
        left.pop("url", None)
    if "reminders" in left:
        left["reminders"] = left["reminders"][: provider.reminders_kept]
    if provider.colour == "none":
        left.pop("color", None)
    elif "color" in left and provider.colour == "nearest":
        left["color"] = nearest_colour(left["color"])
    if provider.trims_text and "location" in left:
        left["location"] = _location(left["location"])
    return left


def _location(location: Mapping[str, Any]) -> dict[str, Any]:
    text = location.get("description")
    return {**location, "description": _line(text)} if isinstance(text, str) else dict(location)


def nearest_colour(colour: str) -> str:
    """Return the palette's entry closest to `#RRGGBB`."""
    red, green, blue = _channels(colour)
    return min(
        PALETTE, key=lambda other: sum((a - b) ** 2 for a, b in zip((red, green, blue), _channels(other), strict=True))
    )


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
