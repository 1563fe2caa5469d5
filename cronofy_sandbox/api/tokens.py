"""POST /oauth/token and /oauth/token/revoke, and the other ways to a token."""

from typing import Any

from django.http import HttpResponse

from cronofy_sandbox.api.answers import empty, json_answer
from cronofy_sandbox.api.context import CallContext, endpoint
from cronofy_sandbox.core.errors import Invalid
from cronofy_sandbox.models import Application
from cronofy_sandbox.services import accounts, oauth, permissions
from cronofy_sandbox.services.oauth import TokenRefused

APPLICATION_CALENDAR_SCOPE = "read_write"


def _client(context: CallContext) -> Application:
    application = oauth.client(context.fields.get("client_id"), context.fields.get("client_secret"))
    context.count(application)
    return application


def _refusal(refused: TokenRefused) -> HttpResponse:
    body = {"error": refused.error}
    if refused.description:
        body["error_description"] = refused.description
    return json_answer(body, 400)


def _fresh(body: dict[str, Any]) -> HttpResponse:
    answer = json_answer(body)
    answer["Cache-Control"] = "no-store"
    answer["Pragma"] = "no-cache"
    return answer


def _token(context: CallContext) -> HttpResponse:
    # https://docs.cronofy.com/developers/api/authorization/request-token/
    try:
        return _fresh(_grant(context))
    except TokenRefused as refused:
        return _refusal(refused)
    except Invalid:
        return _refusal(TokenRefused("invalid_request"))


def _grant(context: CallContext) -> dict[str, Any]:
    fields = context.fields
    grant_type = fields.get("grant_type")
    if not isinstance(grant_type, str) or not grant_type:
        raise TokenRefused("invalid_request")
    if grant_type not in {"authorization_code", "refresh_token"}:
        raise TokenRefused("unsupported_grant_type")
    application = _client(context)
    wanted = ("code", "redirect_uri") if grant_type == "authorization_code" else ("refresh_token",)
    if not all(isinstance(fields.get(name), str) and fields[name] for name in wanted):
        raise TokenRefused("invalid_request")
    if grant_type == "authorization_code":
        return oauth.redeem_code(application, fields["code"], fields["redirect_uri"], now=context.now)
    return oauth.refresh(application, fields["refresh_token"], now=context.now)


def _revoke(context: CallContext) -> HttpResponse:
    # https://docs.cronofy.com/developers/api/authorization/revoke/
    try:
        application = _client(context)
        fields = context.fields
    except TokenRefused as refused:
        return _refusal(refused)
    except Invalid:
        return _refusal(TokenRefused("invalid_request"))
    if not (fields.get("token") or fields.get("sub")):
        return _refusal(TokenRefused("invalid_request"))
    found = oauth.find_authorization(
        application, token=str(fields.get("token") or ""), sub=str(fields.get("sub") or "")
    )
    if found is not None:
        oauth.revoke(found, now=context.now)
    return empty(200)


def _application_calendar(context: CallContext) -> HttpResponse:
    # https://docs.cronofy.com/developers/api/calendars/application-calendars/
    try:
        application = _client(context)
    except TokenRefused as refused:
        return _refusal(refused)
    chosen = context.fields.get("application_calendar_id")
    if not isinstance(chosen, str) or not chosen.strip() or len(chosen) > 255:
        raise Invalid({"application_calendar_id": ["errors.required"]})
    account = accounts.application_calendar(application, chosen, now=context.now)
    authorization = oauth.grant(application, account, APPLICATION_CALENDAR_SCOPE, now=context.now)
    profile = account.profiles.get()
    linked = {
        "provider_name": profile.provider_name,
        "provider_service": profile.provider_service,
        "profile_id": profile.uid,
        "profile_name": None,
    }
    body = oauth.token_body(authorization, now=context.now)
    return _fresh(body | {"application_calendar_id": chosen, "sub": account.uid, "linking_profile": linked})


def _link_token(context: CallContext) -> HttpResponse:
    # https://docs.cronofy.com/developers/api-alpha/explicit-linking/
    return json_answer({"link_token": oauth.new_link_token(context.caller, now=context.now)})


def _permissions(context: CallContext) -> HttpResponse:
    # https://docs.cronofy.com/developers/api/authorization/extended-permissions/
    request = permissions.ask(context.caller, context.fields)
    if context.board.is_on("permissions_accepted"):
        permissions.answer(request, accept=True, now=context.now)
        return json_answer({"permissions_request": {"accepted": True}}, 202)
    return json_answer({"permissions_request": {"url": f"{context.app_url}/permissions/{request.token}"}})


token = endpoint(open_to_all=True, POST=_token)
revoke = endpoint(open_to_all=True, POST=_revoke)
application_calendars = endpoint(open_to_all=True, POST=_application_calendar)
link_tokens = endpoint(POST=_link_token)
permission_requests = endpoint(POST=_permissions)
