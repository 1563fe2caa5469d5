"""Is this notification really Cronofy's?"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable


def sign(body: bytes, secret: str) -> str:
    """Return what Cronofy puts into `Cronofy-HMAC-SHA256` for the raw `body`."""
    # https://docs.cronofy.com/developers/api/push-notifications/
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def is_genuine(body: bytes, header: str, *, secrets: Iterable[str]) -> bool:
    """Does any value of the header fit any of our secrets? Compared in constant time, over the raw bytes.

    While a secret is being replaced the header carries one value for each of Cronofy's, separated by commas.
    """
    given = [value.strip().encode() for value in header.split(",") if value.strip()]
    # A blank secret, left by a stray comma in the configuration, would let anybody sign.
    expected = [sign(body, secret).encode() for secret in secrets if secret]
    return any([hmac.compare_digest(ours, theirs) for ours in expected for theirs in given])  # noqa: C419 - none is skipped
