"""Workers and pages at the same time, on real locks: nothing is sent twice, nothing that was saved is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from calendarsync.core.events import Appointment, Timed
from calendarsync.cronofy.client import Read
from calendarsync.cronofy.errors import CronofyError, OurFault, TryLater
from calendarsync.models import CalendarItem, Integration, Outcome, PushJob
from calendarsync.services import leases, outbox, syncing
from tests.factories import NOW, IntegrationFactory, make_item, make_items
from tests.fakes import FakeClock, FakeCronofy
from tests.services.threads import PATIENCE, at_once

pytestmark = pytest.mark.django_db(transaction=True)
Sync = Callable[[Integration], None]
VISIT = Appointment("Dentist", Timed(NOW + timedelta(days=1), NOW + timedelta(days=1, hours=1), "Europe/Berlin"))


@pytest.fixture
def linked(sync: Sync, clock: FakeClock) -> Integration:
    """A calendar that was read once: what happens from now on is news."""
    work = IntegrationFactory.create()
    sync(work)
    clock.pass_(minutes=1)
    return work


def owed(work: Integration, **fields: object) -> CalendarItem:
    item = make_item(work.user, **fields)
    outbox.owe(item=item, now=NOW)
    return item


def save_slowly(item: CalendarItem, *, held: threading.Event, **fields: object) -> None:
    """Save an item as a page does, but take half a second between the lock and the end."""
    with transaction.atomic():
        mine = CalendarItem.objects.select_for_update().get(pk=item.pk)
        for name, value in fields.items():
            setattr(mine, name, value)
        mine.rev += 1
        mine.save()
        held.set()
        time.sleep(0.5)
        outbox.owe(item=mine, now=NOW)


def summaries(cronofy: FakeCronofy, work: Integration) -> list[str]:
    return [appointment.summary for appointment in cronofy.alive(work.calendar_id).values()]


# --- Workers against workers ----------------------------------------------------------------------------------------
def test_many_workers_send_one_batch_at_a_time_and_nothing_twice(
    linked: Integration, cronofy: FakeCronofy, clock: FakeClock
) -> None:
    items = make_items(linked.user, 120)
    outbox.owe_many(integration=linked, item_ids=[item.pk for item in items], now=NOW, run=None)
    gate = threading.Lock()

    def alone() -> None:
        assert gate.acquire(blocking=False), "two batches at once"
        time.sleep(0.1)
        gate.release()

    cronofy.after_write = alone
    at_once(*[lambda: syncing.run(integration_id=linked.pk, clock=clock)] * 4)
    assert len({write.event_id for write in cronofy.writes}) == len(cronofy.writes) == 120
    assert not PushJob.objects.exists()


def test_workers_of_different_calendars_that_share_items_do_not_stop_each_other(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, clock: FakeClock
) -> None:
    other = IntegrationFactory.create()
    sync(other)
    item = make_item(linked.user, other.user, kind="service_call", status="scheduled")
    outbox.owe(item=item, now=NOW)
    at_once(*[lambda work=work: syncing.run(integration_id=work.pk, clock=clock) for work in (linked, other)])
    assert summaries(cronofy, linked) == summaries(cronofy, other) == ["Visit"]


# --- Workers against pages ------------------------------------------------------------------------------------------
def test_an_edit_that_is_being_saved_while_the_answer_is_written_down_is_sent_next(
    linked: Integration, sync: Sync, cronofy: FakeCronofy
) -> None:
    item, held = owed(linked, subject="First"), threading.Event()

    def page() -> None:
        save_slowly(item, held=held, subject="Second")

    def worker() -> None:
        cronofy.after_write = lambda: held.wait(PATIENCE) and None
        sync(linked)

    at_once(worker, lambda: _once_sent(cronofy, page))
    sync(linked)
    assert summaries(cronofy, linked) == ["Second"]


def _once_sent(cronofy: FakeCronofy, page: Callable[[], None]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not cronofy.writes and time.monotonic() < deadline:
        time.sleep(0.01)
    page()


def test_a_save_on_a_page_and_a_pull_of_the_same_item_wait_for_each_other(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, clock: FakeClock
) -> None:
    item, held = owed(linked, subject="Visit"), threading.Event()
    sync(linked)
    clock.pass_(minutes=1)
    [key] = cronofy.alive(linked.calendar_id)
    cronofy.edit(linked.calendar_id, key, location="Room 7")
    Integration.objects.update(dirty_seq=99)

    def worker() -> None:
        assert held.wait(PATIENCE)
        sync(linked)

    at_once(lambda: save_slowly(item, held=held, subject="Visit at the Millers'"), worker)
    sync(linked)
    item.refresh_from_db()
    there = cronofy.alive(linked.calendar_id)[key]
    assert (item.subject, item.location) == (there.summary, there.location) == ("Visit at the Millers'", "Room 7")


def test_an_edit_made_while_its_predecessor_is_being_refused_is_not_given_up_with_it(
    linked: Integration, sync: Sync, cronofy: FakeCronofy
) -> None:
    item = owed(linked, subject="Refused")
    cronofy.refuse = {f"bms-bms-{linked.user_id}-{item.uuid.hex}-0": OurFault("answered 422", details="summary: odd")}

    def mend() -> None:
        cronofy.after_write, cronofy.refuse = (lambda: None), {}
        save_slowly(item, held=threading.Event(), subject="Mended")

    cronofy.after_write = mend
    sync(linked)
    assert summaries(cronofy, linked) == ["Mended"]


@pytest.mark.parametrize("error", [OurFault("answered 422"), TryLater("answered 503")], ids=["refused", "put off"])
def test_a_run_cancelled_while_one_of_its_items_fails_settles_the_others(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, error: CronofyError
) -> None:
    bad, good = owed(linked, subject="Bad"), owed(linked, subject="Good")
    cronofy.refuse = {f"bms-bms-{linked.user_id}-{bad.uuid.hex}-0": error}
    cronofy.after_write = lambda: PushJob.objects.all().delete() and None
    sync(linked)
    assert summaries(cronofy, linked) == [good.subject]
    assert good.links.get().pushed_rev == good.rev


# --- A lease that was lost ------------------------------------------------------------------------------------------
@pytest.fixture
def take_over(linked: Integration, clock: FakeClock) -> Iterator[Callable[[], None]]:
    """Let another worker take the integration, as if this one had been asleep for an hour."""
    holders: list[Any] = []

    def take() -> None:
        clock.pass_(hours=1)
        holders.append(leases.take(linked.pk, now=clock()))

    yield take
    assert holders
    assert None not in holders


def test_a_worker_that_lost_its_lease_while_sending_writes_nothing_more(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, clock: FakeClock, take_over: Callable[[], None]
) -> None:
    item = owed(linked)
    cronofy.after_write = take_over
    assert not syncing.run(integration_id=linked.pk, clock=clock)
    link = item.links.get()
    assert (len(link.doubt), link.agreed_local, link.pushed_rev) == (1, None, 0)
    assert (PushJob.objects.count(), Outcome.objects.count()) == (1, 0)
    cronofy.after_write = lambda: None
    Integration.objects.update(lease_holder=None, leased_until=None)
    sync(linked)
    assert summaries(cronofy, linked) == ["Visit"]
    assert not PushJob.objects.exists()


def test_a_worker_that_lost_its_lease_while_reading_applies_nothing_more(
    linked: Integration,
    cronofy: FakeCronofy,
    clock: FakeClock,
    take_over: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cronofy.add(linked.calendar_id, VISIT)
    linked.refresh_from_db()
    cursor = linked.cursor
    whole_read = cronofy.events

    def slow_read(calendar_id: str, **since: Any) -> Iterator[Read]:
        take_over()
        yield from whole_read(calendar_id, **since)

    monkeypatch.setattr(cronofy, "events", slow_read)
    Integration.objects.update(dirty_seq=99)
    assert not syncing.run(integration_id=linked.pk, clock=clock)
    linked.refresh_from_db()
    assert (linked.cursor, linked.clean_seq < 99) == (cursor, True)
    assert not CalendarItem.objects.exists()
