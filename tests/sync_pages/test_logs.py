"""Logs: every run, narrowed by the address; and one run with what became of each item."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from calendarsync import wording
from calendarsync.core.decide import Rule
from calendarsync.models import Integration, Outcome, SyncRun, User
from calendarsync.models.integrations import Problem
from calendarsync.models.links import LinkState
from calendarsync.models.sync_runs import Direction, Phase, Result, Trigger
from calendarsync.selectors import runs as selector
from calendarsync.selectors.activity import activity
from calendarsync.selectors.logs import PAGE, LogFilter, progress_of
from tests.factories import NOW, IntegrationFactory
from tests.sync_pages.test_wizard import words

LOGS = "/home/calendar-sync/logs/"


@pytest.fixture
def mine(person: User) -> Integration:
    return IntegrationFactory(grant__user=person)


def make_run(integration: Integration, **fields: Any) -> SyncRun:
    values = {"trigger": Trigger.MANUAL, "direction": Direction.BOTH, "phase": Phase.DONE, "asked_at": NOW}
    ended = None if fields.get("phase") in (Phase.READING, Phase.WAITING) else NOW + timedelta(seconds=14)
    return SyncRun.objects.create(integration=integration, **{**values, "ended_at": ended, **fields})


def listed(browser: Client, query: str = "") -> list[int]:
    return [row.id for row in browser.get(LOGS + query).context["page"].rows]


# --- The log --------------------------------------------------------------------------------------------------------
def test_a_run_is_listed_with_who_what_and_how_it_ended(browser: Client, mine: Integration, person: User):
    make_run(mine, asked_by=person, created=3, failed=1)
    text = words(browser.get(LOGS))
    for told in ("23 Nov 2026, 10:00", "Manual by dana", "Both", "3 created", "1 failed", "14 s", "Done"):
        assert told in text
    assert "updated" not in text


def test_the_chip_manual_shows_what_was_asked_for_by_hand(browser: Client, mine: Integration):
    manual, first, live = (make_run(mine, trigger=t) for t in (Trigger.MANUAL, Trigger.FIRST, Trigger.LIVE))
    assert listed(browser) == [live.pk, first.pk, manual.pk]
    assert listed(browser, "?trigger=manual") == [first.pk, manual.pk]
    assert listed(browser, "?trigger=live") == [live.pk]


@pytest.mark.parametrize(
    ("query", "fitting"),
    [
        ("?direction=send", {"direction": Direction.SEND}),
        ("?result=failed", {"phase": Phase.FAILED}),
        ("?result=failures", {"failed": 2}),
        ("?result=cancelled", {"phase": Phase.CANCELLED}),
        ("?result=running", {"phase": Phase.READING}),
    ],
)
def test_the_address_narrows_the_log(browser: Client, mine: Integration, query: str, fitting: dict):
    make_run(mine)
    wanted = make_run(mine, **fitting)
    assert listed(browser, query) == [wanted.pk]


def test_the_log_is_narrowed_to_one_integration(browser: Client, mine: Integration, person: User):
    other = make_run(IntegrationFactory(grant__user=person))
    make_run(mine)
    assert listed(browser, f"?integration={other.integration_id}") == [other.pk]


@pytest.mark.parametrize(
    "query", ["?trigger=x", "?integration=x", "?before=-1", "?result=%00", "?before=99999999999999999999"]
)
def test_nonsense_in_the_address_is_passed_over(browser: Client, mine: Integration, query: str):
    run = make_run(mine)
    assert listed(browser, query) == [run.pk]


def test_older_runs_are_one_page_further(browser: Client, mine: Integration):
    made = [make_run(mine).pk for _ in range(PAGE + 3)]
    page = browser.get(LOGS + "?trigger=manual").context["page"]
    assert [row.id for row in page.rows] == made[:2:-1]
    assert listed(browser, f"?{page.older}") == made[2::-1]


def test_the_log_outlives_its_integration(browser: Client, mine: Integration):
    run = make_run(mine)
    Integration.objects.update(deleted_at=NOW, grant=None)
    assert listed(browser) == [run.pk]
    assert "(deleted)" in words(browser.get(LOGS))


def test_an_empty_log_says_what_would_fill_it(browser: Client):
    assert "Nothing synced yet" in words(browser.get(LOGS))
    assert "No manual sync yet" in words(browser.get(LOGS + "?trigger=manual"))


def test_the_log_holds_nothing_of_somebody_else(browser: Client, mine: Integration):
    foreign = make_run(IntegrationFactory())
    assert listed(browser) == []
    assert listed(browser, f"?integration={foreign.integration_id}") == []


# --- The chart ------------------------------------------------------------------------------------------------------
def test_the_chart_counts_by_the_days_of_the_person(mine: Integration, person: User):
    just_after_midnight_in_berlin = NOW.replace(hour=23, minute=30)
    make_run(mine, created=3, failed=1)
    make_run(mine, asked_at=just_after_midnight_in_berlin, updated=2)
    make_run(IntegrationFactory(), created=50)
    found = activity(person, now=NOW + timedelta(days=2))
    filled = [(row.day, row.counts) for row in found.filled]
    assert filled == [(date(2026, 11, 24), (0, 2, 0, 0)), (date(2026, 11, 23), (3, 0, 0, 1))]
    assert len(found.days) == 30


def test_the_fullest_day_is_as_high_as_the_chart(mine: Integration, person: User):
    make_run(mine, created=6, failed=2)
    make_run(mine, asked_at=NOW - timedelta(days=1), created=4)
    lower, created, failed = activity(person, now=NOW).bars
    assert (lower.y, lower.height) == (30, 30)
    assert (created.y, created.height) == (15, 45)
    assert (failed.y, failed.height) == (0, 15)


def test_the_chart_is_left_out_while_there_is_nothing_to_draw(browser: Client, mine: Integration):
    make_run(mine)
    assert "last 30 days" not in words(browser.get(LOGS))


def test_the_chart_comes_with_the_same_as_a_table(browser: Client, mine: Integration):
    with time_machine.travel(NOW):
        browser.force_login(mine.user)
        make_run(mine, created=7)
        assert "Day Created Updated Deleted Failed 23 Nov 2026 7 0 0 0" in words(browser.get(LOGS))


# --- One run --------------------------------------------------------------------------------------------------------
def outcome(run: SyncRun, **fields: Any) -> Outcome:
    values = {"direction": Direction.RETRIEVE, "result": Result.SKIPPED, "subject": "Review", "at": NOW}
    return Outcome.objects.create(run=run, **{**values, **fields})


def run_url(run: SyncRun) -> str:
    return f"/home/calendar-sync/runs/{run.pk}/"


def test_a_run_explains_each_item_in_plain_words(browser: Client, mine: Integration):
    run = make_run(mine, skipped=1)
    outcome(run, rule=Rule.UPDATES_OFF)
    text = words(browser.get(run_url(run)))
    assert "Review" in text
    assert wording.RULES[Rule.UPDATES_OFF].remedy in text


def test_a_run_shows_what_changed(browser: Client, mine: Integration):
    run = make_run(mine, updated=1)
    outcome(
        run,
        result=Result.UPDATED,
        before={"summary": "Old", "location": "Here"},
        after={"summary": "New", "location": "Here"},
    )
    text = words(browser.get(run_url(run)))
    assert "Summary Old New" in text
    assert "Location" not in text


def test_a_conflict_shows_the_version_that_gave_way(browser: Client, mine: Integration):
    run = make_run(mine, updated=1)
    ours, theirs = {"summary": "Ours", "location": "Here"}, {"summary": "Theirs", "location": "Here"}
    outcome(run, result=Result.CONFLICT, rule=Rule.OURS_WINS, before=ours, after=ours, lost=theirs)
    text = words(browser.get(run_url(run)))
    assert "Conflict 1" in text
    assert "What gave way Summary Theirs instead of Ours" in text


def test_a_changed_time_is_shown_in_the_zone_of_the_person(browser: Client, mine: Integration):
    run = make_run(mine, updated=1)
    day = {"when": {"first": "2026-11-23", "until": "2026-11-25"}}
    hour = {"when": {"start": "2026-11-23T09:00:00+00:00", "end": "2026-11-23T10:00:00+00:00", "zone": "Europe/Berlin"}}
    outcome(run, result=Result.UPDATED, before=day, after=hour)
    text = words(browser.get(run_url(run)))
    assert "When 23 Nov 2026 to 24 Nov 2026 23 Nov 2026, 10:00 to 23 Nov 2026, 11:00" in text


def test_texts_of_the_provider_are_escaped(browser: Client, mine: Integration):
    run = make_run(mine, failed=1)
    outcome(run, result=Result.FAILED, subject="<script>alert(1)</script>", reason="<b>bad</b>")
    page = browser.get(run_url(run)).content.decode()
    assert "<script>alert" not in page
    assert "<b>bad" not in page


def test_outcomes_are_narrowed_by_result(browser: Client, mine: Integration):
    run = make_run(mine, created=1, skipped=1)
    outcome(run)
    created = outcome(run, result=Result.CREATED)
    found = browser.get(run_url(run) + "?result=created").context["run"].outcomes
    assert [row.id for row in found] == [created.pk]


def test_a_long_run_is_paged(browser: Client, mine: Integration, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(selector, "OUTCOMES_PAGE", 2)
    run = make_run(mine, skipped=3)
    made = [outcome(run).pk for _ in range(3)]
    page = browser.get(run_url(run)).context["run"]
    assert [row.id for row in page.outcomes] == made[:2]
    assert [row.id for row in browser.get(f"{run_url(run)}?after={page.after}").context["run"].outcomes] == made[2:]


def test_a_run_asks_for_itself_until_it_has_ended(browser: Client, mine: Integration):
    run = make_run(mine, phase=Phase.READING)
    assert f'hx-get="{run_url(run)}"' in browser.get(run_url(run)).content.decode()
    part = browser.get(run_url(run), headers={"HX-Request": "true"}).content.decode()
    assert 'id="run-live"' in part
    assert "<html" not in part
    SyncRun.objects.update(phase=Phase.DONE, ended_at=NOW)
    assert "hx-get" not in browser.get(run_url(run)).content.decode()


def test_a_run_can_be_cancelled_while_it_goes_on(browser: Client, mine: Integration):
    run = make_run(mine, phase=Phase.READING)
    browser.post(f"{run_url(run)}cancel/")
    run.refresh_from_db()
    assert run.phase == Phase.CANCELLED


def test_runs_of_somebody_else_are_not_found_and_not_cancelled(browser: Client):
    foreign = make_run(IntegrationFactory(), phase=Phase.READING)
    assert browser.get(run_url(foreign)).status_code == 404
    assert browser.post(f"{run_url(foreign)}cancel/").status_code == 404
    foreign.refresh_from_db()
    assert foreign.phase == Phase.READING


# --- Files ----------------------------------------------------------------------------------------------------------
def download(browser: Client, run: SyncRun, form: str) -> str:
    answer = browser.get(f"{run_url(run)}export.{form}")
    assert answer["Content-Disposition"] == f'attachment; filename="sync-run-{run.pk}.{form}"'
    return answer.getvalue().decode()


def test_a_run_is_given_as_csv_in_which_no_text_acts_as_a_formula(browser: Client, mine: Integration):
    run = make_run(mine)
    outcome(run, subject='=HYPERLINK("http://evil.test")', reason='Größe, "quoted"')
    [row] = csv.DictReader(io.StringIO(download(browser, run, "csv")))
    assert row["subject"] == '\'=HYPERLINK("http://evil.test")'
    assert (row["result"], row["reason"]) == ("skipped", 'Größe, "quoted"')


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_run_is_given_as_json(browser: Client, mine: Integration, count: int):
    run = make_run(mine)
    for number in range(count):
        outcome(run, subject=f"Review {number}", after={"summary": "New"})
    found = json.loads(download(browser, run, "json"))
    assert [row["subject"] for row in found] == [f"Review {number}" for number in range(count)]


@pytest.mark.parametrize("form", ["csv", "json", "exe"])
def test_runs_of_somebody_else_are_not_given_as_files(browser: Client, form: str):
    assert browser.get(f"{run_url(make_run(IntegrationFactory()))}export.{form}").status_code == 404


# --- Progress, filter and words, without a page ---------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fields", "text", "milestone"),
    [
        ({}, "Reading…", "Reading"),
        ({"created": 7}, "Reading: 7 so far", "Reading"),
        (
            {"created": 48, "expected": 120, "started_at": NOW},
            "Reading: 48 of 120, about 15 s left",
            "Reading, 25 percent",
        ),
        ({"created": 9, "expected": 5}, "Reading: 5 of 5", "Reading, 100 percent"),
    ],
)
def test_progress_says_how_far_it_is(fields: dict, text: str, milestone: str):
    run = SyncRun(phase=Phase.READING, **fields)
    progress = progress_of(run, now=NOW + timedelta(seconds=10))
    assert (progress.text, progress.milestone) == (text, milestone)


def test_a_filter_survives_the_way_through_an_address():
    wanted = LogFilter(trigger="manual", direction="send", result="failed", integration=7)
    read = LogFilter.from_query(dict(part.split("=") for part in wanted.query().split("&")))
    assert read == wanted


@pytest.mark.parametrize("rule", [rule for rule in Rule if rule])
def test_every_rule_has_words(rule: Rule):
    words_of_it = wording.of_rule(rule)
    assert words_of_it is not None
    assert words_of_it.sentence.endswith(".")


@pytest.mark.parametrize("problem", [problem for problem in Problem.values if problem])
def test_every_problem_has_words_with_a_remedy(problem: str):
    words_of_it = wording.of_problem(problem, grant_lost=False, mailbox_lost=False)
    assert words_of_it is wording.PROBLEMS[problem]
    assert words_of_it.remedy


@pytest.mark.parametrize("state", LinkState.values)
def test_every_state_of_a_pair_has_words(state: str):
    assert wording.LINK_STATES[state].sentence
