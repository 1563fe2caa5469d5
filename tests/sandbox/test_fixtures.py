"""The recorded exchanges of the official clients' own tests, sent to the sandbox."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.client import JSON, Client
from tests.sandbox_process import SandboxProcess

FOLDER = Path(__file__).parent / "fixtures"
FIXTURES = {file.stem: json.loads(file.read_text()) for file in sorted(FOLDER.glob("*.json"))}
EXCHANGES = [name for name, fixture in FIXTURES.items() if fixture["kind"] == "http_exchange"]
# Their requests hold placeholders, or need another kind of account: they have tests of their own below or elsewhere.
OWN_TESTS = {
    "batch_partial_422",
    "oauth_token_code_invalid_grant",
    "oauth_token_code_linking_profile",
    "oauth_token_code_minimal",
    "permissions_request_accepted",
    "userinfo_application_calendar",
}
# Only there while a profile is disconnected, or in a kind of account that the sandbox has not.
NOT_ALWAYS = {"profile_relink_url", "conferencing_profiles"}


class Stage:
    """An account in which everything stands that the fixtures talk about."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        account = sandbox.account()
        self.client = Client(sandbox, account)
        for calendar in self.client.calendars[:2]:
            sandbox.control("POST", f"calendars/{calendar}", {"permission_level": "unrestricted"})
        invitation = {
            "attendees": [{"email": "alice@google.test", "display_name": "Alice", "status": "needs_action"}],
            "organizer": {"email": "front@dentist.example", "display_name": "Front desk"},
        }
        self.event = self.client.user_adds(**invitation)["event_uid"]
        channel = {"callback_url": "http://127.0.0.1:9/other"}
        self.channel = self.client.call("POST", "/v1/channels", channel)["channel"]["channel_id"]

    def told(self, value: Any, key: str = "") -> Any:
        """Return a fixture's value with its invented ids, addresses and secrets replaced by living ones."""
        if isinstance(value, dict):
            return {name: self.told(member, name) for name, member in value.items()}
        if isinstance(value, list):
            return [self.told(member, key) for member in value]
        client = self.client
        swaps: dict[str, Callable[[], Any]] = {
            "event_uid": lambda: self.event,
            "profile_id": lambda: client.profile if str(value).startswith("pro_") else value,
            "callback_url": lambda: "http://127.0.0.1:9/callback",
            "client_id": lambda: "sandbox-client",
            "client_secret": lambda: "sandbox-secret-1",
            "token": lambda: client.tokens["refresh_token"],
            "refresh_token": lambda: client.tokens["refresh_token"],
            "calendar_id": lambda: client.calendar,
            "calendar_ids": lambda: client.calendars[0 if value == "cal_1234_5678" or "U9uu" in str(value) else 1],
            "relative_url": lambda: self.path(value),
        }
        return swaps.get(key, lambda: value)()

    def path(self, path: str) -> str:
        """Return a fixture's path with living ids."""
        parts = path.split("/")
        living = {"cal": self.client.calendar, "evt": self.event, "pro": self.client.profile, "chn": self.channel}
        return "/".join(living.get(part[:3], part) if "_" in part else part for part in parts).replace(
            "calendar_id_123", self.client.calendar
        )


@pytest.fixture
def stage(sandbox: SandboxProcess) -> Stage:
    sandbox.control("POST", "clock", {"now": "2026-11-22T09:00:00Z"})
    return Stage(sandbox)


def shape_faults(expected: Any, given: Any, where: str = "") -> list[str]:
    """Return where the answer lacks a key of the example, or has a value of another type."""
    if isinstance(expected, dict):
        if not isinstance(given, dict):
            return [f"{where} is no object"]
        wanted = expected.keys() - NOT_ALWAYS
        missing = [f"{where}.{key} is missing" for key in wanted if key not in given]
        both = [key for key in wanted if key in given]
        return missing + [fault for key in both for fault in shape_faults(expected[key], given[key], f"{where}.{key}")]
    if isinstance(expected, list) and expected:
        if not isinstance(given, list) or not given:
            return [f"{where} is empty"]
        return shape_faults(expected[0], given[0], f"{where}[0]")
    return [] if given is None or isinstance(given, type(expected)) else [f"{where} is {given!r}, not {expected!r}"]


@pytest.mark.parametrize(
    "name", [n for n in EXCHANGES if n not in OWN_TESTS and not n.startswith(("events_", "oauth_token_refresh_inv"))]
)
def test_an_official_request_gets_the_official_status_and_shape(stage: Stage, name: str) -> None:
    request, response = FIXTURES[name]["request"], FIXTURES[name]["response"]
    answer = stage.client.raw(
        request["method"], stage.path(request["path"]), stage.told(request.get("json")), **request.get("query", {})
    )
    assert answer.status_code == response["status"], answer.text
    if response.get("body_empty"):
        assert answer.content == b""
    else:
        assert shape_faults(response["json"], answer.json()) == []


def _events_on_stage(stage: Stage) -> None:
    """Let the user have one event with all that any of the examples shows."""
    person = {"email": "alice@google.test", "display_name": "Alice"}
    stage.client.sandbox.control("DELETE", f"events/{stage.event}")
    stage.client.user_adds(
        start="2026-12-06",
        end="2026-12-08",
        location={"description": "The Country", "lat": "1.2345", "long": "0.1234"},
        attendees=[{**person, "status": "needs_action"}],
        organizer=person,
        recurrence={"rules": [{"frequency": "weekly", "count": 3}]},
        meeting_url="https://example.test/join",
    )
    stage.client.upsert(
        "conf",
        start="2026-12-06",
        end="2026-12-08",
        recurrence={"rules": [{"frequency": "weekly", "count": 1}]},
        attendees={"invite": [{"email": "alice@google.test", "display_name": "Alice"}]},
        conferencing={"profile_id": "explicit", "provider_description": "zoom", "join_url": "https://example.test/j"},
    )


@pytest.mark.parametrize("name", [n for n in EXCHANGES if n.startswith("events_")])
def test_an_official_read_gets_the_official_shape(stage: Stage, name: str) -> None:
    _events_on_stage(stage)
    stage.client.sandbox.fault("page_size", params={"size": 2 if "two_pages" in name else 50})
    request, response = FIXTURES[name]["request"], FIXTURES[name]["response"]
    answer = stage.client.call(
        "GET",
        "/v1/events",
        include_managed="true",
        **FIXTURES["events_single_page"]["request"]["query"] | request.get("query", {}),
    )
    if request["path"].startswith("/v1/events/pages/"):
        answer = stage.client.call("GET", answer["pages"]["next_page"])
    assert shape_faults(response["json"]["pages"], answer["pages"]) == []
    expected = response["json"]["events"][0]
    assert any(shape_faults(expected, event) == [] for event in answer["events"]), answer["events"]


def test_two_pages_end_without_a_next_page(stage: Stage) -> None:
    _events_on_stage(stage)
    stage.client.sandbox.fault("page_size", params={"size": 2})
    first = stage.client.call("GET", "/v1/events", tzid="Etc/UTC", include_managed="true")
    last = stage.client.call("GET", first["pages"]["next_page"])
    assert first["pages"].keys() == FIXTURES["events_two_pages_1"]["response"]["json"]["pages"].keys()
    assert last["pages"] == FIXTURES["events_two_pages_2"]["response"]["json"]["pages"]


def test_a_faulty_batch_entry_is_answered_in_its_place(stage: Stage) -> None:
    path = f"/v1/calendars/{stage.client.calendar}/events"
    good = {"event_id": "a", "summary": "A", "start": "2026-12-03", "end": "2026-12-04"}
    bad = {name: value for name, value in good.items() if name != "summary"}
    entries = [{"method": "POST", "relative_url": path, "data": data} for data in (good, good | {"event_id": "b"}, bad)]
    answer = stage.client.call("POST", "/v1/batch", {"batch": entries}, status=207)
    expected = FIXTURES["batch_partial_422"]["response"]["json"]
    assert shape_faults(expected, answer) == []
    assert [entry["status"] for entry in answer["batch"]] == [202, 202, 422]
    assert answer["batch"][2]["data"]["errors"]["summary"][0]["key"] == "errors.required"


def test_unknown_codes_and_refresh_tokens_are_refused_as_recorded(stage: Stage) -> None:
    for name in ("oauth_token_code_invalid_grant", "oauth_token_refresh_invalid_grant"):
        fields = {key: value for key, value in FIXTURES[name]["request"]["json"].items() if "client" not in key}
        answer = stage.client.token_call(**fields)
        assert answer.status_code == FIXTURES[name]["response"]["status"]
        assert answer.json()["error"] == FIXTURES[name]["response"]["json"]["error"]


def test_more_permission_is_granted_at_once_to_accounts_of_a_service_account(stage: Stage) -> None:
    first, second, _ = stage.client.calendars
    stage.client.sandbox.control("POST", f"calendars/{first}", {"permission_level": "sandbox"})
    stage.client.sandbox.fault("permissions_accepted")
    request, response = (FIXTURES["permissions_request_accepted"][side] for side in ("request", "response"))
    body = request["json"]
    for wish, calendar in zip(body["permissions"], (first, second), strict=True):
        wish["calendar_id"] = calendar
    assert stage.client.call("POST", request["path"], body, status=response["status"]) == response["json"]
    levels = {
        one["calendar_id"]: one["permission_level"] for one in stage.client.call("GET", "/v1/calendars")["calendars"]
    }
    assert (levels[first], levels[second]) == ("unrestricted", "sandbox")


def test_userinfo_of_an_application_calendar(stage: Stage) -> None:
    stage.client.tokens = stage.client.token_call("/v1/application_calendars", application_calendar_id="app01").json()
    answer = stage.client.call("GET", "/v1/userinfo")
    expected = FIXTURES["userinfo_application_calendar"]["response"]["json"]
    assert shape_faults(expected, answer) == []
    assert answer["cronofy.type"] == "application_calendar"
    assert not answer.keys() & {"email", "zoneinfo"}


@pytest.mark.parametrize("name", ["events_query_parameters", "free_busy_query_parameters"])
def test_recorded_query_strings_are_understood(stage: Stage, name: str) -> None:
    path = "/v1/free_busy" if "free_busy" in name else "/v1/events"
    for case in FIXTURES[name]["cases"]:
        stage.client.sandbox.control(
            "POST", "clock", {"now": "2014-09-20" if "2014" in case["query"] else "2015-10-25"}
        )
        query = case["query"].replace("...", "2015-10-24T00:00:00Z")
        query = query.replace("cal_1", stage.client.calendars[0]).replace("cal_2", stage.client.calendars[1])
        stage.client.tokens = stage.client.sandbox.tokens(stage.client.account)
        answer = stage.client.raw("GET", f"{path}?tzid=Etc/UTC&{query}")
        assert answer.status_code == 200, (query, answer.text)


def test_every_fixture_is_used() -> None:
    others = {"oauth_authorize_url", "error_status_map", "push_change", "push_verification"}
    kinds: set[str] = {fixture["kind"] for fixture in FIXTURES.values()}
    assert kinds == {"http_exchange", "query_encoding", "url", "status_map", "callback"}
    assert others == {name for name in FIXTURES if FIXTURES[name]["kind"] in {"url", "status_map", "callback"}}


def test_the_recorded_authorize_address_opens_the_portal(stage: Stage) -> None:
    query = FIXTURES["oauth_authorize_url"]["url"].partition("?")[2].replace("abcdef123456", "sandbox-client")
    answer = stage.client.session.get(f"{stage.client.sandbox.url}/oauth/authorize?{query}", timeout=10)
    assert answer.status_code == 200
    assert "Google" in answer.text


def fault_status(name: str) -> JSON:
    status_map: JSON = FIXTURES[name]["map"]
    return status_map


@pytest.mark.parametrize("status", sorted(fault_status("error_status_map")))
def test_every_status_of_the_error_map_can_be_called_up(stage: Stage, status: str) -> None:
    if status == "400":  # only of the token endpoints
        assert stage.client.token_call(grant_type="refresh_token", refresh_token="x").status_code == 400
        return
    stage.client.sandbox.fault("status", count=1, params={"status": int(status)})
    assert stage.client.raw("GET", "/v1/calendars").status_code == int(status)
    assert stage.client.raw("GET", "/v1/calendars").status_code == 200
