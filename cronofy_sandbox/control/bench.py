"""Control API: the test bench. Health, reset, faults, clock, logs, notifications."""

from typing import Any

from django.db import connection

from cronofy_sandbox.api.limits import LIMITER
from cronofy_sandbox.control import shapes
from cronofy_sandbox.control.framework import LARGEST_KEY, Ask, found
from cronofy_sandbox.control.people import moment
from cronofy_sandbox.core import faultrules, times
from cronofy_sandbox.core.errors import Invalid
from cronofy_sandbox.models import Channel, Delivery, Event, Fault
from cronofy_sandbox.services import clock, deliveries, faults, starting, wire_log


def health(ask: Ask) -> Any:
    """Is the sandbox ready? Asks the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return {"status": "ok", "now": times.stamp(ask.now)}


def reset(_ask: Ask) -> Any:
    """Forget everything: people, grants, faults, logs, clock. The default application stays."""
    starting.reset()
    LIMITER.forget()
    return {"status": "ok"}


def list_faults(ask: Ask) -> Any:
    """The faults that are switched on, and the kinds there are."""
    return {"faults": [shapes.fault(row) for row in faults.active(ask.now)], "kinds": faultrules.KINDS}


def create_fault(ask: Ask) -> Any:
    """Switch a fault on."""
    body = ask.body
    fault = faults.switch_on(
        body["kind"],
        params=body.get("params"),
        match=body.get("match"),
        count=body.get("count"),
        seconds=body.get("seconds"),
        now=ask.now,
    )
    return shapes.fault(fault)


def clear_faults(ask: Ask) -> Any:
    """Switch all faults off, or (`?kind=`) all of a kind."""
    return {"removed": faults.switch_off(kind=ask.query.get("kind", ""))}


def remove_fault(_ask: Ask, fault_id: int) -> None:
    """Switch one fault off."""
    found(Fault.objects.filter(pk=min(fault_id, LARGEST_KEY)).first())
    faults.switch_off(fault_id)


def get_clock(ask: Ask) -> Any:
    """What time is it here?"""
    return {"now": ask.now.isoformat(), "offset_seconds": clock.offset_seconds()}


def set_clock(ask: Ask) -> Any:
    """Shift the clock: by `offset_seconds` from real time, or to `now`."""
    if "now" in ask.body:
        clock.set_now(_now(ask.body["now"]))
    elif "offset_seconds" in ask.body:
        clock.shift_to(float(ask.body["offset_seconds"]))
    else:
        raise Invalid({"now": ["errors.required"]})
    return get_clock(Ask(ask.body, ask.query, clock.now()))


def _now(text: str) -> Any:
    wanted = moment(text, "now")
    if not 2000 <= wanted.year <= 2100:
        raise Invalid({"now": ["errors.out_of_bounds"]})
    return wanted


def list_calls(ask: Ask) -> Any:
    """Calls of applications, the newest first."""
    since = ask.query.get("since", "")
    rows = wire_log.recent(
        after_id=ask.number("after_id", 0),
        since=moment(since, "since") if since else None,
        account_uid=ask.query.get("account_id", ""),
        limit=min(ask.number("limit", 100), 5000),
    )
    return {"calls": [shapes.call(row) for row in rows]}


def clear_calls(_ask: Ask) -> Any:
    """Forget all calls."""
    return {"removed": wire_log.clear()}


def list_deliveries(ask: Ask) -> Any:
    """Notifications, the newest first."""
    rows = Delivery.objects.select_related("channel__account").order_by("-id")
    if ask.query.get("channel_id"):
        rows = rows.filter(channel__uid=ask.query["channel_id"])
    if ask.query.get("state"):
        rows = rows.filter(state=ask.query["state"])
    rows = rows.filter(pk__gt=ask.number("after_id", 0))
    return {"deliveries": [shapes.delivery(row) for row in rows[: min(ask.number("limit", 100), 5000)]]}


def redeliver(ask: Ask, delivery_id: int) -> Any:
    """Send the very same notification once more."""
    rows = Delivery.objects.select_related("channel__account")
    row = found(rows.filter(pk=min(delivery_id, LARGEST_KEY)).first())
    return shapes.delivery(deliveries.send_again(row, now=ask.now))


def list_channels(_ask: Ask) -> Any:
    """All channels, closed ones too."""
    rows = Channel.objects.select_related("account", "application")
    return {"channels": [shapes.channel(row) for row in rows]}


def counts(_ask: Ask) -> Any:
    """How much the sandbox holds."""
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING).count()
    return {
        "events": Event.objects.alive().count(),
        "tombstones": Event.objects.exclude(deleted_at=None).count(),
        "managed_events": Event.objects.alive().exclude(application=None).count(),
        "deliveries_waiting": waiting,
    }
