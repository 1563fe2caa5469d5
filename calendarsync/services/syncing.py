"""Everything that one integration needs at present, under its lease: channel, reading, sending, and the end of it all.

Level-triggered: it does not matter why it was called, how often, or what was lost; it looks at the rows.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from calendarsync.core import retry
from calendarsync.core.windows import Days
from calendarsync.cronofy import oauth
from calendarsync.cronofy.client import Client
from calendarsync.cronofy.errors import (
    AccessWithdrawn,
    CalendarGone,
    CronofyError,
    NotAllowed,
    OurFault,
    TryLater,
    WaitForTurn,
)
from calendarsync.models import CalendarItem, Grant, Integration, PushJob, SyncRun
from calendarsync.models.integrations import Problem
from calendarsync.models.sync_runs import Direction, Phase, Trigger
from calendarsync.services import channels, connecting, leases, outbox, pulling, pushing, rate, runs, tokens

logger = logging.getLogger(__name__)

ROUNDS = 200
"""Batches of one pass; a larger backlog goes on in a new one, so that other integrations get their turn."""

PATIENCE = 5
"""Refusals in a row of a fresh token. One bad minute of Cronofy must not ask everybody to connect again; an
authorization that has really ended shows at once, when its token is refreshed (tokens.py)."""


@dataclass(slots=True)
class Pass:
    """One pass over one integration."""

    lease: leases.Lease
    client: Client
    log: runs.Log
    clock: Callable[[], datetime]


def run(*, integration_id: int, clock: Callable[[], datetime] = timezone.now) -> bool:
    """Do what the integration needs at present. True: there is more to do at once, so ask for another pass.

    While another worker holds the integration nothing happens: that one looks again before it leaves.
    """
    lease = leases.take(integration_id, now=clock())
    if lease is None:
        return False
    try:
        _work(lease, clock)
    except leases.LeaseLost:
        logger.warning("Lost the lease of integration %s; its new holder goes on.", integration_id)
        return False
    finally:
        lease.release()
    # Only after the release: whoever found the lease taken before it relies on this look.
    return Integration.objects.with_work(clock()).filter(pk=integration_id).exists()


def integrations_with_work(*, now: datetime) -> list[int]:
    """Return the ids of the integrations that a worker should look after, whether or not anybody said so."""
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    found = Integration.objects.with_work(now).filter(free)
    return list(found.values_list("pk", flat=True))


def _work(lease: leases.Lease, clock: Callable[[], datetime]) -> None:
    integration = Integration.objects.select_related("grant", "user").get(pk=lease.integration_id)
    now = clock()
    if integration.grant is None or (integration.not_before is not None and integration.not_before > now):
        return
    # We hold the lease: a live run that is still open was left behind by a worker that died.
    integration.runs.filter(trigger=Trigger.LIVE, ended_at=None).update(phase=Phase.DONE, ended_at=now)
    work = Pass(lease, tokens.client_for(integration.grant, clock=clock), runs.Log(integration.pk), clock)
    try:
        if integration.deleted_at is not None:
            _close_for_good(integration, work.client)
        elif not integration.is_active:
            channels.close(integration, work.client)
        elif integration.finished_at is not None and integration.is_connected:
            _sync(integration, work)
        _calm_down(integration)
    except pushing.Stopped:
        logger.info("Integration %s was switched off meanwhile.", integration.pk)
    except CronofyError as error:
        _note_failure(integration.pk, error, now=clock())
        if _concerns_calendar(error):
            _look_what_is_wrong(integration.grant, work)
    finally:
        work.log.close(now=clock())


# --- The ordinary pass ----------------------------------------------------------------------------------------------
def _sync(integration: Integration, work: Pass) -> None:
    channels.ensure(integration, work.client)
    asked = _asked_run(integration)
    if asked is not None:
        _carry_out(asked, integration, work)
    elif _must_read(integration, now=work.clock()):
        _read(work)
    _send(work)


def _must_read(integration: Integration, *, now: datetime) -> bool:
    """Pull before push: whenever something changed there, or we do not know what became of a write of ours."""
    if integration.cursor is None or integration.dirty_seq > integration.clean_seq:
        return True
    if integration.read_after is not None and integration.read_after <= now:
        return True
    return bool(integration.links.in_doubt().exists())


def _read(work: Pass, run: SyncRun | None = None) -> None:
    pulling.pull(pulling.Pull(work.lease, work.client, work.log, work.clock, run=run))


def _send(work: Pass) -> None:
    """Send all that is due, then read it back, so that the time between acceptance and echo is seconds."""
    sent_any = False
    for _ in range(ROUNDS):
        try:
            taken_up = pushing.push_batch(lease=work.lease, client=work.client, log=work.log, clock=work.clock)
        except WaitForTurn as turn:
            _wait_in_rows(work, turn)
            break
        if taken_up == 0:
            break
        sent_any = True
    if sent_any:
        _read(work)
    _end_runs(work)


def _wait_in_rows(work: Pass, turn: WaitForTurn) -> None:
    """Make all that would only be told the same due later; a single edit does not wait for a large run's turn."""
    until = work.clock() + _spread(turn)
    waiting = PushJob.objects.filter(integration=work.lease.integration_id, due_at__lt=until)
    (waiting.filter(is_bulk=True) if turn.is_bulk else waiting).update(due_at=until)


def _spread(turn: WaitForTurn) -> timedelta:
    """Return how long to wait; those who were told the same do not come back together."""
    return timedelta(seconds=turn.wait + random.random())  # noqa: S311 - no secret


# --- Runs that somebody asked for -----------------------------------------------------------------------------------
def _asked_run(integration: Integration) -> SyncRun | None:
    """Return the oldest run that waits, or that a worker left behind when it died before its reading was done."""
    waiting = integration.runs.filter(phase__in=[Phase.WAITING, Phase.READING]).exclude(trigger=Trigger.LIVE)
    return waiting.order_by("pk").first()


def _carry_out(run: SyncRun, integration: Integration, work: Pass) -> None:
    """Read the run's days, then owe what it is to send. Repeating either after a crash changes nothing."""
    now = work.clock()
    if not _enter(run, Phase.READING, started_at=run.started_at or now):
        return
    with rate.bulk():
        _read(work, run=run)
    if run.direction != Direction.RETRIEVE:
        with work.lease.settling():
            ids = _items_to_send(run, integration)
            outbox.owe_many(integration=integration, item_ids=ids, now=work.clock(), run=run)
            SyncRun.objects.filter(pk=run.pk, ended_at=None).update(expected=len(ids))
    _enter(run, Phase.SENDING)


def _items_to_send(run: SyncRun, integration: Integration) -> list[int]:
    """Return the items of the run's days whose kind is ticked and that the linked calendar may not have yet."""
    if run.send_first is None or run.send_last is None:
        return []
    days = Days(first=run.send_first, last=run.send_last)
    begin, end = days.instants(integration.user.zone)
    items = CalendarItem.objects.alive().in_calendar_of(integration.user)
    return list(
        items.filter(kind__in=integration.sends)
        .overlapping(days, begin, end)
        .order_by("starts_at", "starts_on", "pk")
        .values_list("pk", flat=True)
    )


def _enter(run: SyncRun, phase: Phase, **also: object) -> bool:
    """Move a run on; False if it ended meanwhile, for instance because somebody cancelled it."""
    return bool(SyncRun.objects.filter(pk=run.pk, ended_at=None).update(phase=phase, **also))


def _end_runs(work: Pass) -> None:
    """End the runs of which nothing is left to send."""
    sending = SyncRun.objects.filter(integration=work.lease.integration_id, phase=Phase.SENDING, ended_at=None)
    left = PushJob.objects.filter(run__in=sending, gave_up_at=None).values("run")
    sending.exclude(trigger=Trigger.LIVE).exclude(pk__in=left).update(phase=Phase.DONE, ended_at=work.clock())


# --- The end --------------------------------------------------------------------------------------------------------
def _close_for_good(integration: Integration, client: Client) -> None:
    """A deleted integration: end its channel, and the authorization unless another integration lives by it."""
    grant = integration.grant
    if grant is None:
        return
    if grant.lost_at is None:
        channels.close(integration, client)
    if not _is_needed(grant, but=integration):
        rate.admit(who=grant.user_id)
        oauth.revoke(
            api_url=tokens.hosts().api,
            client_id=settings.CRONOFY_CLIENT_ID,
            client_secret=settings.CRONOFY_CLIENT_SECRETS[0],
            token=grant.refresh_token,
        )
        grant.delete()  # sets the integration's own reference to NULL
        return
    integration.grant = None
    integration.save(update_fields=["grant"])


def _is_needed(grant: Grant, *, but: Integration) -> bool:
    """Does anybody else's living integration use this account? Revoking would end theirs as well."""
    same_account = Integration.objects.filter(grant__account_id=grant.account_id, deleted_at=None)
    return same_account.exclude(pk=but.pk).exists()


# --- Failures -------------------------------------------------------------------------------------------------------
def _calm_down(integration: Integration) -> None:
    if integration.failures or integration.not_before is not None:
        Integration.objects.filter(pk=integration.pk).update(failures=0, not_before=None)


def _note_failure(integration_id: int, error: CronofyError, *, now: datetime) -> None:
    """Sort the failure of a pass by who must act; the work stays owed in any case."""
    if isinstance(error, WaitForTurn):
        Integration.objects.filter(pk=integration_id).update(not_before=now + _spread(error))
        return
    logger.warning("Integration %s: %s", integration_id, error)
    integration = Integration.objects.select_related("grant").get(pk=integration_id)
    integration.failures += 1
    integration.not_before = now + _delay(error, integration.failures)
    if isinstance(error, AccessWithdrawn):
        _lose_grant(integration, now=now)
    elif isinstance(error, CalendarGone):
        integration.mark_problem(Problem.CALENDAR_GONE, now=now)
    elif isinstance(error, OurFault) and "calendar_id" in error.fields:
        integration.mark_problem(Problem.CALENDAR_READONLY, now=now)
    elif isinstance(error, NotAllowed):
        integration.mark_problem(Problem.NOT_PERMITTED, now=now)
    integration.save(update_fields=["failures", "not_before", "problem", "problem_since"])
    if not integration.is_connected:
        _fail_runs(integration, error, now=now)


def _concerns_calendar(error: CronofyError) -> bool:
    return isinstance(error, CalendarGone) or (isinstance(error, OurFault) and "calendar_id" in error.fields)


def _look_what_is_wrong(grant: Grant, work: Pass) -> None:
    """Compare with the account's list: a refusal does not tell a deleted calendar from a read-only one."""
    try:
        offers = work.client.calendars()
    except CronofyError as error:
        logger.warning("Integration %s: no list of calendars: %s", work.lease.integration_id, error)
        return
    with transaction.atomic():
        connecting.keep_calendars(grant, offers, now=work.clock())


def _lose_grant(integration: Integration, *, now: datetime) -> None:
    """A fresh token was refused: after some patience only the user can mend that, by connecting again."""
    if integration.grant is not None and integration.failures >= PATIENCE:
        tokens.mark_lost(integration.grant.pk, now=now)
        integration.grant.refresh_from_db(fields=["lost_at"])


def _delay(error: CronofyError, failures: int) -> timedelta:
    asked = error.retry_after if isinstance(error, TryLater) else None
    return retry.delay_after(
        failures,
        asked=asked,
        cap=retry.CAP_OF_INTEGRATION,
        random=random.random,
    )


def _fail_runs(integration: Integration, error: CronofyError, *, now: datetime) -> None:
    """End what somebody waits for, since nothing goes on before a person acts; what is owed stays owed."""
    is_gone = isinstance(error, CalendarGone)
    reason = (
        "The linked calendar is gone, or no longer shared with us." if is_gone else "The calendar is not connected."
    )
    integration.runs.filter(ended_at=None).update(phase=Phase.FAILED, ended_at=now, error=reason)
