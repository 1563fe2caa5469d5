"""OAuth: authorization requests, codes, tokens, revocation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.db import transaction
from django.utils.crypto import constant_time_compare

from cronofy_sandbox.core import providers, scopes
from cronofy_sandbox.models import (
    AccessToken,
    Account,
    Application,
    Authorization,
    AuthorizationCode,
    Channel,
    LinkToken,
    Profile,
)
from cronofy_sandbox.services import clock, faults, ids

CODE_LIFE = timedelta(seconds=60)
TOKEN_LIFE = timedelta(hours=1)
LINK_TOKEN_LIFE = timedelta(minutes=30)
REFRESH_BRINGS_NEW_BELOW = timedelta(minutes=10)


class RequestRefused(Exception):
    """A faulty authorization request that must not redirect: unknown client or unacceptable redirect address.

    `code` is `unknown_client` or `bad_redirect_uri`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class RedirectError(Exception):
    """A faulty authorization request whose error goes back to the application: send the browser to `url`."""

    def __init__(self, url: str, error: str) -> None:
        super().__init__(error)
        self.url = url
        self.error = error


class TokenRefused(Exception):
    """A refused token or revoke call: answer 400 with `error` and, if any, `description`."""

    def __init__(self, error: str, description: str = "") -> None:
        super().__init__(error)
        self.error = error
        self.description = description


@dataclass(frozen=True)
class AuthorizeRequest:
    """A valid authorization request, as the portal works with it. Holds plain values: a session can keep it."""

    client_id: str
    redirect_uri: str
    scope: str
    state: str
    provider: str  # a provider's key, or "" when the user chooses
    avoid_linking: bool
    link_token: str
    locale: str

    @property
    def application(self) -> Application:
        """The application that asks."""
        return Application.objects.get(client_id=self.client_id)

    def answer_url(self, **answer: str) -> str:
        """Return the redirect address with the answer's parameters and the state added."""
        if self.state:
            answer["state"] = self.state
        separator = "&" if urlsplit(self.redirect_uri).query else "?"
        return f"{self.redirect_uri}{separator}{urlencode(answer)}"

    def refusal_url(self, error: str = "access_denied") -> str:
        """Return where to send a browser whose user declined."""
        return self.answer_url(error=error)


def validate_request(params: Mapping[str, str]) -> AuthorizeRequest:
    """Return the request that the query of `/oauth/authorize` makes. Empty parameters count as absent.

    Raises RequestRefused (show an error page) or RedirectError (send the browser back with `error`).
    """
    given = {name: value.strip() for name, value in params.items() if value.strip()}
    application = Application.objects.filter(client_id=given.get("client_id", "")).first()
    if application is None:
        raise RequestRefused("unknown_client")
    redirect_uri = given.get("redirect_uri", "")
    if not _may_redirect(application, redirect_uri):
        raise RequestRefused("bad_redirect_uri")
    request = AuthorizeRequest(
        client_id=application.client_id,
        redirect_uri=redirect_uri,
        scope=" ".join(scopes.split(given.get("scope", ""))),
        state=params.get("state", ""),
        provider=_provider_key(given.get("provider_name", "")),
        avoid_linking=given.get("avoid_linking", "").lower() in {"true", "1"},
        link_token=given.get("link_token", ""),
        locale=given.get("locale", ""),
    )
    error = _request_error(given, request)
    if error:
        raise RedirectError(request.answer_url(error=error), error)
    return request


def _may_redirect(application: Application, uri: str) -> bool:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.fragment:
        return False
    return not application.in_production or uri in application.redirect_uris


def _provider_key(name: str) -> str:
    """Names that are not known just leave the choice to the user."""
    return name if name in providers.BY_KEY else ""


def _request_error(given: Mapping[str, str], request: AuthorizeRequest) -> str:
    if "response_type" not in given:
        return "invalid_request"
    if given["response_type"] != "code":
        return "unsupported_response_type"
    if not request.scope:
        return "invalid_request"
    if scopes.unknown(request.scope):
        return "invalid_scope"
    if request.link_token and account_of_link_token(request.link_token, now=clock.now()) is None:
        return "invalid_request"
    return ""


def issue_code(request: AuthorizeRequest, profile: Profile, *, now: datetime | None = None) -> str:
    """Note that the user of `profile` allowed the request; return the redirect address with `code` and `state`."""
    code = AuthorizationCode.objects.create(
        code=ids.token(),
        application=request.application,
        profile=profile,
        redirect_uri=request.redirect_uri,
        scope=request.scope,
        expires_at=(now or clock.now()) + CODE_LIFE,
    )
    return request.answer_url(code=code.code)


def joined_account(request: AuthorizeRequest, remembered: Account | None, *, now: datetime) -> Account | None:
    """Return the account that a new login of this request is added to, or None for one of its own.

    A link token names it; otherwise it is the account that the browser remembers, unless `avoid_linking` was asked for.
    """
    if request.link_token:
        return account_of_link_token(request.link_token, now=now)
    return None if request.avoid_linking else remembered


def account_of_link_token(token: str, *, now: datetime) -> Account | None:
    """Return the account a link token stands for, or None when it is unknown or too old."""
    found = LinkToken.objects.filter(token=token, expires_at__gt=now).select_related("account").first()
    return found.account if found else None


def new_link_token(authorization: Authorization, *, now: datetime) -> str:
    """Return a token with which the next login joins the authorization's account."""
    token = ids.token()
    LinkToken.objects.create(
        token=token,
        account=authorization.account,
        application=authorization.application,
        expires_at=now + LINK_TOKEN_LIFE,
    )
    return token


def client(client_id: object, client_secret: object) -> Application:
    """Return the application with these credentials; every active secret counts. Raises TokenRefused."""
    application = Application.objects.filter(client_id=str(client_id or "")).first()
    secret = str(client_secret or "")
    if application is None or not any(constant_time_compare(secret, known) for known in application.secrets):
        raise TokenRefused("invalid_client")
    return application


@transaction.atomic
def redeem_code(application: Application, code: str, redirect_uri: str, *, now: datetime) -> dict[str, Any]:
    """Return the token answer for a code; works once. Raises TokenRefused."""
    found = (
        AuthorizationCode.objects.select_related("profile__account").filter(code=code, application=application).first()
    )
    if found is None or found.used_at or found.expires_at <= now:
        raise TokenRefused("invalid_grant", "errors.unknown_or_used")
    if found.redirect_uri != redirect_uri:
        raise TokenRefused("invalid_grant", "redirect_uri differs from the authorization request")
    AuthorizationCode.objects.filter(pk=found.pk).update(used_at=now)
    authorization = grant(application, found.profile.account, found.scope, now=now)
    profile = found.profile
    return {
        **token_body(authorization, now=now),
        "account_id": authorization.account.uid,
        "sub": authorization.account.uid,
        "linking_profile": {
            "provider_name": profile.provider_name,
            "provider_service": profile.provider_service,
            "profile_id": profile.uid,
            "profile_name": profile.name,
        },
    }


def grant(application: Application, account: Account, scope: str, *, now: datetime) -> Authorization:
    """Return the live authorization of the account for the application, made or revived, with the newest scope."""
    fresh = {"scope": scope, "granted_at": now, "refresh_token": ids.token()}
    authorization, is_new = Authorization.objects.select_related("account").get_or_create(
        application=application, account=account, defaults=fresh
    )
    if is_new:
        return authorization
    authorization.scope = scope
    if authorization.revoked_at is not None:
        authorization.revoked_at = None
        authorization.granted_at = now
        authorization.refresh_token = ids.token()
        authorization.previous_refresh_token = ""
    authorization.save()
    return authorization


@transaction.atomic
def refresh(application: Application, refresh_token: str, *, now: datetime) -> dict[str, Any]:
    """Return the token answer for a refresh token. Raises TokenRefused when it is unknown or revoked."""
    alive = Authorization.objects.select_related("account").filter(application=application, revoked_at=None)
    authorization = alive.filter(refresh_token=refresh_token).first()
    if authorization is not None:
        if authorization.previous_refresh_token:  # the new one has been used: the old one dies
            authorization.previous_refresh_token = ""
    else:
        authorization = alive.filter(previous_refresh_token=refresh_token).first() if refresh_token else None
    if authorization is None:
        raise TokenRefused("invalid_grant", "errors.unknown_or_used")
    if faults.Board(now).is_on("rotate_refresh_tokens") and authorization.refresh_token == refresh_token:
        authorization.previous_refresh_token = refresh_token
        authorization.refresh_token = ids.token()
    authorization.save()
    return token_body(authorization, now=now)


def token_body(authorization: Authorization, *, now: datetime) -> dict[str, Any]:
    """Return the members that all token answers share. A token with time left is handed out again."""
    token = authorization.access_tokens.filter(expires_at__gt=now + REFRESH_BRINGS_NEW_BELOW).last()
    if token is None:
        life = faults.Board(now).setting("token_lifetime")
        expires_at = now + (timedelta(seconds=life.get("seconds", 5)) if life is not None else TOKEN_LIFE)
        authorization.access_tokens.filter(expires_at__lt=now - timedelta(days=1)).delete()
        token = AccessToken.objects.create(token=ids.token(), authorization=authorization, expires_at=expires_at)
    return {
        "token_type": "bearer",
        "access_token": token.token,
        "expires_in": max(1, round((token.expires_at - now).total_seconds())),
        "refresh_token": authorization.refresh_token,
        "scope": authorization.scope,
    }


def authorization_of(access_token: str, *, now: datetime) -> Authorization | None:
    """Return what a bearer token stands for, or None when it is unknown, expired or revoked."""
    token = (
        AccessToken.objects.select_related("authorization__application", "authorization__account")
        .filter(token=access_token, expires_at__gt=now, authorization__revoked_at=None)
        .first()
    )
    return token.authorization if token else None


def find_authorization(application: Application, *, token: str = "", sub: str = "") -> Authorization | None:
    """Return the application's authorization by refresh token, access token or account id; the token wins."""
    mine = Authorization.objects.filter(application=application)
    if token:
        return mine.filter(refresh_token=token).first() or mine.filter(access_tokens__token=token).first()
    return mine.filter(account__uid=sub).first() if sub else None


@transaction.atomic
def revoke(authorization: Authorization, *, now: datetime) -> None:
    """End an authorization with all its tokens and channels. Managed events stay in the user's calendar."""
    Authorization.objects.filter(pk=authorization.pk, revoked_at=None).update(revoked_at=now)
    authorization.access_tokens.all().delete()
    mine = Channel.objects.filter(application_id=authorization.application_id, account_id=authorization.account_id)
    mine.filter(closed_at=None).update(closed_at=now, closed_because="authorization revoked")


def expire_access_tokens(authorization: Authorization, *, now: datetime) -> None:
    """Let all access tokens of an authorization run out at once, as if time had passed."""
    authorization.access_tokens.update(expires_at=now)
