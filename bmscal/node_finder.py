"""Serve single npm files under names of our own, so that nothing of theirs is copied into the repository."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage, Error
from django.core.files.storage import FileSystemStorage


class MappedStorage(FileSystemStorage):
    """A read-only storage over {static name: path}; it has no folders."""

    prefix = None  # staticfiles asks every finder's storage for one

    def __init__(self, files: dict[str, Path]) -> None:
        super().__init__(location=str(settings.BASE_DIR))
        self.files = files

    def path(self, name: str) -> str:
        """Return where the file of this static name really lies."""
        return str(self.files[name])

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """Return all names as if they lay in one folder."""
        return [], list(self.files)


class NodeModulesFinder(BaseFinder):
    """Find the files of `settings.NODE_FILES`: {static name: path, relative to BASE_DIR or absolute}."""

    def __init__(self, app_names: object = None, *args: Any, **kwargs: Any) -> None:
        root = Path(settings.BASE_DIR)
        self.storage = MappedStorage({name: root / source for name, source in settings.NODE_FILES.items()})
        super().__init__(*args, **kwargs)

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """Say which set-up step is missing, instead of pages without their scripts."""
        missing = [path for path in self.storage.files.values() if not path.is_file()]
        hint = "Run `make setup` (or `npm ci && npm run build`)."
        return [Error(f"{path} is missing.", hint=hint, id="frontend.E001") for path in missing]

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """Return the file's path; with `find_all` a list of it. Empty when it is not one of ours."""
        name = path.replace("\\", "/")
        found = [str(self.storage.files[name])] if name in self.storage.files else []
        return found if find_all else (found[0] if found else [])

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[tuple[str, MappedStorage]]:
        """Yield every file for collectstatic."""
        return [(name, self.storage) for name in self.storage.files]
