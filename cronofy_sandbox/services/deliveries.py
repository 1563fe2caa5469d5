"""Notifications on their way: which are due, and what follows from an answer."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Min

from cronofy_sandbox.core import retries
from cronofy_sandbox.models import Channel, Delivery
from cronofy_sandbox.services import bell, faults

GONE = 410
CLAIM = timedelta(seconds=15)  # longer than an attempt can take


def due(now: datetime, *, leaving_out: set[int], limit: int = 50) -> list[Delivery]:
    """Return the deliveries to be tried now, oldest first."""
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING, due_at__lte=now, channel__closed_at=None)
    return list(
        waiting.exclude(pk__in=leaving_out).select_related("channel__application").order_by("due_at", "id")[:limit]
    )


def next_due_at() -> datetime | None:
    """Return when the next delivery is due, or None when nothing waits."""
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING, channel__closed_at=None)
    return waiting.aggregate(first=Min("due_at"))["first"]


def claim(delivery: Delivery, *, now: datetime) -> bool:
    """Take a delivery in hand; False when someone else has done so. A claim ends by itself, should its holder die."""
    waiting = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.WAITING, due_at=delivery.due_at)
    return waiting.update(due_at=now + CLAIM) == 1


@transaction.atomic
def note(delivery: Delivery, attempt: Mapping[str, Any], *, now: datetime) -> None:
    """Store an attempt and what follows: delivered, tried again later, or the channel closed for good.

    `attempt` has `status` (None without an answer), `ms`, `error`, `answer` and `signature`.
    """
    delivery.attempts = [*delivery.attempts, {"at": now.isoformat(), **attempt}]
    delivery.first_tried_at = delivery.first_tried_at or now
    status = attempt.get("status")
    channel = Channel.objects.filter(pk=delivery.channel_id)
    if status is not None and 200 <= status < 300:
        delivery.state = Delivery.State.DELIVERED
        delivery.finished_at = now
        channel.update(failing_since=None)
    else:
        channel.filter(failing_since=None).update(failing_since=now)
        _try_again_or_give_up(delivery, now)
        if status == GONE and faults.Board(now).is_on("gone_closes_channel"):
            _give_up(delivery, "the callback answered 410", now)
    delivery.save()


def _try_again_or_give_up(delivery: Delivery, now: datetime) -> None:
    first_tried_at = delivery.first_tried_at or now
    due_at = retries.next_try(len(delivery.attempts), first_tried_at=first_tried_at, now=now)
    if due_at is None:
        _give_up(delivery, "notifications failed for 24 hours", now)
    else:
        delivery.due_at = due_at


def _give_up(delivery: Delivery, reason: str, now: datetime) -> None:
    delivery.state = Delivery.State.GIVEN_UP
    delivery.finished_at = now
    Channel.objects.filter(pk=delivery.channel_id, closed_at=None).update(closed_at=now, closed_because=reason)


def send_again(delivery: Delivery, *, now: datetime) -> Delivery:
    """Owe the very same notification once more; return the new delivery."""
    again = Delivery.objects.create(
        channel=delivery.channel, kind=delivery.kind, body=delivery.body, created_at=now, due_at=now
    )
    bell.ring_on_commit()
    return again
