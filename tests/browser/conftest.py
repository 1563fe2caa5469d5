"""The live server in front of the browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import override_settings


@pytest.fixture(scope="session", autouse=True)
def _static_files_without_collecting() -> Iterator[None]:
    """Serve static files from where they lie. The live server starts once, before any test's own settings."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(
        WHITENOISE_AUTOREFRESH=True, WHITENOISE_USE_FINDERS=True, STORAGES={**settings.STORAGES, "staticfiles": plain}
    ):
        yield
