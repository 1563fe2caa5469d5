"""The list of integrations, and what can be done there: Active, Delete, Sync now."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from calendarsync.models.sync_runs import Direction, Trigger
from calendarsync.selectors import integrations as selector
from calendarsync.services import integrations, runs
from calendarsync.views.asking import PersonRequest, finished_integration_of, integration_of


@never_cache
@require_safe
def page(request: PersonRequest) -> HttpResponse:
    """Show every integration of the person; `?new=` names the one to point out."""
    rows = selector.integration_rows(request.user, now=timezone.now())
    new = request.GET.get("new", "")
    return render(request, "calendarsync/integration_list.html", {"rows": rows, "new": new})


@never_cache
@require_safe
def row(request: PersonRequest, integration_id: int) -> HttpResponse:
    """Give one row of the list, which the page asks for while something is running."""
    return _row(request, integration_id)


@require_POST
def active(request: PersonRequest, integration_id: int) -> HttpResponse:
    """Switch syncing on or off."""
    integration = finished_integration_of(request, integration_id)
    is_active = request.POST.get("is_active") == "on"
    integrations.set_active(integration=integration, is_active=is_active, now=timezone.now())
    if request.htmx:  # type: ignore[attr-defined]
        return _row(request, integration_id)
    state = "on" if is_active else "off"
    messages.success(request, f"Syncing with {integration.calendar_name} is switched {state}.")
    return redirect("integrations")


def _row(request: PersonRequest, integration_id: int) -> HttpResponse:
    integration = finished_integration_of(request, integration_id)
    found = selector.integration_row(integration, now=timezone.now())
    return render(request, "calendarsync/integration_row.html", {"row": found})


@require_http_methods(["GET", "POST"])
def delete(request: PersonRequest, integration_id: int) -> HttpResponse:
    """Ask on a page of its own where no dialog could, then end the integration."""
    integration = integration_of(request, integration_id)
    if request.method == "GET":
        found = selector.integration_row(integration, now=timezone.now())
        return render(request, "calendarsync/integration_delete.html", {"row": found})
    integrations.delete(integration=integration, now=timezone.now())
    name = integration.calendar_name or "The unfinished setup"
    messages.success(request, f"{name} is deleted. Nothing syncs with it any more.")
    return redirect("integrations")


@require_POST
def retry_failed(request: PersonRequest, integration_id: int) -> HttpResponse:
    """Try once more what was given up."""
    integration = finished_integration_of(request, integration_id)
    count = integrations.retry_failed(integration=integration, now=timezone.now())
    items = "1 item is" if count == 1 else f"{count} items are"
    messages.success(request, f"{items} being sent once more." if count else "There is nothing to try again.")
    return redirect("status", integration.pk)


@require_POST
def sync_now(request: PersonRequest, integration_id: int) -> HttpResponse:
    """Start a sync by hand and show its progress, or say why it does not start."""
    integration = finished_integration_of(request, integration_id)
    direction = request.POST.get("direction", "")
    try:
        run = runs.ask(
            integration=integration,
            trigger=Trigger.MANUAL,
            direction=Direction(direction) if direction in Direction.values else Direction.BOTH,
            asked_by=request.user,
            now=timezone.now(),
        )
    except runs.MayNotRun as refused:
        messages.error(request, refused.message)
        return redirect("wizard", integration.pk)
    return redirect("run", run.pk)
