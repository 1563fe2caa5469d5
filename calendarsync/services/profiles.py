"""Mailboxes that Cronofy itself can no longer reach. It tells when it loses one, but not when it has it back."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from calendarsync.cronofy.errors import CronofyError
from calendarsync.models import Grant, Integration
from calendarsync.services import outbox, tokens

logger = logging.getLogger(__name__)


def recheck(*, clock: Callable[[], datetime]) -> None:
    """Ask for each lost mailbox whether it is back, and go on with its integrations if so."""
    for grant in Grant.objects.exclude(profile_lost_at=None).filter(lost_at=None):
        try:
            _recheck(grant, clock)
        except CronofyError as error:
            logger.warning("Grant %s is still lost: %s", grant.pk, error)


def _recheck(grant: Grant, clock: Callable[[], datetime]) -> None:
    found = tokens.client_for(grant, clock=clock).user_info().profiles
    lost = [profile for profile in found if not profile.is_connected]
    if lost:
        Grant.objects.filter(pk=grant.pk).update(relink_url=lost[0].relink_url)
        return
    Grant.objects.filter(pk=grant.pk).update(profile_lost_at=None, relink_url="")
    for integration in Integration.objects.filter(grant=grant, deleted_at=None).exclude(finished_at=None):
        outbox.wake(integration=integration, now=clock())
