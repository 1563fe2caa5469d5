"""Cronofy's push notifications. Whose? Genuine? Written down? Then an answer, in milliseconds."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from calendarsync.core import signature
from calendarsync.cronofy import wire
from calendarsync.services import deliveries


@csrf_exempt
@login_not_required
@require_POST
def cronofy(request: HttpRequest, token: str) -> HttpResponse:
    """Check the signature over the raw body, store the notice, answer. What it says is never applied.

    403: not signed by Cronofy. 400: no notification. 410: the address is of no integration (any more).
    """
    header = request.headers.get("Cronofy-HMAC-SHA256", "")
    if not signature.is_genuine(request.body, header, secrets=settings.CRONOFY_CLIENT_SECRETS):
        return HttpResponse(status=403)
    notification = wire.notification(request.body)
    if notification is None:
        return HttpResponse(status=400)
    is_known = deliveries.accept(hook_token=token, notification=notification, now=timezone.now())
    return HttpResponse(status=204 if is_known else 410)
