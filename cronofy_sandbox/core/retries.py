"""When a failed notification is tried again, and when its channel is given up."""

from datetime import datetime, timedelta

# The service's own spacing is not documented; these are the steps that a service imitating it uses, over 24 hours.
SPACING = tuple(timedelta(seconds=seconds) for seconds in (15, 60, 300, 900, 3600, 7200, 14400, 21600, 36000))
GIVE_UP_AFTER = timedelta(hours=24)


def next_try(attempts: int, *, first_tried_at: datetime, now: datetime) -> datetime | None:
    """Return when to try again after `attempts` failures, or None to give up."""
    step = SPACING[attempts - 1] if attempts <= len(SPACING) else GIVE_UP_AFTER
    last_try = first_tried_at + GIVE_UP_AFTER
    return min(now + step, last_try) if now < last_try else None
