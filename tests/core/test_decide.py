"""The sync policy: as a table with its cells in plain words, then as properties for what the table forgot."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from calendarsync.core import compare
from calendarsync.core.decide import Action, Pair, Policy, Rule, Verdict, decide, remote_edits
from calendarsync.core.events import FIELDS, Appointment, Timed
from tests.core.strategies import EDITABLE, appointments, pairs, policies, with_edits

NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
AGREED = Appointment(
    summary="Visit",
    when=Timed(NINE, NINE + timedelta(hours=1), "Europe/Berlin"),
    description="Bring the blue file and both keys, please",
    location="Room 2",
)
HERE = replace(AGREED, summary="Visit at the Millers'")
THERE = replace(AGREED, location="Room 7")
CLASH = replace(AGREED, summary="Visit, moved to the Smiths")
ALL_ON = Policy(takes_updates=True, takes_deletions=True, is_shared_record=False, ours_wins=True)
U_OFF = replace(ALL_ON, takes_updates=False)
D_OFF = replace(ALL_ON, takes_deletions=False)
SHARED = replace(ALL_ON, is_shared_record=True)
THEIRS = replace(ALL_ON, ours_wins=False)


def pair(local: Appointment | None = AGREED, remote: Appointment | None = AGREED, **more: object) -> Pair:
    """A pair that agreed on AGREED; what differs from it was edited since."""
    fields = {"agreed_local": AGREED, "agreed_remote": AGREED, "local_changed": local != AGREED, **more}
    return Pair(local=local, remote=remote, **fields)  # type: ignore[arg-type]


TABLE = {
    "nobody did anything": (pair(), ALL_ON, Action.ADOPT, Rule.NONE),
    "edited here only": (pair(HERE), ALL_ON, Action.ADOPT, Rule.NONE),
    "edited there only": (pair(remote=THERE), ALL_ON, Action.UPDATE, Rule.NONE),
    "edited there, Update off": (pair(remote=THERE), U_OFF, Action.HOLD, Rule.UPDATES_OFF),
    "edited there, a shared record": (pair(remote=THERE), SHARED, Action.UPDATE, Rule.NONE),
    "other fields edited on both sides": (pair(HERE, THERE), ALL_ON, Action.UPDATE, Rule.MERGED),
    "the same field edited, made here": (pair(HERE, CLASH), ALL_ON, Action.UPDATE, Rule.OURS_WINS),
    "the same field edited, made there": (pair(HERE, CLASH), THEIRS, Action.UPDATE, Rule.THEIRS_WINS),
    "the same edit on both sides": (pair(HERE, HERE), ALL_ON, Action.UPDATE, Rule.MERGED),
    "deleted there": (pair(remote=None), ALL_ON, Action.DELETE, Rule.NONE),
    "deleted there, Delete off": (pair(remote=None), D_OFF, Action.DETACH, Rule.DELETIONS_OFF),
    "deleted there, a shared record": (pair(remote=None), SHARED, Action.DETACH, Rule.SHARED_RECORD),
    "deleted there, edited here": (pair(HERE, None), ALL_ON, Action.RESEND, Rule.EDIT_BEATS_DELETION),
    "deleted there, edited here, Delete off": (pair(HERE, None), D_OFF, Action.RESEND, Rule.EDIT_BEATS_DELETION),
    "deleted here": (pair(None), ALL_ON, Action.KEEP_DELETED, Rule.NONE),
    "deleted here, edited there": (pair(None, THERE), ALL_ON, Action.RESTORE, Rule.EDIT_BEATS_DELETION),
    "deleted here, edited there, Update off": (pair(None, THERE), U_OFF, Action.KEEP_DELETED, Rule.NONE),
    "a shared record deleted here, edited there": (pair(None, THERE), SHARED, Action.KEEP_DELETED, Rule.NONE),
    "deleted on both sides": (pair(None, None), ALL_ON, Action.KEEP_DELETED, Rule.NONE),
    "our write arrived": (pair(HERE, HERE, attempts=(HERE,)), ALL_ON, Action.ADOPT, Rule.NONE),
    "our write arrived, edited again here": (pair(CLASH, HERE, attempts=(HERE,)), ALL_ON, Action.ADOPT, Rule.NONE),
    "our first write arrived unanswered": (
        pair(agreed_local=None, agreed_remote=None, attempts=(AGREED,)), ALL_ON, Action.ADOPT, Rule.NONE,
    ),
    "our first write was edited there before we saw it": (
        pair(AGREED, THERE, agreed_local=None, agreed_remote=None, attempts=(AGREED,), local_changed=True),
        ALL_ON, Action.UPDATE, Rule.NONE,
    ),
    "our first write was edited on both sides before we saw it": (
        pair(HERE, CLASH, agreed_local=None, agreed_remote=None, attempts=(AGREED,)),
        ALL_ON, Action.UPDATE, Rule.OURS_WINS,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("state", "policy", "action", "rule"), TABLE.values(), ids=TABLE.keys())
def test_decide_follows_the_table(state: Pair, policy: Policy, action: Action, rule: Rule) -> None:
    verdict = decide(state, policy)
    assert (verdict.action, verdict.rule) == (action, rule)


def test_a_merge_keeps_both_sides_edits() -> None:
    merged = decide(pair(HERE, THERE), ALL_ON).content
    assert merged == replace(AGREED, summary=HERE.summary, location=THERE.location)


@pytest.mark.parametrize(("policy", "winner"), [(ALL_ON, HERE), (THEIRS, CLASH)], ids=["made here", "made there"])
def test_the_side_it_came_from_wins_a_field_and_the_loser_is_named(policy: Policy, winner: Appointment) -> None:
    verdict = decide(pair(HERE, replace(CLASH, location="Room 7")), policy)
    assert verdict.content == replace(winner, location="Room 7")
    assert verdict.lost == {"summary"}


def test_values_lost_with_a_deletion_are_named() -> None:
    assert decide(pair(None, THERE), U_OFF).lost == {"location"}


def test_an_older_write_of_ours_that_shows_up_late_is_no_edit() -> None:
    assert remote_edits(pair(CLASH, HERE, attempts=(HERE, CLASH))) == frozenset()


def test_a_reminder_is_never_taken_from_there() -> None:
    """No read tells it, so a missing one is not a removed one."""
    verdict = decide(pair(replace(AGREED, reminder=15), replace(THERE, reminder=None)), ALL_ON)
    assert verdict.content is not None
    assert verdict.content.reminder == 15


# --- What holds in every state -------------------------------------------------------------------------------------
@given(pairs, policies)
def test_decide_has_an_answer_to_everything(state: Pair, policy: Policy) -> None:
    verdict = decide(state, policy)
    assert isinstance(verdict, Verdict)
    assert (verdict.content is not None) == (verdict.action in {Action.UPDATE, Action.RESTORE})


@given(pairs, policies)
def test_decide_deletes_only_what_is_gone_there_and_nobody_edited_here(state: Pair, policy: Policy) -> None:
    if decide(state, policy).action is Action.DELETE:
        assert state.remote is None
        assert not state.local_changed
        assert not policy.is_shared_record


@given(pairs, policies)
def test_decide_never_changes_an_item_whose_event_nobody_touched(state: Pair, policy: Policy) -> None:
    assume(state.remote is not None)
    untouched = replace(state, agreed_remote=state.remote)
    assert decide(untouched, policy).action in {Action.ADOPT, Action.KEEP_DELETED}


@given(pairs, policies)
def test_with_update_off_nothing_is_written_into_an_item(state: Pair, policy: Policy) -> None:
    verdict = decide(state, replace(policy, takes_updates=False))
    assert verdict.action not in {Action.UPDATE, Action.RESTORE}


@given(pairs, policies)
def test_with_delete_off_nothing_is_deleted(state: Pair, policy: Policy) -> None:
    assert decide(state, replace(policy, takes_deletions=False)).action is not Action.DELETE


@given(appointments, st.dictionaries(st.sampled_from(EDITABLE), st.booleans()), policies)
def test_edits_of_different_fields_all_survive(agreed: Appointment, sides: dict[str, bool], policy: Policy) -> None:
    ours = frozenset(name for name, is_ours in sides.items() if is_ours)
    theirs = frozenset(sides) - ours
    assume(theirs)
    state = Pair(agreed, agreed, with_edits(agreed, ours), with_edits(agreed, theirs), local_changed=bool(ours))
    verdict = decide(state, replace(policy, takes_updates=True))
    assert verdict.content == with_edits(agreed, ours | theirs)
    assert not verdict.lost


@given(pairs, policies)
def test_every_field_of_the_outcome_is_one_sides_value(state: Pair, policy: Policy) -> None:
    verdict = decide(state, policy)
    if verdict.content is not None:
        sides = [side for side in (state.local, state.remote) if side is not None]
        for name in FIELDS:
            assert getattr(verdict.content, name) in [getattr(side, name) for side in sides]


@given(appointments, appointments, appointments, policies)
def test_no_edit_gives_way_unnamed(
    agreed: Appointment, local: Appointment, remote: Appointment, policy: Policy
) -> None:
    state = Pair(agreed, agreed, local, remote, local_changed=True)
    verdict = decide(state, policy)
    assume(verdict.content is not None)
    gone_here = compare.changed_fields(agreed, local) & compare.changed_fields(local, verdict.content)
    gone_there = remote_edits(state) & compare.changed_fields(remote, verdict.content)
    assert gone_here | gone_there <= verdict.lost


@given(appointments, appointments, appointments, policies)
def test_the_same_read_decided_again_does_nothing(
    agreed: Appointment, local: Appointment, remote: Appointment, policy: Policy
) -> None:
    state = Pair(agreed, agreed, local, remote, local_changed=True)
    verdict = decide(state, replace(policy, takes_updates=True))
    assume(verdict.action is Action.UPDATE)
    settled = replace(state, local=verdict.content, agreed_local=verdict.content, agreed_remote=state.remote)
    assert decide(settled, policy).action is Action.ADOPT


@given(appointments, policies)
def test_an_echo_of_what_we_sent_is_only_adopted(sent: Appointment, policy: Policy) -> None:
    state = Pair(None, None, sent, sent, local_changed=True, attempts=(sent,))
    assert decide(state, policy).action is Action.ADOPT
