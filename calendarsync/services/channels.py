"""The channel through which Cronofy tells us of changes: brought to what is wanted, whatever there was before."""

from __future__ import annotations

import logging

from django.conf import settings
from django.urls import reverse

from calendarsync.cronofy.client import Client
from calendarsync.cronofy.errors import CalendarGone, TryLater
from calendarsync.models import Integration

logger = logging.getLogger(__name__)


def callback_url(integration: Integration) -> str:
    """Return where Cronofy is to post. The token in the path is known to nobody else."""
    return str(settings.PUBLIC_URL) + reverse("cronofy-hook", args=[integration.hook_token])


def ensure(integration: Integration, client: Client) -> None:
    """Open the channel for the integration's calendar, unless it is open. May raise CronofyError."""
    if integration.channel_id and integration.channel_calendar_id == integration.calendar_id:
        return
    close(integration, client)
    channel = client.open_channel(callback_url=callback_url(integration), calendar_id=integration.calendar_id)
    if not channel.channel_id:
        raise TryLater("The answer to opening a channel names no channel.")
    _save(integration, channel_id=channel.channel_id, calendar_id=integration.calendar_id)


def close(integration: Integration, client: Client) -> None:
    """Close the channel if there is one. One that is gone already is fine. May raise CronofyError."""
    if not integration.channel_id:
        return
    try:
        client.close_channel(integration.channel_id)
    except CalendarGone:
        logger.info("The channel of integration %s was closed already.", integration.pk)
    _save(integration, channel_id="", calendar_id="")


def _save(integration: Integration, *, channel_id: str, calendar_id: str) -> None:
    integration.channel_id, integration.channel_calendar_id = channel_id, calendar_id
    integration.save(update_fields=["channel_id", "channel_calendar_id"])
