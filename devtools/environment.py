"""The environment variables of tests and checks: complete, harmless and the same on every machine."""

from __future__ import annotations

import os

# Sandbox defaults for everything that talks to Cronofy; addresses are closed ports, so nothing leaves by accident.
TEST_VALUES = {
    "SECRET_KEY": "only-for-tests-and-checks-and-therefore-no-secret-at-all",
    "FIELD_KEYS": "b25seS1mb3ItdGVzdHMtYW5kLW5vLXNlY3JldC1hdC0=",
    "DEBUG": "0",
    "PUBLIC_URL": "http://127.0.0.1:8000",
    "CRONOFY_CLIENT_ID": "sandbox-client",
    "CRONOFY_CLIENT_SECRET": "sandbox-secret-1",
    "CRONOFY_DATA_CENTER": "us",
    "CRONOFY_API_URL": "http://127.0.0.1:1",
    "CRONOFY_APP_URL": "http://127.0.0.1:1",
    "PYTHONTZPATH": "",
}
NO_SERVER = {
    "DATABASE_URL": "postgresql://nobody:none@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}
# What a developer's own shell or .env may hold must not steer the tests.
FOREIGN = (
    "ALLOWED_HOSTS",
    "CELERY_PREFIX",
    "CRONOFY_CALLS_PER_MINUTE",
    "CRONOFY_CALLS_PER_SECOND",
    "DATA_DIR",
    "INSTALLATION",
    "LEASE_SECONDS",
    "PORT",
    "RECONCILE_MINUTES",
    "SANDBOX_PORT",
)


def use_test_values() -> None:
    """Make this process's environment that of the tests; DATABASE_URL and REDIS_URL stay as they are."""
    for name in FOREIGN:
        os.environ.pop(name, None)
    os.environ.update(TEST_VALUES)
