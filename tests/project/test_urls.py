"""Which addresses there are, and which of them a stranger may see."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from calendarsync.urls import urlpatterns

ADDRESSES = {
    "home": "/",
    "login": "/login/",
    "logout": "/logout/",
    "calendar": "/home/calendar/",
    "calendar-feed": "/home/calendar/feed/",
    "agenda": "/home/calendar/agenda/",
    "integrations": "/home/calendar-sync/",
    "connect": "/home/calendar-sync/connect/",
    "connect-callback": "/oauth/cronofy/callback/",
    "logs": "/home/calendar-sync/logs/",
    "healthz": "/healthz",
    "readyz": "/readyz",
}
# Everything else asks for a log-in. Who adds a page here decides that strangers may see it.
OPEN = {"login", "healthz", "readyz", "cronofy-hook"}
SAMPLES: dict[type, Any] = {int: 1, str: "sample"}
PATTERNS = [pattern for pattern in urlpatterns if isinstance(pattern, URLPattern)]


def address(pattern: URLPattern) -> str:
    """Return an address that leads to the pattern's view."""
    converters = pattern.pattern.converters
    return reverse(str(pattern.name), kwargs={name: SAMPLES[_kind(found)] for name, found in converters.items()})


def _kind(converter: object) -> type:
    return int if type(converter).__name__ == "IntConverter" else str


@pytest.mark.parametrize(("name", "expected"), ADDRESSES.items())
def test_an_address_that_people_and_machines_know_stays(name: str, expected: str) -> None:
    assert reverse(name) == expected


def test_every_address_has_a_name_of_its_own() -> None:
    names = [pattern.name for pattern in PATTERNS]
    assert None not in names
    assert len(set(names)) == len(names) == len(urlpatterns)


@pytest.mark.django_db
@pytest.mark.parametrize("pattern", [each for each in PATTERNS if each.name not in OPEN], ids=lambda each: each.name)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_is_asked_to_log_in(client: Client, pattern: URLPattern, method: str) -> None:
    answer = getattr(client, method)(address(pattern))
    assert answer.status_code in {302, 401}
    assert answer.headers.get("Location", "/login/").startswith("/login/")


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["login", "healthz", "readyz"])
def test_what_is_open_answers_a_stranger(client: Client, name: str) -> None:
    assert client.get(reverse(name)).status_code == 200


@pytest.mark.django_db
def test_every_page_carries_the_strict_policy(client: Client) -> None:
    headers = client.get(reverse("login")).headers
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert (headers["X-Frame-Options"], headers["X-Content-Type-Options"]) == ("DENY", "nosniff")


@pytest.mark.django_db
def test_the_admin_site_asks_for_a_log_in(client: Client) -> None:
    assert "/login/" in client.get("/admin/").headers["Location"]
