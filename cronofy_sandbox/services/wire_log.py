"""The log of calls that applications made: what was asked, what was answered."""

from datetime import datetime

from cronofy_sandbox.models import ApiCall

KEEP = 5000


def write(call: ApiCall) -> None:
    """Store one call; now and then forget those beyond the newest few thousand."""
    call.save(force_insert=True)
    if call.pk % 500 == 0:
        ApiCall.objects.filter(pk__lte=call.pk - KEEP).delete()


def recent(
    *, after_id: int = 0, since: datetime | None = None, account_uid: str = "", limit: int = 100
) -> list[ApiCall]:
    """Return calls, the newest first; optionally only those after an id, since a moment, or about one account."""
    calls = ApiCall.objects.filter(pk__gt=after_id)
    if since:
        calls = calls.filter(at__gte=since)
    if account_uid:
        calls = calls.filter(account_uid=account_uid)
    return list(calls[:limit])


def clear() -> int:
    """Forget all calls; return how many there were."""
    return ApiCall.objects.all().delete()[0]
