"""Click to Connect, the portal's answer, and every way in which it can be wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses
import time_machine
from django.test import Client
from django.utils import timezone

from calendarsync import wording
from calendarsync.models import Grant, Integration, RemoteCalendar, User
from calendarsync.models.integrations import Problem
from calendarsync.services import tokens
from calendarsync.services.connecting import Refusal
from tests.factories import IntegrationFactory, UserFactory
from tests.sync_pages.conftest import ACCOUNT, calendar_body, token_body

CALLBACK = "/oauth/cronofy/callback/"
GoOut = Callable[..., str]


def test_click_to_connect_leads_to_the_portal_with_what_it_needs(browser: Client):
    address = urlsplit(browser.get("/home/calendar-sync/connect/")["Location"])
    query = parse_qs(address.query)
    assert address.path == "/oauth/authorize"
    assert query["response_type"] == ["code"]
    assert query["avoid_linking"] == ["true"]
    assert query["redirect_uri"][0].endswith(CALLBACK)
    assert set(query["scope"][0].split()) >= {"read_events", "create_event", "delete_event"}


def test_coming_back_stores_account_tokens_and_calendars_and_opens_the_wizard(
    browser: Client, person: User, go_out: GoOut, cronofy: responses.RequestsMock
):
    answer = browser.get(CALLBACK, {"code": "good", "state": go_out()})
    draft = Integration.objects.get(user=person)
    assert answer["Location"] == f"/home/calendar-sync/{draft.pk}/settings/"
    assert (draft.grant.account_id, draft.grant.email) == (ACCOUNT, "dana@practice.example")
    assert (draft.grant.access_token, draft.grant.refresh_token) == ("new-access", "new-refresh")
    assert draft.grant.provider_label == "Office 365"
    assert set(draft.grant.calendars.values_list("name", flat=True)) == {"Work", "Home"}
    assert draft.finished_at is None


def test_the_code_is_exchanged_with_the_very_redirect_uri_of_the_beginning(
    browser: Client, go_out: GoOut, cronofy: responses.RequestsMock, settings
):
    browser.get(CALLBACK, {"code": "good", "state": go_out()})
    sent = cronofy.calls[0].request
    assert b'"code": "good"' in sent.body
    assert f'"redirect_uri": "{settings.PUBLIC_URL}{CALLBACK}"'.encode() in sent.body


def refused_with(answer, refusal: Refusal, *, status: int = 400) -> bool:
    words = wording.of_refusal(refusal)
    page = answer.content.decode()
    return answer.status_code == status and words.title in page and words.remedy in page and "Click to Connect" in page


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["", "nonsense", "eyJub25jZSI6IDF9:1x:forged"], ids=["none", "garbage", "forged"])
def test_a_state_that_we_did_not_sign_connects_nothing(browser: Client, http: responses.RequestsMock, state: str):
    answer = browser.get(CALLBACK, {"code": "good", "state": state})
    assert refused_with(answer, Refusal.NO_STATE)
    assert not Grant.objects.exists()


def test_a_state_older_than_ten_minutes_connects_nothing(browser: Client, go_out: GoOut, http: responses.RequestsMock):
    state = go_out()
    with time_machine.travel(timezone.now() + timedelta(minutes=10, seconds=1)):
        answer = browser.get(CALLBACK, {"code": "good", "state": state})
    assert refused_with(answer, Refusal.EXPIRED)
    assert len(http.calls) == 0


def test_a_state_works_once(browser: Client, go_out: GoOut, cronofy: responses.RequestsMock):
    state = go_out()
    browser.get(CALLBACK, {"code": "good", "state": state})
    answer = browser.get(CALLBACK, {"code": "good", "state": state})
    assert refused_with(answer, Refusal.REPLAYED)
    assert Integration.objects.count() == 1


def test_a_refused_state_is_used_up_as_well(browser: Client, go_out: GoOut, cronofy: responses.RequestsMock):
    state = go_out()
    browser.get(CALLBACK, {"error": "access_denied", "state": state})
    answer = browser.get(CALLBACK, {"code": "good", "state": state})
    assert refused_with(answer, Refusal.REPLAYED)
    assert not Grant.objects.exists()


def test_a_state_of_the_same_user_in_another_browser_connects_nothing(
    browser: Client, person: User, go_out: GoOut, http: responses.RequestsMock
):
    elsewhere = Client()
    elsewhere.force_login(person)
    answer = browser.get(CALLBACK, {"code": "good", "state": go_out(by=elsewhere)})
    assert refused_with(answer, Refusal.OTHER_BROWSER)
    assert len(http.calls) == 0


def test_a_state_of_another_user_connects_nothing(browser: Client, go_out: GoOut, http: responses.RequestsMock):
    mallory = Client()
    mallory.force_login(UserFactory())
    answer = browser.get(CALLBACK, {"code": "good", "state": go_out(by=mallory)})
    assert refused_with(answer, Refusal.OTHER_USER, status=403)
    assert len(http.calls) == 0


@pytest.mark.django_db
def test_a_stranger_is_asked_to_log_in_first(client: Client):
    answer = client.get(CALLBACK, {"code": "good", "state": "any"})
    assert answer["Location"].startswith("/login/")


@pytest.mark.parametrize(
    ("error", "refusal"),
    [("access_denied", Refusal.DENIED), ("server_error", Refusal.PORTAL_ERROR)],
)
def test_what_the_portal_refuses_is_told(browser: Client, go_out: GoOut, error: str, refusal: Refusal):
    answer = browser.get(CALLBACK, {"error": error, "state": go_out()})
    assert refused_with(answer, refusal)


@pytest.mark.parametrize(
    ("given", "refusal", "shown"),
    [
        ({"status": 400, "json": {"error": "invalid_grant"}}, Refusal.CODE_REFUSED, 400),
        ({"status": 400, "json": {"error": "invalid_client"}}, Refusal.OUR_FAULT, 502),
        ({"status": 429, "json": {}}, Refusal.TRY_LATER, 503),
        ({"status": 503, "json": {}}, Refusal.TRY_LATER, 503),
    ],
    ids=["code used up", "wrong secret", "too many requests", "out of order"],
)
def test_a_failed_exchange_is_told_and_stores_nothing(
    browser: Client, go_out: GoOut, http: responses.RequestsMock, *, given: dict, refusal: Refusal, shown: int
):
    http.post(f"{tokens.hosts().api}/oauth/token", **given)
    answer = browser.get(CALLBACK, {"code": "good", "state": go_out()})
    assert refused_with(answer, refusal, status=shown)
    assert not Grant.objects.exists()


def test_cronofy_out_of_reach_is_told(browser: Client, go_out: GoOut, http: responses.RequestsMock):
    http.post(f"{tokens.hosts().api}/oauth/token", body=requests.ConnectionError("no route"))
    answer = browser.get(CALLBACK, {"code": "good", "state": go_out()})
    assert refused_with(answer, Refusal.TRY_LATER, status=503)


def test_calendars_that_cannot_be_read_leave_nothing_behind(browser: Client, go_out: GoOut, cronofy):
    cronofy.replace("GET", f"{tokens.hosts().api}/v1/calendars", status=403, json={})
    answer = browser.get(CALLBACK, {"code": "good", "state": go_out()})
    assert refused_with(answer, Refusal.NOT_PERMITTED)
    assert not Grant.objects.exists()


def test_connecting_an_account_twice_goes_on_with_the_unfinished_setup(browser: Client, go_out: GoOut, cronofy):
    first = browser.get(CALLBACK, {"code": "good", "state": go_out()})["Location"]
    again = browser.get(CALLBACK, {"code": "good", "state": go_out()})["Location"]
    assert first == again
    assert Grant.objects.count() == 1


def lost(person: User, **changes) -> Integration:
    integration = IntegrationFactory(grant__user=person, calendar_id="cal_1", channel_id="chn_1", **changes)
    Grant.objects.filter(pk=integration.grant_id).update(account_id=ACCOUNT, lost_at=timezone.now())
    return integration


def test_reconnect_brings_a_lost_integration_back(
    browser: Client, person: User, go_out: GoOut, *, cronofy, nudged: list[int], django_capture_on_commit_callbacks
):
    integration = lost(person, failures=3, problem=Problem.NOT_PERMITTED)
    state = go_out(f"/home/calendar-sync/{integration.pk}/reconnect/")
    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.get(CALLBACK, {"code": "good", "state": state})
    dirty_before = integration.dirty_seq
    integration.refresh_from_db()
    assert answer["Location"] == "/home/calendar-sync/"
    assert integration.is_connected
    assert (integration.failures, integration.channel_id) == (0, "")
    assert integration.dirty_seq > dirty_before
    assert nudged == [integration.pk]


def test_reconnect_through_another_account_sets_up_that_one_and_says_so(
    browser: Client, person: User, go_out: GoOut, cronofy
):
    integration = IntegrationFactory(grant__user=person)
    state = go_out(f"/home/calendar-sync/{integration.pk}/reconnect/")
    answer = browser.get(CALLBACK, {"code": "good", "state": state}, follow=True)
    assert "You chose another account" in answer.content.decode()
    assert Integration.objects.filter(finished_at=None).count() == 1


def test_nobody_reconnects_somebody_elses_integration(browser: Client):
    foreign = IntegrationFactory()
    assert browser.get(f"/home/calendar-sync/{foreign.pk}/reconnect/").status_code == 404


def test_reconnect_finds_the_calendar_gone(browser: Client, person: User, go_out: GoOut, cronofy):
    integration = lost(person)
    cronofy.replace("GET", f"{tokens.hosts().api}/v1/calendars", json={"calendars": [calendar_body("cal_2", "Home")]})
    browser.get(CALLBACK, {"code": "good", "state": go_out(f"/home/calendar-sync/{integration.pk}/reconnect/")})
    integration.refresh_from_db()
    assert integration.problem == Problem.CALENDAR_GONE
    assert not RemoteCalendar.objects.filter(calendar_id="cal_1").exists()


def test_an_oldest_answer_without_account_and_profile_is_understood(
    browser: Client, person: User, go_out: GoOut, cronofy
):
    body = {name: value for name, value in token_body().items() if name not in ("account_id", "sub", "linking_profile")}
    cronofy.replace("POST", f"{tokens.hosts().api}/oauth/token", json=body)
    browser.get(CALLBACK, {"code": "good", "state": go_out()})
    assert Grant.objects.get(user=person).account_id == ACCOUNT


@pytest.mark.parametrize("refusal", Refusal)
def test_every_refusal_has_words(refusal: Refusal):
    words = wording.of_refusal(refusal)
    assert words.title
    assert words.remedy
