"""Reading the log for pages: runs, narrowed by the words of an address, and how far a running one is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Q, QuerySet

from calendarsync.models import Integration, SyncRun, User
from calendarsync.models.sync_runs import Direction, Phase, Trigger

PAGE = 50
# A first run follows a press on Finish: it was asked for by hand as well.
MANUAL = (Trigger.MANUAL, Trigger.FIRST)
_TONES = {Phase.DONE: "ok", Phase.FAILED: "bad", Phase.CANCELLED: "quiet"}
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
            trigger=one_of(query.get("trigger", ""), TRIGGER_CHIPS),
            direction=one_of(query.get("direction", ""), Direction.values),
            result=one_of(query.get("result", ""), RESULT_CHOICES),
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
    runs = runs_of(user).filter(_condition(wanted))
    if wanted.before is not None:
        runs = runs.filter(pk__lt=wanted.before)
    found = list(runs[: PAGE + 1])
    older = wanted.query(before=found[PAGE - 1].pk) if len(found) > PAGE else ""
    return LogPage(rows=[run_row(run) for run in found[:PAGE]], older=older)


def runs_of(user: User) -> QuerySet[SyncRun]:
    """Return the runs of every integration that `user` has or had: the one gate between people's logs."""
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


def run_row(run: SyncRun) -> RunRow:
    """Return one run as the log lists it."""
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


# --- Words of an address --------------------------------------------------------------------------------------------
def one_of(word: str, known: Iterable[str]) -> str:
    """Return `word` if it is a known one, else the empty word, which asks for nothing."""
    return word if word in known else ""


def _number(word: str) -> int | None:
    return int(word) if word.isascii() and word.isdigit() and len(word) < 19 else None
