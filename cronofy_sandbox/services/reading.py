"""Reads of events and of busy times, cut into pages of one unchanging snapshot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from cronofy_sandbox.core import reads, scopes, shapes
from cronofy_sandbox.core.errors import Invalid
from cronofy_sandbox.core.reads import Query
from cronofy_sandbox.core.shapes import View
from cronofy_sandbox.models import Authorization, Calendar, Event, EventVersion, ReadSnapshot, Series
from cronofy_sandbox.services import ids, series
from cronofy_sandbox.services.faults import Board
from cronofy_sandbox.services.refusals import Refused
from cronofy_sandbox.services.store import SNAPSHOT_LIFE, Writer, as_it_was

PAGE_SIZE = 50


@dataclass(frozen=True)
class Page:
    """One page of a read: its rows as answered, and where it stands."""

    items: list[dict[str, Any]]
    current: int
    total: int
    next_id: str | None  # the last part of the next page's address

    def body(self, name: str, pages_url: str) -> dict[str, Any]:
        """Return the answer, given the address under which pages live."""
        pages: dict[str, Any] = {"current": self.current, "total": self.total}
        if self.next_id:
            pages["next_page"] = f"{pages_url}/{self.next_id}"
        return {"pages": pages, name: self.items}


def first_page(
    authorization: Authorization, given: Mapping[str, Sequence[str]], *, kind: str, board: Board, now: datetime
) -> Page:
    """Return the first page of a read of `events` or `free_busy`. Raises Invalid or Refused."""
    query = reads.read(given, now=now, tzid_optional=board.is_on("tzid_optional"))
    _must_be_allowed(authorization, query, kind)
    calendars = _calendars(authorization, query, board)
    _extend_series(calendars, now)
    options = {"localized": query.wants("localized_times"), "geo": query.wants("include_geo")}
    options |= {"google_ids": query.wants("google_event_ids"), "ids": query.wants("include_ids")}
    if options["geo"] and "geo" in authorization.application.missing_features:
        raise Refused(402)
    chosen = _chosen(authorization, query, calendars, kind, board)
    found = list(chosen.order_by("starts_at", "uid").values_list("pk", flat=True))
    page_size = int((board.setting("page_size") or {}).get("size", PAGE_SIZE)) or 1
    snapshot = ReadSnapshot(
        uid=ids.page(),
        authorization=authorization,
        kind=kind,
        options=options,
        event_ids=found,
        page_size=page_size,
        taken_at=now,
    )
    if len(found) > page_size:
        ReadSnapshot.objects.filter(taken_at__lt=now - SNAPSHOT_LIFE).delete()
        EventVersion.objects.filter(replaced_at__lt=now - SNAPSHOT_LIFE).delete()
        snapshot.save()
    return _cut(snapshot, 1, board)


def later_page(authorization: Authorization, page_id: str, *, kind: str, board: Board, now: datetime) -> Page:
    """Return a further page. Raises Refused(404) when it is unknown, too old, or someone else's."""
    uid, _, number = page_id.partition("-")
    snapshot = ReadSnapshot.objects.filter(
        uid=uid, authorization=authorization, kind=kind, taken_at__gt=now - SNAPSHOT_LIFE
    ).first()
    if snapshot is None or not number.isdigit() or board.hit("page_404"):
        raise Refused(404)
    if not 1 <= int(number) <= _page_count(snapshot):
        raise Refused(404)
    return _cut(snapshot, int(number), board)


def _must_be_allowed(authorization: Authorization, query: Query, kind: str) -> None:
    rights = scopes.allowed(authorization.scope)
    if kind == "free_busy":
        if not rights & {"read_free_busy", "read_events"}:
            raise Refused(403)
    elif "read_events" not in rights and not query.wants("only_managed"):
        raise Refused(403)


def _calendars(authorization: Authorization, query: Query, board: Board) -> list[Calendar]:
    own = Calendar.objects.filter(profile__account_id=authorization.account_id)
    if query.calendar_ids is None:
        return list(own.filter(deleted=False))
    found = list(own.filter(uid__in=query.calendar_ids))
    if len(found) < len(set(query.calendar_ids)):
        if board.is_on("unknown_calendar_ids_404"):
            raise Refused(404)
        raise Invalid({"calendar_ids": ["errors.invalid_calendar_ids"]})
    return found


def _extend_series(calendars: list[Calendar], now: datetime) -> None:
    calendar_ids = [calendar.pk for calendar in calendars]
    if Series.objects.filter(calendar_id__in=calendar_ids, ended_at=None).exists():
        with transaction.atomic():
            writer = Writer(application=None, now=now)
            series.extend(writer, calendar_ids)
            writer.flush()


def _chosen(
    authorization: Authorization, query: Query, calendars: list[Calendar], kind: str, board: Board
) -> QuerySet[Event]:
    chosen = Event.objects.filter(calendar__in=[calendar.pk for calendar in calendars])
    own = Q(application_id=authorization.application_id)
    foreign = Q(application_id=None) | ~own
    inside = _inside(query)
    if query.wants("only_managed"):
        chosen = chosen.filter(own)
        chosen = chosen.filter(inside) if query.is_bounded else chosen
    elif query.wants("include_managed"):
        chosen = chosen.filter(inside if query.is_bounded else inside | own)
    else:
        chosen = chosen.filter(foreign & inside)
    if not query.wants("include_deleted"):
        chosen = chosen.alive()
    if kind == "free_busy" and not query.wants("include_free"):
        chosen = chosen.exclude(transparency="transparent")
    return _since(chosen, query, own, board)


def _inside(query: Query) -> Q:
    bounds = query.bounds
    timed = Q(all_day=False, starts_at__lt=bounds.end, ends_at__gte=bounds.start)
    days = Q(all_day=True, starts_at__lt=bounds.last_day, ends_at__gte=bounds.first_day)
    inside = timed | days
    if query.wants("include_moved"):
        was_there = Q(past_spans__starts_at__lt=bounds.end, past_spans__ends_at__gte=bounds.start)
        moved = Event.objects.filter(was_there).values("pk")
        inside |= Q(pk__in=moved)
    return inside


def _since(chosen: QuerySet[Event], query: Query, own: Q, board: Board) -> QuerySet[Event]:
    if query.last_modified is None:
        return chosen
    if board.is_on("own_writes_not_in_last_modified"):
        touched_by_others = Q(user_modified_at__gte=query.last_modified)
        return chosen.filter(touched_by_others | (~own & Q(modified_at__gte=query.last_modified)))
    return chosen.filter(modified_at__gte=query.last_modified)


def _page_count(snapshot: ReadSnapshot) -> int:
    return max(1, -(-len(snapshot.event_ids) // snapshot.page_size))


def _cut(snapshot: ReadSnapshot, number: int, board: Board) -> Page:
    start = (number - 1) * snapshot.page_size
    rows = _rows(snapshot, snapshot.event_ids[start : start + snapshot.page_size])
    calendars = Calendar.objects.select_related("profile").in_bulk({row.calendar_id for row in rows})
    view = _view(snapshot, board)
    total = _page_count(snapshot)
    if snapshot.kind == "events":
        items = [shapes.event(row, calendars[row.calendar_id], view) for row in rows]
    else:
        with_ids = snapshot.options["ids"]
        items = [shapes.period(row, calendars[row.calendar_id], view, with_ids=with_ids) for row in rows]
    next_id = f"{snapshot.uid}-{number + 1}" if number < total else None
    return Page(items=items, current=number, total=total, next_id=next_id)


def _rows(snapshot: ReadSnapshot, wanted: list[int]) -> list[Event]:
    """Return the events in order, as they stood when the snapshot was taken."""
    found = Event.objects.select_related("series").in_bulk(wanted)
    rows = [found[pk] for pk in wanted if pk in found]
    changed = [row.pk for row in rows if row.modified_at > snapshot.taken_at]
    versions = EventVersion.objects.filter(event__in=changed, replaced_at__gt=snapshot.taken_at) if changed else []
    before: dict[int, EventVersion] = {}
    for version in versions:
        if version.event_id not in before or version.pk < before[version.event_id].pk:
            before[version.event_id] = version
    return [as_it_was(row, before[row.pk].values) if row.pk in before else row for row in rows]


def _view(snapshot: ReadSnapshot, board: Board) -> View:
    authorization = snapshot.authorization
    missing = board.setting("missing_fields")
    return View(
        application_id=authorization.application_id,
        rights=frozenset(scopes.allowed(authorization.scope)),
        localized=snapshot.options["localized"],
        with_geo=snapshot.options["geo"],
        with_google_ids=snapshot.options["google_ids"],
        hide_managed_uid=board.is_on("hide_managed_uid"),
        year_zero=board.is_on("year_zero_created"),
        left_out=() if missing is None else tuple(missing.get("fields", shapes.OPTIONAL)),
        with_extras=board.is_on("extra_fields"),
        reduced_tombstones=board.is_on("reduced_tombstones"),
        days_as_objects=board.is_on("localized_days_as_objects"),
    )
