# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The capacity gate counts what AWS counts, shows it, and says what would fit."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fintech.platform.plugins.module_utils._planning.addresses import plan_addresses
from ansible_collections.fintech.platform.plugins.module_utils._planning.capacity import CapacityError, Demand, check_capacity

FIXED = Demand(nodes_per_zone=0, interface_endpoints=16)


@pytest.fixture(scope="session")
def dev(make_topology):
    return plan_addresses(make_topology()).environments["dev"]


@pytest.fixture(scope="session")
def dev_without_pods(make_topology):
    return plan_addresses(make_topology(pod_supernet=None)).environments["dev"]


def left(environment, demand: Demand) -> dict[str, int]:
    return {subnet.subnet: subnet.left for subnet in check_capacity(environment, demand).subnets}


def refusal(environment, demand: Demand) -> list[str]:
    with pytest.raises(CapacityError) as error:
        check_capacity(environment, demand)
    return str(error.value).splitlines()


def test_a_workload_subnet_has_79_addresses_after_fixed_consumers(dev, dev_without_pods):
    demand = replace(FIXED, pod_addressing="workload")
    assert left(dev, demand) == left(dev_without_pods, demand)
    assert left(dev_without_pods, demand) == {f"{tier}-{zone}": count for tier, count in [("workload", 79), ("edge", 27)] for zone in "abc"}


def test_the_attachment_takes_no_workload_address_where_it_has_a_subnet(dev):
    assert left(dev, FIXED)["workload-a"] == 80


def test_a_pod_range_of_22_serves_62_prefixes(dev):
    assert left(dev, FIXED)["pods-a"] == 62


def test_the_defaults_fit_and_show_their_arithmetic(dev):
    demand = Demand(interface_endpoints=14, public_load_balancers=1, zonal_nat=True)
    report = check_capacity(dev, demand).to_dict()
    assert list(report) == [f"{tier}-{zone}" for tier in ("workload", "edge", "pods") for zone in "abc"]
    assert report["workload-b"] == {
        "left": 62,
        "unit": "addresses",
        "arithmetic": "workload-b 10.64.0.128/25: 128 addresses - 5 AWS - 16 EKS control plane - 14 interface endpoints"
        " - 3 OpenSearch (3 x 3 nodes / 3 zones) - 8 internal load balancers (1 x 8) - 20 nodes = 62",
    }
    assert report["edge-a"]["arithmetic"] == ("edge-a 10.64.1.128/27: 32 addresses - 5 AWS - 8 public load balancers (1 x 8) - 1 NAT gateway = 18")
    assert report["pods-c"]["arithmetic"] == (
        "pods-c 100.64.8.0/22: 64 prefixes of /28 - 2 first and last - 60 nodes (20 x (2 for 30 pods + 1 warm)) = 2"
    )


def test_each_full_tier_is_refused_with_the_largest_values_that_fit(dev):
    demand = Demand(nodes_per_zone=90, interface_endpoints=14, public_load_balancers=4, zonal_nat=True)
    assert refusal(dev, demand) == [
        "Environment dev cannot hold what its capacity declares:",
        (
            "  workload-a 10.64.0.0/25: 128 addresses - 5 AWS - 16 EKS control plane - 14 interface endpoints"
            " - 3 OpenSearch (3 x 3 nodes / 3 zones) - 8 internal load balancers (1 x 8) - 90 nodes = -8, and so workload-b and workload-c"
        ),
        "  -> would fit: nodes_per_zone 82 or load_balancers 0 or interface_endpoints 6",
        "  edge-a 10.64.1.128/27: 32 addresses - 5 AWS - 32 public load balancers (4 x 8) - 1 NAT gateway = -6, and so edge-b and edge-c",
        "  -> would fit: public_load_balancers 3",
        (
            "  pods-a 100.64.0.0/22: 64 prefixes of /28 - 2 first and last - 270 nodes (90 x (2 for 30 pods + 1 warm))"
            " - 4 for interfaces (90, of which 27 fit the first and last) = -212, and so pods-b and pods-c"
        ),
        "  -> would fit: nodes_per_zone 20",
    ]


def test_pods_in_the_workload_subnets_are_gated(dev_without_pods):
    demand = Demand(interface_endpoints=14, pod_addressing="workload")
    assert refusal(dev_without_pods, demand)[1:] == [
        (
            "  workload-a 10.64.0.0/25: 128 addresses - 5 AWS - 16 EKS control plane - 1 Transit Gateway attachment - 14 interface endpoints"
            " - 3 OpenSearch (3 x 3 nodes / 3 zones) - 8 internal load balancers (1 x 8)"
            " - 680 nodes and pods (20 nodes x (4 interfaces + 30 pods)) = -599, and so workload-b and workload-c"
        ),
        "  -> would fit: nodes_per_zone 2 or pods_per_node 3",
    ]


def test_about_sixty_pods_fit_a_workload_subnet(dev_without_pods):
    """Four nodes with 15 pods each; a fifth would need another subnet."""
    demand = replace(FIXED, nodes_per_zone=4, pods_per_node=15, pod_addressing="workload")
    assert left(dev_without_pods, demand)["workload-a"] == 79 - 4 * (15 + 2)
    assert "nodes_per_zone 4" in refusal(dev_without_pods, replace(demand, nodes_per_zone=5))[2]


def test_no_single_number_may_be_enough(dev):
    demand = Demand(interface_endpoints=150, nodes_per_zone=130)
    assert refusal(dev, demand)[2] == "  -> no number alone makes it fit: lower several, or plan wider subnets"


def test_pods_without_a_range_need_the_workload_subnets(dev_without_pods):
    assert refusal(dev_without_pods, Demand()) == [
        "Environment dev has no pod range, which pod_addressing secondary needs. Set platform_pod_supernet, or pod_addressing to workload."
    ]


@pytest.mark.parametrize(("nodes", "zones", "addresses"), [(0, 3, 0), (1, 3, 1), (3, 3, 3), (4, 3, 4), (5, 2, 8)])
def test_search_takes_three_times_its_nodes_over_the_zones(make_topology, nodes, zones, addresses):
    topology = make_topology(zones=[{"name": name, "slot": slot} for slot, name in enumerate("abc"[:zones])])
    environment = plan_addresses(topology).environments["dev"]
    assert (
        left(environment, replace(FIXED, search_nodes=0))["workload-a"] - left(environment, replace(FIXED, search_nodes=nodes))["workload-a"]
        == addresses
    )


@given(
    st.builds(
        Demand,
        nodes_per_zone=st.integers(0, 150),
        pods_per_node=st.integers(0, 250),
        load_balancers=st.integers(0, 20),
        search_nodes=st.integers(0, 20),
        interface_endpoints=st.integers(0, 150),
        public_load_balancers=st.integers(0, 5),
        pod_addressing=st.sampled_from(["secondary", "workload"]),
    )
)
def test_what_an_error_says_would_fit_does_and_one_more_does_not(dev, demand):
    try:
        check_capacity(dev, demand)
    except CapacityError as error:
        tiers = [line.split("-")[0].strip() for line in str(error).splitlines()[1::2]]
        for tier, line in zip(tiers, str(error).splitlines()[2::2], strict=True):
            for proposal in line.removeprefix("  -> would fit: ").split(" or ") if "would fit" in line else []:
                name, value = proposal.split()
                assert tier not in full_tiers(dev, replace(demand, **{name: int(value)}))
                assert tier in full_tiers(dev, replace(demand, **{name: int(value) + 1}))


def full_tiers(environment, demand: Demand) -> set[str]:
    try:
        check_capacity(environment, demand)
    except CapacityError as error:
        return {name.split("-")[0] for name, subnet in error.details["capacity"].items() if subnet["left"] < 0}
    return set()
