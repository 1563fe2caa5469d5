"""What a granted scope allows."""

KNOWN = {
    "read_events",
    "create_event",
    "delete_event",
    "create_calendar",
    "read_free_busy",
    "change_participation_status",
}
# Composition of the simplified scopes is not documented; this is the wire reference's reading of them.
SIMPLIFIED = {
    "read_only": {"read_events", "read_free_busy"},
    "read_write": KNOWN,
    "write_only": {"create_event", "delete_event", "create_calendar"},
    "free_busy": {"read_free_busy"},
    "free_busy_write": {"read_free_busy", "create_event", "delete_event"},
    "full_access": KNOWN,
}
HARMLESS = {
    "read_account",
    "list_calendars",
    "event_reminders",
    "service_account/accounts/manage",
    "service_account/resources/manage",
    "service_account/accounts/unrestricted_access",
    "service_account/resources/unrestricted_access",
}


def split(scope: str) -> list[str]:
    """Return the single scopes of a request, in order, without doubles."""
    return list(dict.fromkeys(scope.replace(",", " ").split()))


def unknown(scope: str) -> list[str]:
    """Return those scopes that do not exist."""
    return [one for one in split(scope) if one not in KNOWN | SIMPLIFIED.keys() | HARMLESS]


def allowed(scope: str) -> set[str]:
    """Return the plain rights that a granted scope stands for."""
    rights: set[str] = set()
    for one in split(scope):
        rights |= SIMPLIFIED.get(one, {one})
    if "read_events" in rights:
        rights.add("read_free_busy")
    return rights
