"""Finds the events that a set of writes is about."""

from collections.abc import Iterable

from django.db.models import F

from cronofy_sandbox.core import shapes
from cronofy_sandbox.core.errors import Invalid
from cronofy_sandbox.core.upserts import Deletion, Upsert
from cronofy_sandbox.models import Application, Calendar, Event
from cronofy_sandbox.services.refusals import Refused

Wish = Upsert | Deletion


class Stock:
    """The events that a set of writes is about, read with two queries."""

    def __init__(self, application: Application, wishes: Iterable[tuple[Calendar, Wish]]) -> None:
        self._application = application
        wishes = list(wishes)
        calendars = {calendar.pk for calendar, _ in wishes}
        event_ids = {wish.event_id for _, wish in wishes if wish.event_id}
        uids = {uid for _, wish in wishes if wish.event_uid for uid in shapes.stored_uids(wish.event_uid)}
        events = Event.objects.select_related("series", "calendar__profile")
        # The sum hides the calendar from SQLite, which else walks all of its events instead of looking up a few ids.
        by_id = events.alias(where=F("calendar_id") + 0).filter(event_id__in=event_ids, where__in=calendars)
        mine = [event for event in by_id if event.application_id == application.pk] if event_ids else []
        others = events.filter(calendar__in=calendars, uid__in=uids) if uids else ()
        self._by_event_id: dict[tuple[int, str], Event] = {(event.calendar_id, event.event_id): event for event in mine}
        self._by_uid = {(event.calendar_id, event.uid): event for event in others}

    def own(self, calendar: Calendar, event_id: str) -> Event | None:
        """Return the application's event of that id, a tombstone too."""
        return self._by_event_id.get((calendar.pk, event_id))

    def add(self, event: Event) -> None:
        """Remember an event that this very set of writes made."""
        self._by_event_id[event.calendar_id, event.event_id] = event

    def external(self, calendar: Calendar, shown_uid: str) -> Event:
        """Return someone else's event by the id that reads show. Raises Invalid or Refused."""
        found = (self._by_uid.get((calendar.pk, uid)) for uid in shapes.stored_uids(shown_uid))
        event = next((event for event in found if event), None)
        if event is None and shown_uid.startswith(shapes.EXTERNAL_PREFIX):
            raise Refused(404)
        if event is None or event.application_id == self._application.pk:
            raise Invalid({"event_uid": ["errors.must_be_external_event_uid"]})
        return event
