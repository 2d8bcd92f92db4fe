# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is planned, and what is refused before anything is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError
from ansible_collections.fintech.platform.plugins.module_utils._engine.plan import Plan, make_plan
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Live, Resource, Secret, managed, replaceable
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.fake_cloud import Cloud
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.fake_kinds import (
    Address,
    Guard,
    Net,
    Relay,
    Rule,
    Table,
    Vault,
    Zone,
)
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.fake_place import SCOPE
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.runs import apply, converge, planned

OTHERS = {"platform": "acme", "environment": "test", "stack": "net"}


def shown(plan: Plan) -> list[str]:
    return [f"{each.action.value} {each.label}" + (f" ({each.reason})" if each.reason else "") for each in plan.changes]


def ids(plan: Plan) -> set[str]:
    return {each.live.id for each in plan.changes if each.live}


def network(*, zones: str = "a", reach: str = "range") -> list[Any]:
    net = Net(name="main", cidr=reach)
    return [net, *(Zone(name=name, net=net, cidr=f"range {name}") for name in zones)]


@pytest.fixture
def cloud() -> Cloud:
    """With a network of one zone."""
    cloud = Cloud()
    converge(cloud, network())
    return cloud


def test_nothing_to_do_is_an_empty_plan(cloud: Cloud) -> None:
    plan = planned(cloud, network())
    assert (plan.changes, plan.orphans, plan.foreign) == ([], [], [])
    assert plan.counts() == {"created": 0, "updated": 0, "replaced": 0, "deleted": 0, "unchanged": 2}


def test_immutable_changes_are_refused_all_at_once(cloud: Cloud) -> None:
    changed = network(reach="wider")
    changed[1].cidr = "range z"
    with pytest.raises(PlanError) as refused:
        planned(cloud, changed)
    way_out = "while it lives. Put the old value back, or take it down with the teardown playbook first."
    assert refused.value.details["problems"] == [
        f"Cannot change net.main: its cidr is range and cannot become wider {way_out}",
        f"Cannot change zone.a: its cidr is range a and cannot become range z {way_out}",
    ]
    assert str(refused.value) == "\n".join(refused.value.details["problems"])


def test_initial_fields_are_not_compared_and_unset_ones_not_touched() -> None:
    cloud = Cloud()
    converge(cloud, [Vault(name="u", key=Secret("hunter2", "1"), size=1), Address(name="p")])
    cloud.things["address-0001"].tags["theirs"] = "kept"
    assert planned(cloud, [Vault(name="u", key=Secret("hunter2", "1"), size=7), Address(name="p")]).changes == []


def test_two_in_use_of_one_name_are_refused_with_their_ids(cloud: Cloud) -> None:
    twin = cloud.add("net", {"cidr": "range", "dns": False}, cloud.things["net-0001"].tags)
    cloud.add("table", {"net": twin.id, "zones": frozenset(), "routes": frozenset()}, {}, within=twin.id)
    with pytest.raises(PlanError) as refused:
        planned(cloud, network())
    assert str(refused.value) == (
        "2 live objects in use claim to be net.main of acme/dev/net: net-0001, net-0002. "
        "Decide which one is right and delete the others, or take the fintech.platform/name tag off them."
    )


@pytest.mark.parametrize("used", [None, "net-0001", "net-0002"])
def test_of_duplicates_the_used_one_stays_and_otherwise_the_smallest_id(used: str | None) -> None:
    """A default guard comes with each net: that is no use."""
    cloud = Cloud()
    for name in ("main", "other"):
        converge(cloud, [Net(name=name, cidr="range")])
    cloud.things["net-0002"].tags["name"] = "main"
    if used:
        cloud.add("table", {"net": used, "zones": frozenset(), "routes": frozenset()}, {}, within=used)
    kept = used or "net-0001"
    net = Net(name="main", cidr="range")
    guard = Guard(name="default", net=net, rules=frozenset({Rule(0, "any")}))
    plan = planned(cloud, [net, guard])
    assert shown(plan) == [f"delete net.main (empty duplicate of {kept})"]
    assert (net.id, guard.live and guard.live.within) == (kept, kept)
    apply(cloud, plan)
    assert [each.id for each in cloud.things.values() if each.kind == "net"] == [kept]


def test_what_refers_to_a_duplicate_makes_it_used() -> None:
    cloud = Cloud()
    net, address = Net(name="main", cidr="range"), Address(name="p")
    zone = Zone(name="a", net=net, cidr="range a")
    relay = [net, zone, address, Relay(name="p", net=net, zone=zone, address=address)]
    converge(cloud, relay)
    cloud.add("address", {"size": 1}, cloud.things["address-0001"].tags, id="address-0000")
    plan = planned(cloud, relay)
    assert (shown(plan), ids(plan)) == (["delete address.p (empty duplicate of address-0001)"], {"address-0000"})


def test_teardown_takes_duplicates_along_whether_used_or_not(cloud: Cloud) -> None:
    twin = cloud.add("net", {"cidr": "range", "dns": False}, cloud.things["net-0001"].tags)
    cloud.add("zone", {"net": twin.id, "cidr": "range a", "public": False}, cloud.things["zone-0001"].tags, within=twin.id)
    converge(cloud, network(), absent=True)
    assert cloud.things == {}


def test_orphans_are_reported_and_only_purge_removes_them(cloud: Cloud) -> None:
    converge(cloud, [*network(), Address(name="p")])
    plan = planned(cloud, network(zones=""))
    assert plan.changes == []
    assert sorted((kind.kind, live.id) for kind, live in plan.orphans) == [("address", "address-0001"), ("zone", "zone-0001")]
    purged = planned(cloud, network(zones=""), purge=True)
    assert sorted(shown(purged)) == ["delete address.p (no longer declared)", "delete zone.a (no longer declared)"]
    assert purged.orphans == []


def test_foreign_objects_are_reported_and_left_alone(cloud: Cloud) -> None:
    """Without any tags, or without a name. What belongs to another environment is neither ours nor foreign."""
    nameless = {"platform": "acme", "environment": "dev", "stack": "net"}
    for tags in ({}, nameless, {**OTHERS, "name": "theirs"}):
        cloud.add("table", {"net": "net-0001", "zones": frozenset(), "routes": frozenset()}, tags, within="net-0001")
    plan = planned(cloud, network(), purge=True)
    assert plan.changes == []
    assert plan.orphans == []
    assert [(kind.kind, live.id) for kind, live in plan.foreign] == [("table", "table-0001"), ("table", "table-0002")]


@pytest.mark.parametrize(
    ("tags", "owner"),
    [
        ({}, "does not carry this platform's tags"),
        ({**OTHERS, "name": "theirs"}, "belongs to acme/test/net as theirs"),
        ({**OTHERS, "environment": "dev", "name": "b"}, "belongs to acme/dev/net as b"),
    ],
)
def test_key_that_another_object_occupies_is_refused(cloud: Cloud, tags: dict[str, str], owner: str) -> None:
    cloud.add("zone", {"net": "net-0001", "cidr": "range c", "public": False}, tags, within="net-0001")
    with pytest.raises(PlanError) as refused:
        planned(cloud, network(zones="ac"), purge=True)
    assert str(refused.value) == (
        f"Cannot create zone.c: zone-0002 has the same cidr range c and {owner}. "
        "Delete it, or tag it fintech.platform/name=c (and the scope's tags) to have it adopted."
    )


def test_key_is_free_in_another_container(cloud: Cloud) -> None:
    edge = Net(name="edge", cidr="other")
    assert shown(planned(cloud, [*network(), edge, Zone(name="edge-a", net=edge, cidr="range a")])) == ["create net.edge", "create zone.edge-a"]


def test_default_is_adopted_configured_and_never_deleted(cloud: Cloud) -> None:
    net, zone = network()
    locked = [net, zone, Guard(name="default", net=net)]
    plan = planned(cloud, locked)
    assert shown(plan) == ["update guard.default"]
    assert plan.changes[0].to_dict()["fields"] == {"rules": {"before": ["0 from any"], "after": []}}
    apply(cloud, plan)
    assert cloud.things["guard-0001"].values["rules"] == frozenset()
    assert planned(cloud, locked).changes == planned(cloud, network(), purge=True).changes == []
    assert shown(planned(cloud, locked, absent=True)) == ["delete zone.a", "delete net.main"]


def test_defaults_are_neither_duplicates_nor_foreign() -> None:
    defaults = [Live(id=f"guard-{number}", name="default", scope=SCOPE, within=f"net-{number}", default=True) for number in (1, 2)]
    plan = make_plan([], {Guard: [*defaults, Live(id="guard-3", name=None, default=True)]}, SCOPE, purge=True)
    assert (plan.changes, plan.foreign) == ([], [])


def test_default_of_a_planned_container_is_adopted_when_that_is_there() -> None:
    cloud, net = Cloud(), Net(name="main", cidr="range")
    plan = planned(cloud, [net, Guard(name="default", net=net, rules=frozenset({Rule(1, "any")}))])
    assert shown(plan) == ["create net.main", "update guard.default"]
    apply(cloud, plan)
    assert [(each.id, each.values["rules"]) for each in cloud.things.values() if each.kind == "guard"] == [("guard-0001", {Rule(1, "any")})]


def test_what_a_killed_run_left_pending_or_failed_is_a_change() -> None:
    cloud = Cloud()
    cloud.add("net", {"cidr": "range", "dns": False}, {**OTHERS, "environment": "dev", "name": "main"}, settles=True)
    for state in ("pending", "failed"):
        cloud.things["net-0001"].state = state
        cloud.slow = cloud.things["net-0001"].calls = 99
        plan = planned(cloud, network(zones=""))
        assert [each.to_dict()["fields"] for each in plan.changes] == [{"state": {"before": state, "after": "ready"}}]


def test_what_is_leaving_is_not_live() -> None:
    cloud = Cloud(slow=99)
    cloud.add("net", {"cidr": "range", "dns": False}, {**OTHERS, "environment": "dev", "name": "main"})
    cloud.remove("net-0001", settles=True)
    assert shown(planned(cloud, network(zones=""))) == ["create net.main"]
    assert planned(cloud, [], absent=True).changes == []


@dataclass(kw_only=True, eq=False)
class Middle(Resource):
    base: Address = managed(uses=(Address,))
    kind = "middle"


@dataclass(kw_only=True, eq=False)
class Top(Resource):
    middle: Middle = managed(uses=(Middle,))
    base: Address = replaceable(uses=(Address,))
    kind = "top"


def test_a_removal_does_not_wait_for_what_waits_for_another() -> None:
    """The old top keeps the old base from being removed, so it cannot wait for the middle, which waits for the new base."""
    base = Address(name="p", size=2)
    middle = Middle(name="m", base=base)
    live = {
        Address: [Live(id="address-1", name="p", scope=SCOPE, values={"size": 1, "tags": {}})],
        Middle: [Live(id="middle-1", name="m", scope=SCOPE, values={"base": "address-1"})],
        Top: [Live(id="top-1", name="t", scope=SCOPE, values={"middle": "middle-1", "base": "address-1"})],
    }
    plan = make_plan([base, middle, Top(name="t", middle=middle, base=base)], live, SCOPE)
    assert shown(plan) == ["replace address.p", "update middle.m", "replace top.t"]
    assert [change.removal.requires for change in plan.changes if change.removal] == [[], []]


def test_resources_are_bound_to_what_is_live(cloud: Cloud) -> None:
    net, zone = network()
    table = Table(name="s", net=net)
    planned(cloud, [net, zone, table])
    assert (net.id, zone.id, table.live) == ("net-0001", "zone-0001", None)
