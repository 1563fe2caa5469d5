"""The linked-calendar page: its list, its feed and its wire panel."""

from typing import Any

import pytest
import requests

from tests.sandbox.client import Client
from tests.sandbox_pages.visitor import Visitor
from tests.sandbox_process import SandboxProcess

JSON = dict[str, Any]


@pytest.fixture
def account(sandbox: SandboxProcess) -> JSON:
    """Alice in Berlin, with an empty calendar."""
    return sandbox.account()


def calendars(account: JSON) -> list[str]:
    return [calendar["calendar_id"] for calendar in account["profiles"][0]["calendars"]]


def add(sandbox: SandboxProcess, account: JSON, number: int = 0, **draft: Any) -> JSON:
    event: JSON = sandbox.control("POST", f"calendars/{calendars(account)[number]}/events", draft)
    return event


def feed(sandbox: SandboxProcess, account: JSON, start: str, end: str) -> list[JSON]:
    url = f"{sandbox.url}/calendar/{account['account_id']}/feed/"
    events: list[JSON] = requests.get(url, params={"start": start, "end": end}, timeout=10).json()
    return events


def test_an_empty_list_says_what_to_do(visitor: Visitor) -> None:
    visitor.open("/calendar/")
    assert "Nobody has linked a calendar yet" in visitor.text


def test_the_list_shows_who_is_linked_and_whose_link_is_broken(visitor: Visitor, account: JSON) -> None:
    visitor.sandbox.tokens(account)
    visitor.sandbox.control("POST", f"profiles/{account['profiles'][0]['profile_id']}/disconnect", {})
    visitor.open("/calendar/")
    assert "alice@google.test" in visitor.page.links
    assert "1 application" in visitor.text
    assert "disconnected" in visitor.text


def test_a_demo_account_can_be_made_without_an_application(visitor: Visitor) -> None:
    visitor.open("/calendar/")
    visitor.press("Make the account", service="exchange", name="dana")
    assert visitor.heading.startswith("dana@exchange.test")
    assert "EWS off" in visitor.text


@pytest.mark.parametrize("name", ["", "a b", "x@y"])
def test_a_demo_account_needs_a_plain_name(visitor: Visitor, name: str) -> None:
    visitor.open("/calendar/")
    visitor.press("Make the account", service="google", name=name)
    assert visitor.status == 422


def test_the_page_names_the_account_its_calendars_and_its_zone(visitor: Visitor, account: JSON) -> None:
    visitor.open(f"/calendar/{account['account_id']}/")
    assert visitor.heading == "alice@google.test Alice, Team, Holidays"
    assert "Europe/Berlin" in visitor.text
    assert "read-only" in visitor.text


def test_an_unknown_account_is_not_found(visitor: Visitor) -> None:
    visitor.open("/calendar/acc_nobody/")
    assert visitor.status == 404


def test_the_feed_brings_wall_times_of_the_accounts_zone(sandbox: SandboxProcess, account: JSON) -> None:
    add(sandbox, account, summary="Late", start="2026-12-01T23:30:00-05:00", end="2026-12-02T00:30:00-05:00")
    [event] = feed(sandbox, account, "2026-12-02", "2026-12-03")
    assert (event["start"], event["end"]) == ("2026-12-02T05:30:00", "2026-12-02T06:30:00")


def test_the_feed_brings_whole_days_as_days(sandbox: SandboxProcess, account: JSON) -> None:
    add(sandbox, account, summary="Off", start="2026-12-24", end="2026-12-27")
    [event] = feed(sandbox, account, "2026-12-26", "2026-12-31")
    assert (event["start"], event["end"], event["allDay"]) == ("2026-12-24", "2026-12-27", True)


def test_in_the_repeated_hour_an_event_still_ends_after_it_starts(sandbox: SandboxProcess, account: JSON) -> None:
    add(sandbox, account, summary="Night shift", start="2026-10-25T00:45:00Z", end="2026-10-25T01:15:00Z")
    [event] = feed(sandbox, account, "2026-10-25", "2026-10-26")
    assert (event["start"], event["end"]) == ("2026-10-25T02:45:00", "2026-10-25T03:15:00")


def test_managed_events_stand_among_the_others(sandbox: SandboxProcess, account: JSON) -> None:
    Client(sandbox, account).upsert("appt-1", summary="From the application")
    [event] = feed(sandbox, account, "2026-12-01", "2026-12-04")
    assert event["title"] == "From the application"
    assert event["extendedProps"]["addedBy"] == "BMS Calendar"


def test_read_only_and_removed_calendars_are_told_apart(sandbox: SandboxProcess, account: JSON) -> None:
    add(sandbox, account, 1, summary="Team lunch", start="2026-12-02T12:00")
    sandbox.control("POST", f"calendars/{calendars(account)[1]}", {"readonly": True})
    [event] = feed(sandbox, account, "2026-12-01", "2026-12-04")
    assert event["editable"] is False
    sandbox.control("POST", f"calendars/{calendars(account)[1]}", {"deleted": True})
    assert feed(sandbox, account, "2026-12-01", "2026-12-04") == []


def test_the_feed_is_sent_again_only_after_a_change(sandbox: SandboxProcess, account: JSON) -> None:
    url = f"{sandbox.url}/calendar/{account['account_id']}/feed/"
    window = {"start": "2026-12-01", "end": "2026-12-08"}
    known = {"If-None-Match": requests.get(url, params=window, timeout=10).headers["ETag"]}
    assert requests.get(url, params=window, headers=known, timeout=10).status_code == 304
    event = add(sandbox, account, summary="New", start="2026-12-02T12:00")
    assert requests.get(url, params=window, headers=known, timeout=10).status_code == 200
    known = {"If-None-Match": requests.get(url, params=window, timeout=10).headers["ETag"]}
    sandbox.control("DELETE", f"events/{event['event_uid']}")
    assert requests.get(url, params=window, headers=known, timeout=10).status_code == 200


@pytest.mark.parametrize("params", [{}, {"start": "soon", "end": "later"}, {"start": "2026-12-01"}])
def test_a_feed_without_a_proper_range_is_refused(sandbox: SandboxProcess, account: JSON, params: JSON) -> None:
    url = f"{sandbox.url}/calendar/{account['account_id']}/feed/"
    assert requests.get(url, params=params, timeout=10).status_code == 422


def test_the_wire_panel_shows_calls_and_the_faults_they_met(visitor: Visitor, account: JSON) -> None:
    client = Client(visitor.sandbox, account)
    client.upsert("appt-1", summary="<script>alert(1)</script>")
    visitor.sandbox.fault("status", params={"status": 429}, count=2)
    client.call("GET", "/v1/calendars", status=429)
    visitor.open(f"/calendar/{account['account_id']}/wire/")
    assert f"POST /v1/calendars/{client.calendar}/events" in visitor.text
    assert "429 GET /v1/calendars" in visitor.text
    assert "<script>alert(1)</script>" in visitor.text
    assert "status 1 more" in visitor.text


def test_the_wire_panel_shows_notifications_and_what_was_answered(visitor: Visitor, account: JSON) -> None:
    client = Client(visitor.sandbox, account)
    client.call("POST", "/v1/channels", {"callback_url": "http://127.0.0.1:9/nobody"})
    visitor.open(f"/calendar/{account['account_id']}/wire/")
    assert "1 open channel" in visitor.text
    assert "verification" in visitor.text
    assert "http://127.0.0.1:9/nobody" in visitor.text


def test_the_wire_panel_shows_how_far_the_clock_is_off(visitor: Visitor, account: JSON) -> None:
    visitor.sandbox.control("POST", "clock", {"offset_seconds": -600})
    visitor.open(f"/calendar/{account['account_id']}/wire/")
    assert "0:10:00 behind" in visitor.text


def test_every_switch_makes_calls_that_the_control_api_takes(visitor: Visitor, account: JSON) -> None:
    visitor.open("/calendar/")
    visitor.press("Make the account", service="exchange", name="dana")
    for button in visitor.page.switches:
        for call in button:
            visitor.sandbox.control(call["method"], call["path"].removeprefix("/_sandbox/"), call["body"])
    assert len(visitor.page.switches) > 15
