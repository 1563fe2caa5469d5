"""One known pair meets a read of its event: the verdict of the core, written into item, link and log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from calendarsync.core import compare, event_ids
from calendarsync.core.decide import Action, Pair, Policy, Rule, Verdict, decide
from calendarsync.core.events import Appointment, RemoteEvent, appointment_from_json
from calendarsync.models import CalendarItem, Integration, Link, Outcome, PushJob
from calendarsync.models.integrations import PrivateEvents
from calendarsync.models.links import CHANGING_FIELDS, LinkState, Origin
from calendarsync.models.sync_runs import Direction, Result
from calendarsync.services import content, outbox

MAX_LAG = timedelta(minutes=5)
"""How long, by the provider's clock, an accepted write may stay invisible before we stop waiting for it."""

LATE_WRITE = timedelta(minutes=15)
"""A deleted event of ours that reappears unchanged within this time is a delayed write, not a person's wish."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """A pair, with the read of its event, at one moment. Item and integration are locked."""

    link: Link
    item: CalendarItem
    integration: Integration
    event: RemoteEvent
    now: datetime

    @property
    def remote(self) -> Appointment:
        """The event's content; only asked for where the event is alive."""
        assert self.event.appointment is not None  # noqa: S101 - held by RemoteEvent for what is not deleted
        return self.event.appointment


def take_over(
    *, link: Link, item: CalendarItem, event: RemoteEvent, integration: Integration, now: datetime
) -> Outcome | None:
    """Apply one read of a pair's event. None: nothing worth telling.

    Call inside the lease's transaction, with the link read in it and the item held (`content.hold`).
    """
    if _is_stale(link, event) or _predates_our_write(link, event):
        return None
    known = link.facts()
    meeting = Meeting(link, item, integration, event, now)
    verdict = _revived(meeting) if link.state == LinkState.TOMB else decide(_pair(meeting), _policy(meeting))
    _learn(meeting)
    told = _APPLY[verdict.action](meeting, verdict)
    if link.facts() != known:  # most of what is read has been read before
        link.save(update_fields=CHANGING_FIELDS)
    return told


def new_generation(link: Link, integration: Integration) -> None:
    """Give the pair a new event: the old one is gone, and its id may not come back. Does not save."""
    link.generation += 1
    link.origin = Origin.BMS
    link.event_id = event_id(link.item, integration, generation=link.generation)
    link.event_uid = ""
    link.agreed_local = link.agreed_remote = link.seen_at = link.acked_at = None
    link.doubt, link.unseen, link.pushed_rev = [], [], 0
    link.state, link.reason = LinkState.ACTIVE, ""
    link.may_update = link.may_delete = True


def event_id(item: CalendarItem, integration: Integration, *, generation: int) -> str:
    """Return the id under which the item stands in the linked calendar: the same whenever it is asked for."""
    return str(event_ids.EventId(settings.INSTALLATION, integration.user_id, item.uuid, generation))


def may_update(integration: Integration, event: RemoteEvent) -> bool:
    """Whether the provider lets us change an event of theirs, and we know all of it."""
    masked = (
        event.appointment is not None
        and event.appointment.is_private
        and integration.private_events == PrivateEvents.BUSY
    )
    writable = integration.is_unrestricted and not integration.is_readonly
    return writable and event.may_update and not event.is_recurring and not masked


def may_delete(integration: Integration, event: RemoteEvent) -> bool:
    """Whether the provider lets us delete an event of theirs."""
    return integration.is_unrestricted and not integration.is_readonly and event.may_delete


def tell_others(item: CalendarItem, integration: Integration, *, now: datetime) -> None:
    """Owe the change to every other linked calendar that the item concerns."""
    outbox.owe(item=item, now=now, but=integration)


def told(
    meeting: Meeting,
    result: Result,
    *,
    rule: Rule = Rule.NONE,
    before: Appointment | None = None,
    after: Appointment | None = None,
    lost: Appointment | None = None,
) -> Outcome:
    """Return the log's line on one item that came in, or did not. Not saved."""
    return Outcome(
        item=meeting.item,
        direction=Direction.RETRIEVE,
        result=result,
        rule=rule,
        subject=meeting.item.subject,
        kind=meeting.item.kind,
        event_id=meeting.event.event_id or meeting.event.uid or "",
        before=before.as_json() if before else None,
        after=after.as_json() if after else None,
        lost=lost.as_json() if lost else None,
        at=meeting.now,
    )


# --- What the read means ------------------------------------------------------------------------------------------
def _is_stale(link: Link, event: RemoteEvent) -> bool:
    """Is the read older than what we know already?"""
    if link.state == LinkState.TOMB and event.is_deleted:
        return True
    if link.seen_at is None or event.updated is None:
        return False
    if link.state == LinkState.TOMB:
        return event.updated <= link.seen_at
    return event.updated < link.seen_at


def _predates_our_write(link: Link, event: RemoteEvent) -> bool:
    """Is this what stood there before a write of ours that was accepted but is not visible yet?"""
    agreed = link.agreed[1]
    if not link.unseen or link.acked_at is None or event.updated is None or event.appointment is None:
        return False
    if event.updated > link.acked_at or agreed is None:
        return False
    return not compare.changed_fields(agreed, event.appointment) and bool(
        compare.unexplained(sent=link.attempts[-1], got=event.appointment, names=compare.VISIBLE)
    )


def _pair(meeting: Meeting) -> Pair:
    link, item = meeting.link, meeting.item
    agreed_local, agreed_remote = link.agreed
    is_assigned = any(person.user_id == meeting.integration.user_id for person in item.assignments.all())
    lives = item.deleted_at is None and is_assigned
    return Pair(
        agreed_local=agreed_local,
        agreed_remote=agreed_remote,
        local=content.appointment_of(item) if lives else None,
        remote=meeting.event.appointment,
        local_changed=item.rev > link.pushed_rev,
        attempts=link.attempts,
    )


def _policy(meeting: Meeting) -> Policy:
    return Policy(
        takes_updates=meeting.integration.takes_updated,
        takes_deletions=meeting.integration.takes_deleted,
        is_shared_record=meeting.item.is_shared_record,
        ours_wins=meeting.link.origin == Origin.BMS,
    )


def _revived(meeting: Meeting) -> Verdict:
    """Return what it means that an event which both sides had given up is there again."""
    link = meeting.link
    agreed = link.agreed[0]
    is_unchanged = agreed is not None and not compare.unexplained(
        sent=agreed, got=meeting.remote, names=compare.VISIBLE
    )
    is_recent = link.last_synced_at is not None and meeting.now - link.last_synced_at < LATE_WRITE
    if link.origin == Origin.BMS and is_unchanged and is_recent:
        return Verdict(Action.KEEP_DELETED)
    if meeting.item.is_shared_record or not meeting.integration.takes_created:
        return Verdict(Action.NOTHING)
    return Verdict(Action.RESTORE, Rule.EDIT_BEATS_DELETION, content=meeting.remote)


def _learn(meeting: Meeting) -> None:
    """Keep what every read tells, whatever is decided: identity, freshness, permissions, writes that arrived."""
    link, event, integration = meeting.link, meeting.event, meeting.integration
    link.event_uid = link.event_uid or event.uid or ""
    link.seen_at = max(filter(None, [link.seen_at, event.updated]), default=None)
    if link.origin == Origin.LINKED and not event.is_deleted:
        link.may_update, link.may_delete = may_update(integration, event), may_delete(integration, event)
    if event.appointment is not None:
        _note_arrivals(link, event.appointment)


def _note_arrivals(link: Link, remote: Appointment) -> None:
    """Strike out the writes that the read shows to have arrived, and with each those before it.

    One of unknown fate becomes the agreement then, with its revision.
    """
    arrived = _newest_arrived(link.doubt, remote)
    if arrived is not None:
        entry = link.doubt[arrived]
        link.agreed_local = entry["content"]
        link.pushed_rev = max(link.pushed_rev, entry["rev"])
        link.doubt, link.unseen = link.doubt[arrived + 1 :], []
        return
    arrived = _newest_arrived(link.unseen, remote)
    if arrived is not None:
        link.unseen = link.unseen[arrived + 1 :]


def _newest_arrived(entries: list[dict[str, Any]], remote: Appointment) -> int | None:
    for index in range(len(entries) - 1, -1, -1):
        sent = entries[index].get("content")
        if sent and not compare.unexplained(sent=appointment_from_json(sent), got=remote, names=compare.VISIBLE):
            return index
    return None


# --- One function for each action ---------------------------------------------------------------------------------
def _nothing(_meeting: Meeting, _verdict: Verdict) -> None:
    return None


def _adopt(meeting: Meeting, _verdict: Verdict) -> None:
    """Remember how the provider spells what we sent."""
    link = meeting.link
    link.agreed_remote = meeting.remote.as_json()
    if link.state == LinkState.HELD:
        link.state, link.reason = LinkState.ACTIVE, ""


def _update(meeting: Meeting, verdict: Verdict) -> Outcome:
    """Write what was edited there into the item; what is unsent here stays owed."""
    assert verdict.content is not None  # noqa: S101 - an update has content
    link, item = meeting.link, meeting.item
    before, was_behind = content.appointment_of(item), item.rev > link.pushed_rev
    incoming = _shown(meeting, verdict.content)
    taken = compare.changed_fields(before, incoming)
    if taken:
        content.write(item, incoming)
        item.rev += 1
        item.save()
        tell_others(item, meeting.integration, now=meeting.now)
    link.agreed_local = (link.agreed[0] or before).taking(incoming, taken).as_json()
    link.agreed_remote = meeting.remote.as_json()
    link.state, link.reason, link.last_synced_at = LinkState.ACTIVE, "", meeting.now
    if not was_behind:
        link.pushed_rev = item.rev
    result = Result.CONFLICT if verdict.lost else Result.UPDATED if taken else Result.UNCHANGED
    lost = None if not verdict.lost else meeting.remote if verdict.rule is Rule.OURS_WINS else before
    return told(meeting, result, rule=verdict.rule, before=before, after=incoming, lost=lost)


def _shown(meeting: Meeting, incoming: Appointment) -> Appointment:
    """Return what of an update may be shown; one that is private no longer is shown whole."""
    agreed = meeting.link.agreed[1]
    was_masked = agreed is not None and _masked(meeting, agreed) is not agreed
    return _masked(meeting, meeting.remote if was_masked else incoming)


def _masked(meeting: Meeting, incoming: Appointment) -> Appointment:
    """Return what of theirs may be shown; what was written here hides nothing from its writer."""
    return incoming if meeting.link.origin == Origin.BMS else content.masked(incoming, meeting.integration)


def _delete(meeting: Meeting, verdict: Verdict) -> Outcome:
    item = meeting.item
    before = content.appointment_of(item)
    item.deleted_at, item.rev = meeting.now, item.rev + 1
    item.save(update_fields=["deleted_at", "rev", "updated_at"])
    _bury(meeting)
    tell_others(item, meeting.integration, now=meeting.now)
    return told(meeting, Result.DELETED, rule=verdict.rule, before=before)


def _detach(meeting: Meeting, verdict: Verdict) -> Outcome | None:
    link = meeting.link
    if link.state == LinkState.DETACHED:
        return None
    link.state, link.reason = LinkState.DETACHED, verdict.rule
    link.doubt, link.unseen, link.pushed_rev = [], [], meeting.item.rev
    _owe_no_more(meeting)
    return told(meeting, Result.SKIPPED, rule=verdict.rule)


def _hold(meeting: Meeting, verdict: Verdict) -> Outcome | None:
    """Agree on nothing, so that switching the filter on applies it; say so once."""
    link = meeting.link
    if link.state == LinkState.HELD:
        return None
    link.state, link.reason = LinkState.HELD, verdict.rule
    return told(meeting, Result.SKIPPED, rule=verdict.rule, after=meeting.remote)


def _resend(meeting: Meeting, verdict: Verdict) -> Outcome:
    new_generation(meeting.link, meeting.integration)
    outbox.owe_many(integration=meeting.integration, item_ids=[meeting.item.pk], now=meeting.now, run=None)
    return told(meeting, Result.CONFLICT, rule=verdict.rule, after=content.appointment_of(meeting.item))


def _restore(meeting: Meeting, verdict: Verdict) -> Outcome | None:
    """Bring back what was deleted here while somebody worked on it there."""
    link, item = meeting.link, meeting.item
    if item.deleted_at is None:
        return None  # not deleted but assigned to somebody else: that stands
    assert verdict.content is not None  # noqa: S101 - a restoration has content
    here = content.appointment_of(item)
    # Where theirs is only ours as the provider spells it, ours stays: a shortened text must not come back as the text.
    theirs = compare.unexplained(sent=here, got=verdict.content, names=compare.VISIBLE)
    content.write(item, _masked(meeting, here.taking(verdict.content, theirs)))
    item.deleted_at, item.rev = None, item.rev + 1
    item.save()
    link.agreed_local = content.appointment_of(item).as_json()
    link.agreed_remote = verdict.content.as_json()
    link.state, link.reason, link.pushed_rev, link.last_synced_at = LinkState.ACTIVE, "", item.rev, meeting.now
    link.doubt, link.unseen = [], []
    _owe_no_more(meeting)
    tell_others(item, meeting.integration, now=meeting.now)
    return told(meeting, Result.CONFLICT, rule=verdict.rule, after=verdict.content)


def _keep_deleted(meeting: Meeting, _verdict: Verdict) -> None:
    """Gone on both sides: the pair is closed. Still there: the deletion that is owed will take it away."""
    if meeting.event.is_deleted:
        _bury(meeting)
        _owe_no_more(meeting)
        return
    if meeting.link.state == LinkState.TOMB:
        meeting.link.state = LinkState.ACTIVE
        outbox.owe_many(integration=meeting.integration, item_ids=[meeting.item.pk], now=meeting.now, run=None)


def _bury(meeting: Meeting) -> None:
    link = meeting.link
    link.state, link.reason = LinkState.TOMB, ""
    link.pushed_rev, link.last_synced_at = meeting.item.rev, meeting.now
    link.doubt, link.unseen = [], []


def _owe_no_more(meeting: Meeting) -> None:
    PushJob.objects.filter(integration=meeting.integration, item=meeting.item).delete()


_APPLY = {
    Action.NOTHING: _nothing,
    Action.ADOPT: _adopt,
    Action.UPDATE: _update,
    Action.DELETE: _delete,
    Action.DETACH: _detach,
    Action.HOLD: _hold,
    Action.RESEND: _resend,
    Action.RESTORE: _restore,
    Action.KEEP_DELETED: _keep_deleted,
}
