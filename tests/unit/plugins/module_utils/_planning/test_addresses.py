# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: its layout, and that it is a function of the slots alone."""

from __future__ import annotations

import ipaddress
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fintech.platform.plugins.module_utils._planning.addresses import (
    AddressError,
    environment_plan,
    plan_addresses,
)
from ansible_collections.fintech.platform.plugins.module_utils._planning.topology import Topology

PLATFORM = {"platform": "acme", "pod_supernet": "100.64.0.0/10"}


@st.composite
def layouts(draw) -> dict[str, Any]:
    """Topologies with several supernets, gaps between their slots, any zones and prefix lengths that fit together."""
    subnet_bits, edge_bits = draw(st.integers(2, 4)), draw(st.integers(2, 3))
    environment = draw(st.integers(18, 27 - subnet_bits - edge_bits))
    prefixes = {"environment": environment, "subnet": environment + subnet_bits, "edge_zone": environment + subnet_bits + edge_bits}
    supernets: list[dict[str, Any]] = []
    slots: list[int] = []
    first_slot = draw(st.integers(0, 5))
    for index in draw(st.permutations(range(draw(st.integers(1, 4))))):
        bits = draw(st.integers(0, 3))
        supernets.append({"cidr": f"10.{index * 16}.0.0/{environment - bits}", "first_slot": first_slot})
        slots += range(first_slot, first_slot + 2**bits)
        first_slot += 2**bits + draw(st.integers(0, 3))
    used = draw(st.permutations(slots))[: draw(st.integers(1, len(slots)))]
    room = min(2**subnet_bits - 1, 2**edge_bits - 1, 3)  # three /22 of the /20
    zone_slots = draw(st.permutations(range(room)))[: draw(st.integers(2, room))]
    return {
        **PLATFORM,
        "supernets": draw(st.permutations(supernets)),
        "environments": [{"name": f"env-{slot}", "slot": slot} for slot in used],
        "zones": [{"name": f"z{slot}", "slot": slot} for slot in zone_slots],
        "prefixes": prefixes,
    }


def plan(layout: dict[str, Any]):
    return plan_addresses(Topology.from_mapping(layout)).environments


def held_by(supernet: dict[str, Any], layout: dict[str, Any]) -> range:
    bits = layout["prefixes"]["environment"] - int(supernet["cidr"].split("/")[1])
    return range(supernet["first_slot"], supernet["first_slot"] + 2**bits)


def ranges(*cidrs: str) -> list[ipaddress.IPv4Network]:
    return [ipaddress.IPv4Network(cidr) for cidr in cidrs]


def test_the_shipped_topology(make_topology):
    test = environment_plan(plan_addresses(make_topology()), "test")
    assert (test.cidr, test.pod_cidr, test.edge_spare) == ("10.64.2.0/23", "100.64.16.0/20", ("10.64.3.224/27",))
    assert [(subnet.name, subnet.tier, subnet.zone, subnet.cidr, subnet.usable) for subnet in test.subnets] == [
        ("workload-a", "workload", "a", "10.64.2.0/25", 123),
        ("workload-b", "workload", "b", "10.64.2.128/25", 123),
        ("workload-c", "workload", "c", "10.64.3.0/25", 123),
        ("edge-a", "edge", "a", "10.64.3.128/27", 27),
        ("edge-b", "edge", "b", "10.64.3.160/27", 27),
        ("edge-c", "edge", "c", "10.64.3.192/27", 27),
        ("pods-a", "pods", "a", "100.64.16.0/22", 1019),
        ("pods-b", "pods", "b", "100.64.20.0/22", 1019),
        ("pods-c", "pods", "c", "100.64.24.0/22", 1019),
        ("transit-a", "transit", "a", "100.64.28.0/28", 11),
        ("transit-b", "transit", "b", "100.64.28.16/28", 11),
        ("transit-c", "transit", "c", "100.64.28.32/28", 11),
    ]


def test_the_whole_shared_range_holds_1024_environments(make_topology):
    names = [{"name": f"env-{slot}", "slot": slot} for slot in range(1024)]
    topology = make_topology(supernets=[{"cidr": "10.64.0.0/13", "first_slot": 0}], environments=names)
    last = plan_addresses(topology).environments["env-1023"]
    assert (last.cidr, last.pod_cidr) == ("10.71.254.0/23", "100.127.240.0/20")


def test_slots_count_from_the_first_of_their_supernet(make_topology):
    supernets = [{"cidr": "10.80.0.0/22", "first_slot": 7}, {"cidr": "10.64.0.0/21", "first_slot": 1}]
    names = [{"name": f"env-{slot}", "slot": slot} for slot in (7, 1, 4, 8)]
    environments = plan_addresses(make_topology(supernets=supernets, environments=names)).environments
    assert {name: environment.cidr for name, environment in environments.items()} == {
        "env-7": "10.80.0.0/23",
        "env-1": "10.64.0.0/23",
        "env-4": "10.64.6.0/23",
        "env-8": "10.80.2.0/23",
    }


def test_without_a_pod_supernet_there_are_no_pod_and_transit_subnets(make_topology):
    dev = plan_addresses(make_topology(pod_supernet=None)).environments["dev"]
    assert dev.pod_cidr is None
    assert {subnet.tier for subnet in dev.subnets} == {"workload", "edge"}


def test_plain_data_has_subnets_by_name(make_topology):
    plain = plan_addresses(make_topology()).to_dict()
    dev = plain["environments"]["dev"]
    assert dev["subnets"]["edge-b"] == {"name": "edge-b", "cidr": "10.64.1.160/27", "tier": "edge", "zone": "b", "usable": 27}
    assert {key: dev[key] for key in ("name", "slot", "cidr", "pod_cidr", "edge_spare")} == {
        "name": "dev",
        "slot": 0,
        "cidr": "10.64.0.0/23",
        "pod_cidr": "100.64.0.0/20",
        "edge_spare": ["10.64.1.224/27"],
    }
    assert (plain["supernets"], plain["pod_supernet"], plain["service_cidr"]) == (["10.64.0.0/21"], "100.64.0.0/10", "172.20.0.0/16")


@given(layouts(), st.data())
def test_nothing_moves_when_anything_else_comes_goes_or_is_reordered(layout, data):
    before = plan(layout)
    kept = data.draw(st.permutations(layout["environments"]))[: data.draw(st.integers(1, len(layout["environments"])))]
    needed = [s for s in layout["supernets"] if any(environment["slot"] in held_by(s, layout) for environment in kept)]
    spare = [s for s in layout["supernets"] if s not in needed]
    zones = data.draw(st.permutations(layout["zones"]))[: data.draw(st.integers(2, len(layout["zones"])))]
    supernets = data.draw(st.permutations(needed + data.draw(st.permutations(spare))[: data.draw(st.integers(0, len(spare)))]))
    after = plan({**layout, "environments": kept, "supernets": supernets, "zones": zones})
    assert list(after) == [environment["name"] for environment in kept]
    for name, environment in after.items():
        was = before[name]
        assert (environment.cidr, environment.pod_cidr, environment.edge_spare) == (was.cidr, was.pod_cidr, was.edge_spare)
        assert set(environment.subnets) == {subnet for subnet in was.subnets if subnet.zone in {zone["name"] for zone in zones}}


@given(layouts())
def test_everything_lies_in_its_container_and_nothing_overlaps(layout):
    environments = plan(layout).values()
    apart = []
    for environment in environments:
        slot_holder = next(supernet for supernet in layout["supernets"] if environment.slot in held_by(supernet, layout))
        [supernet, own, pods] = ranges(slot_holder["cidr"], environment.cidr, environment.pod_cidr)
        assert own.subnet_of(supernet)
        assert pods.subnet_of(ipaddress.IPv4Network(PLATFORM["pod_supernet"]))
        for subnet in environment.subnets:
            [block] = ranges(subnet.cidr)
            assert block.subnet_of(own if subnet.tier in {"workload", "edge"} else pods)
            assert subnet.usable == block.num_addresses - 5
            apart.append(block)
        apart += ranges(*environment.edge_spare)
    for one, next_one in pairwise(sorted(apart)):
        assert not one.overlaps(next_one)


@given(layouts())
def test_the_spare_of_the_edge_stays_free_whatever_zones_are_added(layout):
    name = layout["environments"][0]["name"]
    spare = ranges(*plan(layout)[name].edge_spare)
    room = min(2 ** (layout["prefixes"]["subnet"] - layout["prefixes"]["environment"]) - 1, 3)
    every_zone = [{"name": f"z{slot}", "slot": slot} for slot in range(room)]
    for subnet in plan({**layout, "zones": every_zone})[name].subnets:
        assert not any(block.overlaps(ipaddress.IPv4Network(subnet.cidr)) for block in spare)


def test_an_unknown_environment_names_the_nearest(make_topology):
    with pytest.raises(AddressError) as error:
        environment_plan(plan_addresses(make_topology()), "prodction")
    assert str(error.value) == (
        "Environment 'prodction' is not declared in platform_environments (dev, production, staging, test). Did you mean 'production'?"
    )


def test_all_problems_are_told_at_once(problems):
    found = problems(
        platform="Acme",
        environments=[{"name": name, "slot": slot} for name, slot in [("dev", 0), ("test", 0), ("qa", 9)]],
        zones=[{"name": "a", "slot": 0}, {"name": "b", "slot": 5}],
        sites=[
            {"name": "kyiv_office", "type": "office", "networks": [{"name": "all", "cidrs": ["10.64.0.0/24", "oops"]}]},
        ],
        service_cidr="100.64.0.0/16",
    )
    assert [problem.split(":")[0].split(",")[0] for problem in found] == [
        "platform_name",
        "platform_sites",
        "platform_zones",
        "platform_service_cidr",
        "platform_supernets",
        "platform_pod_supernet",
        "platform_environments",
        "platform_environments",
    ]
