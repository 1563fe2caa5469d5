"""Pages that people reach by an address they were given: mend a broken link, answer a wish for more permissions."""

from collections.abc import Sequence

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cronofy_sandbox.core import providers
from cronofy_sandbox.models import Calendar, PermissionsRequest, Profile
from cronofy_sandbox.pages import problems
from cronofy_sandbox.pages.catalogue import BY_KEY, Service
from cronofy_sandbox.pages.forms import secret_field
from cronofy_sandbox.pages.portal import problem_page
from cronofy_sandbox.services import accounts, clock
from cronofy_sandbox.services import permissions as granting
from cronofy_sandbox.services.accounts import SignInRefused


class RelinkForm(forms.Form):
    """The password once more, for an address that is known."""

    password = secret_field("Password")

    def __init__(self, *args: object, service: Service, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["password"].label = service.secret_label
        self.fields["password"].help_text = "The password of every invented account is “sandbox”."


@require_http_methods(["GET", "POST"])
@never_cache
def relink(request: HttpRequest, token: str) -> HttpResponse:
    """Let the person sign in again, so that a disconnected calendar works again."""
    profile = Profile.objects.select_related("account").filter(relink_token=token).first()
    service = BY_KEY.get(providers.BY_SERVICE[profile.provider_service].key) if profile else None
    if profile is None or service is None:
        return problem_page(request, "relink_unknown")
    form = RelinkForm(request.POST or None, service=service)
    if request.POST.get("action") == "demo":
        return _mend(request, profile, service, accounts.PASSWORD, form)
    if form.is_valid():
        return _mend(request, profile, service, form.cleaned_data["password"], form)
    return _relink_page(request, profile, service, form)


def _mend(request: HttpRequest, profile: Profile, service: Service, password: str, form: RelinkForm) -> HttpResponse:
    try:
        accounts.sign_in(service.key, profile.name, password)
    except SignInRefused as refused:
        if refused.code in problems.PAGES:
            return problem_page(request, refused.code)
        form.full_clean()
        form.add_error(None, problems.form_error(refused.code))
        return _relink_page(request, profile, service, form)
    return redirect("relink", profile.relink_token)


def _relink_page(request: HttpRequest, profile: Profile, service: Service, form: RelinkForm) -> HttpResponse:
    heading = "This calendar is connected" if profile.connected else "Connect your calendar again"
    context = {"profile": profile, "service": service, "form": form, "heading": heading}
    return render(request, "sandbox/portal/relink.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@never_cache
def permissions(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether the application may also change events that it did not write; the answer sends the browser back."""
    wish = PermissionsRequest.objects.select_related("application", "account").filter(token=token).first()
    if wish is None or wish.answered_at is not None:
        return problem_page(request, "permissions_unknown")
    decision = request.POST.get("decision")
    if decision in {"allow", "deny"}:
        return redirect(granting.answer(wish, accept=decision == "allow", now=clock.now()))
    context = {
        "wish": wish,
        "application": wish.application,
        "calendars": _wished_calendars(wish),
        "heading": f"Let {wish.application.name} change all events?",
    }
    return render(request, "sandbox/portal/permissions.html", context)


def _wished_calendars(wish: PermissionsRequest) -> Sequence[Calendar]:
    uids = [entry["calendar_id"] for entry in wish.permissions if entry.get("permission_level") == "unrestricted"]
    return list(Calendar.objects.select_related("profile").filter(uid__in=uids, profile__account=wish.account))
