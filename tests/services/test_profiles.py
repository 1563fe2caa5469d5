"""Mailboxes that Cronofy lost: asked after until they are back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from calendarsync.cronofy import wire
from calendarsync.cronofy.errors import TryLater
from calendarsync.models import Grant, Integration
from calendarsync.services import outbox, profiles
from tests.factories import NOW, GrantFactory, IntegrationFactory, make_item
from tests.fakes import FakeClock, FakeCronofy

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nudged")]


class Mailboxes(FakeCronofy):
    """Accounts that tell how their mailboxes are."""

    def user_info(self) -> wire.UserInfo:
        """Tell what `found` holds."""
        self._called("user_info")
        return wire.UserInfo("acc_1", "", "", "", self.found)

    found: tuple[wire.Profile, ...] = ()


def mailbox(*, is_connected: bool, relink_url: str = "") -> wire.Profile:
    return wire.Profile("pro_1", "google", "google", "a@google.test", is_connected=is_connected, relink_url=relink_url)


@pytest.fixture
def mailboxes(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Mailboxes:
    fake = Mailboxes(clock)
    monkeypatch.setattr(profiles.tokens, "client_for", lambda _grant, **_clock: fake)
    return fake


@pytest.fixture
def lost() -> Integration:
    return IntegrationFactory.create(grant=GrantFactory.create(profile_lost_at=NOW))


def test_a_mailbox_that_is_back_goes_on_with_what_was_owed(
    lost: Integration, mailboxes: Mailboxes, clock: FakeClock
) -> None:
    outbox.owe(item=make_item(lost.user), now=NOW)
    lost.push_jobs.update(due_at=NOW + timedelta(hours=6), failures=9)
    mailboxes.found = (mailbox(is_connected=True),)
    profiles.recheck(clock=clock)
    lost.refresh_from_db()
    assert lost.is_connected
    assert lost.dirty_seq == 1
    assert list(lost.push_jobs.values_list("due_at", "failures")) == [(NOW, 0)]


def test_a_mailbox_that_is_still_lost_shows_where_to_mend_it(
    lost: Integration, mailboxes: Mailboxes, clock: FakeClock
) -> None:
    mailboxes.found = (mailbox(is_connected=True), mailbox(is_connected=False, relink_url="https://app.test/relink"))
    profiles.recheck(clock=clock)
    grant = Grant.objects.get()
    assert (grant.profile_lost_at, grant.relink_url) == (NOW, "https://app.test/relink")


def test_one_account_that_cannot_be_asked_keeps_nobody_else_waiting(
    lost: Integration, mailboxes: Mailboxes, clock: FakeClock
) -> None:
    IntegrationFactory.create(grant=GrantFactory.create(profile_lost_at=NOW))
    mailboxes.found = (mailbox(is_connected=True),)
    mailboxes.faults["user_info"] = [TryLater("503")]
    profiles.recheck(clock=clock)
    assert Grant.objects.filter(profile_lost_at=None).count() == 1


def test_only_lost_mailboxes_are_asked_after(mailboxes: Mailboxes, clock: FakeClock) -> None:
    GrantFactory.create()
    GrantFactory.create(profile_lost_at=NOW, lost_at=NOW)
    profiles.recheck(clock=clock)
    assert mailboxes.calls == []
