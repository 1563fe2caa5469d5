"""Control API: people, their logins and calendars, applications and grants."""

from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from django.db import transaction

from cronofy_sandbox.control import shapes
from cronofy_sandbox.control.framework import Ask, found
from cronofy_sandbox.core import providers, times
from cronofy_sandbox.core.errors import Invalid
from cronofy_sandbox.core.scopes import KNOWN
from cronofy_sandbox.models import Account, Application, Authorization, Calendar, Profile
from cronofy_sandbox.services import accounts, oauth, seeding, starting

ALL_SCOPES = " ".join(sorted(KNOWN))


def _fresh(account_pk: int) -> dict[str, Any]:
    return shapes.account(accounts.people().get(pk=account_pk))


def list_accounts(_ask: Ask) -> Any:
    """All people of the sandbox."""
    return {"accounts": [shapes.account(row) for row in accounts.people()]}


def get_account(_ask: Ask, account_id: str) -> Any:
    """One person."""
    return shapes.account(found(accounts.people().filter(uid=account_id).first()))


@transaction.atomic
def create_account(ask: Ask) -> Any:
    """Make a person with calendars, and events in the primary one; a known login is returned as it is."""
    provider = providers.BY_KEY[ask.body["service"]]
    email = ask.body["email"].strip().lower()
    if "@" not in email.strip("@"):
        raise Invalid({"email": ["errors.invalid_email"]})
    profile = Profile.objects.filter(provider_service=provider.provider_service, name=email).first()
    if profile is None:
        profile = accounts.make_profile(
            provider,
            email,
            name=ask.body.get("name", ""),
            zone=ask.body.get("zone", accounts.DEFAULT_ZONE),
            now=ask.now,
        )
        _prepare(profile, ask)
    return _fresh(profile.account_id)


def _prepare(profile: Profile, ask: Ask) -> None:
    if ask.body.get("initial_sync_required"):
        Profile.objects.filter(pk=profile.pk).update(initial_sync_required=True)
    if ask.body.get("events"):
        calendar = profile.calendars.select_related("profile__account").get(primary=True)
        seeding.seed(calendar, "plain", ask.body["events"], now=ask.now)


def delete_account(_ask: Ask, account_id: str) -> None:
    """Forget a person with everything that belongs to them."""
    found(Account.objects.filter(uid=account_id).first()).delete()


def disconnect(ask: Ask, profile_id: str) -> Any:
    """Break the link to the provider, as a changed password does."""
    profile = found(Profile.objects.select_related("account").filter(uid=profile_id).first())
    accounts.disconnect(profile, now=ask.now)
    return shapes.profile(profile)


def relink(ask: Ask, profile_id: str) -> Any:
    """Mend the link."""
    profile = found(Profile.objects.select_related("account").filter(uid=profile_id).first())
    accounts.relink(profile, now=ask.now)
    return shapes.profile(profile)


def finish_initial_sync(ask: Ask, profile_id: str) -> Any:
    """End the first import of a login."""
    profile = found(Profile.objects.select_related("account").filter(uid=profile_id).first())
    accounts.finish_initial_sync(profile, now=ask.now)
    return shapes.profile(profile)


def create_calendar(ask: Ask, profile_id: str) -> Any:
    """Add a calendar as the user."""
    profile = found(Profile.objects.filter(uid=profile_id).first())
    calendar = accounts.add_calendar(
        profile,
        ask.body["name"],
        color=ask.body.get("color", ""),
        readonly=ask.body.get("readonly", False),
        now=ask.now,
    )
    return shapes.calendar(calendar)


def change_calendar(ask: Ask, calendar_id: str) -> Any:
    """Rename, lock, remove or share a calendar as the user."""
    calendar = found(Calendar.objects.filter(uid=calendar_id).first())
    return shapes.calendar(accounts.change_calendar(calendar, ask.body))


def list_applications(_ask: Ask) -> Any:
    """The registered applications."""
    return {"applications": [shapes.application(row) for row in Application.objects.order_by("id")]}


def put_application(ask: Ask) -> Any:
    """Register an application, or change one."""
    values = {name: value for name, value in ask.body.items() if name != "client_id"}
    first = {"name": ask.body["client_id"], "secrets": [starting.CLIENT_SECRET]} | values
    row, _ = Application.objects.update_or_create(
        client_id=ask.body["client_id"], defaults=values, create_defaults=first
    )
    return shapes.application(row)


@transaction.atomic
def add_secret(ask: Ask, client_id: str) -> Any:
    """Add a client secret as the newest one: rotation has begun."""
    row = found(Application.objects.filter(client_id=client_id).first())
    secret = ask.body["secret"]
    row.secrets = [secret, *(old for old in row.secrets if old != secret)]
    row.save()
    return shapes.application(row)


@transaction.atomic
def retire_secret(ask: Ask, client_id: str) -> Any:
    """Retire a client secret; the last one stays."""
    row = found(Application.objects.filter(client_id=client_id).first())
    row.secrets = [old for old in row.secrets if old != ask.body["secret"]] or row.secrets
    row.save()
    return shapes.application(row)


def list_authorizations(_ask: Ask) -> Any:
    """Who granted what to which application."""
    rows = Authorization.objects.select_related("account", "application").order_by("id")
    return {"authorizations": [shapes.authorization(row) for row in rows]}


@transaction.atomic
def grant(ask: Ask) -> Any:
    """Grant access without the portal; answers with tokens."""
    account = found(Account.objects.filter(uid=ask.body["account_id"]).first())
    client_id = ask.body.get("client_id", starting.CLIENT_ID)
    application = found(Application.objects.filter(client_id=client_id).first())
    authorization = oauth.grant(application, account, ask.body.get("scope", ALL_SCOPES), now=ask.now)
    return oauth.token_body(authorization, now=ask.now) | {"account_id": account.uid, "sub": account.uid}


def visit_portal(ask: Ask) -> Any:
    """Sign in and allow (or, with `allow: false`, decline) at once; answers with where the browser would be sent."""
    query = dict(parse_qsl(ask.body["url"].rpartition("?")[2]))
    try:
        request = oauth.validate_request(query)
        if not ask.body.get("allow", True):
            return {"location": request.refusal_url()}
        joined = oauth.joined_account(request, None, now=ask.now)
        password = ask.body.get("password", accounts.PASSWORD)
        profile = accounts.sign_in(ask.body["service"], ask.body["email"], password, join=joined, now=ask.now)
        return {"location": oauth.issue_code(request, profile, now=ask.now)}
    except oauth.RedirectError as error:
        return {"location": error.url}
    except oauth.RequestRefused as refusal:
        raise Invalid({"url": [f"errors.{refusal.code}"]}) from refusal
    except accounts.SignInRefused as refusal:
        raise Invalid({"email": [f"errors.{refusal.code}"]}) from refusal


def revoke(ask: Ask, account_id: str) -> None:
    """Let the user take back every grant, without telling the applications."""
    account = found(Account.objects.filter(uid=account_id).first())
    for authorization in account.authorizations.filter(revoked_at=None):
        oauth.revoke(authorization, now=ask.now)


def expire_tokens(ask: Ask, account_id: str) -> None:
    """Let all access tokens of an account run out now."""
    account = found(Account.objects.filter(uid=account_id).first())
    for authorization in account.authorizations.all():
        oauth.expire_access_tokens(authorization, now=ask.now)


def moment(text: str, field: str) -> datetime:
    """Return the instant that the text of a field stands for. Raises Invalid."""
    try:
        return times.read(text.strip(), zone_name="Etc/UTC", local_allowed=True).at
    except times.NotATime as error:
        raise Invalid({field: ["errors.invalid_format"]}) from error
