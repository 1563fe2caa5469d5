"""Faults on demand: which are switched on, and does one of them hit this call?"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q

from cronofy_sandbox.core import faultrules
from cronofy_sandbox.core.faultrules import Call
from cronofy_sandbox.models import Fault
from cronofy_sandbox.services import clock


def switch_on(
    kind: str,
    *,
    params: Mapping[str, Any] | None = None,
    match: Mapping[str, Any] | None = None,
    count: int | None = None,
    seconds: float | None = None,
    now: datetime | None = None,
) -> Fault:
    """Switch a fault on for `count` hits, for `seconds`, or until it is removed. Raises Invalid for an unknown one."""
    faultrules.check(kind, params or {}, match or {}, count=count, seconds=seconds)
    now = now or clock.now()
    return Fault.objects.create(
        kind=kind,
        params=dict(params or {}),
        match=dict(match or {}),
        remaining=count,
        until=now + timedelta(seconds=seconds) if seconds is not None else None,
        created_at=now,
    )


def switch_off(fault_id: int | None = None, *, kind: str = "") -> int:
    """Remove one fault, all of a kind, or (with neither) every fault; return how many went."""
    chosen = Fault.objects.all()
    if fault_id is not None:
        chosen = chosen.filter(pk=fault_id)
    if kind:
        chosen = chosen.filter(kind=kind)
    return chosen.delete()[0]


def active(now: datetime) -> list[Fault]:
    """Return the faults that are switched on, oldest first."""
    alive = (Q(until=None) | Q(until__gt=now)) & (Q(remaining=None) | Q(remaining__gt=0))
    return list(Fault.objects.filter(alive))


class Board:
    """The faults as one call sees them: read once, used up where they hit."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._faults: list[Fault] | None = None

    def hit(self, kind: str, call: Call | None = None) -> Fault | None:
        """Return a fault of this kind that hits `call`, one use taken from it; None if there is none."""
        return next((fault for fault in self._of(kind, call) if _use(fault)), None)

    def setting(self, kind: str) -> dict[str, Any] | None:
        """Return the parameters of the newest fault of this kind without using it up; None if it is off."""
        found = self._of(kind, None)
        return found[-1].params if found else None

    def is_on(self, kind: str) -> bool:
        """Is a fault of this kind switched on?"""
        return bool(self._of(kind, None))

    def _of(self, kind: str, call: Call | None) -> list[Fault]:
        if self._faults is None:
            self._faults = active(self._now)
        return [f for f in self._faults if f.kind == kind and (call is None or faultrules.matches(f.match, call))]


def _use(fault: Fault) -> bool:
    """Take one use; False when another thread took the last one."""
    if fault.remaining is None:
        Fault.objects.filter(pk=fault.pk).update(hits=F("hits") + 1)
        return True
    left = Fault.objects.filter(pk=fault.pk, remaining__gt=0)
    return left.update(remaining=F("remaining") - 1, hits=F("hits") + 1) == 1
