"""The thread that hands notifications over: signed, five seconds each, several at a time.

One slow callback must not hold up the others.
"""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import requests
from django.db import connection

from cronofy_sandbox.core import signature
from cronofy_sandbox.models import Channel, Delivery
from cronofy_sandbox.services import bell, clock, deliveries, writing

log = logging.getLogger(__name__)

TIMEOUT = 5.0  # seconds within which a callback has to answer
AT_ONCE = 8
NAP = 1.0  # seconds between looks when nothing rings: the clock may have been shifted


class Courier:
    """Looks for due notifications and hands each to a worker thread."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="courier")
        self._on_the_way: set[int] = set()
        self._lock = threading.Lock()

    def run_forever(self) -> None:
        """Deliver until the process ends."""
        while True:
            try:
                nap = self._round()
            except Exception:
                log.exception("looking for due notifications failed")
                nap = NAP
            bell.wait(nap)

    def _round(self) -> float:
        """Send what is due; return how many seconds may pass until the next look."""
        now = clock.now()
        writing.land_due_writes(now)
        with self._lock:
            busy = set(self._on_the_way)
        for delivery in deliveries.due(now, leaving_out=busy):
            with self._lock:
                self._on_the_way.add(delivery.pk)
            self._pool.submit(self._carry, delivery)
        return self._nap(now)

    def _nap(self, now: datetime) -> float:
        first = deliveries.next_due_at()
        if first is None:
            return NAP
        return min(NAP, max(0.01, (first - now).total_seconds()))

    def _carry(self, delivery: Delivery) -> None:
        try:
            deliver(delivery)
        except Exception:
            log.exception("delivery %s failed", delivery.pk)
        finally:
            with self._lock:
                self._on_the_way.discard(delivery.pk)
            connection.close()


def deliver(delivery: Delivery) -> None:
    """Try once to hand a notification over, and note what came of it; nothing if another thread is at it."""
    if not deliveries.claim(delivery, now=clock.now()):
        return
    body = delivery.body.encode()
    # Read the secrets at the last moment: one may have been added or retired while the notification waited.
    delivery.channel.application.refresh_from_db(fields=["secrets"])
    signed = signature.header(body, delivery.channel.application.secrets)
    began = time.perf_counter()
    attempt = _post(delivery.channel.callback_url, body, signed)
    attempt["ms"] = round((time.perf_counter() - began) * 1000)
    attempt["signature"] = signed
    deliveries.note(delivery, attempt, now=clock.now())


def _post(url: str, body: bytes, signed: str) -> dict[str, object]:
    headers = {"Content-Type": "application/json; charset=utf-8", "Cronofy-HMAC-SHA256": signed}
    headers["User-Agent"] = "cronofy-sandbox"
    with requests.Session() as session:
        session.trust_env = False  # callbacks are local: never through a proxy
        try:
            answer = session.post(url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False)
        except requests.RequestException as error:
            return {"status": None, "error": type(error).__name__, "answer": ""}
        return {"status": answer.status_code, "error": "", "answer": answer.text[:500]}


def deliver_waiting(channel: Channel) -> None:
    """Hand over at once what waits for a channel, before the caller goes on."""
    waiting = channel.deliveries.filter(state=Delivery.State.WAITING).select_related("channel__application")
    for delivery in waiting:
        deliver(delivery)


def start() -> None:
    """Start the delivering thread of this process."""
    threading.Thread(target=Courier().run_forever, name="courier", daemon=True).start()
