"""The sandbox's portal in a real browser: it must work by keyboard, fit a phone and return to the application."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from devtools.pytest_browser import NewPage
from tests.sandbox_process import CLIENT_ID, SandboxProcess

pytestmark = pytest.mark.browser


class _Application(BaseHTTPRequestHandler):
    """Answers the callback, then sends the browser on as a real application does."""

    def do_GET(self) -> None:
        is_callback = self.path.startswith("/callback")
        self.send_response(302 if is_callback else 200)
        if is_callback:
            self.send_header("Location", f"/linked{self.path.removeprefix('/callback')}")
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"" if is_callback else b"<!doctype html><title>Linked</title><h1>Back</h1>")

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def callback() -> Iterator[str]:
    """The address of an application on another origin."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Application)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/callback"
    server.shutdown()
    server.server_close()


def arrive(page: Page, sandbox: SandboxProcess, callback: str) -> None:
    request = {"response_type": "code", "client_id": CLIENT_ID, "redirect_uri": callback, "state": "s-1"}
    page.goto(f"{sandbox.url}/oauth/authorize?{urlencode(request | {'scope': 'read_events create_event'})}")


def test_link_a_google_account_by_typing(page: Page, sandbox: SandboxProcess, callback: str) -> None:
    arrive(page, sandbox, callback)
    page.get_by_role("button", name="Google").click()
    page.get_by_label("I agree").check()
    page.get_by_role("button", name="Link Google account").click()
    page.get_by_role("button", name="Use another account").click()
    page.get_by_label("E-mail").fill("dana@google.test")
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Password").fill("sandbox")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Allow", exact=True).click()
    expect(page).to_have_url(re.compile(r"/linked\?code=[\w-]{32}&state=s-1$"))


def test_link_an_icloud_account_by_keyboard_alone(page: Page, sandbox: SandboxProcess, callback: str) -> None:
    arrive(page, sandbox, callback)
    for name in ("iCloud", "Continue", "Use demo account"):
        _tab_to(page, name)
        page.keyboard.press("Enter")
        page.wait_for_load_state()
    _tab_to(page, "Allow")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Back")).to_be_visible()


def _tab_to(page: Page, name: str) -> None:
    """Press Tab until the button of that name has the focus."""
    button = page.get_by_role("button", name=name, exact=True)
    expect(button).to_be_visible()
    for _ in range(20):
        page.keyboard.press("Tab")
        if button.evaluate("node => node === document.activeElement"):
            return
    pytest.fail(f"{name} cannot be reached by Tab")


def test_do_not_allow_returns_with_the_refusal(page: Page, sandbox: SandboxProcess, callback: str) -> None:
    arrive(page, sandbox, callback)
    page.get_by_role("button", name="Exchange (on-premise)").click()
    page.get_by_role("button", name="Use demo account").click()
    page.get_by_role("button", name="Do not allow").click()
    expect(page).to_have_url(re.compile(r"/linked\?error=access_denied&state=s-1$"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 860), (390, 844)], ids=["desk", "phone"])
def test_no_checker_finds_fault_on_the_way(
    new_page: NewPage, sandbox: SandboxProcess, callback: str, size: tuple[int, int], scheme: str
) -> None:
    page = new_page(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        reduced_motion="reduce",  # a colour half-way through its change is nobody's fault
    )
    arrive(page, sandbox, callback)
    _look(page)
    page.get_by_role("button", name="Outlook.com").click()
    _look(page)
    page.get_by_label("I agree").check()
    page.get_by_role("button", name="Link Outlook.com account").click()
    _look(page)
    page.get_by_role("button", name="Use demo account").click()
    _look(page)
    page.get_by_role("button", name="Continue").click()
    _look(page)
    for path in ("/", "/calendar/"):
        page.goto(sandbox.url + path)
        _look(page)


def _look(page: Page) -> None:
    """Let the checker look at the page, and see that nothing sticks out."""
    page.wait_for_load_state()
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
