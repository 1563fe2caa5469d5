"""Calendar Sync Settings: one view for every step. The core says which step is open, forms/wizard.py how it looks."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from calendarsync.core import wizard
from calendarsync.core.windows import FUTURE_CHOICES, PAST_CHOICES, Reach
from calendarsync.core.wizard import Step
from calendarsync.cronofy.errors import CronofyError
from calendarsync.forms.wizard import GROUPS, PAGES, StepForm
from calendarsync.models import Integration
from calendarsync.models.sync_runs import Direction
from calendarsync.selectors import settings_pages
from calendarsync.selectors.integrations import effective_days, integration_row
from calendarsync.services import integrations
from calendarsync.views.asking import PersonRequest, finished_integration_of, integration_of

_SYNC_NOW = (
    (Direction.BOTH, "Both", "arrow-left-right"),
    (Direction.RETRIEVE, "Retrieve", "arrow-left"),
    (Direction.SEND, "Send", "arrow-right"),
)


@require_safe
def enter(request: PersonRequest, integration_id: int) -> HttpResponse:
    """Go to the step that is next: the first one without an answer, or the first of an existing integration."""
    integration = integration_of(request, integration_id)
    if integration.finished_at is not None:
        return _to(integration, Step.LINKED_CALENDAR)
    return _to(integration, wizard.first_unanswered(integrations.answered(integration)))


@never_cache
@require_http_methods(["GET", "POST"])
def step(request: PersonRequest, integration_id: int, key: str) -> HttpResponse:
    """Show one step, keep its answers, and go on or back."""
    integration, here = integration_of(request, integration_id), _step(key)
    if not wizard.is_open(here, answered=integrations.answered(integration)):
        return _to(integration, wizard.first_unanswered(integrations.answered(integration)))
    given = request.POST if request.method == "POST" else None
    form = PAGES[here].form(given, integration=integration, chosen=integrations.choices(integration))
    if request.method == "POST":
        return _keep(request, integration, here, form)
    return _show(request, integration, here, form)


def _step(key: str) -> Step:
    try:
        return Step(key)
    except ValueError:
        raise Http404 from None


def _to(integration: Integration, here: Step) -> HttpResponse:
    return redirect("wizard-step", integration.pk, here.value)


def _keep(request: PersonRequest, integration: Integration, here: Step, form: StepForm) -> HttpResponse:
    """Keep valid answers whichever way one leaves; going back is never refused."""
    goes_back = request.POST.get("go") == "previous"
    if form.is_valid() and here in integrations.FIELDS_OF:
        integrations.save_step(integration_id=integration.pk, step=here, answers=form.answers())
    if goes_back:
        return _to(integration, wizard.previous_step(here) or here)
    if not form.is_valid():
        return _show(request, integration, here, form, status=422)
    after = wizard.next_step(here)
    return _to(integration, after) if after else _finish(request, integration, form)


def _finish(request: PersonRequest, integration: Integration, form: StepForm) -> HttpResponse:
    is_first = integration.finished_at is None
    try:
        run = integrations.finish(integration_id=integration.pk, user=request.user, now=timezone.now())
    except ValidationError as refused:
        form.add_error(None, refused)
        return _show(request, integration, Step.CONFIRMATION, form, status=422)
    done = "Calendar Sync is set up." if is_first else "The settings are saved."
    messages.success(request, f"{done} The sync has started." if run else done)
    return redirect(f"{reverse('integrations')}?{urlencode({'new': integration.pk})}")


def _show(
    request: PersonRequest, integration: Integration, here: Step, form: StepForm, status: int = 200
) -> HttpResponse:
    chosen = integrations.choices(integration)
    context: dict[str, Any] = {
        "integration": integration,
        "form": form,
        "step": here,
        "step_title": wizard.TITLES[here],
        "tabs": wizard.tabs(here, answered=integrations.answered(integration)),
        "has_previous": wizard.previous_step(here) is not None,
        "directions": _SYNC_NOW,
        "has_changes": integrations.has_changes(integration),
        "row": integration_row(integration, now=timezone.now()),
        "page": settings_pages.settings_page(integration, chosen, today=timezone.localdate()),
    }
    return render(request, PAGES[here].template, context, status=status)


@never_cache
@require_safe
def days(request: PersonRequest, integration_id: int, group: str) -> HttpResponse:
    """Give the days that the two drop-downs of a group mean, as they are changed."""
    integration = integration_of(request, integration_id)
    if group not in GROUPS:
        raise Http404
    past, future = (request.GET.get(f"{group}_{side}", "") for side in ("past", "future"))
    found = effective_days(
        past=past if past in PAST_CHOICES else Reach.TODAY,
        future=future if future in FUTURE_CHOICES else Reach.TODAY,
        today=timezone.localdate(),
        retrieves=group == "retrieve",
    )
    count = ""
    if group == "send":
        kinds = integrations.choices(integration).sends
        count = settings_pages.count_words(settings_pages.items_to_send(request.user, kinds, found))
    return render(request, "wizard/_days.html", {"days": found, "count": count})


@require_POST
def refresh(request: PersonRequest, integration_id: int) -> HttpResponse:
    """Read the account's list of calendars again."""
    integration = integration_of(request, integration_id)
    try:
        integrations.refresh_calendars(integration=integration, now=timezone.now())
    except CronofyError:
        messages.error(
            request, "Cronofy did not give the list of calendars. Try again in a minute; if it stays so, reconnect."
        )
    else:
        messages.success(request, "The list of calendars is up to date.")
    return _to(integration, Step.LINKED_CALENDAR)


@require_POST
def discard(request: PersonRequest, integration_id: int) -> HttpResponse:
    """Go back to the settings that are in force."""
    integration = finished_integration_of(request, integration_id)
    integrations.discard_changes(integration=integration)
    messages.success(request, "The changes are discarded; the settings are as they were.")
    return _to(integration, Step.LINKED_CALENDAR)
