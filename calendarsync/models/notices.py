"""Notifications as they came in. Their content is never applied; they only say where to look again."""

from __future__ import annotations

from django.db import models

from calendarsync.models.integrations import Integration


class Notice(models.Model):
    """One genuine notification. Doubled, late and reordered ones do no harm."""

    integration = models.ForeignKey(
        Integration, null=True, blank=True, on_delete=models.CASCADE, related_name="notices"
    )
    channel_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=60, help_text="Cronofy's notification type, known to us or not.")
    changes_since = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["received_at"], name="notice_received")]

    def __str__(self) -> str:
        return f"{self.kind} on {self.channel_id}"
