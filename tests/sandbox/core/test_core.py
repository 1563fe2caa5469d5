"""The rules of the sandbox that need no process: times, providers, repeats, signatures, limits, faults."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cronofy_sandbox.api.limits import RateLimiter
from cronofy_sandbox.core import drafts, faultrules, masking, providers, recurrence, retries, scopes, signature, times
from cronofy_sandbox.core.content import Content
from cronofy_sandbox.core.errors import Invalid, Problems
from cronofy_sandbox.core.faultrules import Call
from cronofy_sandbox.core.recurrence import Rule

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
VERIFICATION = (
    b'{"notification":{"type":"verification"},"channel":{"channel_id":"chn_65f0c2aa17b3c4d5e6f70819",'
    b'"callback_url":"https://sync.example.test/hooks/cronofy/7f3c","filters":{}}}'
)
CENTURY = {"min_value": datetime(1990, 1, 1), "max_value": datetime(2090, 1, 1)}  # noqa: DTZ001 - hypothesis wants them naive
CHANGE = (
    b'{"notification":{"type":"change","changes_since":"2026-11-22T09:14:05Z"},"channel":{'
    b'"channel_id":"chn_65f0c2aa17b3c4d5e6f70819","callback_url":"https://sync.example.test/hooks/cronofy/7f3c",'
    b'"filters":{"calendar_ids":["cal_ZfDA7v5aSzwtHg@AAQ_b1c2d3"]}}}'
)


@pytest.mark.parametrize(
    ("body", "secret", "expected"),
    [
        (VERIFICATION, "sandbox-secret-1", "clIJ2P61yMuiZ5/N5gT5arYkwb95wEgdAqqV9olx874="),
        (VERIFICATION, "sandbox-secret-2", "xvvgMPINCqFRG4/M7y3ZGbAVSMe3LNdT7LBH5POEN7U="),
        (CHANGE, "sandbox-secret-1", "QsgQbVS7olEFF4cm5FA5vGkIw4UilyAzRXx+5PQ/TUg="),
        (CHANGE, "sandbox-secret-2", "uuRnqcZ5mPmIDxFZwfoLHlQKIlB1VvwUcTS45TPJIFQ="),
    ],
)
def test_signatures_match_the_reference_vectors(body: bytes, secret: str, expected: str) -> None:
    assert signature.header(body, [secret]) == expected
    assert signature.header(body, ["other", secret]).split(",")[1] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-12-01T12:00:00Z", NOON),
        ("2026-12-01 12:00:00Z", NOON),
        ("2026-12-01T12:00:00.000Z", NOON),
        ("2026-12-01T13:00:00+01:00", NOON),
        ("2026-12-01T07:00:00-0500", NOON),
        ("2026-12-01T12:00Z", NOON),
        ("2026-12-01", datetime(2026, 12, 1, tzinfo=UTC)),
    ],
)
def test_times_are_read(text: str, expected: datetime) -> None:
    assert times.read(text, zone_name="Europe/Berlin").at == expected


@pytest.mark.parametrize(
    "text",
    ["", "today", "2026-02-30", "2026-12-01T25:00:00Z", "2026-12-01T12:00:00.001Z", "2026-12-01T12:00:00", None, 7],
)
def test_other_texts_are_no_times(text: object) -> None:
    with pytest.raises(times.NotATime):
        times.read(text, zone_name="Etc/UTC")


@given(
    st.datetimes(**CENTURY),
    st.sampled_from(["Etc/UTC", "Asia/Kolkata", "America/New_York"]),
)
def test_a_written_time_reads_back(wall: datetime, zone: str) -> None:
    at = wall.replace(tzinfo=UTC, microsecond=0)
    assert times.read(times.stamp(at), zone_name="Etc/UTC").at == at
    assert times.read(times.local_stamp(at, zone), zone_name=zone).at == at


@pytest.mark.parametrize("name", ["Mars/Base", "", "../etc", "/etc/localtime", "Europe", "\x00"])
def test_odd_names_are_no_zones(name: str) -> None:
    assert times.zone(name) is None


def starts(rule: Rule, first: str, zone: str = "Europe/Berlin", **more: bool) -> list[str]:
    at = datetime.fromisoformat(first).replace(tzinfo=times.zone(zone)).astimezone(UTC)
    all_day = more.get("all_day", False)
    found = recurrence.starts(rule, at, zone_name=zone, all_day=all_day, until=at + timedelta(days=400))
    return [times.local_stamp(one, zone)[:16] for one in found]


@pytest.mark.parametrize(
    ("rule", "first", "expected"),
    [
        (Rule("daily", 2, count=3), "2027-03-27T09:00", ["2027-03-27T09:00", "2027-03-29T09:00", "2027-03-31T09:00"]),
        (Rule("daily", count=3), "2027-03-27T02:30", ["2027-03-27T02:30", "2027-03-28T03:30", "2027-03-29T02:30"]),
        (Rule("weekly", by_day=("monday", "thursday"), count=3), "2026-12-01T09:00",
         ["2026-12-01T09:00", "2026-12-03T09:00", "2026-12-07T09:00"]),
        (Rule("monthly", count=3), "2026-01-31T09:00", ["2026-01-31T09:00", "2026-03-31T09:00", "2026-05-31T09:00"]),
        (Rule("yearly", until=date(2027, 12, 1)), "2026-12-01T09:00", ["2026-12-01T09:00", "2027-12-01T09:00"]),
    ],
    ids=["over the clock change", "in the skipped hour", "first not in the rule", "short months", "until a day"],
)  # fmt: skip
def test_repeats_keep_their_wall_time(rule: Rule, first: str, expected: list[str]) -> None:
    assert starts(rule, first) == expected


@given(
    st.sampled_from(["daily", "weekly", "monthly", "yearly"]),
    st.integers(1, 40),
    st.integers(1, 30),
    st.datetimes(**CENTURY),
)
def test_repeats_ascend_from_the_first_and_never_exceed_their_count(
    frequency: str, interval: int, count: int, wall: datetime
) -> None:
    first = wall.replace(microsecond=0, tzinfo=times.zone("America/New_York")).astimezone(UTC)
    until = first + timedelta(days=800)
    rule = Rule(frequency, interval, count=count)
    found = list(recurrence.starts(rule, first, zone_name="America/New_York", all_day=False, until=until))
    assert 1 <= len(found) <= count
    assert found == sorted(set(found))
    assert abs(found[0] - first) <= timedelta(hours=1)


@pytest.mark.parametrize(
    ("rules", "key"),
    [
        (None, "errors.required"),
        ([{}], "errors.required"),
        ([{"frequency": "hourly"}], "errors.not_supported"),
        ([{"frequency": "daily"}] * 2, "errors.max_recurrence_rules_exceeded"),
        ([{"frequency": "daily", "interval": 0}], "errors.must_be_integer_greater_than_zero"),
        ([{"frequency": "daily", "by_day": ["monday"]}], "errors.not_supported"),
        ([{"frequency": "weekly", "by_day": ["mon"]}], "errors.not_recognized"),
        ([{"frequency": "daily", "until": "soon"}], "errors.must_be_date"),
        ([{"frequency": "daily", "until": "2027-01-01", "count": 2}], "errors.not_supported_count_until_combination"),
    ],
)
def test_impossible_rules_are_refused(rules: object, key: str) -> None:
    problems = Problems()
    recurrence.read({"rules": rules}, problems)
    assert key in [one for keys in problems.errors.values() for one in keys]


CONTENT = st.builds(
    Content,
    starts_at=st.just(NOON + timedelta(seconds=17)),
    ends_at=st.just(NOON + timedelta(hours=1)),
    summary=st.text(max_size=60),
    description=st.text(alphabet="ab <>&;/\r\n\t", max_size=80),
    details=st.fixed_dictionaries(
        {"color": st.just("#123456"), "reminders": st.just([{"minutes": 5}, {"minutes": 9}])}
    ),
)


@given(CONTENT, st.sampled_from([provider for provider in providers.PROVIDERS if not provider.trims_text]))
def test_what_a_provider_kept_it_keeps_again(content: Content, provider: providers.Provider) -> None:
    once = providers.kept(provider, content)
    assert providers.kept(provider, once) == once


def test_texts_become_plain_at_mail_like_services() -> None:
    outlook = providers.BY_KEY["live_connect"]
    content = Content(NOON, NOON + timedelta(hours=1), description="<p>One</p>two &lt;3<br>three  ")
    assert providers.kept(outlook, content).description == "One\ntwo <3\nthree"


def test_long_texts_are_cut_to_what_the_provider_holds() -> None:
    content = Content(NOON, NOON + timedelta(hours=1), description="x" * 50_000)
    assert len(providers.kept(providers.BY_KEY["apple"], content).description) == 4096


def test_providers_are_found_by_their_invented_addresses() -> None:
    assert providers.of_address("Bob@Office365.test") is providers.BY_KEY["office365"]
    assert providers.of_address("bob@example.com") is None


def test_retries_spread_over_a_day_and_end() -> None:
    due, count = NOON, 0
    while True:
        count += 1
        following = retries.next_try(count, first_tried_at=NOON, now=due)
        if following is None:
            break
        assert following > due
        due = following
    assert timedelta(hours=12) < due - NOON <= timedelta(hours=24)


def test_simplified_scopes_stand_for_several() -> None:
    assert scopes.allowed("read_only") == {"read_events", "read_free_busy"}
    assert scopes.allowed("write_only") == {"create_event", "delete_event", "create_calendar"}
    assert scopes.allowed("read_write") == scopes.KNOWN
    assert scopes.unknown("read_account list_calendars read_events nonsense") == ["nonsense"]


@pytest.mark.parametrize(
    ("match", "call", "expected"),
    [
        ({}, Call("GET", "/v1/events"), True),
        ({"method": "POST"}, Call("GET", "/v1/events"), False),
        ({"path": "/v1/ev"}, Call("GET", "/v1/events"), True),
        ({"path": "/v1/calendars"}, Call("GET", "/v1/events"), False),
        ({"path": "*/events"}, Call("POST", "/v1/calendars/cal_1/events"), True),
        ({}, Call("POST", "/v1/calendars/x/events", 0), False),
        ({"entry": "*"}, Call("POST", "/v1/calendars/x/events", 0), True),
        ({"entry": 1}, Call("POST", "/v1/calendars/x/events", 0), False),
        ({"entry": "a-1"}, Call("POST", "/v1/calendars/x/events", 3, ("a-1",)), True),
        ({"entry": "*"}, Call("POST", "/v1/batch"), False),
    ],
)
def test_faults_match_calls(match: dict[str, object], call: Call, expected: bool) -> None:
    assert faultrules.matches(match, call) is expected


def test_only_known_and_sensible_faults_are_taken() -> None:
    for kind, params, match in (
        ("nonsense", {}, {}),
        ("status", {"status": 200}, {}),
        ("latency", {"ms": "soon"}, {}),
        ("page_size", {}, {"entry": 1}),
    ):
        with pytest.raises(Invalid):
            faultrules.check(kind, params, match, count=None, seconds=None)


def test_limits_slide() -> None:
    limiter = RateLimiter()
    waits = [limiter.wait("a", per_second=2, per_minute=3, at=at) for at in (0.0, 0.1, 0.2, 1.05, 1.2, 60.5)]
    assert [round(wait, 2) for wait in waits] == [0, 0, 0.8, 0, 58.8, 0]
    assert limiter.wait("b", per_second=2, per_minute=3, at=0.3) == 0


def test_secrets_are_masked() -> None:
    shown = masking.masked('{"client_secret": "sandbox-secret-1", "summary": "x"}')
    assert shown == '{"client_secret": "…et-1", "summary": "x"}'
    assert masking.masked("a=b&refresh_token=abcdefgh&c=d") == "a=b&refresh_token=…efgh&c=d"


BASE = Content(NOON, NOON + timedelta(minutes=45), start_zone="Europe/Berlin", end_zone="Europe/Berlin", summary="Old")


def test_a_draft_changes_only_what_it_names() -> None:
    assert drafts.read({"summary": "New"}, zone="Europe/Berlin", base=BASE) == replace(BASE, summary="New")


def test_a_moved_draft_keeps_its_length() -> None:
    moved = drafts.read({"start": "2026-12-05T10:00"}, zone="Europe/Berlin", base=BASE)
    assert (moved.starts_at, moved.ends_at - moved.starts_at) == (
        datetime(2026, 12, 5, 9, tzinfo=UTC),
        timedelta(minutes=45),
    )


def test_a_draft_may_turn_into_whole_days_and_back() -> None:
    day = drafts.read({"start": "2026-12-05"}, zone="Europe/Berlin", base=BASE)
    assert (day.all_day, day.ends_at - day.starts_at) == (True, timedelta(days=1))
    timed = drafts.read({"start": "2026-12-05T10:00"}, zone="Europe/Berlin", base=day)
    assert (timed.all_day, timed.ends_at - timed.starts_at) == (False, timedelta(hours=1))
