"""Telling applications that something changed: which channels hear of it, and what they are sent."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from cronofy_sandbox.core import times
from cronofy_sandbox.models import Account, Channel, Delivery, Event
from cronofy_sandbox.services import bell, faults

# Several quick changes come as one notification.
GATHERING = timedelta(milliseconds=100)


def announce_change(events: Iterable[Event], *, by_application_id: int | None, now: datetime) -> None:
    """Tell every channel that wants to hear of these events, except those of the application that wrote.

    All events must belong to one account.
    """
    events = list(events)
    if not events:
        return
    account_id = events[0].calendar.profile.account_id
    for channel in Channel.objects.filter(account_id=account_id, closed_at=None).select_related("application"):
        if channel.application_id != by_application_id and any(_wants(channel, event) for event in events):
            queue(channel, {"type": "change", "changes_since": times.stamp(now)}, now=now, gather=True)


def _wants(channel: Channel, event: Event) -> bool:
    calendars = channel.filters.get("calendar_ids")
    if calendars is not None and event.calendar.uid not in calendars:
        return False
    return not channel.filters.get("only_managed") or event.application_id == channel.application_id


def announce_type(account: Account, kind: str, *, now: datetime) -> None:
    """Send a notification of another type than `change` to all channels of an account."""
    for channel in Channel.objects.filter(account=account, closed_at=None):
        queue(channel, {"type": kind}, now=now)


def queue(
    channel: Channel,
    notification: dict[str, Any],
    *,
    now: datetime,
    gather: bool = False,
    delay: timedelta = timedelta(0),
) -> None:
    """Owe a notification to a channel. With `gather` one that is about to be sent anyway stands for it too."""
    waiting = channel.deliveries.filter(state=Delivery.State.WAITING, first_tried_at=None, due_at__gt=now)
    if gather and waiting.filter(kind=notification["type"], created_at__gt=now - 2 * GATHERING).exists():
        return
    board = faults.Board(now)
    if notification["type"] != "verification" and board.is_on("notification_unknown_type"):
        _owe(channel, {"type": "sandbox_unheard_of"}, due_at=now, now=now)
    dropped = board.hit("notification_dropped")
    copies = 2 if board.hit("notification_duplicated") else 1
    for _ in range(copies):
        due_at = now + (GATHERING if gather else delay) + _lateness(board)
        _owe(channel, notification, due_at=due_at, now=now, dropped=dropped is not None)


def _lateness(board: faults.Board) -> timedelta:
    delayed = board.hit("notification_delayed")
    if delayed:
        return timedelta(seconds=delayed.params.get("seconds", 5))
    overtaken = board.hit("notification_reordered")
    return timedelta(seconds=overtaken.params.get("seconds", 3)) if overtaken else timedelta(0)


def _owe(
    channel: Channel, notification: dict[str, Any], *, due_at: datetime, now: datetime, dropped: bool = False
) -> Delivery:
    delivery = Delivery.objects.create(
        channel=channel,
        kind=notification["type"],
        body=body(channel, notification),
        state=Delivery.State.DROPPED if dropped else Delivery.State.WAITING,
        created_at=now,
        due_at=due_at,
        finished_at=now if dropped else None,
    )
    bell.ring_on_commit()
    return delivery


def body(channel: Channel, notification: dict[str, Any]) -> str:
    """Return the exact text of a notification: what is signed is what is sent."""
    about = {"channel_id": channel.uid, "callback_url": channel.callback_url, "filters": channel.filters}
    return json.dumps({"notification": notification, "channel": about}, separators=(",", ":"), ensure_ascii=False)
