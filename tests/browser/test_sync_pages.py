"""Calendar Sync in a real browser: the wizard by mouse and by keyboard, the list that moves, both themes, a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from calendarsync.models import Grant, Integration, Outcome, RemoteCalendar, SyncRun, User
from calendarsync.models.sync_runs import Direction, Phase, Result, Trigger
from calendarsync.services import nudges
from tests.factories import GrantFactory, IntegrationFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NewPage = Callable[..., Page]
LIST = "/home/calendar-sync/"


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no worker to call."""
    monkeypatch.setattr(nudges, "_send", lambda _integration_id: None)


@pytest.fixture
def person(transactional_db: None) -> User:
    return UserFactory(username="dana")


@pytest.fixture
def grant(person: User) -> Grant:
    grant = GrantFactory(user=person, email="dana@practice.example")
    for calendar_id, name, readonly in (("cal_work", "Work", False), ("cal_holidays", "Holidays", True)):
        RemoteCalendar.objects.create(
            grant=grant, calendar_id=calendar_id, name=name, is_readonly=readonly, read_at=timezone.now()
        )
    return grant


@pytest.fixture
def draft(grant: Grant) -> Integration:
    return Integration.objects.create(user=grant.user, grant=grant, created_at=timezone.now())


@pytest.fixture
def existing(grant: Grant) -> Integration:
    now = timezone.now()
    return IntegrationFactory(grant=grant, calendar_id="cal_work", last_checked_at=now, last_synced_at=now)


class SyncPages:
    """A browser page on which somebody is logged in."""

    def __init__(self, page: Page, address: str, user: User) -> None:
        self.page, self.address = page, address
        client = Client()
        client.force_login(user)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": address}])

    def open(self, path: str = LIST) -> Page:
        self.page.goto(self.address + path)
        return self.page

    def step(self, integration: Integration, key: str) -> Page:
        return self.open(f"{LIST}{integration.pk}/settings/{key}/")


@pytest.fixture
def sync_pages(page: Page, live_server, person: User) -> SyncPages:
    return SyncPages(page, live_server.url, person)


def group(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name=name)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def make_run(integration: Integration, **fields) -> SyncRun:
    values = {"trigger": Trigger.MANUAL, "direction": Direction.BOTH, "phase": Phase.READING, "expected": 120}
    moments = {"asked_at": timezone.now(), "started_at": timezone.now()}
    return SyncRun.objects.create(integration=integration, **{**values, **moments, **fields})


# --- The wizard -----------------------------------------------------------------------------------------------------
def test_the_wizard_by_mouse_from_first_page_to_the_highlighted_row(sync_pages: SyncPages, draft: Integration):
    page = sync_pages.open()
    page.get_by_role("link", name="Setup incomplete — continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Calendar Sync Settings dana@practice.example")
    page.get_by_label("Calendar Name").select_option(label="Work")
    page.get_by_label("Delete", exact=True).uncheck()
    press(page, "Next")
    page.get_by_label("Tasks", exact=True).uncheck()
    press(page, "Next")
    press(page, "Next")
    expect(page.locator("[aria-current=step]")).to_contain_text("Confirmation")
    expect(page.get_by_text("Activities, Appointments, ServiceCalls, ToDos")).to_be_visible()
    press(page, "Finish")
    expect(page.get_by_text("Calendar Sync is set up.")).to_be_visible()
    expect(page.locator("tr.is-new")).to_contain_text("Work")


def test_the_wizard_by_keyboard_alone(sync_pages: SyncPages, draft: Integration):
    page = sync_pages.step(draft, "linked-calendar")
    for title in ("Your Calendar", "Sync Options", "Confirmation"):
        tab_to(page, page.get_by_role("button", name="Next"))
        page.keyboard.press("Enter")
        expect(page.locator("[aria-current=step]")).to_contain_text(title)
    tab_to(page, page.get_by_role("button", name="Finish"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Calendar Sync", exact=True, level=1)).to_be_visible()


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the focus is on `target`."""
    for _ in range(60):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab never leads there")


def test_drop_downs_are_usable_only_while_their_group_is_enabled(sync_pages: SyncPages, existing: Integration):
    page = sync_pages.step(existing, "sync-options")
    retrieve = group(page, "Retrieve linked calendar items:")
    expect(retrieve.get_by_label("Disabled")).to_be_checked()
    expect(retrieve.get_by_label("Get Past Items")).to_be_disabled()
    retrieve.get_by_label("Enable").check()
    expect(retrieve.get_by_label("Get Past Items")).to_be_enabled()
    expect(group(page, "Send my calendar items:").get_by_label("Get Past Items")).to_be_disabled()


def test_the_days_meant_follow_the_drop_downs(sync_pages: SyncPages, existing: Integration):
    page = sync_pages.step(existing, "sync-options")
    retrieve = group(page, "Retrieve linked calendar items:")
    retrieve.get_by_label("Enable").check()
    retrieve.get_by_label("Get Future Items").select_option(label="6 months")
    retrieve.get_by_label("Get Past Items").select_option(label="3 months")
    expect(page.locator("#days-retrieve")).to_contain_text(re.compile(r"= \d+ \w+ 20\d\d to \d+ \w+ 20\d\d"))
    expect(page.locator("#days-retrieve")).to_contain_text("Fewer than asked for")


def test_leaving_with_answers_that_are_not_kept_warns(sync_pages: SyncPages, existing: Integration):
    page = sync_pages.step(existing, "your-calendar")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_label("Tasks", exact=True).uncheck()
    page.get_by_role("link", name="Back to Calendar Sync").click()
    expect(page.get_by_label("Tasks", exact=True)).to_be_visible()
    assert asked == ["beforeunload"]


def test_the_whole_wizard_works_without_scripts(new_page: NewPage, live_server, person: User, draft: Integration):
    pages = SyncPages(new_page(java_script_enabled=False), live_server.url, person)
    page = pages.step(draft, "linked-calendar")
    press(page, "Next")
    press(page, "Next")
    retrieve = group(page, "Retrieve linked calendar items:")
    retrieve.get_by_label("Enable").check()
    retrieve.get_by_label("Get Past Items").select_option(label="1 week")
    press(page, "Next")
    press(page, "Finish")
    expect(page.get_by_text("The sync has started.")).to_be_visible()
    run = SyncRun.objects.get()
    assert run.retrieve_last - run.retrieve_first == timedelta(days=7)


# --- The list -------------------------------------------------------------------------------------------------------
def test_active_switches_in_place_and_keeps_the_focus(sync_pages: SyncPages, existing: Integration):
    page = sync_pages.open()
    switch = page.get_by_role("switch", name="Active")
    switch.focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("link", name="Paused")).to_be_visible()
    expect(switch).not_to_be_checked()
    expect(switch).to_be_focused()
    existing.refresh_from_db()
    assert not existing.is_active


def test_active_works_without_scripts(new_page: NewPage, live_server, person: User, existing: Integration):
    page = SyncPages(new_page(java_script_enabled=False), live_server.url, person).open()
    page.get_by_role("switch", name="Active").uncheck()
    press(page, "Apply")
    expect(page.get_by_text("is switched off")).to_be_visible()
    existing.refresh_from_db()
    assert not existing.is_active


def test_delete_asks_in_a_dialog_and_keeping_changes_nothing(sync_pages: SyncPages, existing: Integration):
    page = sync_pages.open()
    press(page, "Delete")
    dialog = page.get_by_role("dialog", name="Delete this integration?")
    expect(dialog).to_contain_text("stays there, on both sides")
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Delete", exact=True)).to_be_focused()
    existing.refresh_from_db()
    assert existing.deleted_at is None


def test_delete_by_the_dialog_ends_the_integration(sync_pages: SyncPages, existing: Integration):
    page = sync_pages.open()
    press(page, "Delete")
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("Nothing syncs with it any more.")).to_be_visible()
    expect(page.get_by_role("link", name="Click to Connect")).to_be_visible()


def test_a_row_follows_its_run_to_the_end_without_a_reload(sync_pages: SyncPages, existing: Integration):
    run = make_run(existing, created=30)
    page = sync_pages.open()
    expect(page.get_by_text("Reading: 30 of 120")).to_be_visible()
    SyncRun.objects.filter(pk=run.pk).update(created=60)
    expect(page.get_by_text("Reading: 60 of 120")).to_be_visible()
    SyncRun.objects.filter(pk=run.pk).update(phase=Phase.DONE, ended_at=timezone.now())
    expect(page.get_by_role("link", name="Up to date")).to_be_visible()
    expect(page.locator("tr[hx-get]")).to_have_count(0)


def test_an_open_dialog_survives_a_row_drawn_anew(sync_pages: SyncPages, existing: Integration):
    run = make_run(existing, created=30)
    page = sync_pages.open()
    press(page, "Delete")
    SyncRun.objects.filter(pk=run.pk).update(created=60)
    expect(page.get_by_text("Reading: 60 of 120")).to_be_attached()
    expect(page.get_by_role("dialog")).to_be_visible()


# --- A run ----------------------------------------------------------------------------------------------------------
def test_a_run_shows_its_progress_and_says_its_end_aloud(sync_pages: SyncPages, existing: Integration):
    run = make_run(existing, created=30)
    page = sync_pages.open(f"{LIST}runs/{run.pk}/")
    expect(page.get_by_role("progressbar")).to_be_visible()
    SyncRun.objects.filter(pk=run.pk).update(created=61)
    expect(page.locator("#run-announcer")).to_have_text("Reading, 50 percent")
    SyncRun.objects.filter(pk=run.pk).update(phase=Phase.DONE, ended_at=timezone.now())
    expect(page.locator("#run-announcer")).to_have_text("Done")
    expect(page.get_by_role("progressbar")).to_have_count(0)


def test_a_sync_is_started_from_settings_and_cancelled_on_its_page(sync_pages: SyncPages, existing: Integration):
    page = sync_pages.step(existing, "linked-calendar")
    group(page, "Sync now").get_by_role("button", name="Retrieve").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Manual sync of Work")
    press(page, "Cancel")
    expect(page.get_by_text("The sync is cancelled.")).to_be_visible()
    assert SyncRun.objects.get().phase == Phase.CANCELLED


# --- Looks ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def everything(existing: Integration, person: User) -> dict[str, str]:
    """A page of each kind with something on it, by name."""
    lost = IntegrationFactory(
        grant__user=person, grant__lost_at=timezone.now(), calendar_name="A calendar with quite a long name of its own"
    )
    exchange = GrantFactory(user=person, provider_name="exchange", provider_service="exchange")
    draft = Integration.objects.create(user=person, grant=exchange, created_at=timezone.now())
    run = make_run(existing, created=30)
    for result, rule in ((Result.CREATED, ""), (Result.SKIPPED, "updates_off"), (Result.FAILED, "refused")):
        Outcome.objects.create(
            run=run, direction=Direction.SEND, result=result, rule=rule, subject="Review", at=timezone.now()
        )
    steps = ("linked-calendar", "your-calendar", "sync-options", "confirmation")
    return {
        "list": f"{LIST}?new={existing.pk}",
        **{step: f"{LIST}{existing.pk}/settings/{step}/" for step in steps},
        "exchange": f"{LIST}{draft.pk}/settings/linked-calendar/",
        "logs": f"{LIST}logs/",
        "empty logs": f"{LIST}logs/?trigger=scheduled",
        "run": f"{LIST}runs/{run.pk}/",
        "status": f"{LIST}{existing.pk}/status/",
        "broken status": f"{LIST}{lost.pk}/status/",
        "delete": f"{LIST}{existing.pk}/delete/",
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_either_theme(
    new_page: NewPage, live_server, person: User, everything: dict[str, str], theme: str
):
    pages = SyncPages(new_page(color_scheme=theme), live_server.url, person)
    for name, path in everything.items():
        results = Axe().run(pages.open(path))
        assert results.violations_count == 0, f"{name}\n{results.generate_report()}"


@pytest.mark.parametrize("width", [320, 390, 1000])
def test_nothing_sticks_out_on_narrow_screens(
    new_page: NewPage, live_server, person: User, everything: dict[str, str], width: int
):
    pages = SyncPages(new_page(viewport={"width": width, "height": 800}), live_server.url, person)
    for name, path in everything.items():
        page = pages.open(path)
        too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert too_wide <= 0, f"{name} is {too_wide} pixels too wide"


def test_a_refused_connection_is_explained(sync_pages: SyncPages, page_problems: list[str]):
    page = sync_pages.open("/oauth/cronofy/callback/?state=damaged")
    expect(page.get_by_role("heading", level=1)).to_have_text("This link connects nothing")
    expect(page.get_by_role("link", name="Click to Connect")).to_be_visible()
    # The browser itself reports the answer's status.
    assert all("400" in problem for problem in page_problems)
    page_problems.clear()


def test_the_admin_site_lives_under_the_same_security_policy(page: Page, live_server, existing: Integration):
    support = SyncPages(page, live_server.url, UserFactory(is_staff=True, is_superuser=True))
    for path in (
        "",
        "calendarsync/integration/",
        f"calendarsync/integration/{existing.pk}/change/",
        "calendarsync/user/",
    ):
        expect(support.open(f"/admin/{path}").get_by_role("link", name="BMS administration")).to_be_visible()
