"""Push channels: opening, listing, closing."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import QuerySet

from cronofy_sandbox.core import scopes
from cronofy_sandbox.core.errors import Invalid
from cronofy_sandbox.core.upserts import must_be_list_of_ids
from cronofy_sandbox.models import Authorization, Calendar, Channel
from cronofy_sandbox.services import ids, notifications
from cronofy_sandbox.services.refusals import Refused

MOST_PER_ACCOUNT = 128
LONGEST_URL = 2000


@transaction.atomic
def open_channel(
    authorization: Authorization, body: Mapping[str, Any], *, now: datetime, verify_in: timedelta = timedelta(0)
) -> Channel:
    """Return a channel for the wish in `body`: the open one that is exactly alike, else a new one to be verified.

    Raises Invalid or Refused.
    """
    url = _url(body.get("callback_url"))
    filters = _filters(authorization, body.get("filters"))
    if not filters.get("only_managed") and "read_events" not in scopes.allowed(authorization.scope):
        raise Refused(403)
    mine = open_ones(authorization)
    alike = next((one for one in mine if one.callback_url == url and one.filters == filters), None)
    if alike is not None:
        return alike
    if len(mine) >= MOST_PER_ACCOUNT:
        raise Invalid({"channels": ["errors.too_many"]})
    channel = Channel.objects.create(
        uid=ids.channel(),
        application=authorization.application,
        account=authorization.account,
        callback_url=url,
        filters=filters,
        created_at=now,
    )
    notifications.queue(channel, {"type": "verification"}, now=now, delay=verify_in)
    return channel


def _url(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise Invalid({"callback_url": ["errors.required"]})
    try:
        parts = urlsplit(value)
        is_good = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 80) > 0
    except ValueError:
        is_good = False
    if not is_good or len(value) > LONGEST_URL or any(blank in value for blank in " \t\r\n"):
        raise Invalid({"callback_url": ["errors.invalid_url"]})
    return value


def _filters(authorization: Authorization, value: Any) -> dict[str, Any]:
    """Return the filters to keep: those that differ from their default."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Invalid({"filters": ["errors.invalid_format"]})
    filters: dict[str, Any] = {}
    if value.get("calendar_ids") is not None:
        wanted = must_be_list_of_ids(value["calendar_ids"], "filters.calendar_ids")
        known = Calendar.objects.filter(profile__account_id=authorization.account_id, uid__in=wanted)
        if known.count() < len(set(wanted)):
            raise Refused(404)
        filters["calendar_ids"] = wanted
    only_managed = value.get("only_managed")
    if only_managed is not None and not isinstance(only_managed, bool):
        raise Invalid({"filters.only_managed": ["errors.must_be_boolean"]})
    if only_managed:
        filters["only_managed"] = True
    return filters


def open_ones(authorization: Authorization) -> QuerySet[Channel]:
    """Return the open channels of an application for an account."""
    return Channel.objects.filter(
        application_id=authorization.application_id, account_id=authorization.account_id, closed_at=None
    )


def close(authorization: Authorization, uid: str, *, now: datetime) -> None:
    """Close a channel; nothing more is sent through it. Raises Refused(404)."""
    if not open_ones(authorization).filter(uid=uid).update(closed_at=now, closed_because="closed by the application"):
        raise Refused(404)
