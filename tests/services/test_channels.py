"""One channel for each linked calendar, brought to what is wanted whatever there was before."""

from __future__ import annotations

import pytest

from calendarsync.cronofy import wire
from calendarsync.cronofy.errors import CalendarGone, TryLater
from calendarsync.models import Integration
from calendarsync.services import channels
from tests.factories import IntegrationFactory
from tests.fakes import FakeCronofy

pytestmark = pytest.mark.django_db


@pytest.fixture
def work() -> Integration:
    return IntegrationFactory.create()


def test_a_channel_is_opened_once(work: Integration, cronofy: FakeCronofy) -> None:
    for _ in range(3):
        channels.ensure(Integration.objects.get(pk=work.pk), cronofy)
    assert cronofy.calls == ["open_channel"]
    assert cronofy.open_channels == {Integration.objects.get().channel_id: channels.callback_url(work)}


def test_the_callback_address_is_known_to_nobody_else_and_short_enough(work: Integration) -> None:
    other = IntegrationFactory.create()
    assert channels.callback_url(work) == f"http://127.0.0.1:8000/hooks/cronofy/{work.hook_token}/"
    assert len(work.hook_token) >= 24
    assert work.hook_token != other.hook_token
    assert len(channels.callback_url(work)) <= 128


def test_another_calendar_gets_another_channel(work: Integration, cronofy: FakeCronofy) -> None:
    channels.ensure(work, cronofy)
    first = work.channel_id
    work.calendar_id = "cal_other"
    channels.ensure(work, cronofy)
    assert cronofy.calls == ["open_channel", "close_channel", "open_channel"]
    assert first not in cronofy.open_channels
    assert work.channel_calendar_id == "cal_other"


def test_a_channel_that_is_gone_already_is_forgotten(work: Integration, cronofy: FakeCronofy) -> None:
    channels.ensure(work, cronofy)
    cronofy.faults["close_channel"] = [CalendarGone("404")]
    channels.close(work, cronofy)
    work.refresh_from_db()
    assert (work.channel_id, work.channel_calendar_id) == ("", "")


def test_a_channel_that_could_not_be_closed_is_remembered(work: Integration, cronofy: FakeCronofy) -> None:
    channels.ensure(work, cronofy)
    cronofy.faults["close_channel"] = [TryLater("503")]
    with pytest.raises(TryLater):
        channels.close(work, cronofy)
    work.refresh_from_db()
    assert work.channel_id in cronofy.open_channels


def test_without_a_channel_there_is_nothing_to_close(work: Integration, cronofy: FakeCronofy) -> None:
    channels.close(work, cronofy)
    assert cronofy.calls == []


def test_an_answer_that_names_no_channel_is_asked_for_again(
    work: Integration, cronofy: FakeCronofy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cronofy, "open_channel", lambda **_: wire.Channel("", ""))
    with pytest.raises(TryLater):
        channels.ensure(work, cronofy)
    work.refresh_from_db()
    assert work.channel_id == ""
