"""Cronofy's notifications as they come in: genuine, forged, doubled, late, broken."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from calendarsync.core.signature import sign
from calendarsync.models import Integration, Notice
from calendarsync.services import nudges
from tests.factories import NOW, IntegrationFactory

pytestmark = pytest.mark.django_db
SECRET = "sandbox-secret-1"
EARLY, LATE = "2026-11-22T09:00:00Z", "2026-11-22T10:00:00Z"
Deliver = Callable[..., HttpResponse]


def body(kind: str = "change", **notification: Any) -> bytes:
    channel = {"channel_id": "chn_1", "callback_url": "https://bms.test/hook", "filters": {}}
    return json.dumps({"notification": {"type": kind, **notification}, "channel": channel}).encode()


@pytest.fixture
def integration() -> Integration:
    return IntegrationFactory.create(clean_seq=0)


@pytest.fixture
def nudged(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The integrations for which a worker was called; none is."""
    called: list[int] = []
    monkeypatch.setattr(nudges, "_send", called.append)
    return called


@pytest.fixture
def deliver(
    client: Client,
    integration: Integration,
    nudged: list[int],
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[Any]],
) -> Deliver:
    """Post a notification as Cronofy does."""

    def post(raw: bytes = body(), *, signature: str | None = None, token: str = integration.hook_token) -> HttpResponse:
        headers = {"Cronofy-HMAC-SHA256": sign(raw, SECRET) if signature is None else signature}
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(
                reverse("cronofy-hook", args=[token]),
                raw,
                content_type="application/json; charset=utf-8",
                headers=headers,
            )

    return post


# --- Genuine? -------------------------------------------------------------------------------------------------------
FORGED = {
    "nothing": "",
    "nonsense": "abc",
    "of another body": sign(b"{}", SECRET),
    "by another secret": sign(body(), "x"),
}


@pytest.mark.parametrize("signature", FORGED.values(), ids=FORGED.keys())
def test_what_is_not_signed_by_cronofy_leaves_no_trace(
    deliver: Deliver, integration: Integration, nudged: list[int], signature: str
) -> None:
    assert deliver(signature=signature).status_code == 403
    integration.refresh_from_db()
    assert (integration.dirty_seq, integration.last_notice_at) == (0, None)
    assert not Notice.objects.exists()
    assert nudged == []


def test_without_any_signature_header_it_is_refused(client: Client, integration: Integration) -> None:
    url = reverse("cronofy-hook", args=[integration.hook_token])
    assert client.post(url, body(), content_type="application/json").status_code == 403


def test_while_the_secret_is_being_replaced_either_signature_counts(deliver: Deliver, settings: Any) -> None:
    settings.CRONOFY_CLIENT_SECRETS = ["sandbox-secret-2", SECRET]
    assert deliver(signature=f"{sign(body(), 'sandbox-secret-3')},{sign(body(), SECRET)}").status_code == 204


def test_every_bit_of_the_raw_body_is_signed(deliver: Deliver) -> None:
    spaced = body().replace(b'"type": "change"', b'"type":  "change"')
    assert deliver(spaced, signature=sign(body(), SECRET)).status_code == 403
    assert deliver(spaced).status_code == 204


# --- For whom, and what? --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"notification": 5}', b"\xff"], ids=str)
def test_a_signed_body_that_is_no_notification_is_refused(deliver: Deliver, raw: bytes) -> None:
    assert deliver(raw).status_code == 400
    assert not Notice.objects.exists()


def test_an_address_of_nobody_is_gone(deliver: Deliver) -> None:
    assert deliver(token="unknown").status_code == 410
    assert not Notice.objects.exists()


def test_the_address_of_a_deleted_integration_is_gone(deliver: Deliver, integration: Integration) -> None:
    Integration.objects.update(deleted_at=NOW)
    assert deliver().status_code == 410


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head"])
def test_only_posts_are_notifications(client: Client, integration: Integration, method: str) -> None:
    url = reverse("cronofy-hook", args=[integration.hook_token])
    assert getattr(client, method)(url).status_code == 405


def test_nobody_has_to_be_logged_in_and_no_cookie_is_set(deliver: Deliver) -> None:
    answer = deliver()
    assert (answer.status_code, answer.content, answer.cookies) == (204, b"", {})


def test_a_huge_body_is_refused_cleanly(deliver: Deliver, settings: Any) -> None:
    huge = body(filler="x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    assert deliver(huge).status_code in {400, 413}
    assert not Notice.objects.exists()


# --- What follows ---------------------------------------------------------------------------------------------------
def test_a_verification_is_accepted_before_the_channels_id_is_known(
    deliver: Deliver, integration: Integration, nudged: list[int]
) -> None:
    assert integration.channel_id == ""
    assert deliver(body("verification")).status_code == 204
    assert Notice.objects.get().kind == "verification"
    assert nudged == []


def test_a_change_makes_the_integration_dirty_and_calls_a_worker(
    deliver: Deliver, integration: Integration, nudged: list[int]
) -> None:
    deliver(body(changes_since=LATE))
    integration.refresh_from_db()
    assert integration.dirty_seq == 1
    assert integration.changes_since == datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert integration.last_notice_at is not None
    assert nudged == [integration.pk]


@pytest.mark.parametrize("order", [(EARLY, LATE, LATE), (LATE, EARLY, LATE), (LATE, LATE, EARLY)], ids=str)
def test_doubled_and_reordered_changes_keep_the_earliest(
    deliver: Deliver, integration: Integration, order: tuple[str, ...]
) -> None:
    for since in order:
        assert deliver(body(changes_since=since)).status_code == 204
    integration.refresh_from_db()
    assert integration.changes_since == datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert integration.dirty_seq == 3


@pytest.mark.parametrize("since", [None, "soon", "0000-12-29T00:00:00Z"])
def test_a_change_without_a_usable_moment_is_still_a_change(
    deliver: Deliver, integration: Integration, since: str | None
) -> None:
    deliver(body(changes_since=LATE))
    deliver(body(changes_since=since))
    integration.refresh_from_db()
    assert integration.changes_since == datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert integration.dirty_seq == 2


def test_a_lost_mailbox_is_noted_with_its_first_moment(deliver: Deliver, integration: Integration) -> None:
    deliver(body("profile_disconnected"))
    grant = integration.grant
    assert grant is not None
    grant.refresh_from_db()
    first = grant.profile_lost_at
    assert first is not None
    deliver(body("profile_disconnected"))
    grant.refresh_from_db()
    assert grant.profile_lost_at == first


def test_once_the_provider_has_read_everything_so_do_we(
    deliver: Deliver, integration: Integration, nudged: list[int]
) -> None:
    Integration.objects.update(cursor=NOW)
    deliver(body("profile_initial_sync_completed"))
    integration.refresh_from_db()
    assert (integration.cursor, integration.dirty_seq) == (None, 1)
    assert nudged == [integration.pk]


@pytest.mark.parametrize("kind", ["calendar_painted", "conferencing_profile_disconnected", "x" * 500, "half \ud83d"])
def test_kinds_that_we_do_not_know_are_written_down_and_change_nothing(
    deliver: Deliver, integration: Integration, nudged: list[int], kind: str
) -> None:
    assert deliver(body(kind)).status_code == 204
    integration.refresh_from_db()
    assert integration.dirty_seq == 0
    assert Notice.objects.count() == 1
    assert nudged == []


def test_one_persons_change_concerns_nobody_else(deliver: Deliver, integration: Integration) -> None:
    other = IntegrationFactory.create()
    deliver(body())
    other.refresh_from_db()
    assert (other.dirty_seq, other.last_notice_at) == (0, None)


def test_the_hundredth_notice_costs_no_more_than_the_first(deliver: Deliver, integration: Integration) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            deliver(body(changes_since=LATE))
        return len(found)

    first = queries()
    Notice.objects.bulk_create([Notice(integration=integration, kind="change", received_at=NOW) for _ in range(98)])
    assert queries() == first <= 8
