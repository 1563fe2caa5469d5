"""pytest fixtures for tests in a real Chromium: `page`, and `new_page` for a second person or another screen.

Every page is watched: a console error, an uncaught exception or a violation of the Content Security Policy fails the
test at its end. A test that provokes one on purpose removes it from `page_problems`. A failed test leaves a
screenshot of each page in var/test-artifacts/.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from devtools import browser as finder
from devtools.setup import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ARTIFACTS = ROOT / "var" / "test-artifacts"
# A zone that is neither the servers' nor the data's, with summer time, so that a mix-up of zones shows.
CONTEXT = {"timezone_id": "America/New_York", "locale": "en-GB", "viewport": {"width": 1280, "height": 860}}
ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE_MS = 15_000
NewPage = Callable[..., "Page"]
FAILED = pytest.StashKey[bool]()
NO_BROWSER = pytest.StashKey[int]()


@pytest.fixture(scope="session")
def _chromium() -> Iterator[Browser | None]:
    executable = finder.find()
    if executable is None:
        yield None
        return
    from playwright.sync_api import expect, sync_playwright

    # Playwright keeps an event loop in this thread; Django takes that for asynchronous code and refuses the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=PATIENCE_MS)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
            yield browser
            browser.close()
    finally:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def browser(_chromium: Browser | None, request: pytest.FixtureRequest) -> Browser:
    """A running Chromium; without any on this machine the test is skipped, and the summary says so."""
    if _chromium is None:
        request.config.stash[NO_BROWSER] = request.config.stash.get(NO_BROWSER, 0) + 1
        pytest.skip("no Chromium on this machine")
    return _chromium


@pytest.fixture
def page_problems() -> list[str]:
    """What the pages of this test complained about; must be empty at its end."""
    return []


@pytest.fixture
def new_page(browser: Browser, page_problems: list[str], request: pytest.FixtureRequest) -> Iterator[NewPage]:
    """Return a function that opens a page with cookies of its own; its arguments are Playwright's for a context."""
    contexts = []

    def open_page(**options: Any) -> Page:
        context = browser.new_context(**{**CONTEXT, **options})
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: note(f"console: {message.text}") if message.type == "error" else None)
        page.on("pageerror", lambda error: note(f"exception: {error}"))
        return page

    note = page_problems.append
    yield open_page
    has_failed = request.node.stash.get(FAILED, False)
    for number, page in enumerate([page for context in contexts for page in context.pages]):
        if has_failed or page_problems:
            page.screenshot(path=picture(request.node.nodeid, number), full_page=True)
    for context in contexts:
        context.close()
    if page_problems and not has_failed:
        pytest.fail("The browser complained:\n" + "\n".join(page_problems))


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A fresh page: 1280 x 860, English, in New York."""
    return new_page()


def picture(test: str, number: int) -> Path:
    """Return the file for a page's screenshot."""
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    return ARTIFACTS / (re.sub(r"[^\w.-]+", "-", test.removeprefix("tests/"))[:120] + f"-{number}.png")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the fixtures know at the end whether the test failed."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


def pytest_sessionstart() -> None:
    """Remove the pictures of earlier runs, which would show what is long repaired."""
    shutil.rmtree(ARTIFACTS, ignore_errors=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say loudly that a part of the suite did not run, and where pictures of failed pages are."""
    if skipped := config.stash.get(NO_BROWSER, 0):
        text = f"{skipped} BROWSER TESTS DID NOT RUN: no Chromium found. Install one, or name it: CHROMIUM=/path/to/it"
        terminalreporter.write_line(text, red=True, bold=True)
    if ARTIFACTS.is_dir():
        terminalreporter.write_line(f"Pictures of failed pages: {ARTIFACTS.relative_to(ROOT)}/")
