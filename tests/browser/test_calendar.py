"""My Calendar in a real browser: by the right button, by dragging, by keyboard, in both themes and on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from calendarsync.models import CalendarItem, Kind, User
from calendarsync.services import nudges
from tests.browser.calendar_page import CalendarPage, middle
from tests.factories import TicketFactory, UserFactory, make_item

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TEN = datetime(2026, 11, 24, 9, tzinfo=UTC)  # 10:00 in Berlin; the browser believes to be in New York
NewPage = Callable[..., Page]


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is linked here, and there is no broker's worker to call."""
    monkeypatch.setattr(nudges, "_send", lambda _integration_id: None)


@pytest.fixture
def person(transactional_db: None) -> User:
    return UserFactory(username="dana", first_name="Dana", last_name="Dahl")


@pytest.fixture
def calendar(page: Page, live_server, person: User) -> CalendarPage:
    return CalendarPage(page, live_server.url, person)


# --- By mouse
def test_a_right_click_on_a_day_adds_an_appointment(calendar: CalendarPage):
    calendar.open()
    calendar.choose(calendar.day("2026-11-18"), "Add appointment")
    expect(calendar.dialog("Add appointment").get_by_label("Start date")).to_have_value("2026-11-18")
    calendar.save(subject="Lunch", start_time="12:30", description="At the lake")
    expect(calendar.chip("Lunch")).to_contain_text("12:30")
    item = CalendarItem.objects.get()
    assert (item.starts_at, item.ends_at) == (
        datetime(2026, 11, 18, 11, 30, tzinfo=UTC),
        datetime(2026, 11, 18, 12, 30, tzinfo=UTC),
    )
    assert item.description == "At the lake"


def test_a_right_click_on_an_hour_takes_the_hour(calendar: CalendarPage):
    calendar.open("week")
    calendar.page.mouse.click(*calendar.point("2026-11-25", "14:00"), button="right")
    calendar.page.get_by_role("menuitem", name="Add to do").click()
    dialog = calendar.dialog("Add to do")
    expect(dialog.get_by_label("Due date")).to_have_value("2026-11-25")
    expect(dialog.get_by_label("Due time (optional)")).to_have_value("14:00")


@pytest.mark.parametrize(
    ("entry", "title"),
    [("Add CRM activity", "Add CRM activity"), ("Add service call", "Add service call"), ("Add task", "Add task")],
)
def test_every_kind_can_be_added_by_the_right_button(calendar: CalendarPage, entry, title):
    calendar.open()
    calendar.choose(calendar.day("2026-11-18"), entry)
    expect(calendar.dialog(title)).to_be_visible()


def test_dragging_over_hours_fills_in_both_ends(calendar: CalendarPage):
    calendar.open("week")
    calendar.drag(calendar.point("2026-11-25", "14:00"), calendar.point("2026-11-25", "15:00"))
    dialog = calendar.dialog("Add appointment")
    expect(dialog.get_by_label("Start time")).to_have_value("14:00")
    expect(dialog.get_by_label("End time")).to_have_value("15:15")


def test_a_click_opens_an_item_and_saving_shows_the_change(calendar: CalendarPage, person):
    make_item(person, subject="Lunch", start=TEN)
    calendar.open()
    calendar.chip("Lunch").click()
    expect(calendar.dialog("Edit appointment").get_by_label("Start time")).to_have_value("10:00")
    calendar.save(subject="Late lunch", start_time="13:00")
    expect(calendar.chip("Late lunch")).to_contain_text("13:00")
    expect(calendar.page.locator("#item-dialog")).to_be_hidden()


def test_a_drag_to_another_day_can_be_undone(calendar: CalendarPage, person):
    item = make_item(person, subject="Lunch", start=TEN)
    calendar.open()
    calendar.drag(middle(calendar.chip("Lunch")), middle(calendar.day("2026-11-26")))
    expect(calendar.told()).to_contain_text("Moved: Lunch")
    item.refresh_from_db()
    assert item.starts_at == TEN + timedelta(days=2)
    calendar.told().get_by_role("button", name="Undo").click()
    expect(calendar.day("2026-11-24").locator("..").get_by_text("Lunch")).to_be_visible()
    calendar.page.wait_for_timeout(300)
    item.refresh_from_db()
    assert item.starts_at == TEN


def test_a_drag_by_hours_keeps_the_length(calendar: CalendarPage, person):
    item = make_item(person, subject="Lunch", start=TEN)
    calendar.open("week")
    calendar.drag(calendar.point("2026-11-24", "10:00"), calendar.point("2026-11-25", "13:00"))
    expect(calendar.told()).to_contain_text("Moved: Lunch")
    item.refresh_from_db()
    assert item.starts_at == datetime(2026, 11, 25, 12, tzinfo=UTC)
    assert item.ends_at - item.starts_at == timedelta(hours=1)


def test_pulling_the_lower_edge_makes_an_item_longer(calendar: CalendarPage, person):
    item = make_item(person, subject="Lunch", start=TEN)
    calendar.open("week")
    calendar.chip("Lunch").hover()
    box = calendar.chip("Lunch").bounding_box()
    assert box is not None
    edge = (box["x"] + box["width"] / 2, box["y"] + box["height"] - 1)
    calendar.drag(edge, calendar.point("2026-11-24", "12:00"))
    expect(calendar.told()).to_contain_text("Moved: Lunch")
    item.refresh_from_db()
    assert item.starts_at == TEN
    assert item.ends_at == TEN + timedelta(hours=2, minutes=15)


def test_a_drag_that_the_server_refuses_snaps_back_with_the_reason(calendar: CalendarPage, person, page_problems):
    call = make_item(person, subject="Repair", start=TEN, kind=Kind.SERVICE_CALL)
    calendar.open("week")
    all_day = calendar.page.locator("#calendar [role=gridcell][data-date='2026-11-25']").first
    calendar.drag(middle(calendar.chip("Repair")), middle(all_day))
    expect(calendar.told()).to_contain_text("needs a time of day")
    expect(calendar.chip("Repair")).to_contain_text("10:00")
    call.refresh_from_db()
    assert call.starts_at == TEN
    page_problems.clear()  # Chromium writes every answer of 4xx to the console


def test_deleting_by_the_menu_can_be_undone(calendar: CalendarPage, person):
    make_item(person, subject="Lunch", start=TEN)
    calendar.open()
    calendar.choose(calendar.chip("Lunch"), "Delete")
    expect(calendar.chip("Lunch")).to_have_count(0)
    calendar.told().get_by_role("button", name="Undo").click()
    expect(calendar.chip("Lunch")).to_be_visible()


def test_deleting_in_the_dialog_can_be_undone(calendar: CalendarPage, person):
    make_item(person, subject="Lunch", start=TEN)
    calendar.open()
    calendar.chip("Lunch").click()
    calendar.dialog("Edit appointment").get_by_role("button", name="Delete").click()
    expect(calendar.chip("Lunch")).to_have_count(0)
    calendar.page.keyboard.press("Control+z")
    expect(calendar.chip("Lunch")).to_be_visible()


def test_a_task_is_marked_done(calendar: CalendarPage, person):
    item = make_item(person, subject="Plan", start=TEN, kind=Kind.TASK, status="in_progress")
    calendar.open()
    calendar.choose(calendar.chip("Plan"), "Mark done")
    expect(calendar.told()).to_contain_text("Done: Plan")
    item.refresh_from_db()
    assert item.status == "complete"


def test_a_service_call_is_given_to_two_people_and_taken_from_one(calendar: CalendarPage, person):
    colleague = UserFactory(username="eli", first_name="Eli", last_name="Eng")
    TicketFactory(number=1042, subject="Printer on fire")
    calendar.open()
    calendar.choose(calendar.day("2026-11-18"), "Add service call")
    dialog = calendar.dialog("Add service call")
    dialog.get_by_label("#1042 Printer on fire").check()
    dialog.get_by_label("Eli Eng").check()
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(calendar.chip("Printer on fire")).to_be_visible()
    call = CalendarItem.objects.get()
    assert set(call.resources.all()) == {person, colleague}
    calendar.chip("Printer on fire").click()
    calendar.dialog("Edit service call").get_by_label("Eli Eng").uncheck()
    calendar.save()
    expect(calendar.told()).to_contain_text("Saved: Printer on fire")
    assert set(call.resources.all()) == {person}


# --- What goes wrong
def test_a_form_in_error_says_what_is_missing_and_leads_there(calendar: CalendarPage, page_problems):
    calendar.open()
    calendar.choose(calendar.day("2026-11-18"), "Add appointment")
    calendar.save(subject="")
    dialog = calendar.dialog("Add appointment")
    expect(dialog.get_by_role("alert")).to_contain_text("Enter a subject.")
    expect(dialog.get_by_role("alert")).to_be_focused()
    expect(dialog.get_by_label("Subject")).to_have_attribute("aria-invalid", "true")
    calendar.save(subject="Lunch")
    expect(calendar.chip("Lunch")).to_be_visible()
    page_problems.clear()  # Chromium writes the 422 to the console


def test_what_was_typed_is_not_thrown_away_unasked(calendar: CalendarPage):
    calendar.open()
    calendar.choose(calendar.day("2026-11-18"), "Add appointment")
    dialog = calendar.dialog("Add appointment")
    dialog.get_by_label("Subject").fill("Lunch")
    calendar.page.keyboard.press("Escape")
    calendar.dialog("Leave without saving?").get_by_role("button", name="Keep editing").click()
    expect(dialog.get_by_label("Subject")).to_have_value("Lunch")
    dialog.get_by_role("button", name="Cancel").click()
    calendar.dialog("Leave without saving?").get_by_role("button", name="Leave").click()
    expect(dialog).to_be_hidden()
    assert not CalendarItem.objects.exists()


def test_a_change_made_elsewhere_appears_by_itself(calendar: CalendarPage, person):
    item = make_item(person, subject="Lunch", start=TEN)
    calendar.open()
    expect(calendar.chip("Lunch")).to_be_visible()
    CalendarItem.objects.filter(pk=item.pk).update(subject="Moved by the phone", rev=2)
    expect(calendar.chip("Moved by the phone")).to_be_visible(timeout=4000)


def test_a_change_made_elsewhere_does_not_disturb_an_open_dialog(calendar: CalendarPage, person, page_problems):
    item = make_item(person, subject="Lunch", start=TEN)
    calendar.open()
    calendar.chip("Lunch").click()
    dialog = calendar.dialog("Edit appointment")
    dialog.get_by_label("Location").fill("Lake")
    CalendarItem.objects.filter(pk=item.pk).update(subject="Dinner", rev=2)
    expect(calendar.chip("Dinner")).to_be_visible(timeout=4000)
    expect(dialog.get_by_label("Location")).to_have_value("Lake")
    calendar.save()
    expect(dialog.get_by_role("alert")).to_contain_text("changed elsewhere meanwhile")
    expect(dialog.get_by_role("table")).to_contain_text("Dinner")
    page_problems.clear()  # Chromium writes the 409 to the console


# --- By keyboard
def test_the_keyboard_alone_adds_opens_and_deletes(calendar: CalendarPage):
    keys = calendar.open().page.keyboard
    calendar.day("2026-11-18").focus()
    keys.press("ArrowRight")
    keys.press("ArrowDown")
    keys.press("Shift+F10")
    expect(calendar.page.get_by_role("menuitem", name="Add appointment")).to_be_focused()
    keys.press("Enter")
    expect(calendar.dialog("Add appointment").get_by_label("Subject")).to_be_focused()
    expect(calendar.dialog("Add appointment").get_by_label("Start date")).to_have_value("2026-11-26")
    keys.type("Lunch")
    keys.press("Enter")
    expect(calendar.chip("Lunch")).to_be_visible()
    calendar.chip("Lunch").focus()
    keys.press("Enter")
    expect(calendar.dialog("Edit appointment")).to_be_visible()
    keys.press("Escape")
    expect(calendar.dialog("Edit appointment")).to_be_hidden()
    calendar.chip("Lunch").focus()
    keys.press("Delete")
    expect(calendar.chip("Lunch")).to_have_count(0)


def test_the_menu_gives_the_focus_back(calendar: CalendarPage):
    keys = calendar.open().page.keyboard
    calendar.day("2026-11-18").focus()
    keys.press("Shift+F10")
    keys.press("End")
    expect(calendar.page.get_by_role("menuitem", name="Go to day")).to_be_focused()
    keys.press("Escape")
    expect(calendar.day("2026-11-18")).to_be_focused()


def test_arrows_lead_on_to_the_next_month(calendar: CalendarPage):
    keys = calendar.open(date="2026-11-24").page.keyboard
    calendar.day("2026-12-06").focus()
    keys.press("ArrowRight")
    expect(calendar.page.get_by_role("heading", name="December 2026")).to_be_visible()
    expect(calendar.day("2026-12-07")).to_be_focused()


# --- By finger
def test_a_long_press_opens_the_menu(new_page: NewPage, live_server, person):
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    calendar = CalendarPage(page, live_server.url, person).open()
    x, y = middle(calendar.day("2026-11-18"))
    touch = page.context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    expect(page.get_by_role("menuitem", name="Add appointment")).to_be_visible()
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.get_by_role("menuitem", name="Add appointment").tap()
    expect(calendar.dialog("Add appointment").get_by_label("Start date")).to_have_value("2026-11-18")


# --- Where one is
def test_view_and_date_are_in_the_address_and_back_works(calendar: CalendarPage):
    page = calendar.open().page
    page.get_by_role("button", name="Week", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile(r"^23 . 29 Nov 2026$"))).to_be_visible()
    page.get_by_role("button", name="Later").click()
    expect(page).to_have_url(re.compile("view=week&date=2026-11-30"))
    page.go_back()
    page.go_back()
    expect(page.get_by_role("heading", name="November 2026", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Month")).to_have_attribute("aria-pressed", "true")


def test_calendar_sync_is_one_click_away(calendar: CalendarPage):
    calendar.open().page.get_by_role("button", name="Calendar Sync").click()
    expect(calendar.page).to_have_url(re.compile("/home/calendar-sync/"))


def test_the_agenda_lists_and_opens_items(calendar: CalendarPage, person):
    make_item(person, subject="Fair", all_day=True, starts_on=date(2026, 11, 24), ends_on=date(2026, 11, 26))
    page = calendar.open("agenda").page
    expect(page.get_by_role("link", name="Fair")).to_have_count(2)
    page.get_by_role("link", name="Fair").first.click()
    expect(calendar.dialog("Edit appointment").get_by_label("End date")).to_have_value("2026-11-25")


def test_the_agenda_works_without_scripts(new_page: NewPage, live_server, person):
    make_item(person, subject="Lunch", start=TEN)
    calendar = CalendarPage(new_page(java_script_enabled=False), live_server.url, person)
    calendar.page.goto(f"{live_server.url}/home/calendar/agenda/?from=2026-11-23")
    calendar.page.get_by_role("link", name="Lunch").click()
    calendar.page.get_by_label("Subject").fill("Late lunch")
    calendar.page.get_by_role("button", name="Save", exact=True).click()
    expect(calendar.page.get_by_role("status").first).to_contain_text("Saved: Late lunch")


# --- For everybody
VIEWS = ("month", "week", "day", "agenda")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_every_view_and_dialog_is_accessible(new_page: NewPage, live_server, person, theme, width):
    ticket = TicketFactory()
    for offset, kind in enumerate(Kind):
        make_item(person, kind=kind, subject=f"{kind.label} item", start=TEN + timedelta(hours=offset))
    make_item(person, subject="Fair", all_day=True, starts_on=date(2026, 11, 24), ends_on=date(2026, 11, 26))
    page = new_page(color_scheme=theme, viewport={"width": width, "height": 860})
    calendar = CalendarPage(page, live_server.url, person)
    for view in VIEWS:
        calendar.open(view)
        _no_faults(page, f"{view}, {theme}, {width}")
    for kind in Kind:
        page.evaluate("(kind) => window.bms.itemDialog.open(`/home/calendar/items/new/${kind}/`)", kind.value)
        expect(page.locator("#item-dialog")).to_be_visible()
        _no_faults(page, f"dialog of {kind}, {theme}, {width}")
        page.get_by_role("button", name="Cancel").click()
    assert ticket.pk


@pytest.mark.parametrize("width", [320, 390, 768, 1440])
def test_nothing_makes_the_page_scroll_sideways(new_page: NewPage, live_server, person, width):
    make_item(person, subject="A subject that is much longer than the chip in which it has to fit", start=TEN)
    calendar = CalendarPage(new_page(viewport={"width": width, "height": 800}), live_server.url, person)
    for view in VIEWS:
        calendar.open(view)
        assert calendar.page.evaluate("document.documentElement.scrollWidth") <= width


def _no_faults(page: Page, where: str) -> None:
    results = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    assert results.violations_count == 0, f"{where}\n{results.generate_report()}"
