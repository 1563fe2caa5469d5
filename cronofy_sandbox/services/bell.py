"""Wakes the delivering thread as soon as there is something to send."""

import threading

from django.db import transaction

_bell = threading.Event()


def ring_on_commit() -> None:
    """Wake the delivering thread once the present transaction is committed."""
    transaction.on_commit(_bell.set)


def wait(seconds: float) -> None:
    """Sleep until the bell rings, `seconds` at most."""
    _bell.wait(seconds)
    _bell.clear()
