"""My Calendar as a person uses it: what the browser tests say instead of selectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from calendarsync.models import User

SAVE = {"name": "Save", "exact": True}


class CalendarPage:
    """A browser page on which somebody is logged in and looks at their calendar."""

    def __init__(self, page: Page, address: str, user: User) -> None:
        self.page, self.address = page, address
        client = Client()
        client.force_login(user)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": address}])

    def open(self, view: str = "month", date: str = "2026-11-24") -> CalendarPage:
        """Go to a view and wait until it is drawn."""
        self.page.goto(f"{self.address}/home/calendar/?view={view}&date={date}")
        expect(self.page.locator("#calendar")).to_have_attribute("aria-busy", "false")
        return self

    def day(self, date: str) -> Locator:
        """Return a day's cell."""
        return self.page.locator(f"#calendar [role=gridcell][data-date='{date}']").last

    def chip(self, subject: str) -> Locator:
        """Return an item on the grid."""
        return self.page.locator("#calendar [data-item]").filter(has_text=subject)

    def point(self, date: str, clock: str) -> tuple[float, float]:
        """Return where the quarter after a day's hour lies on the screen, scrolled into sight."""
        slot = self.page.locator(f"#calendar [data-time='{clock}:00']").last
        slot.scroll_into_view_if_needed()
        row, column = slot.bounding_box(), self.day(date).bounding_box()
        assert row is not None
        assert column is not None
        return column["x"] + column["width"] / 2, row["y"] + row["height"] / 2

    def choose(self, target: Locator, entry: str) -> None:
        """Pick an entry from the menu of the right mouse button."""
        target.click(button="right")
        self.page.get_by_role("menuitem", name=entry).click()

    def dialog(self, title: str) -> Locator:
        """Return an open dialog."""
        return self.page.get_by_role("dialog", name=title)

    def save(self, **fields: Any) -> None:
        """Fill in the open dialog by its labels, and save it."""
        dialog = self.page.locator("#item-dialog")
        for label, value in fields.items():
            dialog.get_by_label(label.replace("_", " ").capitalize(), exact=True).fill(value)
        dialog.get_by_role("button", **SAVE).click()

    def told(self) -> Locator:
        """Return the line that says what happened."""
        return self.page.locator("#snackbar")

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag as a hand does: press, move in steps, let go."""
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down()
        mouse.move(start[0] + 5, start[1] + 5, steps=3)
        mouse.move(*end, steps=12)
        mouse.up()


def middle(target: Locator) -> tuple[float, float]:
    """Return the middle of something on the screen."""
    box = target.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
