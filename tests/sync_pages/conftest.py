"""Somebody who is logged in, and Cronofy's answers as the wire reference gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from django.test import Client

from calendarsync.models import Integration, RemoteCalendar, User
from calendarsync.services import nudges, tokens
from tests.factories import NOW, GrantFactory, UserFactory

ACCOUNT = "acc_65f0c0ffee5a4b3c2d1e0f99"


@pytest.fixture
def person(db: None) -> User:
    return UserFactory(username="dana")


@pytest.fixture
def browser(client: Client, person: User) -> Client:
    client.force_login(person)
    return client


@pytest.fixture(autouse=True)
def nudged(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The integrations for which a worker was called; none is."""
    called: list[int] = []
    monkeypatch.setattr(nudges, "_send", called.append)
    return called


@pytest.fixture
def draft(person: User) -> Integration:
    """An account that was just connected, with three calendars and no answers yet."""
    grant = GrantFactory(user=person, email="dana@practice.example")
    for calendar_id, name, readonly, primary in (
        ("cal_work", "Work", False, True),
        ("cal_family", "Family", False, False),
        ("cal_holidays", "Holidays", True, False),
    ):
        RemoteCalendar.objects.create(
            grant=grant, calendar_id=calendar_id, name=name, is_readonly=readonly, is_primary=primary, read_at=NOW
        )
    return Integration.objects.create(user=person, grant=grant, created_at=NOW)


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def cronofy(http: responses.RequestsMock) -> responses.RequestsMock:
    """Cronofy willing to connect one account with two calendars."""
    api = tokens.hosts().api
    http.post(f"{api}/oauth/token", json=token_body())
    http.get(f"{api}/v1/userinfo", json=userinfo_body())
    http.get(
        f"{api}/v1/calendars",
        json={"calendars": [calendar_body("cal_1", "Work", primary=True), calendar_body("cal_2", "Home")]},
    )
    return http


def token_body(**changes: Any) -> dict[str, Any]:
    return {
        "token_type": "bearer",
        "access_token": "new-access",
        "refresh_token": "new-refresh",
        "expires_in": 3600,
        "scope": "read_events create_event delete_event",
        "account_id": ACCOUNT,
        "sub": ACCOUNT,
        "linking_profile": {
            "provider_name": "exchange",
            "provider_service": "office365",
            "profile_id": "pro_1",
            "profile_name": "dana@practice.example",
        },
        **changes,
    }


def userinfo_body(**changes: Any) -> dict[str, Any]:
    return {
        "sub": ACCOUNT,
        "email": "dana@practice.example",
        "name": "Dana Roth",
        "zoneinfo": "Europe/Berlin",
        "cronofy.type": "account",
        "cronofy.data": {"authorization": {"scope": "read_events", "status": "active"}, "profiles": []},
        **changes,
    }


def calendar_body(calendar_id: str, name: str, *, primary: bool = False, readonly: bool = False) -> dict[str, Any]:
    return {
        "provider_name": "exchange",
        "profile_id": "pro_1",
        "profile_name": "dana@practice.example",
        "calendar_id": calendar_id,
        "calendar_name": name,
        "calendar_readonly": readonly,
        "calendar_deleted": False,
        "calendar_primary": primary,
        "permission_level": "sandbox",
    }


@pytest.fixture
def go_out(browser: Client) -> Callable[..., str]:
    """Press Click to Connect and return the state that travels through the portal."""

    def pressed(path: str = "/home/calendar-sync/connect/", by: Client | None = None) -> str:
        answer = (by or browser).get(path)
        assert answer.status_code == 302
        return parse_qs(urlsplit(answer["Location"]).query)["state"][0]

    return pressed
