"""A small client of the wire protocol for tests, and a server that receives notifications."""

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

from tests.sandbox_process import CLIENT_ID, CLIENT_SECRET, SandboxProcess

JSON = dict[str, Any]


class Client:
    """Calls the sandbox as an application does, for one account."""

    def __init__(self, sandbox: SandboxProcess, account: JSON, **grant: Any) -> None:
        self.sandbox = sandbox
        self.account = account
        self.tokens = sandbox.tokens(account, **grant)
        self.calendars = [one["calendar_id"] for one in account["profiles"][0]["calendars"]]
        self.calendar = self.calendars[0]
        self.profile = account["profiles"][0]["profile_id"]
        self.session = requests.Session()
        self.session.trust_env = False

    def call(self, method: str, path: str, body: Any = None, *, status: int | None = None, **params: Any) -> Any:
        """Return the JSON of an answer, which must have that status (else below 400); None when it is empty."""
        answer = self.raw(method, path, body, **params)
        is_expected = answer.ok if status is None else answer.status_code == status
        assert is_expected, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.content else None

    def raw(self, method: str, path: str, body: Any = None, **params: Any) -> requests.Response:
        """Return the answer itself."""
        url = path if path.startswith("http") else self.sandbox.url + path
        headers = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        return self.session.request(method, url, json=body, params=params, headers=headers, timeout=30)

    def upsert(self, event_id: str, /, *, status: int = 202, calendar: str = "", **fields: Any) -> Any:
        """Write an own event; a plain one unless `fields` say more."""
        body = {
            "event_id": event_id,
            "summary": "Consultation",
            "description": "Room 2",
            "start": "2026-12-02T09:00:00Z",
            "end": "2026-12-02T09:45:00Z",
        }
        body |= fields
        return self.call("POST", f"/v1/calendars/{calendar or self.calendar}/events", body, status=status)

    def read(self, **params: Any) -> list[JSON]:
        """Return all events of a read, all pages."""
        body = self.call("GET", "/v1/events", **({"tzid": "Etc/UTC"} | params))
        events: list[JSON] = body["events"]
        while body["pages"].get("next_page"):
            body = self.call("GET", body["pages"]["next_page"])
            events += body["events"]
        return events

    def mine(self, **params: Any) -> dict[str, JSON]:
        """Return the own events by event id."""
        return {event["event_id"]: event for event in self.read(only_managed="true", **params)}

    def user_adds(self, **event: Any) -> JSON:
        """Let the user add an event to the primary calendar."""
        added: JSON = self.sandbox.control(
            "POST", f"calendars/{self.calendar}/events", {"summary": "Dentist", "start": "2026-12-01T10:00"} | event
        )
        return added

    def token_call(self, path: str = "/oauth/token", **fields: Any) -> requests.Response:
        """Call the token endpoint with the default application's credentials."""
        body = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET} | fields
        return self.session.post(self.sandbox.url + path, json=body, timeout=30)


class Receiver:
    """Receives notifications; answers with `status`, after `delay` seconds."""

    def __init__(self) -> None:
        self.received: list[tuple[bytes, str]] = []
        self.status = 204
        self.delay = 0.0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append((body, self.headers["Cronofy-HMAC-SHA256"]))
                time.sleep(receiver.delay)
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/hooks/7f3c"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    @property
    def types(self) -> list[str]:
        """The types received, in order."""
        return [json.loads(body)["notification"]["type"] for body, _ in self.received]

    def wait(self, count: int, seconds: float = 15) -> list[str]:
        """Wait for that many notifications; return their types."""
        until(lambda: len(self.received) >= count, seconds)
        return self.types


def until(is_so: Callable[[], object], seconds: float = 15) -> None:
    """Wait until something holds; fail when it takes too long."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
