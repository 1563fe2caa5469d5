"""Elevated permission: an application may change events that are not its own, if the user agrees."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from cronofy_sandbox.core.errors import Invalid
from cronofy_sandbox.models import Authorization, Calendar, PermissionsRequest
from cronofy_sandbox.services import ids
from cronofy_sandbox.services.refusals import Refused

LEVELS = {"sandbox", "unrestricted"}


def ask(authorization: Authorization, body: Mapping[str, Any]) -> PermissionsRequest:
    """Store an application's wish; the user answers it at `/permissions/<token>`. Raises Invalid or Refused."""
    wishes = body.get("permissions")
    if not isinstance(wishes, list) or not wishes:
        raise Invalid({"permissions": ["errors.required"]})
    for index, wish in enumerate(wishes):
        if not isinstance(wish, Mapping) or not isinstance(wish.get("calendar_id"), str):
            raise Invalid({f"permissions[{index}].calendar_id": ["errors.required"]})
        if wish.get("permission_level") not in LEVELS:
            raise Invalid({f"permissions[{index}].permission_level": ["errors.not_recognized"]})
    wanted = {wish["calendar_id"] for wish in wishes}
    known = Calendar.objects.filter(profile__account_id=authorization.account_id, uid__in=wanted)
    if known.count() < len(wanted):
        raise Refused(404)
    redirect_uri = body.get("redirect_uri") or ""
    if not isinstance(redirect_uri, str) or not redirect_uri.startswith(("http://", "https://")):
        raise Invalid({"redirect_uri": ["errors.required"]})
    return PermissionsRequest.objects.create(
        token=ids.token(),
        application=authorization.application,
        account=authorization.account,
        permissions=wishes,
        redirect_uri=redirect_uri,
    )


@transaction.atomic
def answer(request: PermissionsRequest, *, accept: bool, now: datetime) -> str:
    """Note the user's answer, set the levels if it is yes; return where to send the browser."""
    request.answered_at = now
    request.accepted = accept
    request.save()
    if accept:
        for wish in request.permissions:
            Calendar.objects.filter(uid=wish["calendar_id"], profile__account=request.account).update(
                permission_level=wish["permission_level"]
            )
    return request.redirect_uri if accept else _with_error(request.redirect_uri)


def _with_error(uri: str) -> str:
    return f"{uri}{'&' if '?' in uri else '?'}error=access_denied"
