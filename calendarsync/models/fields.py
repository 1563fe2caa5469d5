"""A text column whose values are encrypted at rest. Fails closed; keys come from settings, newest first."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


@lru_cache(maxsize=4)
def _box_of(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def _box() -> MultiFernet:
    return _box_of(tuple(settings.FIELD_KEYS))


class UnreadableSecretError(Exception):
    """A stored secret that no key of FIELD_KEYS opens. Names the column, never the value."""


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Holds Fernet tokens in the database and plain text in Python. Cannot be searched."""

    def get_prep_value(self, value: Any) -> Any:
        """Encrypt with the newest key."""
        value = super().get_prep_value(value)
        return None if value is None else _box().encrypt(value.encode()).decode("ascii")

    def from_db_value(self, value: str | None, _expression: Any, _connection: Any) -> str | None:
        """Decrypt with whichever key fits; raise UnreadableSecretError if none does."""
        if value is None:
            return None
        try:
            return _box().decrypt(value.encode("ascii")).decode()
        except (InvalidToken, UnicodeEncodeError):
            raise UnreadableSecretError(f"{self.model._meta.label}.{self.name}") from None

    def get_lookup(self, lookup_name: str) -> Any:
        """Refuse comparisons: the same text encrypts differently each time, so none could ever match."""
        if lookup_name != "isnull":
            raise TypeError("Encrypted columns cannot be searched.")
        return super().get_lookup(lookup_name)
