"""What `make run` is told: the environment, an optional .env, and secrets made once; all checked before a start."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from devtools.problems import Problem

ROOT = Path(__file__).resolve().parent.parent
SANDBOX_CLIENT = {"CRONOFY_CLIENT_ID": "sandbox-client", "CRONOFY_CLIENT_SECRET": "sandbox-secret-1"}


@dataclass(frozen=True)
class Configuration:
    """The choices of one run."""

    given: Mapping[str, str]
    port: int
    sandbox_port: int
    data_dir: Path

    @property
    def uses_sandbox(self) -> bool:
        """Tell whether the local sandbox stands in for Cronofy."""
        return "CRONOFY_CLIENT_ID" not in self.given

    def ports(self) -> dict[str, int]:
        """Return the ports to listen on, each under the variable that moves it."""
        return {"PORT": self.port} | ({"SANDBOX_PORT": self.sandbox_port} if self.uses_sandbox else {})

    @property
    def url(self) -> str:
        """Return where the BMS answers on this machine."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def sandbox_url(self) -> str:
        """Return where the sandbox answers on this machine."""
        return f"http://127.0.0.1:{self.sandbox_port}"

    @property
    def sandbox_database(self) -> Path:
        """Return the sandbox's own SQLite file."""
        return self.data_dir / "sandbox.sqlite3"

    def environment(self, stored: Mapping[str, str], *, database_url: str, redis_url: str) -> dict[str, str]:
        """Return the environment of the application's processes; what was given wins over what was made up."""
        public_url = self.given.get("PUBLIC_URL", self.url)
        hosts = dict.fromkeys(["127.0.0.1", "localhost", urlsplit(public_url).hostname or "localhost"])
        made_up = {
            "SECRET_KEY": stored["SECRET_KEY"],
            "FIELD_KEYS": stored["FIELD_KEYS"],
            "PUBLIC_URL": public_url,
            "ALLOWED_HOSTS": ",".join(hosts),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
        }
        if self.uses_sandbox:
            made_up |= SANDBOX_CLIENT | {"CRONOFY_API_URL": self.sandbox_url, "CRONOFY_APP_URL": self.sandbox_url}
        always = {
            "DATA_DIR": str(self.data_dir),
            "PYTHONTZPATH": "",  # time zones come from the pinned tzdata, never from the system's older copy
            "PYTHONUNBUFFERED": "1",
        }
        return {**made_up, **self.given, **always}


def read(environ: Mapping[str, str] = os.environ, *, dotenv: Path = ROOT / ".env") -> Configuration:
    """Return the checked configuration. Raises Problem, naming the variable, when a value cannot be meant."""
    given = {name: value for name, value in {**read_dotenv(dotenv), **environ}.items() if value or name not in OURS}
    port, sandbox_port = number_of_port(given, "PORT", 8000), number_of_port(given, "SANDBOX_PORT", 8090)
    if port == sandbox_port:
        raise Problem(f"PORT and SANDBOX_PORT are both {port}: give them different numbers.")
    if ("CRONOFY_CLIENT_ID" in given) != ("CRONOFY_CLIENT_SECRET" in given):
        raise Problem(
            "Set both CRONOFY_CLIENT_ID and CRONOFY_CLIENT_SECRET for the real Cronofy, neither for the sandbox."
        )
    data_dir = (ROOT / Path(given.get("DATA_DIR", "var")).expanduser()).resolve()
    return Configuration(given=given, port=port, sandbox_port=sandbox_port, data_dir=data_dir)


OURS = (
    "SECRET_KEY",
    "FIELD_KEYS",
    "DATABASE_URL",
    "REDIS_URL",
    "DATA_DIR",
    "PORT",
    "SANDBOX_PORT",
    "PUBLIC_URL",
    "ALLOWED_HOSTS",
    "CRONOFY_CLIENT_ID",
    "CRONOFY_CLIENT_SECRET",
    "CRONOFY_DATA_CENTER",
    "CRONOFY_API_URL",
    "CRONOFY_APP_URL",
    "INSTALLATION",
    "DEBUG",
)  # an empty one counts as not given, so that a copied .env.example may keep lines without a value


def read_dotenv(path: Path) -> dict[str, str]:
    """Return the variables of a .env file: NAME=value lines, quotes allowed, # begins a comment line."""
    if not path.exists():
        return {}
    found = {}
    for number, raw in enumerate(path.read_text().splitlines(), 1):
        line = raw.strip().removeprefix("export ").strip()
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not name.strip().isidentifier():
            raise Problem(f"{path.name}, line {number}: expected NAME=value.")
        found[name.strip()] = unquoted(value.strip())
    return found


def unquoted(value: str) -> str:
    """Return the value without the quotes around it, or else without a comment behind it."""
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value.split(" #", maxsplit=1)[0].rstrip()


def number_of_port(given: Mapping[str, str], name: str, default: int) -> int:
    """Return the port that this variable names."""
    text = given.get(name, str(default))
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise Problem(f"{name} is {text!r}: it has to be a number from 1 to 65535.")
    return int(text)


def stored_secrets(data_dir: Path) -> dict[str, str]:
    """Return this machine's own secrets, made on the first start and kept where only the owner reads."""
    path = data_dir / "secrets.json"
    if path.exists():
        return dict(json.loads(path.read_text()))
    made = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "VALKEY_PASSWORD": secrets.token_urlsafe(24),
    }
    write_private(path, as_json(made))
    return made


def as_json(values: Mapping[str, str]) -> str:
    """Return the values as a file's text."""
    return json.dumps(values, indent=2) + "\n"


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
    fresh.replace(path)
