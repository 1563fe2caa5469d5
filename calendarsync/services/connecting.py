"""Connecting an account: out to the portal, back with a code, and what is stored then.

The `state` that travels through the portal is signed, names its user, ends after ten minutes, and works once: the
hash of its nonce is kept in the browser's session and taken out on use. So a link prepared by somebody else, in
another browser or for another user, connects nothing.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.core import signing
from django.db import transaction

from calendarsync.cronofy import oauth
from calendarsync.cronofy.client import Client
from calendarsync.cronofy.errors import CronofyError, NotAllowed, TryLater
from calendarsync.cronofy.wire import CalendarOffer, Profile, UserInfo
from calendarsync.models import Grant, Integration, RemoteCalendar, User
from calendarsync.models.integrations import Problem
from calendarsync.services import outbox, rate, tokens

logger = logging.getLogger(__name__)

STATE_LIFETIME = timedelta(minutes=10)
CALLBACK_PATH = "/oauth/cronofy/callback/"
_SALT = "calendarsync.connecting"
_OPEN_STATES = "cronofy_open_states"
_USED_STATES = "cronofy_used_states"
# Somebody who clicks, goes back and clicks again has several open; nobody has more than a few.
_KEPT = 10


class Refusal(StrEnum):
    """Why nothing was connected. The words for each are in wording.py."""

    NO_STATE = "no_state"
    EXPIRED = "expired"
    REPLAYED = "replayed"
    OTHER_BROWSER = "other_browser"
    OTHER_USER = "other_user"
    DENIED = "denied"
    PORTAL_ERROR = "portal_error"
    CODE_REFUSED = "code_refused"
    NOT_PERMITTED = "not_permitted"
    TRY_LATER = "try_later"
    OUR_FAULT = "our_fault"


class ConnectionRefused(Exception):
    """Nothing was connected, for the reason `refusal`."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Connected:
    """What came of a connection: the integration to go on with, or the ones that work again."""

    grant: Grant
    draft: Integration | None
    """The unfinished integration to go on with; None after a reconnect."""
    reconnected: tuple[Integration, ...] = ()
    is_other_account: bool = False
    """A reconnect was asked for, but another account was chosen in the portal."""


# --- Going out ------------------------------------------------------------------------------------------------------
def begin(*, user: User, session: SessionBase, now: datetime, reconnect: Integration | None = None) -> str:
    """Return the portal's address with a fresh `state`, which is noted in the session."""
    nonce = secrets.token_urlsafe(24)
    claim = {
        "nonce": nonce,
        "user": user.pk,
        "until": (now + STATE_LIFETIME).timestamp(),
        "reconnect": reconnect.pk if reconnect else None,
    }
    _remember(session, _OPEN_STATES, nonce)
    return oauth.authorize_url(
        app_url=tokens.hosts().app,
        client_id=settings.CRONOFY_CLIENT_ID,
        redirect_uri=redirect_uri(),
        state=signing.dumps(claim, salt=_SALT, compress=True),
    )


def redirect_uri() -> str:
    """Return where the portal sends the browser back to; the token call must repeat it to the letter."""
    return f"{settings.PUBLIC_URL}{CALLBACK_PATH}"


def _remember(session: SessionBase, key: str, nonce: str) -> None:
    session[key] = [*session.get(key, []), _hash(nonce)][-_KEPT:]


def _hash(nonce: str) -> str:
    return hashlib.sha256(nonce.encode()).hexdigest()


# --- Coming back ----------------------------------------------------------------------------------------------------
def complete(*, user: User, session: SessionBase, state: str, code: str, error: str, now: datetime) -> Connected:
    """Store what the user allowed in the portal. Raises ConnectionRefused, having stored nothing."""
    reconnect_id = _use_state(user=user, session=session, state=state, now=now)
    if error:
        raise ConnectionRefused(Refusal.DENIED if error == "access_denied" else Refusal.PORTAL_ERROR)
    if not code:
        raise ConnectionRefused(Refusal.PORTAL_ERROR)
    try:
        pair, account, offers = _ask_cronofy(code, user=user)
    except CronofyError as failure:
        raise ConnectionRefused(_refusal_of(failure)) from failure
    return _store(user=user, pair=pair, account=account, offers=offers, reconnect_id=reconnect_id, now=now)


def _use_state(*, user: User, session: SessionBase, state: str, now: datetime) -> int | None:
    """Take the state out of the session; return the integration to reconnect, if any. Raises ConnectionRefused."""
    try:
        claim = signing.loads(state, salt=_SALT)
    except signing.BadSignature:
        raise ConnectionRefused(Refusal.NO_STATE) from None
    if claim["user"] != user.pk:
        raise ConnectionRefused(Refusal.OTHER_USER)
    digest, still_open = _hash(claim["nonce"]), session.get(_OPEN_STATES, [])
    if digest not in still_open:
        was_used = digest in session.get(_USED_STATES, [])
        raise ConnectionRefused(Refusal.REPLAYED if was_used else Refusal.OTHER_BROWSER)
    session[_OPEN_STATES] = [other for other in still_open if other != digest]
    _remember(session, _USED_STATES, claim["nonce"])
    # At once, not at the end of the request: the calls to Cronofy take time, and a second click must find it used.
    session.save()
    if now.timestamp() > claim["until"]:
        raise ConnectionRefused(Refusal.EXPIRED)
    reconnect_id: int | None = claim["reconnect"]
    return reconnect_id


def _ask_cronofy(code: str, *, user: User) -> tuple[oauth.Tokens, UserInfo, list[CalendarOffer]]:
    api = tokens.hosts().api
    rate.admit(who=user.pk)
    pair = oauth.token_from_code(
        api_url=api,
        client_id=settings.CRONOFY_CLIENT_ID,
        client_secret=settings.CRONOFY_CLIENT_SECRETS[0],
        code=code,
        redirect_uri=redirect_uri(),
    )
    # Nothing is stored yet, so there is nothing to refresh: the new token is either accepted or it is not.
    client = Client(
        api_url=api, token=lambda _stale: pair.access_token, admit=lambda _is_further: rate.admit(who=user.pk)
    )
    return pair, client.user_info(), client.calendars()


def _refusal_of(failure: CronofyError) -> Refusal:
    if isinstance(failure, TryLater):
        return Refusal.TRY_LATER
    if isinstance(failure, NotAllowed):
        return Refusal.CODE_REFUSED if "/oauth/token" in str(failure) else Refusal.NOT_PERMITTED
    logger.error("Connecting failed through our own fault: %s", failure)
    return Refusal.OUR_FAULT


# --- Storing --------------------------------------------------------------------------------------------------------
@transaction.atomic
def _store(
    *,
    user: User,
    pair: oauth.Tokens,
    account: UserInfo,
    offers: Sequence[CalendarOffer],
    reconnect_id: int | None,
    now: datetime,
) -> Connected:
    # One connection of a user at a time: two that come back together must not make two drafts.
    User.objects.select_for_update().get(pk=user.pk)
    grant, was_lost = _grant(user=user, pair=pair, account=account, now=now)
    keep_calendars(grant, offers, now=now)
    revived = _revive(grant, forget_channels=was_lost, now=now)
    asked = Integration.objects.of(user).filter(pk=reconnect_id).first() if reconnect_id else None
    if asked is not None and asked.finished_at and asked.grant_id == grant.pk:
        return Connected(grant, None, reconnected=revived)
    return Connected(grant, _draft(grant, now=now), reconnected=revived, is_other_account=asked is not None)


def _grant(*, user: User, pair: oauth.Tokens, account: UserInfo, now: datetime) -> tuple[Grant, bool]:
    """Return the user's grant for the account with the new tokens in it, and whether it had been lost."""
    account_id = account.account_id or pair.account_id
    grant = Grant.objects.select_for_update().filter(user=user, account_id=account_id).first()
    grant = grant or Grant(user=user, account_id=account_id)
    was_lost = grant.lost_at is not None
    profile = pair.profile or next(iter(account.profiles), None)
    _describe(grant, account=account, profile=profile)
    tokens.save(grant, pair, now=now)
    grant.granted_at, grant.lost_at, grant.profile_lost_at, grant.relink_url = now, None, None, ""
    grant.save()
    return grant, was_lost


def _describe(grant: Grant, *, account: UserInfo, profile: Profile | None) -> None:
    grant.email = (account.email or (profile.name if profile else "") or grant.email)[:320]
    if profile:
        grant.provider_name, grant.provider_service = profile.provider_name[:40], profile.provider_service[:40]


def keep_calendars(grant: Grant, offers: Sequence[CalendarOffer], *, now: datetime) -> None:
    """Store which calendars the account offers, and note on its integrations what that means for them."""
    RemoteCalendar.objects.bulk_create(
        [_row(grant, offer, now=now) for offer in {offer.calendar_id: offer for offer in offers}.values()],
        update_conflicts=True,
        unique_fields=["grant", "calendar_id"],
        update_fields=[
            "name", "profile_name", "is_readonly", "is_primary", "is_deleted", "is_unrestricted", "read_at",
        ],
    )  # fmt: skip
    grant.calendars.exclude(calendar_id__in=[offer.calendar_id for offer in offers]).delete()
    for integration in Integration.objects.select_for_update().filter(grant=grant, deleted_at=None):
        _compare_with_offer(integration, now=now)


def _row(grant: Grant, offer: CalendarOffer, *, now: datetime) -> RemoteCalendar:
    return RemoteCalendar(
        grant=grant,
        calendar_id=offer.calendar_id[:255],
        name=offer.name[:500] or "(no name)",
        profile_name=offer.profile_name[:320],
        is_readonly=offer.is_readonly,
        is_primary=offer.is_primary,
        is_deleted=offer.is_deleted,
        is_unrestricted=offer.is_unrestricted,
        read_at=now,
    )


def _compare_with_offer(integration: Integration, *, now: datetime) -> None:
    """Put name, permission and problem of a finished integration right by what the account offers now."""
    if not integration.calendar_id:
        return
    offered = RemoteCalendar.objects.filter(
        grant=integration.grant_id, calendar_id=integration.calendar_id, is_deleted=False
    ).first()
    if offered is None:
        integration.mark_problem(Problem.CALENDAR_GONE, now=now)
    else:
        integration.calendar_name, integration.is_unrestricted = offered.name, offered.is_unrestricted
        integration.is_readonly = offered.is_readonly
        if integration.problem != Problem.NOT_PERMITTED:  # only a new permission ends that one
            needs_writing = bool(integration.sends) and offered.is_readonly
            integration.mark_problem(Problem.CALENDAR_READONLY if needs_writing else Problem.NONE, now=now)
    integration.save(update_fields=["calendar_name", "is_unrestricted", "is_readonly", "problem", "problem_since"])


def _revive(grant: Grant, *, forget_channels: bool, now: datetime) -> tuple[Integration, ...]:
    """Let every finished integration of the account start again at once; return them.

    Channels of an authorization that ended are gone at Cronofy, so the worker opens new ones.
    """
    finished = Integration.objects.filter(grant=grant, deleted_at=None).exclude(finished_at=None)
    finished.filter(problem=Problem.NOT_PERMITTED).update(problem=Problem.NONE, problem_since=None)
    if forget_channels:
        finished.update(channel_id="", channel_calendar_id="")
    revived = tuple(finished)
    for integration in revived:
        outbox.wake(integration=integration, now=now)
    return revived


def _draft(grant: Grant, *, now: datetime) -> Integration:
    """Return the unfinished integration of the account, a new one if there is none."""
    unfinished = Integration.objects.filter(grant=grant, deleted_at=None, finished_at=None).first()
    return unfinished or Integration.objects.create(user=grant.user, grant=grant, created_at=now)
