"""Owing a push: which integrations must hear of an item's change. Called in the transaction of that change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, Q

from calendarsync.models import CalendarItem, Integration, PushJob, SyncRun
from calendarsync.models.links import LinkState
from calendarsync.services import nudges


def owe(*, item: CalendarItem, now: datetime, but: Integration | None = None) -> None:
    """Owe a push of `item` to every integration concerned, and wake the workers on commit.

    Concerned are the people assigned to it whose integration ticks its kind, and every integration that has it
    already: it must also hear that the item is gone. Call after item, assignments and tickets are saved and `rev`
    has grown. `but` is the integration that the change came from.
    """
    ticked = Q(sends__contains=[item.kind], user__assignments__item=item)
    linked = Q(links__item=item) & ~Q(links__state=LinkState.TOMB)
    concerned = Integration.objects.filter(ticked | linked, deleted_at=None).exclude(finished_at=None).distinct()
    if but is not None:
        concerned = concerned.exclude(pk=but.pk)
    ids = list(concerned.values_list("pk", flat=True))
    _owe([(pk, item.pk) for pk in ids], now=now, run=None)
    for pk in ids:
        nudges.sync_soon(pk)


def owe_many(*, integration: Integration, item_ids: Iterable[int], now: datetime, run: SyncRun | None) -> None:
    """Owe a push of many items to one integration, behind single edits in the queue."""
    _owe([(integration.pk, item_id) for item_id in item_ids], now=now, run=run)


def wake(*, integration: Integration, now: datetime) -> None:
    """Make everything due that waits, or was given up, for one integration: what stood in the way has gone."""
    integration.push_jobs.update(due_at=now, failures=0, gave_up_at=None, reason="")
    Integration.objects.filter(pk=integration.pk).update(failures=0, not_before=None, dirty_seq=F("dirty_seq") + 1)
    nudges.sync_soon(integration.pk)


def _owe(pairs: Iterable[tuple[int, int]], *, now: datetime, run: SyncRun | None) -> None:
    """Write the rows; one that is there already is made due again, whatever it was waiting for."""
    PushJob.objects.bulk_create(
        [
            PushJob(
                integration_id=integration, item_id=item, owed_since=now, due_at=now, run=run, is_bulk=run is not None
            )
            for integration, item in sorted(pairs)
        ],
        update_conflicts=True,
        unique_fields=["integration", "item"],
        update_fields=["due_at", "failures", "gave_up_at", "reason", "run", "is_bulk"],
    )
