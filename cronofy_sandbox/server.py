"""Serves the sandbox: one process with threads, one of which delivers notifications."""

import time
from typing import Any

from gunicorn import util
from gunicorn.app.base import BaseApplication

from cronofy_sandbox import delivery
from cronofy_sandbox.services import clock


class _Server(BaseApplication):  # type: ignore[misc] # published without types
    """Gunicorn without its command line."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from cronofy_sandbox.wsgi import application

        return application


def _tell_own_time() -> None:
    """Let the Date header show the sandbox's clock, as all times in its answers do.

    Gunicorn writes that header itself and drops an application's, so its function is wrapped.
    """
    real = util.http_date
    util.http_date = lambda timestamp=None: real((timestamp or time.time()) + clock.last_seen_offset())


def run(*, bind: str, threads: int) -> None:
    """Answer on `bind` until the process is told to stop."""
    _tell_own_time()
    _Server(
        {
            "bind": bind,
            "workers": 1,
            "worker_class": "gthread",
            "threads": threads,
            "keepalive": 75,
            "timeout": 0,  # injected latency may be long; nothing here needs a watchdog
            "graceful_timeout": 2,
            "control_socket_disable": True,
            "loglevel": "warning",
            "post_worker_init": lambda _worker: delivery.start(),
        }
    ).run()
