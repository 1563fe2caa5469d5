"""The list of integrations: its columns and states, the Active switch, Delete, and Sync now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from calendarsync.models import Grant, Integration, PushJob, SyncRun, User
from calendarsync.models.integrations import Problem
from calendarsync.models.sync_runs import Direction, Phase, Trigger
from calendarsync.services import runs
from tests.factories import NOW, GrantFactory, IntegrationFactory, make_item
from tests.sync_pages.test_wizard import words

LIST = "/home/calendar-sync/"


@pytest.fixture
def mine(person: User) -> Integration:
    return IntegrationFactory(grant__user=person, grant__email="dana@practice.example", last_checked_at=NOW)


def row(answer: Any) -> Any:
    """Return the only row of a list."""
    [found] = answer.context["rows"]
    return found


# --- What it shows --------------------------------------------------------------------------------------------------
def test_an_empty_list_explains_itself_and_offers_to_connect(browser: Client):
    text = words(browser.get(LIST))
    assert "Calendar Sync" in text
    assert all(step in text for step in ("Choose your service", "Log in and allow", "Say what travels"))
    assert text.count("Click to Connect") == 1


def test_the_list_has_the_promised_columns_and_button(browser: Client, mine: Integration):
    text = words(browser.get(LIST))
    for promised in ("Active", "Settings", "Delete", "Logs", "Last Sync Date", "Status", "Click to Connect"):
        assert promised in text


def test_a_row_names_calendar_account_and_service(browser: Client, mine: Integration):
    assert "Work dana@practice.example · Google" in words(browser.get(LIST))


def test_last_sync_date_is_never_before_anything_travelled(browser: Client, mine: Integration):
    assert "Never" in words(browser.get(LIST))


def test_last_sync_date_is_shown_in_the_zone_of_the_person(browser: Client, mine: Integration):
    Integration.objects.update(last_synced_at=NOW)
    page = browser.get(LIST)
    assert "23 Nov 2026, 10:00" in words(page)
    assert 'datetime="2026-11-23T09:00:00+00:00"' in page.content.decode()


def test_status_is_connected_while_the_link_holds_even_with_failed_items(browser: Client, mine: Integration):
    item = make_item(mine.user)
    PushJob.objects.create(
        integration=mine, item=item, owed_since=NOW, due_at=NOW, gave_up_at=NOW, reason="It was refused."
    )
    text = words(browser.get(LIST))
    assert "Connected" in text
    assert "Not Connected" not in text
    assert "1 failed" in text


@pytest.mark.parametrize("lost", ["lost_at", "profile_lost_at"])
def test_not_connected_comes_with_the_advice_and_reconnect(browser: Client, mine: Integration, lost: str):
    Grant.objects.filter(pk=mine.grant_id).update(**{lost: NOW})
    page = browser.get(LIST)
    assert "Not Connected" in words(page)
    assert "check that Cronofy still has the permission" in words(page)
    assert f'href="/home/calendar-sync/{mine.pk}/reconnect/"' in page.content.decode()


def test_every_problem_is_told_with_its_remedy(browser: Client, mine: Integration):
    for problem in Problem.values[1:]:
        Integration.objects.update(problem=problem, problem_since=NOW)
        trouble = row(browser.get(LIST)).trouble
        assert trouble.title
        assert trouble.remedy


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "Up to date"),
        ({"last_checked_at": None}, "Waiting for first sync"),
        ({"is_active": False}, "Paused"),
        ({"failures": 2}, "Delayed"),
        ({"problem": Problem.NOT_PERMITTED}, "Action needed"),
    ],
)
def test_the_state_says_what_is_the_matter(browser: Client, mine: Integration, changes: dict, state: str):
    Integration.objects.update(**changes)
    assert row(browser.get(LIST)).badge.text == state


def running(integration: Integration, **fields: Any) -> SyncRun:
    values = {"trigger": Trigger.FIRST, "direction": Direction.BOTH, "phase": Phase.READING, "asked_at": NOW}
    return SyncRun.objects.create(integration=integration, **{**values, **fields})


def test_a_row_looks_again_only_while_something_runs(browser: Client, mine: Integration):
    url = f"{LIST}{mine.pk}/row/"
    assert "hx-get" not in browser.get(url).content.decode()
    run = running(mine, expected=120, created=40, updated=8)
    page = browser.get(url)
    assert f'hx-get="{url}"' in page.content.decode()
    assert "Reading: 48 of 120" in words(page)
    runs.cancel(run=run, now=timezone.now())
    assert "hx-get" not in browser.get(url).content.decode()


def test_the_list_takes_the_same_queries_for_one_row_and_for_ten(
    browser: Client, person: User, django_assert_num_queries, django_assert_max_num_queries
):
    grant = GrantFactory(user=person)
    IntegrationFactory(grant=grant)
    with django_assert_max_num_queries(8) as one:
        browser.get(LIST)
    for integration in IntegrationFactory.create_batch(9, grant=grant):
        running(integration)
    with django_assert_num_queries(len(one)):
        browser.get(LIST)


# --- Active ---------------------------------------------------------------------------------------------------------
def test_active_switches_syncing_off_and_on(
    browser: Client, mine: Integration, nudged: list[int], django_capture_on_commit_callbacks
):
    url = f"{LIST}{mine.pk}/active/"
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.post(url)["Location"] == LIST
    mine.refresh_from_db()
    assert not mine.is_active
    dirty_before = mine.dirty_seq
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(url, {"is_active": "on"})
    mine.refresh_from_db()
    assert mine.is_active
    assert mine.dirty_seq > dirty_before
    assert nudged == [mine.pk, mine.pk]


def test_active_answers_htmx_with_the_row(browser: Client, mine: Integration):
    answer = browser.post(f"{LIST}{mine.pk}/active/", headers={"HX-Request": "true"})
    assert f'id="integration-{mine.pk}"' in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_switching_off_cancels_what_runs(browser: Client, mine: Integration):
    run = running(mine)
    browser.post(f"{LIST}{mine.pk}/active/")
    run.refresh_from_db()
    assert run.phase == Phase.CANCELLED


# --- Delete ---------------------------------------------------------------------------------------------------------
def test_delete_asks_on_a_page_of_its_own_without_a_dialog(browser: Client, mine: Integration):
    text = words(browser.get(f"{LIST}{mine.pk}/delete/"))
    assert "Delete this integration?" in text
    assert "stays there, on both sides" in text
    mine.refresh_from_db()
    assert mine.deleted_at is None


def test_delete_ends_the_integration_and_what_it_owed(
    browser: Client, mine: Integration, nudged: list[int], django_capture_on_commit_callbacks
):
    item, run = make_item(mine.user), running(mine)
    PushJob.objects.create(integration=mine, item=item, owed_since=NOW, due_at=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(f"{LIST}{mine.pk}/delete/")
    mine.refresh_from_db()
    run.refresh_from_db()
    item.refresh_from_db()
    assert mine.deleted_at is not None
    assert (run.phase, item.deleted_at) == (Phase.CANCELLED, None)
    assert not PushJob.objects.exists()
    assert nudged == [mine.pk]
    assert "Click to Connect" in words(browser.get(LIST))


def test_an_unfinished_setup_can_be_deleted(browser: Client, draft: Integration):
    browser.post(f"{LIST}{draft.pk}/delete/")
    assert browser.get(LIST).context["rows"] == []


# --- Sync now -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("direction", Direction.values)
def test_sync_now_starts_a_manual_run_and_shows_it(browser: Client, mine: Integration, direction: str):
    answer = browser.post(f"{LIST}{mine.pk}/sync/", {"direction": direction})
    run = SyncRun.objects.get()
    assert answer["Location"] == f"/home/calendar-sync/runs/{run.pk}/"
    assert (run.trigger, run.direction, run.asked_by) == (Trigger.MANUAL, direction, mine.user)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"is_active": False}, "switched off"),
        ({"problem": Problem.NOT_PERMITTED}, "not connected"),
    ],
)
def test_sync_now_does_not_start_while_it_could_not_work(
    browser: Client, mine: Integration, changes: dict, reason: str
):
    Integration.objects.update(**changes)
    answer = browser.post(f"{LIST}{mine.pk}/sync/", {"direction": "both"}, follow=True)
    assert reason in words(answer)
    assert not SyncRun.objects.exists()


def test_settings_disable_sync_now_with_the_reason_while_switched_off(browser: Client, mine: Integration):
    Integration.objects.update(is_active=False)
    page = browser.get(f"{LIST}{mine.pk}/settings/linked-calendar/")
    assert "Not possible while this integration is switched off" in words(page)
    assert not page.context["row"].may_sync


# --- Between people -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["row/", "delete/", "status/"])
def test_integrations_of_somebody_else_are_not_found(browser: Client, path: str):
    assert browser.get(f"{LIST}{IntegrationFactory().pk}/{path}").status_code == 404


@pytest.mark.parametrize("path", ["active/", "delete/", "sync/", "retry/"])
def test_integrations_of_somebody_else_cannot_be_touched(browser: Client, path: str):
    foreign = IntegrationFactory()
    assert browser.post(f"{LIST}{foreign.pk}/{path}").status_code == 404
    foreign.refresh_from_db()
    assert foreign.is_active
    assert foreign.deleted_at is None


def test_the_list_holds_nothing_of_somebody_else(browser: Client):
    IntegrationFactory(calendar_name="Secret plans")
    assert "Secret plans" not in words(browser.get(LIST))


# --- Status page ----------------------------------------------------------------------------------------------------
def test_status_tells_connection_channel_freshness_queue_and_window(browser: Client, mine: Integration):
    Integration.objects.update(channel_id="chn_1", last_notice_at=timezone.now() - timedelta(minutes=3))
    PushJob.objects.create(integration=mine, item=make_item(mine.user), owed_since=NOW, due_at=NOW)
    text = words(browser.get(f"{LIST}{mine.pk}/status/"))
    for told in ("Connection", "Status Connected", "State Open", "Last notification 3 min ago", "Waiting to be sent 1"):
        assert told in text
    assert "Events come in from" in text


def test_status_shows_no_secret(browser: Client, mine: Integration):
    page = browser.get(f"{LIST}{mine.pk}/status/").content.decode()
    assert mine.hook_token not in page
    assert mine.grant.access_token not in page


def test_failed_items_can_be_tried_again(
    browser: Client, mine: Integration, nudged: list[int], django_capture_on_commit_callbacks
):
    job = PushJob.objects.create(
        integration=mine, item=make_item(mine.user), owed_since=NOW, due_at=NOW, gave_up_at=NOW, reason="Refused."
    )
    assert "Retry failed (1)" in words(browser.get(f"{LIST}{mine.pk}/status/"))
    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post(f"{LIST}{mine.pk}/retry/", follow=True)
    job.refresh_from_db()
    assert job.gave_up_at is None
    assert "1 item is being sent once more" in words(answer)
    assert nudged == [mine.pk]
