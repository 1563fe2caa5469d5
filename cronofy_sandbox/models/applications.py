"""Applications that use the sandbox, and what people granted to them."""

from django.db import models


class Application(models.Model):
    """A registered client. `secrets` holds the active client secrets, newest first."""

    client_id = models.CharField(max_length=100, unique=True)
    name = models.CharField(max_length=100)
    secrets = models.JSONField(default=list)
    redirect_uris = models.JSONField(default=list, blank=True)  # binding only in production
    in_production = models.BooleanField(default=False)
    rate_per_second = models.PositiveIntegerField(default=50)
    rate_per_minute = models.PositiveIntegerField(default=500)
    missing_features = models.JSONField(default=list, blank=True)  # features the plan lacks: they answer 402

    def __str__(self) -> str:
        return self.name


class Authorization(models.Model):
    """What one account granted to one application; it owns the tokens. Granting again revives the same row."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="authorizations")
    account = models.ForeignKey("Account", on_delete=models.CASCADE, related_name="authorizations")
    scope = models.CharField(max_length=400)
    refresh_token = models.CharField(max_length=64, unique=True)
    # Under rotation the token before the current one lives until the current one is used.
    previous_refresh_token = models.CharField(max_length=64, blank=True, db_index=True)
    granted_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "account"], name="authorization_one_per_account"),
        ]

    def __str__(self) -> str:
        return f"{self.application} for {self.account}"


class AccessToken(models.Model):
    """A bearer token. Several may be alive at once, as tokens issued earlier run out by themselves."""

    token = models.CharField(max_length=64, unique=True)
    authorization = models.ForeignKey(Authorization, on_delete=models.CASCADE, related_name="access_tokens")
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"token of {self.authorization}"


class AuthorizationCode(models.Model):
    """A code on its way through the browser; good once and for a minute."""

    code = models.CharField(max_length=64, unique=True)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="+")
    profile = models.ForeignKey("Profile", on_delete=models.CASCADE, related_name="+")
    redirect_uri = models.CharField(max_length=2000)
    scope = models.CharField(max_length=400)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"code for {self.profile}"


class LinkToken(models.Model):
    """Lets the next login be added to a known account instead of starting a new one."""

    token = models.CharField(max_length=64, unique=True)
    account = models.ForeignKey("Account", on_delete=models.CASCADE, related_name="+")
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="+")
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"link token for {self.account}"


class PermissionsRequest(models.Model):
    """An application's wish for elevated permission on calendars, waiting for the user's answer."""

    token = models.CharField(max_length=64, unique=True)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="+")
    account = models.ForeignKey("Account", on_delete=models.CASCADE, related_name="+")
    permissions = models.JSONField()  # [{"calendar_id": …, "permission_level": …}]
    redirect_uri = models.CharField(max_length=2000, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    accepted = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"permissions for {self.application} on {self.account}"
