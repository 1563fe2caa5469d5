"""An item and a remote event, paired: what they last agreed on, and what is still in doubt."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from calendarsync.core.events import Appointment, appointment_from_json
from calendarsync.models.integrations import Integration
from calendarsync.models.items import CalendarItem


class Origin(models.TextChoices):
    """Where a pair came from: it decides whose id names the event, and who wins a field edited on both sides."""

    BMS = "bms", "My Calendar"
    LINKED = "linked", "Linked calendar"


class LinkState(models.TextChoices):
    """What a pair may still do."""

    ACTIVE = "active", "Synced"
    HELD = "held", "Not taken over"  # a filter was off when it changed there
    DETACHED = "detached", "Not synced"  # gone there, kept here
    PARKED = "parked", "Failed"  # the provider refused this revision
    TOMB = "tomb", "Deleted"


CHANGING_FIELDS = [
    "origin", "state", "reason", "generation", "event_id", "event_uid", "agreed_local", "agreed_remote", "pushed_rev",
    "seen_at", "doubt", "unseen", "acked_at", "may_update", "may_delete", "last_synced_at",
]  # fmt: skip
"""What a sync may change of a link: all but whose pair it is."""


class LinkQuerySet(models.QuerySet["Link"]):
    """The questions asked of links."""

    def in_doubt(self) -> Self:
        """Only pairs with a write whose answer we never got."""
        return self.exclude(doubt=[])

    def awaited(self) -> Self:
        """Only pairs with an accepted write that we still expect to see in a read."""
        return self.exclude(acked_at=None).exclude(unseen=[])

    def behind(self) -> Self:
        """Only pairs whose item has a revision that the linked calendar does not have."""
        return self.filter(item__rev__gt=F("pushed_rev")).exclude(state=LinkState.TOMB)


class Link(models.Model):
    """One row for each (integration, item).

    The last agreement has two faces, `agreed_local` and `agreed_remote`, since providers rewrite what they are given:
    each side is compared with its own. Whether a push is owed is derived: the item's `rev` above `pushed_rev`.
    """

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="links")
    item = models.ForeignKey(CalendarItem, on_delete=models.CASCADE, related_name="links")
    origin = models.CharField(max_length=6, choices=Origin)
    state = models.CharField(max_length=10, choices=LinkState, default=LinkState.ACTIVE)
    reason = models.CharField(max_length=500, blank=True, default="", help_text="Why it does not travel, in words.")

    # --- Identity. Only the present generation may speak for the pair.
    generation = models.PositiveIntegerField(default=0)
    event_id = models.CharField(max_length=64, blank=True, default="", help_text="Ours; empty for their events.")
    event_uid = models.CharField(max_length=255, blank=True, default="", help_text="Cronofy's; learned from a read.")

    # --- The last agreement
    agreed_local = models.JSONField(null=True, blank=True)
    agreed_remote = models.JSONField(null=True, blank=True)
    pushed_rev = models.PositiveIntegerField(default=0)
    seen_at = models.DateTimeField(null=True, blank=True, help_text="Newest `updated` seen; older reads are stale.")

    # --- Writes whose fate is open: {"content", "rev", "op", "at"}, oldest first.
    doubt = models.JSONField(default=list, blank=True, help_text="Sent without an answer.")
    unseen = models.JSONField(default=list, blank=True, help_text="Accepted, not yet seen in a read.")
    acked_at = models.DateTimeField(null=True, blank=True, help_text="The provider's clock at the last acceptance.")

    # --- What the provider lets us do to an event that is not ours
    may_update = models.BooleanField(default=True)
    may_delete = models.BooleanField(default=True)
    last_synced_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = LinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["integration", "item"], name="link_once_per_item"),
            models.UniqueConstraint(
                fields=["integration", "event_id"], condition=~Q(event_id=""), name="link_once_per_event_id"
            ),
            models.UniqueConstraint(
                fields=["integration", "event_uid"],
                condition=~Q(event_uid="") & ~Q(state=LinkState.TOMB),
                name="link_once_per_event_uid",
            ),
            models.CheckConstraint(condition=Q(origin__in=Origin.values), name="link_origin_is_known"),
            models.CheckConstraint(condition=Q(state__in=LinkState.values), name="link_state_is_known"),
            models.CheckConstraint(condition=~Q(event_id="", event_uid=""), name="link_has_an_identity"),
        ]
        indexes = [
            models.Index(fields=["integration"], name="link_in_doubt", condition=~Q(doubt=[])),
            models.Index(
                fields=["integration", "acked_at"], name="link_awaited", condition=~Q(unseen=[]) & ~Q(acked_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} ↔ {self.event_id or self.event_uid}"

    def facts(self) -> tuple[Any, ...]:
        """Return everything that a sync may change, to see whether it did."""
        return tuple(getattr(self, name) for name in CHANGING_FIELDS)

    @property
    def agreed(self) -> tuple[Appointment | None, Appointment | None]:
        """The two faces of the last agreement: ours and theirs."""
        return _loaded(self.agreed_local), _loaded(self.agreed_remote)

    @property
    def attempts(self) -> tuple[Appointment, ...]:
        """What we sent and have not yet seen in a read, oldest first; deletions have no content and are left out."""
        entries = [*self.unseen, *self.doubt]
        return tuple(appointment_from_json(entry["content"]) for entry in entries if entry.get("content"))


def _loaded(data: dict[str, Any] | None) -> Appointment | None:
    return None if data is None else appointment_from_json(data)
