"""The browser that the tests use, and what is watched in it."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


class StrictPage(BaseHTTPRequestHandler):
    """One page whose policy forbids the script in it."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", "default-src 'none'")
        self.end_headers()
        self.wfile.write(
            b"<title>Strict</title><p>Words</p><link rel=icon href=data:,><script>document.title = ''</script>"
        )

    def log_message(self, *_: object) -> None:
        """Keep the terminal quiet."""


@pytest.fixture
def strict_url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), StrictPage) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_browser_draws_words(page: Page) -> None:
    page.set_content("<p>Words</p>")
    assert page.inner_text("p") == "Words"  # a browser without fonts has none


def test_browser_stands_in_the_zone_of_the_tests(page: Page) -> None:
    assert page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone") == "America/New_York"


def test_violation_of_the_policy_is_noticed(page: Page, page_problems: list[str], strict_url: str) -> None:
    page.goto(strict_url)
    assert page.title() == "Strict"
    assert any("Content Security Policy" in problem for problem in page_problems)
    page_problems.clear()
