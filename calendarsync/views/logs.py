"""Logs: every run, narrowed by the address; and one run with what became of each item."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from calendarsync.models.sync_runs import Direction, Result
from calendarsync.selectors import activity
from calendarsync.selectors import logs as log_selector
from calendarsync.selectors import runs as selector
from calendarsync.selectors.logs import RESULT_CHOICES, TRIGGER_CHIPS, LogFilter
from calendarsync.selectors.runs import RunDetail
from calendarsync.services import runs
from calendarsync.views import downloads
from calendarsync.views.asking import PersonRequest


@never_cache
@require_safe
def page(request: PersonRequest) -> HttpResponse:
    """List runs, newest first, 50 at a time."""
    wanted = LogFilter.from_query(request.GET)
    context = {
        "page": log_selector.log_page(request.user, wanted),
        "wanted": wanted,
        "activity": activity.activity(request.user, now=timezone.now(), integration_id=wanted.integration),
        "activity_parts": activity.PARTS,
        "chips": [(label, wanted.query(trigger=key), key == wanted.trigger) for key, label in TRIGGER_CHIPS.items()],
        "integrations": log_selector.integration_choices(request.user),
        "directions": Direction.choices,
        "results": RESULT_CHOICES.items(),
    }
    return render(request, "calendarsync/log_list.html", context)


@never_cache
@require_safe
def detail(request: PersonRequest, run_id: int) -> HttpResponse:
    """Show one run; the page asks for its moving part alone while the run goes on."""
    found = _detail(request, run_id)
    is_part = bool(request.htmx) and not request.htmx.boosted  # type: ignore[attr-defined]
    template = "calendarsync/run_live.html" if is_part else "calendarsync/run_detail.html"
    return render(request, template, {"run": found, "results": Result.choices})


def _detail(request: PersonRequest, run_id: int) -> RunDetail:
    after = request.GET.get("after", "")
    found = selector.run_detail(
        request.user,
        run_id,
        now=timezone.now(),
        result=request.GET.get("result", ""),
        after=int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0,
    )
    if found is None:
        raise Http404
    return found


@never_cache
@require_safe
def export(request: PersonRequest, run_id: int, form: str) -> StreamingHttpResponse:
    """Give every outcome of a run as a file, however many there are."""
    rows = selector.exported(request.user, run_id)
    if rows is None or form not in downloads.FORMS:
        raise Http404
    content_type, write = downloads.FORMS[form]
    response = StreamingHttpResponse(write(selector.EXPORT_COLUMNS, rows), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="sync-run-{run_id}.{form}"'
    return response


@require_POST
def cancel(request: PersonRequest, run_id: int) -> HttpResponse:
    """Stop a run after the batch at hand."""
    run = selector.run_of(request.user, run_id)
    if run is None:
        raise Http404
    runs.cancel(run=run, now=timezone.now())
    messages.success(request, "The sync is cancelled. What it did so far stays.")
    return redirect("run", run.pk)
