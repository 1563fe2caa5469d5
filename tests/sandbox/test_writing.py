"""Writes of an application: single ones, batches, deletions, other people's events."""

from typing import Any

import pytest

from tests.sandbox.client import JSON, Client
from tests.sandbox_process import SandboxProcess


def keys(answer: JSON) -> dict[str, str]:
    """Return the first error key of each field."""
    return {field: errors[0]["key"] for field, errors in answer["errors"].items()}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"event_id": None}, {"event_id": "errors.required"}),
        ({"event_id": "x" * 256}, {"event_id": "errors.too_long"}),
        ({"event_id": 7}, {"event_id": "errors.must_be_string"}),
        ({"summary": None}, {"summary": "errors.required"}),
        ({"summary": "x" * 1025}, {"summary": "errors.too_long"}),
        ({"description": "x" * 4097}, {"description": "errors.too_long"}),
        ({"start": None}, {"start": "errors.required"}),
        ({"start": "2026-12-02T09:00:00.5Z"}, {"start": "errors.invalid_format"}),
        ({"start": "2026-12-02T09:00:00"}, {"start": "errors.invalid_format"}),
        ({"start": "2026-13-02"}, {"start": "errors.invalid_format"}),
        ({"start": {"time": "2026-12-02T09:00:00Z", "tzid": "Mars/Base"}}, {"start.tzid": "errors.tzid_unrecognized"}),
        ({"end": "2026-12-02T09:00:00Z"}, {"end": "errors.invalid_time_pair"}),
        ({"end": "2026-12-03"}, {"end": "errors.invalid_time_pair"}),
        ({"start": "1900-01-01T00:00:00Z"}, {"start": "errors.out_of_bounds"}),
        ({"tzid": "Europe/Atlantis"}, {"tzid": "errors.tzid_unrecognized"}),
        ({"transparency": "foggy"}, {"transparency": "errors.not_recognized"}),
        ({"event_private": "yes"}, {"event_private": "errors.must_be_boolean"}),
        ({"color": "red"}, {"color": "errors.invalid_format"}),
        ({"url": "ftp://x"}, {"url": "errors.invalid_url"}),
        ({"reminders": [{"minutes": n} for n in range(6)]}, {"reminders": "errors.too_many"}),
        ({"reminders": [{"minutes": "5"}]}, {"reminders[0].minutes": "errors.must_be_integer"}),
        ({"location": {"lat": 1.5}}, {"location.lat": "errors.invalid_format"}),
        ({"attendees": {"invite": [{"email": "nobody"}]}}, {"attendees.invite[0].email": "errors.invalid_email"}),
        ({"conferencing": {"profile_id": "explicit"}}, {"conferencing.join_url": "errors.required"}),
        (
            {"recurrence": {"rules": [{"frequency": "hourly"}]}},
            {"recurrence.rules[0].frequency": "errors.not_supported"},
        ),
    ],
    ids=lambda value: str(value)[:50],
)
def test_an_invalid_field_is_named_with_its_key(app: Client, fields: JSON, expected: dict[str, str]) -> None:
    assert keys(app.upsert("a-1", status=422, **fields)) == expected


@pytest.mark.parametrize(
    "fields",
    [
        {"start": "2026-12-02 09:00:00Z", "end": "2026-12-02 10:00:00Z"},
        {"start": "2026-12-02T09:00:00.000Z"},
        {"transparency": None, "location": None, "reminders": None},
        {"unheard_of": {"x": 1}},
        {"event_id": "x" * 255},
        {"summary": "x" * 1024, "description": "x" * 4096},
    ],
    ids=["blank for T", "zero milliseconds", "nulls", "unknown field", "longest id", "longest texts"],
)
def test_what_clients_send_is_tolerated(app: Client, fields: JSON) -> None:
    assert app.upsert("a-1", **fields) is None


def test_the_same_id_updates_and_replaces_what_was_written(app: Client) -> None:
    app.upsert("a-1", url="https://x.example/", reminders=[{"minutes": 5}], location={"description": "Hall"})
    app.upsert("a-1", summary="New", description="")
    [event] = app.sandbox.events(app.calendar)
    assert (event["summary"], event["description"], event.get("location")) == ("New", "", None)
    assert (event["url"], event["reminders"]) == ("https://x.example/", [{"minutes": 5}])  # omitted keeps
    app.upsert("a-1", url=None, reminders=[])
    [event] = app.sandbox.events(app.calendar)
    assert ("url" in event, event["reminders"]) == (False, [])


def test_reminders_for_creation_only_leave_later_ones_alone(app: Client) -> None:
    app.upsert("a-1", reminders=[{"minutes": 5}], reminders_create_only=True)
    app.upsert("a-1", reminders=[{"minutes": 50}], reminders_create_only=True)
    assert app.sandbox.events(app.calendar)[0]["reminders"] == [{"minutes": 5}]


def test_attendees_are_invited_and_removed_one_by_one(app: Client) -> None:
    people = [{"email": "a@x.example", "display_name": "A"}, {"email": "b@x.example"}]
    app.upsert("a-1", attendees={"invite": people})
    app.upsert("a-1", attendees={"remove": [{"email": "A@x.example"}]})
    assert [one["email"] for one in app.mine()["a-1"]["attendees"]] == ["b@x.example"]


def test_whole_days_are_transparent_unless_said_otherwise(app: Client) -> None:
    app.upsert("day", start="2026-12-02", end="2026-12-03")
    app.upsert("busy", start="2026-12-02", end="2026-12-03", transparency="opaque")
    app.upsert("timed")
    assert {name: event["transparency"] for name, event in app.mine().items()} == {
        "day": "transparent",
        "busy": "opaque",
        "timed": "opaque",
    }


def test_an_event_deleted_by_the_user_comes_back_with_the_next_write(app: Client) -> None:
    app.upsert("a-1")
    app.sandbox.control("DELETE", f"events/{app.mine()['a-1']['event_uid']}")
    assert app.mine() == {}
    app.upsert("a-1")
    assert app.mine()["a-1"]["deleted"] is False


def test_deleting_what_is_not_there_succeeds(app: Client) -> None:
    path = f"/v1/calendars/{app.calendar}/events"
    app.upsert("a-1")
    for event_id in ("a-1", "a-1", "unheard-of"):
        app.call("DELETE", path, {"event_id": event_id}, status=202)
    assert keys(app.call("DELETE", path, {}, status=422)) == {"event_id": "errors.required"}
    assert app.mine(include_deleted="true")["a-1"]["deleted"] is True


def test_calendars_that_are_unknown_readonly_or_gone_take_nothing(app: Client) -> None:
    app.upsert("a-1", status=404, calendar="cal_unheard@of")
    assert keys(app.upsert("a-1", status=422, calendar=app.calendars[2])) == {"calendar_id": "errors.calendar_readonly"}
    app.sandbox.control("POST", f"calendars/{app.calendar}", {"deleted": True})
    app.upsert("a-1", status=422)
    app.sandbox.fault("readonly_forbidden")
    app.upsert("a-1", status=403)


def test_another_accounts_calendar_is_not_found(app: Client, sandbox: SandboxProcess) -> None:
    other = sandbox.account(email="bob@google.test")["profiles"][0]["calendars"][0]["calendar_id"]
    app.upsert("a-1", status=404, calendar=other)


def test_percent_encoded_calendar_ids_are_understood(app: Client) -> None:
    app.upsert("a-1", calendar=app.calendar.replace("@", "%40"))
    assert app.mine().keys() == {"a-1"}


def test_include_userinfo_brings_it_along(app: Client) -> None:
    body = app.upsert("a-1", include_userinfo=True)
    assert body["userinfo"]["sub"] == app.account["account_id"]


# Other people's events


def external_edit(app: Client, uid: str, status: int) -> Any:
    body = {"event_uid": uid, "summary": "Changed", "start": "2026-12-02T09:00:00Z", "end": "2026-12-02T10:00:00Z"}
    return app.call("POST", f"/v1/calendars/{app.calendar}/events", body, status=status)


def test_external_events_are_edited_and_deleted_with_elevated_permission_only(app: Client) -> None:
    uid = app.user_adds()["event_uid"]
    path = f"/v1/calendars/{app.calendar}/events"
    external_edit(app, uid, 403)
    app.call("DELETE", path, {"event_uid": uid}, status=403)
    app.sandbox.control("POST", f"calendars/{app.calendar}", {"permission_level": "unrestricted"})
    assert app.read()[0]["options"]["update"] is True
    external_edit(app, uid, 202)
    assert app.read()[0]["summary"] == "Changed"
    app.call("DELETE", path, {"event_uid": uid}, status=202)
    external_edit(app, uid, 404)
    assert app.read() == []


def test_only_external_uids_are_external(app: Client) -> None:
    app.upsert("a-1")
    app.sandbox.control("POST", f"calendars/{app.calendar}", {"permission_level": "unrestricted"})
    for uid in (app.mine()["a-1"]["event_uid"], "nonsense"):
        assert keys(external_edit(app, uid, 422)) == {"event_uid": "errors.must_be_external_event_uid"}
    external_edit(app, "evt_external_0123456789abcdef01234567", 404)


def test_with_both_ids_a_new_own_event_appears(app: Client) -> None:
    uid = app.user_adds()["event_uid"]
    app.upsert("a-1", event_uid=uid)
    assert len(app.sandbox.events(app.calendar)) == 2


def test_occurrences_of_a_series_cannot_be_edited(app: Client) -> None:
    app.sandbox.control("POST", f"calendars/{app.calendar}", {"permission_level": "unrestricted"})
    uid = app.user_adds(recurrence={"rules": [{"frequency": "daily", "count": 2}]})["event_uid"]
    assert app.read()[0]["options"] == {"delete": True, "update": False, "change_participation_status": False}
    external_edit(app, uid, 422)


def test_another_applications_event_is_external(app: Client, sandbox: SandboxProcess) -> None:
    sandbox.control("POST", "applications", {"client_id": "other"})
    other = Client(sandbox, app.account, client_id="other")
    app.upsert("a-1")
    [seen] = other.read()
    assert "event_id" not in seen
    assert seen["event_uid"].startswith("evt_external_")
    other.upsert("a-1")
    assert len(sandbox.events(app.calendar)) == 2


def test_answering_an_invitation(app: Client) -> None:
    invitation = {
        "attendees": [{"email": "alice@google.test", "status": "needs_action"}],
        "organizer": {"email": "boss@x.example"},
    }
    uid = app.user_adds(**invitation)["event_uid"]
    path = f"/v1/calendars/{app.calendar}/events/{uid}/participation_status"
    assert app.read()[0]["options"]["change_participation_status"] is True
    app.call("POST", path, {"status": "tentative"}, status=202)
    assert app.read()[0]["participation_status"] == "tentative"
    assert keys(app.call("POST", path, {"status": "maybe"}, status=422)) == {"status": "errors.not_recognized"}
    plain = app.user_adds()["event_uid"]
    app.call("POST", path.replace(uid, plain), {"status": "accepted"}, status=403)
    app.call("POST", path.replace(uid, "evt_external_0"), {"status": "accepted"}, status=404)


def test_declining_removes_the_event_at_microsoft(sandbox: SandboxProcess) -> None:
    app = Client(sandbox, sandbox.account("office365", "bob@office365.test"))
    attendees = [{"email": "bob@office365.test", "status": "needs_action"}]
    uid = app.user_adds(attendees=attendees, organizer={"email": "boss@x.example"}, start="2030-01-01")["event_uid"]
    path = f"/v1/calendars/{app.calendar}/events/{uid}/participation_status"
    app.call("POST", path, {"status": "declined"}, status=202)
    assert sandbox.events(app.calendar) == []


# Bulk and batch


def test_bulk_deletion_takes_own_events_only(app: Client) -> None:
    app.user_adds()
    app.upsert("a-1")
    app.upsert("b-1", calendar=app.calendars[1])
    app.call("DELETE", "/v1/events", {"calendar_ids": [app.calendars[1]]}, status=202)
    assert app.mine().keys() == {"a-1"}
    app.call("DELETE", "/v1/events", {}, status=202, delete_all="True")  # as one official client sends it
    assert app.mine() == {}
    assert len(app.read()) == 1


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {"delete_all": "errors.required"}),
        ({"delete_all": "yes"}, {"delete_all": "errors.must_be_boolean"}),
        ({"delete_all": True, "calendar_ids": ["x"]}, {"delete_all": "errors.only_one_allowed"}),
        ({"calendar_ids": []}, {"calendar_ids": "errors.required"}),
        ({"calendar_ids": ["cal_unheard@of"]}, {"calendar_ids": "errors.invalid_calendar_ids"}),
    ],
)
def test_bulk_deletion_wants_exactly_one_valid_choice(app: Client, body: JSON, expected: dict[str, str]) -> None:
    assert keys(app.call("DELETE", "/v1/events", body, status=422)) == expected


def entry(app: Client, event_id: str, **more: Any) -> JSON:
    data = {"event_id": event_id, "summary": "A", "start": "2026-12-03T08:00:00Z", "end": "2026-12-03T08:30:00Z"}
    return {"method": "POST", "relative_url": f"/v1/calendars/{app.calendar}/events", "data": data} | more


def test_a_batch_answers_each_entry_for_itself_and_in_order(app: Client) -> None:
    entries = [
        entry(app, "a-1"),
        entry(app, "a-2", relative_url="/v1/calendars/cal_unheard@of/events"),
        entry(app, "a-3", relative_url="/v1/channels"),
        entry(app, "a-4", method="GET"),
        entry(app, "a-5", data="text"),
        entry(app, "a-1", method="DELETE"),
        entry(app, "a-6", relative_url=f"/v1/calendars/{app.calendar.replace('@', '%40')}/events"),
        {},
        entry(app, "a-7"),
    ]
    answer = app.call("POST", "/v1/batch", {"batch": entries}, status=207)["batch"]
    assert [one["status"] for one in answer] == [202, 404, 404, 404, 422, 202, 202, 404, 202]
    assert app.mine().keys() == {"a-6", "a-7"}


def test_a_batch_writes_the_same_event_twice_in_order(app: Client) -> None:
    entries = [entry(app, "a-1"), entry(app, "a-1")]
    entries[1]["data"]["summary"] = "B"
    app.call("POST", "/v1/batch", {"batch": entries}, status=207)
    assert app.mine()["a-1"]["summary"] == "B"
    assert len(app.sandbox.events(app.calendar)) == 1


@pytest.mark.parametrize("batch", [None, [], "x", 51])
def test_a_batch_has_one_to_fifty_entries(app: Client, batch: Any) -> None:
    entries = [entry(app, f"a-{n}") for n in range(batch)] if batch == 51 else batch
    assert keys(app.call("POST", "/v1/batch", {"batch": entries}, status=422)).keys() == {"batch"}
    assert app.mine() == {}


def test_a_batch_needs_the_scope_of_each_entry(app: Client) -> None:
    app.tokens = app.sandbox.tokens(app.account, scope="create_event")
    answer = app.call("POST", "/v1/batch", {"batch": [entry(app, "a-1"), entry(app, "a-1", method="DELETE")]})
    assert [one["status"] for one in answer["batch"]] == [202, 403]


def test_calendars_are_created_once_per_name(app: Client) -> None:
    body = {"profile_id": app.profile, "name": "Practice", "color": "#1e88e5"}
    created = app.call("POST", "/v1/calendars", body, status=200)["calendar"]
    app.upsert("a-1", calendar=created["calendar_id"])
    assert keys(app.call("POST", "/v1/calendars", body, status=422)) == {"name": "errors.duplicate_calendar_name"}
    app.call("POST", "/v1/calendars", body | {"profile_id": "pro_unheard"}, status=404)
    app.sandbox.control("POST", f"profiles/{app.profile}/disconnect", {})
    app.call("POST", "/v1/calendars", body | {"name": "Other"}, status=423)


def test_elevated_permission_is_asked_for_and_given_on_a_page(app: Client) -> None:
    wish = {"permissions": [{"calendar_id": app.calendar, "permission_level": "unrestricted"}]}
    answer = app.call("POST", "/v1/permissions", wish | {"redirect_uri": "https://x.example/back"})
    assert answer["permissions_request"]["url"].startswith(app.sandbox.url + "/permissions/")
    app.call("POST", "/v1/permissions", wish, status=422)
    app.call("POST", "/v1/permissions", {"permissions": []}, status=422)
