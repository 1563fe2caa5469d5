"""The sandbox's command line."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sandbox_process import ROOT


def run(*arguments: str) -> str:
    """Return what a command printed; it must succeed."""
    command = [sys.executable, "-m", "cronofy_sandbox", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"]])
def test_it_explains_itself(arguments: list[str]) -> None:
    assert "usage: python -m cronofy_sandbox" in run(*arguments)


def test_reset_leaves_the_default_application_only(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.sqlite3"
    run("migrate", "--database", str(file))
    with sqlite3.connect(file) as database:
        database.execute("UPDATE cronofy_sandbox_application SET client_id = 'changed'")
    database.close()
    run("reset", "--database", str(file))
    with sqlite3.connect(file) as database:
        rows = database.execute("SELECT client_id FROM cronofy_sandbox_application").fetchall()
    database.close()
    assert rows == [("sandbox-client",)]


def test_the_signing_key_is_for_its_owner_only(tmp_path: Path) -> None:
    run("migrate", "--database", str(tmp_path / "sandbox.sqlite3"))
    assert (tmp_path / "sandbox.key").stat().st_mode & 0o777 == 0o600
