"""What the user does in the calendar, and what applications see of it."""

import pytest

from tests.sandbox.client import JSON, Client
from tests.sandbox_process import SandboxProcess


def test_an_edit_of_an_own_event_keeps_its_id_and_moves_updated(app: Client) -> None:
    app.upsert("a-1")
    before = app.mine()["a-1"]
    app.sandbox.control("POST", "clock", {"now": "2026-11-22T09:10:00Z"})
    app.sandbox.control("PATCH", f"events/{before['event_uid']}", {"summary": "Edited", "start": "2026-12-04T10:00"})
    after = app.mine()["a-1"]
    assert (after["summary"], after["start"], after["end"]) == (
        "Edited",
        "2026-12-04T09:00:00Z",
        "2026-12-04T09:45:00Z",
    )
    assert (after["created"], after["event_uid"]) == (before["created"], before["event_uid"])
    assert after["updated"] > before["updated"]


def test_moving_an_own_event_leaves_a_tombstone_and_makes_an_external_one(app: Client) -> None:
    app.upsert("a-1")
    uid = app.mine()["a-1"]["event_uid"]
    moved = app.sandbox.control("POST", f"events/{uid}/move", {"calendar_id": app.calendars[1]})
    assert app.mine(include_deleted="true")["a-1"]["deleted"] is True
    [external] = app.read()
    assert (external["event_uid"], external["calendar_id"]) == (moved["event_uid"], app.calendars[1])
    assert "event_id" not in external


def test_behind_a_switch_a_moved_event_keeps_its_ids(app: Client) -> None:
    app.sandbox.fault("moved_event_keeps_uid")
    app.upsert("a-1")
    uid = app.mine()["a-1"]["event_uid"]
    app.sandbox.control("POST", f"events/{uid}/move", {"calendar_id": app.calendars[1]})
    event = app.mine(include_deleted="true")["a-1"]
    assert (event["event_uid"], event["calendar_id"], event["deleted"]) == (uid, app.calendars[1], False)


def test_a_series_keeps_its_wall_time_over_the_clock_change(app: Client) -> None:
    rule = {"frequency": "weekly", "by_day": ["friday"], "count": 4}
    app.user_adds(start="2027-03-19T09:00", end="2027-03-19T10:00", recurrence={"rules": [rule]})
    events = app.read()
    assert [event["start"] for event in events] == [
        "2027-03-19T08:00:00Z",
        "2027-03-26T08:00:00Z",
        "2027-04-02T07:00:00Z",
        "2027-04-09T07:00:00Z",
    ]
    assert {event["end"][11:] for event in events} == {"09:00:00Z", "08:00:00Z"}
    assert len({event["event_uid"] for event in events}) == 4
    assert len({event["series_identifier"] for event in events}) == 1
    assert all(event["recurring"] for event in events)


def test_one_occurrence_is_moved_or_deleted_by_itself(app: Client) -> None:
    app.user_adds(start="2026-12-01T10:00", recurrence={"rules": [{"frequency": "daily", "count": 3}]})
    first, second, third = (event["event_uid"] for event in app.read())
    app.sandbox.control("PATCH", f"events/{second}", {"start": "2026-12-24T10:00"})
    app.sandbox.control("DELETE", f"events/{third}")
    assert {event["event_uid"]: event["start"][:10] for event in app.read()} == {
        first: "2026-12-01",
        second: "2026-12-24",
    }
    tombstones = [event["event_uid"] for event in app.read(include_deleted="true") if event["deleted"]]
    assert tombstones == [third]


def test_a_whole_series_is_changed_and_deleted(app: Client) -> None:
    app.user_adds(start="2026-12-01T10:00", recurrence={"rules": [{"frequency": "daily", "count": 3}]})
    uids = [event["event_uid"] for event in app.read()]
    app.sandbox.control("PATCH", f"events/{uids[1]}", {"summary": "Just this"})
    app.sandbox.control("PATCH", f"events/{uids[0]}", {"start": "2026-12-01T12:00", "whole_series": True})
    assert [event["start"][11:13] for event in app.read()] == ["11", "09", "11"]
    app.sandbox.control("DELETE", f"events/{uids[2]}?whole_series=1")
    assert app.read() == []


def test_an_endless_series_goes_on_as_time_passes(app: Client) -> None:
    app.user_adds(start="2026-12-01T10:00", recurrence={"rules": [{"frequency": "daily"}]})
    assert len(app.read()) == 192  # to the far end of the window
    app.sandbox.control("POST", "clock", {"now": "2028-12-01T09:00:00Z"})
    app.tokens = app.sandbox.tokens(app.account)
    assert len(app.read()) == 42 + 201


def test_an_own_series_shows_its_id_once(app: Client) -> None:
    app.upsert("s-1", recurrence={"rules": [{"frequency": "weekly", "interval": 2}]})
    events = app.read(include_managed="true")
    assert len(events) > 10
    assert [event.get("event_id") for event in events[:2]] == ["s-1", None]
    assert events[0]["recurrence"]["rules"][0]["interval"] == 2
    assert events[1]["options"]["update"] is False
    app.upsert("s-1", summary="Still repeating")
    assert {event["summary"] for event in app.read(include_managed="true")} == {"Still repeating"}
    app.upsert("s-1", recurrence={"rules": []})
    assert len(app.read(include_managed="true")) == 1
    app.call("DELETE", f"/v1/calendars/{app.calendar}/events", {"event_id": "s-1"})
    assert app.read(include_managed="true") == []


TEXT = "  <b>Room</b> 2 &amp; 3  \r\n\r\n\r\n\r\nBring  boots "


@pytest.mark.parametrize(
    ("service", "domain", "expected"),
    [
        ("apple", "icloud", {"url": True, "reminders": 3, "color": "#123456", "seconds": "30"}),
        ("google", "google", {"url": True, "reminders": 3, "color": "#123456", "seconds": "30"}),
        ("office365", "office365", {"url": False, "reminders": 1, "color": None, "seconds": "00"}),
        ("exchange", "exchange", {"url": False, "reminders": 1, "color": None, "seconds": "00"}),
        ("live_connect", "outlook", {"url": False, "reminders": 1, "color": "#0B8043", "seconds": "00"}),
    ],
)
def test_each_provider_keeps_what_it_can(sandbox: SandboxProcess, service: str, domain: str, expected: JSON) -> None:
    app = Client(sandbox, sandbox.account(service, f"alice@{domain}.test"))
    app.upsert(
        "a-1",
        description=TEXT,
        start="2026-12-02T09:00:30Z",
        url="https://x.example/",
        color="#123456",
        reminders=[{"minutes": 5}, {"minutes": 10}, {"minutes": 15}],
    )
    [event] = sandbox.events(app.calendar)
    assert {
        "url": "url" in event,
        "reminders": len(event["reminders"]),
        "color": event.get("color"),
        "seconds": event["start"][17:19],
    } == expected
    kept_whole = service == "apple"
    assert event["description"] == (TEXT.replace("\r\n", "\n") if kept_whole else "Room 2 & 3\n\nBring  boots")


def test_a_readonly_calendar_is_closed_to_the_user_too(app: Client) -> None:
    event = {"summary": "x", "start": "2026-12-01"}
    answer = app.sandbox.control("POST", f"calendars/{app.calendars[2]}/events", event, status=422)
    assert answer["errors"]["calendar_id"][0]["key"] == "errors.calendar_readonly"
    uid = app.user_adds()["event_uid"]
    app.sandbox.control("POST", f"events/{uid}/move", {"calendar_id": app.calendars[2]}, status=422)


def test_writes_wait_while_the_profile_is_disconnected(app: Client) -> None:
    app.sandbox.control("POST", f"profiles/{app.profile}/disconnect", {})
    app.upsert("a-1")
    app.upsert("a-1", summary="Second")
    assert app.mine() == {}
    app.sandbox.control("POST", f"profiles/{app.profile}/relink", {})
    assert app.mine()["a-1"]["summary"] == "Second"
    app.sandbox.control("POST", f"profiles/{app.profile}/disconnect", {})
    app.sandbox.fault("disconnected_writes_locked")
    app.upsert("a-2", status=423)


@pytest.mark.parametrize("kind", ["plain", "series", "private", "all_day", "texts"])
def test_every_kind_of_seed_gives_readable_events(app: Client, kind: str) -> None:
    made = app.sandbox.control("POST", f"calendars/{app.calendar}/seed", {"kind": kind, "count": 8})
    events = app.read()
    assert len(events) == made["count"] >= 8
    assert all(event["event_private"] for event in events) is (kind == "private")
