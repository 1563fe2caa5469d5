"""Sending what is owed, in batches of up to 50: written down before, settled after, and never inside a transaction.

A worker may die at any point. What it had written down (`Link.doubt`) is found by the next one: a read shows whether
the write arrived, and repeating it does no harm, since the event's id is made from the item.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime

from calendarsync.core import retry
from calendarsync.core.events import Appointment
from calendarsync.cronofy import wire
from calendarsync.cronofy.client import BATCH_LIMIT, BatchAnswer, Client, Write
from calendarsync.cronofy.errors import CronofyError, NotAllowed, OurFault, TryLater, WaitForTurn
from calendarsync.models import CalendarItem, Integration, Link, Outcome, PushJob, SyncRun
from calendarsync.models.links import CHANGING_FIELDS, LinkState, Origin
from calendarsync.models.sync_runs import Direction, Result
from calendarsync.services import content, leases, pairs, rate, runs

logger = logging.getLogger(__name__)


class Stopped(Exception):
    """The user switched the integration off, or deleted it: send nothing more."""


@dataclass(slots=True)
class Attempt:
    """One job on its way: what is sent, on behalf of which revision."""

    job: PushJob
    link: Link
    item: CalendarItem
    sent: Appointment | None
    """None: a deletion."""
    is_new: bool

    def write(self, calendar_id: str) -> Write:
        """Return the batch's entry."""
        identity = {"event_id": self.link.event_id} if self.link.event_id else {"event_uid": self.link.event_uid}
        body = None if self.sent is None else wire.upsert_body(self.sent, **identity)
        return Write(calendar_id=calendar_id, body=body, **identity)

    def entry(self, now: datetime) -> dict[str, object]:
        """Return the line for the link's `doubt`."""
        return {
            "content": None if self.sent is None else self.sent.as_json(),
            "rev": self.item.rev,
            "op": "delete" if self.sent is None else "upsert",
            "at": now.isoformat(),
        }


def push_batch(*, lease: leases.Lease, client: Client, log: runs.Log, clock: Callable[[], datetime]) -> int:
    """Send the next batch that is due; return how many jobs were taken up, 0 when none is due.

    Raises CronofyError when the call as a whole failed (all of it stays owed), Stopped, or LeaseLost.
    """
    attempts, taken_up, calendar_id = _prepare(lease, log, now=clock())
    if not attempts:
        return taken_up
    try:
        with _lane(attempts):
            answer = client.batch([attempt.write(calendar_id) for attempt in attempts])
    except CronofyError as error:
        answer = BatchAnswer(results=(_for_each(error),) * len(attempts), at=None)
        _settle(lease, log, attempts, answer, now=clock())
        raise
    _settle(lease, log, attempts, answer, now=clock())
    for attempt, result in zip(attempts, answer.results, strict=True):
        if result is not None and attempt.link.origin == Origin.BMS and _concerns_calendar(result):
            raise result
    return taken_up


def _lane(attempts: Sequence[Attempt]) -> AbstractContextManager[None]:
    """A batch with a single edit in it does not wait behind large runs."""
    return rate.bulk() if all(attempt.job.is_bulk for attempt in attempts) else nullcontext()


def _for_each(error: CronofyError) -> TryLater:
    """Return what a call that failed as a whole means for each of its events: nothing, they stay owed."""
    return error if isinstance(error, TryLater) else TryLater(str(error), may_have_happened=False)


def _concerns_calendar(error: CronofyError) -> bool:
    """Is it the whole calendar that refuses us, rather than one event?"""
    if isinstance(error, OurFault):
        return "calendar_id" in error.fields  # how a read-only calendar answers
    return isinstance(error, NotAllowed)


# --- Before the call ------------------------------------------------------------------------------------------------
def _prepare(lease: leases.Lease, log: runs.Log, *, now: datetime) -> tuple[list[Attempt], int, str]:
    """Pick the jobs that are due, settle those that need no call, and write down the others before they are sent."""
    lease.renew(now=now)
    with lease.settling() as integration:
        if not integration.is_active or integration.deleted_at is not None:
            raise Stopped
        jobs = list(integration.push_jobs.due(now).order_by("is_bulk", "due_at", "pk")[:BATCH_LIMIT])
        # Locked, so that the revision that is sent is the one written down.
        items = content.hold([job.item_id for job in jobs])
        links = {link.item_id: link for link in integration.links.filter(item__in=items)}
        planned = [_plan(job, items[job.item_id], links.get(job.item_id), integration, now=now) for job in jobs]
        attempts = [plan for plan in planned if isinstance(plan, Attempt)]
        idle = [plan for plan in planned if not isinstance(plan, Attempt)]
        _write_ahead(attempts, now=now)
        PushJob.objects.filter(pk__in=[job.pk for job, _ in idle]).delete()
        _record(log, [(job.run_id, told) for job, told in idle if told is not None], now=now)
    return attempts, len(jobs), integration.calendar_id


def _plan(
    job: PushJob, item: CalendarItem, link: Link | None, integration: Integration, *, now: datetime
) -> Attempt | tuple[PushJob, Outcome | None]:
    """Return the attempt to make, or the job with what to tell if there is nothing to send."""
    sent = content.wanted(item, integration, link)
    is_new = link is None or link.state == LinkState.TOMB or link.agreed_local is None
    if link is None or link.state == LinkState.TOMB:
        if sent is None:
            return job, None
        link = _linked(link, item, integration)
    elif link.state == LinkState.DETACHED:
        if sent is None or item.rev <= link.pushed_rev:
            return job, None
        pairs.new_generation(link, integration)  # edited here after it was removed there: wanted again
        is_new = True
    elif sent is not None and sent == link.agreed[0] and not link.doubt and link.state != LinkState.PARKED:
        link.pushed_rev = item.rev
        link.save(update_fields=["pushed_rev"])
        return job, _told(item, link, Result.UNCHANGED, now=now)
    if link.origin == Origin.LINKED and not (link.may_update if sent is not None else link.may_delete):
        return job, _leave_theirs(item, link, sent, now=now)
    return Attempt(job=job, link=link, item=item, sent=sent, is_new=is_new)


def _linked(link: Link | None, item: CalendarItem, integration: Integration) -> Link:
    """Return the pair for an item that is to stand there (again)."""
    if link is not None:
        pairs.new_generation(link, integration)
        return link
    made = Link(integration=integration, item=item, origin=Origin.BMS)
    made.event_id = pairs.event_id(item, integration, generation=0)
    return made


def _leave_theirs(item: CalendarItem, link: Link, sent: Appointment | None, *, now: datetime) -> Outcome:
    """Their event, which we may not touch: what was done here stays here, and the log says so."""
    link.pushed_rev = item.rev
    if sent is None:
        link.state = LinkState.TOMB
    link.save(update_fields=["pushed_rev", "state"])
    return _told(item, link, Result.SKIPPED, rule="not_permitted_there", now=now)


def _write_ahead(attempts: Sequence[Attempt], *, now: datetime) -> None:
    for attempt in attempts:
        attempt.link.doubt = [*attempt.link.doubt, attempt.entry(now)]
    _save_links([attempt.link for attempt in attempts])


def _save_links(links: Sequence[Link]) -> None:
    """Save many links in two statements: the new ones, and the changes of the others."""
    new = [link for link in links if link._state.adding]
    Link.objects.bulk_update([link for link in links if not link._state.adding], CHANGING_FIELDS)
    Link.objects.bulk_create(new)


# --- After the call -------------------------------------------------------------------------------------------------
def _settle(
    lease: leases.Lease, log: runs.Log, attempts: Sequence[Attempt], answer: BatchAnswer, *, now: datetime
) -> None:
    """Write down what became of each attempt, for the revision that was sent and not for any later one."""
    with lease.settling():
        revisions = _present_revisions([attempt.item.pk for attempt in attempts])
        links = Link.objects.select_for_update().in_bulk([attempt.link.pk for attempt in attempts])
        told: list[tuple[int | None, Outcome | None]] = []
        finished: list[int] = []
        for attempt, error in zip(attempts, answer.results, strict=True):
            attempt.link = links[attempt.link.pk]
            is_newest = revisions[attempt.item.pk] == attempt.item.rev
            if error is None:
                told.append((attempt.job.run_id, _accepted(attempt, at=answer.at, now=now)))
                if is_newest:
                    finished.append(attempt.job.pk)
            else:
                told.append((attempt.job.run_id, _refused(attempt, error, is_newest=is_newest, now=now)))
        _save_links([attempt.link for attempt in attempts])
        PushJob.objects.filter(pk__in=finished).delete()
        _record(log, told, now=now)


def _present_revisions(item_ids: Sequence[int]) -> dict[int, int]:
    """Return the items' revisions, after whatever a page is saving at this moment; later saves wait for us."""
    items = CalendarItem.objects.select_for_update(no_key=True).filter(pk__in=item_ids).order_by("pk")
    return dict(items.values_list("pk", "rev"))


def _accepted(attempt: Attempt, *, at: datetime | None, now: datetime) -> Outcome:
    link = attempt.link
    before, entry = link.agreed_local, link.doubt[-1] if link.doubt else attempt.entry(now)
    link.pushed_rev = max(link.pushed_rev, attempt.item.rev)
    link.doubt, link.reason, link.last_synced_at, link.acked_at = [], "", now, at
    if attempt.sent is None:
        link.state, link.unseen = LinkState.TOMB, []
        # What a read still shows from before this moment is the past.
        link.seen_at = max(filter(None, [link.seen_at, at]), default=None)
        return _told(attempt.item, link, Result.DELETED, before=before, now=now)
    link.state, link.agreed_local = LinkState.ACTIVE, attempt.sent.as_json()
    link.unseen = [*link.unseen, entry][-5:]
    result = Result.CREATED if attempt.is_new else Result.UPDATED
    return _told(attempt.item, link, result, before=before, after=link.agreed_local, now=now)


def _refused(attempt: Attempt, error: CronofyError, *, is_newest: bool, now: datetime) -> Outcome | None:
    """Sort a failure by who must act: time, the user, or us. A revision saved meanwhile is not given up with it."""
    link, job = attempt.link, attempt.job
    row = PushJob.objects.filter(pk=job.pk)  # may be gone: the run was cancelled, or the integration deleted
    surely_not_done = not isinstance(error, TryLater) or not error.may_have_happened
    if surely_not_done:
        link.doubt = link.doubt[:-1]
    if isinstance(error, WaitForTurn):
        return None  # nothing happened; the caller says until when the jobs wait
    if isinstance(error, TryLater) or (_concerns_calendar(error) and link.origin == Origin.BMS):
        job.failures += 1
        asked = error.retry_after if isinstance(error, TryLater) else None
        job.due_at = now + retry.delay_after(
            job.failures,
            asked=asked,
            cap=retry.CAP_OF_ITEM,
            random=random.random,
        )
        row.update(failures=job.failures, due_at=job.due_at)
        return None
    reason = (error.details if isinstance(error, OurFault) else "") or "The linked calendar refused it."
    link.state, link.reason = LinkState.PARKED, reason
    if is_newest:
        row.update(gave_up_at=now, reason=reason)
    return _told(attempt.item, link, Result.FAILED, rule="refused", reason=reason, now=now)


def _record(log: runs.Log, told: Sequence[tuple[int | None, Outcome | None]], *, now: datetime) -> None:
    """Log each outcome under the run that asked for it, what nobody asked for under the live run."""
    by_run: dict[int | None, list[Outcome]] = {}
    for run_id, outcome in told:
        if outcome is not None:
            by_run.setdefault(run_id, []).append(outcome)
    known = SyncRun.objects.in_bulk([run_id for run_id in by_run if run_id is not None])
    for run_id, outcomes in by_run.items():
        log.record(outcomes, run=known.get(run_id) if run_id is not None else None, now=now)


def _told(
    item: CalendarItem,
    link: Link,
    result: Result,
    *,
    now: datetime,
    rule: str = "",
    reason: str = "",
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> Outcome:
    return Outcome(
        item=item,
        direction=Direction.SEND,
        result=result,
        rule=rule,
        reason=reason,
        subject=item.subject,
        kind=item.kind,
        event_id=link.event_id or link.event_uid,
        before=before,
        after=after,
        at=now,
    )
