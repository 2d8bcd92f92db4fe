# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is no longer declared is reported, works no more, and goes when asked to; the rest becomes as if it had never been there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.cloud import Cloud, name_of
from tests.support.network import SMALL, ZONAL, Network, Outcome, attributed

pytestmark = pytest.mark.emulator

THREE_ZONES = {"zones": [*SMALL["zones"], {"name": "c", "slot": 2, "az_id": "euc1-az3"}]}
ALL_LOGS = {"flow_logs": {"destination": "cloudwatch"}}


def orphans(outcome: Outcome) -> set[str]:
    return {f"{each['kind']}.{each['name']}" for each in outcome["orphans"]}


# before, after, what is left over
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], set[str]]] = {
    "zone": (
        {**THREE_ZONES, **ZONAL},
        ZONAL,
        {*(f"subnet.{tier}-c" for tier in ("workload", "edge", "pods", "transit")), "route_table.workload-c", "nat_gateway.c", "elastic_ip.nat-c"},
    ),
    "interface endpoint": ({"interface_endpoints": ["sts", "kms"]}, {}, {"vpc_endpoint.kms"}),
    "gateway endpoint": ({"gateway_endpoints": ["s3", "dynamodb"]}, {}, {"vpc_endpoint.gateway-dynamodb"}),
    "site": (
        {},
        {"sites": SMALL["sites"][1:], "rules": SMALL["rules"][1:]},
        {"managed_prefix_list.office.developers"},
    ),
    "flow logs": (ALL_LOGS, {"flow_logs": {"destination": "none"}}, {"flow_log.main", "log_group.flow-logs", "role.flow-logs"}),
    "DHCP options": ({"dhcp_options": {"domain_name": "dev.example"}}, {}, {"dhcp_options.main"}),
    "internet egress": (
        ZONAL,
        {},
        {"nat_gateway.a", "nat_gateway.b", "elastic_ip.nat-a", "elastic_ip.nat-b", "internet_gateway.main", "managed_prefix_list.internet"},
    ),
    "zonal for regional NAT": (
        ZONAL,
        {"internet_egress": "regional"},
        {"nat_gateway.a", "nat_gateway.b", "elastic_ip.nat-a", "elastic_ip.nat-b"},
    ),
    "regional for zonal NAT": ({"internet_egress": "regional"}, ZONAL, {"nat_gateway.regional"}),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_removed_from_the_declaration(cloud: Cloud, case: str) -> None:
    before, after, left = CASES[case]
    Network(cloud, after).run()
    fresh = cloud.snapshot()
    cloud.control.reset()
    Network(cloud, before).run()
    network = Network(cloud, after)

    # Reported, in check mode and by the run that adapts the rest; kept.
    assert orphans(network.run(check=True)) == left
    adapted = network.run()
    assert orphans(adapted) == left
    assert attributed(adapted) == ([], [])
    again = network.run()
    assert (again["changes"], again.changing) == ([], [])
    assert orphans(again) == left

    # Removed when asked to, and nothing else with it.
    seen = network.run(check=True, purge=True)
    purged = network.run(purge=True)
    assert purged["diff"] == seen["diff"]
    assert {(action, label) for action, label, _fields in purged.told} == {("delete", label) for label in left}
    assert {each["reason"] for each in purged["changes"]} == {"no longer declared"}
    assert attributed(purged) == ([], [])
    assert cloud.snapshot() == fresh
    last = network.run(purge=True)
    assert (last["changes"], last["orphans"]) == ([], [])


def test_purge_takes_out_what_is_used_after_what_uses_it(built: Callable[..., Network]) -> None:
    network = built(**THREE_ZONES, **ZONAL)
    network.options = dict(ZONAL)
    order = [name_of(call) for call in network.run(purge=True).changing]
    first = {name: order.index(name) for name in order}
    last = {name: len(order) - 1 - order[::-1].index(name) for name in order}
    assert last["ec2.ModifyVpcEndpoint"] < first["ec2.DeleteSubnet"]
    assert last["ec2.DeleteRouteTable"] < first["ec2.DeleteSubnet"]
    assert last["ec2.DeleteNatGateway"] < first["ec2.ReleaseAddress"]
    assert last["ec2.DeleteNatGateway"] < first["ec2.DeleteSubnet"]


def test_after_a_purge_an_apply_reads_no_more_than_what_is_declared(built: Callable[..., Network]) -> None:
    def reads(network: Network) -> dict[str, int]:
        return network.run().recording.counts()

    network = built()
    usual = reads(network)
    assert "ec2.DescribeAddresses" not in usual
    network.run(**ZONAL)
    assert "ec2.DescribeAddresses" in reads(network)  # orphans are looked for as long as there may be some
    network.run(purge=True)
    assert reads(network) == usual


def test_foreign_objects_survive_a_purge(built: Callable[..., Network]) -> None:
    network = built(**ZONAL)
    network.options = {}
    address = network.cloud.ec2.allocate_address(Domain="vpc")["AllocationId"]
    group = network.cloud.ec2.create_security_group(GroupName="theirs", Description="theirs", VpcId=network.cloud.ids()["vpc.main"])["GroupId"]
    network.run(purge=True)
    assert [each["AllocationId"] for each in network.cloud.all("elastic_ip")] == [address]
    assert group in {each["GroupId"] for each in network.cloud.all("security_group")}


def test_pods_move_into_the_workload_subnets(built: Callable[..., Network]) -> None:
    """The pods' range can only be taken out once nothing is in it, so that takes another run."""
    network = built(capacity={"nodes_per_zone": 2, "pods_per_node": 10})
    network.options |= {"pod_addressing": "workload"}
    pods = {f"subnet.{tier}-{zone}" for tier in ("pods", "transit") for zone in "ab"}
    assert orphans(network.run()) == {*pods, "route_table.transit", "network_acl.transit"}
    assert network.run()["changes"] == []
    network.run(purge=True)
    assert network.run(purge=True).told == [("update", "vpc.main", {"secondary_cidrs"})]
    assert network.run(purge=True)["changes"] == []


def test_a_foreign_subnet_in_a_range_of_its_own_is_in_nobodys_way(built: Callable[..., Network]) -> None:
    network = built()
    ec2, vpc = network.cloud.ec2, network.cloud.ids()["vpc.main"]
    ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock="10.70.0.0/23")
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.70.0.0/24")["Subnet"]["SubnetId"]
    outcome = network.run(tags={"team": "core"})
    assert subnet in {each["id"] for each in outcome["foreign"]}
    assert network.run(tags={"team": "core"})["changes"] == []
