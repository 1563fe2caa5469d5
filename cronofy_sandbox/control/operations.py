"""The table of the control API: every operation, checked and documented from the same lines."""

from cronofy_sandbox.control import bench, calendar, people, schemas
from cronofy_sandbox.control.framework import Operation

TEXT = {"type": "string", "maxLength": 300}
NUMBER = {"type": "integer", "minimum": 0, "maximum": 10**9}
FLAG = {"type": "boolean"}

OPERATIONS = [
    Operation("GET", "health", bench.health, "Is the sandbox ready?"),
    Operation("GET", "counts", bench.counts, "How much the sandbox holds"),
    Operation("POST", "reset", bench.reset, "Forget everything but the default application", schemas.NOTHING),
    # People
    Operation("GET", "accounts", people.list_accounts, "All people"),
    Operation("POST", "accounts", people.create_account, "Make a person with calendars and events", schemas.ACCOUNT),
    Operation("GET", "accounts/<str:account_id>", people.get_account, "One person"),
    Operation("DELETE", "accounts/<str:account_id>", people.delete_account, "Forget a person", status=204),
    Operation(
        "POST",
        "accounts/<str:account_id>/revoke",
        people.revoke,
        "Take back every grant of a person",
        schemas.NOTHING,
        status=204,
    ),
    Operation(
        "POST",
        "accounts/<str:account_id>/expire-tokens",
        people.expire_tokens,
        "Let the access tokens of a person run out",
        schemas.NOTHING,
        status=204,
    ),
    Operation("POST", "profiles/<str:profile_id>/disconnect", people.disconnect, "Break a link", schemas.NOTHING),
    Operation("POST", "profiles/<str:profile_id>/relink", people.relink, "Mend a link", schemas.NOTHING),
    Operation(
        "POST",
        "profiles/<str:profile_id>/finish-initial-sync",
        people.finish_initial_sync,
        "End the first import of a login",
        schemas.NOTHING,
    ),
    Operation(
        "POST", "profiles/<str:profile_id>/calendars", people.create_calendar, "Add a calendar", schemas.NEW_CALENDAR
    ),
    Operation("POST", "calendars/<str:calendar_id>", people.change_calendar, "Change a calendar", schemas.CALENDAR),
    # What the user sees and does
    Operation(
        "GET",
        "calendars/<str:calendar_id>/events",
        calendar.list_events,
        "What stands in a calendar",
        query={"include_deleted": FLAG, "event_id": TEXT, "q": TEXT, "limit": NUMBER},
    ),
    Operation("POST", "calendars/<str:calendar_id>/events", calendar.create_event, "Add an event", schemas.EVENT),
    Operation("POST", "calendars/<str:calendar_id>/seed", calendar.seed, "Add invented events", schemas.SEED),
    Operation("GET", "events/<str:uid>", calendar.get_event, "One event"),
    Operation("PATCH", "events/<str:uid>", calendar.update_event, "Change an event", schemas.EVENT_CHANGE),
    Operation("DELETE", "events/<str:uid>", calendar.delete_event, "Remove an event", query={"whole_series": FLAG}),
    Operation("POST", "events/<str:uid>/move", calendar.move_event, "Move an event", schemas.EVENT_MOVE),
    Operation("POST", "events/<str:uid>/respond", calendar.respond, "Answer an invitation", schemas.RESPONSE),
    # Applications and grants
    Operation("GET", "applications", people.list_applications, "The registered applications"),
    Operation("POST", "applications", people.put_application, "Register or change an application", schemas.APPLICATION),
    Operation("POST", "applications/<str:client_id>/secrets", people.add_secret, "Add a client secret", schemas.SECRET),
    Operation(
        "DELETE", "applications/<str:client_id>/secrets", people.retire_secret, "Retire a client secret", schemas.SECRET
    ),
    Operation("GET", "authorizations", people.list_authorizations, "Who granted what"),
    Operation(
        "POST", "authorizations", people.grant, "Grant access without the portal, for tokens", schemas.AUTHORIZATION
    ),
    Operation("POST", "authorize", people.visit_portal, "Walk through the portal without a browser", schemas.VISIT),
    # The bench
    Operation("GET", "faults", bench.list_faults, "Faults switched on, and the kinds there are"),
    Operation("POST", "faults", bench.create_fault, "Switch a fault on", schemas.FAULT),
    Operation("DELETE", "faults", bench.clear_faults, "Switch faults off", query={"kind": TEXT}),
    Operation("DELETE", "faults/<int:fault_id>", bench.remove_fault, "Switch one fault off", status=204),
    Operation("GET", "clock", bench.get_clock, "The sandbox's time"),
    Operation("POST", "clock", bench.set_clock, "Shift the clock", schemas.CLOCK),
    Operation(
        "GET",
        "calls",
        bench.list_calls,
        "Calls of applications, the newest first",
        query={"since": TEXT, "after_id": NUMBER, "account_id": TEXT, "limit": NUMBER},
    ),
    Operation("DELETE", "calls", bench.clear_calls, "Forget the calls"),
    Operation("GET", "channels", bench.list_channels, "All channels, closed ones too"),
    Operation(
        "GET",
        "deliveries",
        bench.list_deliveries,
        "Notifications, the newest first",
        query={"channel_id": TEXT, "state": TEXT, "after_id": NUMBER, "limit": NUMBER},
    ),
    Operation(
        "POST",
        "deliveries/<int:delivery_id>/redeliver",
        bench.redeliver,
        "Send a notification once more",
        schemas.NOTHING,
    ),
]
