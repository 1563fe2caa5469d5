"""Rows, constraints and querysets. The queryset holds the questions, the database the invariants."""

from calendarsync.models.crm import Account, Ticket
from calendarsync.models.integrations import Grant, Integration, RemoteCalendar
from calendarsync.models.items import Assignment, CalendarItem, Kind
from calendarsync.models.links import Link
from calendarsync.models.notices import Notice
from calendarsync.models.people import User
from calendarsync.models.push_jobs import PushJob
from calendarsync.models.sync_runs import Outcome, SyncRun

__all__ = [
    "Account",
    "Assignment",
    "CalendarItem",
    "Grant",
    "Integration",
    "Kind",
    "Link",
    "Notice",
    "Outcome",
    "PushJob",
    "RemoteCalendar",
    "SyncRun",
    "Ticket",
    "User",
]
