"""The steps of a person at the browser, in the words of the pages: the BMS in one, the sandbox in the other."""

from __future__ import annotations

import re
from datetime import date

from playwright.sync_api import Locator, Page, expect

SERVICES = ["iCloud", "Google", "Office 365", "Exchange (on-premise)", "Outlook.com"]


# --- BMS ------------------------------------------------------------------------------------------------------------
def log_in(page: Page, base: str, username: str) -> None:
    """Log in and land on My Calendar."""
    page.goto(base)
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill("demo")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="My Calendar", level=1)).to_be_visible()


def open_calendar(page: Page, base: str, day: date, view: str = "week") -> None:
    """Go to Home > My Calendar, at a day."""
    page.goto(f"{base}/home/calendar/?view={view}&date={day.isoformat()}")
    expect(page.get_by_role("heading", name="My Calendar", level=1)).to_be_visible()


def chip(page: Page, subject: str) -> Locator:
    """Return the item's chip in the grid."""
    return page.locator("#calendar").get_by_role("button", name=subject).first


def right_click_to_add(page: Page, day: date, subject: str, description: str) -> None:
    """Right-click on a day, choose Add appointment, and save one from 10:00 to 11:00."""
    page.locator(f'[role=gridcell][data-date="{day.isoformat()}"]').last.click(
        button="right", position={"x": 20, "y": 60}
    )
    page.get_by_role("menuitem", name="Add appointment").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Subject").fill(subject)
    set_times(dialog, day, "10:00", "11:00")
    dialog.get_by_label("Description").fill(description)
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog).to_be_hidden()


def set_times(dialog: Locator, day: date, start: str, end: str) -> None:
    """Fill in the times of an appointment."""
    all_day = dialog.get_by_label("All day")
    if all_day.is_checked():
        all_day.uncheck()
    for label, value in (
        ("Start date", day.isoformat()), ("Start time", start), ("End date", day.isoformat()), ("End time", end),
    ):  # fmt: skip
        dialog.get_by_label(label).fill(value)


def open_item(page: Page, subject: str) -> Locator:
    """Open an item's dialog."""
    chip(page, subject).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Subject")).to_have_value(subject)
    return dialog


# --- Calendar Sync --------------------------------------------------------------------------------------------------
def connect(page: Page, service: str, email: str | None = None) -> None:
    """From My Calendar: Calendar Sync, Click to Connect, the portal, and back to the wizard."""
    page.get_by_role("button", name="Calendar Sync").click()
    expect(page.get_by_role("heading", name="Calendar Sync", level=1)).to_be_visible()
    page.get_by_role("link", name="Click to Connect").first.click()
    through_portal(page, service, email)
    expect(page.get_by_role("heading", name=re.compile("Calendar Sync Settings"), level=1)).to_be_visible()


def through_portal(page: Page, service: str, email: str | None = None) -> None:
    """Choose the service, sign in with the demo account, and allow."""
    # The cards stand in the order of the product's guide.
    expect(page.get_by_role("button", name=re.compile("|".join(map(re.escape, SERVICES))))).to_have_count(5)
    page.get_by_role("button", name=service).click()
    sign_in(page, email)
    page.get_by_role("button", name="Allow", exact=True).click()


def sign_in(page: Page, email: str | None = None) -> None:
    """Give the credentials that the service asks for, until the permission page is reached."""
    for _ in range(8):
        if page.get_by_role("button", name="Allow", exact=True).count():
            return
        agree = page.get_by_role("checkbox")
        for index in range(agree.count()):
            agree.nth(index).check()
        if email and page.get_by_label(re.compile("e-mail|Apple ID", re.IGNORECASE)).count():
            page.get_by_label(re.compile("e-mail|Apple ID", re.IGNORECASE)).first.fill(email)
        elif page.get_by_role("button", name="Use demo account").count():
            page.get_by_role("button", name="Use demo account").click()
            continue
        if page.get_by_label(re.compile("password", re.IGNORECASE)).count():
            page.get_by_label(re.compile("password", re.IGNORECASE)).first.fill("sandbox")
        page.get_by_role("button", name=re.compile("^(Next|Continue|Link .* account)$")).click()
    raise AssertionError(f"the portal did not come to its permission page: {page.url}")


def walk_wizard(page: Page, *, retrieve: bool = False, send: bool = False) -> None:
    """Take the four steps with their defaults, and finish."""
    expect(page.get_by_label("Calendar Name")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_label("Service Calls")).to_be_checked()
    page.get_by_role("button", name="Next").click()
    for name, wanted in (("Retrieve linked calendar items:", retrieve), ("Send my calendar items:", send)):
        group = page.get_by_role("group", name=name)
        expect(group.get_by_label("Disabled")).to_be_checked()
        if wanted:
            group.get_by_label("Enable").check()
            group.get_by_label("Get Future Items").select_option(label="1 month")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("Create, Update, Delete")).to_be_visible()
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("heading", name="Calendar Sync", level=1)).to_be_visible()


# --- The sandbox's page of the linked calendar ----------------------------------------------------------------------
def open_linked(page: Page, base: str, email: str, day: date) -> None:
    """Sign in to the linked mailbox, so to speak."""
    page.goto(f"{base}/calendar/")
    page.get_by_role("link", name=re.compile(re.escape(email))).first.click()
    expect(page.get_by_role("button", name="Add event")).to_be_visible()


def add_event(page: Page, day: date, title: str, start: str, end: str) -> None:
    """Add an event there."""
    page.get_by_role("button", name="Add event").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Title").fill(title)
    dialog.get_by_label("Starts").fill(f"{day.isoformat()}T{start}")
    dialog.get_by_label("Ends").fill(f"{day.isoformat()}T{end}")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()


def edit_event(page: Page, title: str) -> Locator:
    """Open an event there."""
    page.locator("#calendar").get_by_role("button", name=title).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Title")).to_have_value(title)
    return dialog
