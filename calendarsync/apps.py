"""The application's entry in Django's registry."""

from django.apps import AppConfig


class CalendarSyncConfig(AppConfig):
    """My Calendar and Calendar Sync."""

    name = "calendarsync"
    verbose_name = "Calendar Sync"

    def ready(self) -> None:
        """Register the system checks."""
        from calendarsync import checks  # noqa: F401 - registering is what the import is for
