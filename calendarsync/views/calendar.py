"""My Calendar: the page, the feed that it draws, and the agenda, which works without any script."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import conditional_page, require_safe
from django.views.decorators.vary import vary_on_headers

from calendarsync.core.windows import Days
from calendarsync.models import Kind
from calendarsync.selectors import calendar as selector
from calendarsync.selectors.calendar import Row

VIEWS = {"day": "Day", "week": "Week", "workweek": "Work week", "month": "Month", "agenda": "Agenda"}
LONGEST = timedelta(days=190)  # half a year: more than any view shows
AGENDA_LENGTH = timedelta(days=13)  # two weeks with the first day


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show My Calendar. The view and the date are in the address, so that Back, reload and sharing work."""
    today = timezone.localdate()
    wanted = request.GET.get("view", "")
    context = {
        "views": VIEWS.items(),
        "view": wanted if wanted in VIEWS else "",
        "date": _day(request.GET.get("date")) or today,
        "kinds": [(kind, selector.ICONS[kind]) for kind in Kind],
    }
    return render(request, "calendarsync/calendar.html", context)


@require_safe
@conditional_page
def feed(request: HttpRequest) -> HttpResponse:
    """Return what stands on the days from `start` to `end` (exclusive); 304 when that is what the page has."""
    days = _days(request.GET.get("start"), request.GET.get("end"))
    if days is None:
        return HttpResponseBadRequest("start and end must be days, at most 190 apart.")
    rows = [_as_json(row) for row in selector.rows(request.user, days)]  # type: ignore[arg-type]
    # The grid is drawn in wall times, so the page needs no time zone data of its own; only "now" needs the offset.
    offset = timezone.localtime().utcoffset() or timedelta()
    response = JsonResponse({"utc_offset": int(offset.total_seconds() // 60), "items": rows})
    response["Cache-Control"] = "private, no-cache"
    return response


@require_safe
@vary_on_headers("HX-Request")
def agenda(request: HttpRequest) -> HttpResponse:
    """List the items from `from` to `to`, both inclusive, by day; for htmx only the list."""
    first = _day(request.GET.get("from")) or timezone.localdate()
    last = _day(request.GET.get("to")) or first + AGENDA_LENGTH
    if not first <= last <= first + LONGEST:
        return HttpResponseBadRequest("from must be before to, by half a year at most.")
    length = last - first + timedelta(days=1)
    context = {
        "days": selector.agenda(request.user, Days(first=first, last=last)),  # type: ignore[arg-type]
        "first": first,
        "last": last,
        "today": timezone.localdate(),
        "earlier": (first - length, first - timedelta(days=1)),
        "later": (last + timedelta(days=1), last + length),
        "kinds": [(kind, selector.ICONS[kind]) for kind in Kind],
    }
    part = "calendarsync/_agenda_days.html" if request.htmx else "calendarsync/agenda.html"  # type: ignore[attr-defined]
    return render(request, part, context)


def _as_json(row: Row) -> dict[str, Any]:
    return {
        "id": row.id,
        "rev": row.rev,
        "kind": row.kind,
        "kindLabel": row.kind.label,
        "icon": row.icon,
        "title": row.subject,
        "allDay": row.all_day,
        "start": row.starts.isoformat(),
        "end": row.ends.isoformat(),
        "context": row.context,
        "status": row.status,
        "cameFrom": row.came_from,
        "sync": None if row.sync is None else {"state": row.sync.state, "glyph": row.sync.glyph, "text": row.sync.text},
        "mayEdit": row.may_edit,
        "isOver": row.is_over,
        "isPrivate": row.is_private,
        "isTentative": row.is_tentative,
    }


def _day(text: str | None) -> date | None:
    try:
        return datetime.fromisoformat(text or "").date()
    except ValueError:
        return None


def _days(start: str | None, end: str | None) -> Days | None:
    first, until = _day(start), _day(end)
    if first is None or until is None or not first < until <= first + LONGEST:
        return None
    return Days(first=first, last=until - timedelta(days=1))
