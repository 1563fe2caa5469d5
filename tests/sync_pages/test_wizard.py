"""Calendar Sync Settings: the promised words, the order of steps, the draft, and Finish."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import responses
import time_machine
from django.test import Client

from calendarsync.models import CalendarItem, Integration, Kind, Link, PushJob, RemoteCalendar, SyncRun, User
from calendarsync.models.integrations import Problem
from calendarsync.models.links import Origin
from calendarsync.models.sync_runs import Direction, Phase, Trigger
from calendarsync.services import integrations, tokens
from tests.factories import NOW, GrantFactory, IntegrationFactory, UserFactory, make_item
from tests.sync_pages.conftest import calendar_body

LINKED = {
    "calendar_id": "cal_work",
    "takes_created": "on",
    "takes_updated": "on",
    "takes_deleted": "on",
    "private_events": "busy",
}
YOURS = {"sends": list(Kind.values)}
OPTIONS = {"retrieve": "disabled", "send": "disabled"}
ENABLED = {
    "retrieve": "enable", "retrieve_past": "1m", "retrieve_future": "3m",
    "send": "enable", "send_past": "1w", "send_future": "today",
}  # fmt: skip


def step_url(integration: Integration, step: str) -> str:
    return f"/home/calendar-sync/{integration.pk}/settings/{step}/"


def words(answer: Any) -> str:
    """Return what a page says, without markup and with single blanks."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())


def answer_all(browser: Client, integration: Integration, **steps: dict[str, Any]) -> None:
    for step, data in {"linked-calendar": LINKED, "your-calendar": YOURS, "sync-options": OPTIONS, **steps}.items():
        assert browser.post(step_url(integration, step.replace("_", "-")), data).status_code == 302


def finish(browser: Client, integration: Integration) -> Any:
    return browser.post(step_url(integration, "confirmation"))


# --- The promised words ---------------------------------------------------------------------------------------------
def test_every_step_carries_heading_account_breadcrumb_and_way_back(browser: Client, draft: Integration):
    page = words(browser.get(step_url(draft, "linked-calendar")))
    for promised in (
        "Calendar Sync Settings dana@practice.example",
        "Home Calendar Sync Settings",
        "Back to Calendar Sync",
    ):
        assert promised in page


def test_the_indicator_names_four_steps_and_marks_the_one_at_hand(browser: Client, draft: Integration):
    page = browser.get(step_url(draft, "linked-calendar"))
    text, html = words(page), page.content.decode()
    places = [
        text.index(title) for title in ("1 Linked Calendar", "2 Your Calendar", "3 Sync Options", "4 Confirmation")
    ]
    assert places == sorted(places)
    assert html.count('aria-current="step"') == 1


def test_linked_calendar_offers_every_calendar_and_three_event_types_ticked(browser: Client, draft: Integration):
    page = browser.get(step_url(draft, "linked-calendar"))
    text, html = words(page), page.content.decode()
    assert "Calendar Name" in text
    assert "The event types you wish to sync" in text
    assert all(name in text for name in ("Work", "Family", "Holidays (read-only)"))
    assert all(f'name="takes_{kind}"' in html for kind in ("created", "updated", "deleted"))
    assert (
        html.count('type="checkbox"') == html.count(" checked") - 1 == 3
    )  # the radio button of private events as well


def test_your_calendar_offers_the_five_kinds_in_the_words_of_the_guide(browser: Client, draft: Integration):
    browser.post(step_url(draft, "linked-calendar"), LINKED)
    text = words(browser.get(step_url(draft, "your-calendar")))
    assert all(kind in text for kind in ("Appointments", "CRM Activities", "Service Calls", "Tasks", "To dos"))


def test_sync_options_are_disabled_and_today_by_default(browser: Client, draft: Integration):
    browser.post(step_url(draft, "linked-calendar"), LINKED)
    browser.post(step_url(draft, "your-calendar"), YOURS)
    page = browser.get(step_url(draft, "sync-options"))
    text, form = words(page), page.context["form"]
    assert "Retrieve linked calendar items:" in text
    assert "Send my calendar items:" in text
    assert text.count("Get Past Items") == text.count("Get Future Items") == 2
    assert [form.initial[name] for name in ("retrieve", "send")] == ["disabled", "disabled"]
    assert {form.initial[f"{group}_{side}"] for group in ("retrieve", "send") for side in ("past", "future")} == {
        "today"
    }


@time_machine.travel("2026-11-22T12:00Z", tick=False)
def test_confirmation_sums_up_with_the_promised_labels_and_formats(browser: Client, draft: Integration):
    answer_all(browser, draft, sync_options={**ENABLED, "send": "disabled"})
    text = words(browser.get(step_url(draft, "confirmation")))
    for promised in (
        "Calendar Name: Work",
        "The event types you wish to sync: Create, Update, Delete",
        "Calendar items you wish to send to the linked calendar: Activities, Appointments, ServiceCalls, Tasks, ToDos",
        "Retrieve linked calendar items: 22 Oct 2026 to 22 Feb 2027",
        "Send your calendar items: Disabled",
        "Finish",
    ):
        assert promised in text


def test_exchange_on_premise_gets_the_note_on_web_services_and_others_do_not(browser: Client, draft: Integration):
    assert "Exchange Web Services" not in words(browser.get(step_url(draft, "linked-calendar")))
    draft.grant.provider_name = draft.grant.provider_service = "exchange"
    draft.grant.save()
    page = browser.get(step_url(draft, "linked-calendar"))
    assert "Exchange Web Services" in words(page)
    assert "https://learn.microsoft.com/" in page.content.decode()


# --- Order and draft ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("step", ["your-calendar", "sync-options", "confirmation"])
def test_no_step_opens_before_those_ahead_of_it(browser: Client, draft: Integration, step: str):
    assert browser.get(step_url(draft, step))["Location"] == step_url(draft, "linked-calendar")
    assert browser.post(step_url(draft, step), YOURS)["Location"] == step_url(draft, "linked-calendar")
    draft.refresh_from_db()
    assert draft.draft == {}


def test_answers_wait_until_one_comes_back(browser: Client, draft: Integration):
    browser.post(
        step_url(draft, "linked-calendar"),
        {"calendar_id": "cal_family", "takes_created": "on", "private_events": "skip"},
    )
    assert browser.get(f"/home/calendar-sync/{draft.pk}/settings/")["Location"] == step_url(draft, "your-calendar")
    form = browser.get(step_url(draft, "linked-calendar")).context["form"]
    assert form.initial["calendar_id"] == "cal_family"
    assert (form.initial["takes_created"], form.initial["takes_updated"]) == (True, False)
    assert form.initial["private_events"] == "skip"


def test_previous_keeps_the_answers_of_the_page_one_leaves(browser: Client, draft: Integration):
    browser.post(step_url(draft, "linked-calendar"), LINKED)
    back = browser.post(step_url(draft, "your-calendar"), {"sends": ["task"], "go": "previous"})
    assert back["Location"] == step_url(draft, "linked-calendar")
    assert browser.get(step_url(draft, "your-calendar")).context["form"].initial["sends"] == ["task"]


def test_an_unknown_step_is_not_found(browser: Client, draft: Integration):
    assert browser.get(step_url(draft, "no-such-step")).status_code == 404


def test_unfinished_setups_are_offered_for_going_on(browser: Client, draft: Integration):
    assert "Setup incomplete — continue" in words(browser.get("/home/calendar-sync/"))


def test_the_first_calendar_offered_is_the_primary_one(browser: Client, draft: Integration):
    assert browser.get(step_url(draft, "linked-calendar")).context["form"].initial["calendar_id"] == "cal_work"


# --- Validation -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("calendar_id", ["", "cal_of_somebody_else"])
def test_a_calendar_must_be_chosen_among_those_offered(browser: Client, draft: Integration, calendar_id: str):
    answer = browser.post(step_url(draft, "linked-calendar"), {**LINKED, "calendar_id": calendar_id})
    assert answer.status_code == 422
    assert answer.context["form"].errors["calendar_id"]


def test_a_calendar_is_connected_only_once(browser: Client, draft: Integration):
    IntegrationFactory(grant=draft.grant, calendar_id="cal_work")
    answer = browser.post(step_url(draft, "linked-calendar"), LINKED)
    assert "connected already" in words(answer)


@pytest.mark.parametrize(
    ("step", "data", "field"),
    [
        ("your-calendar", {"sends": ["holiday"]}, "sends"),
        ("sync-options", {"retrieve": "perhaps", "send": "disabled"}, "retrieve"),
        ("sync-options", {**ENABLED, "retrieve_past": "100y"}, "retrieve_past"),
    ],
)
def test_unknown_words_are_refused(browser: Client, draft: Integration, step: str, data: dict, field: str):
    browser.post(step_url(draft, "linked-calendar"), LINKED)
    browser.post(step_url(draft, "your-calendar"), YOURS)
    answer = browser.post(step_url(draft, step), data)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors


def test_days_of_a_disabled_group_are_ignored(browser: Client, draft: Integration):
    answer_all(browser, draft, sync_options={"retrieve": "disabled", "retrieve_past": "3m", "send": "disabled"})
    draft.refresh_from_db()
    assert integrations.choices(draft).retrieve_past == "today"


def test_nothing_ticked_is_allowed_and_explained(browser: Client, draft: Integration):
    answer_all(browser, draft, linked_calendar={"calendar_id": "cal_work", "private_events": "busy"}, your_calendar={})
    text = words(browser.get(step_url(draft, "confirmation")))
    assert "The event types you wish to sync: None" in text
    assert "Calendar items you wish to send to the linked calendar: None" in text
    assert finish(browser, draft).status_code == 302


def test_a_read_only_calendar_is_only_received_from(browser: Client, draft: Integration):
    browser.post(step_url(draft, "linked-calendar"), {**LINKED, "calendar_id": "cal_holidays"})
    assert "Holidays is read-only" in words(browser.get(step_url(draft, "your-calendar")))
    answer_all(browser, draft, linked_calendar={**LINKED, "calendar_id": "cal_holidays"}, sync_options=ENABLED)
    assert "Send your calendar items: Disabled" in words(browser.get(step_url(draft, "confirmation")))
    finish(browser, draft)
    draft.refresh_from_db()
    assert (draft.sends, draft.send, draft.is_readonly) == ([], False, True)


@time_machine.travel("2026-11-22T12:00Z", tick=False)
def test_the_days_meant_are_shown_and_capped_to_what_the_provider_gives(browser: Client, draft: Integration):
    url = f"/home/calendar-sync/{draft.pk}/settings/days/"
    near = words(browser.get(f"{url}retrieve/", {"retrieve_past": "1m", "retrieve_future": "2w"}))
    far = words(browser.get(f"{url}retrieve/", {"retrieve_past": "3m", "retrieve_future": "6m"}))
    sent = words(browser.get(f"{url}send/", {"send_past": "3m", "send_future": "6m"}))
    assert near == "= 22 Oct 2026 to 6 Dec 2026"
    assert far.startswith("= 11 Oct 2026 to 22 May 2027 Fewer than asked for")
    assert sent == "= 22 Aug 2026 to 22 May 2027 · no items"


@time_machine.travel("2026-11-22T12:00Z", tick=False)
def test_how_much_would_be_sent_is_counted_as_the_run_counts_it(browser: Client, person: User, draft: Integration):
    today, later = NOW - timedelta(days=1), NOW + timedelta(days=20)
    for fields in ({"start": today}, {"start": later}, {"start": today, "kind": Kind.TASK}, {"deleted_at": NOW}):
        make_item(person, **fields)
    make_item(UserFactory(), start=today)
    options = {**OPTIONS, "send": "enable", "send_future": "1w"}
    answer_all(browser, draft, your_calendar={"sends": ["appointment", "todo"]}, sync_options=options)
    text = words(browser.get(step_url(draft, "confirmation")))
    assert "Send your calendar items: 22 Nov 2026 to 29 Nov 2026 1 item" in text
    kinds = words(browser.get(step_url(draft, "your-calendar")))
    assert "Still to come: 2 items." in kinds
    assert "Still to come: no items." in kinds


# --- Finish ---------------------------------------------------------------------------------------------------------
def test_finish_puts_every_answer_in_force_and_lands_on_the_list(browser: Client, draft: Integration, nudged):
    answer_all(browser, draft, your_calendar={"sends": ["service_call", "todo"]})
    answer = finish(browser, draft)
    draft.refresh_from_db()
    assert answer["Location"] == f"/home/calendar-sync/?new={draft.pk}"
    assert (draft.calendar_id, draft.calendar_name, draft.draft) == ("cal_work", "Work", {})
    assert (draft.takes_created, draft.takes_updated, draft.takes_deleted) == (True, True, True)
    assert draft.sends == ["service_call", "todo"]
    assert draft.finished_at == draft.takes_from
    assert not SyncRun.objects.exists()
    assert "is-new" in browser.get(answer["Location"]).content.decode()


def test_finish_wakes_a_worker_after_the_commit(
    browser: Client, draft: Integration, nudged: list[int], django_capture_on_commit_callbacks
):
    answer_all(browser, draft)
    with django_capture_on_commit_callbacks(execute=True):
        finish(browser, draft)
    assert nudged == [draft.pk]


@pytest.mark.parametrize(
    ("options", "direction"),
    [
        (ENABLED, Direction.BOTH),
        ({**ENABLED, "send": "disabled"}, Direction.RETRIEVE),
        ({**ENABLED, "retrieve": "disabled"}, Direction.SEND),
    ],
)
def test_finish_starts_the_sync_that_was_enabled(browser: Client, draft: Integration, options: dict, direction: str):
    answer_all(browser, draft, sync_options=options)
    finish(browser, draft)
    run = SyncRun.objects.get()
    assert (run.trigger, run.direction, run.phase) == (Trigger.FIRST, direction, Phase.WAITING)


def test_finish_is_refused_when_the_calendar_went_away_meanwhile(browser: Client, draft: Integration):
    answer_all(browser, draft)
    RemoteCalendar.objects.filter(calendar_id="cal_work").delete()
    answer = finish(browser, draft)
    assert answer.status_code == 422
    assert "no longer there" in words(answer)


def test_finish_is_refused_when_the_calendar_was_connected_meanwhile(browser: Client, draft: Integration):
    answer_all(browser, draft)
    IntegrationFactory(grant=draft.grant, calendar_id="cal_work")
    assert "connected already" in words(finish(browser, draft))


def test_connecting_again_after_delete_takes_the_pairs_over(browser: Client, person: User, draft: Integration):
    earlier = IntegrationFactory(grant=draft.grant, calendar_id="cal_work", cursor=NOW)
    edited, same = make_item(person, rev=2), make_item(person)
    for item in (edited, same):
        Link.objects.create(integration=earlier, item=item, origin=Origin.BMS, event_id=f"e{item.pk}", pushed_rev=1)
    integrations.delete(integration=earlier, now=NOW)
    with time_machine.travel(NOW + timedelta(days=29)):
        browser.force_login(person)
        answer_all(browser, draft)
        finish(browser, draft)
    draft.refresh_from_db()
    assert set(Link.objects.values_list("integration", flat=True)) == {draft.pk}
    assert draft.cursor == NOW
    assert list(PushJob.objects.values_list("integration", "item")) == [(draft.pk, edited.pk)]


# --- Settings of an existing integration ----------------------------------------------------------------------------
@pytest.fixture
def existing(person: User) -> Integration:
    integration = IntegrationFactory(grant=GrantFactory(user=person), calendar_id="cal_work", last_checked_at=NOW)
    for calendar_id, name in (("cal_work", "Work"), ("cal_family", "Family")):
        RemoteCalendar.objects.create(grant=integration.grant, calendar_id=calendar_id, name=name, read_at=NOW)
    return integration


@pytest.mark.parametrize("step", ["linked-calendar", "your-calendar", "sync-options", "confirmation"])
def test_all_steps_of_an_existing_integration_are_open(browser: Client, existing: Integration, step: str):
    assert browser.get(step_url(existing, step)).status_code == 200


def test_changes_are_in_force_only_after_finish(browser: Client, existing: Integration):
    browser.post(step_url(existing, "your-calendar"), {"sends": ["todo"]})
    existing.refresh_from_db()
    assert existing.sends == list(Kind.values)
    assert "differ from those in force" in words(browser.get(step_url(existing, "confirmation")))
    finish(browser, existing)
    existing.refresh_from_db()
    assert existing.sends == ["todo"]


def test_changes_can_be_discarded(browser: Client, existing: Integration):
    browser.post(step_url(existing, "your-calendar"), {"sends": ["todo"]})
    browser.post(f"/home/calendar-sync/{existing.pk}/settings/discard/")
    existing.refresh_from_db()
    assert existing.draft == {}


def paired(integration: Integration) -> CalendarItem:
    item = make_item(integration.user)
    Link.objects.create(integration=integration, item=item, origin=Origin.BMS, event_id="e1", pushed_rev=1)
    return item


def test_the_calendar_stays_while_items_are_paired_with_it(browser: Client, existing: Integration):
    paired(existing)
    browser.post(step_url(existing, "linked-calendar"), {**LINKED, "calendar_id": "cal_family"})
    finish(browser, existing)
    existing.refresh_from_db()
    assert existing.calendar_id == "cal_work"


def test_a_calendar_that_is_gone_can_be_replaced(browser: Client, existing: Integration):
    item = paired(existing)
    Integration.objects.filter(pk=existing.pk).update(problem=Problem.CALENDAR_GONE, problem_since=NOW)
    browser.post(step_url(existing, "linked-calendar"), {**LINKED, "calendar_id": "cal_family"})
    finish(browser, existing)
    existing.refresh_from_db()
    assert (existing.calendar_id, existing.problem, existing.cursor) == ("cal_family", "", None)
    assert not item.links.exists()


def test_the_list_of_calendars_can_be_read_again(browser: Client, existing: Integration, http: responses.RequestsMock):
    http.get(f"{tokens.hosts().api}/v1/calendars", json={"calendars": [calendar_body("cal_work", "Renamed")]})
    browser.post(f"/home/calendar-sync/{existing.pk}/settings/refresh/")
    existing.refresh_from_db()
    assert existing.calendar_name == "Renamed"
    assert existing.grant.calendars.count() == 1


def test_a_list_of_calendars_that_cannot_be_read_stays_as_it_was(
    browser: Client, existing: Integration, http: responses.RequestsMock
):
    http.get(f"{tokens.hosts().api}/v1/calendars", status=503)
    answer = browser.post(f"/home/calendar-sync/{existing.pk}/settings/refresh/", follow=True)
    assert "did not give the list" in words(answer)
    assert existing.grant.calendars.count() == 2


# --- Between people -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["", "linked-calendar/", "confirmation/", "days/send/"])
def test_settings_of_somebody_else_are_not_found(browser: Client, path: str):
    foreign = IntegrationFactory()
    assert browser.get(f"/home/calendar-sync/{foreign.pk}/settings/{path}").status_code == 404


@pytest.mark.parametrize("path", ["linked-calendar/", "refresh/", "discard/", "confirmation/"])
def test_settings_of_somebody_else_cannot_be_changed(browser: Client, path: str):
    foreign = IntegrationFactory()
    assert browser.post(f"/home/calendar-sync/{foreign.pk}/settings/{path}", LINKED).status_code == 404
