"""How rows look in the control API: complete, nothing hidden but secrets of people (there are none)."""

from typing import Any

from django.db.models import QuerySet

from cronofy_sandbox.core import shapes as wire
from cronofy_sandbox.core import times
from cronofy_sandbox.models import (
    Account,
    ApiCall,
    Application,
    Authorization,
    Calendar,
    Channel,
    Delivery,
    Event,
    Fault,
    Profile,
)


def account(row: Account) -> dict[str, Any]:
    """Return an account with its profiles and calendars."""
    return {
        "account_id": row.uid,
        "email": row.email,
        "name": row.name,
        "zone": row.zone,
        "application_calendar_id": row.application_calendar_id or None,
        "profiles": [profile(one) for one in row.profiles.all()],
    }


def profile(row: Profile) -> dict[str, Any]:
    """Return a login with its calendars."""
    return {
        "profile_id": row.uid,
        "provider_name": row.provider_name,
        "provider_service": row.provider_service,
        "profile_name": row.name,
        "connected": row.connected,
        "initial_sync_required": row.initial_sync_required,
        "relink_path": f"/relink/{row.relink_token}",
        "calendars": [calendar(one) for one in row.calendars.all()],
    }


def calendar(row: Calendar) -> dict[str, Any]:
    """Return a calendar."""
    return {
        "calendar_id": row.uid,
        "name": row.name,
        "color": row.color,
        "primary": row.primary,
        "readonly": row.readonly,
        "deleted": row.deleted,
        "permission_level": row.permission_level,
    }


def event(row: Event) -> dict[str, Any]:
    """Return an event as its provider stores it, and who wrote it."""
    as_text = (lambda at: at.date().isoformat()) if row.all_day else times.stamp
    return {
        "event_uid": row.uid,
        "event_id": row.event_id or None,
        "calendar_id": row.calendar.uid,
        "written_by": row.application.client_id if row.application else None,
        "changed_by": row.changed_by,
        "version": row.version,
        "summary": row.summary,
        "description": row.description,
        "start": as_text(row.starts_at),
        "end": as_text(row.ends_at),
        "all_day": row.all_day,
        "start_zone": row.start_zone,
        "end_zone": row.end_zone,
        "local_start": as_text(row.starts_at) if row.all_day else times.local_stamp(row.starts_at, row.start_zone),
        "private": row.private,
        "transparency": row.transparency,
        "series_id": row.series.uid if row.series else None,
        "deleted": row.deleted_at is not None,
        "created": times.stamp(row.created_at),
        "updated": times.stamp(row.modified_at),
        **row.details,
    }


def events(rows: QuerySet[Event]) -> list[dict[str, Any]]:
    """Return events, with a fixed number of queries."""
    return [event(row) for row in rows.select_related("calendar", "application", "series")]


def application(row: Application) -> dict[str, Any]:
    """Return an application. Its secrets are no secrets here."""
    return {
        "client_id": row.client_id,
        "name": row.name,
        "secrets": row.secrets,
        "redirect_uris": row.redirect_uris,
        "in_production": row.in_production,
        "rate_per_second": row.rate_per_second,
        "rate_per_minute": row.rate_per_minute,
        "missing_features": row.missing_features,
    }


def authorization(row: Authorization) -> dict[str, Any]:
    """Return a grant without its tokens."""
    return {
        "account_id": row.account.uid,
        "client_id": row.application.client_id,
        "scope": row.scope,
        "granted_at": times.stamp(row.granted_at),
        "revoked_at": times.stamp(row.revoked_at) if row.revoked_at else None,
    }


def channel(row: Channel) -> dict[str, Any]:
    """Return a channel, closed ones too."""
    return wire.channel(row) | {
        "account_id": row.account.uid,
        "client_id": row.application.client_id,
        "created_at": times.stamp(row.created_at),
        "failing_since": times.stamp(row.failing_since) if row.failing_since else None,
        "closed_at": times.stamp(row.closed_at) if row.closed_at else None,
        "closed_because": row.closed_because,
    }


def delivery(row: Delivery) -> dict[str, Any]:
    """Return a notification with its attempts."""
    return {
        "id": row.pk,
        "channel_id": row.channel.uid,
        "account_id": row.channel.account.uid,
        "callback_url": row.channel.callback_url,
        "type": row.kind,
        "body": row.body,
        "state": row.state,
        "created_at": row.created_at.isoformat(),
        "due_at": row.due_at.isoformat() if row.state == Delivery.State.WAITING else None,
        "attempts": row.attempts,
    }


def call(row: ApiCall) -> dict[str, Any]:
    """Return a call of the wire log; status 0 means a dropped connection."""
    return {
        "id": row.pk,
        "at": row.at.isoformat(),
        "method": row.method,
        "path": row.path,
        "query": row.query,
        "request_body": row.request_body,
        "status": row.status,
        "response_body": row.response_body,
        "milliseconds": row.milliseconds,
        "client_id": row.client_id,
        "account_id": row.account_uid,
        "fault": row.fault,
    }


def fault(row: Fault) -> dict[str, Any]:
    """Return a fault."""
    return {
        "id": row.pk,
        "kind": row.kind,
        "params": row.params,
        "match": row.match,
        "remaining": row.remaining,
        "until": row.until.isoformat() if row.until else None,
        "hits": row.hits,
    }
