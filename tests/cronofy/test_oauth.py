"""The portal's address, and which failures end a user's grant and which do not."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from calendarsync.cronofy import oauth
from calendarsync.cronofy.errors import AccessWithdrawn, CronofyError, OurFault, TryLater
from calendarsync.cronofy.hosts import DATA_CENTERS, hosts_of
from tests.cronofy.conftest import API

CREDENTIALS = {"api_url": API, "client_id": "id", "client_secret": "hush"}
PAIR = {"access_token": "access-2", "refresh_token": "refresh-2"}
TOKEN_URL = f"{API}/oauth/token"


def test_the_portals_address_asks_for_what_a_sync_needs_and_joins_no_accounts() -> None:
    url = oauth.authorize_url(
        app_url="https://app.cronofy.com", client_id="id", redirect_uri="https://bms.test/back?a=b", state="s&1"
    )
    assert urlsplit(url)[:3] == ("https", "app.cronofy.com", "/oauth/authorize")
    assert parse_qs(urlsplit(url).query, strict_parsing=True) == {
        "response_type": ["code"],
        "client_id": ["id"],
        "redirect_uri": ["https://bms.test/back?a=b"],
        "scope": ["read_events create_event delete_event"],
        "state": ["s&1"],
        "avoid_linking": ["true"],
    }


FAILURES = {
    "the grant ended": (400, {"error": "invalid_grant"}, AccessWithdrawn),
    "wrong credentials of ours": (400, {"error": "invalid_client"}, OurFault),
    "wrong credentials of ours, by status": (401, {"error": "invalid_client"}, OurFault),
    "another data centre": (404, None, OurFault),
    "refused": (403, None, OurFault),
    "the rate": (429, None, TryLater),
    "down": (503, None, TryLater),
    "no JSON": (200, None, TryLater),
    "no tokens": (200, {"token_type": "bearer"}, OurFault),
    "empty tokens": (200, {"access_token": "", "refresh_token": None}, OurFault),
    "a list": (200, [], OurFault),
}


@pytest.mark.parametrize(("status", "body", "kind"), FAILURES.values(), ids=FAILURES.keys())
def test_only_an_ended_grant_is_for_the_user_to_mend(
    wire_mock: responses.RequestsMock, status: int, body: object, kind: type[Exception]
) -> None:
    wire_mock.add("POST", TOKEN_URL, status=status, json=body)
    with pytest.raises(CronofyError) as caught:
        oauth.refresh(**CREDENTIALS, refresh_token="refresh-1")
    assert type(caught.value) is kind


LIVES = {
    "an hour": (3600, 3600),
    "absent": (None, 3600),
    "text": ("3600", 3600),
    "negative": (-5, 0),
    "absurd": (10**15, 86_400),
}


@pytest.mark.parametrize(("told", "believed"), LIVES.values(), ids=LIVES.keys())
def test_a_tokens_life_is_believed_within_reason(
    wire_mock: responses.RequestsMock, told: object, believed: int
) -> None:
    wire_mock.add("POST", TOKEN_URL, json={**PAIR, "expires_in": told})
    assert oauth.refresh(**CREDENTIALS, refresh_token="refresh-1").expires_in == believed


def test_an_account_without_account_id_is_named_by_its_sub(wire_mock: responses.RequestsMock) -> None:
    wire_mock.add("POST", TOKEN_URL, json={**PAIR, "sub": "apc_1", "account_id": None})
    assert oauth.token_from_code(**CREDENTIALS, code="c", redirect_uri="https://bms.test/").account_id == "apc_1"


@pytest.mark.parametrize("name", sorted(DATA_CENTERS))
def test_every_data_centre_has_its_own_hosts(name: str) -> None:
    suffix = "" if name == "us" else f"-{name}"
    hosts = hosts_of(name)
    assert (hosts.api, hosts.app) == (f"https://api{suffix}.cronofy.com", f"https://app{suffix}.cronofy.com")


def test_a_given_address_wins() -> None:
    hosts = hosts_of("de", api_url="http://127.0.0.1:8090/")
    assert (hosts.api, hosts.app) == ("http://127.0.0.1:8090", "https://app-de.cronofy.com")
