"""What `make run` makes of the environment and of .env."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from devtools import configuration
from devtools.problems import Problem

NO_FILE = Path("/nonexistent/.env")
SERVERS = {"database_url": "postgresql://db", "redis_url": "redis://broker"}
STORED = {"SECRET_KEY": "stored", "FIELD_KEYS": "stored", "VALKEY_PASSWORD": "stored"}


def test_without_anything_given_the_sandbox_stands_in_for_cronofy():
    config = configuration.read({}, dotenv=NO_FILE)
    env = config.environment(STORED, **SERVERS)
    assert config.ports() == {"PORT": 8000, "SANDBOX_PORT": 8090}
    assert (env["CRONOFY_CLIENT_ID"], env["CRONOFY_API_URL"]) == ("sandbox-client", "http://127.0.0.1:8090")


def test_with_both_credentials_the_real_cronofy_is_used_and_no_sandbox():
    given = {"CRONOFY_CLIENT_ID": "id", "CRONOFY_CLIENT_SECRET": "secret", "PUBLIC_URL": "https://cal.example"}
    config = configuration.read(given, dotenv=NO_FILE)
    env = config.environment(STORED, **SERVERS)
    assert not config.uses_sandbox
    assert "CRONOFY_API_URL" not in env
    assert env["ALLOWED_HOSTS"] == "127.0.0.1,localhost,cal.example"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"PORT": "abc"}, "PORT is 'abc'"),
        ({"PORT": "0"}, "PORT is '0'"),
        ({"SANDBOX_PORT": "70000"}, "SANDBOX_PORT is '70000'"),
        ({"PORT": "8090"}, "both 8090"),
        ({"CRONOFY_CLIENT_ID": "only"}, "both CRONOFY_CLIENT_ID and CRONOFY_CLIENT_SECRET"),
    ],
)
def test_value_that_cannot_be_meant_is_refused_in_one_line(given: dict[str, str], named: str):
    with pytest.raises(Problem, match=named) as refused:
        configuration.read(given, dotenv=NO_FILE)
    assert "\n" not in str(refused.value)


def test_environment_wins_over_dotenv_and_an_empty_line_counts_as_not_given(tmp_path: Path):
    dotenv = tmp_path / ".env"
    dotenv.write_text('# ports\nPORT=9001\nexport SANDBOX_PORT="9002" \nPUBLIC_URL=\nDATA_DIR=here # beside\n')
    config = configuration.read({"PORT": "9003"}, dotenv=dotenv)
    assert config.ports() == {"PORT": 9003, "SANDBOX_PORT": 9002}
    assert config.data_dir == configuration.ROOT / "here"
    assert config.environment(STORED, **SERVERS)["PUBLIC_URL"] == "http://127.0.0.1:9003"


def test_line_of_dotenv_that_is_none_is_named(tmp_path: Path):
    dotenv = tmp_path / ".env"
    dotenv.write_text("PORT=9001\nwhat is this\n")
    with pytest.raises(Problem, match="line 2"):
        configuration.read({}, dotenv=dotenv)


def test_secrets_are_made_once_and_only_the_owner_reads_them(tmp_path: Path):
    first = configuration.stored_secrets(tmp_path)
    assert configuration.stored_secrets(tmp_path) == first
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
