"""Cronofy's answers by hand, and the exchanges recorded from its official clients."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import responses

from calendarsync.cronofy.client import Client

API = "https://api.cronofy.com"
# The same recordings test both ends: there they are sent to the sandbox, here they are played to the client.
RECORDINGS = Path(__file__).parent.parent / "sandbox" / "fixtures"


def recorded(name: str) -> dict[str, Any]:
    """Return one recorded exchange; each names its source."""
    found: dict[str, Any] = json.loads((RECORDINGS / f"{name}.json").read_text())
    return found


@pytest.fixture
def wire_mock() -> Iterator[responses.RequestsMock]:
    """What the network answers; whatever is not expected is refused."""
    with responses.RequestsMock() as mock:
        yield mock


class Tokens:
    """Gives out tokens: the next one once the last was refused."""

    def __init__(self) -> None:
        self.refused: list[str] = []

    def __call__(self, stale: str | None) -> str:
        if stale is not None:
            self.refused.append(stale)
        return f"token-{len(self.refused) + 1}"


@pytest.fixture
def tokens() -> Tokens:
    return Tokens()


@pytest.fixture
def client(tokens: Tokens) -> Client:
    return Client(api_url=API, token=tokens, admit=lambda _is_further: None)


def play(mock: responses.RequestsMock, name: str) -> dict[str, Any]:
    """Answer as in a recorded exchange; return it."""
    exchange = recorded(name)
    request, answer = exchange["request"], exchange["response"]
    body = {"json": answer["json"]} if answer["json"] is not None else {"body": b""}
    mock.add(request["method"], API + request["path"], status=answer["status"], **body)
    return exchange
