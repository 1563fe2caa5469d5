"""Repeating events: their occurrences are made ahead of time as ordinary events."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from cronofy_sandbox.core import content as contents
from cronofy_sandbox.core import recurrence as rules
from cronofy_sandbox.core.content import Content
from cronofy_sandbox.core.errors import Problems
from cronofy_sandbox.core.recurrence import Rule
from cronofy_sandbox.models import Calendar, Event, Series
from cronofy_sandbox.models.events import EventQuerySet
from cronofy_sandbox.services import ids
from cronofy_sandbox.services.store import Writer

AHEAD = timedelta(days=400)


def create(writer: Writer, calendar: Calendar, content: Content, recurrence: dict[str, Any], **columns: Any) -> Event:
    """Make a series with its occurrences up to some 400 days ahead; return the first one. Raises Invalid.

    `columns` go to the first occurrence only: an application's event id belongs to the first one.
    """
    problems = Problems()
    rule = rules.read(recurrence, problems)
    problems.raise_if_any()
    if rule is None:
        return writer.create(calendar, content, **columns)
    series = _new(writer, calendar, content, rule)
    first, *others = _starts(series, rule)
    event = _occurrence(writer, series, content, first, **columns)
    for start in others:
        _occurrence(writer, series, content, start, application=columns.get("application"))
    return event


def rewrite(writer: Writer, series: Series, event: Event, content: Content) -> None:
    """Change all occurrences as `event` was changed; those changed by themselves before keep what they have.

    When the change moves the event, every occurrence moves by the same step on the wall clock.
    """
    step = content.starts_at - event.starts_at
    length = content.ends_at - content.starts_at
    for one in _alive(series):
        if one.is_exception and one.pk != event.pk:
            continue
        start = one.starts_at + step
        end = rules.end_of(start, length=length, zone_name=content.start_zone, all_day=content.all_day)
        target = event if one.pk == event.pk else one
        writer.rewrite(target, replace(content, starts_at=start, ends_at=end))


def replace_own(writer: Writer, first: Event, content: Content, recurrence: Mapping[str, Any] | None) -> None:
    """Write an application's series anew over its first occurrence; an empty rule list stops the repeating.

    Without `recurrence` the rule stays. The occurrences after the first are made again.
    """
    old = first.series
    rules_now: list[Any] = [old.rule] if old else []
    wanted = {"rules": rules_now} if recurrence is None else recurrence
    if old is not None:
        for event in _alive(old).exclude(pk=first.pk):
            writer.delete(event)
        Series.objects.filter(pk=old.pk).update(ended_at=writer.now)
    problems = Problems()
    rule = rules.read(wanted, problems)
    problems.raise_if_any()
    if rule is None:
        writer.rewrite(first, content, series=None, original_start=None)
        return
    series = _new(writer, first.calendar, content, rule)
    writer.rewrite(first, content, series=series, original_start=content.starts_at)
    for start in _starts(series, rule)[1:]:
        _occurrence(writer, series, content, start, application=first.application)


def end(writer: Writer, series: Series) -> None:
    """Remove a whole series."""
    Series.objects.filter(pk=series.pk).update(ended_at=writer.now)
    for event in _alive(series):
        writer.delete(event)


def stale(calendar_keys: list[int], now: datetime) -> QuerySet[Series]:
    """Return the series whose occurrences do not reach far enough ahead any more."""
    going_on = Series.objects.filter(calendar_id__in=calendar_keys, ended_at=None)
    return going_on.filter(expanded_until__lt=now + AHEAD - timedelta(days=30))


def extend(calendar_keys: list[int], now: datetime) -> None:
    """Make the occurrences that came within reach since the series were last looked at."""
    writer = Writer(application=None, now=now)
    for series in stale(calendar_keys, now).select_related("calendar__profile"):
        series.expanded_until = now + AHEAD
        last = series.occurrences.exclude(original_start=None).order_by("original_start").last()
        if last is not None:
            known = last.original_start or series.starts_at
            for start in (start for start in _starts(series, rules.of_json(series.rule)) if start > known):
                _occurrence(writer, series, contents.of(last), start, application=last.application)
        series.save(update_fields=["expanded_until"])
    writer.flush()


def _alive(series: Series) -> EventQuerySet:
    return series.occurrences.alive().select_related("calendar__profile")


def _new(writer: Writer, calendar: Calendar, content: Content, rule: Rule) -> Series:
    return Series.objects.create(
        uid=ids.page() + ids.page(),
        calendar=calendar,
        rule=rule.as_json(),
        starts_at=content.starts_at,
        ends_at=content.ends_at,
        all_day=content.all_day,
        zone=content.start_zone,
        expanded_until=max(writer.now, content.starts_at) + AHEAD,
    )


def _starts(series: Series, rule: Rule) -> list[datetime]:
    found = rules.starts(
        rule, series.starts_at, zone_name=series.zone, all_day=series.all_day, until=series.expanded_until
    )
    return list(found)


def _occurrence(writer: Writer, series: Series, content: Content, start: datetime, **columns: Any) -> Event:
    finish = rules.end_of(start, length=_wall_length(series), zone_name=series.zone, all_day=series.all_day)
    return writer.create(
        series.calendar,
        replace(content, starts_at=start, ends_at=finish),
        uid=occurrence_uid(series, start),
        series=series,
        original_start=start,
        **columns,
    )


def _wall_length(series: Series) -> timedelta:
    return series.ends_at - series.starts_at


def occurrence_uid(series: Series, start: datetime) -> str:
    """Return the id of an occurrence, made from the series and its original start: it outlives changes."""
    digest = hashlib.sha256(f"{series.uid}/{start.timestamp():.0f}".encode()).hexdigest()
    return "evt_external_" + digest[:24]
