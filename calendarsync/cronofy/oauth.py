"""OAuth at Cronofy: the address of the portal, tokens from a code, refresh, revoke."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from calendarsync.cronofy import transport, wire
from calendarsync.cronofy.errors import AccessWithdrawn, NotAllowed, OurFault

SCOPES = "read_events create_event delete_event"
LONGEST_LIFE = 86_400
"""Seconds for which a token is believed to live at most, whatever its answer says."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What both token grants return. `account_id` and `profile` come only with a code."""

    access_token: str
    refresh_token: str
    expires_in: int
    """Seconds, roughly: a 401 may come earlier."""
    scope: str
    account_id: str = ""
    profile: wire.Profile | None = None


def authorize_url(*, app_url: str, client_id: str, redirect_uri: str, state: str, scope: str = SCOPES) -> str:
    """Return where to send the browser so that the user can allow us to use a calendar."""
    # https://docs.cronofy.com/developers/api/authorization/request-authorization/
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": scope,
        "state": state,
        # Else a second log-in in the same browser would be joined to the first one's account.
        "avoid_linking": "true",
    }
    return f"{app_url}/oauth/authorize?{urlencode(query)}"


def token_from_code(*, api_url: str, client_id: str, client_secret: str, code: str, redirect_uri: str) -> Tokens:
    """Exchange a code, which works once and not for long. Raises AccessWithdrawn if it no longer does."""
    # https://docs.cronofy.com/developers/api/authorization/request-token/
    body = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    return _tokens(api_url, {"client_id": client_id, "client_secret": client_secret, **body})


def refresh(*, api_url: str, client_id: str, client_secret: str, refresh_token: str) -> Tokens:
    """Return the next pair; the refresh token may be a new one. Raises AccessWithdrawn once it was revoked."""
    # https://docs.cronofy.com/developers/api/authorization/refresh-token/
    body = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return _tokens(api_url, {"client_id": client_id, "client_secret": client_secret, **body})


def revoke(*, api_url: str, client_id: str, client_secret: str, token: str) -> None:
    """End the whole authorization. One that has ended already is fine."""
    # https://docs.cronofy.com/developers/api/authorization/revoke/
    body = {"client_id": client_id, "client_secret": client_secret, "token": token}
    transport.send("POST", f"{api_url}/oauth/token/revoke", json=body)


def _tokens(api_url: str, body: dict[str, Any]) -> Tokens:
    try:
        answer = transport.send("POST", f"{api_url}/oauth/token", json=body)
    except OurFault as fault:
        # 400 is used by the token grants alone; a wrong client id or secret is for the operator, not the user.
        if fault.code == "invalid_grant":
            raise AccessWithdrawn(str(fault)) from None
        raise
    except NotAllowed as error:
        # 401 or 403 here speak of our own credentials too: no user's grant is lost by them.
        raise OurFault(str(error)) from None
    return wire_tokens(transport.json_of(answer))


def wire_tokens(body: Any) -> Tokens:
    """Return the parts of a token answer. Raises OurFault if the tokens are missing."""
    body = body if isinstance(body, dict) else {}
    access, again = wire.text(body.get("access_token")), wire.text(body.get("refresh_token"))
    if not access or not again:
        raise OurFault("The token answer holds no tokens.")
    return Tokens(
        access_token=access,
        refresh_token=again,
        expires_in=min(max(wire.integer(body.get("expires_in"), default=3600), 0), LONGEST_LIFE),
        scope=wire.text(body.get("scope")),
        account_id=wire.text(body.get("account_id")) or wire.text(body.get("sub")),
        profile=wire.linking_profile(body.get("linking_profile")),
    )
