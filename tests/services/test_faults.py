"""What goes wrong at the other end, or is merely odd there, and must not cost anybody anything here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from calendarsync.core.events import Appointment, Timed
from calendarsync.cronofy.errors import AccessWithdrawn, NotAllowed, TryLater
from calendarsync.models import CalendarItem, Integration, Outcome, PushJob
from calendarsync.models.links import LinkState
from calendarsync.models.sync_runs import Result
from calendarsync.services import content, outbox
from tests.factories import NOW, IntegrationFactory, make_item
from tests.fakes import FakeClock, FakeCronofy

pytestmark = pytest.mark.django_db
Sync = Callable[[Integration], None]
WRITE = content.write
DENTIST = Appointment("Dentist", Timed(NOW + timedelta(days=1), NOW + timedelta(days=1, hours=1), "Europe/Berlin"))


@pytest.fixture
def linked(sync: Sync, cronofy: FakeCronofy, clock: FakeClock) -> Integration:
    """A calendar that was read once: what happens from now on is news."""
    work = IntegrationFactory.create(is_unrestricted=True)
    cronofy.unrestricted.add(work.calendar_id)
    sync(work)
    clock.pass_(minutes=1)
    return work


def owed(work: Integration, **fields: object) -> CalendarItem:
    item = make_item(work.user, **fields)
    outbox.owe(item=item, now=NOW)
    return item


def heard(work: Integration) -> None:
    """A notification came in."""
    work.refresh_from_db()
    Integration.objects.filter(pk=work.pk).update(dirty_seq=work.dirty_seq + 1)


def test_a_private_item_of_ours_keeps_its_words_when_it_is_moved_there(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, clock: FakeClock
) -> None:
    """Busy only is for what comes from there; what was written here was never a secret from its writer."""
    item = owed(linked, subject="Doctor", description="Knee", is_private=True)
    sync(linked)
    clock.pass_(minutes=1)
    [key] = cronofy.alive(linked.calendar_id)
    cronofy.edit(linked.calendar_id, key, when=DENTIST.when)
    heard(linked)
    sync(linked)
    item.refresh_from_db()
    assert (item.subject, item.description, item.when) == ("Doctor", "Knee", DENTIST.when)


def test_an_item_without_length_keeps_having_none(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, clock: FakeClock
) -> None:
    item = owed(linked)
    CalendarItem.objects.update(ends_at=item.starts_at)
    sync(linked)
    clock.pass_(minutes=1)
    heard(linked)
    sync(linked)
    item.refresh_from_db()
    [there] = cronofy.alive(linked.calendar_id).values()
    assert item.ends_at == item.starts_at
    assert there.when == Timed(NOW, NOW + timedelta(minutes=30), "Europe/Berlin")
    assert len(cronofy.writes) == 1


@pytest.mark.parametrize(("refusals", "is_lost"), [(4, False), (5, True)], ids=["a bad minute", "for good"])
def test_a_fresh_token_that_is_refused_again_and_again_shows_as_not_connected(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, clock: FakeClock, refusals: int, is_lost: bool
) -> None:
    owed(linked)
    cronofy.faults["batch"] = [AccessWithdrawn("answered 401") for _ in range(refusals)]
    for _ in range(5):
        sync(linked)
        clock.pass_(minutes=5)
    linked.refresh_from_db()
    assert (linked.is_connected, len(cronofy.alive(linked.calendar_id))) == (not is_lost, 0 if is_lost else 1)
    assert PushJob.objects.filter(gave_up_at=None).count() == (1 if is_lost else 0)


@pytest.mark.parametrize("error", [AccessWithdrawn("answered 401"), NotAllowed("answered 403")], ids=["401", "403"])
def test_a_call_refused_as_a_whole_says_nothing_about_its_events(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, clock: FakeClock, error: NotAllowed
) -> None:
    cronofy.add(linked.calendar_id, DENTIST)
    heard(linked)
    sync(linked)
    item = CalendarItem.objects.get()
    CalendarItem.objects.update(subject="Dentist, moved", rev=item.rev + 1)
    outbox.owe(item=CalendarItem.objects.get(), now=clock())
    cronofy.faults["batch"] = [error]
    sync(linked)
    assert item.links.get().state == LinkState.ACTIVE
    assert PushJob.objects.get().gave_up_at is None
    assert not Outcome.objects.filter(result=Result.FAILED).exists()


def test_an_item_restored_by_an_edit_there_keeps_the_text_that_the_provider_had_shortened(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, clock: FakeClock
) -> None:
    text = "A long text that the provider shortens, because it is so very long."
    cronofy.rewrite = lambda sent: replace(sent, description=sent.description[:40].rstrip())
    item = owed(linked, description=text)
    cronofy.after_write = lambda: lose_the_answer(cronofy)
    sync(linked)
    CalendarItem.objects.update(deleted_at=clock(), rev=item.rev + 1)
    [event_id] = cronofy.alive(linked.calendar_id)
    clock.pass_(minutes=20)
    cronofy.edit(linked.calendar_id, event_id, summary="Still wanted")
    sync(linked)
    item.refresh_from_db()
    assert (item.deleted_at, item.subject, item.description) == (None, "Still wanted", text)


def lose_the_answer(cronofy: FakeCronofy) -> None:
    """The next write is carried out, but nobody hears of it."""
    cronofy.after_write = lambda: None
    raise TryLater("read time-out")


def test_a_stamp_from_the_future_hides_no_later_change(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, clock: FakeClock
) -> None:
    uid = cronofy.add(linked.calendar_id, DENTIST)
    place = (linked.calendar_id, uid)
    cronofy.events_by_key[place] = replace(cronofy.events_by_key[place], updated=clock() + timedelta(days=900))
    heard(linked)
    sync(linked)
    clock.pass_(minutes=1)
    cronofy.add(linked.calendar_id, replace(DENTIST, summary="Barber"))
    heard(linked)
    sync(linked)
    linked.refresh_from_db()
    assert linked.cursor is not None
    assert linked.cursor <= clock()
    assert set(CalendarItem.objects.values_list("subject", flat=True)) == {"Dentist", "Barber"}


def test_an_event_that_cannot_be_stored_stops_only_itself_and_shows_in_the_log(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, monkeypatch: pytest.MonkeyPatch
) -> None:
    cronofy.add(linked.calendar_id, replace(DENTIST, summary="Poison"))
    cronofy.add(linked.calendar_id, DENTIST)
    monkeypatch.setattr(content, "write", _write_all_but_poison)
    heard(linked)
    sync(linked)
    assert [item.subject for item in CalendarItem.objects.all()] == ["Dentist"]
    assert [line.subject for line in Outcome.objects.filter(result=Result.FAILED)] == ["Poison"]


def _write_all_but_poison(item: CalendarItem, appointment: Appointment) -> None:
    if appointment.summary == "Poison":
        raise ValueError("cannot be stored")
    WRITE(item, appointment)
