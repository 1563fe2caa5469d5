"""A person without a browser: opens the sandbox's pages, reads them and sends their forms, cookies kept."""

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

from tests.sandbox_process import CLIENT_ID, CLIENT_SECRET, SandboxProcess

CALLBACK = "http://app.example.test/oauth/cronofy/callback/"
SCOPE = "read_events create_event delete_event"


@dataclass
class Form:
    """One form of a page: where it goes, what it holds, and its buttons by their words."""

    action: str
    values: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)


class _Reader(HTMLParser):
    """Collects forms, links and words."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: dict[str, str] = {}
        self.words: list[str] = []
        self.switches: list[list[dict[str, Any]]] = []
        self._open: dict[str, tuple[dict[str, str], int]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", "")))
        elif tag == "input" and self.forms and "name" in given:
            is_tick = given.get("type") == "checkbox"
            if not is_tick or "checked" in given:
                self.forms[-1].values[given["name"]] = given.get("value", "on")
        elif tag in {"button", "a", "h1"}:
            if "data-calls" in given:
                self.switches.append(json.loads(given["data-calls"]))
            self._open[tag] = (given, len(self.words))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._open:
            return
        given, start = self._open.pop(tag)
        label = given.get("aria-label") or " ".join(self.words[start:])
        if tag == "button" and self.forms:
            self.forms[-1].buttons[label] = (given.get("name", ""), given.get("value", ""))
        elif tag == "a":
            self.links[label] = given.get("href", "")
        elif tag == "h1":
            self.heading = label

    def handle_data(self, data: str) -> None:
        if words := " ".join(data.split()):
            self.words.append(words)


class Visitor:
    """One browser. Redirects inside the sandbox are followed; `left_for` is where a redirect led away to."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        self.sandbox = sandbox
        self.session = requests.Session()
        self.session.trust_env = False
        self.left_for = ""
        self.status = 0
        self.url = ""

    def open(self, path: str, **params: Any) -> None:
        """Open a page."""
        self._go("GET", urljoin(self.sandbox.url, path), params=params)

    def authorize(self, **params: str) -> None:
        """Arrive from the application, sent by its Click to Connect."""
        request = {"response_type": "code", "client_id": CLIENT_ID, "redirect_uri": CALLBACK, "scope": SCOPE}
        self.open("/oauth/authorize", **(request | {"state": "s-1", "avoid_linking": "true"} | params))

    def press(self, button: str, **fields: str | None) -> None:
        """Press a button after filling the fields of its form; None clears a tick."""
        assert button in self.buttons, f"no {button} among {self.buttons}"
        form = next(form for form in self.page.forms if button in form.buttons)
        name, value = form.buttons[button]
        values = {key: text for key, text in (form.values | fields).items() if text is not None}
        if name:
            values[name] = value
        self._go("POST", urljoin(self.url, form.action), data=values)

    def follow(self, link: str) -> None:
        """Follow a link by its words."""
        self.open(self.page.links[link])

    @property
    def heading(self) -> str:
        """The page's main heading."""
        return self.page.heading

    @property
    def text(self) -> str:
        """All words of the page."""
        return " ".join(self.page.words)

    @property
    def buttons(self) -> list[str]:
        """The words of all buttons, in order."""
        return [label for form in self.page.forms for label in form.buttons]

    @property
    def answer(self) -> dict[str, str]:
        """What the redirect to the application carries."""
        assert self.left_for.startswith(CALLBACK), self.left_for or self.text
        return {name: values[0] for name, values in parse_qs(urlsplit(self.left_for).query).items()}

    def redeem(self) -> dict[str, Any]:
        """Exchange the code as the application does; return the token answer."""
        secret = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        body = secret | {
            "grant_type": "authorization_code",
            "code": self.answer["code"],
            "redirect_uri": CALLBACK,
        }
        answer: dict[str, Any] = requests.post(f"{self.sandbox.url}/oauth/token", json=body, timeout=10).json()
        return answer

    def _go(self, method: str, url: str, **more: Any) -> None:
        self.left_for = ""
        answer = self.session.request(method, url, allow_redirects=False, timeout=30, **more)
        while answer.is_redirect:
            target = urljoin(answer.url, answer.headers["Location"])
            if not target.startswith(self.sandbox.url):
                self.left_for = target
                return
            answer = self.session.get(target, allow_redirects=False, timeout=30)
        self.url, self.status, self.headers = answer.url, answer.status_code, answer.headers
        self.page = _Reader()
        self.page.feed(answer.text)
