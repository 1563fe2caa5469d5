"""What has had its time goes; what somebody still waits for stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from calendarsync.models import CalendarItem, Integration, Link, Notice, Outcome, SyncRun
from calendarsync.models.links import Origin
from calendarsync.models.sync_runs import Direction, Phase, Result, Trigger
from calendarsync.services import outbox
from calendarsync.services.tidying import KEEP_DELETED, KEEP_DRAFTS, KEEP_NOTICES, KEEP_RUNS, tidy
from tests.factories import NOW, IntegrationFactory, UserFactory, make_item

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nudged")]
SECOND = timedelta(seconds=1)


def test_old_notices_go() -> None:
    work = IntegrationFactory.create()
    for age in (KEEP_NOTICES + SECOND, KEEP_NOTICES - SECOND):
        Notice.objects.create(integration=work, kind="change", received_at=NOW - age)
    assert tidy(now=NOW)["notices"] == 1
    assert Notice.objects.count() == 1


def test_an_abandoned_draft_ends_like_a_deleted_integration_so_that_its_permission_is_given_back() -> None:
    old, new = (
        IntegrationFactory.create(finished_at=None, calendar_id="", created_at=NOW - KEEP_DRAFTS - age)
        for age in (SECOND, -SECOND)
    )
    assert tidy(now=NOW)["drafts"] == 1
    assert list(Integration.objects.filter(deleted_at=NOW)) == [old]
    assert list(Integration.objects.all().with_work(NOW)) == [old]  # type: ignore[attr-defined]
    assert new in Integration.objects.filter(deleted_at=None)


def test_a_deleted_integration_goes_once_its_permission_was_given_back() -> None:
    long_ago = NOW - KEEP_DELETED - SECOND
    grant = IntegrationFactory.create(deleted_at=long_ago).grant
    assert tidy(now=NOW)["integrations"] == 0
    grant.delete()
    assert tidy(now=NOW)["integrations"] == 1
    assert not Integration.objects.exists()


def test_a_living_integration_never_goes() -> None:
    IntegrationFactory.create(created_at=NOW - timedelta(days=5000))
    tidy(now=NOW)
    assert Integration.objects.filter(deleted_at=None).count() == 1


def test_a_deleted_item_can_be_restored_for_thirty_days() -> None:
    user = UserFactory.create()
    for age in (KEEP_DELETED + SECOND, KEEP_DELETED - SECOND):
        make_item(user, deleted_at=NOW - age)
    make_item(user)
    assert tidy(now=NOW)["items"]
    assert CalendarItem.objects.count() == 2


def test_an_item_whose_deletion_is_still_owed_waits() -> None:
    """Else the event would stand in the linked calendar for ever, and nobody would know that it is ours."""
    work = IntegrationFactory.create()
    item = make_item(work.user, deleted_at=NOW - KEEP_DELETED - SECOND)
    Link.objects.create(integration=work, item=item, origin=Origin.BMS, event_id="bms-1")
    outbox.owe(item=item, now=NOW)
    tidy(now=NOW)
    assert CalendarItem.objects.filter(pk=item.pk).exists()
    work.push_jobs.all().delete()
    tidy(now=NOW)
    assert not CalendarItem.objects.exists()


def test_old_runs_go_with_their_lines_and_open_ones_stay() -> None:
    work = IntegrationFactory.create()
    long_ago = NOW - KEEP_RUNS - SECOND
    ended, running = (
        SyncRun.objects.create(
            integration=work,
            trigger=Trigger.LIVE,
            direction=Direction.SEND,
            phase=phase,
            asked_at=long_ago,
            ended_at=ended_at,
        )
        for phase, ended_at in ((Phase.DONE, long_ago), (Phase.SENDING, None))
    )
    Outcome.objects.create(run=ended, direction=Direction.SEND, result=Result.CREATED, subject="Visit", at=long_ago)
    tidy(now=NOW)
    assert list(SyncRun.objects.all()) == [running]
    assert not Outcome.objects.exists()
