"""Who is connected, and with which calendars."""

from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpResponse

from cronofy_sandbox.api.answers import empty, json_answer
from cronofy_sandbox.api.context import CallContext, endpoint
from cronofy_sandbox.core import providers, shapes
from cronofy_sandbox.core.errors import Invalid
from cronofy_sandbox.core.upserts import COLOUR
from cronofy_sandbox.models import Account, Authorization, Calendar, Profile
from cronofy_sandbox.services import accounts
from cronofy_sandbox.services.refusals import Refused


def _userinfo(context: CallContext) -> HttpResponse:
    # https://docs.cronofy.com/developers/api/identity/userinfo/
    return json_answer(userinfo(context.caller, app_url=context.app_url))


def userinfo(authorization: Authorization, *, app_url: str) -> dict[str, Any]:
    """Return the userinfo of an authorization; two of its keys contain a dot."""
    account = authorization.account
    data: dict[str, Any] = {"authorization": {"scope": authorization.scope, "status": "active"}}
    data["profiles"] = [
        shapes.profile(profile, app_url=app_url) | {"profile_calendars": _calendars_of(profile)}
        for profile in account.profiles.prefetch_related("calendars").order_by("id")
    ]
    if account.is_application_calendar:
        chosen = {"application_calendar_id": account.application_calendar_id}
        data = {"application_calendar": chosen} | data
        return {"sub": account.uid, "cronofy.type": "application_calendar", "cronofy.data": data} | chosen
    return {
        "sub": account.uid,
        "email": account.email,
        "name": account.name,
        "zoneinfo": account.zone,
        "cronofy.type": "account",
        "cronofy.data": data | {"conferencing_profiles": []},
    }


def _calendars_of(profile: Profile) -> list[dict[str, Any]]:
    return [shapes.calendar(calendar, with_profile=False) for calendar in profile.calendars.all()]


def _account(context: CallContext) -> HttpResponse:
    account = context.caller.account
    if account.is_application_calendar:
        return HttpResponse("Forbidden\n", status=403, content_type="text/plain; charset=utf-8")
    shown = {
        "account_id": account.uid,
        "email": account.email,
        "name": account.name,
        "scope": context.caller.scope,
        "default_tzid": account.zone,
    }
    return json_answer({"sub": account.uid, "account": shown})


def _profiles(context: CallContext) -> HttpResponse:
    found = context.caller.account.profiles.order_by("id")
    return json_answer({"profiles": [shapes.profile(profile, app_url=context.app_url) for profile in found]})


def _revoke_profile(context: CallContext, profile_id: str) -> HttpResponse:
    # https://docs.cronofy.com/developers/api/authorization/revoke-profile/
    profile = _own_profile(context.caller.account, profile_id)
    accounts.disconnect(profile, now=context.now)
    return empty()


def _own_profile(account: Account, uid: str) -> Profile:
    profile = account.profiles.filter(uid=uid).first()
    if profile is None:
        raise Refused(404)
    return profile


def _calendars(context: CallContext) -> HttpResponse:
    # https://docs.cronofy.com/developers/api/calendars/list-calendars/
    mine = Calendar.objects.select_related("profile").filter(profile__account_id=context.caller.account_id)
    return json_answer({"calendars": [shapes.calendar(calendar, with_profile=True) for calendar in mine]})


@transaction.atomic
def _create_calendar(context: CallContext) -> HttpResponse:
    # https://docs.cronofy.com/developers/api/calendars/create-calendar/
    context.may("create_calendar")
    name, color, profile_id = _calendar_wish(context)
    profile = _own_profile(context.caller.account, profile_id)
    if not profile.connected:
        raise Refused(423)
    if profile.calendars.filter(name=name, deleted=False).exists():
        raise Invalid({"name": ["errors.duplicate_calendar_name"]})
    try:
        calendar = accounts.add_calendar(profile, name, color=_kept_colour(profile, color), now=context.now)
    except IntegrityError as error:
        raise Refused(423) from error
    return json_answer({"calendar": shapes.calendar(calendar, with_profile=True)})


def _calendar_wish(context: CallContext) -> tuple[str, str, str]:
    fields = context.fields
    faults: dict[str, list[str]] = {}
    for field in ("profile_id", "name"):
        if not isinstance(fields.get(field), str) or not fields[field].strip():
            faults[field] = ["errors.required"]
    color = fields.get("color") or ""
    if color and not (isinstance(color, str) and COLOUR.fullmatch(color)):
        faults["color"] = ["errors.invalid_format"]
    if not faults and len(fields["name"]) > 200:
        faults["name"] = ["errors.too_long"]
    if faults:
        raise Invalid(faults)
    return fields["name"], color, fields["profile_id"]


def _kept_colour(profile: Profile, color: str) -> str:
    ability = providers.BY_SERVICE[profile.provider_service].colour
    if not color or ability == "none":
        return ""
    return color.upper() if ability == "any" else providers.nearest_colour(color)


user_info = endpoint(GET=_userinfo)
account = endpoint(GET=_account)
profiles = endpoint(GET=_profiles)
profile_revoke = endpoint(POST=_revoke_profile)
calendars = endpoint(GET=_calendars, POST=_create_calendar)
