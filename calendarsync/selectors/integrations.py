"""Reading integrations for pages: the list, one row of it, and the status page. A fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Min, Q

from calendarsync import wording
from calendarsync.core import windows
from calendarsync.core.windows import Reach
from calendarsync.models import Integration, Outcome, PushJob, SyncRun, User
from calendarsync.selectors.logs import Progress, progress_of
from calendarsync.wording import Words


@dataclass(frozen=True, slots=True)
class Badge:
    """A short state with its tone, and one sentence."""

    tone: str
    text: str
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Queue:
    """What is owed to a linked calendar."""

    waiting: int = 0
    retrying: int = 0
    failed: int = 0
    oldest_since: datetime | None = None
    next_try_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IntegrationRow:
    """One integration as the list shows it."""

    id: int
    email: str
    provider: str
    calendar_name: str
    is_finished: bool
    is_active: bool
    is_connected: bool
    trouble: Words | None
    badge: Badge
    last_synced_at: datetime | None
    last_checked_at: datetime | None
    progress: Progress | None
    failed: int

    @property
    def may_sync(self) -> bool:
        """Whether a sync can be started by hand; the service has the last word."""
        return self.is_connected and self.is_active and self.progress is None

    @property
    def is_busy(self) -> bool:
        """Whether the page should look again soon."""
        return self.progress is not None or self.badge == WAITING


UP_TO_DATE = Badge("ok", "Up to date", "Changes travel both ways as they are made.")
CATCHING_UP = Badge("busy", "Catching up", "Some changes are still on their way.")
SYNCING = Badge("busy", "Syncing", "A sync is running.")
WAITING = Badge("busy", "Waiting for first sync", "The calendar is read for the first time within seconds.")
DELAYED = Badge("warn", "Delayed", "The last attempts failed; the BMS tries again by itself.")
PAUSED = Badge("quiet", "Paused", "Active is switched off, so nothing travels in either direction.")
ACTION_NEEDED = Badge("bad", "Action needed", "Nothing travels until you act.")


def integration_rows(user: User, *, now: datetime) -> list[IntegrationRow]:
    """Return the user's integrations in three queries: finished ones first, in the order of their making."""
    found = list(Integration.objects.all().of(user).select_related("grant"))
    runs, queues = _running(found), _queues(found)
    rows = [_row(one, run=runs.get(one.pk), queue=queues.get(one.pk, Queue()), now=now) for one in found]
    return sorted(rows, key=lambda row: not row.is_finished)


def integration_row(integration: Integration, *, now: datetime) -> IntegrationRow:
    """Return one integration as the list shows it."""
    run, queue = _running([integration]).get(integration.pk), _queues([integration]).get(integration.pk, Queue())
    return _row(integration, run=run, queue=queue, now=now)


def _row(integration: Integration, *, run: SyncRun | None, queue: Queue, now: datetime) -> IntegrationRow:
    grant = integration.grant
    return IntegrationRow(
        id=integration.pk,
        email=grant.email if grant else "",
        provider=grant.provider_label if grant else "",
        calendar_name=integration.calendar_name,
        is_finished=integration.finished_at is not None,
        is_active=integration.is_active,
        is_connected=integration.is_connected,
        trouble=trouble_of(integration),
        badge=badge_of(integration, is_running=run is not None, queue=queue, now=now),
        last_synced_at=integration.last_synced_at,
        last_checked_at=integration.last_checked_at,
        progress=progress_of(run, now=now) if run else None,
        failed=queue.failed,
    )


def trouble_of(integration: Integration) -> Words | None:
    """Return what breaks the link with Cronofy, or None while it holds."""
    grant = integration.grant
    return wording.of_problem(
        integration.problem,
        grant_lost=grant is None or grant.lost_at is not None,
        mailbox_lost=grant is not None and grant.profile_lost_at is not None,
    )


def badge_of(integration: Integration, *, is_running: bool, queue: Queue, now: datetime) -> Badge:
    """Return the state in one word and one sentence; what somebody must do comes first."""
    if not integration.is_connected:
        return ACTION_NEEDED
    if not integration.is_active:
        return PAUSED
    if is_running:
        return SYNCING
    if integration.failures or (integration.not_before and integration.not_before > now):
        return DELAYED
    if integration.last_checked_at is None:
        return WAITING
    return CATCHING_UP if queue.waiting else UP_TO_DATE


def _running(found: Iterable[Integration]) -> dict[int, SyncRun]:
    """Return the run at work for each integration, one that somebody asked for before a live one."""
    ids = [one.pk for one in found]
    runs = SyncRun.objects.all().unended().filter(integration__in=ids)
    by_importance = sorted(runs, key=lambda run: (run.trigger != "live", run.pk))
    return {run.integration_id: run for run in by_importance}


def _queues(found: Iterable[Integration]) -> dict[int, Queue]:
    living = Q(gave_up_at=None)
    counts = (
        PushJob.objects.filter(integration__in=[one.pk for one in found])
        .values("integration")
        .annotate(
            waiting=Count("id", filter=living),
            retrying=Count("id", filter=living & Q(failures__gt=0)),
            failed=Count("id", filter=~living),
            oldest_since=Min("owed_since", filter=living),
            next_try_at=Min("due_at", filter=living & Q(failures__gt=0)),
        )
    )
    return {
        row["integration"]: Queue(
            waiting=row["waiting"],
            retrying=row["retrying"],
            failed=row["failed"],
            oldest_since=row["oldest_since"],
            next_try_at=row["next_try_at"],
        )
        for row in counts
    }


# --- Days of the one-off sync ---------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class EffectiveDays:
    """The days that a sync will cover; `is_capped` if the provider gives fewer than asked for."""

    first: date
    last: date
    is_capped: bool = False


def effective_days(*, past: str, future: str, today: date, retrieves: bool) -> EffectiveDays:
    """Return the days from `past` to `future`. Only what is retrieved is limited by the provider."""
    asked = windows.days_within_reach(past=Reach(past), future=Reach(future), today=today)
    days = windows.capped(asked, today) if retrieves else asked
    return EffectiveDays(first=days.first, last=days.last, is_capped=days != asked)


# --- The status page ------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Status:
    """Everything the status page tells of one integration."""

    row: IntegrationRow
    integration: Integration
    queue: Queue
    has_channel: bool
    scope: tuple[str, ...]
    window: EffectiveDays
    last_in_at: datetime | None
    last_out_at: datetime | None
    next_try_at: datetime | None


def status_of(integration: Integration, *, now: datetime, today: date) -> Status:
    """Return the state of one integration as its rows tell it; nobody is asked."""
    limits = windows.provider_days(today)
    return Status(
        row=integration_row(integration, now=now),
        integration=integration,
        queue=_queues([integration]).get(integration.pk, Queue()),
        has_channel=bool(integration.channel_id),
        scope=tuple(integration.grant.scope.split()) if integration.grant else (),
        window=EffectiveDays(first=limits.first, last=limits.last),
        last_in_at=_last_travel(integration, "retrieve"),
        last_out_at=_last_travel(integration, "send"),
        next_try_at=integration.not_before if integration.not_before and integration.not_before > now else None,
    )


def _last_travel(integration: Integration, direction: str) -> datetime | None:
    """Return when an item last travelled in one direction, by the log."""
    travelled = Outcome.objects.filter(
        run__integration=integration, direction=direction, result__in=["created", "updated", "deleted", "conflict"]
    )
    return travelled.order_by("-id").values_list("at", flat=True).first()
