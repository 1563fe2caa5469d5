"""The sandbox's calendar page in a real browser: what a linked person does there, by mouse, keyboard and touch."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from devtools.pytest_browser import NewPage
from tests.sandbox.client import Client
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.browser
JSON = dict[str, Any]
WEEK = "view=week&date=2026-12-07"


@pytest.fixture
def account(sandbox: SandboxProcess) -> JSON:
    """Alice in Berlin, while the browser is in New York."""
    return sandbox.account()


def visit(page: Page, sandbox: SandboxProcess, account: JSON, query: str = "view=month&date=2026-12-01") -> None:
    page.goto(f"{sandbox.url}/calendar/{account['account_id']}/?{query}")
    expect(page.locator("#calendar").get_by_role("grid").first).to_be_visible()


def chip(page: Page, title: str) -> Locator:
    return page.locator("#calendar").get_by_role("button", name=title)


def day(page: Page, date: str) -> Locator:
    return page.locator(f'#calendar [role=gridcell][data-date="{date}"]')


def slot(page: Page, date: str, time: str) -> tuple[float, float]:
    """Return a point inside a slot of the week view."""
    column = day(page, date).last.bounding_box()
    lane = page.locator(f'#calendar [data-time="{time}"]').first.bounding_box()
    assert column
    assert lane
    return column["x"] + 20, lane["y"] + 6


def stored(sandbox: SandboxProcess, account: JSON, title: str, number: int = 0) -> JSON:
    """Return the stored event with this title."""
    calendar = account["profiles"][0]["calendars"][number]["calendar_id"]
    [event] = [event for event in sandbox.events(calendar) if event["summary"] == title]
    return event


def add(sandbox: SandboxProcess, account: JSON, title: str, start: str, **more: Any) -> None:
    calendar = account["profiles"][0]["calendars"][0]["calendar_id"]
    sandbox.control("POST", f"calendars/{calendar}/events", {"summary": title, "start": start, **more})


def test_add_an_event_with_all_its_fields(page: Page, sandbox: SandboxProcess, account: JSON) -> None:
    visit(page, sandbox, account)
    page.get_by_role("button", name="Add event").click()
    page.get_by_label("Title").fill("Dentist")
    page.get_by_label("Starts").fill("2026-12-09T10:00")
    page.get_by_label("Ends").fill("2026-12-09T10:30")
    page.get_by_label("Location").fill("Hauptstr. 1")
    page.get_by_label("Description").fill("Bring the card")
    page.get_by_label("Private").check()
    page.get_by_role("button", name="Save").click()
    expect(chip(page, "Dentist, Wednesday, 9 December 2026, 10:00 to 10:30")).to_be_visible()
    event = stored(sandbox, account, "Dentist")
    assert (event["local_start"], event["end"]) == ("2026-12-09T10:00:00+01:00", "2026-12-09T09:30:00Z")
    assert (event["description"], event["private"]) == ("Bring the card", True)


def test_a_click_on_a_day_offers_that_day(page: Page, sandbox: SandboxProcess, account: JSON) -> None:
    visit(page, sandbox, account)
    day(page, "2026-12-11").click()
    page.get_by_label("Title").fill("Day off")
    page.get_by_label("All day").check()
    page.get_by_role("button", name="Save").click()
    expect(chip(page, "Day off, Friday, 11 December 2026, whole day")).to_be_visible()
    event = stored(sandbox, account, "Day off")
    assert (event["start"], event["end"]) == ("2026-12-11", "2026-12-12")


def test_a_right_click_on_a_day_offers_that_day(page: Page, sandbox: SandboxProcess, account: JSON) -> None:
    visit(page, sandbox, account)
    day(page, "2026-12-10").click(button="right")
    expect(page.get_by_label("Starts")).to_have_value("2026-12-10T09:00")


def test_a_right_click_on_a_slot_offers_that_time(page: Page, sandbox: SandboxProcess, account: JSON) -> None:
    visit(page, sandbox, account, WEEK)
    page.mouse.click(*slot(page, "2026-12-08", "09:00:00"), button="right")
    expect(page.get_by_label("Starts")).to_have_value("2026-12-08T09:00")
    expect(page.get_by_label("Ends")).to_have_value("2026-12-08T10:00")


def test_a_right_click_above_the_hours_offers_the_whole_day(page: Page, sandbox: SandboxProcess, account: JSON) -> None:
    visit(page, sandbox, account, WEEK)
    day(page, "2026-12-08").first.click(button="right", position={"x": 20, "y": 5})
    expect(page.get_by_label("All day")).to_be_checked()


def test_a_later_start_takes_the_end_along(page: Page, sandbox: SandboxProcess, account: JSON) -> None:
    visit(page, sandbox, account)
    day(page, "2026-12-10").click()
    page.get_by_label("Starts").fill("2026-12-11T14:15")
    page.get_by_label("Title").focus()
    expect(page.get_by_label("Ends")).to_have_value("2026-12-11T15:15")


def test_drag_an_event_to_another_day(page: Page, sandbox: SandboxProcess, account: JSON) -> None:
    add(sandbox, account, "Review", "2026-12-10T09:00")
    visit(page, sandbox, account)
    chip(page, "Review").drag_to(day(page, "2026-12-17"))
    expect(page.get_by_role("status")).to_have_text("The event was moved.")
    assert stored(sandbox, account, "Review")["local_start"] == "2026-12-17T09:00:00+01:00"


def test_drag_the_lower_edge_to_make_an_event_longer(page: Page, sandbox: SandboxProcess, account: JSON) -> None:
    add(sandbox, account, "Review", "2026-12-08T09:00", end="2026-12-08T10:00")
    visit(page, sandbox, account, WEEK)
    box = chip(page, "Review").bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + box["height"] - 2)
    page.mouse.down()
    page.mouse.move(*slot(page, "2026-12-08", "10:30:00"), steps=8)
    page.mouse.up()
    expect(page.get_by_role("status")).to_have_text("The event was moved.")
    assert stored(sandbox, account, "Review")["end"] == "2026-12-08T10:00:00Z"


def test_edit_an_event_and_move_it_to_another_calendar(page: Page, sandbox: SandboxProcess, account: JSON) -> None:
    add(sandbox, account, "Review", "2026-12-10T09:00")
    visit(page, sandbox, account)
    chip(page, "Review").click()
    page.get_by_label("Title").fill("Team review")
    page.get_by_label("Calendar", exact=True).select_option("Team")
    page.get_by_role("button", name="Save").click()
    expect(chip(page, "Team review")).to_be_visible()
    assert stored(sandbox, account, "Team review", 1)["local_start"] == "2026-12-10T09:00:00+01:00"


def test_delete_an_event_by_keyboard(page: Page, sandbox: SandboxProcess, account: JSON) -> None:
    add(sandbox, account, "Review", "2026-12-10T09:00")
    visit(page, sandbox, account)
    chip(page, "Review").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Delete", exact=True).focus()
    page.keyboard.press("Enter")
    expect(chip(page, "Review")).to_have_count(0)


def test_delete_one_occurrence_then_the_whole_series(page: Page, sandbox: SandboxProcess, account: JSON) -> None:
    rule = {"rules": [{"frequency": "weekly", "count": 3}]}
    add(sandbox, account, "Training", "2026-12-01T08:00", recurrence=rule)
    visit(page, sandbox, account)
    chip(page, "8 December").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(chip(page, "Training")).to_have_count(2)
    chip(page, "1 December").first.click()
    page.get_by_label("Apply to the whole series").check()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(chip(page, "Training")).to_have_count(0)


def test_events_of_an_application_appear_by_themselves(page: Page, sandbox: SandboxProcess, account: JSON) -> None:
    visit(page, sandbox, account)
    Client(sandbox, account).upsert("appt-1", summary="From the application")
    chip(page, "From the application").click()
    expect(page.get_by_text("Added by BMS Calendar.")).to_be_visible()


def test_a_read_only_calendar_can_be_looked_at_only(page: Page, sandbox: SandboxProcess, account: JSON) -> None:
    add(sandbox, account, "Fixed", "2026-12-10T09:00")
    visit(page, sandbox, account)
    page.get_by_role("button", name="Make it read-only").click()
    expect(page.get_by_role("status")).to_have_text("Nobody can write to it now.")
    chip(page, "Fixed").click()
    expect(page.get_by_label("Title")).to_be_disabled()
    expect(page.get_by_role("button", name="Save")).to_be_hidden()


def test_a_hidden_calendar_takes_its_events_away(page: Page, sandbox: SandboxProcess, account: JSON) -> None:
    add(sandbox, account, "Review", "2026-12-10T09:00")
    visit(page, sandbox, account)
    expect(chip(page, "Review")).to_be_visible()
    page.get_by_role("checkbox", name="Alice").uncheck()
    expect(chip(page, "Review")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_have_text("alice@google.test Team, Holidays")


def test_a_refusal_is_shown_in_the_dialog(page: Page, sandbox: SandboxProcess, account: JSON) -> None:
    visit(page, sandbox, account)
    day(page, "2026-12-10").click()
    page.get_by_label("Ends").fill("2026-12-09T09:00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_have_text("The end must come after the start.")


def test_the_wire_panel_follows_and_keeps_open_what_is_open(page: Page, sandbox: SandboxProcess, account: JSON) -> None:
    client = Client(sandbox, account)
    client.upsert("appt-1")
    visit(page, sandbox, account)
    calls = page.get_by_role("region", name="API calls received")
    calls.locator("summary").first.click()
    expect(calls.get_by_label("Request body")).to_contain_text("appt-1")
    client.upsert("appt-2")
    expect(calls.locator("summary")).to_have_count(2)
    expect(calls.get_by_label("Request body").filter(has_text="appt-1")).to_be_visible()


def test_a_fault_is_switched_on_shown_and_switched_off(page: Page, sandbox: SandboxProcess, account: JSON) -> None:
    visit(page, sandbox, account)
    page.get_by_role("button", name="Drop the next one").click()
    page.get_by_role("button", name="Switch off notification_dropped").click()
    expect(page.get_by_text("No fault: everything works.")).to_be_visible()
    assert sandbox.control("GET", "faults")["faults"] == []


def test_reset_mends_everything(page: Page, sandbox: SandboxProcess, account: JSON) -> None:
    visit(page, sandbox, account)
    for label in ("Disconnect from the provider", "Make it read-only", "1 day ahead"):
        page.get_by_role("button", name=label).click()
        expect(page.get_by_role("status")).to_be_visible()
        page.wait_for_load_state()
    expect(page.get_by_text("The link to alice@google.test is broken.")).to_be_visible()
    page.get_by_role("button", name="Reset all switches").click()
    expect(page.get_by_text("The link to alice@google.test is broken.")).to_have_count(0)
    expect(page.get_by_text("primary, read-only")).to_have_count(0)
    assert sandbox.control("GET", "clock")["offset_seconds"] == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 860), (390, 844)], ids=["desk", "phone"])
def test_no_checker_finds_fault(
    new_page: NewPage, sandbox: SandboxProcess, account: JSON, size: tuple[int, int], scheme: str
) -> None:
    page = new_page(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        reduced_motion="reduce",  # a colour half-way through its change is nobody's fault
    )
    for kind in ("texts", "all_day", "private"):
        calendar = account["profiles"][0]["calendars"][0]["calendar_id"]
        sandbox.control("POST", f"calendars/{calendar}/seed", {"kind": kind, "count": 3})
    Client(sandbox, account).upsert("appt-1")
    for view in ("month", "week", "day"):
        visit(page, sandbox, account, f"view={view}")
        page.wait_for_timeout(500)  # the widget measures itself, then names its parts
        assert Axe().run(page).response["violations"] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Add event").click()
    assert Axe().run(page).response["violations"] == []
