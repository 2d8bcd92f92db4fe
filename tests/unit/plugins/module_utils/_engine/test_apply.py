# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Order, concurrency and failures of an apply."""

from __future__ import annotations

import threading
import time
import traceback
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import Advice, ApplyError, PlatformError
from ansible_collections.fintech.platform.plugins.module_utils._engine.executor import Executor
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Live, Resource, Secret
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.fake_cloud import Cloud, Fault, Killed, Refused
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.fake_kinds import (
    Address,
    Net,
    Relay,
    Route,
    Table,
    Vault,
    Zone,
)
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.fake_place import SCOPE, FakePlace
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.runs import HURRIED, apply, converge, planned
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.topologies import full


def changing(cloud: Cloud) -> list[str]:
    return [call for call in cloud.calls if not call.startswith("Describe")]


def failing(cloud: Cloud, resources: list[Any], **options: Any) -> ApplyError:
    with pytest.raises(ApplyError) as failed:
        apply(cloud, planned(cloud, resources), **options)
    return failed.value


def names(changes: list[dict[str, Any]]) -> list[str]:
    return sorted(f"{each['action']} {each['kind']}.{each['name']}" for each in changes)


def test_creation_in_order_and_deletion_in_reverse() -> None:
    cloud = Cloud()
    converge(cloud, full())
    made = changing(cloud)
    for first, then in [("net.main", "zone.a"), ("zone.a", "relay.p"), ("address.p", "relay.p"), ("relay.p", "table.s"), ("guard.node", "guard.api")]:
        assert made.index(f"Create {first}") < made.index(f"Create {then}")
    assert made.index("Set net.main dns") < made.index("Create zone.a")  # who refers to it waits for its update too
    cloud.calls.clear()
    converge(cloud, full(), absent=True)
    gone = changing(cloud)
    for first, then in [("table.s", "relay.p"), ("relay.p", "zone.a"), ("relay.p", "address.p"), ("zone.a", "net.main"), ("guard.node", "net.main")]:
        assert gone.index(f"Delete {first}") < gone.index(f"Delete {then}")
    assert cloud.things == {}


def test_orphans_of_kinds_that_nothing_declares_go_in_reverse_order() -> None:
    cloud = Cloud(slow=3)
    converge(cloud, full())
    converge(cloud, [], purge=True)
    assert cloud.things == {}


def test_no_op_makes_only_one_read_per_kind() -> None:
    cloud = Cloud()
    converge(cloud, full())
    cloud.calls.clear()
    converge(cloud, full())
    assert sorted(cloud.calls) == [f"Describe {kind}" for kind in ("address", "guard", "net", "relay", "table", "vault", "zone")]


def test_check_mode_on_nothing_shows_what_apply_then_does() -> None:
    cloud = Cloud()
    checked = planned(cloud, full())
    assert "relay.p (known after apply)" in checked.diff()["after"]
    assert changing(cloud) == []
    applied = planned(cloud, full())
    apply(cloud, applied)
    assert [each.to_dict() for each in applied.changes] == [each.to_dict() for each in checked.changes]
    assert {call.split()[1] for call in changing(cloud)} == {each.label for each in checked.changes}


def test_replacements_that_hold_each_other_are_removed_in_reverse_and_as_late_as_possible() -> None:
    cloud, net = Cloud(slow=2), Net(name="main", cidr="range")

    def declared(size: int, *more: Zone) -> list[Resource]:
        zone, address = Zone(name="a", net=net, cidr="range a"), Address(name="p", size=size)
        relay = Relay(name="p", net=net, zone=more[0] if more else zone, address=address)
        return [net, zone, address, relay, Table(name="s", net=net, routes=frozenset({Route("all", relay)})), *more]

    converge(cloud, declared(1))
    cloud.calls.clear()
    plan = converge(cloud, declared(2, Zone(name="b", net=net, cidr="range b")))
    made = changing(cloud)
    assert [call for call in made if call != "Delete address.p"] == [
        "Create zone.b", "Delete relay.p", "Create address.p", "Create relay.p", "Set table.s routes",
    ]  # fmt: skip
    assert plan.counts() == {"created": 1, "updated": 1, "replaced": 2, "deleted": 0, "unchanged": 2}
    assert cloud.things["table-0001"].values["routes"] == {Route("all", "relay-0002")}
    assert cloud.things["relay-0002"].values["address"] == "address-0002"
    assert not {"relay-0001", "address-0001"} & cloud.things.keys()


def test_independent_changes_run_at_once() -> None:
    cloud, together = Cloud(), threading.Barrier(4, timeout=5)
    cloud.at_call = lambda operation: together.wait() if operation.startswith("Create address") else None
    converge(cloud, [Address(name=name) for name in "abcd"])
    assert len(cloud.things) == 4


def test_a_change_waits_for_its_own_dependencies_only() -> None:
    """Not for all of a level: the zone is made while an address of the first level is still being made."""
    cloud, zone_made = Cloud(), threading.Event()
    met = []

    def at_call(operation: str) -> None:
        if operation == "Create address.p":
            met.append(zone_made.wait(5))
        if operation == "Create zone.a":
            zone_made.set()

    cloud.at_call = at_call
    net = Net(name="main", cidr="range")
    converge(cloud, [net, Zone(name="a", net=net, cidr="range a"), Address(name="p")])
    assert met == [True]


class ToldPlace(FakePlace):
    """Says when an error has reached the executor."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        self.told = threading.Event()

    def advise(self, error: Exception) -> Advice:
        self.told.set()
        return super().advise(error)


def test_after_a_failure_what_runs_is_finished_and_nothing_new_started() -> None:
    cloud, net = Cloud(), Net(name="main", cidr="range")
    zones = [Zone(name=name, net=net, cidr=f"range {name}", public=True) for name in "ab"]
    place, both = ToldPlace(cloud), threading.Barrier(2, timeout=5)

    def at_call(operation: str) -> None:
        if operation.startswith("Create zone"):
            both.wait()
        if operation == "Create zone.b":
            place.told.wait(5)

    cloud.at_call = at_call
    cloud.inject(Fault.FAIL, "Create zone.a")
    tables = [Table(name="s", net=net, zones=frozenset(zones)), Table(name="t", net=net, zones=frozenset(zones[1:]))]
    plan = planned(cloud, [net, *zones, *tables])
    with pytest.raises(ApplyError) as failed:
        Executor(place, SCOPE, pace=HURRIED).apply(plan)
    assert changing(cloud)[-1] == "Set zone.b public"
    details = failed.value.details
    assert names(details["done"]) == ["create net.main", "create zone.b"]
    assert names(details["failed"]) == ["create zone.a"]
    assert names(details["not_started"]) == ["create table.s", "create table.t"]
    assert details["failed"][0]["error"] == "Create zone.a: fail"
    assert str(failed.value) == ("Cannot create zone.a: Create zone.a: fail\n2 changes done, 1 failed, 2 not started. Run again to go on from here.")
    assert isinstance(failed.value.__cause__, Refused)


def test_what_may_not_start_stops_the_run() -> None:
    """What has become ready later is not started either."""
    cloud, refused = Cloud(), threading.Event()
    asked = []

    def may_start() -> None:
        asked.append(1)
        if len(asked) == 2:
            refused.set()
            raise PlatformError("The lease ran out.")

    cloud.at_call = lambda operation: refused.wait(5) if operation == "Create net.edge" else None
    nets = [Net(name=name, cidr="range") for name in ("main", "edge")]
    failed = failing(cloud, [*nets, *(Zone(name=net.name, net=net, cidr="range a") for net in nets)], may_start=may_start)
    assert str(failed) == "The lease ran out.\n2 changes done, 0 failed, 2 not started. Run again to go on from here."
    assert names(failed.details["not_started"]) == ["create zone.edge", "create zone.main"]
    assert changing(cloud) == ["Create net.main", "Create net.edge"]


def test_a_killed_run_ends_at_once_whatever_it_waits_for() -> None:
    """One change is parked for an hour, another is queued behind the call that is killed."""
    cloud = Cloud(slow=10**9)
    cloud.inject(Fault.KILL_BEFORE, "Create address.p")
    slow = replace(HURRIED, first_poll=3600, poll=3600, workers=1)
    begun = time.monotonic()
    with pytest.raises(Killed):
        apply(cloud, planned(cloud, [Net(name="main", cidr="range"), Address(name="p"), Address(name="q")]), pace=slow)
    assert time.monotonic() - begun < 5
    assert changing(cloud) == ["Create net.main", "Create address.p"]


def test_what_is_only_queued_when_the_run_is_killed_is_never_called(monkeypatch: pytest.MonkeyPatch) -> None:
    called = []

    def create(self: Address, place: FakePlace) -> Live:
        called.append(self.name)
        raise Killed

    monkeypatch.setattr(Address, "create", create)
    with pytest.raises(Killed):
        apply(Cloud(), planned(Cloud(), [Address(name=name) for name in "abc"]), pace=replace(HURRIED, workers=1))
    assert called == ["a"]


def test_errors_do_not_quote_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Vault, cloud: Cloud) -> None:
        raise Refused(f"the key {self.key.value} is too short")

    monkeypatch.setattr(Vault, "refuse", refuse)
    failed = failing(Cloud(), [Vault(name="u", key=Secret("hunter2", "1"))])
    assert str(failed).startswith("Cannot create vault.u: the key (secret, version 1) is too short\n")
    assert "hunter2" not in "".join(traceback.format_exception(failed)) + repr(failed.details)
