"""Reading My Calendar: the items of a span of days as rows ready to draw. The number of queries is fixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Prefetch, Q

from calendarsync.core import wall_times
from calendarsync.core.windows import Days
from calendarsync.models import Assignment, CalendarItem, Integration, Kind, Link, PushJob, Ticket, User
from calendarsync.models.items import ShowAs, Status
from calendarsync.models.links import LinkState, Origin
from calendarsync.services import items

ICONS: dict[str, str] = {
    Kind.APPOINTMENT: "calendar-event",
    Kind.ACTIVITY: "telephone",
    Kind.SERVICE_CALL: "tools",
    Kind.TASK: "kanban",
    Kind.TODO: "check2-square",
}
_OVER = frozenset({Status.DONE, Status.COMPLETE, Status.CANCELLED})


@dataclass(frozen=True, slots=True)
class SyncMark:
    """How an item stands with the reader's linked calendars: a glyph, never without its words."""

    state: str
    glyph: str
    text: str


SYNCED = SyncMark("synced", "✓", "synced")
WAITING = SyncMark("waiting", "↻", "waiting to be synced")
FAILED = SyncMark("failed", "!", "sync failed")
NOT_SYNCED = SyncMark("none", "⦸", "not synced")


def sync_mark(*, links: Sequence[Link], jobs: Sequence[PushJob], is_anything_connected: bool) -> SyncMark | None:
    """Return the worst of what holds for one item; None for somebody who has connected nothing."""
    states = {link.state for link in links}
    if LinkState.PARKED in states or any(job.gave_up_at for job in jobs):
        return FAILED
    if jobs:
        return WAITING
    if LinkState.ACTIVE in states:
        return SYNCED
    return NOT_SYNCED if is_anything_connected else None


@dataclass(frozen=True, slots=True)
class Row:
    """One item as the reader sees it, in the reader's zone."""

    id: int
    rev: int
    kind: Kind
    subject: str
    all_day: bool
    starts: datetime | date
    ends: datetime | date
    """Exclusive, for whole days too."""
    context: str
    location: str
    status: str
    came_from: str
    """The linked calendar that it came from, or nothing."""
    sync: SyncMark | None
    may_edit: bool
    is_over: bool
    is_private: bool
    is_tentative: bool

    @property
    def icon(self) -> str:
        """The name of the kind's picture."""
        return ICONS[self.kind]

    @property
    def first_day(self) -> date:
        """The day on which it begins."""
        return self.starts.date() if isinstance(self.starts, datetime) else self.starts

    @property
    def last_day(self) -> date:
        """The last day on which something of it is left."""
        return (
            (self.ends - timedelta(microseconds=1)).date()
            if isinstance(self.ends, datetime)
            else (self.ends - timedelta(days=1))
        )


def rows(user: User, days: Days) -> list[Row]:
    """Return what stands in `user`'s calendar on `days`, by start. Seven queries at most, however many items."""
    begin, end = days.instants(user.zone)
    is_connected = Integration.objects.filter(user=user, deleted_at=None).exclude(finished_at=None).exists()
    found = (
        CalendarItem.objects.all()
        .alive()
        .in_calendar_of(user)
        .overlapping(days, begin, end)
        .select_related("account")
        .prefetch_related(*_prefetches(user))
    )
    drawn = [_row(item, user=user, is_anything_connected=is_connected) for item in found]
    return sorted(drawn, key=lambda row: (row.first_day, not row.all_day, str(row.starts), row.subject, row.id))


def _prefetches(user: User) -> tuple[Prefetch[Any], ...]:
    of_user = {"integration__user": user, "integration__deleted_at": None}
    links = Link.objects.filter(**of_user).exclude(state=LinkState.TOMB).select_related("integration")
    return (
        Prefetch("tickets", Ticket.objects.only("number", "subject")),
        Prefetch("links", links, to_attr="own_links"),
        Prefetch("push_jobs", PushJob.objects.filter(**of_user), to_attr="own_jobs"),
    )


def _row(item: Any, *, user: User, is_anything_connected: bool) -> Row:
    theirs = [link for link in item.own_links if link.origin == Origin.LINKED]
    starts, ends = wall_times.drawn(item.when, user.zone)
    closed = [link for link in theirs if items.why_closed(link, allowed=link.may_update)]
    return Row(
        id=item.pk,
        rev=item.rev,
        kind=Kind(item.kind),
        subject=str(item),
        all_day=item.all_day,
        starts=starts,
        ends=ends,
        context=_context(item),
        location=item.location,
        status=item.get_status_display() if item.status else "",
        came_from=theirs[0].integration.calendar_name if theirs else "",
        sync=sync_mark(links=item.own_links, jobs=item.own_jobs, is_anything_connected=is_anything_connected),
        may_edit=all(link.state == LinkState.DETACHED for link in closed),
        is_over=item.status in _OVER,
        is_private=item.is_private,
        is_tentative=item.show_as == ShowAs.TENTATIVE,
    )


def _context(item: CalendarItem) -> str:
    """Return what the item is about, for the second line of its chip."""
    parts = [f"#{ticket.number}" for ticket in item.tickets.all()]
    parts += [item.account.name] if item.account else []
    return " · ".join(parts)


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the agenda with what falls on it."""

    day: date
    rows: list[Row]


def agenda(user: User, days: Days) -> list[Day]:
    """Return those of `days` on which something stands; what lasts several days is listed on each."""
    found = rows(user, days)
    length = (days.last - days.first).days + 1
    calendar = [days.first + timedelta(days=offset) for offset in range(length)]
    pairs = [
        (day, [row for row in found if row.first_day <= day <= max(row.last_day, row.first_day)]) for day in calendar
    ]
    return [Day(day=day, rows=on_day) for day, on_day in pairs if on_day]


def item(user: User, item_id: int) -> CalendarItem | None:
    """Return one living item with what its form needs, or None if `user` may not see it."""
    seen = Q(owner=user) | Q(pk__in=Assignment.objects.filter(user=user).values("item"))
    found = CalendarItem.objects.filter(seen, pk=item_id, deleted_at=None)
    return found.select_related("owner").prefetch_related("assignments", "tickets").first()


def came_from(item: CalendarItem) -> str:
    """Return the name of the linked calendar that an item came from and is still paired with, or nothing."""
    living = Link.objects.filter(item=item, origin=Origin.LINKED, integration__deleted_at=None)
    link = living.exclude(state=LinkState.TOMB).select_related("integration").first()
    return link.integration.calendar_name if link else ""
