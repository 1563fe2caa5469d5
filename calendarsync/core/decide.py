"""The sync policy of one pair: three states in (agreed, local, remote), one verdict out. No I/O.

Only what a *read* of the linked calendar may do to My Calendar is decided here. Sending needs no decision:
always the present state of the item is sent, after a pull (see docs/sync.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from calendarsync.core import compare
from calendarsync.core.events import Appointment


class Action(StrEnum):
    """What to do with the item, in the words of the log."""

    NOTHING = "nothing"
    ADOPT = "adopt"  # the provider's spelling of what we sent: remember it, touch nothing
    UPDATE = "update"
    DELETE = "delete"
    DETACH = "detach"  # the item stays, the pair no longer travels until it is edited here
    HOLD = "hold"  # a filter is off: nothing is taken and nothing is agreed, so that switching it on applies it
    RESEND = "resend"  # deleted there, edited here: an edit beats a deletion
    RESTORE = "restore"  # deleted here, edited there: an edit beats a deletion
    KEEP_DELETED = "keep_deleted"


class Rule(StrEnum):
    """Why: the sentence belonging to each is in `calendarsync/wording.py`."""

    NONE = ""
    UPDATES_OFF = "updates_off"
    DELETIONS_OFF = "deletions_off"
    SHARED_RECORD = "shared_record"
    EDIT_BEATS_DELETION = "edit_beats_deletion"
    OURS_WINS = "ours_wins"
    THEIRS_WINS = "theirs_wins"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Policy:
    """What the user ticked, and what kind of item this is."""

    takes_updates: bool
    takes_deletions: bool
    is_shared_record: bool
    """A service call, CRM activity or task: never deleted because a copy in a calendar was."""
    ours_wins: bool
    """Who wins a field that both sides edited: the side that the item came from."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One item and one event, now and when they last agreed. None: not there (deleted, or no longer to be sent)."""

    agreed_local: Appointment | None
    agreed_remote: Appointment | None
    local: Appointment | None
    remote: Appointment | None
    local_changed: bool
    attempts: tuple[Appointment, ...] = ()
    """What we sent without having seen it arrive, oldest first: an unanswered or a not yet echoed write."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The action; for UPDATE and RESTORE also the item's new content, and what was overwritten by it."""

    action: Action
    rule: Rule = Rule.NONE
    content: Appointment | None = None
    lost: frozenset[str] = frozenset()
    """Fields in which one side's edit gave way; the losing value is in the log."""


def remote_edits(pair: Pair) -> frozenset[str]:
    """Return the fields that somebody edited in the linked calendar: changed, and not an echo of what we sent."""
    if pair.remote is None:
        return frozenset()
    if pair.agreed_remote is not None:
        changed = compare.changed_fields(pair.agreed_remote, pair.remote)
    else:
        changed = compare.VISIBLE  # never seen before: all of it is news, but for what we sent ourselves
    for sent in pair.attempts:
        changed = compare.unexplained(sent=sent, got=pair.remote, names=changed)
    return changed


def decide(pair: Pair, policy: Policy) -> Verdict:
    """Return what a read of the pair's event means for the item.

    An edit beats a deletion: a sync may bring back unwanted work, but never destroys wanted work.
    """
    if pair.remote is None:
        return _gone_there(pair, policy)
    edits = remote_edits(pair)
    if pair.local is None:
        return _gone_here(pair, policy, edits)
    if not edits:
        return Verdict(Action.ADOPT)
    if not policy.takes_updates:
        return Verdict(Action.HOLD, Rule.UPDATES_OFF)
    return _merge(pair, policy, edits)


def _gone_there(pair: Pair, policy: Policy) -> Verdict:
    if pair.local is None:
        return Verdict(Action.KEEP_DELETED)
    if pair.local_changed:
        return Verdict(Action.RESEND, Rule.EDIT_BEATS_DELETION)
    if policy.is_shared_record:
        return Verdict(Action.DETACH, Rule.SHARED_RECORD)
    if not policy.takes_deletions:
        return Verdict(Action.DETACH, Rule.DELETIONS_OFF)
    return Verdict(Action.DELETE)


def _gone_here(pair: Pair, policy: Policy, edits: frozenset[str]) -> Verdict:
    may_come_back = policy.takes_updates and not policy.is_shared_record
    if not edits or not may_come_back:
        return Verdict(Action.KEEP_DELETED, lost=edits)
    return Verdict(Action.RESTORE, Rule.EDIT_BEATS_DELETION, content=pair.remote)


def _merge(pair: Pair, policy: Policy, edits: frozenset[str]) -> Verdict:
    """Take over the fields edited there; where both sides edited the same field, the policy says who wins."""
    assert pair.local is not None  # noqa: S101 - for the type checker: decide() sends only living pairs here
    assert pair.remote is not None  # noqa: S101 - likewise
    own = _own_edits(pair)
    both = frozenset(
        name
        for name in edits & own
        if compare.canonical(getattr(pair.local, name)) != compare.canonical(getattr(pair.remote, name))
    )
    taken = edits - both if policy.ours_wins else edits
    rule = Rule.NONE if not own else Rule.MERGED
    if both:
        rule = Rule.OURS_WINS if policy.ours_wins else Rule.THEIRS_WINS
    return Verdict(Action.UPDATE, rule, content=pair.local.taking(pair.remote, taken), lost=both)


def _own_edits(pair: Pair) -> frozenset[str]:
    """Return the fields edited here and not agreed on yet, counted from the oldest write of which nothing is known."""
    if pair.local is None or not pair.local_changed:
        return frozenset()
    base = pair.agreed_local or next(iter(pair.attempts), None)
    return compare.VISIBLE if base is None else compare.changed_fields(base, pair.local)
