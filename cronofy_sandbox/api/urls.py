"""Addresses of the wire protocol."""

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt

from cronofy_sandbox.api import answers, events, identity, push, tokens


@csrf_exempt
def out_of_scope(_request: HttpRequest) -> HttpResponse:
    """Answer for the endpoints that the sandbox leaves out."""
    return answers.bare(404)


urlpatterns = [
    path("oauth/token", tokens.token),
    path("oauth/token/revoke", tokens.revoke),
    path("v1/application_calendars", tokens.application_calendars),
    path("v1/link_tokens", tokens.link_tokens),
    path("v1/permissions", tokens.permission_requests),
    path("v1/userinfo", identity.user_info),
    path("v1/account", identity.account),
    path("v1/profiles", identity.profiles),
    path("v1/profiles/<str:profile_id>/revoke", identity.profile_revoke),
    path("v1/calendars", identity.calendars),
    path("v1/calendars/<str:calendar_id>/events", events.calendar_events),
    path("v1/calendars/<str:calendar_id>/events/<str:event_uid>/participation_status", events.participation_status),
    path("v1/events", events.events),
    path("v1/events/pages/<str:page_id>", events.events_page),
    path("v1/free_busy", events.free_busy),
    path("v1/free_busy/pages/<str:page_id>", events.free_busy_page),
    path("v1/batch", events.batch),
    path("v1/channels", push.channels),
    path("v1/channels/<str:channel_id>", push.channel),
    re_path("^v1/", out_of_scope),
]
