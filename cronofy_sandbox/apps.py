"""Registers the sandbox as a Django application."""

from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """The one application of the sandbox's own Django project."""

    name = "cronofy_sandbox"
    verbose_name = "Calendar Link Sandbox"
    default_auto_field = "django.db.models.BigAutoField"
