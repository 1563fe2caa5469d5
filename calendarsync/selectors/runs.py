"""Reading the log for pages: runs, their progress, and what became of each item."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet

from calendarsync import wording
from calendarsync.models import Integration, Kind, Outcome, SyncRun, User
from calendarsync.models.sync_runs import Direction, Phase, Result, Trigger
from calendarsync.wording import Words

PAGE = 50
OUTCOMES_PAGE = 100
_TONES = {Phase.DONE: "ok", Phase.FAILED: "bad", Phase.CANCELLED: "quiet"}
_OUTCOME_TONES = {
    Result.CREATED: "ok",
    Result.UPDATED: "ok",
    Result.DELETED: "ok",
    Result.SKIPPED: "quiet",
    Result.UNCHANGED: "quiet",
    Result.CONFLICT: "warn",
    Result.WAITING: "busy",
    Result.FAILED: "bad",
}
# A first run follows a press on Finish: it was asked for by hand as well.
MANUAL = (Trigger.MANUAL, Trigger.FIRST)
_COUNTS = ("created", "updated", "deleted", "unchanged", "skipped", "failed")


# --- Progress -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is, as a page shows it while it polls."""

    run_id: int
    phase: str
    done: int
    expected: int | None
    seconds_left: int | None
    has_ended: bool

    @property
    def text(self) -> str:
        """Return such as `Reading: 48 of 120, about 20 s left`."""
        if not self.expected:
            return f"{self.phase}: {self.done} so far" if self.done else f"{self.phase}…"
        left = f", about {self.seconds_left} s left" if self.seconds_left else ""
        return f"{self.phase}: {min(self.done, self.expected)} of {self.expected}{left}"

    @property
    def milestone(self) -> str:
        """Return what is worth saying aloud: the phase, and each quarter of the way."""
        if not self.expected or self.has_ended:
            return self.phase
        return f"{self.phase}, {min(self.done * 4 // self.expected, 4) * 25} percent"


def progress_of(run: SyncRun, *, now: datetime) -> Progress:
    """Return how far `run` is at `now`."""
    return Progress(
        run_id=run.pk,
        phase=run.get_phase_display(),
        done=run.done,
        expected=run.expected,
        seconds_left=_seconds_left(run, now=now),
        has_ended=run.has_ended,
    )


def _seconds_left(run: SyncRun, *, now: datetime) -> int | None:
    """Guess from the pace so far; None before there is one."""
    if run.started_at is None or not run.expected or run.done < 5:  # too few to tell a pace
        return None
    pace = (now - run.started_at).total_seconds() / run.done
    return max(round(pace * (run.expected - run.done)), 0)


# --- The log --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class LogFilter:
    """What the address of the log asks for; unknown words in it ask for nothing."""

    trigger: str = ""
    direction: str = ""
    result: str = ""
    integration: int | None = None
    before: int | None = None

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> LogFilter:
        """Read the filter from an address."""
        return cls(
            trigger=_one_of(query.get("trigger", ""), TRIGGER_CHIPS),
            direction=_one_of(query.get("direction", ""), Direction.values),
            result=_one_of(query.get("result", ""), RESULT_CHOICES),
            integration=_number(query.get("integration", "")),
            before=_number(query.get("before", "")),
        )

    def query(self, **changes: object) -> str:
        """Return the address's query with `changes`, always from the first page."""
        parts = {"trigger": self.trigger, "direction": self.direction, "result": self.result}
        wanted = {**parts, "integration": self.integration, **changes}
        return urlencode({name: value for name, value in wanted.items() if value})

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is left out."""
        return bool(self.query())


TRIGGER_CHIPS: dict[str, str] = {"": "All", "manual": "Manual", "live": "Live", "scheduled": "Scheduled"}
RESULT_CHOICES: dict[str, str] = {
    "done": "Done",
    "failures": "With failures",
    "failed": "Failed",
    "cancelled": "Cancelled",
    "running": "Running",
}


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run as the log lists it."""

    id: int
    calendar: str
    email: str
    is_deleted: bool
    trigger: str
    who: str
    direction: str
    direction_label: str
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    seconds: int | None
    phase: str
    tone: str
    counts: tuple[tuple[str, int], ...]
    error: str
    failed: int

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.ended_at is not None

    @property
    def has_items(self) -> bool:
        """Whether anything was gone through."""
        return any(count for _, count in self.counts)


@dataclass(frozen=True, slots=True)
class LogPage:
    """A page of the log; `older` is the query of the next one."""

    rows: list[RunRow]
    older: str


def log_page(user: User, wanted: LogFilter) -> LogPage:
    """Return one page of the runs of `user`'s integrations, newest first."""
    runs = _runs_of(user).filter(_condition(wanted))
    if wanted.before is not None:
        runs = runs.filter(pk__lt=wanted.before)
    found = list(runs[: PAGE + 1])
    older = wanted.query(before=found[PAGE - 1].pk) if len(found) > PAGE else ""
    return LogPage(rows=[_run_row(run) for run in found[:PAGE]], older=older)


def _runs_of(user: User) -> QuerySet[SyncRun]:
    return SyncRun.objects.filter(integration__user=user).select_related("integration__grant", "asked_by")


def _condition(wanted: LogFilter) -> Q:
    condition = Q()
    if wanted.trigger:
        condition &= Q(trigger__in=MANUAL if wanted.trigger == Trigger.MANUAL else [wanted.trigger])
    if wanted.direction:
        condition &= Q(direction=wanted.direction)
    if wanted.integration is not None:
        condition &= Q(integration=wanted.integration)
    return condition & _RESULTS.get(wanted.result, Q())


_RESULTS: dict[str, Q] = {
    "done": Q(phase=Phase.DONE),
    "failures": Q(failed__gt=0),
    "failed": Q(phase=Phase.FAILED),
    "cancelled": Q(phase=Phase.CANCELLED),
    "running": Q(ended_at=None),
}


def _run_row(run: SyncRun) -> RunRow:
    started = run.started_at or run.asked_at
    return RunRow(
        id=run.pk,
        calendar=run.integration.calendar_name,
        email=run.integration.grant.email if run.integration.grant else "",
        is_deleted=run.integration.deleted_at is not None,
        trigger=run.get_trigger_display(),
        who=run.asked_by.display_name if run.asked_by else "",
        direction=run.direction,
        direction_label=run.get_direction_display(),
        asked_at=run.asked_at,
        started_at=run.started_at,
        ended_at=run.ended_at,
        seconds=round((run.ended_at - started).total_seconds()) if run.ended_at else None,
        phase=run.get_phase_display(),
        tone=_TONES.get(Phase(run.phase), "busy"),
        counts=tuple((name.capitalize(), getattr(run, name)) for name in _COUNTS),
        error=run.error,
        failed=run.failed,
    )


def integration_choices(user: User) -> list[tuple[int, str]]:
    """Return the integrations that the log can be narrowed to, deleted ones marked."""
    found = Integration.objects.filter(user=user).exclude(finished_at=None).select_related("grant")
    return [(one.pk, f"{_name(one)} (deleted)" if one.deleted_at else _name(one)) for one in found]


def _name(integration: Integration) -> str:
    email = integration.grant.email if integration.grant else ""
    return f"{integration.calendar_name} · {email}" if email else integration.calendar_name


# --- One run --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Change:
    """One field of an item before and after."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """What became of one item, with the reason in plain words."""

    id: int
    subject: str
    kind: str
    direction_label: str
    result: str
    tone: str
    words: Words | None
    reason: str
    at: datetime
    changes: tuple[Change, ...]
    event_id: str

    @property
    def is_explained(self) -> bool:
        """Whether there is anything to say about it."""
        return bool(self.words or self.reason or self.changes)


@dataclass(frozen=True, slots=True)
class RunDetail:
    """A run with a page of its outcomes; `after` asks for the next page."""

    row: RunRow
    progress: Progress
    retrieve_days: tuple[date, date] | None
    send_days: tuple[date, date] | None
    settings_then: dict[str, str]
    outcomes: list[OutcomeRow]
    result: str
    after: int | None


def run_detail(user: User, run_id: int, *, now: datetime, result: str = "", after: int = 0) -> RunDetail | None:
    """Return a run of `user`, or None if there is no such."""
    run = _runs_of(user).filter(pk=run_id).first()
    if run is None:
        return None
    outcomes = run.outcomes.filter(pk__gt=after)
    result = _one_of(result, Result.values)
    if result:
        outcomes = outcomes.filter(result=result)
    found = list(outcomes[: OUTCOMES_PAGE + 1])
    return RunDetail(
        row=_run_row(run),
        progress=progress_of(run, now=now),
        retrieve_days=_days(run.retrieve_first, run.retrieve_last),
        send_days=_days(run.send_first, run.send_last),
        settings_then=_settings_words(run.settings_then),
        outcomes=[_outcome_row(outcome) for outcome in found[:OUTCOMES_PAGE]],
        result=result,
        after=found[OUTCOMES_PAGE - 1].pk if len(found) > OUTCOMES_PAGE else None,
    )


EXPORT_COLUMNS = (
    "at",
    "direction",
    "kind",
    "subject",
    "result",
    "rule",
    "reason",
    "event_id",
    "before",
    "after",
    "lost",
)


def exported(user: User, run_id: int) -> Iterator[dict[str, Any]] | None:
    """Return every outcome of a run as plain values, read bit by bit; None if the user has no such run."""
    if not _runs_of(user).filter(pk=run_id).exists():
        return None
    return Outcome.objects.filter(run=run_id).values(*EXPORT_COLUMNS).iterator(chunk_size=500)


def run_of(user: User, run_id: int) -> SyncRun | None:
    """Return the row of a run of `user`, to act upon."""
    return _runs_of(user).filter(pk=run_id).first()


def _outcome_row(outcome: Outcome) -> OutcomeRow:
    return OutcomeRow(
        id=outcome.pk,
        subject=outcome.subject or "(no title)",
        kind=Kind(outcome.kind).label if outcome.kind in Kind.values else "",
        direction_label=outcome.get_direction_display(),
        result=outcome.get_result_display(),
        tone=_OUTCOME_TONES[Result(outcome.result)],
        words=wording.of_rule(outcome.rule),
        reason=outcome.reason,
        at=outcome.at,
        changes=tuple(_changes(outcome.before, outcome.after)),
        event_id=outcome.event_id,
    )


def _changes(before: dict[str, Any] | None, after: dict[str, Any] | None) -> Iterable[Change]:
    """Return the fields that differ, if both versions are known."""
    if not before or not after:
        return
    for name in after:
        if before.get(name) != after[name]:
            yield Change(
                field=name.replace("_", " ").capitalize(), before=_shown(before.get(name)), after=_shown(after[name])
            )


def _shown(value: Any) -> str:
    """Return a stored value of an appointment for people."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, dict):
        ends = [str(part).replace("T", " ")[:16] for key, part in value.items() if key != "zone"]
        return " to ".join(ends) + (f" ({'UTC'})" if "zone" in value else "")
    return "" if value is None else str(value)


def _days(first: date | None, last: date | None) -> tuple[date, date] | None:
    return (first, last) if first and last else None


def _settings_words(then: dict[str, Any]) -> dict[str, str]:
    """Return what was ticked when the run began, for people."""
    if not then:
        return {}
    kinds = [Kind(kind).label for kind in then.get("sends", []) if kind in Kind.values]
    return {
        "Calendar": str(then.get("calendar", "")),
        "Taken over": ", ".join(then.get("takes", [])) or "Nothing",
        "Sent": ", ".join(kinds) or "Nothing",
    }


# --- Words of an address --------------------------------------------------------------------------------------------
def _one_of(word: str, known: Iterable[str]) -> str:
    return word if word in known else ""


def _number(word: str) -> int | None:
    return int(word) if word.isascii() and word.isdigit() and len(word) < 19 else None
