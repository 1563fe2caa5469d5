"""Addresses of the pages for people. The portal's entry points are Cronofy's own paths."""

from csp.constants import SELF
from csp.decorators import csp_update
from django.urls import path

from cronofy_sandbox.pages import calendars, home, portal, trouble

# The portal's forms end in a redirect to the application, whose address no policy can know beforehand.
FORMS_STAY_HERE = {"form-action": [SELF]}

urlpatterns = [
    path("", csp_update(FORMS_STAY_HERE)(home.home), name="sandbox-home"),
    path("oauth/authorize", portal.authorize, name="authorize"),
    path("portal/<str:ticket>/", portal.choose, name="portal"),
    path("portal/<str:ticket>/permission/", portal.permission, name="portal-permission"),
    path("portal/<str:ticket>/cancel/", portal.cancel, name="portal-cancel"),
    path("portal/<str:ticket>/app-specific-password/", portal.app_password, name="portal-app-password"),
    path("portal/<str:ticket>/exchange-web-services/", portal.ews, name="portal-ews"),
    path("portal/<str:ticket>/problem/<str:code>/", portal.problem, name="portal-problem"),
    path("portal/<str:ticket>/<str:name>/", portal.step, name="portal-step"),
    path("relink/<str:token>", trouble.relink, name="relink"),
    path("permissions/<str:token>", trouble.permissions, name="permissions"),
    path("calendar/", csp_update(FORMS_STAY_HERE)(calendars.accounts), name="sandbox-calendars"),
    path("calendar/<str:account_uid>/", calendars.calendar, name="sandbox-calendar"),
    path("calendar/<str:account_uid>/feed/", calendars.feed, name="sandbox-feed"),
    path("calendar/<str:account_uid>/wire/", calendars.wire, name="sandbox-wire"),
]
