"""The signature of notifications."""

import base64
import hashlib
import hmac
from collections.abc import Sequence


def header(body: bytes, secrets: Sequence[str]) -> str:
    """Return the value of Cronofy-HMAC-SHA256: one signature of the raw body per active secret, joined by commas."""
    return ",".join(
        base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode() for secret in secrets
    )
