"""What holds for every test of the application."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings

from tests.sandbox_process import sandbox, sandbox_process

__all__ = ["sandbox", "sandbox_process"]

# How long an example takes says nothing about a function on a machine that is busy with other things.
hypothesis_settings.register_profile("calm", deadline=None)
hypothesis_settings.load_profile("calm")


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    """Serve static files from where they lie: no test needs `collectstatic` and its manifest of hashed names."""
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = True
    storage = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": storage}
