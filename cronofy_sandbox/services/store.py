"""Writes events in bulk, and keeps what paging and `include_moved` need of their past."""

from datetime import datetime, timedelta
from typing import Any

from cronofy_sandbox.core import content as contents
from cronofy_sandbox.core.content import Content
from cronofy_sandbox.models import Application, Calendar, Event, EventVersion, PastSpan, ReadSnapshot
from cronofy_sandbox.services import ids

SNAPSHOT_LIFE = timedelta(minutes=10)
WRITTEN = [
    field.name for field in Event._meta.concrete_fields if field.name not in {"id", "uid", "created_at", "application"}
]
VERSIONED = (*contents.COLUMNS, "version", "event_id")


class Writer:
    """Gathers changes of events by one author and writes them with a few statements.

    `application` is the author; None stands for the user. Use inside a transaction, and call `flush()` at the end.
    """

    def __init__(self, *, application: Application | None, now: datetime) -> None:
        self.application = application
        self.now = now
        self._new: list[Event] = []
        self._changed: dict[int, Event] = {}
        self._spans: list[PastSpan] = []
        self._versions: list[EventVersion] = []
        self._someone_pages: bool | None = None

    @property
    def touched(self) -> list[Event]:
        """All events that this writer made or changed."""
        return [*self._new, *self._changed.values()]

    def create(self, calendar: Calendar, content: Content, **columns: Any) -> Event:
        """Add an event. `columns` are further columns, such as `event_id` or `series`."""
        uid = columns.pop("uid", "") or (ids.managed_event() if columns.get("event_id") else ids.external_event())
        event = Event(
            calendar=calendar,
            uid=uid,
            created_at=self.now,
            modified_at=self.now,
            user_modified_at=None if self.application else self.now,
            changed_by=self._author,
            **columns,
        )
        contents.put(event, content)
        self._new.append(event)
        return event

    def rewrite(self, event: Event, content: Content, **columns: Any) -> None:
        """Give an event new content; a deleted one comes back."""
        self._touch(event)
        if not event._state.adding and (event.starts_at, event.ends_at) != (content.starts_at, content.ends_at):
            self._spans.append(PastSpan(event=event, starts_at=event.starts_at, ends_at=event.ends_at))
        contents.put(event, content)
        event.deleted_at = None
        for name, value in columns.items():
            setattr(event, name, value)

    def delete(self, event: Event) -> None:
        """Turn an event into a tombstone; a tombstone stays as it is."""
        if event.deleted_at is None:
            self._touch(event)
            event.deleted_at = self.now

    def flush(self) -> None:
        """Write everything gathered."""
        Event.objects.bulk_create(self._new)
        if self._changed:
            # An INSERT that runs into the primary key: much faster than the CASE expressions of bulk_update.
            Event.objects.bulk_create(
                self._changed.values(), update_conflicts=True, unique_fields=["id"], update_fields=WRITTEN
            )
        PastSpan.objects.bulk_create(self._spans)
        EventVersion.objects.bulk_create(self._versions)

    @property
    def _author(self) -> str:
        return self.application.client_id if self.application else "user"

    def _touch(self, event: Event) -> None:
        if event._state.adding:  # made by this same writer, e.g. twice in one batch
            event.version += 1
            return
        if event.pk not in self._changed:
            self._keep_version(event)
        self._changed[event.pk] = event
        event.version += 1
        event.modified_at = self.now
        event.changed_by = self._author
        if self.application is None or self.application.pk != event.application_id:
            event.user_modified_at = self.now

    def _keep_version(self, event: Event) -> None:
        if self._someone_pages is None:
            self._someone_pages = ReadSnapshot.objects.filter(taken_at__gt=self.now - SNAPSHOT_LIFE).exists()
        if self._someone_pages:
            self._versions.append(EventVersion(event=event, replaced_at=self.now, values=snapshot(event)))


def snapshot(event: Event) -> dict[str, Any]:
    """Return an event's values as JSON can hold them."""
    values = {name: getattr(event, name) for name in VERSIONED}
    for name in ("starts_at", "ends_at"):
        values[name] = values[name].isoformat()
    for name in ("modified_at", "deleted_at"):
        values[name] = getattr(event, name).isoformat() if getattr(event, name) else None
    return values


def as_it_was(event: Event, values: dict[str, Any]) -> Event:
    """Set an event (not saved) back to values kept by `snapshot`."""
    for name, value in values.items():
        is_moment = name.endswith("_at") and value is not None
        setattr(event, name, datetime.fromisoformat(value) if is_moment else value)
    return event
