"""The item dialogs and the one-click changes, as browsers with and without scripts ask for them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
import time_machine

from calendarsync.core.events import AllDay, Timed
from calendarsync.models import CalendarItem, Kind, Link
from calendarsync.models.items import Status
from calendarsync.models.links import Origin
from tests.factories import AccountFactory, IntegrationFactory, TicketFactory, make_item

HTMX = {"HX-Request": "true"}
SCRIPT = {"Accept": "application/json"}
ADD = "/home/calendar/items/new/appointment/"
TIMES = {"start_date": "2026-11-24", "start_time": "09:00", "end_date": "2026-11-24", "end_time": "10:30"}
LUNCH = {"subject": "Lunch", "description": "At the lake", "show_as": "busy", **TIMES}


def only_item() -> CalendarItem:
    return CalendarItem.objects.get()


# --- Adding
def test_an_appointment_is_saved_in_the_persons_zone(browser):
    answer = browser.post(ADD, LUNCH, headers=HTMX)
    assert answer.status_code == 204
    told = json.loads(answer["HX-Trigger"])["bms:saved"]
    assert told["undo"] == f"/home/calendar/items/{only_item().pk}/delete/"
    assert only_item().when == Timed(
        start=datetime(2026, 11, 24, 8, tzinfo=UTC), end=datetime(2026, 11, 24, 9, 30, tzinfo=UTC), zone="Europe/Berlin"
    )
    assert only_item().description == "At the lake"


def test_without_scripts_saving_leads_back_to_the_calendar(browser):
    answer = browser.post(ADD, LUNCH, follow=True)
    assert "Added: Lunch" in answer.content.decode()


def test_the_last_of_whole_days_is_entered_inclusively(browser):
    browser.post(ADD, {**LUNCH, "all_day": "on", "end_date": "2026-11-26"}, headers=HTMX)
    assert only_item().when == AllDay(date(2026, 11, 24), date(2026, 11, 27))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param({"subject": ""}, "Enter a subject.", id="no subject"),
        pytest.param({"start_date": "soon"}, "Enter a valid date.", id="no date at all"),
        pytest.param({"start_time": ""}, "Enter a time, or tick All day.", id="no time"),
        pytest.param({"end_time": "08:00"}, "The end must be after the start.", id="ends before it starts"),
        pytest.param({"end_date": "2027-01-24"}, "14 days at most", id="too long"),
        pytest.param({"show_as": "maybe"}, "Select a valid choice", id="a choice that is none"),
    ],
)
@pytest.mark.django_db
def test_bad_input_comes_back_with_what_is_wrong(browser, change, sentence):
    answer = browser.post(ADD, {**LUNCH, **change}, headers=HTMX)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not CalendarItem.objects.exists()


def test_a_service_call_takes_its_subject_from_the_ticket(browser, person, colleague):
    ticket = TicketFactory(subject="Server down")
    fields = {**TIMES, "tickets": [ticket.pk], "people": [person.pk, colleague.pk], "status": "scheduled"}
    browser.post("/home/calendar/items/new/service_call/", fields, headers=HTMX)
    assert only_item().subject == "Server down"
    assert set(only_item().resources.all()) == {person, colleague}


def test_a_service_call_needs_ticket_and_resource(browser):
    answer = browser.post("/home/calendar/items/new/service_call/", {**TIMES, "subject": "x"}, headers=HTMX)
    page = answer.content.decode()
    assert "Choose at least one ticket." in page
    assert "Choose at least one resource." in page


@pytest.mark.parametrize(("clock", "expected"), [("", AllDay), ("16:00", Timed)])
@pytest.mark.django_db
def test_a_to_do_lasts_the_day_unless_it_has_a_time(browser, clock, expected):
    fields = {"subject": "Call back", "start_date": "2026-11-24", "start_time": clock, "status": "open",
              "priority": "normal"}  # fmt: skip
    browser.post("/home/calendar/items/new/todo/", fields, headers=HTMX)
    assert isinstance(only_item().when, expected)
    assert only_item().show_as == "free"


def test_an_activity_belongs_to_an_account_and_a_colleague_may_do_it(browser, person, colleague):
    fields = {**TIMES, "subject": "Call", "activity_type": "call", "account": AccountFactory().pk, "priority": "high",
              "status": "open", "person": colleague.pk}  # fmt: skip
    browser.post("/home/calendar/items/new/activity/", fields, headers=HTMX)
    assert [assigned.user for assigned in only_item().assignments.all()] == [colleague]
    assert only_item().owner == person


@pytest.mark.parametrize("kind", Kind.values)
@pytest.mark.django_db
def test_every_kind_has_a_form_in_the_dialog_and_as_a_page(browser, kind):
    path = f"/home/calendar/items/new/{kind}/?start=2026-11-24T14:00"
    dialog, page = browser.get(path, headers=HTMX).content.decode(), browser.get(path).content.decode()
    assert 'value="2026-11-24"' in dialog
    assert 'value="14:00"' in dialog
    assert ("<html" in page, "<html" in dialog) == (True, False)


@time_machine.travel(datetime(2026, 11, 24, 12, 20, tzinfo=UTC), tick=False)
@pytest.mark.parametrize(("day", "clock"), [("2026-11-24", "14:00"), ("2026-11-25", "09:00"), ("", "14:00")])
@pytest.mark.django_db
def test_a_day_without_a_time_gets_a_sensible_one(browser, day, clock):
    page = browser.get(ADD, {"start": day}, headers=HTMX).content.decode()
    assert f'name="start_time" value="{clock}"' in page


def test_an_unknown_kind_is_not_found(browser):
    assert browser.get("/home/calendar/items/new/party/").status_code == 404


def test_a_duplicate_starts_with_the_fields_of_its_model(browser, person):
    item = make_item(person, subject="Lunch", location="Lake")
    page = browser.get(ADD, {"from": item.pk}, headers=HTMX).content.decode()
    assert 'value="Lunch"' in page
    assert 'value="Lake"' in page


def test_strangers_items_cannot_be_duplicated(browser, colleague):
    item = make_item(colleague, subject="Secret")
    assert "Secret" not in browser.get(ADD, {"from": item.pk}, headers=HTMX).content.decode()


# --- Editing
def path_of(item: CalendarItem, action: str = "") -> str:
    return f"/home/calendar/items/{item.pk}/{action}"


def test_an_edit_keeps_an_hour_that_autumn_repeats(browser, person):
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 02:30 in Berlin for the second time that night
    item = make_item(person, start=second, ends_at=datetime(2026, 10, 25, 3, 0, tzinfo=UTC))
    fields = {"subject": "Night shift", "show_as": "busy", "start_date": "2026-10-25", "start_time": "02:30",
              "end_date": "2026-10-25", "end_time": "04:00", "rev": "1"}  # fmt: skip
    assert browser.post(path_of(item), fields, headers=HTMX).status_code == 204
    item.refresh_from_db()
    assert (item.subject, item.starts_at) == ("Night shift", second)


def test_a_stale_edit_shows_what_stands_there_now_and_can_then_be_saved(browser, person):
    item = make_item(person, subject="Renamed by a colleague", rev=2)
    answer = browser.post(path_of(item), {**LUNCH, "rev": "1"}, headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Renamed by a colleague" in page
    assert 'name="rev" value="2"' in page
    assert browser.post(path_of(item), {**LUNCH, "rev": "2"}, headers=HTMX).status_code == 204


def test_what_cannot_be_written_back_is_shown_read_only(browser, person):
    integration = IntegrationFactory(grant__user=person, is_readonly=True, calendar_name="Holidays")
    item = make_item(person)
    Link.objects.create(integration=integration, item=item, origin=Origin.LINKED, event_uid="evt_1")
    page = browser.get(path_of(item), headers=HTMX).content.decode()
    assert "It came from Holidays, which can only be read." in page
    assert "Save" not in page
    assert browser.post(path_of(item), LUNCH, headers=HTMX).status_code == 403


def test_what_came_from_the_linked_calendar_says_that_changes_travel_back(browser, person):
    integration = IntegrationFactory(grant__user=person, is_unrestricted=True, calendar_name="Work")
    item = make_item(person)
    Link.objects.create(integration=integration, item=item, origin=Origin.LINKED, event_uid="evt_1")
    page = browser.get(path_of(item), headers=HTMX).content.decode()
    assert "Came from the linked calendar <strong>Work</strong>" in page
    assert "Save" in page


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.django_db
def test_a_strangers_item_is_not_found(browser, colleague, method):
    item = make_item(colleague)
    assert getattr(browser, method)(path_of(item)).status_code == 404


# --- One click
def test_a_drag_moves_by_the_persons_clocks(browser, person):
    item = make_item(person)
    fields = {"start": "2026-11-25T14:00:00", "end": "2026-11-25T15:00:00", "rev": 1}
    answer = browser.post(path_of(item, "move/"), fields, headers=SCRIPT)
    assert answer.json()["rev"] == 2
    item.refresh_from_db()
    assert item.starts_at == datetime(2026, 11, 25, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "status", "sentence"),
    [
        pytest.param({"start": "2026-11-25", "end": "2026-11-25T15:00"}, 422, "both be times", id="a day and a time"),
        pytest.param({"start": "x", "end": "y"}, 422, "both be times", id="nonsense"),
        pytest.param({"start": "2026-11-25T15:00", "end": "2026-11-25T14:00"}, 422, "after the start", id="backwards"),
        pytest.param(
            {"start": "2026-11-25T14:00", "end": "2026-11-25T15:00", "rev": "7"}, 409, "changed elsewhere", id="stale"
        ),
    ],
)
@pytest.mark.django_db
def test_a_drag_that_cannot_be_is_refused_with_a_sentence(browser, person, fields, status, sentence):
    item = make_item(person)
    answer = browser.post(path_of(item, "move/"), {"rev": "1", **fields}, headers=SCRIPT)
    assert answer.status_code == status
    assert sentence in answer.json()["text"]


def test_done_can_be_undone(browser, person):
    item = make_item(person, kind=Kind.TASK, status=Status.WAITING)
    told = browser.post(path_of(item, "done/"), headers=SCRIPT).json()
    item.refresh_from_db()
    assert item.status == Status.COMPLETE
    browser.post(told["undo"], told["undo_fields"], headers=SCRIPT)
    item.refresh_from_db()
    assert item.status == Status.WAITING


def test_deleting_can_be_undone(browser, person):
    item = make_item(person)
    told = browser.post(path_of(item, "delete/"), headers=SCRIPT).json()
    assert CalendarItem.objects.get().deleted_at is not None
    browser.post(told["undo"], headers=SCRIPT)
    assert CalendarItem.objects.get().deleted_at is None


def test_without_scripts_one_click_leads_back_with_a_message(browser, person):
    item = make_item(person, subject="Lunch")
    answer = browser.post(path_of(item, "delete/"), follow=True, headers={"Accept": "text/html"})
    assert "Deleted: Lunch" in answer.content.decode()


def test_what_is_gone_is_said_to_be_gone(browser, colleague):
    answer = browser.post(path_of(make_item(colleague), "delete/"), headers=SCRIPT)
    assert (answer.status_code, answer.json()["text"]) == (404, "This item is no longer there.")


def test_nothing_is_changed_by_a_get(browser, person):
    item = make_item(person)
    for action in ("move/", "done/", "delete/", "restore/"):
        assert browser.get(path_of(item, action)).status_code == 405
    assert CalendarItem.objects.get().rev == 1
