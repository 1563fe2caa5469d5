"""Push channels and what was, or is to be, sent through them."""

from django.db import models
from django.db.models import Q


class Channel(models.Model):
    """Where an application wants to hear of changes to one account."""

    uid = models.CharField(max_length=40, unique=True)
    application = models.ForeignKey("Application", on_delete=models.CASCADE, related_name="channels")
    account = models.ForeignKey("Account", on_delete=models.CASCADE, related_name="channels")
    callback_url = models.CharField(max_length=2000)
    filters = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    failing_since = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_because = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["account"], condition=Q(closed_at=None), name="channel_open")]

    def __str__(self) -> str:
        return self.uid


class Delivery(models.Model):
    """One notification, its body exactly as signed and sent, and every attempt to hand it over."""

    class State(models.TextChoices):
        """What became of it."""

        WAITING = "waiting"
        DELIVERED = "delivered"
        GIVEN_UP = "given up"
        DROPPED = "dropped"

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="deliveries")
    kind = models.CharField(max_length=60)
    body = models.TextField()
    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    first_tried_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    attempts = models.JSONField(default=list)  # [{"at", "status", "ms", "error", "answer", "signature"}]

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [models.Index(fields=["due_at"], condition=Q(state="waiting"), name="delivery_due")]

    def __str__(self) -> str:
        return f"{self.kind} to {self.channel}"
