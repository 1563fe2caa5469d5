"""The items' dialogs and what is done to items by one click. Each writing view makes one call of the service.

Every view answers a script (htmx or JSON) and, to a browser without scripts, with a page of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from calendarsync.core import wall_times
from calendarsync.forms.items import ItemForm, blank_times, initial_of
from calendarsync.models import CalendarItem, Kind
from calendarsync.selectors import calendar as selector
from calendarsync.services import items

View = Callable[..., HttpResponse]
Save = Callable[[items.ItemFields], CalendarItem]


# --- The dialogs -----------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, kind: str) -> HttpResponse:
    """Show the form of a new item, and save it. `start`, `end` and `from` (an item to duplicate) fill it in."""
    if kind not in Kind.values:
        raise Http404
    user: Any = request.user
    form = ItemForm(request.POST or None, kind=kind, user=user, initial=_initial(request, kind))

    def save(fields: items.ItemFields) -> CalendarItem:
        return items.create(kind=kind, actor=user, fields=fields, now=timezone.now())

    if request.method == "POST" and (item := _saved(form, save)):
        return _after_saving(request, item, word="Added")
    return _form(request, form, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, item_id: int) -> HttpResponse:
    """Show an item's form, and save it. What cannot be edited here is shown read-only, with the reason."""
    user: Any = request.user
    item = selector.item(user, item_id)
    if item is None:
        raise Http404
    form = ItemForm(request.POST or None, kind=item.kind, user=user, item=item)
    if reason := items.why_read_only(item):
        form.lock()
        return _form(request, form, read_only=reason, status=403 if form.is_bound else 200)

    def save(fields: items.ItemFields) -> CalendarItem:
        rev = form.cleaned_data.get("rev")
        return items.update(item_id=item_id, actor=user, fields=fields, expected_rev=rev, now=timezone.now())

    try:
        if request.method == "POST" and (saved := _saved(form, save)):
            return _after_saving(request, saved, word="Saved")
    except items.StaleEdit as stale:
        return _stale_form(request, form, stale)
    return _form(request, form, status=422 if form.is_bound else 200)


def _initial(request: HttpRequest, kind: str) -> dict[str, Any]:
    user: Any = request.user
    source = selector.item(user, _number(request.GET.get("from")))
    if source is not None and source.kind == kind:
        return {**initial_of(source, user), "rev": None}
    start = _reading(request.GET.get("start")) or timezone.localdate()
    return blank_times(kind=kind, start=start, end=_reading(request.GET.get("end")), now=timezone.localtime())


def _saved(form: ItemForm, save: Save) -> CalendarItem | None:
    """Return the saved item, or None with the reasons in the form."""
    if not form.is_valid():
        return None
    try:
        return save(form.item_fields())
    except ValidationError as error:
        form.add_error(None, error)
    except items.NotThere:
        raise Http404 from None
    except items.ReadOnlyHere as error:
        form.add_error(None, str(error))
    return None


def _form(request: HttpRequest, form: ItemForm, *, status: int, **more: Any) -> HttpResponse:
    context = {
        "form": form,
        "kind": form.kind,
        "item": form.item,
        "icon": selector.ICONS[form.kind],
        "came_from": selector.came_from(form.item) if form.item else "",
        **more,
    }
    name = "_item_form" if request.htmx else "item_form"  # type: ignore[attr-defined]
    return render(request, f"calendarsync/{name}.html", context, status=status)


def _stale_form(request: HttpRequest, form: ItemForm, stale: items.StaleEdit) -> HttpResponse:
    """Show both versions; saving once more is then a choice made with open eyes."""
    form.add_error(None, str(stale))
    now_there = ItemForm(kind=form.kind, user=form.user, item=stale.item)
    changed = [
        {"label": field.label, "value": _shown(now_there, field.name)}
        for field in form.visible_fields()
        if str(now_there[field.name].initial) != str(form.initial.get(field.name)) or field.name in form.changed_data
    ]
    data: Any = form.data
    form.data = data | {"rev": str(stale.item.rev)}
    return _form(request, form, status=409, changed_meanwhile=changed)


def _shown(form: ItemForm, name: str) -> str:
    """Return a field's value in words: the labels of choices, Yes and No, and the plain text of the rest."""
    value = form[name].initial
    chosen = {str(part) for part in value} if isinstance(value, list) else {str(value)}
    choices = getattr(form.fields[name], "choices", None)
    if choices is not None:
        return ", ".join(str(label) for key, label in choices if str(key) in chosen) or "nothing"
    return {True: "Yes", False: "No", None: "nothing", "": "nothing"}.get(value, str(value))


def _after_saving(request: HttpRequest, item: CalendarItem, *, word: str) -> HttpResponse:
    text = f"{word}: {item}"
    if not request.htmx:  # type: ignore[attr-defined]
        messages.success(request, text)
        return redirect("calendar")
    told = {"text": text, "id": item.pk, "again": item.kind if "again" in request.POST else None}
    if word == "Added":
        told["undo"] = reverse("item-delete", args=[item.pk])
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps({"bms:saved": told})})


# --- One click -------------------------------------------------------------------------------------------------------
def _one_click(view: View) -> View:
    """Answer a refusal with its sentence: as JSON to scripts, as a message on the calendar to browsers without."""

    @require_POST
    @wraps(view)
    def guarded(request: HttpRequest, item_id: int) -> HttpResponse:
        try:
            return view(request, item_id)
        except items.NotThere:
            return _refused(request, "This item is no longer there.", status=404)
        except items.StaleEdit as error:
            return _refused(request, str(error), status=409)
        except items.ReadOnlyHere as error:
            return _refused(request, str(error), status=403)
        except ValidationError as error:
            return _refused(request, " ".join(error.messages), status=422)

    return guarded


@_one_click
def move(request: HttpRequest, item_id: int) -> HttpResponse:
    """Give an item the time to which it was dragged: `start` and `end` as the grid shows them, and `rev`."""
    user: Any = request.user
    item = selector.item(user, item_id)
    start, end = _reading(request.POST.get("start")), _reading(request.POST.get("end"))
    if item is None:
        raise items.NotThere
    if start is None or end is None or isinstance(start, datetime) != isinstance(end, datetime):
        raise ValidationError("Start and end must both be times, or both days.")
    when = wall_times.moved(item.when, start=start, end=end, zone=user.zone, name=user.time_zone)
    rev = _number(request.POST.get("rev"))
    moved = items.move(item_id=item_id, actor=user, when=when, expected_rev=rev, now=timezone.now())
    return _done(request, moved, text=f"Moved: {moved}")


@_one_click
def done(request: HttpRequest, item_id: int) -> HttpResponse:
    """Finish an item, or give it back the state named by `status`."""
    user: Any = request.user
    before = selector.item(user, item_id)
    if status := request.POST.get("status"):
        item = items.set_status(item_id=item_id, actor=user, status=status, now=timezone.now())
        return _done(request, item, text=f"{item.get_status_display()}: {item}")
    item = items.mark_done(item_id=item_id, actor=user, now=timezone.now())
    undo = {"status": before.status} if before else {}
    return _done(request, item, text=f"Done: {item}", undo=reverse("item-done", args=[item.pk]), undo_fields=undo)


@_one_click
def delete(request: HttpRequest, item_id: int) -> HttpResponse:
    """Take an item out of the calendar; the answer says how to bring it back."""
    item = items.delete(item_id=item_id, actor=request.user, now=timezone.now())  # type: ignore[arg-type]
    return _done(request, item, text=f"Deleted: {item}", undo=reverse("item-restore", args=[item.pk]))


@_one_click
def restore(request: HttpRequest, item_id: int) -> HttpResponse:
    """Bring a deleted item back."""
    item = items.restore(item_id=item_id, actor=request.user, now=timezone.now())  # type: ignore[arg-type]
    return _done(request, item, text=f"Restored: {item}")


def _done(request: HttpRequest, item: CalendarItem, *, text: str, **more: Any) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"id": item.pk, "rev": item.rev, "text": text, **more})
    messages.success(request, text)
    return redirect("calendar")


def _refused(request: HttpRequest, text: str, *, status: int) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"text": text}, status=status)
    messages.error(request, text)
    return redirect("calendar")


def _wants_json(request: HttpRequest) -> bool:
    return not request.accepts("text/html")


def _reading(text: str | None) -> datetime | date | None:
    """Return a reading of the person's clocks, or a day, as the grid writes them; None for anything else."""
    try:
        if text is not None and len(text) == 10:
            return date.fromisoformat(text)
        return datetime.fromisoformat(text or "").replace(tzinfo=None)
    except ValueError:
        return None


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 19 else 0
