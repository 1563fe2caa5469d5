"""The customers' side of the suite, as small as a calendar needs it: accounts and their tickets."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Account(models.Model):
    """A customer."""

    name = models.CharField(max_length=200, unique=True)
    address = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Priority(models.TextChoices):
    """How urgent something is."""

    LOW = "low", "Low"
    NORMAL = "normal", "Normal"
    HIGH = "high", "High"
    URGENT = "urgent", "Urgent"


class Ticket(models.Model):
    """A customer's request, to which service calls are added."""

    number = models.PositiveIntegerField(unique=True)
    subject = models.CharField(max_length=200)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="tickets")
    priority = models.CharField(max_length=10, choices=Priority, default=Priority.NORMAL)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="ticket_priority_is_known"),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.subject}"
