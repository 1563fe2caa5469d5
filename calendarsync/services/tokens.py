"""Access tokens: read, refreshed under the grant's row lock, and saved before they are used."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from calendarsync.cronofy import oauth
from calendarsync.cronofy.client import Client
from calendarsync.cronofy.errors import AccessWithdrawn
from calendarsync.cronofy.hosts import Hosts, hosts_of
from calendarsync.models import Grant
from calendarsync.services import rate

EARLY = timedelta(seconds=60)
"""A token that ends this soon is not worth starting a call with."""


def hosts() -> Hosts:
    """Return where Cronofy is for this installation."""
    return hosts_of(settings.CRONOFY_DATA_CENTER, api_url=settings.CRONOFY_API_URL, app_url=settings.CRONOFY_APP_URL)


def client_for(grant: Grant, *, clock: Callable[[], datetime] = timezone.now) -> Client:
    """Return a client for the grant's account. Its calls may raise AccessWithdrawn, after which the grant is lost."""
    grant_id, user_id = grant.pk, grant.user_id

    def token(stale: str | None) -> str:
        return _token(grant_id, stale=stale, clock=clock)

    def admit(is_further: bool) -> None:
        rate.admit(who=user_id, is_further=is_further)

    return Client(api_url=hosts().api, token=token, admit=admit)


def save(grant: Grant, tokens: oauth.Tokens, *, now: datetime) -> None:
    """Put a new pair into the row, both or none. Does not save."""
    grant.access_token, grant.refresh_token = tokens.access_token, tokens.refresh_token
    grant.access_expires_at = now + timedelta(seconds=tokens.expires_in)
    grant.scope = tokens.scope[:500] or grant.scope


def mark_lost(grant_id: int, *, now: datetime) -> None:
    """Note that the tokens no longer work, keeping the moment at which that was first seen."""
    Grant.objects.filter(pk=grant_id, lost_at=None).update(lost_at=now)


def _token(grant_id: int, *, stale: str | None, clock: Callable[[], datetime]) -> str:
    """Return an access token that is not `stale`. Raises AccessWithdrawn."""
    grant = Grant.objects.get(pk=grant_id)
    if grant.lost_at is not None:
        raise AccessWithdrawn("The authorization has ended.")
    if grant.access_token != stale and grant.access_expires_at > clock() + EARLY:
        return str(grant.access_token)
    try:
        return _refreshed(grant_id, stale=grant.access_token, clock=clock)
    except AccessWithdrawn:
        mark_lost(grant_id, now=clock())
        raise


def _refreshed(grant_id: int, *, stale: str, clock: Callable[[], datetime]) -> str:
    """Refresh while holding the row: the one call made inside a transaction (docs/adr/0003).

    Two workers that refresh at once can rotate each other's token away for good. Whoever waited finds the
    other's token and takes that.
    """
    with transaction.atomic():
        grant = Grant.objects.select_for_update().get(pk=grant_id)
        if grant.access_token != stale:
            return str(grant.access_token)
        rate.admit(who=grant.user_id)
        tokens = oauth.refresh(
            api_url=hosts().api,
            client_id=settings.CRONOFY_CLIENT_ID,
            client_secret=settings.CRONOFY_CLIENT_SECRETS[0],
            refresh_token=grant.refresh_token,
        )
        now = clock()
        save(grant, tokens, now=now)
        grant.refreshed_at = now
        grant.save(update_fields=["access_token", "refresh_token", "access_expires_at", "scope", "refreshed_at"])
    return tokens.access_token
