"""What every call promises: it ends, it sends the token nowhere else, and its failures carry no secret."""

from __future__ import annotations

import logging
import traceback
from datetime import timedelta
from pathlib import Path

import pytest
import requests
import responses
from django.conf import settings

from calendarsync.cronofy import oauth, transport
from calendarsync.cronofy.errors import CronofyError, OurFault, TryLater
from tests.cronofy.conftest import API

TOKEN = "hush-access"
SECRETS = {"client_secret": "hush-secret", "refresh_token": "hush-refresh"}
URL = f"{API}/v1/calendars"


def failure(method: str = "GET", **more: object) -> CronofyError:
    with pytest.raises(CronofyError) as caught:
        transport.send(method, URL, token=TOKEN, **more)  # type: ignore[arg-type]
    return caught.value


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_read_is_tried_again_on_a_gateways_failure(wire_mock: responses.RequestsMock, status: int) -> None:
    for answer in (status, status, 200):
        wire_mock.add("GET", URL, status=answer, json={})
    assert transport.send("GET", URL).status_code == 200
    assert len(wire_mock.calls) == 3


def test_a_read_is_tried_three_times_at_most(wire_mock: responses.RequestsMock) -> None:
    wire_mock.add("GET", URL, status=503)
    assert isinstance(failure(), TryLater)
    assert len(wire_mock.calls) == 3


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_write_is_never_tried_again_by_itself(wire_mock: responses.RequestsMock, method: str, status: int) -> None:
    wire_mock.add(method, URL, status=status)
    assert isinstance(failure(method), TryLater)
    assert len(wire_mock.calls) == 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(None, None), ("7", 7.0), ("-3", 0.0), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("soon", None)],
    ids=["absent", "seconds", "the past", "a date", "nonsense"],
)
def test_a_refused_rate_tells_how_long_to_wait_if_it_says_so(
    wire_mock: responses.RequestsMock, header: str | None, seconds: float | None
) -> None:
    wire_mock.add("POST", URL, status=429, headers={} if header is None else {"Retry-After": header})
    error = failure("POST")
    assert isinstance(error, TryLater)
    assert (error.retry_after, error.may_have_happened) == (seconds, False)


@pytest.mark.parametrize("status", [500, 502, 408, 423])
def test_a_failed_write_may_have_happened(wire_mock: responses.RequestsMock, status: int) -> None:
    wire_mock.add("POST", URL, status=status)
    error = failure("POST")
    assert isinstance(error, TryLater)
    assert error.may_have_happened


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
@pytest.mark.parametrize("headers", [{}, {"Location": "https://elsewhere.test/"}], ids=["nowhere", "elsewhere"])
def test_a_redirect_is_neither_followed_nor_taken_for_success(
    wire_mock: responses.RequestsMock, status: int, headers: dict[str, str]
) -> None:
    wire_mock.add("DELETE", URL, status=status, headers=headers)
    assert isinstance(failure("DELETE"), OurFault)
    assert [call.request.url for call in wire_mock.calls] == [URL]


def test_a_netrc_of_the_machine_is_left_out(
    wire_mock: responses.RequestsMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine api.cronofy.com login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    wire_mock.add("GET", URL, json={})
    transport.send("GET", URL, token="abc")
    transport.send("GET", URL)
    with_token, without = (call.request.headers.get("Authorization") for call in wire_mock.calls)
    assert (with_token, without) == ("Bearer abc", None)


def test_every_call_has_a_time_limit(wire_mock: responses.RequestsMock) -> None:
    wire_mock.add("GET", URL, json={})
    transport.send("GET", URL)
    limits = wire_mock.calls[0].request.req_kwargs["timeout"]  # type: ignore[attr-defined]
    assert limits == (transport.CONNECT_SECONDS, transport.READ_SECONDS)
    assert all(0 < seconds <= 30 for seconds in limits)


def test_no_cookie_of_one_account_goes_out_with_another(wire_mock: responses.RequestsMock) -> None:
    wire_mock.add("GET", URL, json={}, headers={"Set-Cookie": "session=alices; Path=/"})
    transport.send("GET", URL, token="alice")
    transport.send("GET", URL, token="bob")
    assert "Cookie" not in wire_mock.calls[1].request.headers


FAILURES = [requests.ConnectTimeout, requests.ReadTimeout, requests.ConnectionError, requests.exceptions.SSLError]


@pytest.mark.parametrize("kind", FAILURES, ids=lambda kind: kind.__name__)
def test_a_broken_network_is_for_later_and_quotes_nothing(
    wire_mock: responses.RequestsMock, kind: type[Exception]
) -> None:
    wire_mock.add("POST", URL, body=kind(f"Bearer {TOKEN} {SECRETS}"))
    error = failure("POST", json=SECRETS)
    assert isinstance(error, TryLater)
    assert str(error) == f"POST /v1/calendars failed: {kind.__name__}"
    assert "hush" not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429, 500])
def test_no_failure_and_no_log_carries_a_secret(
    wire_mock: responses.RequestsMock, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    wire_mock.add("POST", f"{API}/oauth/token", status=status, json={"error": "x", "echo": SECRETS})
    with pytest.raises(CronofyError) as caught:
        oauth.refresh(api_url=API, client_id="id", **SECRETS)
    assert "hush" not in "".join(traceback.format_exception(caught.value)) + caplog.text + repr(caught.value.__dict__)


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b"\xff\xfe"], ids=["empty", "a page", "half", "no text"])
def test_a_body_that_is_no_json_is_a_fault_of_the_moment(wire_mock: responses.RequestsMock, body: bytes) -> None:
    wire_mock.add("GET", URL, body=body)
    with pytest.raises(TryLater, match="not JSON"):
        transport.json_of(transport.send("GET", URL))


@pytest.mark.parametrize(
    "url",
    ["https://elsewhere.test/v1/events/pages/1", "http://api.cronofy.com/v1/events", "https://api.cronofy.com:444/v1/events",
     "https://api.cronofy.com@elsewhere.test/", "//api.cronofy.com/v1/events", "/v1/events"],
)  # fmt: skip
def test_only_the_apis_own_address_gets_the_token(url: str) -> None:
    with pytest.raises(OurFault):
        transport.require_same_host(url, api_url=API)


def test_a_lease_outlasts_the_longest_call() -> None:
    assert timedelta(seconds=transport.LONGEST_CALL) < settings.LEASE_LENGTH
