"""Status: how one integration is, from its rows alone."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from calendarsync.selectors import integrations as selector
from calendarsync.views.asking import PersonRequest, finished_integration_of


@never_cache
@require_safe
def page(request: PersonRequest, integration_id: int) -> HttpResponse:
    """Show connection, channel, freshness, queue and window."""
    integration = finished_integration_of(request, integration_id)
    found = selector.status_of(integration, now=timezone.now(), today=timezone.localdate())
    return render(request, "calendarsync/status_detail.html", {"status": found, "row": found.row})
