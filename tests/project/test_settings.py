"""The settings against their documentation, and against an environment that lacks something."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from devtools import configuration, environment

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = ROOT / "bmscal" / "settings.py"
READ = set(re.findall(r'(?:env\.\w+|required)\(\s*"([A-Z_]+)"', SETTINGS.read_text()))
REQUIRED = set(re.findall(r'required\(\s*"([A-Z_]+)"', SETTINGS.read_text()))
LISTED = dict(re.findall(r"^#? ?([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), flags=re.MULTILINE))
COMPOSED = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))


def loaded(monkeypatch: pytest.MonkeyPatch, **changes: str | None) -> dict[str, Any]:
    """Return the settings as the environment of the tests gives them, with some variables changed or taken away."""
    for name in environment.FOREIGN:
        monkeypatch.delenv(name, raising=False)
    for name, value in {**environment.NO_SERVER, **changes}.items():
        if value is None:
            monkeypatch.delenv(name)
        else:
            monkeypatch.setenv(name, value)
    return runpy.run_path(str(SETTINGS))


def test_every_variable_that_the_settings_read_is_listed() -> None:
    assert READ - set(LISTED) == set()
    assert len(READ) > 10


def test_every_listed_variable_is_read_by_somebody() -> None:
    assert set(LISTED) - READ - COMPOSED - set(configuration.OURS) == set()


def test_the_example_holds_no_secret_and_switches_nothing_on() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == []
    secrets = ("SECRET_KEY", "FIELD_KEYS", "CRONOFY_CLIENT_SECRET", "POSTGRES_PASSWORD", "REDIS_PASSWORD")
    assert {LISTED[name] for name in secrets} == {""}


def test_no_shell_of_a_developer_steers_the_tests() -> None:
    steered = {*environment.TEST_VALUES, *environment.NO_SERVER, *environment.FOREIGN}
    assert READ - steered == set()


@pytest.mark.parametrize("name", sorted(REQUIRED))
@pytest.mark.parametrize("value", [None, ""], ids=["missing", "empty"])
def test_a_missing_variable_stops_the_start_and_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str | None
) -> None:
    with pytest.raises(ImproperlyConfigured, match=rf"^{name} is not set\. .{{20,}}"):
        loaded(monkeypatch, **{name: value})


def test_what_has_a_default_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    optional = READ & set(environment.TEST_VALUES) - REQUIRED
    found = loaded(monkeypatch, **dict.fromkeys(optional))
    assert (found["DEBUG"], found["CRONOFY_DATA_CENTER"], found["INSTALLATION"]) == (False, "us", "bms")
    assert found["PUBLIC_URL"] == "http://127.0.0.1:8000"


def test_the_defaults_are_the_ones_that_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    found = loaded(monkeypatch)
    assert found["INSTALLATION"] == LISTED["INSTALLATION"]
    assert ",".join(found["ALLOWED_HOSTS"]) == LISTED["ALLOWED_HOSTS"]
    assert found["LEASE_LENGTH"].total_seconds() == float(LISTED["LEASE_SECONDS"])
    assert found["RECONCILE_EVERY"].total_seconds() == 60 * float(LISTED["RECONCILE_MINUTES"])


def test_several_secrets_and_keys_are_taken_newest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    found = loaded(monkeypatch, CRONOFY_CLIENT_SECRET="new, old", FIELD_KEYS="key-2,key-1")
    assert (found["CRONOFY_CLIENT_SECRETS"], found["FIELD_KEYS"]) == (["new", "old"], ["key-2", "key-1"])


SECURE = ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS")


@pytest.mark.parametrize(("url", "is_secure"), [("https://bms.example.test/", True), ("http://127.0.0.1:8000", False)])
def test_a_public_address_switches_everything_secure_on(
    monkeypatch: pytest.MonkeyPatch, url: str, is_secure: bool
) -> None:
    found = loaded(monkeypatch, PUBLIC_URL=url)
    assert {bool(found[name]) for name in SECURE} == {is_secure}
    assert found["PUBLIC_URL"] == url.rstrip("/")


def test_no_page_may_run_or_show_what_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = loaded(monkeypatch)["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == ["'self'"]
    assert "unsafe" not in str(policy)
