"""Reads of events and of busy times, cut into pages of one unchanging snapshot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from cronofy_sandbox.core import reads, scopes, shapes
from cronofy_sandbox.core.errors import Invalid
from cronofy_sandbox.core.reads import Query
from cronofy_sandbox.core.shapes import View
from cronofy_sandbox.models import Authorization, Calendar, Event, EventVersion, ReadSnapshot
from cronofy_sandbox.models.events import EventQuerySet
from cronofy_sandbox.services import ids, series
from cronofy_sandbox.services.faults import Board
from cronofy_sandbox.services.refusals import Refused
from cronofy_sandbox.services.store import SNAPSHOT_LIFE, as_it_was

PAGE_SIZE = 50
TOMBSTONE_LIFE = timedelta(days=30)
OPTIONS = {"localized": "localized_times", "geo": "include_geo", "google_ids": "google_event_ids", "ids": "include_ids"}


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
    found = _Read(authorization, query, kind, board, now).event_keys()
    snapshot = ReadSnapshot(
        uid=ids.page(),
        authorization=authorization,
        kind=kind,
        options={name: query.wants(flag) for name, flag in OPTIONS.items()},
        event_keys=ReadSnapshot.packed(found),
        page_size=int((board.setting("page_size") or {}).get("size", PAGE_SIZE)) or 1,
        taken_at=now,
    )
    if len(found) > snapshot.page_size:
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
    if not 1 <= int(number) <= snapshot.page_count:
        raise Refused(404)
    return _cut(snapshot, int(number), board)


@dataclass(frozen=True)
class _Read:
    """Who reads what: finds the events that a read is about."""

    authorization: Authorization
    query: Query
    kind: str
    board: Board
    now: datetime

    def event_keys(self) -> list[int]:
        """Return the keys of the chosen events, in order. Raises Invalid or Refused."""
        self._must_be_allowed()
        calendar_keys = self._calendar_keys()
        if series.stale(calendar_keys, self.now).exists():
            with transaction.atomic():
                series.extend(calendar_keys, self.now)
        chosen = self._chosen(Event.objects.filter(calendar__in=calendar_keys))
        return list(chosen.order_by("starts_at", "uid").values_list("pk", flat=True))

    def _must_be_allowed(self) -> None:
        rights = scopes.allowed(self.authorization.scope)
        if self.kind == "free_busy":
            is_allowed = bool(rights & {"read_free_busy", "read_events"})
        else:
            is_allowed = "read_events" in rights or self.query.wants("only_managed")
        if not is_allowed:
            raise Refused(403)
        if self.query.wants("include_geo") and "geo" in self.authorization.application.missing_features:
            raise Refused(402)

    def _calendar_keys(self) -> list[int]:
        own = Calendar.objects.filter(profile__account_id=self.authorization.account_id)
        if self.query.calendar_ids is None:
            return list(own.filter(deleted=False).values_list("pk", flat=True))
        found = list(own.filter(uid__in=self.query.calendar_ids).values_list("pk", flat=True))
        if len(found) < len(set(self.query.calendar_ids)):
            if self.board.is_on("unknown_calendar_ids_404"):
                raise Refused(404)
            raise Invalid({"calendar_ids": ["errors.invalid_calendar_ids"]})
        return found

    def _chosen(self, events: EventQuerySet) -> EventQuerySet:
        query = self.query
        own, inside = Q(application_id=self.authorization.application_id), _inside(query)
        foreign = Q(application_id=None) | ~own
        if query.wants("only_managed"):
            events = events.filter(own & inside if query.is_bounded else own)
        elif query.wants("include_managed"):
            events = events.filter(inside if query.is_bounded else inside | own)
        else:
            events = events.filter(foreign & inside)
        if query.wants("include_deleted"):
            events = events.filter(Q(deleted_at=None) | Q(deleted_at__gt=self.now - TOMBSTONE_LIFE))
        else:
            events = events.alive()
        if self.kind == "free_busy" and not query.wants("include_free"):
            events = events.exclude(transparency="transparent")
        return self._since(events, own)

    def _since(self, events: EventQuerySet, own: Q) -> EventQuerySet:
        since = self.query.last_modified
        if since is None:
            return events
        if self.board.is_on("own_writes_not_in_last_modified"):
            return events.filter(Q(user_modified_at__gte=since) | (~own & Q(modified_at__gte=since)))
        return events.filter(modified_at__gte=since)


def _inside(query: Query) -> Q:
    bounds = query.bounds
    timed = Q(all_day=False, starts_at__lt=bounds.end, ends_at__gte=bounds.start)
    days = Q(all_day=True, starts_at__lt=bounds.last_day, ends_at__gte=bounds.first_day)
    inside = timed | days
    if query.wants("include_moved"):
        was_there = Q(past_spans__starts_at__lt=bounds.end, past_spans__ends_at__gte=bounds.start)
        inside |= Q(pk__in=Event.objects.filter(was_there).values("pk"))
    return inside


def _cut(snapshot: ReadSnapshot, number: int, board: Board) -> Page:
    rows = _rows(snapshot, snapshot.page_keys(number))
    calendars = Calendar.objects.select_related("profile").in_bulk({row.calendar_id for row in rows})
    view = _view(snapshot, board)
    total = snapshot.page_count
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
