"""The way in and out, and the theme, in a real browser."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def log_in(page: Page, address: str, password: str) -> None:
    page.goto(f"{address}/login/")
    page.get_by_label("Username").fill("dana")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def test_somebody_logs_in_and_out(page: Page, live_server, transactional_db):
    dana = UserFactory(username="dana", first_name="Dana", last_name="Dahl")
    dana.set_password("right")
    dana.save()
    log_in(page, live_server.url, "wrong")
    expect(page.get_by_role("alert")).to_contain_text("Please enter a correct username and password")
    log_in(page, live_server.url, "right")
    expect(page.get_by_role("heading", name="My Calendar", level=1)).to_be_visible()
    page.get_by_role("button", name="Dana Dahl").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("button", name="Log in")).to_be_visible()


def test_the_theme_is_the_systems_until_somebody_chooses(page: Page, live_server, transactional_db):
    page.emulate_media(color_scheme="dark")
    page.goto(f"{live_server.url}/login/")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.get_by_role("button", name="Theme").click()
    page.get_by_role("button", name="Light").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_way_in_is_accessible(page: Page, live_server, transactional_db, theme):
    page.emulate_media(color_scheme=theme)
    page.goto(f"{live_server.url}/login/")
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
