"""New identifiers in the shapes that the wire reference gives."""

import secrets


def account() -> str:
    """Return a new account id."""
    return "acc_" + secrets.token_hex(12)


def application_calendar() -> str:
    """Return a new id for an application calendar's account."""
    return "apc_" + secrets.token_hex(12)


def profile() -> str:
    """Return a new profile id."""
    return "pro_" + secrets.token_urlsafe(11)


def calendar(profile_uid: str) -> str:
    """Return a new calendar id. It contains `@`, as real ones do, so that careless path building is found out."""
    return f"cal_{profile_uid.removeprefix('pro_')}@{secrets.token_urlsafe(12)}"


def external_event() -> str:
    """Return a new id for an event that no application owns."""
    return "evt_external_" + secrets.token_hex(12)


def managed_event() -> str:
    """Return a new provider-side id for an application's event; not of the external kind."""
    return "evt_managed_" + secrets.token_hex(12)


def channel() -> str:
    """Return a new channel id."""
    return "chn_" + secrets.token_hex(12)


def token() -> str:
    """Return a new token, code or secret of 32 url-safe characters."""
    return secrets.token_urlsafe(24)


def page() -> str:
    """Return a new id for a snapshot of pages."""
    return secrets.token_hex(8)
