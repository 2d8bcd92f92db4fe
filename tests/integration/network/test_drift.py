# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drift beyond one field: what is gone with what needs it, what is not ours, and what can only be refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError
from tests.support.cloud import REGION, Cloud, name_of
from tests.support.network import ZONAL, Network, attributed

pytestmark = pytest.mark.emulator

Built = Callable[..., Network]


def repaired(network: Network, before: dict[str, list[str]]) -> list[tuple[str, str]]:
    """The changes of one run, which check mode showed, which leave nothing to do and everything as it was."""
    seen = network.run(check=True)
    done = network.run()
    assert done["diff"] == seen["diff"]
    assert attributed(done) == ([], [])
    assert network.run()["changes"] == []
    assert network.cloud.snapshot() == before
    return sorted((action, label) for action, label, _fields in done.told)


def test_a_detached_internet_gateway_is_attached(built: Built) -> None:
    network = built(internet_ingress=True)
    before, ids = network.cloud.snapshot(), network.cloud.ids()
    network.cloud.ec2.detach_internet_gateway(InternetGatewayId=ids["internet_gateway.main"], VpcId=ids["vpc.main"])
    assert repaired(network, before) == [("update", "internet_gateway.main")]


def test_a_deleted_nat_gateway_is_made_again_and_routed_to(built: Built) -> None:
    network = built(**ZONAL)
    before, ids = network.cloud.snapshot(), network.cloud.ids()
    network.cloud.ec2.delete_nat_gateway(NatGatewayId=ids["nat_gateway.a"])
    assert repaired(network, before) == [("create", "nat_gateway.a"), ("update", "routes.workload-a")]


def test_a_deleted_security_group_is_made_again_with_its_rules_and_those_that_name_it(built: Built) -> None:
    network = built()
    before, ids, ec2 = network.cloud.snapshot(), network.cloud.ids(), network.cloud.ec2
    search, nodes = ids["security_group.search"], ids["security_group.nodes"]
    rule = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": search}]}]
    ec2.revoke_security_group_egress(GroupId=nodes, IpPermissions=rule)
    ec2.delete_security_group(GroupId=search)
    assert repaired(network, before) == [
        ("create", "security_group.search"),
        ("update", "security_group_rules.nodes"),
        ("update", "security_group_rules.search"),
    ]


def foreign_objects(cloud: Cloud) -> dict[str, str]:
    """Another team's objects in our VPC, by kind."""
    ids, ec2 = cloud.ids(), cloud.ec2
    vpc = ids["vpc.main"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.64.1.0/28")["Subnet"]["SubnetId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    group = ec2.create_security_group(GroupName="theirs", Description="theirs", VpcId=vpc)["GroupId"]
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.sns", VpcEndpointType="Interface", SubnetIds=[subnet], SecurityGroupIds=[group]
    )["VpcEndpoint"]["VpcEndpointId"]
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    return {"subnet": subnet, "route_table": table, "security_group": group, "vpc_endpoint": endpoint, "network_acl": acl}


@pytest.mark.parametrize("purge", [False, True])
def test_foreign_objects_are_reported_and_never_touched(built: Built, purge: bool) -> None:
    network = built()
    theirs = foreign_objects(network.cloud)
    before = network.cloud.snapshot()
    for check in (True, False):
        outcome = network.run(check=check, purge=purge)
        assert outcome["changes"] == []
        assert outcome.changing == []
        assert {each["kind"]: each["id"] for each in outcome["foreign"]} == theirs
    assert network.cloud.snapshot() == before


def test_foreign_objects_stay_untouched_while_ours_are_repaired(built: Built) -> None:
    network = built()
    theirs = foreign_objects(network.cloud)

    def described() -> list[dict[str, Any]]:
        return [item for kind, identity in theirs.items() for item in network.cloud.all(kind) if identity in item.values()]

    before = described()
    network.cloud.ec2.delete_vpc_endpoints(VpcEndpointIds=[network.cloud.ids()["vpc_endpoint.sts"]])
    outcome = network.run(tags={"team": "core"})
    assert len(outcome["changes"]) > 30
    named = json.dumps([call["parameters"] for call in outcome.changing])
    assert not [identity for identity in theirs.values() if identity in named]
    assert described() == before
    assert len(before) == len(theirs)


def test_a_subnet_without_its_name_is_not_made_twice(built: Built) -> None:
    network = built()
    subnet = network.cloud.ids()["subnet.workload-a"]
    network.cloud.ec2.delete_tags(Resources=[subnet], Tags=[{"Key": "fintech.platform/name"}])
    before = network.cloud.snapshot()
    with pytest.raises(PlanError) as refused:
        network.run()
    assert (
        f"Cannot create subnet.workload-a: {subnet} has the same cidr 10.64.0.0/25 and does not carry this platform's tags. "
        "Delete it, or tag it fintech.platform/name=workload-a (and the scope's tags) to have it adopted."
    ) in str(refused.value)
    network.cloud.ec2.create_tags(Resources=[subnet], Tags=[{"Key": "fintech.platform/name", "Value": "workload-a"}])
    assert network.run()["changes"] == []
    assert network.cloud.snapshot() != before


@pytest.mark.parametrize("part", ["platform", "environment", "stack", "name"])
def test_a_vpc_that_lost_a_tag_is_not_built_a_second_time(built: Built, part: str) -> None:
    network = built()
    vpc = network.cloud.ids()["vpc.main"]
    network.cloud.ec2.delete_tags(Resources=[vpc], Tags=[{"Key": f"fintech.platform/{part}"}])
    with network.cloud.recorded() as recording, pytest.raises(PlanError, match=f"Cannot create vpc.main: {vpc} has the same cidr 10.64.0.0/23"):
        network.run()
    assert recording.changing == []


@pytest.mark.parametrize(
    ("environment", "refusal"),
    [
        ("test", r"Environment test: its VPC vpc-\w+ has 10.64.0.0/23, but slot 1 is now 10.64.2.0/23"),
        ("qa", r"Environment qa is not in platform_environments, but its VPC vpc-\w+ \(10.64.0.0/23\) is live"),
    ],
)
def test_a_vpc_with_another_environments_tag_is_refused(built: Built, environment: str, refusal: str) -> None:
    network = built()
    tags = [{"Key": "fintech.platform/environment", "Value": environment}]
    network.cloud.ec2.create_tags(Resources=[network.cloud.ids()["vpc.main"]], Tags=tags)
    with network.cloud.recorded() as recording, pytest.raises(PlanError, match=refusal):
        network.run()
    assert recording.changing == []


def test_drift_of_a_kind_that_is_not_declared_is_seen_in_check_mode(built: Built) -> None:
    """An apply leaves out what was never there; check mode looks at everything."""
    network = built()
    ec2, vpc = network.cloud.ec2, network.cloud.ids()["vpc.main"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    told = {"kind": "internet_gateway", "id": gateway, "command": f"aws ec2 delete-internet-gateway --internet-gateway-id {gateway}"}
    assert told in network.run(check=True)["foreign"]


def test_a_no_op_reads_as_little_with_four_times_the_network(cloud: Cloud) -> None:
    """Within one page of answers, the calls of a no-op do not grow with subnets, routes and rules."""

    def reads(network: Network) -> dict[str, int]:
        network.run()
        outcome = network.run()
        assert outcome["changes"] == []
        return outcome.recording.counts()

    small = reads(Network(cloud))
    cloud.control.reset()
    sites: list[dict[str, Any]] = [{"name": "office", "type": "office", "networks": [{"name": "all", "cidrs": ["192.168.0.0/16"]}]}]
    rules = [
        {"tier": tier, "direction": "ingress", "peer": f"192.168.{number}.0/24", "ports": "443", "reason": "why"}
        for tier in ("workload", "search", "cluster_api", "endpoints")
        for number in range(4)
    ]
    zones = [{"name": name, "slot": slot, "az_id": f"euc1-az{slot + 1}"} for slot, name in enumerate("abc")]
    large = reads(Network(cloud, {"zones": zones, "rules": rules, "sites": [*sites, *_sites()]}))
    assert large == small


def _sites() -> list[dict[str, Any]]:
    """One more, so that both networks have as many prefix lists: each of those takes a detail call."""
    return [{"name": "exchange", "type": "data_provider", "networks": [{"name": "api", "cidrs": ["172.31.40.0/24"]}]}]


def test_every_change_of_a_life_makes_the_calls_it_declares(network: Built) -> None:
    """First run, change of all that may change, teardown: the plan shown in check mode is what is applied."""
    life = network()
    steps: list[dict[str, Any]] = [
        {},
        ZONAL,
        {**ZONAL, "tags": {"team": "core"}},
        {**ZONAL, "tags": {"team": "core"}, "dhcp_options": {"domain_name": "dev.example"}},
        {"internet_egress": "regional", "tags": {"team": "core"}},
        {"purge": True},
        {"state": "absent"},
    ]
    for options in steps:
        seen = life.run(check=True, **options)
        assert seen.changing == []
        done = life.run(**options)
        assert done["changes"] == seen["changes"] != []
        assert done["diff"] == seen["diff"]
        assert attributed(done) == ([], [])
        again = life.run(**options)
        assert (again["changes"], again.changing) == ([], [])
    assert not [name_of(call) for call in again.recording.calls if call["mutating"]]
