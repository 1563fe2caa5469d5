"""A full session of the official Python client, unchanged but for the address it calls."""

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pycronofy
import pytest
from pycronofy import settings
from pycronofy.batch import BatchBuilder
from pycronofy.exceptions import PyCronofyPartialSuccessError, PyCronofyRequestError

from tests.sandbox.client import Receiver
from tests.sandbox_process import CLIENT_ID, CLIENT_SECRET, SandboxProcess

REDIRECT = "https://sync.example.test/callback"
SCOPE = ("read_events", "create_event", "delete_event", "create_calendar", "change_participation_status")
START = dt.datetime(2026, 12, 2, 9, tzinfo=dt.UTC)
END = START + dt.timedelta(minutes=45)


@pytest.fixture
def sdk(sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> pycronofy.Client:
    """The official client, connected through the portal as alice@google.test."""
    monkeypatch.setattr(settings, "API_BASE_URL", sandbox.url)
    monkeypatch.setattr(settings, "APP_BASE_URL", sandbox.url)
    sandbox.control("POST", "clock", {"now": "2026-11-22T09:00:00Z"})
    client = pycronofy.Client(client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    url = client.user_auth_link(REDIRECT, scope=" ".join(SCOPE))
    visit = {"url": url, "service": "google", "email": "alice@google.test"}
    location = sandbox.control("POST", "authorize", visit)["location"]
    client.get_authorization_from_code(parse_qs(urlsplit(location).query)["code"][0])
    return client


def event(event_id: str, **more: Any) -> dict[str, Any]:
    return {"event_id": event_id, "summary": "Consultation", "description": "", "start": START, "end": END} | more


def primary(sdk: pycronofy.Client) -> str:
    return next(one["calendar_id"] for one in sdk.list_calendars() if one["calendar_primary"])


def status_of(call: Callable[[], Any]) -> int:
    with pytest.raises(PyCronofyRequestError) as failure:
        call()
    status: int = failure.value.response.status_code
    return status


def test_it_learns_who_is_connected(sdk: pycronofy.Client) -> None:
    assert sdk.account()["email"] == "alice@google.test"
    assert sdk.userinfo()["cronofy.data"]["authorization"]["status"] == "active"
    assert [profile["provider_service"] for profile in sdk.list_profiles()] == ["gsuite"]
    assert [one["calendar_readonly"] for one in sdk.list_calendars()] == [False, False, True]


def test_it_writes_reads_and_deletes(sdk: pycronofy.Client) -> None:
    calendar = primary(sdk)
    sdk.upsert_event(calendar, event("a-1"))
    [found] = sdk.read_events(calendar_ids=(calendar,), localized_times=True)
    assert (found["event_id"], found["start"]["tzid"]) == ("a-1", "Etc/UTC")
    sdk.delete_event(calendar, "a-1")
    assert list(sdk.read_events()) == []
    [gone] = sdk.read_events(include_deleted=True, only_managed=True, last_modified=START.replace(year=2025))
    assert gone["deleted"] is True


def test_it_follows_pages(sdk: pycronofy.Client, sandbox: SandboxProcess) -> None:
    sandbox.control("POST", f"calendars/{primary(sdk)}/seed", {"kind": "plain", "count": 120})
    pages = sdk.read_events(from_date=dt.date(2026, 10, 15), to_date=dt.date(2027, 6, 1), tzid="Europe/Berlin")
    assert pages.total > 1
    assert len({found["event_uid"] for found in pages}) == 120
    assert len(sdk.read_free_busy().all()) > 0


def test_it_sends_batches(sdk: pycronofy.Client) -> None:
    calendar = primary(sdk)
    builder = BatchBuilder().upsert_event(calendar, event("a-1")).upsert_event(calendar, event("a-2"))
    builder.delete_event(calendar, "a-1").upsert_event(calendar, event("", summary="without an id"))
    with pytest.raises(PyCronofyPartialSuccessError) as partial:
        sdk.batch(builder)
    response = partial.value.batch_response
    assert [entry.status() for entry in response.entries] == [202, 202, 202, 422]
    assert [entry.status() for entry in response.errors()] == [422]
    assert [found["event_id"] for found in sdk.read_events()] == ["a-2"]


def test_it_deletes_all(sdk: pycronofy.Client) -> None:
    first, second = (one["calendar_id"] for one in sdk.list_calendars()[:2])
    for calendar in (first, second):
        sdk.upsert_event(calendar, event("a-1"))
    sdk.delete_all_events(calendar_ids=(second,))
    assert [found["calendar_id"] for found in sdk.read_events()] == [first]
    sdk.delete_all_events()
    assert list(sdk.read_events()) == []


def test_it_watches_channels_and_checks_signatures(sdk: pycronofy.Client, receiver: Receiver) -> None:
    channel = sdk.create_notification_channel(receiver.url, calendar_ids=(primary(sdk),), only_managed=True)
    assert [one["channel_id"] for one in sdk.list_notification_channels()] == [channel["channel_id"]]
    receiver.wait(1)
    body, signed = receiver.received[0]
    assert sdk.hmac_valid(signed, body.decode())
    assert not sdk.hmac_valid(signed, body.decode() + " ")
    sdk.close_notification_channel(channel["channel_id"])
    assert sdk.list_notification_channels() == []


def test_it_makes_calendars(sdk: pycronofy.Client) -> None:
    profile = sdk.list_profiles()[0]["profile_id"]
    made = sdk.create_calendar(profile, "Practice")["calendar"]
    assert sdk.create_calendar(profile, "Practice", error_on_duplicate=False)["calendar_id"] == made["calendar_id"]
    assert status_of(lambda: sdk.create_calendar(profile, "Practice")) == 422


def test_it_answers_invitations_and_deletes_others_events(sdk: pycronofy.Client, sandbox: SandboxProcess) -> None:
    calendar = primary(sdk)
    invitation = {
        "summary": "Board",
        "start": "2026-12-01T10:00",
        "attendees": [{"email": "alice@google.test"}],
        "organizer": {"email": "boss@x.example"},
    }
    uid = sandbox.control("POST", f"calendars/{calendar}/events", invitation)["event_uid"]
    sdk.change_participation_status(calendar, uid, "accepted")
    assert sdk.read_events()[0]["participation_status"] == "accepted"
    assert status_of(lambda: sdk.delete_external_event(calendar, uid)) == 403
    wish = [{"calendar_id": calendar, "permission_level": "unrestricted"}]
    assert sdk.elevated_permissions(wish, redirect_uri=REDIRECT)["url"].startswith(sandbox.url)
    sandbox.control("POST", f"calendars/{calendar}", {"permission_level": "unrestricted"})
    sdk.delete_external_event(calendar, uid)
    assert list(sdk.read_events()) == []


def test_it_refreshes_and_revokes(sdk: pycronofy.Client) -> None:
    assert sdk.refresh_authorization()["access_token"]
    sdk.revoke_profile(sdk.list_profiles()[0]["profile_id"])
    assert sdk.list_profiles()[0]["profile_connected"] is False
    refresh_token = sdk.auth.refresh_token
    sdk.revoke_authorization()
    sdk.auth.update(refresh_token=refresh_token, access_token="gone", token_expiration=None)
    assert status_of(sdk.list_calendars) == 401
    assert status_of(sdk.refresh_authorization) == 400


def test_it_uses_an_application_calendar(sdk: pycronofy.Client) -> None:
    tokens = sdk.application_calendar("room-1")
    assert tokens["application_calendar_id"] == "room-1"
    sdk.upsert_event(primary(sdk), event("a-1"))
    assert len(sdk.read_events().all()) == 1


def test_all_others_events_can_be_kept_out_of_a_read(sdk: pycronofy.Client, sandbox: SandboxProcess) -> None:
    calendar = primary(sdk)
    sandbox.control("POST", f"calendars/{calendar}/events", {"summary": "Dentist", "start": "2026-12-01T10:00"})
    sdk.upsert_event(calendar, event("a-1"))
    assert [found["event_id"] for found in sdk.read_events(only_managed=True)] == ["a-1"]
    assert [found["summary"] for found in sdk.read_events(include_managed=False)] == ["Dentist"]


def test_it_knows_when_its_token_ran_out(sdk: pycronofy.Client) -> None:
    assert sdk.is_authorization_expired() is False


# What the sandbox leaves out, with arguments that bring each call as far as the network.
OUT_OF_SCOPE: dict[str, Callable[[pycronofy.Client], Any]] = {
    "resources": lambda sdk: sdk.resources(),
    "list_availability_rules": lambda sdk: sdk.list_availability_rules(),
    "get_availability_rule": lambda sdk: sdk.get_availability_rule("r1"),
    "delete_availability_rule": lambda sdk: sdk.delete_availability_rule("r1"),
    "upsert_availability_rule": lambda sdk: sdk.upsert_availability_rule({"availability_rule_id": "r1"}),
    "get_smart_invite": lambda sdk: sdk.get_smart_invite("s1", "a@example.test"),
    "get_conferencing_services_auth_link": lambda sdk: sdk.get_conferencing_services_auth_link(REDIRECT),
    "get_ui_element_token": lambda sdk: sdk.get_ui_element_token("1", [], [], "http://127.0.0.1"),
}
# They only reshape arguments, or book times by rules that the sandbox leaves out, where all is answered alike.
NO_ENDPOINT = (
    "map_", "translate_", "validate", "availability", "sequenced_availability", "real_time_", "authorize_",
    "cancel_smart", "upsert_smart", "disable_real", "get_real",
)  # fmt: skip


@pytest.mark.parametrize("method", OUT_OF_SCOPE)
def test_what_is_out_of_scope_is_answered_with_404(sdk: pycronofy.Client, method: str) -> None:
    assert status_of(lambda: OUT_OF_SCOPE[method](sdk)) == 404


def test_no_method_of_the_client_is_forgotten() -> None:
    offered = {name for name in dir(pycronofy.Client) if not name.startswith("_")}
    text = Path(__file__).read_text()
    forgotten = {name for name in offered if not re.search(rf"sdk\.{name}\b|client\.{name}\b", text)}
    assert {name for name in forgotten if not name.startswith(NO_ENDPOINT)} == set()
