"""Who asks, and for which integration: the one gate between people's integrations for all pages of Calendar Sync."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from calendarsync.models import Integration, User


class PersonRequest(HttpRequest):
    """A request of somebody who is logged in: LoginRequiredMiddleware lets no other through to these views."""

    user: User


def integration_of(request: PersonRequest, integration_id: int) -> Integration:
    """Return an integration of the person who asks. Raises Http404 for anybody else's, and for a deleted one."""
    own = Integration.objects.all().of(request.user).select_related("grant")
    integration: Integration = get_object_or_404(own, pk=integration_id)
    return integration


def finished_integration_of(request: PersonRequest, integration_id: int) -> Integration:
    """Return one whose wizard was finished. Raises Http404 for any other."""
    own = Integration.objects.all().of(request.user).finished().select_related("grant")
    integration: Integration = get_object_or_404(own, pk=integration_id)
    return integration
