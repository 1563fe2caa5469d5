"""Codes, tokens and their ends."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.sandbox.client import JSON, Client
from tests.sandbox_process import SandboxProcess

REDIRECT = "https://sync.example.test/oauth/cronofy/callback"


def authorize(sandbox: SandboxProcess, **params: str) -> requests.Response:
    """Ask the portal, without following its answer."""
    query = {"response_type": "code", "client_id": "sandbox-client", "redirect_uri": REDIRECT}
    query |= {"scope": "read_events create_event", "state": "s-1"} | params
    return requests.get(f"{sandbox.url}/oauth/authorize", params=query, allow_redirects=False, timeout=10)


def refresh(app: Client, token: str) -> JSON:
    answer = app.token_call(grant_type="refresh_token", refresh_token=token)
    assert answer.status_code == 200, answer.text
    body: JSON = answer.json()
    return body


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": ""}, "invalid_request"),
        ({"scope": "read_minds"}, "invalid_scope"),
        ({"scope": ""}, "invalid_request"),
        ({"link_token": "unheard-of"}, "invalid_request"),
    ],
)
def test_a_faulty_request_goes_back_with_an_error_and_the_state(
    sandbox: SandboxProcess, params: dict[str, str], error: str
) -> None:
    answer = authorize(sandbox, **params)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(REDIRECT)
    assert parse_qs(urlsplit(answer.headers["Location"]).query) == {"error": [error], "state": ["s-1"]}


@pytest.mark.parametrize("params", [{"client_id": "nobody"}, {"redirect_uri": "javascript:alert(1)"}])
def test_an_unknown_client_or_bad_address_never_redirects(sandbox: SandboxProcess, params: dict[str, str]) -> None:
    answer = authorize(sandbox, **params)
    assert answer.status_code in {400, 404}
    assert "Location" not in answer.headers


def test_in_production_only_registered_addresses_are_redirected_to(sandbox: SandboxProcess) -> None:
    sandbox.control(
        "POST",
        "applications",
        {"client_id": "sandbox-client", "in_production": True, "redirect_uris": [REDIRECT]},
    )
    assert authorize(sandbox).status_code in {200, 302}
    assert authorize(sandbox, redirect_uri=REDIRECT + "/more").status_code == 400


def test_forms_are_taken_like_json(app: Client) -> None:
    fields = {"client_id": "sandbox-client", "client_secret": "sandbox-secret-1", "grant_type": "refresh_token"}
    fields["refresh_token"] = app.tokens["refresh_token"]
    answer = requests.post(f"{app.sandbox.url}/oauth/token", data=fields, timeout=10)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_refresh_repeats_both_tokens_while_the_access_token_is_fresh(app: Client) -> None:
    body = refresh(app, app.tokens["refresh_token"])
    assert body["access_token"] == app.tokens["access_token"]
    assert body["refresh_token"] == app.tokens["refresh_token"]
    assert body.keys() == {"token_type", "access_token", "expires_in", "refresh_token", "scope"}


def test_near_its_end_a_refresh_brings_a_new_access_token_and_the_old_one_runs_out(app: Client) -> None:
    app.sandbox.control("POST", "clock", {"now": "2026-11-22T09:55:00Z"})
    body = refresh(app, app.tokens["refresh_token"])
    assert body["access_token"] != app.tokens["access_token"]
    app.call("GET", "/v1/account")
    app.sandbox.control("POST", "clock", {"now": "2026-11-22T10:01:00Z"})
    answer = app.raw("GET", "/v1/account")
    assert answer.status_code == 401
    assert "invalid_token" in answer.headers["WWW-Authenticate"]
    assert answer.json() == {}


def test_rotation_kills_the_old_refresh_token_once_the_new_one_was_used(app: Client) -> None:
    app.sandbox.fault("rotate_refresh_tokens")
    first = app.tokens["refresh_token"]
    second = refresh(app, first)["refresh_token"]
    assert second != first
    assert refresh(app, first)["refresh_token"] == second  # the answer with the new one may have been lost
    refresh(app, second)
    assert app.token_call(grant_type="refresh_token", refresh_token=first).json()["error"] == "invalid_grant"


def test_token_lifetime_can_be_shortened(app: Client) -> None:
    app.sandbox.control("POST", f"accounts/{app.account['account_id']}/expire-tokens", {})
    app.sandbox.fault("token_lifetime", params={"seconds": 5})
    assert refresh(app, app.tokens["refresh_token"])["expires_in"] == 5


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "x", "client_secret": "wrong"}, "invalid_client"),
        ({"grant_type": "refresh_token", "refresh_token": "x", "client_id": ""}, "invalid_client"),
        ({"grant_type": "refresh_token", "refresh_token": ["x"]}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
        ({"grant_type": "authorization_code", "code": "x", "redirect_uri": REDIRECT}, "invalid_grant"),
    ],
)
def test_faulty_token_calls_answer_400(app: Client, fields: JSON, error: str) -> None:
    answer = app.token_call(**fields)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_every_active_secret_opens_and_a_retired_one_does_not(app: Client) -> None:
    path = "applications/sandbox-client/secrets"
    app.sandbox.control("POST", path, {"secret": "sandbox-secret-2"})
    for secret in ("sandbox-secret-1", "sandbox-secret-2"):
        assert app.token_call(grant_type="refresh_token", refresh_token="x", client_secret=secret).json() == {
            "error": "invalid_grant",
            "error_description": "errors.unknown_or_used",
        }
    app.sandbox.control("DELETE", path, {"secret": "sandbox-secret-1"})
    assert app.token_call(grant_type="refresh_token", refresh_token="x").json() == {"error": "invalid_client"}


@pytest.mark.parametrize("by", ["refresh_token", "access_token", "sub"])
def test_revoking_ends_both_tokens_and_the_channels(app: Client, by: str) -> None:
    app.call("POST", "/v1/channels", {"callback_url": "http://127.0.0.1:9/"})
    field = "sub" if by == "sub" else "token"
    assert app.token_call("/oauth/token/revoke", **{field: app.tokens[by]}).status_code == 200
    assert app.raw("GET", "/v1/calendars").status_code == 401
    assert app.token_call(grant_type="refresh_token", refresh_token=app.tokens["refresh_token"]).status_code == 400
    assert app.sandbox.control("GET", "channels")["channels"][0]["closed_because"] == "authorization revoked"


def test_revoking_what_is_unknown_succeeds_but_not_for_a_wrong_client(app: Client) -> None:
    assert app.token_call("/oauth/token/revoke", token="unheard-of").status_code == 200
    wrong = app.token_call("/oauth/token/revoke", token="x", client_secret="wrong")
    assert (wrong.status_code, wrong.json()) == (400, {"error": "invalid_client"})


def test_a_second_grant_keeps_the_account_and_its_managed_events(app: Client) -> None:
    app.upsert("a-1")
    app.token_call("/oauth/token/revoke", token=app.tokens["refresh_token"])
    again = Client(app.sandbox, app.account)
    assert again.tokens["refresh_token"] != app.tokens["refresh_token"]
    assert again.mine().keys() == {"a-1"}


def test_an_application_calendar_is_made_once(app: Client) -> None:
    first, second = (app.token_call("/v1/application_calendars", application_calendar_id="c-1").json() for _ in "ab")
    assert first["sub"] == second["sub"]
    assert first["sub"].startswith("apc_")
    assert first["scope"] == "read_write"
    assert first["linking_profile"]["provider_name"] == "cronofy"
    app.tokens = first
    assert app.raw("GET", "/v1/account").status_code == 403
    assert [one["calendar_primary"] for one in app.call("GET", "/v1/calendars")["calendars"]] == [True]


def test_granted_scope_decides_what_is_allowed(app: Client) -> None:
    app.tokens = app.sandbox.tokens(app.account, scope="read_free_busy")
    assert app.raw("GET", "/v1/events", tzid="Etc/UTC").status_code == 403
    assert app.raw("GET", "/v1/events", tzid="Etc/UTC", only_managed="true").status_code == 200
    assert app.raw("GET", "/v1/free_busy", tzid="Etc/UTC").status_code == 200
    app.upsert("x", status=403)
    assert app.raw("POST", "/v1/channels", {"callback_url": "http://127.0.0.1:9/"}).status_code == 403
    app.call("POST", "/v1/channels", {"callback_url": "http://127.0.0.1:9/", "filters": {"only_managed": True}})
