# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prefix lengths and zones that do not fit are refused with those that do."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._planning.addresses import plan_addresses


def environments(*slots: int) -> list[dict]:
    return [{"name": f"env-{index}", "slot": slot} for index, slot in enumerate(slots)]


def zones(*slots: int) -> list[dict]:
    return [{"name": name, "slot": slot} for name, slot in zip("abcdefgh", slots, strict=False)]


ZONES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "one": ({"zones": zones(0)}, ["platform_zones has 1 zones, but a cluster and a load balancer need 2. Declare another one."]),
    "slot taken": ({"zones": zones(0, 0)}, ["platform_zones, zone b: slot 0 is taken by zone a. The next free slot is 1."]),
    "slot of the edge": (
        {"zones": zones(0, 3)},
        ["platform_zones, zone b: slot 3 is not one of 0 to 2, since environment /23 holds 3 of subnet /25 and the edge. The next free slot is 1."],
    ),
    "no slot left": (
        {"zones": zones(0, 1, 2, 3)},
        [
            (
                "platform_zones, zone d: slot 3 is not one of 0 to 2, since environment /23 holds 3 of subnet /25 and the edge."
                " No slot is free: make room with other platform_prefixes."
            )
        ],
    ),
    "slot that only the pods lack": (
        {"zones": zones(0, 3), "prefixes": {"environment": 22, "edge_zone": 27, "subnet": 25, "pod_zone": 22}, "environments": environments(0)},
        [
            (
                "platform_zones, zone b: slot 3 is not one of 0 to 2, since subnet /25 holds 3 of edge_zone /27 and the spare of the edge."
                " The next free slot is 1."
            )
        ],
    ),
    "a letter for an AZ ID": (
        {"zones": [{"name": "a", "slot": 0, "az_id": "eu-central-1a"}, {"name": "b", "slot": 1}]},
        [
            (
                "platform_zones, zone a: az_id is 'eu-central-1a', which is no AZ ID. An AZ ID such as euc1-az1 names the same place in every"
                " account, a letter does not; `aws ec2 describe-availability-zones` lists both."
            )
        ],
    ),
    "an AZ ID twice": (
        {"zones": [{"name": "a", "slot": 0, "az_id": "euc1-az1"}, {"name": "b", "slot": 1, "az_id": "euc1-az1"}]},
        ["platform_zones: euc1-az1 is bound to zones a and b. Zones stand in for each other only if they differ: bind each to its own AZ ID."],
    ),
    "a zone without EKS": (
        {"zones": [{"name": "a", "slot": 0, "az_id": "use1-az3"}, {"name": "b", "slot": 1}]},
        ["platform_zones, zone a: in use1-az3 EKS takes no cluster subnets. Bind it to another zone of the region."],
    ),
}


@pytest.mark.parametrize("case", ZONES)
def test_a_zone_that_cannot_be_used_says_why(problems, case):
    options, expected = ZONES[case]
    assert problems(**options) == expected


PREFIXES = {
    "a VPC that AWS does not take": (
        {"environment": 15},
        "platform_prefixes: environment is 15, but may be 16 to 23: AWS limits the sizes of VPCs, subnets and what stands in them. Use 16.",
    ),
    "a VPC too narrow for all that it holds": (
        {"environment": 30},
        "platform_prefixes: environment is 30, but may be 16 to 23: AWS limits the sizes of VPCs, subnets and what stands in them. Use 23.",
    ),
    "an edge too narrow for load balancers": (
        {"edge_zone": 28},
        "platform_prefixes: edge_zone is 28, but may be 20 to 27: AWS limits the sizes of VPCs, subnets and what stands in them. Use 27.",
    ),
    "no room for two zones and the edge": (
        {"environment": 22, "subnet": 23},
        (
            "platform_prefixes: environment /22 divides into 2 of subnet /23, but 3 are needed: 2 zones at least and the edge."
            " Use subnet 24 or environment 21."
        ),
    ),
    "no room for a spare": (
        {"edge_zone": 26},
        (
            "platform_prefixes: subnet /25 divides into 2 of edge_zone /26, but 3 are needed: 2 zones at least and the spare of the edge."
            " Use edge_zone 27 or subnet 24."
        ),
    ),
    "no room for the transit subnets": (
        {"pod_zone": 21},
        (
            "platform_prefixes: pod_environment /20 divides into 2 of pod_zone /21, but 3 are needed: 2 zones at least and the transit subnets."
            " Use pod_zone 22 or pod_environment 19."
        ),
    ),
    "a part wider than the whole": (
        {"pod_zone": 19},
        (
            "platform_prefixes: pod_environment /20 divides into 1 of pod_zone /19, but 3 are needed: 2 zones at least and the transit subnets."
            " Use pod_zone 22 or pod_environment 17."
        ),
    ),
}


@pytest.mark.parametrize("case", PREFIXES)
def test_prefix_lengths_that_do_not_fit_say_which_do(problems, case):
    prefixes, expected = PREFIXES[case]
    assert problems(prefixes=prefixes) == [expected]


def test_prefix_lengths_of_pods_matter_only_where_pods_have_a_range(make_topology):
    plan_addresses(make_topology(prefixes={"pod_zone": 30}, pod_supernet=None))
