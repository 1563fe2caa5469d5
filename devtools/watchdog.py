"""Ends what a supervisor started when the supervisor is killed and can't do it itself.

It holds the reading end of a pipe whose writing end only the supervisor has; the end of the pipe is the supervisor's
end, however it came. Works on every system, also where the kernel sends children no signal (macOS).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

PATIENCE = 8.0


class Watchdog:
    """The supervisor's side: tell it which process groups to guard."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )

    def guard(self, group: int) -> None:
        """End this process group when we are gone."""
        self._tell(f"+{group}")

    def let_go(self, group: int) -> None:
        """The group has ended; its number may soon be somebody else's."""
        self._tell(f"-{group}")

    def close(self) -> None:
        """Send the watchdog home; everything it still guards is ended."""
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        if self._process.stdin and self._process.poll() is None:
            self._process.stdin.write(f"{line}\n".encode())
            self._process.stdin.flush()


def keep_watch() -> None:
    """The watchdog's own side: read until the pipe ends, then end what is left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        (groups.add if line[0] == "+" else groups.discard)(group)
    living = {group for group in groups if send(group, signal.SIGINT)}
    deadline = time.monotonic() + PATIENCE
    while living and time.monotonic() < deadline:
        time.sleep(0.1)
        living = {group for group in living if send(group, 0)}
    for group in living:
        send(group, signal.SIGKILL)


def send(group: int, number: int) -> bool:
    """Send a signal to a process group; False when there is none."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    keep_watch()
