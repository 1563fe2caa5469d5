"""The exchanges recorded from Cronofy's official clients, played to ours."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
import responses

from calendarsync.core.events import AllDay
from calendarsync.cronofy import oauth, wire
from calendarsync.cronofy.client import Client, Write
from calendarsync.cronofy.errors import AccessWithdrawn, OurFault
from tests.cronofy.conftest import API, RECORDINGS, play, recorded

CREDENTIALS = {"api_url": API, "client_id": "abcdef123456", "client_secret": "s3cr3t1v3"}


def sent(mock: responses.RequestsMock) -> object:
    return json.loads(mock.calls[-1].request.body or "null")


def test_user_info(client: Client, wire_mock: responses.RequestsMock) -> None:
    play(wire_mock, "userinfo_account_full")
    info = client.user_info()
    assert (info.account_id, info.email, info.zone) == (
        "acc_5700a00eb0ccd07000000000",
        "janed@company.com",
        "Europe/London",
    )
    google, apple = info.profiles
    assert (google.is_connected, google.initial_sync_required, google.relink_url) == (True, True, "")
    assert (apple.is_connected, apple.relink_url[:30]) == (False, "https://app.cronofy.com/relink")


def test_calendars(client: Client, wire_mock: responses.RequestsMock) -> None:
    play(wire_mock, "calendars_list")
    home, work, holidays = client.calendars()
    assert (home.name, home.is_primary, home.is_readonly) == ("Home", True, False)
    assert (work.is_readonly, work.is_deleted) == (True, True)
    assert (holidays.provider_name, holidays.is_unrestricted) == ("apple", False)


def test_a_single_page_of_events(client: Client, wire_mock: responses.RequestsMock) -> None:
    play(wire_mock, "events_single_page")
    [read] = client.events("cal_1")
    [event] = read.page.events
    assert event.appointment is not None
    assert event.appointment.when == AllDay(date(2014, 9, 6), date(2014, 9, 8))
    assert (event.uid, event.updated) == (
        "evt_external_54008b1a4a41730f8d5c6037",
        datetime(2014, 9, 1, 9, 24, 16, tzinfo=UTC),
    )


def test_two_pages_of_events(client: Client, wire_mock: responses.RequestsMock) -> None:
    play(wire_mock, "events_two_pages_1")
    play(wire_mock, "events_two_pages_2")
    reads = list(client.events("cal_1"))
    assert [event.uid for read in reads for event in read.page.events] == [
        "evt_external_54008b1a4a41730f8d5c6037",
        "evt_external_54008b1a4a41730f8d5c6040",
    ]
    assert wire_mock.calls[1].request.url == f"{API}/v1/events/pages/08a07b034306679e"


def test_an_occurrence_of_a_series(client: Client, wire_mock: responses.RequestsMock) -> None:
    play(wire_mock, "events_recurring_geo_options")
    [event] = next(client.events("cal_1")).page.events
    assert (event.is_recurring, event.may_update, event.may_delete) == (True, True, True)
    assert event.appointment is not None
    assert event.appointment.location == "The Country"


def test_a_batch_of_writes(client: Client, wire_mock: responses.RequestsMock) -> None:
    exchange = play(wire_mock, "batch_mixed_success")
    body = exchange["request"]["json"]["batch"][2]["data"]
    writes = [
        Write(calendar_id="cal_123", event_id="example_event_id"),
        Write(calendar_id="cal_123", event_uid="external_event_id"),
        Write(calendar_id="cal_123", event_id="test-1", body=body),
    ]
    assert client.batch(writes).results == (None, None, None)
    assert sent(wire_mock) == exchange["request"]["json"]


def test_a_batch_with_a_refusal(client: Client, wire_mock: responses.RequestsMock) -> None:
    play(wire_mock, "batch_partial_422")
    first, second, third = client.batch([Write("cal_123", f"e{number}") for number in range(3)]).results
    assert (first, second) == (None, None)
    assert isinstance(third, OurFault)
    assert (third.fields, third.details) == ({"summary"}, "summary: summary must be specified")


def test_opening_listing_and_closing_a_channel(client: Client, wire_mock: responses.RequestsMock) -> None:
    for name in ("channel_create_filtered", "channels_list", "channel_close"):
        play(wire_mock, name)
    request = recorded("channel_create_filtered")["request"]["json"]
    [calendar_id, *_] = request["filters"]["calendar_ids"]
    opened = client.open_channel(callback_url=request["callback_url"], calendar_id=calendar_id)
    assert json.loads(wire_mock.calls[0].request.body) == {**request, "filters": {"calendar_ids": [calendar_id]}}
    assert opened in client.channels()
    client.close_channel("chn_1234567890")


def test_tokens_from_a_code(wire_mock: responses.RequestsMock) -> None:
    exchange = play(wire_mock, "oauth_token_code_linking_profile")
    code = {"code": "zyxvut987654", "redirect_uri": "http://example.com/redirectUri"}
    tokens = oauth.token_from_code(**CREDENTIALS, **code)
    assert sent(wire_mock) == exchange["request"]["json"]
    assert (tokens.access_token, tokens.account_id, tokens.expires_in) == ("asdnakjsdnas", "acc_567236000909002", 3600)
    assert tokens.profile is not None
    assert tokens.profile.provider_service == "gsuite"


def test_tokens_of_the_oldest_form(wire_mock: responses.RequestsMock) -> None:
    play(wire_mock, "oauth_token_code_minimal")
    tokens = oauth.token_from_code(**CREDENTIALS, code="zyxvut987654", redirect_uri="http://example.com/redirectUri")
    assert (tokens.refresh_token, tokens.account_id, tokens.profile) == ("jerwpmsdkjngvdsk", "", None)


def test_a_refresh_brings_the_next_pair(wire_mock: responses.RequestsMock) -> None:
    exchange = play(wire_mock, "oauth_token_refresh")
    tokens = oauth.refresh(**CREDENTIALS, refresh_token="{old_refresh_token}")
    assert sent(wire_mock) == exchange["request"]["json"]
    assert (tokens.access_token, tokens.refresh_token) == ("asdnakjsdnas", "jerwpmsdkjngvdsk")


def test_a_grant_that_ended_is_told_from_a_wrong_secret(wire_mock: responses.RequestsMock) -> None:
    play(wire_mock, "oauth_token_refresh_invalid_grant")
    wire_mock.add("POST", f"{API}/oauth/token", status=400, json={"error": "invalid_client"})
    answers = [_failure(), _failure()]
    assert [type(answer) for answer in answers] == [AccessWithdrawn, OurFault]


def _failure() -> Exception | None:
    try:
        oauth.refresh(**CREDENTIALS, refresh_token="12312312nakjsdnasd")
    except (AccessWithdrawn, OurFault) as error:
        return error
    return None


def test_revoking(wire_mock: responses.RequestsMock) -> None:
    exchange = play(wire_mock, "oauth_revoke_token")
    oauth.revoke(**CREDENTIALS, token="jerwpmsdkjngvdsk")
    assert sent(wire_mock) == exchange["request"]["json"]


def test_a_change_notification() -> None:
    body = recorded("push_change")["json"]
    notice = wire.notification(json.dumps(body).encode())
    since = datetime(2015, 11, 13, 10, 39, 12, tzinfo=UTC)
    assert notice == wire.Notification("change", "chn_54cf7c7cb4ad4c1027000001", since)


def test_a_verification() -> None:
    notice = wire.notification(json.dumps(recorded("push_verification")["json"]).encode())
    assert notice is not None
    assert (notice.kind, notice.changes_since) == ("verification", None)


@pytest.mark.parametrize("name", ["events_conferencing", "events_google_event_ids", "events_private_flag"])
def test_every_recorded_event_can_be_read(client: Client, wire_mock: responses.RequestsMock, name: str) -> None:
    rows = play(wire_mock, name)["response"]["json"]["events"]
    page = next(client.events("cal_1")).page
    assert page.unreadable == ()
    assert [event.uid for event in page.events] == [row.get("event_uid") for row in rows]
    private = [event.appointment is not None and event.appointment.is_private for event in page.events]
    assert private == [row.get("event_private") is True for row in rows]


def test_an_unknown_code_ends_the_grant(wire_mock: responses.RequestsMock) -> None:
    play(wire_mock, "oauth_token_code_invalid_grant")
    with pytest.raises(AccessWithdrawn):
        oauth.token_from_code(**CREDENTIALS, code="zyxvut987654", redirect_uri="http://example.com/redirectUri")


def test_user_info_of_an_application_calendar(client: Client, wire_mock: responses.RequestsMock) -> None:
    told = play(wire_mock, "userinfo_application_calendar")["response"]["json"]
    info = client.user_info()
    assert (info.account_id, info.email) == (told["sub"], "")


NOT_OURS = {
    "account_get": "userinfo tells more",
    "application_calendar_create": "nobody connects one",
    "bulk_delete_": "each deletion must be answered for itself",
    "calendar_create": "calendars are chosen, not made",
    "channel_create": "ours always name a calendar: channel_create_filtered",
    "delete_": "deletions go in batches",
    "error_status_map": "test_errors.py goes through every status",
    "events_query_parameters": "our one query is in test_client.py",
    "free_busy_query_parameters": "events tell more",
    "link_token_create": "every login is an account of its own",
    "oauth_authorize_url": "ours avoids linking, see test_oauth.py",
    "participation_status": "invitations are answered in the mailbox",
    "permissions_request_": "more permission is asked for at the portal",
    "profile_revoke": "the whole grant is given back",
    "profiles_list": "userinfo tells more",
    "upsert_": "writes go in batches; test_wire.py has their bodies",
}
"""By the beginning of their names: exchanges that our client never has."""


def test_every_recording_is_played_or_said_to_be_not_ours() -> None:
    tests = "".join(file.read_text() for file in RECORDINGS.parent.parent.glob("cronofy/test_*.py"))
    names = {file.stem for file in RECORDINGS.glob("*.json")}
    left = {name for name in names if f'"{name}"' not in tests and not name.startswith(tuple(NOT_OURS))}
    assert left == set()
    assert [start for start in NOT_OURS if not any(name.startswith(start) for name in names)] == []
