"""Fixtures for the sandbox's pages."""

import pytest

from tests.sandbox_pages.visitor import Visitor
from tests.sandbox_process import SandboxProcess


@pytest.fixture
def visitor(sandbox: SandboxProcess) -> Visitor:
    """A person with a fresh browser at an empty sandbox."""
    return Visitor(sandbox)
