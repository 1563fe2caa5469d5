"""The linked person's own calendar, as they would see it at their provider, with the wire beside it."""

from datetime import datetime

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from cronofy_sandbox.core import times
from cronofy_sandbox.models import Account
from cronofy_sandbox.pages import rows, switches
from cronofy_sandbox.pages.catalogue import SERVICES
from cronofy_sandbox.pages.problems import form_error
from cronofy_sandbox.services import accounts as signing_in
from cronofy_sandbox.services import clock, writing


class NewAccountForm(forms.Form):
    """A demo account without an application: the name before the @ of the service's demo domain."""

    service = forms.ChoiceField(choices=[(service.key, service.label) for service in SERVICES])
    name = forms.SlugField(label="Name", max_length=60, help_text="For example dana. The address is made from it.")


@require_http_methods(["GET", "POST"])
@never_cache
def accounts(request: HttpRequest) -> HttpResponse:
    """List the linked people, or make one more."""
    form = NewAccountForm(request.POST or None)
    if form.is_valid():
        service = next(service for service in SERVICES if service.key == form.cleaned_data["service"])
        try:
            address = f"{form.cleaned_data['name']}@{service.domain}"
            profile = signing_in.sign_in(service.key, address, signing_in.PASSWORD)
            return redirect("sandbox-calendar", profile.account.uid)
        except signing_in.SignInRefused as refused:
            form.add_error("name", form_error(refused.code))
    context = {"section": "calendars", "people": rows.people(), "form": form}
    return render(request, "sandbox/calendar/accounts.html", context, status=422 if form.errors else 200)


@require_GET
@never_cache
def calendar(request: HttpRequest, account_uid: str) -> HttpResponse:
    """Show one person's calendars in a grid, with the wire panel and the fault switches."""
    account = get_object_or_404(Account, uid=account_uid)
    context = {
        "section": "calendars",
        "account": account,
        "profiles": account.profiles.order_by("id"),
        "calendars": rows.calendars_of(account),
        "wire": rows.wire(account),
        "seeds": switches.seeds(account),
        "groups": switches.groups(account),
        "reset": switches.reset(account),
    }
    return render(request, "sandbox/calendar/calendar.html", context)


@require_GET
@never_cache
def feed(request: HttpRequest, account_uid: str) -> HttpResponse:
    """Answer with the events between `start` and `end`, wall times of the account's zone; 304 if nothing changed."""
    account = get_object_or_404(Account, uid=account_uid)
    try:
        start, end = _wall(request.GET.get("start", "")), _wall(request.GET.get("end", ""))
    except times.NotATime:
        return JsonResponse({"error": "start and end must be times"}, status=422)
    writing.land_due_writes(clock.now())
    etag = f'"{rows.feed_state(account)}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified()
    return JsonResponse(rows.feed(account, start=start, end=end), safe=False, headers={"ETag": etag})


def _wall(text: str) -> datetime:
    """Return the wall time that `text` says, its offset ignored. May raise NotATime."""
    return times.read(text, zone_name="Etc/UTC", local_allowed=True).at.replace(tzinfo=None)


@require_GET
@never_cache
def wire(request: HttpRequest, account_uid: str) -> HttpResponse:
    """Answer with the inside of the wire panel, for the page that asks every two seconds."""
    account = get_object_or_404(Account, uid=account_uid)
    return render(request, "sandbox/calendar/_wire.html", {"account": account, "wire": rows.wire(account)})
