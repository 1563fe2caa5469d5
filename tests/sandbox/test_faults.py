"""Faults on demand, limits, the log, and what survives a restart."""

import statistics
import time

import pytest
import requests

from tests.sandbox.client import Client
from tests.sandbox_process import SandboxProcess


def entry(app: Client, event_id: str) -> dict[str, object]:
    data = {"event_id": event_id, "summary": "A", "start": "2026-12-03", "end": "2026-12-04"}
    return {"method": "POST", "relative_url": f"/v1/calendars/{app.calendar}/events", "data": data}


def statuses(app: Client, *event_ids: str) -> list[int]:
    answer = app.call("POST", "/v1/batch", {"batch": [entry(app, one) for one in event_ids]}, status=207)
    return [one["status"] for one in answer["batch"]]


def test_a_fault_hits_as_often_as_it_was_asked_to(app: Client) -> None:
    app.sandbox.fault("status", count=2, params={"status": 503})
    assert [app.raw("GET", "/v1/account").status_code for _ in range(3)] == [503, 503, 200]


def test_a_fault_ends_with_its_time(app: Client) -> None:
    app.sandbox.fault("status", seconds=60, params={"status": 429})
    assert app.raw("GET", "/v1/account").status_code == 429
    app.sandbox.control("POST", "clock", {"now": "2026-11-22T09:02:00Z"})
    assert app.raw("GET", "/v1/account").status_code == 200


def test_the_date_header_shows_the_sandboxs_clock(app: Client) -> None:
    assert app.raw("GET", "/v1/account").headers["Date"].startswith("Sun, 22 Nov 2026 09:0")
    app.sandbox.control("POST", "clock", {"now": "2030-05-05T12:00:00Z"})
    assert app.raw("GET", "/v1/account").headers["Date"].startswith("Sun, 05 May 2030 12:0")


def test_a_fault_hits_only_what_it_matches(app: Client) -> None:
    app.sandbox.fault("status", params={"status": 500}, match={"method": "POST", "path": "/v1/calendars/"})
    app.upsert("a-1", status=500)
    assert app.raw("GET", "/v1/calendars").status_code == 200
    assert statuses(app, "a-1") == [202]
    app.sandbox.control("DELETE", "faults")
    app.upsert("a-1")


def test_retry_after_comes_behind_a_switch(app: Client) -> None:
    app.sandbox.fault("status", params={"status": 429})
    assert "Retry-After" not in app.raw("GET", "/v1/account").headers
    app.sandbox.fault("retry_after", params={"seconds": 7})
    assert app.raw("GET", "/v1/account").headers["Retry-After"] == "7"


def test_an_applied_write_may_be_answered_with_a_failure(app: Client) -> None:
    app.sandbox.fault("applied_then_failed", count=1)
    app.upsert("a-1", status=502)
    assert app.mine().keys() == {"a-1"}
    app.sandbox.fault("applied_then_failed", count=1, params={"drop": True}, match={"method": "POST"})
    with pytest.raises(requests.ConnectionError):
        app.upsert("a-2")
    assert app.mine().keys() == {"a-1", "a-2"}


def test_connections_drop_and_time_out_without_effect(app: Client) -> None:
    for kind, params in (("drop_connection", {}), ("timeout", {"seconds": 0.2})):
        app.sandbox.fault(kind, count=1, params=params)
        with pytest.raises(requests.ConnectionError):
            app.upsert("a-1")
    assert app.mine() == {}
    assert [call["status"] for call in app.sandbox.control("GET", "calls?limit=3")["calls"]][1:] == [0, 0]


def test_an_answer_may_be_cut_off(app: Client) -> None:
    app.sandbox.fault("malformed_json", count=1)
    with pytest.raises(requests.JSONDecodeError):
        app.call("GET", "/v1/account")


def test_single_entries_of_a_batch_fail(app: Client) -> None:
    app.sandbox.fault("status", params={"status": 500}, match={"entry": "a-2"}, count=1)
    app.sandbox.fault("status", params={"status": 429}, match={"entry": 2}, count=1)
    app.sandbox.fault("applied_then_failed", params={"status": 502}, match={"entry": "a-4"}, count=1)
    assert statuses(app, "a-1", "a-2", "a-3", "a-4") == [202, 500, 429, 502]
    assert app.mine().keys() == {"a-1", "a-4"}
    assert statuses(app, "a-1", "a-2", "a-3", "a-4") == [202] * 4


def test_a_batch_answer_may_be_short(app: Client) -> None:
    app.sandbox.fault("short_batch", count=1, params={"missing": 2})
    assert statuses(app, "a-1", "a-2", "a-3") == [202]
    assert len(app.mine()) == 3


def test_an_accepted_write_may_be_lost(app: Client) -> None:
    app.sandbox.fault("write_lost", count=1)
    app.upsert("a-1")
    assert app.mine() == {}
    app.sandbox.fault("write_lost", match={"entry": "a-2"})
    assert statuses(app, "a-1", "a-2") == [202, 202]
    assert app.mine().keys() == {"a-1"}


def test_writes_may_be_seen_later_but_in_order(app: Client) -> None:
    app.sandbox.fault("write_delay", count=1, params={"seconds": 60})
    app.upsert("a-1", summary="first")
    app.upsert("a-1", summary="second")
    assert app.mine() == {}
    app.sandbox.control("POST", "clock", {"now": "2026-11-22T09:02:00Z"})
    assert app.mine()["a-1"]["summary"] == "second"


def test_latency_is_added_per_call_and_per_entry(app: Client) -> None:
    app.sandbox.fault("latency", params={"ms": 50, "entry_ms": 20}, match={"path": "/v1/batch"})
    began = time.perf_counter()
    statuses(app, *(f"a-{n}" for n in range(10)))
    assert 0.25 <= time.perf_counter() - began < 2


def test_pages_may_be_gone(app: Client) -> None:
    app.sandbox.fault("page_size", params={"size": 1})
    app.user_adds()
    app.user_adds()
    page = app.call("GET", "/v1/events", tzid="Etc/UTC")["pages"]["next_page"]
    app.sandbox.fault("page_404", count=1)
    assert [app.raw("GET", page).status_code for _ in range(2)] == [404, 200]


def test_the_rate_limits_hold_for_an_application_as_a_whole(app: Client, sandbox: SandboxProcess) -> None:
    sandbox.fault("rate_limit", params={"per_second": 0, "per_minute": 5})
    other = Client(sandbox, sandbox.account(email="bob@google.test"))
    sandbox.fault("retry_after")
    answers = [one.raw("GET", "/v1/account") for one in (app, other) * 4]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 3
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert app.token_call(grant_type="refresh_token", refresh_token="x").status_code == 429


def test_the_log_shows_calls_and_hides_secrets(app: Client) -> None:
    app.token_call(grant_type="refresh_token", refresh_token=app.tokens["refresh_token"])
    app.upsert("a-1")
    newest, token_call = app.sandbox.control("GET", "calls?limit=2")["calls"]
    assert (newest["method"], newest["status"], newest["account_id"]) == ("POST", 202, app.account["account_id"])
    assert '"event_id": "a-1"' in newest["request_body"]
    assert app.tokens["refresh_token"] not in str(token_call)
    assert "sandbox-secret-1" not in str(token_call)
    app.sandbox.control("DELETE", "calls")
    assert app.sandbox.control("GET", "calls")["calls"] == []


def test_everything_survives_a_kill_and_a_restart(app: Client, sandbox: SandboxProcess) -> None:
    app.upsert("a-1")
    app.call("POST", "/v1/channels", {"callback_url": "http://127.0.0.1:9/"})
    sandbox.kill()
    sandbox.start()
    assert app.mine().keys() == {"a-1"}
    assert len(app.call("GET", "/v1/channels")["channels"]) == 1


def medians(app: Client, round_: str) -> tuple[float, float]:
    """Return the usual time of a batch of 50 and of a page, in milliseconds."""
    app.sandbox.control("DELETE", "calls")
    for number in range(8):
        statuses(app, *(f"{round_}-{number}-{n}" for n in range(50)))
        app.read(only_managed="true", **{"from": "2026-12-01", "to": "2026-12-02"})
    calls = app.sandbox.control("GET", "calls")["calls"]
    batches = [call["milliseconds"] for call in calls if call["path"] == "/v1/batch"]
    pages = [call["milliseconds"] for call in calls if call["path"].startswith("/v1/events")]
    return statistics.median(batches), statistics.median(pages)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_hundred_thousand_events_slow_nothing_down(app: Client) -> None:
    """Compared with an empty sandbox, on whatever machine this is; the bounds leave room for busy neighbours."""
    app.upsert("one")
    empty_batch, empty_page = medians(app, "empty")
    app.sandbox.control("POST", f"calendars/{app.calendars[1]}/seed", {"kind": "plain", "count": 100_000})
    full_batch, full_page = medians(app, "full")
    assert full_batch < 3 * empty_batch + 20
    assert full_page < 3 * empty_page + 20
