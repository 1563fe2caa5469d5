"""One method for each endpoint: what it asks, and what it makes of the answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
import responses
from responses import matchers

from calendarsync.cronofy.client import BATCH_LIMIT, Client, Write
from calendarsync.cronofy.errors import AccessWithdrawn, CalendarGone, NotAllowed, OurFault, TryLater
from tests.cronofy.conftest import API, Tokens

EVENTS, BATCH = f"{API}/v1/events", f"{API}/v1/batch"
EVENT = {"calendar_id": "cal_1", "event_uid": "evt_1", "summary": "Dentist", "start": "2026-12-01", "end": "2026-12-02"}


def page(*events: dict[str, object], next_page: str | None = None) -> dict[str, object]:
    return {"pages": {"current": 1, "total": 1, "next_page": next_page}, "events": list(events)}


def uids(client: Client) -> list[str | None]:
    return [event.uid for read in client.events("cal_1") for event in read.page.events]


# --- Reading --------------------------------------------------------------------------------------------------------
def test_a_read_asks_for_everything_that_a_sync_needs(client: Client, wire_mock: responses.RequestsMock) -> None:
    query = {
        "tzid": "Etc/UTC",
        "calendar_ids[]": "cal_Zf@AAQ",
        "include_managed": "true",
        "include_deleted": "true",
        "include_moved": "true",
        "localized_times": "true",
        "last_modified": "2026-11-22T09:14:05Z",
    }
    wire_mock.add("GET", EVENTS, json=page(), match=[matchers.query_param_matcher(query)])
    since = datetime(2026, 11, 22, 10, 14, 5, 999_999, tzinfo=timezone(timedelta(hours=1)))
    assert len(list(client.events("cal_Zf@AAQ", since=since))) == 1


def test_a_full_read_asks_for_no_date(client: Client, wire_mock: responses.RequestsMock) -> None:
    wire_mock.add("GET", EVENTS, json=page())
    list(client.events("cal_1"))
    assert "last_modified" not in str(wire_mock.calls[0].request.url)


def test_a_read_tells_the_providers_time_of_day(client: Client, wire_mock: responses.RequestsMock) -> None:
    wire_mock.add("GET", EVENTS, json=page(), headers={"Date": "Sun, 22 Nov 2026 09:14:05 GMT"})
    assert [read.at for read in client.events("cal_1")] == [datetime(2026, 11, 22, 9, 14, 5, tzinfo=UTC)]


@pytest.mark.parametrize("headers", [{}, {"Date": "nonsense"}], ids=["absent", "nonsense"])
def test_a_clock_that_cannot_be_read_is_none(
    client: Client, wire_mock: responses.RequestsMock, headers: dict[str, str]
) -> None:
    wire_mock.add("GET", EVENTS, json=page(), headers=headers)
    assert [read.at for read in client.events("cal_1")] == [None]


def test_an_event_that_cannot_be_understood_stops_only_itself(
    client: Client, wire_mock: responses.RequestsMock
) -> None:
    wire_mock.add("GET", EVENTS, json=page(EVENT, {**EVENT, "event_uid": "evt_2", "start": "soon"}, {}))
    [read] = client.events("cal_1")
    assert [event.uid for event in read.page.events] == ["evt_1"]
    assert read.page.unreadable == ("event evt_2: its time is not one", "an event without an id")


def test_the_next_page_is_called_as_given(client: Client, wire_mock: responses.RequestsMock) -> None:
    wire_mock.add("GET", EVENTS, json=page(EVENT, next_page=f"{EVENTS}/pages/a?b=c"))
    wire_mock.add("GET", f"{EVENTS}/pages/a?b=c", json=page({**EVENT, "event_uid": "evt_2"}, next_page=""))
    assert uids(client) == ["evt_1", "evt_2"]


def test_a_next_page_on_another_host_is_refused(client: Client, wire_mock: responses.RequestsMock) -> None:
    wire_mock.add("GET", EVENTS, json=page(next_page="https://elsewhere.test/v1/events/pages/a"))
    with pytest.raises(OurFault):
        uids(client)
    assert len(wire_mock.calls) == 1


def test_a_page_that_is_gone_says_nothing_of_the_calendar(client: Client, wire_mock: responses.RequestsMock) -> None:
    wire_mock.add("GET", EVENTS, json=page(EVENT, next_page=f"{EVENTS}/pages/a"))
    wire_mock.add("GET", f"{EVENTS}/pages/a", status=404)
    with pytest.raises(TryLater):
        uids(client)


def test_pages_in_a_circle_end(client: Client, wire_mock: responses.RequestsMock) -> None:
    wire_mock.add("GET", EVENTS, json=page(EVENT, next_page=f"{EVENTS}/pages/a"))
    wire_mock.add("GET", f"{EVENTS}/pages/a", json=page(EVENT, next_page=f"{EVENTS}/pages/a"))
    with pytest.raises(TryLater, match="circle"):
        uids(client)


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, None), (422, {"errors": {"calendar_ids": [{"key": "errors.invalid_calendar_ids"}]}})],
    ids=["404", "422"],
)
def test_a_calendar_that_is_gone_is_told_as_that(
    client: Client, wire_mock: responses.RequestsMock, status: int, body: object
) -> None:
    wire_mock.add("GET", EVENTS, status=status, json=body)
    with pytest.raises(CalendarGone):
        uids(client)


def test_another_refusal_of_a_read_is_our_fault(client: Client, wire_mock: responses.RequestsMock) -> None:
    wire_mock.add("GET", EVENTS, status=422, json={"errors": {"tzid": [{"key": "errors.tzid_unrecognized"}]}})
    with pytest.raises(OurFault):
        uids(client)


# --- The token ------------------------------------------------------------------------------------------------------
def test_a_refused_token_is_refreshed_once_and_the_call_made_again(
    client: Client, wire_mock: responses.RequestsMock, tokens: Tokens
) -> None:
    wire_mock.add("POST", BATCH, status=401)
    wire_mock.add("POST", BATCH, status=207, json={"batch": [{"status": 202}]})
    assert client.batch([Write("cal_1", "e1")]).results == (None,)
    assert [call.request.headers["Authorization"] for call in wire_mock.calls] == ["Bearer token-1", "Bearer token-2"]
    assert tokens.refused == ["token-1"]


def test_a_fresh_token_that_is_refused_too_ends_it(client: Client, wire_mock: responses.RequestsMock) -> None:
    wire_mock.add("GET", f"{API}/v1/calendars", status=401)
    with pytest.raises(AccessWithdrawn):
        client.calendars()
    assert len(wire_mock.calls) == 2


# --- Writing --------------------------------------------------------------------------------------------------------
ENTRIES = {
    "accepted": ({"status": 202}, type(None)),
    "done": ({"status": 200}, type(None)),
    "402": ({"status": 402}, NotAllowed),
    "403": ({"status": 403}, NotAllowed),
    "404": ({"status": 404}, CalendarGone),
    "422": ({"status": 422, "data": {"errors": {"start": [{"key": "errors.required"}]}}}, OurFault),
    "423": ({"status": 423}, TryLater),
    "429": ({"status": 429}, TryLater),
    "502": ({"status": 502}, TryLater),
    "302": ({"status": 302}, OurFault),
    "no status": ({}, TryLater),
    "a status in words": ({"status": "accepted"}, TryLater),
    "nothing": (None, TryLater),
}


@pytest.mark.parametrize(("entry", "kind"), ENTRIES.values(), ids=ENTRIES.keys())
def test_each_entry_of_a_batch_has_its_own_answer(
    client: Client, wire_mock: responses.RequestsMock, entry: object, kind: type[object]
) -> None:
    wire_mock.add("POST", BATCH, status=207, json={"batch": [{"status": 202}, entry, {"status": 202}]})
    results = client.batch([Write("cal_1", f"e{number}") for number in range(3)]).results
    assert [type(result) for result in results] == [type(None), kind, type(None)]


@pytest.mark.parametrize("body", [{"batch": [{"status": 202}]}, {"batch": "all"}, {}, []], ids=str)
def test_what_a_short_answer_lacks_is_in_doubt(client: Client, wire_mock: responses.RequestsMock, body: object) -> None:
    wire_mock.add("POST", BATCH, status=207, json=body)
    last = client.batch([Write("cal_1", "e1"), Write("cal_1", "e2")]).results[-1]
    assert isinstance(last, TryLater)
    assert last.may_have_happened


def test_a_longer_answer_than_asked_for_is_cut(client: Client, wire_mock: responses.RequestsMock) -> None:
    wire_mock.add("POST", BATCH, status=207, json={"batch": [{"status": 202}] * 3})
    assert client.batch([Write("cal_1", "e1")]).results == (None,)


@pytest.mark.parametrize("count", [0, BATCH_LIMIT + 1])
def test_a_batch_holds_one_to_fifty_writes(client: Client, count: int) -> None:
    with pytest.raises(ValueError, match="1 to 50"):
        client.batch([Write("cal_1", f"e{number}") for number in range(count)])


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_batch_that_failed_is_not_sent_again_by_itself(
    client: Client, wire_mock: responses.RequestsMock, status: int
) -> None:
    wire_mock.add("POST", BATCH, status=status)
    with pytest.raises(TryLater):
        client.batch([Write("cal_1", "e1")])
    assert len(wire_mock.calls) == 1


def test_a_deletion_names_the_event_and_nothing_else() -> None:
    assert Write("cal_1", event_uid="evt_1").as_json() == {
        "method": "DELETE",
        "relative_url": "/v1/calendars/cal_1/events",
        "data": {"event_uid": "evt_1"},
    }


# --- Channels -------------------------------------------------------------------------------------------------------
def test_closing_a_channel_that_is_gone_says_so(client: Client, wire_mock: responses.RequestsMock) -> None:
    wire_mock.add("DELETE", f"{API}/v1/channels/chn_%2F1", status=404)
    with pytest.raises(CalendarGone):
        client.close_channel("chn_/1")


@pytest.mark.parametrize("body", [{}, {"channel": None}, []], ids=str)
def test_an_answer_without_a_channel_has_no_id(client: Client, wire_mock: responses.RequestsMock, body: object) -> None:
    wire_mock.add("POST", f"{API}/v1/channels", json=body)
    assert client.open_channel(callback_url="https://bms.test/hook", calendar_id="cal_1").channel_id == ""
