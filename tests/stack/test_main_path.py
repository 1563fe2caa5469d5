"""The product's promise, walked by a person in a real browser against web, worker, beat and sandbox."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from playwright.sync_api import Page, expect

from calendarsync.models import CalendarItem, Integration, User
from devtools.pytest_browser import NewPage
from tests.factories import UserFactory
from tests.stack import steps
from tests.stack.conftest import Product

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.slow, pytest.mark.timeout(240)]
Eventually = Callable[..., None]


@pytest.fixture
def alice(product: Product) -> User:
    """Somebody whose zone is neither the browser's nor the linked calendar's."""
    return UserFactory.create(username="alice", time_zone="Asia/Kolkata", password=make_password("demo"))


@pytest.fixture
def mine(page: Page, product: Product, alice: User) -> Page:
    """The BMS, logged in."""
    steps.log_in(page, product.url, "alice")
    return page


@pytest.mark.parametrize("service", steps.SERVICES)
def test_each_service_can_be_connected(mine: Page, product: Product, service: str) -> None:
    steps.connect(mine, service)
    steps.walk_wizard(mine)
    row = mine.get_by_role("row").filter(has_text=service)
    expect(row.get_by_text("Connected", exact=True)).to_be_visible()
    expect(row.get_by_role("switch", name="Active")).to_be_checked()
    expect(row.get_by_text("Never")).to_be_visible()


def test_an_appointment_travels_both_ways_until_the_link_is_deleted(
    mine: Page, new_page: NewPage, product: Product, eventually: Eventually
) -> None:
    day = timezone.localdate(timezone=ZoneInfo("Asia/Kolkata")) + timedelta(days=1)
    steps.connect(mine, "Google")
    steps.walk_wizard(mine)
    linked = Integration.objects.get()
    eventually(lambda: Integration.objects.exclude(cursor=None).exclude(channel_id="").exists())

    # Made here: it appears there, at the same moment.
    steps.open_calendar(mine, product.url, day)
    steps.right_click_to_add(mine, day, "Rack survey", "Bring the ladder")
    eventually(lambda: event(product, linked, "Rack survey"))
    there = new_page()
    steps.open_linked(there, product.sandbox.url, linked.grant.email, day)
    expect(there.locator("#calendar").get_by_role("button", name="Rack survey")).to_be_visible()
    # 10:00 in Kolkata is 04:30 in UTC.
    assert event(product, linked, "Rack survey")["start"].startswith(f"{day.isoformat()}T04:30")
    assert event(product, linked, "Rack survey")["description"] == "Bring the ladder"

    # Made there: it appears here, without a reload.
    steps.add_event(there, day, "Dentist", "15:00", "15:45")
    expect(steps.chip(mine, "Dentist")).to_be_visible()

    # Moved here, and moved there.
    dialog = steps.open_item(mine, "Rack survey")
    steps.set_times(dialog, day, "12:00", "13:00")
    dialog.get_by_role("button", name="Save", exact=True).click()
    eventually(lambda: event(product, linked, "Rack survey")["start"].startswith(f"{day.isoformat()}T06:30"))
    dialog = steps.edit_event(there, "Dentist")
    dialog.get_by_label("Title").fill("Dentist, later")
    dialog.get_by_role("button", name="Save").click()
    expect(steps.chip(mine, "Dentist, later")).to_be_visible()

    # Deleted here, and deleted there.
    steps.open_item(mine, "Rack survey").get_by_role("button", name="Delete").click()
    eventually(lambda: not event(product, linked, "Rack survey"))
    dialog = steps.edit_event(there, "Dentist, later")
    dialog.get_by_role("button", name="Delete").click()
    eventually(lambda: not CalendarItem.objects.filter(deleted_at=None, subject="Dentist, later").exists())
    expect(steps.chip(mine, "Dentist, later")).to_be_hidden()

    switch_off(mine, product, linked, there, day, eventually)
    delete(mine, product, eventually)


def switch_off(
    mine: Page, product: Product, linked: Integration, there: Page, day: date, eventually: Eventually
) -> None:
    """With Active off nothing travels, either way."""
    mine.goto(f"{product.url}/home/calendar-sync/")
    mine.get_by_role("switch", name="Active").click()
    expect(mine.get_by_role("switch", name="Active")).not_to_be_checked()
    eventually(lambda: open_channels(product) == 0)
    steps.open_calendar(mine, product.url, day)
    steps.right_click_to_add(mine, day, "Stays here", "")
    steps.add_event(there, day, "Stays there", "17:00", "18:00")
    mine.wait_for_timeout(3000)  # absence cannot be waited for; while on, the same took under two seconds
    assert event(product, linked, "Stays here") is None
    assert not CalendarItem.objects.filter(subject="Stays there").exists()
    mine.goto(f"{product.url}/home/calendar-sync/")
    mine.get_by_role("switch", name="Active").click()
    eventually(lambda: event(product, linked, "Stays here"))
    eventually(lambda: CalendarItem.objects.filter(subject="Stays there").exists())


def delete(mine: Page, product: Product, eventually: Eventually) -> None:
    """After Delete the row is gone, the channel is closed and the permission returned."""
    mine.goto(f"{product.url}/home/calendar-sync/")
    mine.get_by_role("button", name="Delete").click()
    mine.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(mine.get_by_role("switch", name="Active")).to_have_count(0)
    eventually(lambda: open_channels(product) == 0)
    eventually(lambda: Integration.objects.get().grant is None)
    grants = product.sandbox.control("GET", "authorizations")["authorizations"]
    assert [grant for grant in grants if not grant["revoked_at"]] == []


def event(product: Product, linked: Integration, summary: str) -> dict[str, object] | None:
    """Return the event as the mailbox's owner sees it."""
    linked.refresh_from_db()
    found = [row for row in product.sandbox.events(linked.calendar_id) if row["summary"] == summary]
    return found[0] if found else None


def open_channels(product: Product) -> int:
    """Return how many channels Cronofy would notify."""
    return len([row for row in product.sandbox.control("GET", "channels")["channels"] if not row.get("closed_at")])
