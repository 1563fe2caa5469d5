"""The sandbox's front door: what this is, in five lines, and where to go from here."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from cronofy_sandbox.pages.catalogue import SERVICES
from cronofy_sandbox.services import starting


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Explain the sandbox and link to its rooms."""
    context = {
        "section": "home",
        "services": SERVICES,
        "client_id": starting.CLIENT_ID,
        "client_secret": starting.CLIENT_SECRET,
        "base": request.build_absolute_uri("/").rstrip("/"),
    }
    return render(request, "sandbox/home.html", context)
