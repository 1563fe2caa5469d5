"""One method for each endpoint that the application uses. Knows no Django; retries nothing but plain reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import requests

from calendarsync.cronofy import transport, wire
from calendarsync.cronofy.errors import AccessWithdrawn, CalendarGone, CronofyError, OurFault, TryLater, error_for

BATCH_LIMIT = 50


@dataclass(frozen=True, slots=True)
class Write:
    """One entry of a batch: an upsert if it has a body, else a deletion."""

    calendar_id: str
    event_id: str = ""
    event_uid: str = ""
    body: dict[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the entry as `/v1/batch` takes it."""
        identity = {"event_id": self.event_id} if self.event_id else {"event_uid": self.event_uid}
        return {
            "method": "DELETE" if self.body is None else "POST",
            "relative_url": f"/v1/calendars/{self.calendar_id}/events",
            "data": identity if self.body is None else self.body,
        }


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """What became of each write, in order: None for accepted, else why not. `at` is the provider's clock."""

    results: tuple[CronofyError | None, ...]
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Read:
    """A page of a read, and the provider's clock when it answered."""

    page: wire.EventPage
    at: datetime | None


class Client:
    """Cronofy's API for one account. `token(stale)` gives the access token, a fresh one if `stale` was refused.

    `admit(is_further)` is asked before each call and may raise WaitForTurn; `is_further` says that the call goes on
    with a read of several pages.
    """

    def __init__(self, *, api_url: str, token: Callable[[str | None], str], admit: Callable[[bool], None]) -> None:
        self._api_url = api_url
        self._token = token
        self._admit = admit

    def user_info(self) -> wire.UserInfo:
        """Return whose account it is, with its profiles."""
        return wire.user_info(self._json("GET", "/v1/userinfo"))

    def calendars(self) -> list[wire.CalendarOffer]:
        """Return every calendar of the account."""
        return wire.calendar_offers(self._json("GET", "/v1/calendars"))

    def events(self, calendar_id: str, *, since: datetime | None = None) -> Iterator[Read]:
        """Yield, page by page, each event of the provider's window, ours and deleted ones included.

        With `since` only those touched at or after it. A page that fails ends the read with an exception:
        whoever counts on completeness must not act before the last page.
        """
        # https://docs.cronofy.com/developers/api/events/read-events/
        query: dict[str, str] = {
            "tzid": "Etc/UTC",
            "calendar_ids[]": calendar_id,
            "include_managed": "true",
            "include_deleted": "true",
            "include_moved": "true",
            "localized_times": "true",
        }
        if since is not None:
            query["last_modified"] = wire.timestamp(since)
        try:
            answer = self._call("GET", f"{self._api_url}/v1/events", params=query)
        except OurFault as fault:
            if "calendar_ids" in fault.fields:
                raise CalendarGone(str(fault)) from None
            raise
        pages: set[str] = set()
        while True:
            page = wire.event_page(transport.json_of(answer))
            yield Read(page=page, at=_clock(answer))
            if page.next_page is None:
                return
            if page.next_page in pages:
                raise TryLater("GET /v1/events: its pages go round in a circle")
            pages.add(page.next_page)
            answer = self._page(page.next_page)

    def batch(self, writes: Sequence[Write]) -> BatchAnswer:
        """Send up to 50 writes, each of a different event, and say what became of each.

        An entry that the answer lacks is in doubt, which is what TryLater says of it.
        """
        # https://docs.cronofy.com/developers/api/batch/
        if not 0 < len(writes) <= BATCH_LIMIT:
            raise ValueError(f"a batch holds 1 to {BATCH_LIMIT} writes")
        body = {"batch": [write.as_json() for write in writes]}
        answer = self._call("POST", f"{self._api_url}/v1/batch", json=body)
        answered = transport.json_of(answer)
        given = answered.get("batch") if isinstance(answered, dict) else None
        # Entries answer by their place, so that a missing or unreadable one must not move the others.
        found = [*(given if isinstance(given, list) else []), *[None] * len(writes)][: len(writes)]
        return BatchAnswer(results=tuple(_entry_result(entry) for entry in found), at=_clock(answer))

    def open_channel(self, *, callback_url: str, calendar_id: str) -> wire.Channel:
        """Ask for notifications of one calendar. Asking again for the same returns the same channel."""
        # https://docs.cronofy.com/developers/api/push-notifications/create-channel/
        body = {"callback_url": callback_url, "filters": {"calendar_ids": [calendar_id]}}
        answer = self._json("POST", "/v1/channels", json=body)
        return wire.channel(answer.get("channel") if isinstance(answer, dict) else None)

    def channels(self) -> list[wire.Channel]:
        """Return the account's channels."""
        return [wire.channel(row) for row in wire.rows(self._json("GET", "/v1/channels"), "channels")]

    def close_channel(self, channel_id: str) -> None:
        """Stop notifications. Raises CalendarGone if there is no such channel any more."""
        # https://docs.cronofy.com/developers/api/push-notifications/close-channel/
        self._call("DELETE", f"{self._api_url}/v1/channels/{quote(channel_id, safe='')}")

    def _page(self, url: str) -> requests.Response:
        """Read on. A page that is gone says nothing of the calendar: the whole read must start again."""
        transport.require_same_host(url, api_url=self._api_url)
        try:
            return self._call("GET", url, is_further=True)
        except CalendarGone as error:
            raise TryLater(str(error)) from None

    def _json(self, method: str, path: str, **kwargs: Any) -> Any:
        return transport.json_of(self._call(method, f"{self._api_url}{path}", **kwargs))

    def _call(self, method: str, url: str, *, is_further: bool = False, **kwargs: Any) -> requests.Response:
        """Make a call; a refused token is refreshed once, since it may end before its time."""
        token = self._token(None)
        self._admit(is_further)
        try:
            return transport.send(method, url, token=token, **kwargs)
        except AccessWithdrawn:
            fresh = self._token(token)
            self._admit(is_further)
            return transport.send(method, url, token=fresh, **kwargs)


def _entry_result(entry: Any) -> CronofyError | None:
    entry = entry if isinstance(entry, dict) else {}
    status = wire.integer(entry.get("status"), default=0)
    if 200 <= status < 300:
        return None
    if not status:
        return TryLater("the batch's answer lacks this entry's status")
    return error_for(status, entry.get("data"), call="batch entry")


def _clock(answer: requests.Response) -> datetime | None:
    """Return the provider's own time of day: what its `updated` stamps are compared with."""
    try:
        return parsedate_to_datetime(answer.headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError):
        return None
