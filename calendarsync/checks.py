"""Combinations of settings that start but could not work, each with what to do about it."""

from __future__ import annotations

import re
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from calendarsync.cronofy import hosts


@register()
def data_center_is_known(**_kwargs: Any) -> list[CheckMessage]:
    """Cronofy's credentials belong to one data centre; a wrong one looks like wrong credentials."""
    if settings.CRONOFY_DATA_CENTER in hosts.DATA_CENTERS:
        return []
    known = ", ".join(sorted(hosts.DATA_CENTERS))
    return [
        Error(f"CRONOFY_DATA_CENTER is {settings.CRONOFY_DATA_CENTER!r}", hint=f"Use one of: {known}.", id="bms.E001")
    ]


@register()
def installation_fits_event_ids(**_kwargs: Any) -> list[CheckMessage]:
    """The name of the installation is part of every event id, which providers allow 64 plain characters."""
    if re.fullmatch(r"[A-Za-z0-9]{1,8}", settings.INSTALLATION):
        return []
    return [Error("INSTALLATION is not 1 to 8 letters and digits", hint="Example: INSTALLATION=bms", id="bms.E002")]


@register()
def field_keys_are_keys(**_kwargs: Any) -> list[CheckMessage]:
    """A damaged key must show at the start, not at the first connected calendar."""
    try:
        for key in settings.FIELD_KEYS:
            Fernet(key)
    except ValueError:
        return [Error("FIELD_KEYS holds something that is no Fernet key", hint="See .env.example.", id="bms.E003")]
    return []


@register()
def callback_address_is_short_enough(**_kwargs: Any) -> list[CheckMessage]:
    """Cronofy takes callback addresses of up to 128 characters; ours add 55 to PUBLIC_URL."""
    if len(settings.PUBLIC_URL) <= 128 - 55:
        return []
    return [Error("PUBLIC_URL is longer than 73 characters", hint="Cronofy limits callback addresses.", id="bms.E004")]
