"""What a tester sets and sees: faults, the clock, and the log of calls."""

from django.db import models


class Fault(models.Model):
    """A misbehaviour switched on for a number of calls, for a time, or until it is removed."""

    kind = models.CharField(max_length=40, db_index=True)
    params = models.JSONField(default=dict)
    match = models.JSONField(default=dict)  # {"method", "path", "entry"}: all optional
    remaining = models.PositiveIntegerField(null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    hits = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.kind


class Clock(models.Model):
    """The one row that says how far the sandbox's clock is off."""

    offset_seconds = models.FloatField(default=0)

    def __str__(self) -> str:
        return f"{self.offset_seconds:+} s"


class ApiCall(models.Model):
    """One call of an application, tokens and secrets masked, bodies cut when long."""

    at = models.DateTimeField(db_index=True)
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=2000)
    query = models.TextField(blank=True)
    request_body = models.TextField(blank=True)
    status = models.PositiveIntegerField()  # 0: the connection was dropped
    response_body = models.TextField(blank=True)
    milliseconds = models.FloatField()
    client_id = models.CharField(max_length=100, blank=True)
    account_uid = models.CharField(max_length=40, blank=True)
    fault = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"
