"""Workers, broker, database and sandbox as they run in production: what a killed process may not break."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from calendarsync.models import CalendarItem, Integration, Kind, Link, PushJob
from calendarsync.models.links import LinkState
from calendarsync.services import outbox
from tests.factories import make_item, make_items
from tests.stack.conftest import Product

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.timeout(180)]
Eventually = Callable[..., None]


def save(item: CalendarItem) -> None:
    """Owe an item as a page would: in one transaction, with a nudge at its end."""
    with transaction.atomic():
        outbox.owe(item=item, now=timezone.now())


def summaries(product: Product, integration: Integration) -> list[str]:
    return sorted(event["summary"] for event in product.sandbox.events(integration.calendar_id))


def settled(integration: Integration) -> Callable[[], bool]:
    """Whether the worker has read the calendar once and opened the channel: all that comes now is news."""

    def is_settled() -> bool:
        integration.refresh_from_db()
        return bool(integration.cursor and integration.channel_id)

    return is_settled


def test_an_item_travels_and_so_does_an_event(product: Product, eventually: Eventually) -> None:
    linked = product.connect("alice@google.test")
    eventually(settled(linked))
    save(make_item(linked.user, subject="Made in the BMS", start=timezone.now()))
    eventually(lambda: "Made in the BMS" in summaries(product, linked))
    start = timezone.now() + timedelta(hours=3)
    times = {
        "start": start.isoformat(timespec="seconds"),
        "end": (start + timedelta(hours=1)).isoformat(timespec="seconds"),
    }
    product.sandbox.control("POST", f"calendars/{linked.calendar_id}/events", {"summary": "Made there", **times})
    eventually(lambda: CalendarItem.objects.filter(subject="Made there").exists())


def test_a_service_call_stands_in_the_calendars_of_both_and_leaves_one(
    product: Product, eventually: Eventually
) -> None:
    alice, bob = product.connect("alice@google.test"), product.connect("bob@google.test")
    call = make_item(
        alice.user, bob.user, kind=Kind.SERVICE_CALL, status="scheduled", subject="Server room", start=timezone.now()
    )
    save(call)
    for linked in (alice, bob):
        eventually(lambda linked=linked: "Server room" in summaries(product, linked))
    call.assignments.filter(user=bob.user).delete()
    call.rev += 1
    call.save()
    save(call)
    eventually(lambda: "Server room" not in summaries(product, bob))
    assert "Server room" in summaries(product, alice)


def test_killing_the_worker_while_it_sends_500_items_loses_and_doubles_none(
    product: Product, eventually: Eventually
) -> None:
    linked = product.connect("alice@google.test")
    eventually(settled(linked))
    product.sandbox.fault("latency", params={"per_call_ms": 300})
    items = make_items(linked.user, 500, start=timezone.now())
    with transaction.atomic():
        outbox.owe_many(integration=linked, item_ids=[item.pk for item in items], now=timezone.now(), run=None)
        outbox.nudges.sync_soon(linked.pk)
    for killed_at in (50, 250):
        eventually(lambda at=killed_at: ours(product, linked, at), seconds=60)
        product.stack.kill("worker")
        product.stack.restart("worker")
    eventually(lambda: not PushJob.objects.exists(), seconds=120)
    sent = Counter(event["event_id"] for event in product.sandbox.events(linked.calendar_id, "?limit=2000"))
    del sent[None]
    assert (len(sent), sum(sent.values())) == (500, 500)
    assert set(Link.objects.values_list("event_id", flat=True)) == set(sent)
    assert not Link.objects.exclude(state=LinkState.ACTIVE).exists()


def ours(product: Product, linked: Integration, count: int) -> bool:
    """Have at least `count` of our events arrived?"""
    events: list[dict[str, Any]] = product.sandbox.events(linked.calendar_id, "?limit=2000")
    return len([event for event in events if event.get("event_id")]) >= count


def test_work_owed_while_no_broker_heard_of_it_is_found_by_the_sweep(product: Product, eventually: Eventually) -> None:
    linked = product.connect("alice@google.test")
    eventually(settled(linked))
    item = make_item(linked.user, subject="Nobody said so", start=timezone.now())
    outbox.owe_many(integration=linked, item_ids=[item.pk], now=timezone.now(), run=None)
    eventually(lambda: "Nobody said so" in summaries(product, linked), seconds=30)
