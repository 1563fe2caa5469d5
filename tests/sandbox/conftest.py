"""Fixtures for tests of the sandbox over HTTP."""

from collections.abc import Iterator

import pytest

from tests.sandbox.client import Client, Receiver
from tests.sandbox_process import SandboxProcess


@pytest.fixture
def app(sandbox: SandboxProcess) -> Client:
    """An application with full access to a Google account in Berlin, on a Sunday morning in November 2026."""
    sandbox.control("POST", "clock", {"now": "2026-11-22T09:00:00Z"})
    return Client(sandbox, sandbox.account())


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A server that takes notifications."""
    receiver = Receiver()
    yield receiver
    receiver.close()
