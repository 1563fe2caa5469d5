"""Reading for Calendar Sync Settings: the account, the chosen calendar, and the summary of the last step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from calendarsync import wording
from calendarsync.core.windows import Days
from calendarsync.core.wizard import Step
from calendarsync.models import CalendarItem, Integration, Kind, RemoteCalendar, User
from calendarsync.models.integrations import PROVIDER_LABELS, PrivateEvents
from calendarsync.models.items import Status
from calendarsync.selectors.integrations import EffectiveDays, effective_days
from calendarsync.services.integrations import Choices

# The guide's summary writes the kinds in its own way, in the order of the alphabet. Kept as promised.
KINDS_IN_SUMMARY: dict[str, str] = {
    Kind.ACTIVITY: "Activities",
    Kind.APPOINTMENT: "Appointments",
    Kind.SERVICE_CALL: "ServiceCalls",
    Kind.TASK: "Tasks",
    Kind.TODO: "ToDos",
}


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One line of Confirmation: label and answer, a note, and the step that changes it."""

    label: str
    value: str
    step: Step
    note: str = ""


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """What the steps show besides their form."""

    email: str
    provider: str
    is_exchange: bool
    ews_help_url: str
    calendar_name: str
    is_readonly: bool
    summary: tuple[SummaryRow, ...]


def settings_page(integration: Integration, chosen: Choices, *, today: date) -> SettingsPage:
    """Return what the steps show for the answers so far. Two queries."""
    calendar = RemoteCalendar.objects.filter(grant=integration.grant_id, calendar_id=chosen.calendar_id).first()
    is_readonly = calendar is not None and calendar.is_readonly
    retrieved = effective_days(past=chosen.retrieve_past, future=chosen.retrieve_future, today=today, retrieves=True)
    sent = effective_days(past=chosen.send_past, future=chosen.send_future, today=today, retrieves=False)
    name = calendar.name if calendar else integration.calendar_name
    grant = integration.grant
    return SettingsPage(
        email=grant.email if grant else "",
        provider=grant.provider_label if grant else "",
        is_exchange=grant is not None and grant.provider_label == PROVIDER_LABELS["exchange"],
        ews_help_url=wording.EWS_HELP_URL,
        calendar_name=name,
        is_readonly=is_readonly,
        summary=_summary(
            name,
            chosen,
            is_readonly=is_readonly,
            retrieved=retrieved,
            sent=sent,
            send_count=items_to_send(integration.user, chosen.sends, sent),
        ),
    )


def _summary(
    name: str, chosen: Choices, *, is_readonly: bool, retrieved: EffectiveDays, sent: EffectiveDays, send_count: int
) -> tuple[SummaryRow, ...]:
    sends = [] if is_readonly else chosen.sends
    takes = takes_words(chosen)
    will_send = chosen.send and not is_readonly
    return (
        SummaryRow("Calendar Name:", name, Step.LINKED_CALENDAR, note="read-only" if is_readonly else ""),
        SummaryRow(
            "The event types you wish to sync:",
            takes or "None",
            Step.LINKED_CALENDAR,
            note="" if takes else "Nothing comes into My Calendar by itself.",
        ),
        SummaryRow(
            "Calendar items you wish to send to the linked calendar:",
            kinds_words(sends) or "None",
            Step.YOUR_CALENDAR,
            note="" if sends else "Nothing of My Calendar is sent.",
        ),
        SummaryRow(
            "Retrieve linked calendar items:",
            wording.days(retrieved.first, retrieved.last) if chosen.retrieve else "Disabled",
            Step.SYNC_OPTIONS,
            note=_CAPPED if chosen.retrieve and retrieved.is_capped else "",
        ),
        SummaryRow(
            "Send your calendar items:",
            wording.days(sent.first, sent.last) if will_send else "Disabled",
            Step.SYNC_OPTIONS,
            note=count_words(send_count) if will_send else "",
        ),
        SummaryRow("Events marked private:", PrivateEvents(chosen.private_events).label, Step.LINKED_CALENDAR),
    )


_CAPPED = "Cronofy gives out six weeks back and about six and a half months ahead."


def takes_words(chosen: Choices) -> str:
    """Return the ticked event types as the summary writes them."""
    ticked = (("Create", chosen.takes_created), ("Update", chosen.takes_updated), ("Delete", chosen.takes_deleted))
    return ", ".join(word for word, is_ticked in ticked if is_ticked)


def kinds_words(kinds: list[str]) -> str:
    """Return the ticked kinds as the summary writes them."""
    return ", ".join(words for kind, words in KINDS_IN_SUMMARY.items() if kind in kinds)


# --- How much that is -----------------------------------------------------------------------------------------------
def items_to_send(user: User, kinds: list[str], days: EffectiveDays) -> int:
    """Return how many items of `kinds` stand in the user's calendar on these days. One query."""
    span = Days(first=days.first, last=days.last)
    standing = CalendarItem.objects.alive().in_calendar_of(user).exclude(status=Status.CANCELLED)
    return standing.filter(kind__in=kinds).overlapping(span, *span.instants(user.zone)).count()


def count_words(count: int) -> str:
    """Return a number of items in words."""
    return "no items" if count == 0 else "1 item" if count == 1 else f"{count} items"


def upcoming_by_kind(user: User, *, today: date) -> dict[str, int]:
    """Return how many items of each kind are still to come in the user's calendar. One query."""
    begin, _ = Days(first=today, last=today).instants(user.zone)
    standing = CalendarItem.objects.alive().in_calendar_of(user).exclude(status=Status.CANCELLED)
    ahead = standing.filter(Q(ends_at__gte=begin) | Q(ends_on__gt=today))
    return dict(ahead.values_list("kind").annotate(Count("id")))
