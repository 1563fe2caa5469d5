"""Random edits on both sides, faults at every call, power cuts: in the end both calendars say the same.

Hypothesis chooses what people and the network do. After each quiet time both sides must agree, nothing may be there
twice, and the last thing that a person wrote must be there or be kept in the log as the loser of a conflict.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from calendarsync.core.events import Appointment, Timed
from calendarsync.cronofy.client import BatchAnswer
from calendarsync.cronofy.errors import TryLater
from calendarsync.models import CalendarItem, Integration, Kind, Link, Outcome, PushJob
from calendarsync.models.links import LinkState
from calendarsync.services import content, nudges, outbox, syncing, tokens
from tests.factories import NOW, IntegrationFactory, make_item
from tests.fakes import FakeClock, FakeCronofy

TEN = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


# More with CONVERGENCE_EXAMPLES=1000, for a night; an example takes a second or two.
EXAMPLES = int(os.environ.get("CONVERGENCE_EXAMPLES", "15"))
STEPS = 20


class PowerCut(BaseException):
    """The worker is gone: nothing after this line runs."""


def trimmed(sent: Appointment) -> Appointment:
    """What a provider makes of what it is given."""
    return replace(sent, description=sent.description[:60].rstrip(), summary=" ".join(sent.summary.split()))


class TwoCalendars(RuleBasedStateMachine):
    """A person at My Calendar, the same person at the mailbox, and a network that fails."""

    items: Bundle[CalendarItem] = Bundle("items")
    events: Bundle[str] = Bundle("events")

    @initialize(rewrites=st.booleans())
    def connect(self, rewrites: bool) -> None:
        self.example = transaction.atomic()
        self.example.__enter__()
        self.clock = FakeClock(NOW)
        self.cronofy = FakeCronofy(self.clock, rewrite=trimmed if rewrites else lambda sent: sent)
        self.patches = [
            mock.patch.object(tokens, "client_for", return_value=self.cronofy),
            mock.patch.object(nudges, "_send", return_value=None),
        ]
        for patch in self.patches:
            patch.start()
        self.integration: Integration = IntegrationFactory.create()
        self.numbers = iter(range(1_000_000))
        self.descriptions: dict[int, str] = {}  # nobody edits these, so they must stay as they were written
        self.written: dict[str, str] = {}  # the person's name for the thing → the last summary they gave it
        self.names: dict[str, str] = {}  # key of an event, or pk of an item → the person's name for it
        self.quiesce()

    # --- What people do
    @rule(target=items, kind=st.sampled_from([Kind.APPOINTMENT, Kind.SERVICE_CALL]), long=st.booleans())
    def add_item(self, kind: str, long: bool) -> CalendarItem:
        status = "scheduled" if kind == Kind.SERVICE_CALL else ""
        text = "A long description that some provider cuts off in the middle, as they do. " * 2 if long else "Short"
        subject = self.text()
        item = make_item(self.integration.user, kind=kind, subject=subject, status=status, description=text, start=TEN)
        outbox.owe(item=item, now=self.clock())
        self.written[f"item{item.pk}"] = subject
        self.descriptions[item.pk] = text
        self.tick()
        return item

    @rule(item=items)
    def rename_item(self, item: CalendarItem) -> None:
        self.save(item, subject=self.text())

    @rule(item=items, hours=st.integers(1, 5))
    def move_item(self, item: CalendarItem, hours: int) -> None:
        start = TEN + timedelta(hours=hours)
        self.save(item, starts_at=start, ends_at=start + timedelta(hours=1))

    @rule(item=consumes(items))
    def delete_item(self, item: CalendarItem) -> None:
        self.save(item, deleted_at=self.clock())
        self.written.pop(f"item{item.pk}", None)

    @rule(target=events)
    def add_event(self) -> str:
        summary = self.text()
        when = Timed(TEN, TEN + timedelta(minutes=30), "Europe/Berlin")
        uid = self.cronofy.add(self.integration.calendar_id, Appointment(summary=summary, when=when))
        self.written[uid] = summary
        self.tick()
        return uid

    @rule(pick=st.integers(0, 1000))
    def rename_event(self, pick: int) -> None:
        if key := self.pick(pick):
            summary = self.text()
            self.cronofy.edit(self.integration.calendar_id, key, summary=summary)
            self.written[self.name_of(key)] = summary
            self.tick()

    @rule(pick=st.integers(0, 1000), minutes=st.integers(1, 50))
    def lengthen_event(self, pick: int, minutes: int) -> None:
        if key := self.pick(pick):
            when = Timed(TEN, TEN + timedelta(minutes=60 + minutes), "Europe/Berlin")
            self.cronofy.edit(self.integration.calendar_id, key, when=when)
            self.tick()

    @rule(pick=st.integers(0, 1000))
    def delete_event(self, pick: int) -> None:
        if key := self.pick(pick):
            self.cronofy.remove(self.integration.calendar_id, key)
            self.written.pop(self.name_of(key), None)
            self.tick()

    # --- What the network does
    @rule()
    def sync(self) -> None:
        self.run()

    @rule(method=st.sampled_from(["events", "batch", "open_channel"]), may=st.booleans())
    def sync_with_a_failing_call(self, method: str, may: bool) -> None:
        self.cronofy.faults[method] = [TryLater("failed", may_have_happened=may)]
        self.run()
        self.cronofy.faults.clear()

    @rule(how=st.sampled_from(["answer lost", "power cut", "short answer"]))
    def sync_with_a_bad_end(self, how: str) -> None:
        batch = self.cronofy.batch

        def broken(writes: Any) -> BatchAnswer:
            answer = batch(writes)
            if how == "answer lost":
                raise TryLater("read time-out")
            if how == "power cut":
                raise PowerCut
            lost = TryLater("the batch's answer lacks this entry")
            return BatchAnswer(results=(*answer.results[:-1], lost), at=answer.at)

        with mock.patch.object(self.cronofy, "batch", broken):
            self.run()

    @rule(minutes=st.integers(1, 90))
    def time_passes(self, minutes: int) -> None:
        self.clock.pass_(minutes=minutes)

    # --- What must hold
    @rule()
    def quiesce(self) -> None:
        """No faults for a while: then both sides agree, and nothing more happens."""
        for _ in range(3):
            self.clock.pass_(hours=7)
            self.run()
        writes, revisions = len(self.cronofy.writes), self.revisions()
        self.clock.pass_(hours=7)
        self.run()
        assert (len(self.cronofy.writes), self.revisions()) == (writes, revisions), "it never comes to rest"
        self.check_agreement()
        self.check_nothing_lost()

    @invariant()
    def nothing_is_there_twice(self) -> None:
        if not hasattr(self, "integration"):
            return
        items = [
            key.rsplit("-", 1)[0] for key in self.cronofy.alive(self.integration.calendar_id) if key.startswith("bms-")
        ]
        assert len(items) == len(set(items)), "one item stands in the calendar twice"
        uids = Link.objects.filter(item__deleted_at=None).exclude(event_uid="").values_list("event_uid", flat=True)
        assert len(uids) == len(set(uids)), "one event became two items"

    def check_agreement(self) -> None:
        alive = self.cronofy.alive(self.integration.calendar_id)
        paired = set()
        for item in CalendarItem.objects.filter(deleted_at=None):
            link = item.links.get()
            if link.state == LinkState.DETACHED:
                continue
            key = link.event_id or link.event_uid
            here, there = content.appointment_of(item), alive[key]
            assert here.when == there.when
            assert here.summary == there.summary
            assert here.description.startswith(there.description)
            assert item.description == self.descriptions.get(item.pk, ""), "an echo was taken for an edit"
            paired.add(key)
        assert paired == set(alive), "an event without an item, or the other way round"
        assert not PushJob.objects.exists()

    def check_nothing_lost(self) -> None:
        here = set(CalendarItem.objects.filter(deleted_at=None).values_list("subject", flat=True))
        kept = json.dumps(list(Outcome.objects.exclude(lost=None).values_list("lost", flat=True)))
        for name, summary in self.written.items():
            assert summary in here or json.dumps(summary) in kept, f"{name}: {summary} was lost without a trace"

    # --- Inside
    def run(self) -> None:
        try:
            for _ in range(5):
                if not syncing.run(integration_id=self.integration.pk, clock=self.clock):
                    break
        except PowerCut:
            # A killed process releases nothing; the lease runs out.
            pass
        Integration.objects.filter(pk=self.integration.pk).update(dirty_seq=1_000_000 + next(self.numbers))
        self.tick()

    def tick(self) -> None:
        """Nobody does two things within one second of the provider's clock."""
        self.clock.pass_(seconds=2)

    def text(self) -> str:
        return f"Text {next(self.numbers)}"

    def save(self, item: CalendarItem, **fields: Any) -> None:
        item.refresh_from_db()
        if item.deleted_at is not None:
            return
        for name, value in fields.items():
            setattr(item, name, value)
        item.rev += 1
        item.save()
        outbox.owe(item=item, now=self.clock())
        if "subject" in fields:
            self.written[self.name_of_item(item)] = fields["subject"]
        self.tick()

    def pick(self, number: int) -> str | None:
        alive = sorted(self.cronofy.alive(self.integration.calendar_id))
        return alive[number % len(alive)] if alive else None

    def name_of(self, key: str) -> str:
        link = Link.objects.filter(event_id=key).first()
        return f"item{link.item_id}" if link else key

    def name_of_item(self, item: CalendarItem) -> str:
        link = item.links.first()
        return link.event_uid if link and not link.event_id else f"item{item.pk}"

    def revisions(self) -> list[tuple[int, int]]:
        return list(CalendarItem.objects.order_by("pk").values_list("pk", "rev"))

    def teardown(self) -> None:
        if not hasattr(self, "integration"):
            return
        try:
            self.quiesce()
        finally:
            for patch in self.patches:
                patch.stop()
            transaction.set_rollback(True)
            self.example.__exit__(None, None, None)


@pytest.mark.slow
@pytest.mark.timeout(600 + 10 * EXAMPLES)
@pytest.mark.django_db
def test_both_sides_agree_in_the_end() -> None:
    run_state_machine_as_test(
        TwoCalendars,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
