"""Written down, counted, and nothing else: a notification only says where to look again."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from calendarsync.cronofy.wire import Notification
from calendarsync.models import Integration, Notice
from calendarsync.services import deliveries
from tests.factories import NOW, IntegrationFactory
from tests.services.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nudged")]


def accept(work: Integration, *, kind: str = "change", since: datetime | None = NOW) -> bool:
    notification = Notification(kind, "chn_1", since)
    return deliveries.accept(hook_token=work.hook_token, notification=notification, now=NOW)


def test_a_notice_is_kept_as_it_came_in() -> None:
    work = IntegrationFactory.create()
    assert accept(work)
    notice = Notice.objects.get()
    assert (notice.integration, notice.kind, notice.channel_id) == (work, "change", "chn_1")
    assert (notice.changes_since, notice.received_at) == (NOW, NOW)


def test_a_switched_off_integration_is_told_too() -> None:
    """Switched on again it has to know that there was something."""
    work = IntegrationFactory.create(is_active=False)
    assert accept(work)
    work.refresh_from_db()
    assert work.dirty_seq == 1


def test_a_change_heard_while_a_read_is_running_is_not_answered_by_it() -> None:
    work = IntegrationFactory.create(dirty_seq=3, clean_seq=3, cursor=NOW, channel_id="chn_1")
    accept(work)
    work.refresh_from_db()
    assert (work.dirty_seq, work.clean_seq) == (4, 3)
    assert work in Integration.objects.all().with_work(NOW)  # type: ignore[attr-defined]


def test_two_mailboxes_of_one_account_are_lost_together() -> None:
    one = IntegrationFactory.create()
    other = IntegrationFactory.create(grant=one.grant)
    accept(one, kind="profile_disconnected", since=None)
    assert set(Integration.objects.all().not_connected()) == {one, other}  # type: ignore[attr-defined]


@pytest.mark.django_db(transaction=True)
def test_of_notices_that_arrive_at_once_none_is_lost() -> None:
    work = IntegrationFactory.create()
    moments = [NOW - timedelta(minutes=minute) for minute in (3, 9, 1, 6)]
    assert at_once(*[lambda since=since: accept(work, since=since) for since in moments]) == [True] * 4
    work.refresh_from_db()
    assert (work.dirty_seq, work.changes_since) == (4, NOW - timedelta(minutes=9))
