"""Channels and what comes through them."""

import json
import time
from typing import Any

import pytest

from cronofy_sandbox.core import retries, signature
from tests.sandbox.client import Client, Receiver, until
from tests.sandbox_process import SandboxProcess


def open_channel(app: Client, receiver: Receiver, **filters: Any) -> str:
    """Open a channel, wait for its verification, and forget that."""
    body = {"callback_url": receiver.url} | ({"filters": filters} if filters else {})
    channel: str = app.call("POST", "/v1/channels", body, status=200)["channel"]["channel_id"]
    receiver.wait(1)
    receiver.received.clear()
    return channel


def settle(app: Client) -> None:
    """Wait until nothing is left to deliver."""
    until(lambda: app.sandbox.control("GET", "counts")["deliveries_waiting"] == 0)


def test_verification_follows_the_answer_and_is_signed_over_the_raw_body(app: Client, receiver: Receiver) -> None:
    answer = app.call("POST", "/v1/channels", {"callback_url": receiver.url, "filters": {"only_managed": False}})
    assert receiver.wait(1) == ["verification"]
    body, signed = receiver.received[0]
    assert json.loads(body) == {"notification": {"type": "verification"}, "channel": answer["channel"]}
    assert answer["channel"]["filters"] == {}
    assert signed == signature.header(body, ["sandbox-secret-1"])


def test_several_secrets_sign_one_after_the_other(app: Client, receiver: Receiver) -> None:
    app.sandbox.control("POST", "applications/sandbox-client/secrets", {"secret": "sandbox-secret-2"})
    app.call("POST", "/v1/channels", {"callback_url": receiver.url})
    receiver.wait(1)
    body, signed = receiver.received[0]
    assert signed == signature.header(body, ["sandbox-secret-2", "sandbox-secret-1"])


def test_the_user_is_heard_and_the_application_itself_is_not(app: Client, receiver: Receiver) -> None:
    open_channel(app, receiver)
    app.upsert("a-1")
    app.call("DELETE", "/v1/events", {"delete_all": True})
    app.upsert("a-1")
    settle(app)
    assert receiver.types == []
    app.sandbox.control("PATCH", f"events/{app.mine()['a-1']['event_uid']}", {"summary": "Edited"})
    assert receiver.wait(1) == ["change"]
    notification = json.loads(receiver.received[0][0])["notification"]
    assert notification["changes_since"].startswith("2026-11-22T09:0")
    assert len(notification["changes_since"]) == len("2026-11-22T09:00:00Z")


def test_what_changed_is_found_with_changes_since(app: Client, receiver: Receiver) -> None:
    open_channel(app, receiver)
    uid = app.user_adds()["event_uid"]
    receiver.wait(1)
    since = json.loads(receiver.received[0][0])["notification"]["changes_since"]
    assert [event["event_uid"] for event in app.read(last_modified=since)] == [uid]


def test_another_applications_write_is_heard(app: Client, receiver: Receiver, sandbox: SandboxProcess) -> None:
    open_channel(app, receiver)
    sandbox.control("POST", "applications", {"client_id": "other"})
    Client(sandbox, app.account, client_id="other").upsert("a-1")
    assert receiver.wait(1) == ["change"]


def test_several_quick_changes_come_as_one(app: Client, receiver: Receiver) -> None:
    open_channel(app, receiver)
    app.sandbox.control("POST", f"calendars/{app.calendar}/seed", {"kind": "plain", "count": 20})
    settle(app)
    assert receiver.types == ["change"]


def test_filters_choose_calendars_and_own_events(app: Client, receiver: Receiver) -> None:
    app.upsert("a-1")
    open_channel(app, receiver, calendar_ids=[app.calendars[1]])
    app.user_adds()
    settle(app)
    assert receiver.types == []
    open_channel(app, receiver, only_managed=True)
    app.user_adds()
    settle(app)
    assert receiver.types == []
    app.sandbox.control("DELETE", f"events/{app.mine()['a-1']['event_uid']}")
    assert receiver.wait(1) == ["change"]


def test_the_same_wish_gives_the_same_channel(app: Client, receiver: Receiver) -> None:
    first = open_channel(app, receiver)
    again = app.call("POST", "/v1/channels", {"callback_url": receiver.url, "filters": {}})["channel"]
    assert again["channel_id"] == first
    other = app.call("POST", "/v1/channels", {"callback_url": receiver.url, "filters": {"only_managed": True}})
    assert other["channel"]["channel_id"] != first
    assert len(app.call("GET", "/v1/channels")["channels"]) == 2


def test_a_closed_channel_is_silent_and_gone(app: Client, receiver: Receiver) -> None:
    channel = open_channel(app, receiver)
    app.call("DELETE", f"/v1/channels/{channel}", status=202)
    app.call("DELETE", f"/v1/channels/{channel}", status=404)
    app.user_adds()
    settle(app)
    assert (receiver.types, app.call("GET", "/v1/channels")) == ([], {"channels": []})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "callback_url"),
        ({"callback_url": "ftp://x/"}, "callback_url"),
        ({"callback_url": "http://"}, "callback_url"),
        ({"callback_url": "http://127.0.0.1:9/", "filters": {"calendar_ids": []}}, "filters.calendar_ids"),
        ({"callback_url": "http://127.0.0.1:9/", "filters": {"only_managed": "yes"}}, "filters.only_managed"),
    ],
)
def test_a_faulty_wish_is_refused(app: Client, body: Any, field: str) -> None:
    assert app.call("POST", "/v1/channels", body, status=422)["errors"].keys() == {field}


def test_an_account_has_128_channels_at_most(app: Client) -> None:
    app.sandbox.fault("rate_limit", params={"per_second": 0, "per_minute": 0})
    for number in range(128):
        app.call("POST", "/v1/channels", {"callback_url": f"http://127.0.0.1:9/{number}"}, status=200)
    app.call("POST", "/v1/channels", {"callback_url": "http://127.0.0.1:9/more"}, status=422)


def attempts(app: Client) -> list[dict[str, Any]]:
    """Return the attempts of the newest delivery."""
    newest: dict[str, Any] = app.sandbox.control("GET", "deliveries?limit=1")["deliveries"][0]
    tries: list[dict[str, Any]] = newest["attempts"]
    return tries


def test_a_failed_notification_is_tried_again_and_at_last_closes_the_channel(app: Client, receiver: Receiver) -> None:
    open_channel(app, receiver)
    receiver.status = 500
    app.user_adds()
    until(lambda: len(attempts(app)) == 1)
    for count, step in enumerate(retries.SPACING, 2):
        app.sandbox.control("POST", "clock", {"offset_seconds": _offset(app) + step.total_seconds() + 2})
        until(lambda count=count: len(attempts(app)) == count)  # type: ignore[misc]
    app.sandbox.control("POST", "clock", {"offset_seconds": _offset(app) + 3600})  # a last time after 24 hours
    until(lambda: app.sandbox.control("GET", "channels")["channels"][0]["closed_at"])
    assert {attempt["status"] for attempt in attempts(app)} == {500}
    assert app.sandbox.control("GET", "deliveries")["deliveries"][0]["state"] == "given up"


def _offset(app: Client) -> float:
    offset: float = app.sandbox.control("GET", "clock")["offset_seconds"]
    return offset


def test_a_recovered_callback_gets_the_very_same_body_again(app: Client, receiver: Receiver) -> None:
    open_channel(app, receiver)
    receiver.status = 503
    app.user_adds()
    receiver.wait(1)
    until(lambda: len(attempts(app)) == 1)  # before that the first answer may still be on its way
    receiver.status = 200
    app.sandbox.control("POST", "clock", {"offset_seconds": _offset(app) + 20})
    receiver.wait(2)
    assert receiver.received[0] == receiver.received[1]
    until(lambda: app.sandbox.control("GET", "channels")["channels"][0]["failing_since"] is None)


def test_behind_a_switch_an_answer_of_410_closes_the_channel(app: Client, receiver: Receiver) -> None:
    app.sandbox.fault("gone_closes_channel")
    open_channel(app, receiver)
    receiver.status = 410
    app.user_adds()
    until(lambda: app.sandbox.control("GET", "channels")["channels"][0]["closed_at"])


def test_a_slow_callback_counts_as_failed_and_holds_up_nobody(app: Client, sandbox: SandboxProcess) -> None:
    slow, quick = Receiver(), Receiver()
    try:
        slow.delay = 6
        for receiver in (slow, quick):
            app.call("POST", "/v1/channels", {"callback_url": receiver.url})
        quick.wait(1, seconds=2)
        until(lambda: sandbox.control("GET", "deliveries")["deliveries"][1]["attempts"], seconds=8)
        assert sandbox.control("GET", "deliveries")["deliveries"][1]["attempts"][0]["error"] == "ReadTimeout"
    finally:
        slow.close()
        quick.close()


def test_notifications_are_dropped_doubled_delayed_and_reordered_on_demand(app: Client, receiver: Receiver) -> None:
    open_channel(app, receiver)
    app.sandbox.fault("notification_dropped", count=1)
    app.user_adds()
    settle(app)
    assert receiver.types == []
    app.sandbox.fault("notification_duplicated", count=1)
    app.user_adds()
    assert receiver.wait(2) == ["change", "change"]
    app.sandbox.fault("notification_unknown_type", count=1)
    app.sandbox.fault("notification_delayed", count=1, params={"seconds": 1})
    app.user_adds()
    assert receiver.wait(3)[2] == "sandbox_unheard_of"
    assert receiver.wait(4)[3] == "change"


def test_a_reordered_notification_is_overtaken(app: Client, receiver: Receiver) -> None:
    open_channel(app, receiver)
    app.sandbox.fault("notification_reordered", count=1, params={"seconds": 1.5})
    app.user_adds()
    time.sleep(0.3)  # else the second change comes as one with the first
    app.user_adds()
    until(lambda: attempts(app))
    assert app.sandbox.control("GET", "deliveries?limit=2")["deliveries"][1]["state"] == "waiting"
    receiver.wait(2)


def test_the_verification_can_come_before_the_answer(app: Client, receiver: Receiver) -> None:
    app.sandbox.fault("notification_before_answer")
    app.call("POST", "/v1/channels", {"callback_url": receiver.url})
    assert receiver.types == ["verification"]


def test_losing_and_finishing_a_profile_is_told(app: Client, receiver: Receiver, sandbox: SandboxProcess) -> None:
    open_channel(app, receiver)
    sandbox.control("POST", f"profiles/{app.profile}/disconnect", {})
    assert receiver.wait(1) == ["profile_disconnected"]
    receiver.received.clear()
    fresh = Client(sandbox, sandbox.account(email="new@google.test", initial_sync_required=True))
    open_channel(fresh, receiver)
    assert fresh.call("GET", "/v1/profiles")["profiles"][0]["profile_initial_sync_required"] is True
    sandbox.control("POST", f"profiles/{fresh.profile}/finish-initial-sync", {})
    assert receiver.wait(1) == ["profile_initial_sync_completed"]


def test_a_delivery_can_be_sent_again(app: Client, receiver: Receiver) -> None:
    app.call("POST", "/v1/channels", {"callback_url": receiver.url})
    receiver.wait(1)
    delivery = app.sandbox.control("GET", "deliveries")["deliveries"][0]["id"]
    app.sandbox.control("POST", f"deliveries/{delivery}/redeliver", {})
    assert receiver.wait(2) == ["verification", "verification"]
    assert receiver.received[0] == receiver.received[1]
