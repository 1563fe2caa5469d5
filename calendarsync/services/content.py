"""What of an item travels: item to `Appointment` and back. The one place that knows both."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from django.db.models import prefetch_related_objects

from calendarsync.core.events import Appointment
from calendarsync.core.footer import with_footer, without_footer
from calendarsync.models import CalendarItem, Integration, Link
from calendarsync.models.integrations import PrivateEvents
from calendarsync.models.items import ShowAs, Status
from calendarsync.models.links import Origin

_FREE = frozenset({ShowAs.FREE})


def hold(item_ids: Collection[int]) -> dict[int, CalendarItem]:
    """Lock the items until the end of the transaction and read all that travels of them, in four queries.

    Always in the same order, so that two workers that share items wait for each other instead of deadlocking.
    """
    locked = CalendarItem.objects.select_for_update().filter(pk__in=item_ids).order_by("pk")
    items = {item.pk: item for item in locked}
    prefetch_related_objects(list(items.values()), "assignments", "tickets", "account")
    return items


def appointment_of(item: CalendarItem) -> Appointment:
    """Return the item as a linked calendar shows it. Reads `item.tickets` and `item.account`: prefetch them."""
    return Appointment(
        summary=item.subject,
        when=item.when,
        description=with_footer(item.description, _lines(item)),
        location=item.location,
        is_private=item.is_private,
        is_busy=item.show_as not in _FREE,
        reminder=item.reminder_minutes,
    )


def wanted(item: CalendarItem, integration: Integration, link: Link | None) -> Appointment | None:
    """Return how the item should stand in the linked calendar at present, or None if it should not stand there.

    Reads `item.assignments`: prefetch them.
    """
    is_theirs = link is not None and link.origin == Origin.LINKED
    is_ticked = item.kind in integration.sends
    is_assigned = any(assignment.user_id == integration.user_id for assignment in item.assignments.all())
    is_off = item.deleted_at is not None or item.status == Status.CANCELLED
    if is_off or not is_assigned or not (is_ticked or is_theirs):
        return None
    return appointment_of(item)


def write(item: CalendarItem, content: Appointment) -> None:
    """Put `content` into the item's fields. Does not save."""
    item.subject = content.summary
    item.description = without_footer(content.description)
    item.location = content.location
    item.is_private = content.is_private
    zone_before = item.time_zone
    item.when = content.when
    if zone_before and item.time_zone == "Etc/UTC":
        # The provider did not know the zone; the instants are what counts, the zone stays the person's.
        item.time_zone = zone_before
    # Tentative and Out of office are finer than the wire: only a change between free and busy is taken over.
    if (item.show_as not in _FREE) != content.is_busy:
        item.show_as = ShowAs.BUSY if content.is_busy else ShowAs.FREE


def masked(content: Appointment, integration: Integration) -> Appointment:
    """Return what of an event comes in: of a private one, by choice, only that the time is taken."""
    if not content.is_private or integration.private_events != PrivateEvents.BUSY:
        return content
    return replace(content, summary="Busy", description="", location="")


def _lines(item: CalendarItem) -> list[str]:
    tickets = [f"Ticket {ticket}" for ticket in item.tickets.all()]
    details = (("Account", item.account), ("Contact", item.contact), ("Project", item.project))
    return [*tickets, *(f"{label}: {value}" for label, value in details if value)]
