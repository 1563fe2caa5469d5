"""Reading what changed in a linked calendar and taking it over, as far as the user ticked it.

The core decides (`core/decide.py`); this module reads, loads, writes. Each page is applied in transactions that also
hold the log's lines; the cursor moves only after the last page, so whatever goes wrong is read again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Min

from calendarsync.core.events import RemoteEvent
from calendarsync.core.windows import Days
from calendarsync.cronofy.client import Client
from calendarsync.models import Assignment, CalendarItem, Integration, Kind, Link, Outcome, SyncRun
from calendarsync.models.integrations import PrivateEvents
from calendarsync.models.links import Origin
from calendarsync.models.sync_runs import Direction, Result
from calendarsync.services import content, leases, pairs, runs

logger = logging.getLogger(__name__)

OVERLAP = timedelta(minutes=5)
"""At least the longest time that a change takes to show up in reads. What is read twice has no effect."""
CHUNK = 100


@dataclass(slots=True)
class Pull:
    """One read of a linked calendar: of what changed, or (`run`) of everything within its days."""

    lease: leases.Lease
    client: Client
    log: runs.Log
    clock: Callable[[], datetime]
    run: SyncRun | None = None
    newest: datetime | None = field(default=None)
    """The highest `updated` seen; the next cursor, by the provider's clock."""


def pull(work: Pull) -> None:
    """Read and apply everything that changed. Raises CronofyError or LeaseLost, with nothing skipped by either."""
    integration = Integration.objects.select_related("user", "grant").get(pk=work.lease.integration_id)
    heard, since = integration.dirty_seq, _read_from(integration, full=work.run is not None)
    first_answer: datetime | None = None
    for read in work.client.events(integration.calendar_id, since=since):
        now = work.clock()
        first_answer = first_answer or read.at or now
        work.lease.renew(now=now)
        for fault in read.page.unreadable:
            logger.warning("Integration %s: passed over %s.", integration.pk, fault)
        for chunk in _chunks(_dated(read.page.events, read.at or now)):
            _apply_all(work, chunk, clock_offset=(read.at or now) - now)
    _settle(work, heard=heard, first_answer=first_answer)


def _read_from(integration: Integration, *, full: bool) -> datetime | None:
    """Return from when on changes are to be read, by the provider's clock; None for everything."""
    if full:
        return None
    open_writes = integration.links.awaited().aggregate(first=Min("acked_at"))["first"]
    doubts = [datetime.fromisoformat(entry["at"]) for link in integration.links.in_doubt() for entry in link.doubt]
    start = integration.cursor or integration.takes_from or integration.created_at
    earliest: datetime = min(filter(None, [start, integration.changes_since, open_writes, *doubts]))
    return earliest - OVERLAP


def _settle(work: Pull, *, heard: int, first_answer: datetime | None) -> None:
    """Move the cursor, now that every page was applied, and note up to which notice this read answers."""
    with work.lease.settling() as integration:
        reached = [moment for moment in (integration.cursor, work.newest) if moment is not None]
        # An empty read moves nothing, but for the very first: it tells where the provider's clock stands.
        integration.cursor = max(reached) if reached else first_answer
        integration.clean_seq = max(integration.clean_seq, heard)
        if integration.dirty_seq == heard:
            integration.changes_since = None
        now = work.clock()
        integration.last_checked_at = now
        _stop_waiting_for_echoes(integration, first_answer)
        integration.read_after = _next_read(integration, first_answer=first_answer, now=now)
        integration.save(update_fields=["cursor", "clean_seq", "changes_since", "last_checked_at", "read_after"])


def _stop_waiting_for_echoes(integration: Integration, read_at: datetime | None) -> None:
    """Nothing waits for ever. The writes stay listed, since their late appearance must not look like an edit."""
    if read_at is not None:
        waited = integration.links.awaited()
        waited.filter(acked_at__lt=read_at - pairs.MAX_LAG).update(acked_at=None)


def _next_read(integration: Integration, *, first_answer: datetime | None, now: datetime) -> datetime:
    """Return when to read again without being told: soon while an echo is awaited, else once in a while."""
    oldest: datetime | None = integration.links.awaited().aggregate(first=Min("acked_at"))["first"]
    if oldest is None or first_answer is None:
        return now + settings.RECONCILE_EVERY
    # Twice as long each time: 2, 4, 8 ... seconds after the write was accepted.
    return now + max(timedelta(seconds=2), first_answer - oldest)


def _dated(events: Sequence[RemoteEvent], at: datetime) -> Sequence[RemoteEvent]:
    """Return the events with no stamp later than the provider's own clock: one would hide every change after it."""
    return [
        replace(event, updated=at) if event.updated is not None and event.updated > at else event for event in events
    ]


def _chunks(events: Sequence[RemoteEvent]) -> Iterable[Sequence[RemoteEvent]]:
    return (events[start : start + CHUNK] for start in range(0, len(events), CHUNK))


def _apply_all(work: Pull, events: Sequence[RemoteEvent], *, clock_offset: timedelta) -> None:
    """Apply events in one transaction; if that fails, one by one, so that one bad event stops only itself."""
    try:
        _apply_chunk(work, events, clock_offset=clock_offset)
    except (DatabaseError, ValueError, ArithmeticError):
        logger.exception("Integration %s: applying one by one.", work.lease.integration_id)
        for event in events:
            try:
                _apply_chunk(work, [event], clock_offset=clock_offset)
            except (DatabaseError, ValueError, ArithmeticError) as error:
                _note_poison(work, event, error)
    work.newest = max(filter(None, [work.newest, *(event.updated for event in events)]), default=None)


def _apply_chunk(work: Pull, events: Sequence[RemoteEvent], *, clock_offset: timedelta) -> None:
    now = work.clock()
    with work.lease.settling() as integration:
        links = _links_of(integration, events)
        # After the integration: a save on a page waits for this transaction, or this for it.
        items = content.hold({link.item_id for link in links.values()})
        outcomes = []
        for event in events:
            link = links.get(event.event_id or "") or links.get(event.uid or "")
            if link is not None:
                outcome = pairs.take_over(
                    link=link, item=items[link.item_id], event=event, integration=integration, now=now
                )
            else:
                outcome = _meet(integration, event, run=work.run, clock_offset=clock_offset, now=now)
            if outcome is not None:
                outcomes.append(outcome)
        work.log.record(outcomes, run=work.run, now=now)


def _links_of(integration: Integration, events: Sequence[RemoteEvent]) -> dict[str, Link]:
    """Return the links of the events, by our id and by Cronofy's. Only the present identity speaks for a pair."""
    ids = [event.event_id for event in events if event.event_id]
    uids = [event.uid for event in events if event.uid and not event.event_id]
    ours = integration.links.filter(event_id__in=ids)
    theirs = integration.links.filter(origin=Origin.LINKED, event_uid__in=uids)
    return {link.event_id: link for link in ours} | {link.event_uid: link for link in theirs.order_by("-state", "pk")}


# --- Events that we have not met before ---------------------------------------------------------------------------
def _meet(
    integration: Integration, event: RemoteEvent, *, run: SyncRun | None, clock_offset: timedelta, now: datetime
) -> Outcome | None:
    """Take in an event that has no link, or say why not. None: nothing worth telling."""
    if event.event_id is not None or event.uid is None or event.appointment is None:
        # Written by us, yet unknown: an older generation, or another calendar's. Never taken for an event of theirs.
        return None
    rule = _reason_to_skip(integration, event, run=run, clock_offset=clock_offset)
    if rule is None:
        return _import(integration, event, now=now)
    if rule in _UNTOLD or _was_told(integration, event.uid, rule, run=run):
        return None
    subject = "Private event" if event.appointment.is_private else event.appointment.summary
    return Outcome(
        direction=Direction.RETRIEVE, result=Result.SKIPPED, rule=rule, subject=subject, event_id=event.uid, at=now
    )


_UNTOLD = frozenset({"before_connection", "outside_days"})
"""Rules by which a whole calendar's past is passed over; a line for each event would bury the others."""


def _was_told(integration: Integration, uid: str, rule: str, *, run: SyncRun | None) -> bool:
    """Does the log say so already? The same event is read again and again, within the overlap and when it changes."""
    told = Outcome.objects.filter(event_id=uid, rule=rule, run__integration=integration)
    return told.filter(run=run).exists() if run is not None else told.exists()


def _reason_to_skip(
    integration: Integration, event: RemoteEvent, *, run: SyncRun | None, clock_offset: timedelta
) -> str | None:
    """Return the rule by which an unknown event is left out, or None if it is to come in."""
    assert event.appointment is not None  # noqa: S101 - seen to by _meet
    if run is not None:
        if run.retrieve_first is None or run.retrieve_last is None:
            return "outside_days"
        days = Days(first=run.retrieve_first, last=run.retrieve_last)
        if not days.has(event.appointment.when, integration.user.zone):
            return "outside_days"
    elif _is_older_than_connection(integration, event, clock_offset=clock_offset):
        return "before_connection"
    # A sync that somebody asked for takes in what exists; the ticks are for what happens from then on.
    if run is None and not integration.takes_created:
        return "creations_off"
    if event.appointment.is_private and integration.private_events == PrivateEvents.SKIP:
        return "private_skipped"
    return None


def _is_older_than_connection(integration: Integration, event: RemoteEvent, *, clock_offset: timedelta) -> bool:
    """Was the event there before the wizard was finished? Such come in only when retrieved."""
    if integration.takes_from is None or event.updated is None:
        return False
    # The provider's stamps have whole seconds.
    return event.updated < (integration.takes_from + clock_offset).replace(microsecond=0)


def _import(integration: Integration, event: RemoteEvent, *, now: datetime) -> Outcome:
    """Make the item and its link together, so that a crash leaves neither or both."""
    assert event.appointment is not None  # noqa: S101 - seen to by _meet
    assert event.uid is not None  # noqa: S101 - likewise
    shown = content.masked(event.appointment, integration)
    with transaction.atomic():
        item = CalendarItem(kind=Kind.APPOINTMENT, owner=integration.user, time_zone=integration.user.time_zone)
        content.write(item, shown)
        item.save()
        Assignment.objects.create(item=item, user=integration.user)
        link = Link.objects.create(
            integration=integration,
            item=item,
            origin=Origin.LINKED,
            event_uid=event.uid,
            agreed_local=content.appointment_of(item).as_json(),
            agreed_remote=event.appointment.as_json(),
            pushed_rev=item.rev,
            seen_at=event.updated,
            may_update=pairs.may_update(integration, event),
            may_delete=pairs.may_delete(integration, event),
            last_synced_at=now,
        )
        pairs.tell_others(item, integration, now=now)
    return pairs.told(pairs.Meeting(link, item, integration, event, now), Result.CREATED, after=shown)


def _note_poison(work: Pull, event: RemoteEvent, error: Exception) -> None:
    """Write down that an event could not be taken over, so that its person can read of it."""
    now = work.clock()
    with work.lease.settling():
        failed = Outcome(
            direction=Direction.RETRIEVE,
            result=Result.FAILED,
            rule="unreadable_event",
            reason=type(error).__name__,
            subject=(event.appointment.summary if event.appointment else "")[:1024],
            event_id=event.event_id or event.uid or "",
            at=now,
        )
        work.log.record([failed], run=work.run, now=now)
