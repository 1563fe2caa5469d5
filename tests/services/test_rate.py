"""The shared rate limit, on the real server with workers in threads; only its windows and limits are smaller."""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from calendarsync.cronofy.errors import WaitForTurn
from calendarsync.models import Integration, PushJob
from calendarsync.models.sync_runs import Direction, Trigger
from calendarsync.services import outbox, rate, runs, syncing
from tests.factories import NOW, IntegrationFactory, make_item, make_items
from tests.fakes import FakeClock, FakeCronofy
from tests.services.threads import at_once

Sync = Callable[[Integration], None]
ALICE, BOB = 1, 2


@pytest.fixture(autouse=True)
def limits(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Ten calls in 0.3 seconds and twenty in 1.5, counted apart from every other test."""
    settings.CRONOFY_CLIENT_ID = uuid.uuid4().hex
    settings.CRONOFY_CALLS_PER_SECOND, settings.CRONOFY_CALLS_PER_MINUTE = 10, 20
    monkeypatch.setattr(rate, "SECOND_MS", 300)
    monkeypatch.setattr(rate, "MINUTE_MS", 1_500)
    return settings


def admitted(who: int, *, large: bool = False) -> bool:
    try:
        if large:
            with rate.bulk():
                rate.admit(who=who)
        else:
            rate.admit(who=who)
    except WaitForTurn:
        return False
    return True


def most_within(window: float, moments: list[float]) -> int:
    """Return the largest number of moments in any sliding window."""
    ordered = sorted(moments)
    return max(sum(start <= other < start + window for other in ordered[index:]) for index, start in enumerate(ordered))


def test_no_sliding_window_ever_holds_more_than_allowed() -> None:
    moments: list[float] = []
    until = time.monotonic() + 3.5

    def worker() -> None:
        while time.monotonic() < until:
            if admitted(ALICE):
                moments.append(time.monotonic())
            time.sleep(0.002)

    at_once(*[worker] * 8)
    # A thread may note its call a moment after the server let it in.
    assert most_within(0.27, moments) <= 10
    assert most_within(1.4, moments) <= 20
    assert len(moments) >= 40, "what is allowed is also used"


def test_single_edits_get_through_while_large_runs_take_all_they_can() -> None:
    stop = threading.Event()
    large: list[bool] = []
    single: list[bool] = []

    def large_run() -> None:
        while not stop.wait(0.002):
            large.append(admitted(ALICE, large=True))

    def single_edits() -> None:
        for _ in range(6):
            time.sleep(0.5)
            single.append(admitted(BOB))
        stop.set()

    at_once(large_run, large_run, large_run, single_edits)
    assert single == [True] * 6
    assert sum(large) >= 20
    assert large.count(False) > 20, "the large runs asked for more than there was"


def test_large_runs_share_what_there_is_for_them(limits: Any) -> None:
    limits.CRONOFY_CALLS_PER_SECOND = 1_000
    first = sum(admitted(ALICE, large=True) for _ in range(100))
    shares: Counter[int] = Counter()
    until = time.monotonic() + 3.2
    while time.monotonic() < until:
        for who in (ALICE, ALICE, ALICE, BOB):
            shares[who] += admitted(who, large=True)
        time.sleep(0.002)
    assert first == 16, "alone one may have the whole part of large runs"
    assert shares[BOB] >= shares[ALICE] * 0.8, "three workers of one user against one of another"


def test_who_must_wait_is_told_how_long() -> None:
    while admitted(ALICE):
        pass
    with pytest.raises(WaitForTurn) as turn:
        rate.admit(who=ALICE)
    assert 0 < turn.value.wait <= 0.3
    assert not turn.value.may_have_happened
    time.sleep(turn.value.wait)
    assert admitted(ALICE)


def test_a_read_that_was_let_in_goes_on_where_another_may_not_begin() -> None:
    with rate.bulk():
        while admitted(ALICE, large=True):
            pass
        rate.admit(who=ALICE, is_further=True)
        with pytest.raises(WaitForTurn):
            rate.admit(who=ALICE)


def test_without_redis_everything_may_go(limits: Any, caplog: pytest.LogCaptureFixture) -> None:
    limits.REDIS_URL = "redis://127.0.0.1:1/0"
    assert sum(admitted(ALICE) for _ in range(30)) == 30
    assert "No rate limit at present" in caplog.text


# --- What waiting does to a pass ------------------------------------------------------------------------------------
@pytest.fixture
def linked(sync: Sync, clock: FakeClock) -> Integration:
    """A calendar that was read once."""
    work = IntegrationFactory.create()
    sync(work)
    clock.pass_(minutes=1)
    return work


@pytest.mark.django_db
def test_a_large_run_waits_in_rows_and_a_single_edit_passes_it(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, clock: FakeClock
) -> None:
    make_items(linked.user, 120, start=NOW)
    runs.ask(integration=linked, trigger=Trigger.MANUAL, direction=Direction.SEND, asked_by=None, now=clock())
    cronofy.faults["batch"] = [WaitForTurn(20, is_bulk=True)]
    sync(linked)
    assert (len(cronofy.writes), PushJob.objects.due(clock()).count()) == (0, 0)
    outbox.owe(item=make_item(linked.user, subject="Single"), now=clock())
    sync(linked)
    assert [write.body["summary"] for write in cronofy.writes if write.body] == ["Single"]
    clock.pass_(seconds=22)
    sync(linked)
    assert len(cronofy.writes) == 121


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["events", "batch"])
def test_waiting_for_a_turn_is_no_failure(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, clock: FakeClock, method: str
) -> None:
    outbox.owe(item=make_item(linked.user), now=clock())
    Integration.objects.update(dirty_seq=5)
    cronofy.faults[method] = [WaitForTurn(3, is_bulk=False)]
    syncing.run(integration_id=linked.pk, clock=clock)
    linked.refresh_from_db()
    assert (linked.failures, PushJob.objects.get().failures, len(cronofy.writes)) == (0, 0, 0)
    clock.pass_(seconds=5)
    sync(linked)
    assert len(cronofy.writes) == 1


@pytest.mark.django_db
def test_a_large_read_is_asked_for_in_the_lane_of_large_runs(
    linked: Integration, sync: Sync, cronofy: FakeCronofy, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    lanes: list[tuple[str, rate.Lane]] = []
    called = cronofy._called
    monkeypatch.setattr(cronofy, "_called", lambda name: (lanes.append((name, rate._lane.get())), called(name)))
    make_item(linked.user)
    runs.ask(integration=linked, trigger=Trigger.MANUAL, direction=Direction.BOTH, asked_by=None, now=clock())
    sync(linked)
    assert lanes == [("events", rate.Lane.BULK), ("batch", rate.Lane.BULK), ("events", rate.Lane.SINGLE)]
