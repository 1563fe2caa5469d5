"""People and their calendars: signing in at an invented provider, adding calendars, breaking and mending the link."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from cronofy_sandbox.core import providers, times
from cronofy_sandbox.core.errors import Invalid
from cronofy_sandbox.core.providers import Provider
from cronofy_sandbox.models import Account, Application, Calendar, PendingWrite, Profile
from cronofy_sandbox.services import clock, faults, ids, notifications

PASSWORD = "sandbox"  # noqa: S105 - printed on every sign-in page: all people here are invented
APP_PASSWORD = "sand-boxx-demo-pass"  # noqa: S105 - what the page for app-specific passwords hands out
DEFAULT_ZONE = "Europe/Berlin"


class SignInRefused(Exception):
    """The provider does not let this login in; `code` says why, `suggestion` may name the right provider's key.

    Codes: unknown_address, wrong_password, app_password_needed, wrong_account_type, admin_approval_needed,
    ews_disabled, autodiscovery_failed, account_locked.
    """

    def __init__(self, code: str, *, suggestion: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.suggestion = suggestion


def sign_in(
    service: str,
    email: str,
    password: str,
    *,
    server_url: str = "",
    join: Account | None = None,
    now: datetime | None = None,
) -> Profile:
    """Return the profile of a login (its `.account` is the person), made with three calendars on first use.

    `service` is a provider's key (`apple`, `google`, `office365`, `exchange`, `live_connect`). A new login is added to
    the account `join`, if given, else starts an account of its own; a known login stays where it is. Signing in again
    mends a broken link. Raises SignInRefused.
    """
    now = now or clock.now()
    email = email.strip().lower()
    provider = _provider_for(service, email)
    _check_secret(provider, email, password, server_url=server_url, now=now)
    profile = Profile.objects.filter(provider_service=provider.provider_service, name=email).first()
    if profile is None:
        profile = make_profile(provider, email, account=join, now=now)
    if not profile.connected:
        relink(profile, now=now)
    return profile


def _provider_for(service: str, email: str) -> Provider:
    provider = providers.BY_KEY.get(service)
    home = providers.of_address(email)
    if provider is None or home is None or not email.rpartition("@")[0]:
        raise SignInRefused("unknown_address")
    if home is not provider:
        raise SignInRefused("wrong_account_type", suggestion=home.key)
    return provider


def _check_secret(provider: Provider, email: str, password: str, *, server_url: str, now: datetime) -> None:
    """Some names fail in a set way, so that every failure can be shown: see docs/sandbox.md."""
    person = email.partition("@")[0]
    fault = faults.Board(now).hit("sign_in_refused")
    if fault:
        raise SignInRefused(str(fault.params.get("code", "account_locked")))
    accepted = {PASSWORD, APP_PASSWORD} if provider.key == "apple" else {PASSWORD}
    if password not in accepted:
        raise SignInRefused("app_password_needed" if provider.key == "apple" else "wrong_password")
    if provider.key == "office365" and person.startswith("admin-approval"):
        raise SignInRefused("admin_approval_needed")
    if provider.key == "exchange" and person.startswith("no-ews"):
        raise SignInRefused("ews_disabled")
    if provider.key == "exchange" and person.startswith("manual") and not server_url:
        raise SignInRefused("autodiscovery_failed")


@transaction.atomic
def make_profile(
    provider: Provider,
    email: str,
    *,
    account: Account | None = None,
    name: str = "",
    zone: str = DEFAULT_ZONE,
    now: datetime,
) -> Profile:
    """Add a login with a primary calendar, "Team" and the read-only "Holidays". Raises Invalid for a bad zone."""
    if times.zone(zone) is None:
        raise Invalid({"zone": ["errors.tzid_unrecognized"]})
    if account is None:
        account = Account.objects.create(
            uid=ids.account(), email=email, name=name or _person_name(email), zone=zone, created_at=now
        )
    profile = _new_profile(account, provider, email, now=now)
    is_google = provider.key == "google"
    add_calendar(profile, name or _person_name(email), primary=True, conferencing=is_google, now=now)
    add_calendar(profile, "Team", conferencing=is_google, now=now)
    add_calendar(profile, "Holidays", readonly=True, now=now)
    return profile


def _new_profile(account: Account, provider: Provider, name: str, *, now: datetime) -> Profile:
    return Profile.objects.create(
        uid=ids.profile(),
        account=account,
        provider_name=provider.provider_name,
        provider_service=provider.provider_service,
        name=name,
        relink_token=ids.token(),
        created_at=now,
    )


def _person_name(email: str) -> str:
    return email.partition("@")[0].replace(".", " ").replace("-", " ").title()


def add_calendar(
    profile: Profile,
    name: str,
    *,
    color: str = "",
    primary: bool = False,
    readonly: bool = False,
    conferencing: bool = False,
    now: datetime,
) -> Calendar:
    """Add a calendar to a login."""
    return Calendar.objects.create(
        uid=ids.calendar(profile.uid),
        profile=profile,
        name=name,
        color=color,
        primary=primary,
        readonly=readonly,
        integrated_conferencing_available=conferencing,
        attachments_available=conferencing,
        created_at=now,
    )


def application_calendar(application: Application, chosen_id: str, *, now: datetime) -> Account:
    """Return the application's calendar of that id, made on first use: an account without a person."""
    try:
        with transaction.atomic():
            account = Account.objects.create(
                uid=ids.application_calendar(),
                application=application,
                application_calendar_id=chosen_id,
                created_at=now,
            )
            profile = _new_profile(account, providers.CRONOFY, f"{application.client_id}/{chosen_id}", now=now)
            calendar = add_calendar(profile, chosen_id, primary=True, now=now)
            Calendar.objects.filter(pk=calendar.pk).update(permission_level="unrestricted")
    except IntegrityError:
        return Account.objects.get(application=application, application_calendar_id=chosen_id)
    return account


def change_calendar(calendar: Calendar, changes: Mapping[str, Any]) -> Calendar:
    """Let the user rename, lock, remove or share a calendar: name, color, readonly, deleted, permission_level."""
    for name in ("name", "color", "readonly", "deleted", "permission_level"):
        if name in changes:
            setattr(calendar, name, changes[name])
    calendar.save()
    return calendar


def disconnect(profile: Profile, *, now: datetime) -> None:
    """Break the link to the provider, as after a changed password; applications hear `profile_disconnected`."""
    if profile.connected:
        Profile.objects.filter(pk=profile.pk).update(connected=False)
        profile.connected = False
        notifications.announce_type(profile.account, "profile_disconnected", now=now)


def relink(profile: Profile, *, now: datetime) -> None:
    """Mend the link. Writes that waited reach the provider now; nobody is notified of the relink itself."""
    Profile.objects.filter(pk=profile.pk).update(connected=True)
    profile.connected = True
    PendingWrite.objects.filter(calendar__profile=profile, due_at=None).update(due_at=now)


def finish_initial_sync(profile: Profile, *, now: datetime) -> None:
    """End the first import; applications hear `profile_initial_sync_completed`."""
    if profile.initial_sync_required:
        Profile.objects.filter(pk=profile.pk).update(initial_sync_required=False)
        profile.initial_sync_required = False
        notifications.announce_type(profile.account, "profile_initial_sync_completed", now=now)


def people() -> QuerySet[Account]:
    """Return all accounts with their profiles and calendars, the newest last."""
    return Account.objects.order_by("id").prefetch_related("profiles__calendars")
