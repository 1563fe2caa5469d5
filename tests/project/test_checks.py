"""Combinations of settings that start but could not work are told before they do harm."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import run_checks

from calendarsync.services import channels
from tests.factories import IntegrationFactory

FAULTS: dict[str, tuple[str, Any]] = {
    "bms.E001": ("CRONOFY_DATA_CENTER", "mars"),
    "bms.E002": ("INSTALLATION", "my installation"),
    "bms.E003": ("FIELD_KEYS", ["not a key"]),
    "bms.E004": ("PUBLIC_URL", "https://" + "x" * 66),
}


def test_the_settings_of_the_tests_are_faultless() -> None:
    assert run_checks() == []


@pytest.mark.parametrize(("identity", "fault"), FAULTS.items())
def test_a_setting_that_cannot_work_is_told_with_a_remedy(identity: str, fault: tuple[str, Any], settings: Any) -> None:
    name, value = fault
    setattr(settings, name, value)
    [found] = run_checks()
    assert found.id == identity
    assert name in found.msg
    assert found.hint
    assert found.is_serious()


@pytest.mark.parametrize("name", ["bms", "A1", "12345678"])
def test_a_plain_installation_name_is_fine(name: str, settings: Any) -> None:
    settings.INSTALLATION = name
    assert run_checks() == []


@pytest.mark.django_db
def test_the_longest_address_that_passes_gives_a_callback_that_cronofy_takes(settings: Any) -> None:
    settings.PUBLIC_URL = "https://" + "x" * 65
    assert run_checks() == []
    assert len(channels.callback_url(IntegrationFactory.create())) <= 128
