"""What every page shows: the way in and out, the alarm of a broken link, and what machines ask."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from calendarsync.models import CalendarItem, User
from calendarsync.models.integrations import Problem
from calendarsync.services import health
from tests.factories import NOW, IntegrationFactory, UserFactory


def test_home_is_my_calendar(browser):
    assert browser.get("/")["Location"] == "/home/calendar/"


def test_my_calendar_has_the_way_to_calendar_sync(browser):
    page = browser.get("/home/calendar/").content.decode()
    assert "Calendar Sync</button>" in page
    assert 'action="/home/calendar-sync/"' in page


def test_the_address_says_which_view_and_day(browser):
    page = browser.get("/home/calendar/?view=week&date=2027-01-06").content.decode()
    assert 'data-view="week"' in page
    assert 'data-date="2027-01-06"' in page


@pytest.mark.parametrize("asked", ["view=party", "date=tomorrow", "date=2026-13-45"])
@pytest.mark.django_db
def test_an_address_that_makes_no_sense_shows_today(browser, asked):
    assert browser.get(f"/home/calendar/?{asked}").status_code == 200


def test_people_log_in_and_out(client, db):
    UserFactory(username="fay", password="")
    fay = User.objects.get(username="fay")
    fay.set_password("right")
    fay.save()
    assert b"Please enter a correct username" in client.post("/login/", {"username": "fay", "password": "x"}).content
    assert client.post("/login/", {"username": "fay", "password": "right"})["Location"] == "/home/calendar/"
    assert client.get("/home/calendar/").status_code == 200
    client.post("/logout/")
    assert client.get("/home/calendar/")["Location"].startswith("/login/")


def test_a_broken_link_is_said_on_every_page(browser, person):
    IntegrationFactory(grant__user=person, calendar_name="Work", problem=Problem.CALENDAR_GONE, problem_since=NOW)
    page = browser.get("/home/calendar/").content.decode()
    assert "Not Connected" in page
    assert "Check that Cronofy still has the permission." in page


@pytest.mark.parametrize("whose", ["mine and well", "a colleague's and broken"])
@pytest.mark.django_db
def test_there_is_no_alarm_without_reason(browser, person, colleague, whose):
    if whose == "mine and well":
        IntegrationFactory(grant__user=person)
    else:
        IntegrationFactory(grant__user=colleague, problem=Problem.CALENDAR_GONE, problem_since=NOW)
    assert "Not Connected" not in browser.get("/home/calendar/").content.decode()


def test_pages_forbid_foreign_scripts_and_styles(browser):
    policy = browser.get("/home/calendar/")["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_machines_are_told_that_we_live_and_can_work(client, db):
    assert client.get("/healthz").content == b"ok"
    assert client.get("/readyz").json() == {"database": True, "broker": True}


def test_readyz_says_what_is_missing(client, db, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"database": True, "broker": False}
    assert health.database_answers()


def test_demo_data_is_loaded_once_and_anew_on_request(db):
    call_command("load_demo", verbosity=0)
    count = CalendarItem.objects.count()
    call_command("load_demo", verbosity=0)
    assert CalendarItem.objects.count() == count > 20
    call_command("load_demo", "--fresh", verbosity=0)
    assert CalendarItem.objects.count() == count
    assert set(CalendarItem.objects.values_list("kind", flat=True)) == {
        "appointment", "activity", "service_call", "task", "todo",
    }  # fmt: skip


def test_a_page_that_is_not_there_leads_back(browser):
    answer = browser.get("/home/calendar/items/999/")
    assert answer.status_code == 404
    assert "Back to My Calendar" in answer.content.decode()
