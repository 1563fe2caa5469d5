"""Start processes that die with us, find free ports, stop what was started."""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from devtools.problems import Problem

PR_SET_PDEATHSIG = 1


def die_with_parent(number: int = signal.SIGTERM) -> Callable[[], None] | None:
    """Return a `preexec_fn`: Linux then sends `number` to the child when our thread dies, even by SIGKILL.

    The signal follows the *thread* that started the child, so start children from the main thread. None elsewhere.
    """
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)  # loaded before the fork: afterwards a lock may be held for ever
    return lambda: libc.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_free(port: int) -> bool:
    """Tell whether a server could listen on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def package_dir(name: str) -> Path:
    """Return where a package lies, without importing it: some of them warn or take locks when imported."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise Problem(f"The package {name} is not installed in {sys.prefix}; run `make setup`.")
    return Path(next(iter(spec.submodule_search_locations)))


def stop(process: subprocess.Popen[bytes], *, number: int = signal.SIGTERM, patience: float = 15.0) -> None:
    """Ask the process to end; after `patience` seconds end it and its whole group the hard way."""
    if process.poll() is None:
        process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    kill_group(process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """End the process and what it started, at once. It must have been started with `start_new_session`."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_until(ready: Callable[[], bool], *, alive: Callable[[], bool], seconds: float) -> bool:
    """Poll until `ready`; False when that takes longer than `seconds` or when `alive` is over before."""
    deadline = time.monotonic() + seconds
    while not ready():
        if not alive() or time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
