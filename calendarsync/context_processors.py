"""What the shell of every page shows, wherever one is."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from calendarsync.selectors import chrome as selector


def chrome(request: HttpRequest) -> dict[str, Any]:
    """Give the shell its alarm: one query, and only for pages that draw the shell."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"chrome": {"not_connected": SimpleLazyObject(lambda: selector.not_connected(user))}}
