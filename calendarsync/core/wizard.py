"""The four steps of Calendar Sync Settings: their order, which is open, which is next, is it complete."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """A step's key: part of its address, and the name of its answers in the draft."""

    LINKED_CALENDAR = "linked-calendar"
    YOUR_CALENDAR = "your-calendar"
    SYNC_OPTIONS = "sync-options"
    CONFIRMATION = "confirmation"


TITLES: dict[Step, str] = {
    Step.LINKED_CALENDAR: "Linked Calendar",
    Step.YOUR_CALENDAR: "Your Calendar",
    Step.SYNC_OPTIONS: "Sync Options",
    Step.CONFIRMATION: "Confirmation",
}
ANSWERED: tuple[Step, ...] = tuple(Step)[:3]


@dataclass(frozen=True, slots=True)
class Tab:
    """One step as the progress indicator shows it."""

    step: Step
    title: str
    is_current: bool
    is_done: bool
    is_open: bool


def is_open(step: Step, *, answered: Collection[str]) -> bool:
    """May `step` be entered? Once every step before it has been answered."""
    return all(earlier in answered for earlier in ANSWERED if list(Step).index(earlier) < list(Step).index(step))


def first_unanswered(answered: Collection[str]) -> Step:
    """Return where to go on: the first step without an answer, at the end Confirmation."""
    return next((step for step in ANSWERED if step not in answered), Step.CONFIRMATION)


def is_complete(answered: Collection[str]) -> bool:
    """May Finish be pressed?"""
    return first_unanswered(answered) is Step.CONFIRMATION


def next_step(step: Step) -> Step | None:
    """Return the step after `step`, None after the last."""
    rest = list(Step)[list(Step).index(step) + 1 :]
    return rest[0] if rest else None


def previous_step(step: Step) -> Step | None:
    """Return the step before `step`, None before the first."""
    index = list(Step).index(step)
    return list(Step)[index - 1] if index else None


def tabs(current: Step, *, answered: Collection[str]) -> list[Tab]:
    """Return the four steps with what the progress indicator shows of each."""
    return [
        Tab(
            step=step,
            title=TITLES[step],
            is_current=step is current,
            is_done=step in answered and step is not current,
            is_open=is_open(step, answered=answered),
        )
        for step in Step
    ]
