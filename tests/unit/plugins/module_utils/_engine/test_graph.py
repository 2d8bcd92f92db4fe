# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order of resources, and declarations that have none."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError
from ansible_collections.fintech.platform.plugins.module_utils._engine.graph import ordered
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Resource, managed, uses
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.fake_kinds import (
    Address,
    Guard,
    Net,
    Relay,
    Route,
    Rule,
    Table,
    Zone,
)


def test_each_comes_after_what_it_refers_to() -> None:
    net = Net(name="main", cidr="range")
    zone = Zone(name="a", net=net, cidr="range a")
    address = Address(name="p")
    relay = Relay(name="p", net=net, zone=zone, address=address)
    table = Table(name="s", net=net, routes=frozenset({Route("all", relay)}), zones=frozenset({zone}))
    for declared in itertools.permutations([net, zone, address, relay, table]):
        found = ordered(declared)
        assert len(found) == 5
        assert found.index(net) < found.index(zone) < found.index(relay) < found.index(table)
        assert found.index(address) < found.index(relay)


@dataclass(kw_only=True, eq=False)
class Bundle(Resource):
    addresses: frozenset[Address] = managed(uses=(Address,))
    kind = "bundle"


def test_order_does_not_depend_on_that_of_sets() -> None:
    addresses = [Address(name=name) for name in "hgfedcba"]
    found = ordered([Bundle(name="b", addresses=frozenset(addresses)), *addresses])
    assert [each.name for each in found] == [*"abcdefgh", "b"]


def test_cycle_is_named() -> None:
    net = Net(name="main", cidr="range")
    one, two = Guard(name="one", net=net), Guard(name="two", net=net)
    one.rules, two.rules = frozenset({Rule(1, two)}), frozenset({Rule(2, one)})
    with pytest.raises(PlanError) as refused:
        ordered([net, one, two])
    assert str(refused.value) in {
        f"These resources need each other: {cycle}. Break the cycle by taking one reference out."
        for cycle in ("guard.one -> guard.two -> guard.one", "guard.two -> guard.one -> guard.two")
    }


def test_all_loose_ends_and_double_names_are_named_at_once() -> None:
    net = Net(name="main", cidr="range")
    lost = Zone(name="lost", net=net, cidr="range a")
    tables = [Table(name="s", net=net, zones=frozenset({lost})), Table(name="s", net=net)]
    with pytest.raises(PlanError) as refused:
        ordered([net, *tables])
    assert refused.value.details["problems"] == [
        "table.s is declared twice. Give one of the two another name.",
        "table.s refers to zone.lost, which is not declared in this stack.",
    ]


def test_another_object_of_the_same_name_is_a_loose_end() -> None:
    zone = Zone(name="a", net=Net(name="main", cidr="range"), cidr="range a")
    with pytest.raises(PlanError, match=r"zone\.a refers to net\.main, which is not declared"):
        ordered([Net(name="main", cidr="range"), zone])


def test_reference_that_no_field_announces_is_refused() -> None:
    """Deletions are ordered by what the fields announce, so one that is missing would only show in a teardown."""

    @dataclass(kw_only=True, eq=False)
    class Sloppy(Resource):
        address: Address = managed()
        kind = "sloppy"

    address = Address(name="p")
    with pytest.raises(PlanError, match=r"^sloppy\.x refers to address\.p, but no field of sloppy says that it uses address\.$"):
        ordered([address, Sloppy(name="x", address=address)])


def test_uses_are_followed_to_their_ends() -> None:
    assert uses(Table) == {Net, Zone, Relay, Address}
    assert uses(Net) == frozenset()
