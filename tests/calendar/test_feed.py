"""The feed that the grid draws: the right rows for the right person, in their clocks, with few queries."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from calendarsync.core.windows import Days
from calendarsync.models import Kind, Link, PushJob
from calendarsync.models.items import ShowAs, Status
from calendarsync.models.links import LinkState, Origin
from calendarsync.selectors import calendar as selector
from tests.factories import NOW, IntegrationFactory, TicketFactory, make_item, make_items

FEED = "/home/calendar/feed/"
WEEK = {"start": "2026-11-23", "end": "2026-11-30"}


def drawn(browser: Client, **asked: str) -> list[dict[str, Any]]:
    return browser.get(FEED, {**WEEK, **asked}).json()["items"]


def test_an_item_is_drawn_by_the_readers_clocks(browser, person):
    make_item(person, kind=Kind.TASK, subject="Survey", status=Status.IN_PROGRESS)
    (item,) = drawn(browser)
    assert (item["title"], item["start"], item["end"]) == ("Survey", "2026-11-23T10:00:00", "2026-11-23T11:00:00")
    assert (item["kindLabel"], item["status"], item["mayEdit"]) == ("Task", "In progress", True)


def test_colleagues_see_the_same_call_by_their_own_clocks(client, person, colleague):
    make_item(person, colleague, kind=Kind.SERVICE_CALL)
    client.force_login(colleague)
    assert drawn(client)[0]["start"] == "2026-11-23T04:00:00"


def test_nobody_sees_what_stands_in_another_calendar_only(browser, colleague):
    make_item(colleague)
    assert drawn(browser) == []


def test_deleted_items_are_left_out(browser, person):
    make_item(person, deleted_at=NOW)
    assert drawn(browser) == []


@pytest.mark.parametrize(
    ("starts", "hours", "is_drawn"),
    [
        pytest.param(datetime(2026, 11, 22, 22, tzinfo=UTC), 1, False, id="ends as the person's week begins"),
        pytest.param(datetime(2026, 11, 22, 22, tzinfo=UTC), 2, True, id="reaches into the week"),
        pytest.param(datetime(2026, 11, 29, 22, tzinfo=UTC), 5, True, id="starts in its last hour"),
        pytest.param(datetime(2026, 11, 29, 23, tzinfo=UTC), 1, False, id="starts as the next week begins"),
        pytest.param(datetime(2026, 11, 22, 23, tzinfo=UTC), 0, True, id="a moment at the very start"),
    ],
)
@pytest.mark.django_db
def test_the_edges_are_those_of_the_persons_days(browser, person, starts, hours, is_drawn):
    make_item(person, start=starts, ends_at=starts + timedelta(hours=hours))
    assert bool(drawn(browser)) is is_drawn


@pytest.mark.parametrize(
    ("first", "until", "is_drawn"),
    [
        pytest.param(date(2026, 11, 22), date(2026, 11, 23), False, id="the day before"),
        pytest.param(date(2026, 11, 22), date(2026, 11, 24), True, id="two days over the edge"),
        pytest.param(date(2026, 11, 29), date(2026, 11, 30), True, id="the last day"),
        pytest.param(date(2026, 11, 30), date(2026, 12, 1), False, id="the day after"),
    ],
)
@pytest.mark.django_db
def test_whole_days_end_before_their_exclusive_end(browser, person, first, until, is_drawn):
    make_item(person, all_day=True, starts_on=first, ends_on=until)
    assert bool(drawn(browser)) is is_drawn


def test_whole_days_are_the_same_days_everywhere(client, colleague):
    make_item(colleague, all_day=True, starts_on=date(2026, 11, 24), ends_on=date(2026, 11, 26))
    client.force_login(colleague)
    (item,) = drawn(client)
    assert (item["allDay"], item["start"], item["end"]) == (True, "2026-11-24", "2026-11-26")


def test_the_number_of_queries_does_not_grow_with_the_items(
    browser, person, colleague, integration, django_assert_num_queries
):
    for item in make_items(person, 30, kind=Kind.SERVICE_CALL):
        item.tickets.add(TicketFactory())
        Link.objects.create(integration=integration, item=item, origin=Origin.BMS, event_id=f"bms-{item.pk}")
        PushJob.objects.create(integration=integration, item=item, owed_since=NOW, due_at=NOW)
    with django_assert_num_queries(7):  # session, user; integrations, items, tickets, links, jobs
        assert len(drawn(browser)) == 30


def test_an_unchanged_feed_is_not_sent_again(browser, person):
    item = make_item(person)
    tag = browser.get(FEED, WEEK)["ETag"]
    assert browser.get(FEED, WEEK, headers={"If-None-Match": tag}).status_code == 304
    type(item).objects.filter(pk=item.pk).update(subject="Renamed elsewhere")
    assert browser.get(FEED, WEEK, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    "asked",
    [
        {"start": "yesterday"},
        {"end": ""},
        {"start": "2026-11-30", "end": "2026-11-23"},
        {"end": "2031-01-01"},
    ],
)
@pytest.mark.django_db
def test_a_range_that_is_none_is_refused(browser, asked):
    assert browser.get(FEED, {**WEEK, **asked}).status_code == 400


def test_strangers_are_asked_to_log_in(client, db):
    assert client.get(FEED, WEEK)["Location"].startswith("/login/")


def test_the_offset_of_now_is_that_of_the_persons_zone(client, colleague):
    client.force_login(colleague)
    assert client.get(FEED, WEEK).json()["utc_offset"] in {-300, -240}


# --- Marks
def sync_of(browser: Client) -> str | None:
    mark = drawn(browser)[0]["sync"]
    return mark and mark["text"]


def test_without_a_linked_calendar_nothing_is_said_of_sync(browser, person):
    make_item(person)
    assert sync_of(browser) is None


@pytest.mark.parametrize(
    ("link", "job", "expected"),
    [
        pytest.param(None, None, "not synced", id="no pair"),
        pytest.param({}, None, "synced", id="a pair with nothing owed"),
        pytest.param({}, {}, "waiting to be synced", id="a push is owed"),
        pytest.param(None, {}, "waiting to be synced", id="a first push is owed"),
        pytest.param({}, {"gave_up_at": NOW, "reason": "422"}, "sync failed", id="a push was given up"),
        pytest.param({"state": LinkState.PARKED}, None, "sync failed", id="the provider refused it"),
        pytest.param({"state": LinkState.DETACHED}, None, "not synced", id="gone there, kept here"),
    ],
)
@pytest.mark.django_db
def test_the_mark_says_how_an_item_stands_with_the_linked_calendar(browser, integration, link, job, expected):
    item = make_item(integration.user)
    if link is not None:
        Link.objects.create(integration=integration, item=item, origin=Origin.BMS, event_id="bms-1", **link)
    if job is not None:
        PushJob.objects.create(integration=integration, item=item, owed_since=NOW, due_at=NOW, **job)
    assert sync_of(browser) == expected


def test_the_calendars_of_colleagues_say_nothing_in_mine(browser, person, colleague):
    call = make_item(person, colleague, kind=Kind.SERVICE_CALL)
    theirs = IntegrationFactory(grant__user=colleague)
    Link.objects.create(integration=theirs, item=call, origin=Origin.BMS, event_id="bms-1")
    assert sync_of(browser) is None


def test_what_came_from_the_linked_calendar_says_so_and_keeps_its_place(browser, person, integration):
    item = make_item(person, show_as=ShowAs.TENTATIVE)
    Link.objects.create(integration=integration, item=item, origin=Origin.LINKED, event_uid="evt_1", may_update=False)
    (row,) = drawn(browser)
    assert (row["cameFrom"], row["mayEdit"], row["isTentative"]) == ("Work", False, True)


# --- The agenda
def test_the_agenda_lists_what_lasts_several_days_on_each(person):
    make_item(person, all_day=True, starts_on=date(2026, 11, 20), ends_on=date(2026, 11, 25))
    make_item(person, subject="Dinner", start=datetime(2026, 11, 24, 18, tzinfo=UTC))
    found = selector.agenda(person, Days(date(2026, 11, 23), date(2026, 11, 29)))
    assert [(on_day.day.day, [row.subject for row in on_day.rows]) for on_day in found] == [
        (23, ["Visit"]),
        (24, ["Visit", "Dinner"]),
    ]


def test_the_agenda_works_as_a_page_of_its_own(browser, person):
    make_item(person, subject="Dinner")
    page = browser.get("/home/calendar/agenda/?from=2026-11-23&to=2026-11-29").content.decode()
    assert "Monday, 23 November 2026" in page
    assert "Dinner" in page
    assert "?from=2026-11-30&amp;to=2026-12-06" in page


def test_scripts_get_only_the_list(browser, person):
    page = browser.get("/home/calendar/agenda/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in page


@pytest.mark.parametrize("asked", ["from=2026-11-23&to=2026-11-22", "from=2026-11-23&to=2028-11-22"])
@pytest.mark.django_db
def test_an_agenda_of_no_days_or_years_is_refused(browser, asked):
    assert browser.get(f"/home/calendar/agenda/?{asked}").status_code == 400
