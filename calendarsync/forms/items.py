"""The form of an item: one class, of which each kind takes its own fields. Times are read in the person's zone."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q

from calendarsync.core import wall_times
from calendarsync.core.events import AllDay, Timed, When
from calendarsync.forms.base import StyledForm
from calendarsync.models import Account, CalendarItem, Kind, Ticket, User
from calendarsync.models.crm import Priority
from calendarsync.models.items import STATUSES, ActivityType, ShowAs
from calendarsync.services.items import MAY_BE_ALL_DAY, ItemFields

TIMES = ("start_date", "start_time", "end_date", "end_time")
# Which fields a kind has, in the order of the form.
FIELDS_OF: dict[str, tuple[str, ...]] = {
    Kind.APPOINTMENT: ("subject", *TIMES, "all_day", "location", "description", "show_as", "reminder", "is_private"),
    Kind.ACTIVITY: (
        "subject", "activity_type", *TIMES, "account", "contact", "opportunity", "tickets", "location", "description",
        "person", "status", "priority", "reminder", "is_private",
    ),
    Kind.SERVICE_CALL: (
        "tickets", "people", "subject", *TIMES, "location", "description", "status", "reminder",
    ),
    Kind.TASK: (
        "subject", *TIMES, "all_day", "project", "account", "contact", "tickets", "description", "person", "status",
        "priority", "reminder",
    ),
    Kind.TODO: (
        "subject", "start_date", "start_time", "description", "tickets", "status", "priority", "reminder", "is_private",
    ),
}  # fmt: skip
LABELS: dict[str, dict[str, str]] = {
    Kind.TASK: {"end_date": "Due date", "end_time": "Due time"},
    Kind.TODO: {"start_date": "Due date", "start_time": "Due time (optional)"},
}
LENGTHS: dict[str, timedelta] = {
    Kind.APPOINTMENT: timedelta(hours=1),
    Kind.ACTIVITY: timedelta(minutes=30),
    Kind.SERVICE_CALL: timedelta(hours=1),
    Kind.TASK: timedelta(hours=1),
    Kind.TODO: timedelta(minutes=30),
}
FREE_BY_DEFAULT = frozenset({Kind.TASK, Kind.TODO})
MORNING = 9
MISSING = {
    "subject": "Enter a subject.",
    "start_date": "Enter a day.",
    "end_date": "Enter a day.",
    "account": "Choose an account.",
    "tickets": "Choose at least one ticket.",
    "people": "Choose at least one resource.",
}
REMINDERS = [("", "None"), (0, "At the start"), (5, "5 minutes before"), (10, "10 minutes before"),
             (15, "15 minutes before"), (30, "30 minutes before"), (60, "1 hour before"),
             (1440, "1 day before")]  # fmt: skip
MOST_TICKETS = 200


def _date() -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), required=False)


def _time() -> forms.TimeField:
    return forms.TimeField(widget=forms.TimeInput(format="%H:%M", attrs={"type": "time", "step": 900}), required=False)


def _check_list() -> forms.CheckboxSelectMultiple:
    return forms.CheckboxSelectMultiple(attrs={"class": "check-list"})


class PersonChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Choose one person, shown by their full name."""

    def label_from_instance(self, obj: Any) -> str:
        """Return the name by which colleagues know the person."""
        return str(obj.display_name)


class PeopleChoiceField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Choose several people, shown by their full names."""

    def label_from_instance(self, obj: Any) -> str:
        """Return the name by which colleagues know the person."""
        return str(obj.display_name)


class ItemForm(StyledForm):
    """What a person fills in for one kind of item. `item_fields()` gives it to the service once it is valid."""

    subject = forms.CharField(max_length=1024)
    activity_type = forms.ChoiceField(choices=ActivityType, label="Activity type")
    start_date = _date()
    start_time = _time()
    end_date = _date()
    end_time = _time()
    all_day = forms.BooleanField(required=False, label="All day")
    project = forms.CharField(max_length=200, required=False, label="Project / phase")
    account = forms.ModelChoiceField(Account.objects.none(), required=False)
    contact = forms.CharField(max_length=200, required=False)
    opportunity = forms.CharField(max_length=200, required=False)
    tickets = forms.ModelMultipleChoiceField(Ticket.objects.none(), required=False, widget=_check_list())
    location = forms.CharField(max_length=1024, required=False)
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 4}))
    people = PeopleChoiceField(User.objects.none(), required=False, widget=_check_list(), label="Resources")
    person = PersonChoiceField(User.objects.none(), required=False, label="Assigned to", empty_label=None)
    status = forms.ChoiceField(required=False)
    priority = forms.ChoiceField(choices=Priority)
    show_as = forms.ChoiceField(choices=ShowAs, label="Show as")
    reminder = forms.TypedChoiceField(choices=REMINDERS, coerce=int, empty_value=None, required=False)
    is_private = forms.BooleanField(required=False, label="Private")
    rev = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, kind: str, user: User, item: CalendarItem | None = None, initial: Any = None
    ) -> None:
        self.kind, self.user, self.item = Kind(kind), user, item
        defaults = initial_of(item, user) if item else {"people": [user.pk], "person": user.pk, "show_as": ShowAs.BUSY,
                                                         "priority": Priority.NORMAL}  # fmt: skip
        super().__init__(data, initial={**defaults, **(initial or {})})
        self._keep_own_fields()
        self._offer_choices()
        self.order_fields([*FIELDS_OF[kind], "rev"])

    def _keep_own_fields(self) -> None:
        for name in set(self.fields) - {*FIELDS_OF[self.kind], "rev"}:
            del self.fields[name]
        for name, label in LABELS.get(self.kind, {}).items():
            self.fields[name].label = label
        self.fields["start_date"].required = True
        for name in ("end_date", "tickets", "people", "account"):
            if name in self.fields:
                self.fields[name].required = self._needs(name)
        self.fields["subject"].required = self.kind != Kind.SERVICE_CALL
        for name, sentence in MISSING.items():
            if name in self.fields:
                self.fields[name].error_messages["required"] = sentence

    def _needs(self, name: str) -> bool:
        if name == "account":
            return self.kind == Kind.ACTIVITY
        return name == "end_date" or self.kind == Kind.SERVICE_CALL

    def _offer_choices(self) -> None:
        everybody = User.objects.filter(is_active=True).order_by("first_name", "last_name", "username")
        offered = {
            "people": everybody,
            "person": everybody,
            "account": Account.objects.all(),
            "tickets": _tickets(self.item),
        }
        for name, queryset in offered.items():
            if name in self.fields:
                self.fields[name].queryset = queryset  # type: ignore[attr-defined]
        if "status" in self.fields:
            self.fields["status"].choices = [(state, state.label) for state in STATUSES[self.kind]]  # type: ignore[attr-defined]

    def lock(self) -> None:
        """Show everything, change nothing."""
        for field in self.fields.values():
            field.disabled = True

    def clean(self) -> dict[str, Any]:
        """Take a service call's subject from its ticket, and put the four fields of time together."""
        data = super().clean() or self.cleaned_data
        if self.kind == Kind.SERVICE_CALL and not data.get("subject") and data.get("tickets"):
            data["subject"] = data["tickets"][0].subject
        if not self.errors:
            data["when"] = self._when(data)
        return data

    def _when(self, data: dict[str, Any]) -> When | None:
        if self.item is not None and not {*TIMES, "all_day"} & set(self.changed_data):
            return self.item.when  # an hour that autumn repeats must not move because somebody mends the subject
        start_date, start_time = data["start_date"], data.get("start_time")
        if self.kind == Kind.TODO:
            end = None if start_time is None else datetime.combine(start_date, start_time) + LENGTHS[Kind.TODO]
            end_date, end_time = (start_date, None) if end is None else (end.date(), end.time())
        else:
            end_date, end_time = data["end_date"], data.get("end_time")
        is_all_day = data.get("all_day") or (self.kind == Kind.TODO and start_time is None)
        if is_all_day:
            return AllDay(first=start_date, until=end_date + timedelta(days=1))
        return self._timed(start_date, start_time, end_date, end_time)

    def _timed(self, start_date: date, start_time: time | None, end_date: date, end_time: time | None) -> When | None:
        for name, value in (("start_time", start_time), ("end_time", end_time)):
            if value is None and name in self.fields:
                self.add_error(name, "Enter a time, or tick All day." if "all_day" in self.fields else "Enter a time.")
        if start_time is None or end_time is None:
            return None
        return wall_times.timed(
            datetime.combine(start_date, start_time),
            datetime.combine(end_date, end_time),
            zone=self.user.zone,
            name=self.user.time_zone,
        )

    def item_fields(self) -> ItemFields:
        """Return what was filled in. Only for a valid form."""
        data = self.cleaned_data
        plain = {
            name: data[name]
            for name in ("subject", "when", "description", "location", "status", "priority", "show_as", "is_private",
                         "activity_type", "account", "contact", "opportunity", "project")
            if name in data
        }  # fmt: skip
        plain.setdefault("show_as", ShowAs.FREE if self.kind in FREE_BY_DEFAULT else ShowAs.BUSY)
        people = tuple(data.get("people") or ()) or ((data["person"],) if data.get("person") else ())
        return ItemFields(
            **plain, reminder_minutes=data.get("reminder"), tickets=tuple(data.get("tickets") or ()), people=people
        )


def _tickets(item: CalendarItem | None) -> Any:
    """Return the newest open tickets, and those the item has already, whatever their age."""
    newest = Ticket.objects.filter(closed_at=None).order_by("-number").values("pk")[:MOST_TICKETS]
    wanted = Q(pk__in=newest) | (Q(items=item) if item else Q())
    return Ticket.objects.filter(wanted).distinct().select_related("account")


def initial_of(item: CalendarItem, user: User) -> dict[str, Any]:
    """Return an item as the form shows it, in `user`'s zone."""
    same = ("subject", "description", "location", "status", "priority", "show_as", "is_private", "activity_type",
            "contact", "opportunity", "project", "all_day", "rev")  # fmt: skip
    people = [assignment.user_id for assignment in item.assignments.all()]
    return {
        **{name: getattr(item, name) for name in same},
        **times_of(item.when, user),
        "reminder": item.reminder_minutes,
        "account": item.account_id,
        "tickets": [ticket.pk for ticket in item.tickets.all()],
        "people": people,
        "person": people[0] if people else item.owner_id,
    }


def times_of(when: When, user: User) -> dict[str, Any]:
    """Return the four fields of time; the last of whole days is shown inclusively."""
    if isinstance(when, Timed):
        start, end = wall_times.reading(when.start, user.zone), wall_times.reading(when.end, user.zone)
        return {"start_date": start.date(), "start_time": start.time(), "end_date": end.date(), "end_time": end.time()}
    return {"start_date": when.first, "start_time": None, "end_date": when.until - timedelta(days=1), "end_time": None}


def blank_times(*, kind: str, start: datetime | date, end: datetime | date | None, now: datetime) -> dict[str, Any]:
    """Return the times of a new item at a place of the calendar: readings of the person's clocks, or a day.

    A day alone gets a time: today the next full hour, later the morning; but kinds that live on days stay whole.
    """
    if isinstance(start, datetime):
        until = end if isinstance(end, datetime) and end > start else start + LENGTHS[kind]
        return {
            "start_date": start.date(),
            "start_time": start.time(),
            "end_date": until.date(),
            "end_time": until.time(),
        }
    last = end - timedelta(days=1) if end is not None and not isinstance(end, datetime) and end > start else start
    if kind in {Kind.TASK, Kind.TODO} or (kind in MAY_BE_ALL_DAY and last > start):
        return {"start_date": start, "end_date": last, "all_day": True}
    begin = datetime.combine(start, time(min(now.hour + 1, 23) if start == now.date() else MORNING))
    return blank_times(kind=kind, start=begin, end=None, now=now)
