"""Reading one run for pages and files: its settings then, and what became of each item."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count
from django.utils import formats, timezone

from calendarsync import wording
from calendarsync.core.events import AllDay, when_from_json
from calendarsync.models import Kind, Outcome, SyncRun, User
from calendarsync.models.sync_runs import Result
from calendarsync.selectors.logs import Progress, RunRow, one_of, progress_of, run_row, runs_of
from calendarsync.wording import Words

OUTCOMES_PAGE = 100
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
    gave_way: tuple[Change, ...]
    """For a conflict: what holds now (`before`), and what one side had instead (`after`)."""
    event_id: str

    @property
    def is_explained(self) -> bool:
        """Whether there is anything to say about it."""
        return bool(self.words or self.reason or self.changes or self.gave_way)


@dataclass(frozen=True, slots=True)
class RunDetail:
    """A run with a page of its outcomes; `after` asks for the next page."""

    row: RunRow
    progress: Progress
    retrieve_days: tuple[date, date] | None
    send_days: tuple[date, date] | None
    settings_then: dict[str, str]
    results: list[tuple[str, str, int]]
    """Value, label and number of each outcome that occurs."""
    outcomes: list[OutcomeRow]
    result: str
    after: int | None


def run_detail(user: User, run_id: int, *, now: datetime, result: str = "", after: int = 0) -> RunDetail | None:
    """Return a run of `user`, or None if there is no such."""
    run = runs_of(user).filter(pk=run_id).first()
    if run is None:
        return None
    outcomes = run.outcomes.filter(pk__gt=after)
    result = one_of(result, Result.values)
    if result:
        outcomes = outcomes.filter(result=result)
    found = list(outcomes[: OUTCOMES_PAGE + 1])
    return RunDetail(
        row=run_row(run),
        progress=progress_of(run, now=now),
        retrieve_days=_days(run.retrieve_first, run.retrieve_last),
        send_days=_days(run.send_first, run.send_last),
        settings_then=_settings_words(run.settings_then),
        results=_results(run),
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
    if not runs_of(user).filter(pk=run_id).exists():
        return None
    rows: Iterator[dict[str, Any]] = Outcome.objects.filter(run=run_id).values(*EXPORT_COLUMNS).iterator(chunk_size=500)
    return rows


def run_of(user: User, run_id: int) -> SyncRun | None:
    """Return the row of a run of `user`, to act upon."""
    return runs_of(user).filter(pk=run_id).first()


def _results(run: SyncRun) -> list[tuple[str, str, int]]:
    counts = dict(run.outcomes.order_by().values_list("result").annotate(Count("id")))
    return [(result.value, result.label, counts[result]) for result in Result if result in counts]


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
        gave_way=tuple(_changes(outcome.after, outcome.lost)),
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
        return _shown_when(value)
    return "" if value is None else str(value)


def _shown_when(value: dict[str, Any]) -> str:
    """Return a stored time in the person's zone. What is no time, after a change of versions, is shown as it is."""
    try:
        when = when_from_json(value)
    except (KeyError, ValueError, TypeError):
        return str(value)
    if isinstance(when, AllDay):
        return wording.days(when.first, when.until - timedelta(days=1))
    start, end = (formats.date_format(timezone.localtime(moment), "j M Y, H:i") for moment in (when.start, when.end))
    return f"{start} to {end}"


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
