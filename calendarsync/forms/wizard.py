"""The steps of Calendar Sync Settings as data: key, form, template. One view serves them all.

A form is built from what was chosen so far and gives back answers in the names of `Choices`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils import timezone

from calendarsync.core.windows import FUTURE_CHOICES, PAST_CHOICES, REACH_LABELS
from calendarsync.core.wizard import Step
from calendarsync.forms.base import StyledForm
from calendarsync.models import Integration, Kind, RemoteCalendar
from calendarsync.models.integrations import PrivateEvents
from calendarsync.selectors.integrations import EffectiveDays, effective_days
from calendarsync.selectors.settings_pages import count_words, items_to_send, upcoming_by_kind
from calendarsync.services import integrations
from calendarsync.services.integrations import Choices

ENABLE, DISABLED = "enable", "disabled"
# The words of the product's guide on this step; in its summary it writes the kinds differently.
KIND_LABELS: dict[str, str] = {
    Kind.APPOINTMENT: "Appointments",
    Kind.ACTIVITY: "CRM Activities",
    Kind.SERVICE_CALL: "Service Calls",
    Kind.TASK: "Tasks",
    Kind.TODO: "To dos",
}
_KIND_MEANINGS: dict[str, str] = {
    Kind.APPOINTMENT: "Your own time, not tied to a customer.",
    Kind.ACTIVITY: "Calls, meetings and visits with an account or contact.",
    Kind.SERVICE_CALL: (
        "Time of one or more resources on a ticket. A call stands in the linked calendar of everybody it is assigned "
        "to, and leaves it when they are unassigned."
    ),
    Kind.TASK: "Project work with a start and a due date.",
    Kind.TODO: "Reminders. One without a time becomes an all-day event.",
}


class StepForm(StyledForm):
    """One step. `integration` says what may be chosen, `chosen` what is preselected."""

    def __init__(self, *args: Any, integration: Integration, chosen: Choices, **kwargs: Any) -> None:
        self.integration = integration
        super().__init__(*args, initial=self.initial_from(chosen), **kwargs)

    def initial_from(self, chosen: Choices) -> dict[str, Any]:
        """Return the values that the fields show at first."""
        return asdict(chosen)

    def answers(self) -> dict[str, Any]:
        """Return what to keep in the draft; call once the form is valid."""
        return dict(self.cleaned_data)


class LinkedCalendarForm(StepForm):
    """Which calendar, and which changes in it come into My Calendar."""

    calendar_id = forms.ChoiceField(
        label="Calendar Name",
        help_text="Your items are sent to this calendar, and its events are taken from it.",
        error_messages={
            "required": "Choose the calendar to sync with.",
            "invalid_choice": "This calendar is no longer offered by the account. Choose another one.",
        },
    )
    takes_created = forms.BooleanField(label="Create", required=False)
    takes_updated = forms.BooleanField(label="Update", required=False)
    takes_deleted = forms.BooleanField(label="Delete", required=False)
    private_events = forms.ChoiceField(
        label="Events marked private",
        choices=PrivateEvents,
        widget=forms.RadioSelect,
        help_text="Busy only shows that the time is taken, without title, place and description.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.calendars = self._offered()
        field = self.fields["calendar_id"]
        field.disabled = not integrations.may_change_calendar(self.integration)
        if not self.initial["calendar_id"]:
            self.initial["calendar_id"] = _suggested(self.calendars)
        is_offered = self.initial["calendar_id"] in {calendar.calendar_id for calendar in self.calendars}
        # A browser shows the first choice of a list that lacks the present one: never somebody's calendar by accident.
        nothing_yet = [] if is_offered else [("", "Choose a calendar")]
        field.choices = [*nothing_yet, *_grouped(self.calendars)]  # type: ignore[attr-defined]

    def ticks(self) -> list[BoundField]:
        """Return the three event types."""
        return [self["takes_created"], self["takes_updated"], self["takes_deleted"]]

    def _offered(self) -> list[RemoteCalendar]:
        calendars = RemoteCalendar.objects.filter(grant=self.integration.grant_id)
        return [
            calendar
            for calendar in calendars
            if not calendar.is_deleted or calendar.calendar_id == self.integration.calendar_id
        ]

    def clean_calendar_id(self) -> str:
        """Refuse a calendar that another integration of the same person has."""
        calendar_id: str = self.cleaned_data["calendar_id"]
        others = Integration.objects.filter(user=self.integration.user_id, deleted_at=None, calendar_id=calendar_id)
        if others.exclude(pk=self.integration.pk).exclude(finished_at=None).exists():
            raise ValidationError("This calendar is connected already. Change it through its own Settings.")
        return calendar_id


class YourCalendarForm(StepForm):
    """Which kinds of item are sent to the linked calendar."""

    sends = forms.MultipleChoiceField(
        label="Calendar items you wish to send to the linked calendar",
        choices=list(KIND_LABELS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, chosen: Choices, **kwargs: Any) -> None:
        super().__init__(*args, chosen=chosen, **kwargs)
        self.is_readonly = is_readonly(self.integration, chosen)
        # Kept as they were rather than emptied: another calendar may yet be chosen.
        self.fields["sends"].disabled = self.is_readonly

    def rows(self) -> Iterator[tuple[Any, str, str]]:
        """Yield each checkbox with what its kind means, and how many of it are still to come."""
        ahead = upcoming_by_kind(self.integration.user, today=timezone.localdate())
        for box in self["sends"]:
            kind = box.data["value"]
            yield box, _KIND_MEANINGS[kind], count_words(ahead.get(kind, 0))


class SyncOptionsForm(StepForm):
    """Whether, and for which days, what exists already is synced once."""

    retrieve = forms.ChoiceField(
        label="Retrieve linked calendar items:",
        choices=[(ENABLE, "Enable"), (DISABLED, "Disabled")],
        widget=forms.RadioSelect,
    )
    retrieve_past = forms.ChoiceField(label="Get Past Items", required=False)
    retrieve_future = forms.ChoiceField(label="Get Future Items", required=False)
    send = forms.ChoiceField(
        label="Send my calendar items:",
        choices=[(ENABLE, "Enable"), (DISABLED, "Disabled")],
        widget=forms.RadioSelect,
    )
    send_past = forms.ChoiceField(label="Get Past Items", required=False)
    send_future = forms.ChoiceField(label="Get Future Items", required=False)

    def __init__(self, *args: Any, chosen: Choices, **kwargs: Any) -> None:
        super().__init__(*args, chosen=chosen, **kwargs)
        self.chosen = chosen
        self.is_readonly = is_readonly(self.integration, chosen)
        for name in REACHES:
            offered = PAST_CHOICES if name.endswith("_past") else FUTURE_CHOICES
            self.fields[name].choices = [(reach.value, REACH_LABELS[reach]) for reach in offered]  # type: ignore[attr-defined]

    def initial_from(self, chosen: Choices) -> dict[str, Any]:
        """Show yes and no as the two words of the guide."""
        groups = {name: ENABLE if getattr(chosen, name) else DISABLED for name in GROUPS}
        return {**asdict(chosen), **groups}

    def groups(self) -> Iterator[dict[str, Any]]:
        """Yield name, radio buttons, both drop-downs and the days that they mean, for each group."""
        for name in GROUPS:
            past, future = self[f"{name}_past"], self[f"{name}_future"]
            days = self._days(name)
            yield {
                "name": name,
                "radios": self[name],
                "past": past,
                "future": future,
                "days": days,
                "count": self.count(days) if name == "send" else "",
            }

    def count(self, days: EffectiveDays) -> str:
        """Return in words how many items of the chosen kinds fall on `days`."""
        return count_words(items_to_send(self.integration.user, self.chosen.sends, days))

    def _days(self, name: str) -> EffectiveDays:
        past, future = getattr(self.chosen, f"{name}_past"), getattr(self.chosen, f"{name}_future")
        return effective_days(past=past, future=future, today=timezone.localdate(), retrieves=name == "retrieve")

    def answers(self) -> dict[str, Any]:
        """Return yes or no for each group; the days of a disabled one are ignored and stay as they were."""
        found: dict[str, Any] = {}
        for name in GROUPS:
            found[name] = self.cleaned_data[name] == ENABLE
            for reach in (f"{name}_past", f"{name}_future"):
                given = self.cleaned_data[reach] if found[name] else ""
                found[reach] = given or getattr(self.chosen, reach)
        return found


class ConfirmationForm(StepForm):
    """Nothing is asked on the last step but Finish."""


GROUPS = ("retrieve", "send")
REACHES = tuple(f"{group}_{side}" for group in GROUPS for side in ("past", "future"))


@dataclass(frozen=True, slots=True)
class StepPage:
    """How a step is shown."""

    step: Step
    form: type[StepForm]
    template: str


PAGES: dict[Step, StepPage] = {
    page.step: page
    for page in (
        StepPage(Step.LINKED_CALENDAR, LinkedCalendarForm, "wizard/linked_calendar.html"),
        StepPage(Step.YOUR_CALENDAR, YourCalendarForm, "wizard/your_calendar.html"),
        StepPage(Step.SYNC_OPTIONS, SyncOptionsForm, "wizard/sync_options.html"),
        StepPage(Step.CONFIRMATION, ConfirmationForm, "wizard/confirmation.html"),
    )
}


def is_readonly(integration: Integration, chosen: Choices) -> bool:
    """Does the account let nothing be written to the chosen calendar?"""
    return RemoteCalendar.objects.filter(
        grant=integration.grant_id, calendar_id=chosen.calendar_id, is_readonly=True
    ).exists()


def _grouped(calendars: list[RemoteCalendar]) -> list[tuple[str, Any]]:
    """Return the choices of the drop-down: grouped by profile where there is more than one."""
    groups = [(name, list(rows)) for name, rows in groupby(calendars, key=lambda calendar: calendar.profile_name)]
    named = [(name or "Calendars", [(row.calendar_id, _label(row)) for row in rows]) for name, rows in groups]
    return [*named] if len(named) > 1 else [choice for _, choices in named for choice in choices]


def _label(calendar: RemoteCalendar) -> str:
    if calendar.is_deleted:
        return f"{calendar.name} (gone)"
    return f"{calendar.name} (read-only)" if calendar.is_readonly else calendar.name


def _suggested(calendars: list[RemoteCalendar]) -> str:
    """Return the primary calendar, else the first that can be written to."""
    writable = [calendar for calendar in calendars if not calendar.is_readonly]
    primary = [calendar for calendar in writable if calendar.is_primary]
    return (primary or writable or calendars)[0].calendar_id if calendars else ""
