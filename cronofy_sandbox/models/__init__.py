"""Rows of the sandbox. Public ids (`acc_…`, `cal_…`) are called `uid`; integer keys never leave the database."""

from cronofy_sandbox.models.accounts import Account, Calendar, Profile
from cronofy_sandbox.models.applications import (
    AccessToken,
    Application,
    Authorization,
    AuthorizationCode,
    LinkToken,
    PermissionsRequest,
)
from cronofy_sandbox.models.channels import Channel, Delivery
from cronofy_sandbox.models.events import Event, EventVersion, PastSpan, PendingWrite, ReadSnapshot, Series
from cronofy_sandbox.models.testing import ApiCall, Clock, Fault

__all__ = [
    "AccessToken",
    "Account",
    "ApiCall",
    "Application",
    "Authorization",
    "AuthorizationCode",
    "Calendar",
    "Channel",
    "Clock",
    "Delivery",
    "Event",
    "EventVersion",
    "Fault",
    "LinkToken",
    "PastSpan",
    "PendingWrite",
    "PermissionsRequest",
    "Profile",
    "ReadSnapshot",
    "Series",
]
