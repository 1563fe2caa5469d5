"""The memory of a walk through the portal, without a server."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from cronofy_sandbox.pages import problems, visits
from cronofy_sandbox.pages.catalogue import BY_KEY, GOOGLE, SERVICES, Step, owner_of, permission_sentences
from cronofy_sandbox.pages.visits import Visit, VisitEnded

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
WANTED = {"client_id": "sandbox-client"}


def test_a_visit_ends_by_itself() -> None:
    session: dict[str, object] = {}
    with time_machine.travel(NOW, tick=False):
        ticket = visits.start(session, WANTED).ticket
        assert visits.load(session, ticket).wanted == WANTED
    with (
        time_machine.travel(NOW + timedelta(seconds=visits.LIFETIME_SECONDS + 1), tick=False),
        pytest.raises(VisitEnded),
    ):
        visits.load(session, ticket)


def test_a_forged_ticket_is_refused_even_if_its_record_exists() -> None:
    session: dict[str, object] = {}
    visits.save(session, Visit(ticket="made-up", wanted=WANTED))
    with pytest.raises(VisitEnded):
        visits.load(session, "made-up")


def test_only_the_newest_visits_are_kept() -> None:
    session: dict[str, object] = {}
    tickets = [visits.start(session, WANTED).ticket for _ in range(visits.KEPT_AT_ONCE + 1)]
    with pytest.raises(VisitEnded):
        visits.load(session, tickets[0])
    assert visits.load(session, tickets[-1]).ticket == tickets[-1]


def test_choosing_another_service_forgets_what_was_answered_for_the_first() -> None:
    visit = Visit(ticket="t", wanted=WANTED, email="a@icloud.test", profile_uid="pro_1", done=[Step.LINK])
    visit.choose(GOOGLE)
    assert (visit.email, visit.profile_uid, visit.done) == ("", "", [])
    assert visit.next_step() is Step.LINK


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.key)
def test_steps_open_one_after_another(service) -> None:
    visit = Visit(ticket="t", wanted=WANTED, service_key=service.key)
    for step in service.steps:
        assert visit.next_step() is step
        assert [other for other in service.steps if visit.is_open(other)][-1] is step
        visit.finish(step)
    assert visit.next_step() is None


def test_the_demo_address_follows_the_hint_only_inside_the_service() -> None:
    visit = Visit(ticket="t", wanted=WANTED, service_key="google", hint="bob@google.test")
    assert visit.demo_address == "bob@google.test"
    visit.choose(BY_KEY["apple"])
    assert visit.demo_address == "alice@icloud.test"


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.key)
def test_demo_addresses_belong_to_their_own_service_only(service) -> None:
    assert all(owner_of(address) is service for address in service.demo_addresses)


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("read_write", "Create new calendars"),
        ("free_busy", "See when you are free or busy"),
        ("read_events", "Read the events in your calendars"),
    ],
)
def test_scopes_are_put_into_words(scope: str, expected: str) -> None:
    assert expected in permission_sentences(scope)


def test_reading_events_is_not_said_twice() -> None:
    assert permission_sentences("read_only") == ("List your calendars", "Read the events in your calendars")


def test_an_unknown_refusal_still_says_its_code() -> None:
    assert "quota_used_up" in problems.form_error("quota_used_up")
