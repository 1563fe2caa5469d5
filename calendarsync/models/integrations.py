"""A connected calendar with its settings, and the grant (tokens) through which it is reached."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from calendarsync.core.windows import Reach
from calendarsync.models.fields import EncryptedTextField
from calendarsync.models.items import Kind

if TYPE_CHECKING:
    from calendarsync.models.people import User

_REACHES = [(reach.value, reach.value) for reach in Reach]


class Grant(models.Model):
    """What a user allowed us in the portal: one account at Cronofy, its tokens, and whether they still work."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="grants")
    account_id = models.CharField(max_length=64, help_text="Cronofy's `sub`.")
    email = models.CharField(max_length=320, blank=True, default="")
    provider_name = models.CharField(max_length=40, blank=True, default="")
    provider_service = models.CharField(max_length=40, blank=True, default="")
    scope = models.CharField(max_length=500, blank=True, default="")
    access_token = EncryptedTextField()
    refresh_token = EncryptedTextField()
    access_expires_at = models.DateTimeField()
    granted_at = models.DateTimeField()
    refreshed_at = models.DateTimeField(null=True, blank=True)
    lost_at = models.DateTimeField(null=True, blank=True, help_text="When Cronofy stopped accepting our tokens.")
    profile_lost_at = models.DateTimeField(null=True, blank=True, help_text="When Cronofy lost the mailbox.")
    relink_url = models.URLField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "account_id"], name="grant_once_per_account")]

    def __str__(self) -> str:
        return f"{self.email} ({self.provider_label})"

    @property
    def provider_label(self) -> str:
        """The service in the words of the portal; one that we do not know is shown as Cronofy calls it."""
        return (
            PROVIDER_LABELS.get(self.provider_service)
            or PROVIDER_LABELS.get(self.provider_name)
            or (self.provider_service or self.provider_name or "Calendar")
        )

    @property
    def is_connected(self) -> bool:
        """Whether Cronofy still lets us in, and still reaches the mailbox itself."""
        return self.lost_at is None and self.profile_lost_at is None


PROVIDER_LABELS = {
    "icloud": "iCloud",
    "apple": "iCloud",
    "google": "Google",
    "gsuite": "Google",
    "office365": "Office 365",
    "exchange": "Exchange (on-premise)",
    "outlook_com": "Outlook.com",
    "live_connect": "Outlook.com",
    "cronofy": "Cronofy",
}


class RemoteCalendar(models.Model):
    """A calendar on offer: what the drop-down of the wizard's first step lists, as last read."""

    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="calendars")
    calendar_id = models.CharField(max_length=255)
    name = models.CharField(max_length=500)
    profile_name = models.CharField(max_length=320, blank=True, default="")
    is_readonly = models.BooleanField(default=False)
    is_primary = models.BooleanField(default=False)
    is_deleted = models.BooleanField(default=False)
    is_unrestricted = models.BooleanField(default=False, help_text="We may change events that are not ours.")
    read_at = models.DateTimeField()

    class Meta:
        ordering = ["profile_name", "-is_primary", "name"]
        constraints = [models.UniqueConstraint(fields=["grant", "calendar_id"], name="remotecalendar_once_per_grant")]

    def __str__(self) -> str:
        return self.name


class Problem(models.TextChoices):
    """Why an integration cannot work until somebody acts. The sentences are in wording.py."""

    NONE = "", ""
    CALENDAR_GONE = "calendar_gone", "The calendar is gone"
    CALENDAR_READONLY = "calendar_readonly", "The calendar is read-only"
    NOT_PERMITTED = "not_permitted", "A permission is missing"


def new_hook_token() -> str:
    """Return the unguessable part of an integration's callback address."""
    return secrets.token_urlsafe(18)


class PrivateEvents(models.TextChoices):
    """How much of an event marked private comes in."""

    FULL = "full", "Full details"
    BUSY = "busy", "Busy only"
    SKIP = "skip", "Skip"


def _owed(now: datetime) -> models.QuerySet[models.Model]:
    jobs = apps.get_model("calendarsync", "PushJob")._default_manager
    return jobs.filter(integration=OuterRef("pk"), gave_up_at=None, due_at__lte=now)


def _asked() -> models.QuerySet[models.Model]:
    """Runs that wait for a worker, or that one left behind: still reading, or with nothing more to send."""
    jobs = apps.get_model("calendarsync", "PushJob")._default_manager.filter(run=OuterRef("pk"), gave_up_at=None)
    runs = apps.get_model("calendarsync", "SyncRun")._default_manager
    open_runs = runs.filter(integration=OuterRef("pk"), ended_at=None).exclude(trigger="live")
    return open_runs.exclude(Q(phase="sending") & Exists(jobs))


class IntegrationQuerySet(models.QuerySet["Integration"]):
    """The questions asked of integrations."""

    def of(self, user: User) -> Self:
        """Only `user`'s, without deleted ones."""
        return self.filter(user=user, deleted_at=None)

    def finished(self) -> Self:
        """Only those whose wizard was finished."""
        return self.exclude(finished_at=None)

    def working(self) -> Self:
        """Only those that sync: finished, switched on, connected and without a problem that somebody must solve."""
        return self.finished().filter(
            deleted_at=None,
            is_active=True,
            problem="",
            grant__isnull=False,
            grant__lost_at=None,
            grant__profile_lost_at=None,
        )

    def not_connected(self) -> Self:
        """Only those whose link with Cronofy is broken."""
        broken = ~Q(problem="") | Q(grant__lost_at__isnull=False) | Q(grant__profile_lost_at__isnull=False)
        return self.finished().filter(broken, deleted_at=None)

    def with_work(self, now: datetime) -> Self:
        """Only those that a worker should look after at `now`. What a lost message left behind is found by this."""
        to_read = Q(dirty_seq__gt=F("clean_seq")) | Q(cursor=None) | Q(read_after__lte=now)
        to_send = Exists(_owed(now)) | Exists(_asked())
        syncs = Q(pk__in=Integration.objects.working())
        ready = (Q(not_before=None) | Q(not_before__lte=now)) & syncs & (to_read | to_send | Q(channel_id=""))
        # A deleted or switched-off integration owes Cronofy the end of its channel, a deleted one its tokens too.
        is_off = Q(deleted_at__isnull=False) | Q(is_active=False)
        to_close = is_off & Q(grant__isnull=False, grant__lost_at=None) & ~Q(channel_id="")
        to_revoke = Q(deleted_at__isnull=False, grant__isnull=False)
        closing = (Q(not_before=None) | Q(not_before__lte=now)) & (to_close | to_revoke)
        return self.filter(ready | closing)


class Integration(models.Model):
    """A calendar that a user connected, what of it travels, and how far the two sides have come."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="integrations")
    grant = models.ForeignKey(Grant, null=True, on_delete=models.SET_NULL, related_name="integrations")
    calendar_id = models.CharField(max_length=255, blank=True, default="")
    calendar_name = models.CharField(max_length=500, blank=True, default="")
    is_readonly = models.BooleanField(default=False)
    is_unrestricted = models.BooleanField(default=False)

    # --- What travels: the answers of the wizard
    takes_created = models.BooleanField(default=True)
    takes_updated = models.BooleanField(default=True)
    takes_deleted = models.BooleanField(default=True)
    private_events = models.CharField(max_length=5, choices=PrivateEvents, default=PrivateEvents.BUSY)
    sends = ArrayField(models.CharField(max_length=12, choices=Kind), default=list, blank=True)
    retrieve = models.BooleanField(default=False)
    retrieve_past = models.CharField(max_length=5, choices=_REACHES, default=Reach.TODAY)
    retrieve_future = models.CharField(max_length=5, choices=_REACHES, default=Reach.TODAY)
    send = models.BooleanField(default=False)
    send_past = models.CharField(max_length=5, choices=_REACHES, default=Reach.TODAY)
    send_future = models.CharField(max_length=5, choices=_REACHES, default=Reach.TODAY)
    draft = models.JSONField(default=dict, blank=True, help_text="The wizard's answers not yet in force, by step.")

    # --- Its life
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True, help_text="When the wizard was first finished.")
    is_active = models.BooleanField(default=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=20, choices=Problem, blank=True, default="")
    problem_since = models.DateTimeField(null=True, blank=True)
    last_synced_at = models.DateTimeField(null=True, blank=True, help_text="When an item last travelled.")
    last_checked_at = models.DateTimeField(null=True, blank=True)

    # --- The channel through which we hear of changes
    hook_token = models.CharField(max_length=40, default=new_hook_token, unique=True)
    channel_id = models.CharField(max_length=64, blank=True, default="")
    channel_calendar_id = models.CharField(max_length=255, blank=True, default="")
    last_notice_at = models.DateTimeField(null=True, blank=True)

    # --- How far the reading is. The cursor is by the provider's clock and moves only after the last page.
    cursor = models.DateTimeField(null=True, blank=True)
    takes_from = models.DateTimeField(null=True, blank=True, help_text="Older unknown events come only when retrieved.")
    dirty_seq = models.PositiveBigIntegerField(default=0)
    clean_seq = models.PositiveBigIntegerField(default=0)
    changes_since = models.DateTimeField(null=True, blank=True, help_text="The earliest change we were told of.")
    read_after = models.DateTimeField(null=True, blank=True, help_text="When to read again without being told.")

    # --- One worker at a time, and not before
    lease_holder = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True)

    objects = IntegrationQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(sends__contained_by=list(Kind.values)), name="integration_sends_known_kinds"
            ),
            models.CheckConstraint(
                condition=Q(private_events__in=PrivateEvents.values), name="integration_private_events_is_known"
            ),
            models.CheckConstraint(condition=Q(problem__in=Problem.values), name="integration_problem_is_known"),
            models.CheckConstraint(
                condition=Q(finished_at=None) | ~Q(calendar_id=""), name="integration_finished_with_a_calendar"
            ),
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=False) | Q(grant__isnull=False), name="integration_alive_has_a_grant"
            ),
            models.UniqueConstraint(
                fields=["user", "calendar_id"],
                condition=Q(deleted_at=None) & ~Q(finished_at=None),
                name="integration_once_per_calendar",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.calendar_name or 'Setup incomplete'} of {self.user}"

    @property
    def is_connected(self) -> bool:
        """The status of the link between Cronofy and the BMS; a failed item never makes it false."""
        return self.problem == "" and self.grant is not None and self.grant.is_connected

    def mark_problem(self, problem: Problem, *, now: datetime) -> None:
        """Note that somebody must act, keeping the moment at which it began. Does not save."""
        if self.problem != problem:
            self.problem, self.problem_since = problem, now if problem else None

    def settings_snapshot(self) -> dict[str, Any]:
        """Return what was ticked, for the record of a run."""
        return {
            "calendar": self.calendar_name,
            "takes": [
                word
                for word, ticked in (
                    ("Create", self.takes_created),
                    ("Update", self.takes_updated),
                    ("Delete", self.takes_deleted),
                )
                if ticked
            ],
            "sends": list(self.sends),
            "retrieve": [self.retrieve_past, self.retrieve_future] if self.retrieve else None,
            "send": [self.send_past, self.send_future] if self.send else None,
        }
