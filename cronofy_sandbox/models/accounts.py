"""People of the sandbox: an account holds profiles (one per provider login), a profile holds calendars."""

from django.db import models
from django.db.models import Q


class Account(models.Model):
    """One end user, or one application calendar (a calendar without a provider)."""

    uid = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    zone = models.CharField(max_length=64, default="Etc/UTC")
    created_at = models.DateTimeField()
    # Only for application calendars: the id that the application chose.
    application_calendar_id = models.CharField(max_length=255, blank=True)
    application = models.ForeignKey("Application", null=True, blank=True, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "application_calendar_id"],
                condition=~Q(application_calendar_id=""),
                name="account_one_per_application_calendar_id",
            ),
        ]

    def __str__(self) -> str:
        return self.email or self.application_calendar_id or self.uid

    @property
    def is_application_calendar(self) -> bool:
        """Is this a calendar without a person behind it?"""
        return self.application_calendar_id != ""


class Profile(models.Model):
    """One provider login of an account."""

    uid = models.CharField(max_length=40, unique=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="profiles")
    provider_name = models.CharField(max_length=30)
    provider_service = models.CharField(max_length=30)
    name = models.CharField(max_length=254)  # the login's address
    connected = models.BooleanField(default=True)
    initial_sync_required = models.BooleanField(default=False)
    relink_token = models.CharField(max_length=40, unique=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider_service", "name"], name="profile_one_per_login"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.provider_service})"


class Calendar(models.Model):
    """One calendar of a profile."""

    uid = models.CharField(max_length=80, unique=True)
    profile = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="calendars")
    name = models.CharField(max_length=200)
    color = models.CharField(max_length=7, blank=True)
    readonly = models.BooleanField(default=False)
    deleted = models.BooleanField(default=False)
    primary = models.BooleanField(default=False)
    integrated_conferencing_available = models.BooleanField(default=False)
    attachments_available = models.BooleanField(default=False)
    permission_level = models.CharField(max_length=20, default="sandbox")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["profile"], condition=Q(primary=True), name="calendar_one_primary"),
            models.CheckConstraint(
                condition=Q(permission_level__in=["sandbox", "unrestricted"]), name="calendar_known_permission_level"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_writable(self) -> bool:
        """May anything be written here?"""
        return not (self.readonly or self.deleted)
