"""Runs: asking for one, cancelling one, and the log in which every outcome is written down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from calendarsync.core.windows import Reach, capped, days_within_reach
from calendarsync.models import Integration, Outcome, PushJob, SyncRun, User
from calendarsync.models.sync_runs import Direction, Phase, Result, Trigger
from calendarsync.services import nudges

_COUNTED = {
    Result.CREATED: "created",
    Result.UPDATED: "updated",
    Result.DELETED: "deleted",
    Result.UNCHANGED: "unchanged",
    Result.SKIPPED: "skipped",
    Result.CONFLICT: "updated",
    Result.FAILED: "failed",
}
TRAVELLED = frozenset({Result.CREATED, Result.UPDATED, Result.DELETED, Result.CONFLICT})


class MayNotRun(ValidationError):
    """Why a sync does not start, in a sentence for the person who asked for it."""


def ask(
    *,
    integration: Integration,
    trigger: Trigger,
    direction: Direction,
    asked_by: User | None,
    now: datetime,
) -> SyncRun:
    """Create a run that a worker will carry out, with the days that it covers. Raises MayNotRun."""
    with transaction.atomic():
        held = (
            Integration.objects.select_for_update(of=("self",)).select_related("grant", "user").get(pk=integration.pk)
        )
        _require_ready(held)
        run = SyncRun(
            integration=held,
            trigger=trigger,
            direction=direction,
            asked_by=asked_by,
            asked_at=now,
            settings_then=held.settings_snapshot(),
        )
        _set_days(run, held, today=timezone.localdate(now, held.user.zone))
        run.save()
        nudges.sync_soon(held.pk)
    return run


def cancel(*, run: SyncRun, now: datetime) -> bool:
    """Stop a run after the batch at hand, and drop what it still had to send. False if it had ended already."""
    with transaction.atomic():
        stopped = SyncRun.objects.all().unended().filter(pk=run.pk).update(phase=Phase.CANCELLED, ended_at=now)
        PushJob.objects.filter(run=run.pk).delete()
    return bool(stopped)


def _require_ready(integration: Integration) -> None:
    if integration.deleted_at is not None or integration.finished_at is None:
        raise MayNotRun("This calendar is not set up.")
    if not integration.is_active:
        raise MayNotRun("This integration is switched off. Switch Active on to start a sync.")
    if not integration.is_connected:
        raise MayNotRun("This calendar is not connected. Reconnect it to start a sync.")
    if SyncRun.objects.unended().filter(integration=integration).exclude(trigger=Trigger.LIVE).exists():
        raise MayNotRun("A sync of this calendar is running already.")


def _set_days(run: SyncRun, integration: Integration, *, today: date) -> None:
    """Write down which days the run covers, in each direction that it goes."""
    if run.direction != Direction.SEND:
        past, future = Reach(integration.retrieve_past), Reach(integration.retrieve_future)
        days = capped(days_within_reach(past=past, future=future, today=today), today)
        run.retrieve_first, run.retrieve_last = days.first, days.last
    if run.direction != Direction.RETRIEVE:
        past, future = Reach(integration.send_past), Reach(integration.send_future)
        days = days_within_reach(past=past, future=future, today=today)
        run.send_first, run.send_last = days.first, days.last


@dataclass(slots=True)
class Log:
    """Writes outcomes, in the transaction of what they tell of. Live changes open a run when there is one to tell."""

    integration_id: int
    live: SyncRun | None = None
    """The run of what nobody asked for; made with the first outcome."""
    travelled: bool = field(default=False)

    def record(self, outcomes: Sequence[Outcome], *, run: SyncRun | None, now: datetime) -> None:
        """Save outcomes to `run`, or to this pass's live run, and add them to its counts."""
        if not outcomes:
            return
        run = run or self._live_run(outcomes[0].direction, now)
        for outcome in outcomes:
            outcome.run = run
        Outcome.objects.bulk_create(outcomes)
        count(run, Counter(_COUNTED[Result(o.result)] for o in outcomes if o.result in _COUNTED))
        if any(outcome.result in TRAVELLED for outcome in outcomes):
            Integration.objects.filter(pk=self.integration_id).update(last_synced_at=now)

    def close(self, *, now: datetime) -> None:
        """End the live run, if there was anything to tell."""
        if self.live is not None:
            SyncRun.objects.filter(pk=self.live.pk, ended_at=None).update(phase=Phase.DONE, ended_at=now)

    def _live_run(self, direction: str, now: datetime) -> SyncRun:
        if self.live is None:
            self.live = SyncRun.objects.create(
                integration_id=self.integration_id,
                trigger=Trigger.LIVE,
                direction=direction,
                phase=Phase.READING if direction == Direction.RETRIEVE else Phase.SENDING,
                asked_at=now,
                started_at=now,
            )
        elif self.live.direction != direction:
            SyncRun.objects.filter(pk=self.live.pk).update(direction=Direction.BOTH)
        return self.live


def count(run: SyncRun, counts: Counter[str]) -> None:
    """Add to a run's counts in the database, which several transactions do in turn."""
    if counts:
        SyncRun.objects.filter(pk=run.pk).update(**{name: F(name) + more for name, more in counts.items()})
