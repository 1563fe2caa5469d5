"""One worker at a time for each integration: a lease that ends by itself when its holder dies."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from calendarsync.models import Integration


class LeaseLost(Exception):
    """Somebody else holds the integration by now: leave without writing anything more."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to sync one integration for a while."""

    integration_id: int
    holder: uuid.UUID

    def renew(self, *, now: datetime) -> None:
        """Hold it for another length from `now`. Raises LeaseLost."""
        kept = Integration.objects.filter(pk=self.integration_id, lease_holder=self.holder).update(
            leased_until=now + settings.LEASE_LENGTH
        )
        if kept != 1:
            raise LeaseLost(f"integration {self.integration_id}")

    @contextmanager
    def settling(self) -> Iterator[Integration]:
        """Open a transaction that writes only while the lease is held; yield the locked integration."""
        with transaction.atomic():
            # `no_key`: a page that owes a push refers to this row while it holds an item that we may be waiting for.
            locked = Integration.objects.select_for_update(of=("self",), no_key=True).filter(
                pk=self.integration_id, lease_holder=self.holder
            )
            integration = locked.select_related("user").first()
            if integration is None:
                raise LeaseLost(f"integration {self.integration_id}")
            yield integration

    def release(self) -> None:
        """Give it back; if it was lost meanwhile, nothing happens."""
        Integration.objects.filter(pk=self.integration_id, lease_holder=self.holder).update(
            lease_holder=None, leased_until=None
        )


def take(integration_id: int, *, now: datetime) -> Lease | None:
    """Return the lease, or None while somebody else holds it: believed only if exactly one row changed."""
    holder = uuid.uuid4()
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    taken = Integration.objects.filter(free, pk=integration_id).update(
        lease_holder=holder, leased_until=now + settings.LEASE_LENGTH
    )
    return Lease(integration_id, holder) if taken == 1 else None
