"""For machines that ask whether this process lives and whether it can work."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from calendarsync.services import health


@login_not_required
@never_cache
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """Say that the process answers. Restarting it would not cure anything that this does not see."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """Say whether database and broker answer, with 503 if one does not."""
    found = {"database": health.database_answers(), "broker": health.broker_answers()}
    return JsonResponse(found, status=200 if all(found.values()) else 503)
