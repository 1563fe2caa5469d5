"""What the calendar pages show, read in a fixed number of queries and handed over as plain values."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q

from cronofy_sandbox.core import providers, times
from cronofy_sandbox.models import Account, ApiCall, Calendar, Channel, Delivery, Event, Fault
from cronofy_sandbox.services import clock, faults, wire_log

# Calendars take the style sheet's colours in turn: --calendar-0 and so on.
COLOUR_COUNT = 5
# No zone is further from UTC than this: a window given in wall time, widened by it, misses nothing.
WIDEST_OFFSET = timedelta(hours=14)
WIRE_ROWS = 25


@dataclass(frozen=True)
class PersonRow:
    """One account in the list of linked calendars."""

    uid: str
    title: str
    services: str
    calendar_count: int
    broken: bool
    applications: int


def people() -> list[PersonRow]:
    """Return all accounts, the newest first."""
    found = (
        Account.objects.order_by("-id")
        .prefetch_related("profiles")
        .annotate(
            calendar_count=Count("profiles__calendars", filter=Q(profiles__calendars__deleted=False), distinct=True),
            applications=Count("authorizations", filter=Q(authorizations__revoked_at=None), distinct=True),
        )
    )
    return [_person(account) for account in found]


def _person(account: Any) -> PersonRow:
    profiles = account.profiles.all()
    labels = dict.fromkeys(providers.BY_SERVICE[profile.provider_service].label for profile in profiles)
    return PersonRow(
        uid=account.uid,
        title=str(account),
        services=", ".join(labels),
        calendar_count=account.calendar_count,
        broken=any(not profile.connected for profile in profiles),
        applications=account.applications,
    )


@dataclass(frozen=True)
class CalendarRow:
    """One calendar with what the page says beside its name."""

    uid: str
    name: str
    colour_number: int
    remark: str
    is_writable: bool
    is_primary: bool


def calendars_of(account: Account) -> list[CalendarRow]:
    """Return the calendars of an account in the order in which they were made, removed ones left out."""
    found = Calendar.objects.filter(profile__account=account, deleted=False).select_related("profile")
    several = found.values("profile").distinct().count() > 1
    return [
        CalendarRow(
            uid=calendar.uid,
            name=calendar.name,
            colour_number=index % COLOUR_COUNT,
            remark=_remark(calendar, several=several),
            is_writable=calendar.is_writable,
            is_primary=calendar.primary,
        )
        for index, calendar in enumerate(found)
    ]


def _remark(calendar: Calendar, *, several: bool) -> str:
    words = [calendar.profile.name] if several else []
    words += ["primary"] if calendar.primary else []
    words += ["read-only"] if calendar.readonly else []
    return ", ".join(words)


def feed_state(account: Account) -> str:
    """Return a text that differs whenever the feed may differ: cheap to ask for, however many events there are."""
    calendars = Calendar.objects.filter(profile__account=account)
    newest = calendars.annotate(newest=Max("events__modified_at"), last=Max("events__id"))
    kept = newest.order_by("id").values_list("uid", "name", "readonly", "deleted", "newest", "last")
    return hashlib.sha256(repr(list(kept)).encode()).hexdigest()[:24]


def feed(account: Account, *, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """Return the events between two wall times (of the account's zone) as the calendar widget takes them."""
    calendars = {row.uid: row for row in calendars_of(account)}
    events = (
        Event.objects.alive()
        .filter(
            calendar__uid__in=calendars,
            starts_at__lt=end.replace(tzinfo=UTC) + WIDEST_OFFSET,
            ends_at__gt=start.replace(tzinfo=UTC) - WIDEST_OFFSET,
        )
        .select_related("calendar", "application")
    )
    return [_shown(event, calendars[event.calendar.uid], account.zone) for event in events]


def _shown(event: Event, calendar: CalendarRow, zone: str) -> dict[str, Any]:
    start, end = _wall_times(event, zone)
    return {
        "id": event.uid,
        "title": event.summary or "(no title)",
        "start": start,
        "end": end,
        "allDay": event.all_day,
        "color": f"var(--calendar-{calendar.colour_number})",
        "editable": calendar.is_writable,
        "extendedProps": {
            "summary": event.summary,
            "description": event.description,
            "location": (event.details.get("location") or {}).get("description", ""),
            "private": event.private,
            "calendar": calendar.uid,
            "calendarName": calendar.name,
            "writable": calendar.is_writable,
            "repeats": event.series_id is not None,
            "addedBy": event.application.name if event.application else "",
        },
    }


def _wall_times(event: Event, zone: str) -> tuple[str, str]:
    """Return both ends as dates or wall times. In the hour that a clock change repeats, the end still comes last."""
    if event.all_day:
        return event.first_day.isoformat(), event.last_day_exclusive.isoformat()
    start = times.wall_as_utc(event.starts_at, zone).replace(tzinfo=None)
    end = times.wall_as_utc(event.ends_at, zone).replace(tzinfo=None)
    if end <= start:
        end = start + (event.ends_at - event.starts_at)
    return start.isoformat(timespec="seconds"), end.isoformat(timespec="seconds")


@dataclass(frozen=True)
class SentRow:
    """One notification as the wire panel shows it."""

    pk: int
    kind: str
    state: str
    tone: str
    created_at: datetime
    callback_url: str
    body: str
    signature: str
    attempts: list[dict[str, Any]]
    next_try_at: datetime | None


@dataclass(frozen=True)
class CallRow:
    """One call of an application as the wire panel shows it."""

    pk: int
    at: datetime
    method: str
    path: str
    query: str
    status: str
    tone: str
    milliseconds: float
    fault: str
    request_body: str
    response_body: str


@dataclass(frozen=True)
class Wire:
    """Everything in the wire panel."""

    sent: list[SentRow]
    calls: list[CallRow]
    faults: list[Fault]
    channels: int
    now: datetime
    offset_seconds: float


def wire(account: Account) -> Wire:
    """Return what went over the wire about an account lately, the newest first, and what is switched on."""
    now = clock.now()
    deliveries = Delivery.objects.filter(channel__account=account).select_related("channel").order_by("-id")
    return Wire(
        sent=[_sent(delivery) for delivery in deliveries[:WIRE_ROWS]],
        calls=[_call(call) for call in wire_log.recent(account_uid=account.uid, limit=WIRE_ROWS)],
        faults=faults.active(now),
        channels=Channel.objects.filter(account=account, closed_at=None).count(),
        now=now,
        offset_seconds=clock.offset_seconds(),
    )


TONES = {
    Delivery.State.DELIVERED: "good",
    Delivery.State.WAITING: "warn",
    Delivery.State.GIVEN_UP: "bad",
    Delivery.State.DROPPED: "bad",
}


def _sent(delivery: Delivery) -> SentRow:
    waiting = delivery.state == Delivery.State.WAITING
    return SentRow(
        pk=delivery.pk,
        kind=delivery.kind,
        state=delivery.state,
        tone=TONES[Delivery.State(delivery.state)],
        created_at=delivery.created_at,
        callback_url=delivery.channel.callback_url,
        body=readable(delivery.body),
        signature=delivery.attempts[-1].get("signature", "") if delivery.attempts else "",
        attempts=[{**attempt, "at": datetime.fromisoformat(attempt["at"])} for attempt in delivery.attempts],
        next_try_at=delivery.due_at if waiting and delivery.attempts else None,
    )


def _call(call: ApiCall) -> CallRow:
    return CallRow(
        pk=call.pk,
        at=call.at,
        method=call.method,
        path=call.path,
        query=call.query,
        status=str(call.status) if call.status else "dropped",
        tone=call_tone(call.status),
        milliseconds=call.milliseconds,
        fault=call.fault,
        request_body=readable(call.request_body),
        response_body=readable(call.response_body),
    )


def call_tone(status: int) -> str:
    """Return how a status is coloured: 0 stands for a dropped connection."""
    if 200 <= status < 300:
        return "good"
    return "warn" if 400 <= status < 500 else "bad"


def readable(body: str) -> str:
    """Return JSON with line breaks; anything else, also JSON that was cut, as it is."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body
