"""The life of an integration: the wizard's answers, Finish, the Active switch, Delete."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from calendarsync.core import wizard
from calendarsync.core.windows import Reach
from calendarsync.core.wizard import Step
from calendarsync.models import Integration, Kind, Link, PushJob, RemoteCalendar, SyncRun, User
from calendarsync.models.integrations import PrivateEvents, Problem
from calendarsync.models.links import LinkState, Origin
from calendarsync.models.sync_runs import Direction, Trigger
from calendarsync.services import connecting, nudges, outbox, runs, tokens

KEPT_AFTER_DELETION = timedelta(days=30)
"""How long the pairs of a deleted integration wait to be taken over by a new one of the same calendar."""

Answers = dict[str, dict[str, Any]]
"""By step: what the form of that step gave, in JSON's types."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Everything that the wizard asks, as one value. The names are those of Integration."""

    calendar_id: str = ""
    takes_created: bool = True
    takes_updated: bool = True
    takes_deleted: bool = True
    private_events: str = PrivateEvents.BUSY
    sends: list[str] = field(default_factory=lambda: list(Kind.values))
    retrieve: bool = False
    retrieve_past: str = Reach.TODAY
    retrieve_future: str = Reach.TODAY
    send: bool = False
    send_past: str = Reach.TODAY
    send_future: str = Reach.TODAY


FIELDS_OF: dict[Step, tuple[str, ...]] = {
    Step.LINKED_CALENDAR: ("calendar_id", "takes_created", "takes_updated", "takes_deleted", "private_events"),
    Step.YOUR_CALENDAR: ("sends",),
    Step.SYNC_OPTIONS: ("retrieve", "retrieve_past", "retrieve_future", "send", "send_past", "send_future"),
}


# --- The wizard's answers -------------------------------------------------------------------------------------------
def choices(integration: Integration) -> Choices:
    """Return what is in force, overlaid with the draft."""
    in_force = {} if integration.finished_at is None else {name: getattr(integration, name) for name in _ALL_FIELDS}
    drafted = {
        name: answers[name]
        for step, answers in integration.draft.items()
        for name in FIELDS_OF.get(step, ())
        if name in answers
    }
    return Choices(**{**in_force, **drafted})


_ALL_FIELDS = tuple(name for names in FIELDS_OF.values() for name in names)


def answered(integration: Integration) -> frozenset[str]:
    """Return the steps that have an answer: all of them once the integration was finished."""
    if integration.finished_at is not None:
        return frozenset(wizard.ANSWERED)
    return frozenset(step for step in wizard.ANSWERED if step in integration.draft)


def has_changes(integration: Integration) -> bool:
    """Does a finished integration have answers that are not in force yet?"""
    return integration.finished_at is not None and any(
        getattr(integration, name) != value for name, value in asdict(choices(integration)).items()
    )


@transaction.atomic
def save_step(*, integration_id: int, step: Step, answers: dict[str, Any]) -> None:
    """Keep the answers of one step until Finish."""
    integration = Integration.objects.select_for_update().get(pk=integration_id)
    kept = {name: answers[name] for name in FIELDS_OF[step]}
    integration.draft = {**integration.draft, step.value: kept}
    integration.save(update_fields=["draft"])


def discard_changes(*, integration: Integration) -> None:
    """Forget the answers that are not in force yet. An unfinished integration keeps its draft: it has nothing else."""
    Integration.objects.filter(pk=integration.pk).exclude(finished_at=None).update(draft={})


def may_change_calendar(integration: Integration) -> bool:
    """May another calendar be chosen? Not while pairs stand in the present one, unless that one is gone."""
    if integration.finished_at is None or integration.problem == Problem.CALENDAR_GONE:
        return True
    return not integration.links.exists()


_FILTERS = ("takes_created", "takes_updated", "takes_deleted")


# --- Finish ---------------------------------------------------------------------------------------------------------
@transaction.atomic
def finish(*, integration_id: int, user: User, now: datetime) -> SyncRun | None:
    """Put the answers in force and start the sync that they ask for; return its run, if any.

    Raises ValidationError with a sentence for the user, having changed nothing.
    """
    # The person first: two Finishes of one person must not both find the same calendar free.
    User.objects.select_for_update().get(pk=user.pk)
    integration = Integration.objects.select_for_update().get(pk=integration_id)
    wanted = choices(integration)
    calendar = _calendar(integration, wanted)
    is_first = integration.finished_at is None
    if integration.calendar_id != calendar.calendar_id:
        _begin_with_calendar(integration, calendar, now=now)
    _put_in_force(integration, wanted, calendar, now=now)
    return _start(integration, user=user, trigger=Trigger.FIRST if is_first else Trigger.MANUAL, now=now)


def _calendar(integration: Integration, wanted: Choices) -> RemoteCalendar:
    if not wizard.is_complete(answered(integration)):
        raise ValidationError("Some steps have no answers yet.")
    calendar = RemoteCalendar.objects.filter(
        grant=integration.grant_id, calendar_id=wanted.calendar_id, is_deleted=False
    ).first()
    if calendar is None:
        raise ValidationError("The chosen calendar is no longer there. Choose another one under Linked Calendar.")
    others = Integration.objects.filter(user=integration.user_id, calendar_id=calendar.calendar_id, deleted_at=None)
    if others.exclude(finished_at=None).exclude(pk=integration.pk).exists():
        raise ValidationError("This calendar is connected already. Change it through its own Settings.")
    if integration.calendar_id not in ("", calendar.calendar_id) and not may_change_calendar(integration):
        raise ValidationError("Items are already paired with the present calendar, so it can no longer be changed.")
    return calendar


def _begin_with_calendar(integration: Integration, calendar: RemoteCalendar, *, now: datetime) -> None:
    """Start with a calendar from nothing, or from the pairs of a deleted integration of the same one."""
    # Pairs with a calendar that is gone say nothing about the new one.
    integration.links.all().delete()
    integration.push_jobs.all().delete()
    integration.calendar_id = calendar.calendar_id
    integration.takes_from, integration.cursor, integration.changes_since = now, None, None
    earlier = (
        Integration.objects.filter(user=integration.user_id, calendar_id=calendar.calendar_id)
        .filter(deleted_at__gte=now - KEPT_AFTER_DELETION)
        .order_by("-deleted_at")
        .first()
    )
    if earlier is not None:
        integration.cursor = earlier.cursor
        Link.objects.filter(integration=earlier).update(integration=integration)
        behind = Link.objects.behind().filter(integration=integration)
        item_ids = list(behind.values_list("item_id", flat=True))
        outbox.owe_many(integration=integration, item_ids=item_ids, now=now, run=None)


def _put_in_force(integration: Integration, wanted: Choices, calendar: RemoteCalendar, *, now: datetime) -> None:
    if any(getattr(wanted, name) and not getattr(integration, name) for name in _FILTERS):
        # What was left out until now is to be taken in: read again all that happened since the connection.
        integration.cursor = None
    for name, value in asdict(wanted).items():
        setattr(integration, name, value)
    integration.calendar_name, integration.is_readonly = calendar.name, calendar.is_readonly
    integration.is_unrestricted = calendar.is_unrestricted
    if calendar.is_readonly:
        integration.sends, integration.send = [], False
    integration.finished_at = integration.finished_at or now
    integration.mark_problem(Problem.NONE, now=now)
    integration.draft, integration.failures, integration.not_before = {}, 0, None
    integration.save()
    _take_back_unticked(integration, now=now)
    outbox.wake(integration=integration, now=now)


def _take_back_unticked(integration: Integration, *, now: datetime) -> None:
    """Owe a look at the copies of kinds that are ticked no longer: they are to leave the linked calendar."""
    ours = integration.links.filter(origin=Origin.BMS, state__in=[LinkState.ACTIVE, LinkState.HELD])
    item_ids = list(ours.exclude(item__kind__in=integration.sends).values_list("item_id", flat=True))
    outbox.owe_many(integration=integration, item_ids=item_ids, now=now, run=None)


def _start(integration: Integration, *, user: User, trigger: Trigger, now: datetime) -> SyncRun | None:
    direction = _direction(integration)
    if direction is None or not integration.is_active:
        return None
    try:
        return runs.ask(integration=integration, trigger=trigger, direction=direction, asked_by=user, now=now)
    except runs.MayNotRun:
        # The settings are saved all the same; what keeps the sync from running is shown in the list.
        return None


def _direction(integration: Integration) -> Direction | None:
    if integration.retrieve and integration.send:
        return Direction.BOTH
    if integration.retrieve:
        return Direction.RETRIEVE
    return Direction.SEND if integration.send else None


# --- Afterwards -----------------------------------------------------------------------------------------------------
def set_active(*, integration: Integration, is_active: bool, now: datetime) -> None:
    """Switch syncing on or off, both ways. Switched on, it catches up with what happened meanwhile."""
    with transaction.atomic():
        locked = Integration.objects.select_for_update().get(pk=integration.pk)
        if locked.deleted_at or locked.is_active == is_active:
            return
        locked.is_active = is_active
        locked.save(update_fields=["is_active"])
        if is_active:
            outbox.wake(integration=locked, now=now)
        else:
            _cancel_runs(locked, now=now)
            nudges.sync_soon(locked.pk)


@transaction.atomic
def retry_failed(*, integration: Integration, now: datetime) -> int:
    """Try once more what was given up; return how many items that is."""
    count = integration.push_jobs.exclude(gave_up_at=None).count()
    if count:
        outbox.wake(integration=integration, now=now)
    return count


@transaction.atomic
def delete(*, integration: Integration, now: datetime) -> None:
    """End an integration for good. Copies stay on both sides, and the log for a while.

    The worker then closes the channel, and gives back the permission unless another integration needs it.
    """
    locked = Integration.objects.select_for_update().get(pk=integration.pk)
    if locked.deleted_at:
        return
    _cancel_runs(locked, now=now)
    PushJob.objects.filter(integration=locked).delete()
    locked.deleted_at, locked.is_active = now, False
    locked.save(update_fields=["deleted_at", "is_active"])
    nudges.sync_soon(locked.pk)


def _cancel_runs(integration: Integration, *, now: datetime) -> None:
    for run in integration.runs.all().unended():
        runs.cancel(run=run, now=now)


def refresh_calendars(*, integration: Integration, now: datetime) -> None:
    """Read again which calendars the account offers. Raises CronofyError."""
    assert integration.grant is not None  # noqa: S101 - held by integration_alive_has_a_grant
    offers = tokens.client_for(integration.grant).calendars()
    with transaction.atomic():
        connecting.keep_calendars(integration.grant, offers, now=now)
