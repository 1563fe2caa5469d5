"""Fills calendars with invented events: many plain ones, or a few of the awkward kinds."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from cronofy_sandbox.core import drafts, providers
from cronofy_sandbox.core.content import Content
from cronofy_sandbox.core.times import zone as named_zone
from cronofy_sandbox.models import Calendar, Event
from cronofy_sandbox.services import notifications, series
from cronofy_sandbox.services.store import Writer
from cronofy_sandbox.services.user_side import provider_of

TITLES = ("Consultation", "Site visit", "Team meeting", "Call back", "Delivery", "Training", "Review", "Lunch")
TEXTS = (
    "A very long title that goes on and on " * 12,
    "🎉 Party 👩‍👩‍👧 with emoji 🚀",
    "פגישה עם הלקוח",
    "اجتماع الفريق الأسبوعي",
    "会議の準備",
    "Quotes “”, <b>tags</b> & ampersands; commas, semicolons",
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@transaction.atomic
def seed(calendar: Calendar, kind: str, count: int, *, now: datetime) -> list[Event]:
    """Add events of a kind (plain, series, private, all_day, texts) as the user; return them."""
    writer = Writer(application=None, now=now)
    KINDS[kind](writer, calendar, count)
    writer.flush()
    notifications.announce_change(writer.touched[:1], by_application_id=None, now=now)
    return writer.touched


def _draft(calendar: Calendar, **draft: Any) -> Content:
    content = drafts.read(draft, zone=calendar.profile.account.zone)
    return providers.kept(provider_of(calendar), content)


def _local_day(writer: Writer, calendar: Calendar, offset: int) -> datetime:
    local = writer.now.astimezone(named_zone(calendar.profile.account.zone))
    return local.replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=offset)


def _plain(writer: Writer, calendar: Calendar, count: int) -> None:
    """Spread over the readable window, most of them to come: every fourth day lies behind."""
    model = _draft(calendar, start="2026-01-01T00:00", end="2026-01-01T00:45")
    today = _local_day(writer, calendar, 0)
    zone = named_zone(calendar.profile.account.zone)
    for index in range(count):
        ahead = index % 180 + 1
        day = -(ahead // 4 % 40 + 1) if index % 4 == 3 else ahead
        wall = today + timedelta(days=day, hours=7 + index // 180 % 11)
        title = f"{TITLES[index % len(TITLES)]} {index + 1}"
        writer.create(calendar, _titled(model, title, wall.replace(tzinfo=zone)))


def _titled(model: Content, title: str, start: datetime) -> Content:
    start = start.astimezone(model.starts_at.tzinfo)
    return replace(model, summary=title, starts_at=start, ends_at=start + (model.ends_at - model.starts_at))


def _private(writer: Writer, calendar: Calendar, count: int) -> None:
    for index in range(count):
        start = _local_day(writer, calendar, index + 1) + timedelta(hours=18)
        draft = {"summary": "Private: doctor", "description": "Nobody's business", "private": True}
        writer.create(calendar, _draft(calendar, **draft, start=start.isoformat()))


def _all_day(writer: Writer, calendar: Calendar, count: int) -> None:
    for index in range(count):
        first = _local_day(writer, calendar, index + 1).date()
        last = first + timedelta(days=1 + index % 3)
        writer.create(calendar, _draft(calendar, summary="Day off", start=first.isoformat(), end=last.isoformat()))


def _texts(writer: Writer, calendar: Calendar, count: int) -> None:
    for index in range(count):
        start = _local_day(writer, calendar, index % 5 + 1) + timedelta(hours=8 + index % 10)
        title = TEXTS[index % len(TEXTS)]
        writer.create(calendar, _draft(calendar, summary=title, description=title, start=start.isoformat()))


def _series(writer: Writer, calendar: Calendar, count: int) -> None:
    """Weekly series, each from two weeks before the zone's next clock change to three weeks after it."""
    for index in range(count):
        start = _next_clock_change(writer, calendar) - timedelta(days=14 - index % 7) + timedelta(hours=9)
        rule = {"frequency": "weekly", "by_day": [WEEKDAYS[start.weekday()]], "count": 6}
        content = _draft(calendar, summary="Weekly over the clock change", start=start.isoformat())
        series.create(writer, calendar, content, {"rules": [rule]})


def _next_clock_change(writer: Writer, calendar: Calendar) -> datetime:
    """Return the day of the next clock change at least two weeks ahead; in zones without, the day in two weeks."""
    zone = named_zone(calendar.profile.account.zone)
    first = _local_day(writer, calendar, 15)
    for offset in range(200):
        day = first + timedelta(days=offset)
        if day.replace(tzinfo=zone).utcoffset() != (day + timedelta(days=1)).replace(tzinfo=zone).utcoffset():
            return day
    return first


KINDS: dict[str, Callable[[Writer, Calendar, int], None]] = {
    "plain": _plain,
    "series": _series,
    "private": _private,
    "all_day": _all_day,
    "texts": _texts,
}
