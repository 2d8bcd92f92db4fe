# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting, retrying, and answers that never came."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import ApplyError
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Live, Resource
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.fake_cloud import Cloud, Fault
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.fake_kinds import (
    WAITER,
    Address,
    Guard,
    Net,
    Relay,
    Rule,
    Table,
    Zone,
)
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.fake_place import FakePlace
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.runs import HURRIED, apply, converge, planned


def relays(*names: str, net: Net | None = None, zone: str = "a") -> list[Resource]:
    net = net or Net(name="main", cidr="range")
    place = Zone(name=zone, net=net, cidr="range a")
    addresses = [Address(name=name) for name in names]
    return [net, place, *addresses, *(Relay(name=each.name, net=net, zone=place, address=each) for each in addresses)]


def error_of(cloud: Cloud, resources: list[Resource], *, absent: bool = False, **pace: float) -> str:
    with pytest.raises(ApplyError) as failed:
        apply(cloud, planned(cloud, resources, absent=absent), pace=replace(HURRIED, **pace))  # type: ignore[arg-type]
    return str(failed.value).splitlines()[0]


def test_what_refers_to_it_waits_until_it_is_ready() -> None:
    cloud = Cloud(slow=5)
    converge(cloud, relays("p"))
    assert cloud.calls.count("Describe net") > 2
    assert cloud.calls.index("Create zone.a") > len(cloud.calls) - cloud.calls[::-1].index("Describe net") - 1
    assert all(each.state == "ready" for each in cloud.things.values())


def test_failed_state_is_an_error_that_names_the_object() -> None:
    cloud = Cloud()
    cloud.fails_to_settle = {"relay"}
    assert error_of(cloud, relays("p")) == ("Cannot create relay.p: relay-0001 went into state failed. See why, mend or delete it, and run again.")
    again = "Cannot update relay.p: relay-0001 went into state failed. See why, mend or delete it, and run again."
    assert error_of(cloud, relays("p")) == again


def test_what_starts_to_leave_will_not_become_ready() -> None:
    cloud = Cloud(slow=10**9)
    net = Net(name="main", cidr="range")
    cloud.at_call = lambda operation: setattr(cloud.things["net-0001"], "state", "deleting") if cloud.things and "Describe" in operation else None
    assert error_of(cloud, [net]) == "Cannot create net.main: net-0001 went into state deleting. See why, mend or delete it, and run again."


def test_an_update_may_mend_what_failed() -> None:
    cloud = Cloud()
    converge(cloud, relays("p"))
    broken = cloud.things["relay-0001"]
    broken.state = "failed"
    cloud.at_call = lambda operation: setattr(broken, "state", "ready") if operation == "Set relay.p colour" else None
    resources = relays("p")
    resources[-1].colour = "red"  # type: ignore[attr-defined]  # a relay
    converge(cloud, resources)
    assert (broken.state, broken.values["colour"]) == ("ready", "red")
    assert planned(cloud, resources).changes == []


def test_waiting_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Relay, "waiter", replace(WAITER, timeout=0.02))
    cloud = Cloud()
    converge(cloud, relays())
    cloud.slow = 10**9
    assert error_of(cloud, relays("p")) == "Cannot create relay.p: relay-0001 is pending after 0.02 s."


def test_an_update_that_is_through_already_is_not_waited_for() -> None:
    cloud = Cloud()
    converge(cloud, [Net(name="main", cidr="range")])
    begun = time.monotonic()
    plan = planned(cloud, [Net(name="main", cidr="range", dns=True)])
    place = apply(cloud, plan, pace=replace(HURRIED, first_poll=60, poll=60))
    assert place.purposes == {"poll": 1}
    assert time.monotonic() - begun < 30


def test_pending_of_a_killed_run_is_waited_for() -> None:
    cloud = Cloud()
    converge(cloud, relays("p"))
    left = cloud.things["net-0001"]
    left.state, left.calls, left.coming = "pending", 30, "ready"
    net = Net(name="main", cidr="range")
    converge(cloud, [*relays("p", net=net), Zone(name="b", net=net, cidr="range b")])
    assert left.state == "ready"
    assert planned(cloud, relays("p")).changes == []


def test_one_bulk_read_serves_all_that_wait_for_a_kind() -> None:
    cloud, together = Cloud(), threading.Barrier(3, timeout=5)
    cloud.at_call = lambda operation: together.wait() if operation.startswith("Create relay") else None
    edge = relays("e", net=Net(name="edge", cidr="range"), zone="b")
    plan = planned(cloud, [*relays("p", "q"), *edge])
    place = apply(cloud, plan, pace=replace(HURRIED, first_poll=0.3, poll=0.3))
    assert cloud.calls.count("Describe relay") == 1
    assert place.purposes == {"poll": 2}  # for the nets and for the relays


def test_looks_become_rarer() -> None:
    cloud = Cloud(slow=2)
    apply(cloud, planned(cloud, [Net(name="main", cidr="range")]), pace=replace(HURRIED, first_poll=0.001, poll=3600))
    assert cloud.things["net-0001"].state == "ready"


def test_poll_that_is_throttled_is_made_again() -> None:
    cloud = Cloud(slow=3)
    plan = planned(cloud, relays("p"))
    cloud.inject(Fault.THROTTLE, "Describe relay", times=3)
    apply(cloud, plan)
    assert cloud.things["relay-0001"].state == "ready"


def test_poll_that_fails_ends_the_wait() -> None:
    cloud = Cloud()
    plan = planned(cloud, relays("p"))
    cloud.inject(Fault.FAIL, "Describe relay")
    with pytest.raises(ApplyError, match=r"^Cannot create relay\.p: Describe relay: fail"):
        apply(cloud, plan)


def test_deletion_waits_until_it_is_gone() -> None:
    cloud = Cloud(slow=6)
    converge(cloud, relays("p"))
    cloud.calls.clear()
    converge(cloud, relays("p"), absent=True)
    assert cloud.calls.count("Delete zone.a") == cloud.calls.count("Delete address.p") == 1
    assert cloud.things == {}


def test_blocked_deletion_goes_on_once_it_is_let_go() -> None:
    cloud = Cloud()
    converge(cloud, relays())
    cloud.add("table", {"net": "net-0001", "zones": frozenset({"zone-0001"}), "routes": frozenset()}, {}, within="net-0001")
    tries = []

    def at_call(operation: str) -> None:
        tries.append(operation)
        if tries.count("Delete zone.a") == 4:
            cloud.things.pop("table-0001", None)

    cloud.at_call = at_call
    converge(cloud, relays(), absent=True)
    assert cloud.things == {}


def test_deletion_that_stays_blocked_names_who_holds_it() -> None:
    cloud = Cloud()
    converge(cloud, relays())
    cloud.add("table", {"net": "net-0001", "zones": frozenset({"zone-0001"}), "routes": frozenset()}, {}, within="net-0001")
    assert error_of(cloud, relays(), absent=True, blocked=0.02) == (
        "Cannot delete zone.a: zone-0001 is still there: zone-0001 is in use. It is held by table-0001. Remove that first."
    )


def test_blocked_deletions_pause_without_a_worker() -> None:
    """Each guard but the last is named by the next: the last can go although all others are tried before it."""
    cloud, net = Cloud(), Net(name="main", cidr="range")
    guards = [Guard(name="g0", net=net)]
    for number in range(1, 5):
        guards.append(Guard(name=f"g{number}", net=net, rules=frozenset({Rule(number, guards[-1])})))
    converge(cloud, [net, *guards])
    apply(cloud, planned(cloud, [], absent=True), pace=replace(HURRIED, workers=1))
    assert cloud.things == {}


def test_throttling_is_retried_with_pauses_and_not_for_ever() -> None:
    cloud = Cloud()
    cloud.inject(Fault.THROTTLE, "Create address.p", times=len(HURRIED.retry))
    converge(cloud, [Address(name="p")])
    assert cloud.calls.count("Create address.p") == len(HURRIED.retry) + 1
    cloud.inject(Fault.THROTTLE, "Create address.q", times=len(HURRIED.retry) + 1)
    assert error_of(cloud, [Address(name="q")]) == "Cannot create address.q: Create address.q: throttle"


@pytest.mark.parametrize(("fault", "creates"), [(Fault.LOSE_AFTER, 1), (Fault.LOSE_BEFORE, 2)])
@pytest.mark.parametrize("lag", [0, 2])
def test_lost_answer_of_a_create_is_looked_for_before_it_is_made_again(fault: Fault, creates: int, lag: int) -> None:
    cloud = Cloud(lag=lag)
    cloud.inject(fault, "Create net")
    net = Net(name="main", cidr="range", dns=True)
    converge(cloud, [net])
    assert cloud.calls.count("Create net.main") == creates
    assert [each.values for each in cloud.things.values() if each.kind == "net"] == [{"cidr": "range", "dns": True}]
    assert net.id == "net-0001"


def test_a_duplicate_that_goes_is_not_taken_for_what_was_just_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer to the new address is lost while the empty duplicate, which has the same name, is still there."""
    cloud, looked = Cloud(), threading.Event()
    converge(cloud, [Address(name="p")])
    cloud.add("address", {"size": 1}, cloud.things["address-0001"].tags)
    plan = planned(cloud, [address := Address(name="p", size=2)])
    delete = Address.delete

    def hesitate(place: FakePlace, live: Live) -> None:
        assert live.id != "address-0002" or looked.wait(5)
        delete(place, live)

    monkeypatch.setattr(Address, "delete", hesitate)
    cloud.at_call = lambda operation: looked.set() if operation == "Describe address" else None
    cloud.inject(Fault.LOSE_AFTER, "Create address.p")
    apply(cloud, plan)
    assert (address.id, list(cloud.things)) == ("address-0003", ["address-0003"])


def test_what_is_leaving_is_not_taken_for_what_was_just_made() -> None:
    cloud = Cloud()
    converge(cloud, relays("p"))
    cloud.slow = 10**9
    cloud.remove("relay-0001", settles=True)
    cloud.slow = 0
    cloud.inject(Fault.LOSE_BEFORE, "Create relay.p", times=2)
    converge(cloud, relays("p"))
    assert {each.id: each.state for each in cloud.things.values() if each.kind == "relay"} == {"relay-0001": "deleting", "relay-0002": "ready"}


def test_what_others_own_is_not_taken_for_what_was_just_made() -> None:
    cloud = Cloud()
    cloud.add("address", {"size": 1}, {"platform": "acme", "environment": "test", "stack": "net", "name": "p"})
    cloud.inject(Fault.LOSE_BEFORE, "Create address.p")
    address = Address(name="p")
    converge(cloud, [address])
    assert (address.id, len(cloud.things)) == ("address-0002", 2)


@pytest.mark.parametrize("fault", [Fault.LOSE_AFTER, Fault.LOSE_BEFORE, Fault.THROTTLE])
def test_update_that_was_cut_off_goes_on_with_what_differs_still(fault: Fault) -> None:
    cloud, net = Cloud(), Net(name="main", cidr="range")
    guard = Guard(name="g", net=net, rules=frozenset(Rule(port, "any") for port in (1, 2, 3)))
    cloud.inject(fault, "Allow guard.g 2", times=2)  # more often than the SDK tries by itself
    converge(cloud, [net, guard])
    assert cloud.things[guard.id].values["rules"] == guard.rules
    assert cloud.calls.count("Allow guard.g 1 from any") == 1


@pytest.mark.parametrize(("fault", "times"), [(Fault.LOSE_AFTER, 1), (Fault.LOSE_BEFORE, 2)])
@pytest.mark.parametrize("call", ["Delete table.s", "Release table.s zone-0001", "Release table.s zone-0002"])
def test_lost_answer_of_a_delete_is_no_error(call: str, fault: Fault, times: int) -> None:
    """Nor is that of a call that takes something out before: what is out already is not taken out again."""
    cloud, net = Cloud(), Net(name="main", cidr="range")
    zones = [Zone(name=name, net=net, cidr=f"range {name}") for name in "ab"]
    converge(cloud, [net, *zones, Table(name="s", net=net, zones=frozenset(zones))])
    cloud.inject(fault, call, times=times)
    converge(cloud, [], purge=True)
    assert cloud.things == {}


def test_deletion_that_is_refused_is_not_tried_again() -> None:
    cloud = Cloud()
    converge(cloud, [Address(name="p")])
    cloud.inject(Fault.FAIL, "Delete")
    assert error_of(cloud, [], absent=True) == "Cannot delete address.p: Delete address.p: fail"
    assert cloud.calls.count("Delete address.p") == 1
