"""Reading for the shell of all pages."""

from __future__ import annotations

from calendarsync.models import Integration, User


def not_connected(user: User) -> list[Integration]:
    """Return those of `user`'s integrations whose link with Cronofy is broken. One query."""
    return list(Integration.objects.all().not_connected().filter(user=user))
