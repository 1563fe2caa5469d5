"""Click to Connect: out to the portal and back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from calendarsync import wording
from calendarsync.services import connecting
from calendarsync.services.connecting import Connected, ConnectionRefused, Refusal
from calendarsync.views.asking import PersonRequest, finished_integration_of

_STATUSES = {Refusal.TRY_LATER: 503, Refusal.OUR_FAULT: 502, Refusal.OTHER_USER: 403}


@never_cache
@require_GET
def start(request: PersonRequest, integration_id: int | None = None) -> HttpResponse:
    """Send the browser to the portal; with `integration_id`, to connect the account of that integration again."""
    reconnect = None if integration_id is None else finished_integration_of(request, integration_id)
    address = connecting.begin(user=request.user, session=request.session, now=timezone.now(), reconnect=reconnect)
    return HttpResponseRedirect(address)


@never_cache
@require_GET
def callback(request: PersonRequest) -> HttpResponse:
    """Receive the browser from the portal; go on to the wizard, or say why nothing was connected."""
    try:
        connected = connecting.complete(
            user=request.user,
            session=request.session,
            state=request.GET.get("state", ""),
            code=request.GET.get("code", ""),
            error=request.GET.get("error", ""),
            now=timezone.now(),
        )
    except ConnectionRefused as refused:
        return _refused(request, refused.refusal)
    return _go_on(request, connected)


def _refused(request: PersonRequest, refusal: Refusal) -> HttpResponse:
    words = wording.of_refusal(refusal)
    return render(request, "calendarsync/connect_refused.html", {"words": words}, status=_STATUSES.get(refusal, 400))


def _go_on(request: PersonRequest, connected: Connected) -> HttpResponse:
    if connected.draft is None:
        messages.success(
            request, f"{connected.grant.email} is connected again. Whatever changed meanwhile follows now."
        )
        return redirect("integrations")
    if connected.is_other_account:
        messages.warning(
            request,
            f"You chose another account in the portal: {connected.grant.email}. You can set it up as a new "
            "integration here, or go back and reconnect the first one.",
        )
    return redirect("wizard", connected.draft.pk)
