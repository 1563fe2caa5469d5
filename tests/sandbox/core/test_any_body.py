"""Whatever a client sends as an event: it is valid, or refused by name. Nothing else ever happens."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from hypothesis import given
from hypothesis import strategies as st

from cronofy_sandbox.core import drafts, reads, upserts
from cronofy_sandbox.core.errors import Invalid

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
Result = TypeVar("Result")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = [
    *("event_id", "event_uid", "summary", "description", "start", "end", "tzid", "location", "url", "transparency"),
    *("extended_transparency", "reminders", "reminders_create_only", "color", "event_private", "attendees"),
    *("conferencing", "subscriptions", "recurrence", "attachments", "include_userinfo"),
]
TIMES = st.sampled_from(["2026-12-01", "2026-12-02", "2026-12-01T09:00:00Z", "2026-12-01 10:00:00Z", "0001-01-01", "x"])
RULE = st.dictionaries(st.sampled_from(["frequency", "interval", "by_day", "count", "until"]), JSON)
LIKELY = {
    "event_id": st.just("a-1"),
    "summary": st.text(max_size=5),
    "start": TIMES,
    "end": TIMES | st.fixed_dictionaries({"time": TIMES, "tzid": st.sampled_from(["Europe/Berlin", "Mars/Base"])}),
    "attendees": st.fixed_dictionaries({"invite": st.lists(st.fixed_dictionaries({"email": JSON}), max_size=2)}),
    "recurrence": st.fixed_dictionaries({"rules": st.lists(RULE, max_size=2)}),
}
BODIES = st.fixed_dictionaries({}, optional={name: LIKELY.get(name, JSON) | JSON for name in NAMES})


def accepted(read: Callable[[], Result]) -> Result | None:
    """Return what was read, or None for a refusal, which must name a field."""
    try:
        return read()
    except Invalid as refusal:
        return _refused(refusal)


def _refused(refusal: Invalid) -> None:
    assert all(keys for keys in refusal.errors.values())
    assert refusal.body()["errors"]


@given(BODIES)
def test_any_body_is_valid_or_refused_by_name(body: dict[str, Any]) -> None:
    upsert = accepted(lambda: upserts.read(body))
    if upsert is not None:
        assert upsert.event_id or upsert.event_uid
        assert upsert.content.ends_at > upsert.content.starts_at
        once = upserts.merged(upsert, None)
        assert upserts.merged(upsert, once) == once


@given(BODIES)
def test_any_deletion_is_valid_or_refused_by_name(body: dict[str, Any]) -> None:
    deletion = accepted(lambda: upserts.read_deletion(body))
    assert deletion is None or deletion.event_id or deletion.event_uid


DRAFT = st.sampled_from(["start", "end", "zone", "summary", "description", "private", "location"])


@given(st.dictionaries(DRAFT, JSON | TIMES))
def test_any_draft_is_valid_or_refused_by_name(draft: dict[str, Any]) -> None:
    content = accepted(lambda: drafts.read(draft, zone="Europe/Berlin"))
    assert content is None or content.ends_at > content.starts_at


QUERY = st.sampled_from(["from", "to", "tzid", "last_modified", "include_deleted", "calendar_ids[]", "only_managed"])
VALUES = TIMES | st.sampled_from(["Etc/UTC", "Asia/Tokyo", "true", "False", "", "9999-12-31"]) | st.text(max_size=10)


@given(st.dictionaries(QUERY, st.lists(VALUES, min_size=1, max_size=2)))
def test_any_query_is_valid_or_refused_by_name(query: dict[str, list[str]]) -> None:
    read = accepted(lambda: reads.read(query, now=NOW))
    assert read is None or read.bounds.start < read.bounds.end
