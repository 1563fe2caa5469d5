"""Every case of the contract runs twice."""

from __future__ import annotations

import pytest

from tests.contract.sides import Fake, Sandbox, Side


@pytest.fixture(params=["fake", "sandbox"])
def side(request: pytest.FixtureRequest) -> Side:
    """Cronofy with one writable calendar, on a Sunday morning: in memory, or over HTTP."""
    if request.param == "fake":
        return Fake()
    return Sandbox(request.getfixturevalue("sandbox"))
