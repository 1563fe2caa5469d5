"""Reads: windows, filters, pages, shapes."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.sandbox.client import JSON, Client
from tests.sandbox_process import SandboxProcess

TODAY = date(2026, 11, 22)


def summaries(events: list[JSON]) -> set[str]:
    return {event["summary"] for event in events}


def days(offset: int) -> str:
    return (TODAY + timedelta(days=offset)).isoformat()


def refusal(app: Client, **params: Any) -> dict[str, str]:
    answer = app.call("GET", "/v1/events", status=422, **params)
    return {field: errors[0]["key"] for field, errors in answer["errors"].items()}


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, {"tzid": "errors.required"}),
        ({"tzid": "Mars/Base"}, {"tzid": "errors.tzid_unrecognized"}),
        ({"tzid": "Etc/UTC", "from": days(-43)}, {"from": "errors.out_of_bounds"}),
        ({"tzid": "Etc/UTC", "to": days(202)}, {"to": "errors.out_of_bounds"}),
        ({"tzid": "Etc/UTC", "from": "yesterday"}, {"from": "errors.invalid_format"}),
        ({"tzid": "Etc/UTC", "from": days(2), "to": days(1)}, {"to": "errors.invalid_time_pair"}),
        ({"tzid": "Etc/UTC", "include_deleted": "perhaps"}, {"include_deleted": "errors.must_be_boolean"}),
        ({"tzid": "Etc/UTC", "calendar_ids[]": "cal_x"}, {"calendar_ids": "errors.invalid_calendar_ids"}),
        ({"tzid": "Etc/UTC", "last_modified": "2026-11-22T09:00:00"}, {"last_modified": "errors.invalid_format"}),
    ],
    ids=lambda value: str(value)[:60],
)
def test_invalid_parameters_are_named(app: Client, params: JSON, expected: dict[str, str]) -> None:
    assert refusal(app, **params) == expected


def test_the_widest_window_is_42_days_back_and_201_ahead(app: Client) -> None:
    for offset in (-44, -42, 0, 200, 202):
        app.user_adds(summary=f"{offset}", start=f"{days(offset)}T12:00Z")
    assert summaries(app.read()) == {"-42", "0", "200"}
    assert summaries(app.read(**{"from": days(-42), "to": days(201)})) == {"-42", "0", "200"}


def test_own_events_are_read_for_all_time_without_bounds(app: Client) -> None:
    app.upsert("old", start="2014-08-05T15:30:00Z", end="2014-08-05T17:00:00Z")
    app.user_adds(summary="foreign", start="2014-08-05T15:30Z")
    assert app.mine().keys() == {"old"}
    assert summaries(app.read(include_managed="true")) == {"Consultation"}
    assert app.mine(**{"from": "2015-01-01"}) == {}
    assert app.mine(**{"from": "2014-01-01", "to": "2015-01-01"}).keys() == {"old"}


def test_the_window_includes_its_first_moment_and_not_its_last(app: Client) -> None:
    app.user_adds(summary="ends at from", start="2026-12-01T08:00Z", end="2026-12-01T09:00Z")
    app.user_adds(summary="starts at to", start="2026-12-01T10:00Z", end="2026-12-01T11:00Z")
    window = {"from": "2026-12-01T09:00:00Z", "to": "2026-12-01T10:00:00Z"}
    assert summaries(app.read(**window)) == {"ends at from"}


@pytest.mark.parametrize(("tzid", "is_there"), [("America/Los_Angeles", True), ("Pacific/Kiritimati", False)])
def test_dates_are_days_of_the_zone_asked_for(app: Client, tzid: str, is_there: bool) -> None:
    app.user_adds(start="2026-12-02T05:00Z", end="2026-12-02T06:00Z")  # the 1st in Los Angeles
    assert bool(app.read(tzid=tzid, **{"from": "2026-12-01", "to": "2026-12-02"})) is is_there


@pytest.mark.parametrize("tzid", ["Etc/UTC", "America/Los_Angeles", "Pacific/Kiritimati"])
def test_whole_days_belong_to_their_date_in_every_zone(app: Client, tzid: str) -> None:
    app.user_adds(start="2026-12-02")
    assert app.read(tzid=tzid, **{"from": "2026-12-02", "to": "2026-12-03"})
    assert not app.read(tzid=tzid, **{"from": "2026-12-01", "to": "2026-12-02"})


def test_own_events_come_only_when_asked_for(app: Client) -> None:
    app.upsert("a-1", summary="mine")
    app.user_adds(summary="theirs")
    assert summaries(app.read()) == {"theirs"}
    assert summaries(app.read(include_managed="True")) == {"theirs", "mine"}
    assert summaries(app.read(only_managed="true", include_managed="false")) == {"mine"}


def test_deleted_ones_come_only_when_asked_for_and_keep_their_ids(app: Client) -> None:
    app.upsert("a-1")
    uid = app.mine()["a-1"]["event_uid"]
    app.sandbox.control("DELETE", f"events/{uid}")
    assert app.mine() == {}
    tombstone = app.mine(include_deleted="true")["a-1"]
    assert (tombstone["deleted"], tombstone["event_uid"]) == (True, uid)


def test_tombstones_are_forgotten_after_30_days(app: Client) -> None:
    uid = app.user_adds(start="2027-01-10")["event_uid"]
    app.sandbox.control("DELETE", f"events/{uid}")
    assert len(app.read(include_deleted="true")) == 1
    app.sandbox.control("POST", "clock", {"now": "2026-12-23T09:00:00Z"})
    app.tokens = app.sandbox.tokens(app.account)
    assert app.read(include_deleted="true") == []


def test_moved_ones_come_only_when_asked_for(app: Client) -> None:
    uid = app.user_adds(start="2026-12-01T10:00")["event_uid"]
    app.sandbox.control("PATCH", f"events/{uid}", {"start": "2026-12-20T10:00"})
    window = {"from": "2026-12-01", "to": "2026-12-02"}
    assert app.read(**window) == []
    assert [event["event_uid"] for event in app.read(include_moved="true", **window)] == [uid]


def test_last_modified_finds_changes_and_deletions_since_then(app: Client) -> None:
    old, gone, edited = (app.user_adds(summary=name)["event_uid"] for name in ("old", "gone", "edited"))
    app.upsert("a-1")
    app.sandbox.control("POST", "clock", {"now": "2026-11-22T09:10:00Z"})
    app.sandbox.control("PATCH", f"events/{edited}", {"summary": "new"})
    app.sandbox.control("DELETE", f"events/{gone}")
    app.upsert("a-1", summary="again")
    params = {"last_modified": "2026-11-22 09:10:00Z", "include_deleted": "true", "include_managed": "true"}
    assert {event["event_uid"] for event in app.read(**params)} == {gone, edited, app.mine()["a-1"]["event_uid"]}
    app.sandbox.fault("own_writes_not_in_last_modified")
    assert {event["event_uid"] for event in app.read(**params)} == {gone, edited}
    assert old not in {gone, edited}


def test_calendars_can_be_chosen(app: Client) -> None:
    app.upsert("a-1")
    app.upsert("b-1", calendar=app.calendars[1])
    assert app.mine(**{"calendar_ids[]": [app.calendars[1]]}).keys() == {"b-1"}
    assert app.mine(**{"calendar_ids[]": app.calendars}).keys() == {"a-1", "b-1"}


def test_times_are_utc_unless_localized(app: Client) -> None:
    app.upsert("a-1", start={"time": "2026-12-02T09:00:00+01:00", "tzid": "Europe/Berlin"}, tzid="Europe/London")
    assert app.mine()["a-1"]["start"] == "2026-12-02T08:00:00Z"
    assert app.mine(tzid="Asia/Tokyo")["a-1"]["start"] == "2026-12-02T08:00:00Z"
    localized = app.mine(localized_times="true")["a-1"]
    assert localized["start"] == {"time": "2026-12-02T09:00:00+01:00", "tzid": "Europe/Berlin"}
    assert localized["end"] == {"time": "2026-12-02T09:45:00+00:00", "tzid": "Europe/London"}


def test_whole_days_stay_dates(app: Client) -> None:
    app.upsert("a-1", start="2026-12-02", end={"time": "2026-12-03", "tzid": "Etc/UTC"})
    assert (app.mine()["a-1"]["start"], app.mine()["a-1"]["end"]) == ("2026-12-02", "2026-12-03")
    assert app.mine(localized_times="true")["a-1"]["start"] == "2026-12-02"
    app.sandbox.fault("localized_days_as_objects")
    assert app.mine(localized_times="true")["a-1"]["start"] == {"time": "2026-12-02", "tzid": "Etc/UTC"}


def test_coordinates_and_google_ids_come_when_asked_for(app: Client) -> None:
    app.upsert("a-1", location={"description": "Hall", "lat": "1.5", "long": "-0.1"})
    assert app.mine()["a-1"]["location"] == {"description": "Hall"}
    asked = app.mine(include_geo="true", google_event_ids="true")["a-1"]
    assert asked["location"] == {"description": "Hall", "lat": "1.5", "long": "-0.1"}
    assert asked["google_event_id"]
    app.sandbox.control("POST", "applications", {"client_id": "sandbox-client", "missing_features": ["geo"]})
    assert app.raw("GET", "/v1/events", tzid="Etc/UTC", include_geo="true").status_code == 402


def test_pages_are_a_snapshot(app: Client) -> None:
    app.sandbox.fault("page_size", params={"size": 2})
    uids = [app.user_adds(summary=f"{n}", start=f"2026-12-0{n}T10:00")["event_uid"] for n in range(1, 6)]
    first = app.call("GET", "/v1/events", tzid="Etc/UTC")
    app.sandbox.control("PATCH", f"events/{uids[2]}", {"summary": "changed", "start": "2026-12-30T10:00"})
    app.sandbox.control("PATCH", f"events/{uids[2]}", {"summary": "changed twice"})
    app.sandbox.control("DELETE", f"events/{uids[3]}")
    app.user_adds(summary="new")
    second = app.call("GET", first["pages"]["next_page"])
    third = app.call("GET", second["pages"]["next_page"])
    assert [event["summary"] for event in second["events"] + third["events"]] == ["3", "4", "5"]
    assert [event["deleted"] for event in second["events"]] == [False, False]
    assert "next_page" not in third["pages"]
    assert summaries(app.read()) == {"1", "2", "changed twice", "5", "new"}


def test_page_addresses_are_private_and_run_out(app: Client, sandbox: SandboxProcess) -> None:
    app.sandbox.fault("page_size", params={"size": 1})
    app.user_adds()
    app.user_adds()
    page = app.call("GET", "/v1/events", tzid="Etc/UTC")["pages"]["next_page"]
    stranger = Client(sandbox, sandbox.account(email="bob@google.test"))
    assert stranger.raw("GET", page).status_code == 404
    assert app.raw("GET", page.rpartition("-")[0] + "-3").status_code == 404
    assert app.raw("GET", page).status_code == 200
    app.sandbox.control("POST", "clock", {"now": "2026-11-22T09:11:00Z"})
    assert app.raw("GET", page).status_code == 404


def test_free_busy_tells_times_only(app: Client) -> None:
    app.user_adds(summary="secret", start="2026-12-01T10:00")
    app.user_adds(start="2026-12-02")
    app.user_adds(start="2026-12-03T10:00", status="tentative")
    [busy, tentative] = app.call("GET", "/v1/free_busy", tzid="Etc/UTC")["free_busy"]
    assert busy == {
        "calendar_id": app.calendar,
        "start": "2026-12-01T09:00:00Z",
        "end": "2026-12-01T10:00:00Z",
        "free_busy_status": "busy",
    }
    assert tentative["free_busy_status"] == "tentative"
    everything = app.call("GET", "/v1/free_busy", tzid="Etc/UTC", include_free="true", include_ids="true")
    assert [period["free_busy_status"] for period in everything["free_busy"]] == ["busy", "free", "tentative"]
    assert all(period["event_uid"] for period in everything["free_busy"])


@pytest.mark.parametrize(
    ("kind", "params", "check"),
    [
        ("hide_managed_uid", {}, lambda event: "event_uid" not in event),
        ("year_zero_created", {}, lambda event: event["created"].startswith("0000-")),
        ("missing_fields", {"fields": ["status"]}, lambda event: "status" not in event and "options" in event),
        ("missing_fields", {}, lambda event: event.keys() <= {"calendar_id", "event_uid", "event_id", "summary",
                                                              "description", "start", "end", "deleted"}),
        ("extra_fields", {}, lambda event: "sandbox_unknown" in event),
    ],
)  # fmt: skip
def test_switches_bend_what_events_look_like(app: Client, kind: str, params: JSON, check: Any) -> None:
    app.upsert("a-1")
    assert not check(app.mine()["a-1"])
    app.sandbox.fault(kind, params=params)
    assert check(app.mine()["a-1"])


def test_userinfo_shows_a_broken_link_and_how_to_mend_it(app: Client) -> None:
    app.sandbox.control("POST", f"profiles/{app.profile}/disconnect", {})
    [profile] = app.call("GET", "/v1/userinfo")["cronofy.data"]["profiles"]
    assert profile["profile_connected"] is False
    assert profile["profile_relink_url"].startswith(app.sandbox.url + "/relink/")
    app.sandbox.control("POST", f"profiles/{app.profile}/relink", {})
    assert "profile_relink_url" not in app.call("GET", "/v1/profiles")["profiles"][0]


@pytest.mark.parametrize("path", ["availability", "resources", "smart_invites", "element_tokens", "nonsense"])
def test_what_is_out_of_scope_is_not_found(app: Client, path: str) -> None:
    assert app.raw("GET", f"/v1/{path}").status_code == 404
    assert app.raw("POST", f"/v1/{path}", {}).status_code == 404
