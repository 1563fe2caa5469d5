"""What a pass may cost, in calls and in queries: counted, never timed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calendarsync.models import Integration
from calendarsync.services import outbox
from tests.factories import NOW, IntegrationFactory, make_items
from tests.fakes import FakeClock, FakeCronofy

pytestmark = pytest.mark.django_db
Sync = Callable[[Integration], None]


@pytest.fixture
def linked(sync: Sync, clock: FakeClock) -> Integration:
    """A calendar that was read once."""
    integration = IntegrationFactory.create()
    sync(integration)
    clock.pass_(minutes=1)
    return integration


def queries(sync: Sync, integration: Integration) -> int:
    """Return how many queries it takes to do all that is to be done."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        sync(integration)
    return len(captured)


def owe(linked: Integration, count: int) -> None:
    ids = [item.pk for item in make_items(linked.user, count)]
    outbox.owe_many(integration=linked, item_ids=ids, now=NOW, run=None)


def test_sending_takes_a_call_and_a_fixed_number_of_queries_for_each_fifty(
    linked: Integration, sync: Sync, cronofy: FakeCronofy
) -> None:
    owe(linked, 50)
    one = queries(sync, linked)
    cronofy.calls.clear()
    owe(linked, 200)
    four = queries(sync, linked)
    assert cronofy.calls.count("batch") == 4
    assert (four - one) / 200 <= 3, "reading the echoes back included"


def test_what_was_read_before_is_not_written_again(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, clock: FakeClock
) -> None:
    counts = []
    for size in (10, 40):
        owe(linked, size)
        sync(linked)
        outbox.wake(integration=linked, now=clock())
        counts.append(queries(sync, linked))
    assert counts[0] == counts[1], f"{counts} queries to read a page of 10 and one of 50 known events"


def test_a_pass_with_nothing_to_do_calls_nobody(linked: Integration, sync: Sync, cronofy: FakeCronofy) -> None:
    cronofy.calls.clear()
    sync(linked)
    assert cronofy.calls == []
