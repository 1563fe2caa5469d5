"""The application at the sandbox over HTTP, under either answer to what Cronofy's documentation leaves open.

The same story each time: things are made, edited and deleted on both sides. After each chapter both calendars must say
the same, with nothing doubled and nothing left to do.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from calendarsync.models import CalendarItem, Integration, PushJob
from calendarsync.models.integrations import Problem
from calendarsync.services import nudges, outbox, syncing
from tests.contract.sides import BERLIN, VISIT, Sandbox
from tests.factories import GrantFactory, IntegrationFactory, make_item
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db

ALWAYS: list[tuple[str, dict[str, Any]]] = [
    ("hide_managed_uid", {}),
    ("own_writes_not_in_last_modified", {}),
    ("reduced_tombstones", {}),
    ("localized_days_as_objects", {}),
    ("tzid_optional", {}),
    ("rotate_refresh_tokens", {}),
    ("token_lifetime", {"seconds": 5}),
    ("page_size", {"size": 2}),
    ("write_delay", {"seconds": 5}),
    ("year_zero_created", {}),
    ("missing_fields", {}),
    ("extra_fields", {}),
]
"""Faults that are settings: what Cronofy may well do all the time."""


class Story:
    """One person with My Calendar and a linked calendar, and a worker that looks after both."""

    def __init__(self, process: SandboxProcess) -> None:
        self.process = process
        self.notices = count(10_000)
        process.fault("rate_limit", params={"per_second": 0, "per_minute": 0})
        self.there = Sandbox(process)
        self.there.allow_everything()
        tokens = self.there.tokens
        grant = GrantFactory.create(
            account_id=tokens["account_id"],
            access_token=tokens["access_token"],
            refresh_token=tokens["refresh_token"],
            access_expires_at=self.now() + timedelta(seconds=tokens["expires_in"]),
        )
        self.integration: Integration = IntegrationFactory.create(
            grant=grant,
            calendar_id=self.there.calendar_id,
            is_unrestricted=True,
            created_at=self.now(),
            takes_from=self.now(),
        )

    def now(self) -> datetime:
        """Return the time, which is the sandbox's for both."""
        return datetime.fromisoformat(self.process.control("GET", "clock")["now"])

    def pass_(self, seconds: int) -> None:
        """Let time go by."""
        later = self.now().replace(microsecond=0) + timedelta(seconds=seconds)
        self.process.control("POST", "clock", {"now": later.isoformat()})

    def add(self, subject: str) -> CalendarItem:
        """Add an item here."""
        item = make_item(self.integration.user, subject=subject, start=BERLIN.start)
        outbox.owe(item=item, now=self.now())
        self.pass_(2)
        return item

    def save(self, subject: str, /, **fields: Any) -> None:
        """Change an item here."""
        item = CalendarItem.objects.get(subject=subject, deleted_at=None)
        for name, value in fields.items():
            setattr(item, name, value)
        item.rev += 1
        item.save()
        outbox.owe(item=item, now=self.now())
        self.pass_(2)

    def delete(self, subject: str) -> None:
        """Delete an item here."""
        self.save(subject, deleted_at=self.now())

    def there_uid(self, summary: str) -> str:
        """Return the uid of the event with that title."""
        [uid] = [
            str(one["event_uid"]) for one in self.process.events(self.there.calendar_id) if one["summary"] == summary
        ]
        return uid

    def sync(self) -> None:
        """Let the worker come by, again and again, told each time that something may have changed."""
        for _ in range(4):
            Integration.objects.filter(pk=self.integration.pk).update(dirty_seq=next(self.notices))
            for _ in range(6):
                if not syncing.run(integration_id=self.integration.pk, clock=self.now):
                    break
            self.pass_(400)
        self.integration.refresh_from_db()

    def here(self) -> Counter[str]:
        """Return the titles of what stands here."""
        return Counter(CalendarItem.objects.filter(deleted_at=None).values_list("subject", flat=True))

    def titles_there(self) -> Counter[str]:
        """Return the titles of what stands in the linked calendar."""
        return Counter(one["summary"] for one in self.process.events(self.there.calendar_id))

    def both_have(self, *titles: str) -> None:
        """Both calendars hold these, once each, and nothing is owed."""
        assert (self.here(), self.titles_there()) == (Counter(titles), Counter(titles))
        assert not PushJob.objects.exists()
        assert self.integration.is_connected


@pytest.fixture
def story(sandbox: SandboxProcess, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Story:
    """A calendar that was connected and read once."""
    settings.CRONOFY_API_URL = sandbox.url
    # Days pass here in seconds of the real time by which calls are counted.
    settings.CRONOFY_CALLS_PER_SECOND = settings.CRONOFY_CALLS_PER_MINUTE = 100_000
    monkeypatch.setattr(nudges, "_send", lambda _integration_id: None)
    return Story(sandbox)


def tell(story: Story) -> None:
    """Make, edit and delete on both sides."""
    story.sync()
    story.add("A")
    story.add("B")
    story.there.add(replace(VISIT, summary="C"))
    story.there.add(replace(VISIT, summary="D"))
    story.sync()
    story.both_have("A", "B", "C", "D")

    story.save("A", subject="A here")
    story.there.edit(story.there_uid("B"), summary="B there")
    story.there.edit(story.there_uid("C"), summary="C there")
    story.save("D", subject="D here")
    story.pass_(2)
    story.sync()
    story.both_have("A here", "B there", "C there", "D here")

    story.delete("A here")
    story.there.remove(story.there_uid("B there"))
    story.there.remove(story.there_uid("C there"))
    story.delete("D here")
    story.add("E")
    story.pass_(2)
    story.sync()
    story.both_have("E")


def test_the_story_without_any_switch(story: Story) -> None:
    tell(story)


@pytest.mark.parametrize(("kind", "params"), ALWAYS, ids=[kind for kind, _ in ALWAYS])
def test_the_story_under_a_switch(story: Story, kind: str, params: dict[str, Any]) -> None:
    story.process.fault(kind, params=params)
    if kind == "token_lifetime":  # the next token is the first that it concerns
        story.process.control("POST", f"accounts/{story.there.account['account_id']}/expire-tokens")
    tell(story)


Switched = pytest.mark.parametrize("is_on", [False, True], ids=["off", "on"])


@Switched
def test_too_many_calls(story: Story, is_on: bool) -> None:
    """A 429 with and without Retry-After."""
    story.sync()
    if is_on:
        story.process.fault("retry_after", params={"seconds": 30})
    story.process.fault("status", params={"status": 429}, count=2)
    story.add("A")
    story.sync()
    story.both_have("A")


@Switched
def test_writes_while_the_mailbox_is_cut_off(story: Story, is_on: bool) -> None:
    """They wait for the relink at Cronofy, or are refused with 423 and wait here."""
    story.sync()
    if is_on:
        story.process.fault("disconnected_writes_locked")
    profile = story.there.account["profiles"][0]["profile_id"]
    story.process.control("POST", f"profiles/{profile}/disconnect")
    story.add("A")
    syncing.run(integration_id=story.integration.pk, clock=story.now)
    assert story.titles_there() == Counter()
    story.process.control("POST", f"profiles/{profile}/relink")
    story.pass_(3600)
    story.sync()
    story.both_have("A")


@Switched
def test_a_calendar_that_became_read_only(story: Story, is_on: bool) -> None:
    """Somebody must act: the work stays owed, and the list says so."""
    story.sync()
    if is_on:
        story.process.fault("readonly_forbidden")
    story.there.lock()
    story.add("A")
    story.sync()
    assert story.integration.problem == (Problem.NOT_PERMITTED if is_on else Problem.CALENDAR_READONLY)
    assert PushJob.objects.filter(gave_up_at=None).count() == 1
    assert story.here() == Counter(["A"])


@Switched
def test_a_calendar_that_is_unknown(story: Story, is_on: bool) -> None:
    story.sync()
    story.add("A")
    story.sync()
    if is_on:
        story.process.fault("unknown_calendar_ids_404")
    gone = {"calendar_id": "cal_gone", "channel_calendar_id": "cal_gone"}
    Integration.objects.filter(pk=story.integration.pk).update(**gone)
    story.sync()
    assert story.integration.problem == Problem.CALENDAR_GONE
    assert story.here() == Counter(["A"])


@Switched
def test_the_user_moves_events_to_another_calendar(story: Story, is_on: bool) -> None:
    """Ours and theirs leave the linked calendar; nothing comes back or appears twice."""
    story.sync()
    story.add("A")
    story.there.add(replace(VISIT, summary="C"))
    story.sync()
    if is_on:
        story.process.fault("moved_event_keeps_uid")
    other = story.there.account["profiles"][0]["calendars"][1]["calendar_id"]
    for title in ("A", "C"):
        story.process.control("POST", f"events/{story.there_uid(title)}/move", {"calendar_id": other})
    story.pass_(2)
    story.sync()
    assert story.titles_there() == Counter()
    assert Counter(one["summary"] for one in story.process.events(other)) == Counter(["A", "C"])
    assert not PushJob.objects.exists()
    # With the id kept nothing tells the old calendar's reader of the move: the item stays, and is not sent again.
    assert story.here() == (Counter(["A", "C"]) if is_on else Counter())


@Switched
def test_an_answer_of_410_to_a_notification(story: Story, is_on: bool) -> None:
    """Whether or not it closes the channel, what changed is found by the next look."""
    if is_on:
        story.process.fault("gone_closes_channel")
    story.sync()
    story.there.add(replace(VISIT, summary="C"))
    story.sync()
    story.both_have("C")
