"""Tokens: never two refreshes at once, never lost on the way, never readable in the database."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import responses
from cryptography.fernet import Fernet
from django.db import connection

from calendarsync.cronofy import oauth
from calendarsync.cronofy.errors import AccessWithdrawn, CronofyError, OurFault, TryLater
from calendarsync.models import Grant
from calendarsync.models.fields import UnreadableSecretError
from calendarsync.services import tokens
from tests.factories import NOW, GrantFactory
from tests.fakes import FakeClock
from tests.services.threads import PATIENCE, at_once

pytestmark = pytest.mark.django_db


@dataclass
class Portal:
    """Answers refreshes, each with the next pair; the refresh token before is dead then."""

    alive: str = "refresh-1"
    faults: list[CronofyError] = field(default_factory=list)
    before_answer: Callable[[], None] = lambda: None
    calls: int = 0
    _given: int = 1

    def __call__(self, *, refresh_token: str, **_credentials: str) -> oauth.Tokens:
        self.calls += 1
        self.before_answer()
        if self.faults:
            raise self.faults.pop(0)
        if refresh_token != self.alive:
            raise AccessWithdrawn("invalid_grant")
        self._given += 1
        self.alive = f"refresh-{self._given}"
        return oauth.Tokens(f"access-{self._given}", self.alive, expires_in=3600, scope="read_events")


@pytest.fixture
def portal(monkeypatch: pytest.MonkeyPatch) -> Portal:
    portal = Portal()
    monkeypatch.setattr(oauth, "refresh", portal)
    return portal


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


def expired(**more: Any) -> Grant:
    return GrantFactory.create(access_expires_at=NOW - timedelta(hours=1), **more)


def token(grant: Grant, clock: FakeClock, *, stale: str | None = None) -> str:
    """Return the token that a call of the grant's client would carry."""
    return tokens.client_for(grant, clock=clock)._token(stale)


# --- When to refresh ------------------------------------------------------------------------------------------------
def test_a_token_that_lives_is_used_as_it_is(portal: Portal, clock: FakeClock) -> None:
    grant = GrantFactory.create(access_expires_at=NOW + tokens.EARLY + timedelta(seconds=1))
    assert token(grant, clock) == "access-1"
    assert portal.calls == 0


def test_a_token_about_to_end_is_refreshed_and_both_halves_of_the_pair_are_kept(
    portal: Portal, clock: FakeClock
) -> None:
    grant = GrantFactory.create(access_expires_at=NOW + tokens.EARLY)
    assert token(grant, clock) == "access-2"
    grant.refresh_from_db()
    assert (grant.access_token, grant.refresh_token, grant.scope) == ("access-2", "refresh-2", "read_events")
    assert (grant.access_expires_at, grant.refreshed_at) == (NOW + timedelta(hours=1), NOW)


def test_a_refused_token_is_refreshed_before_its_time(portal: Portal, clock: FakeClock) -> None:
    assert token(GrantFactory.create(), clock, stale="access-1") == "access-2"


def test_a_token_that_another_worker_refreshed_meanwhile_is_taken_over(portal: Portal, clock: FakeClock) -> None:
    grant = GrantFactory.create(access_token="access-9")
    assert token(grant, clock, stale="access-1") == "access-9"
    assert portal.calls == 0


def test_rotated_refresh_tokens_are_used_one_after_the_other(portal: Portal, clock: FakeClock) -> None:
    grant = expired()
    found = []
    for _ in range(3):
        found.append(token(grant, clock))
        clock.pass_(hours=2)
    assert found == ["access-2", "access-3", "access-4"]


def test_an_answer_without_scope_leaves_the_known_one(clock: FakeClock) -> None:
    grant = GrantFactory.build(scope="read_events")
    tokens.save(grant, oauth.Tokens("a", "r", expires_in=60, scope=""), now=NOW)
    assert grant.scope == "read_events"


# --- Failures -------------------------------------------------------------------------------------------------------
def test_an_ended_grant_is_marked_with_the_moment_at_which_that_was_first_seen(
    portal: Portal, clock: FakeClock
) -> None:
    grant = expired(refresh_token="revoked")
    for _ in range(2):
        with pytest.raises(AccessWithdrawn):
            token(grant, clock)
        clock.pass_(hours=1)
    grant.refresh_from_db()
    assert grant.lost_at == NOW
    assert portal.calls == 1


@pytest.mark.parametrize(
    "fault", [TryLater("down"), OurFault("wrong secret", code="invalid_client")], ids=["down", "ours"]
)
def test_what_is_not_the_users_fault_ends_no_grant(portal: Portal, clock: FakeClock, fault: CronofyError) -> None:
    portal.faults = [fault]
    grant = expired()
    with pytest.raises(type(fault)):
        token(grant, clock)
    assert token(grant, clock) == "access-2"
    grant.refresh_from_db()
    assert grant.lost_at is None


def test_dying_between_the_answer_and_saving_it_loses_the_grant_only_if_the_token_was_rotated(
    portal: Portal, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one window that no client can close; the user is asked to connect again, and nothing is deleted."""
    grant = expired()
    with monkeypatch.context() as patch:
        patch.setattr(Grant, "save", _die)
        with pytest.raises(RuntimeError):
            token(grant, clock)
    grant.refresh_from_db()
    assert grant.refresh_token == "refresh-1"
    with pytest.raises(AccessWithdrawn):
        token(grant, clock)
    portal.alive = "refresh-1"  # as with a service that does not rotate
    Grant.objects.update(lost_at=None)
    assert token(grant, clock).startswith("access-")


def _die(*_args: object, **_kwargs: object) -> None:
    raise RuntimeError("killed")


# --- Two workers at once --------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("stale", [None, "access-1"], ids=["it has ended", "it was refused"])
def test_of_two_workers_one_refreshes_and_both_get_the_new_token(
    portal: Portal, clock: FakeClock, stale: str | None
) -> None:
    grant = expired()
    asked = threading.Barrier(2, timeout=PATIENCE)

    def worker() -> str:
        asked.wait()
        return token(grant, clock, stale=stale)

    portal.before_answer = lambda: time.sleep(0.3)  # long enough for the other one to stand in line
    assert at_once(worker, worker) == ["access-2", "access-2"]
    assert portal.calls == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_with_an_ended_grant_both_are_told(portal: Portal, clock: FakeClock) -> None:
    grant = expired(refresh_token="revoked")

    def worker() -> bool:
        with pytest.raises(AccessWithdrawn):
            token(grant, clock)
        return True

    assert at_once(worker, worker) == [True, True]
    grant.refresh_from_db()
    assert grant.lost_at == NOW


@pytest.mark.django_db(transaction=True)
def test_a_slow_refresh_of_one_grant_holds_up_no_other(portal: Portal, clock: FakeClock) -> None:
    slow, other = expired(), GrantFactory.create()
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        held.set()
        assert done.wait(PATIENCE)

    def use_other() -> str:
        assert held.wait(PATIENCE)
        found = token(other, clock)
        done.set()
        return found

    portal.before_answer = hold
    assert at_once(lambda: token(slow, clock), use_other) == ["access-2", "access-1"]


# --- Over the wire --------------------------------------------------------------------------------------------------
def test_a_call_whose_token_was_refused_goes_out_again_with_the_fresh_one(
    portal: Portal, clock: FakeClock, settings: Any
) -> None:
    settings.CRONOFY_API_URL = "https://api.cronofy.com"
    grant = GrantFactory.create()
    with responses.RequestsMock() as mock:
        mock.get("https://api.cronofy.com/v1/calendars", status=401)
        mock.get("https://api.cronofy.com/v1/calendars", json={"calendars": []})
        assert tokens.client_for(grant, clock=clock).calendars() == []
        sent = [call.request.headers["Authorization"] for call in mock.calls]
    assert sent == ["Bearer access-1", "Bearer access-2"]


# --- At rest --------------------------------------------------------------------------------------------------------
def stored(grant: Grant) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT access_token || refresh_token FROM calendarsync_grant WHERE id = %s", [grant.pk])
        return str(cursor.fetchone()[0])


def test_tokens_are_unreadable_in_the_database() -> None:
    grant = GrantFactory.create(access_token="hush-access", refresh_token="hush-refresh")
    assert "hush" not in stored(grant)
    again = Grant.objects.get(pk=grant.pk)
    assert (again.access_token, again.refresh_token) == ("hush-access", "hush-refresh")


def test_the_same_token_is_stored_differently_each_time() -> None:
    assert stored(GrantFactory.create()) != stored(GrantFactory.create())


def test_a_new_key_takes_over_from_the_old_one(settings: Any) -> None:
    grant = GrantFactory.create()
    new, old = Fernet.generate_key().decode(), settings.FIELD_KEYS[0]
    settings.FIELD_KEYS = [new, old]
    again = Grant.objects.get(pk=grant.pk)
    again.save()
    settings.FIELD_KEYS = [new]
    assert Grant.objects.get(pk=grant.pk).access_token == "access-1"


def test_without_the_right_key_nothing_is_read_and_nothing_is_told(settings: Any) -> None:
    grant = GrantFactory.create()
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(UnreadableSecretError) as caught:
        Grant.objects.get(pk=grant.pk)
    assert str(caught.value) == "calendarsync.Grant.access_token"


def test_tokens_cannot_be_searched_for() -> None:
    with pytest.raises(TypeError):
        Grant.objects.filter(access_token="access-1").exists()


def test_tokens_live_in_no_text_of_the_row() -> None:
    grant = GrantFactory.build(access_token="hush", refresh_token="hush", granted_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert "hush" not in f"{grant} {grant!r}"
