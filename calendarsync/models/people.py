"""Who logs in, and in which time zone they live."""

from __future__ import annotations

from typing import ClassVar, Self
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.db import models


def is_known_zone(name: str) -> None:
    """Raise ValidationError unless `name` is an IANA time zone of the pinned tzdata."""
    if name not in available_timezones():
        raise ValidationError(f"{name} is not a known time zone, such as Europe/Berlin.")


class User(AbstractUser):
    """A person of the practice. Everything on the pages is shown in their zone."""

    time_zone = models.CharField(max_length=64, default="UTC", validators=[is_known_zone])

    objects: ClassVar[UserManager[Self]] = UserManager()

    @property
    def zone(self) -> ZoneInfo:
        """The person's time zone, for arithmetic."""
        return ZoneInfo(self.time_zone)

    @property
    def display_name(self) -> str:
        """The full name, or the log-in name of somebody who gave none."""
        return self.get_full_name() or self.username
