"""One worker at a time, believed only while it lasts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from calendarsync.models import Integration
from calendarsync.services import leases
from tests.factories import NOW, IntegrationFactory
from tests.services.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def work() -> Integration:
    return IntegrationFactory.create()


def taken(work: Integration, **later: float) -> leases.Lease:
    lease = leases.take(work.pk, now=NOW + timedelta(**later))
    assert lease is not None
    return lease


def test_a_lease_is_given_once(work: Integration) -> None:
    taken(work)
    assert leases.take(work.pk, now=NOW) is None


def test_a_lease_given_back_is_free_at_once(work: Integration) -> None:
    taken(work).release()
    taken(work)


def test_integrations_do_not_wait_for_each_other(work: Integration) -> None:
    taken(work)
    taken(IntegrationFactory.create())


def test_there_is_no_lease_of_what_is_not_there() -> None:
    assert leases.take(0, now=NOW) is None


def test_the_lease_of_a_dead_worker_ends_by_itself(work: Integration, settings: Any) -> None:
    taken(work)
    length = settings.LEASE_LENGTH.total_seconds()
    assert leases.take(work.pk, now=NOW + timedelta(seconds=length)) is None
    taken(work, seconds=length + 1)


def test_renewing_makes_it_last_longer(work: Integration, settings: Any) -> None:
    taken(work).renew(now=NOW + settings.LEASE_LENGTH)
    assert leases.take(work.pk, now=NOW + 1.5 * settings.LEASE_LENGTH) is None


def test_a_lapsed_lease_that_nobody_took_still_holds(work: Integration) -> None:
    lease = taken(work)
    lease.renew(now=NOW + timedelta(hours=1))
    with lease.settling() as locked:
        assert locked == work


def test_a_lost_lease_neither_renews_nor_settles(work: Integration) -> None:
    lost = taken(work)
    taken(work, hours=1)
    with pytest.raises(leases.LeaseLost):
        lost.renew(now=NOW + timedelta(hours=1))
    with pytest.raises(leases.LeaseLost), lost.settling():
        pytest.fail("it must not get to write")


def test_a_lost_lease_given_back_is_not_taken_from_its_holder(work: Integration) -> None:
    lost = taken(work)
    holder = taken(work, hours=1)
    lost.release()
    holder.renew(now=NOW + timedelta(hours=1))


def test_what_fails_while_settling_is_not_written(work: Integration) -> None:
    lease = taken(work)

    def write_and_fail() -> None:
        with lease.settling() as locked:
            locked.calendar_name = "Half a write"
            locked.save()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    work.refresh_from_db()
    assert work.calendar_name == "Work"


@pytest.mark.django_db(transaction=True)
def test_of_many_who_reach_for_it_at_once_one_gets_it(work: Integration) -> None:
    found = at_once(*[lambda: leases.take(work.pk, now=NOW)] * 6)
    assert len([lease for lease in found if lease is not None]) == 1
