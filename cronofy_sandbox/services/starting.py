"""What the sandbox holds before anyone has used it, and the way back there."""

from django.apps import apps
from django.db import connection, transaction

from cronofy_sandbox.models import Application

CLIENT_ID = "sandbox-client"
CLIENT_SECRET = "sandbox-secret-1"  # noqa: S105 - printed in the documentation: opens invented data only


def ensure_default_application() -> Application:
    """Return the application that every sandbox knows, made when missing."""
    application, _ = Application.objects.get_or_create(
        client_id=CLIENT_ID, defaults={"name": "BMS Calendar", "secrets": [CLIENT_SECRET]}
    )
    return application


@transaction.atomic
def reset() -> None:
    """Forget everything but the default application."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA defer_foreign_keys = ON")
        for model in apps.get_app_config("cronofy_sandbox").get_models():
            cursor.execute(f'DELETE FROM "{model._meta.db_table}"')  # noqa: S608 - the names are our own
    ensure_default_application()
