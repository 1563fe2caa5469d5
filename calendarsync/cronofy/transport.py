"""One pooled session per process, time limits on every call, and no secret in any error's text."""

from __future__ import annotations

from functools import cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.util.retry import Retry

from calendarsync.cronofy.errors import OurFault, TryLater, error_for

CONNECT_SECONDS = 3.05
READ_SECONDS = 20.0
LONGEST_CALL = 2 * CONNECT_SECONDS + READ_SECONDS
"""Seconds of a call that ends in a time-out; leases must be longer than this."""


@cache
def session() -> requests.Session:
    """Return the process's session. Reads are tried again at once on a gateway's failure; writes never are."""
    retry = Retry(
        total=2,
        connect=1,
        read=False,  # what did not answer in time will not answer sooner when asked again at once
        allowed_methods={"GET"},
        status_forcelist={502, 503, 504},
        backoff_factor=0.2,
        backoff_jitter=0.2,
        raise_on_status=False,
        respect_retry_after_header=False,  # a long wait belongs into a row, not into a sleeping thread
    )
    made = requests.Session()
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # one account's must not go out with another's
    for scheme in ("https://", "http://"):
        made.mount(scheme, HTTPAdapter(max_retries=retry, pool_maxsize=32))
    return made


class _Bearer(AuthBase):
    """The token as an `auth`, because requests lets a ~/.netrc overwrite a mere header."""

    def __init__(self, token: str | None) -> None:
        self.token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self.token is not None:
            request.headers["Authorization"] = f"Bearer {self.token}"
        return request


def send(method: str, url: str, *, token: str | None = None, params: Any = None, json: Any = None) -> requests.Response:
    """Make one call and return its 2xx answer. Raises TryLater, NotAllowed, CalendarGone or OurFault."""
    call = f"{method} {urlsplit(url).path}"
    try:
        answer = session().request(
            method,
            url,
            params=params,
            json=json,
            headers={"Accept": "application/json"},
            auth=_Bearer(token),
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,  # a redirect would carry the token to wherever it points
        )
    except requests.RequestException as error:
        # The exception's own text may quote the request: keep its type only.
        raise TryLater(f"{call} failed: {type(error).__name__}") from None
    if 200 <= answer.status_code < 300:
        return answer
    raise error_for(answer.status_code, _json_or_none(answer), call=call, retry_after=_retry_after(answer))


def json_of(answer: requests.Response) -> Any:
    """Return the answer's JSON. Raises TryLater: a broken body is a fault of the moment, and says nothing."""
    try:
        return answer.json()
    except requests.exceptions.JSONDecodeError:
        path = urlsplit(answer.url).path
        raise TryLater(f"{path} answered with a body that is not JSON") from None


def require_same_host(url: str, *, api_url: str) -> None:
    """Raise OurFault unless `url` lies at the API's own address: a token is never sent anywhere else."""
    given, ours = urlsplit(url), urlsplit(api_url)
    if (given.scheme, given.netloc) != (ours.scheme, ours.netloc):
        raise OurFault("An address outside the API's host was given as the next page.")


def _json_or_none(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except requests.exceptions.JSONDecodeError:
        return None


def _retry_after(answer: requests.Response) -> float | None:
    """Return the seconds of Retry-After; the form with a date is not used by Cronofy and is passed over."""
    try:
        return max(0.0, float(answer.headers["Retry-After"]))
    except (KeyError, ValueError):
        return None
