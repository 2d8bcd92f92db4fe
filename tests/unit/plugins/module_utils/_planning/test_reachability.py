# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A platform as it is meant to be, and what each kind of tampering makes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._planning.proofs import proofs
from ansible_collections.fintech.platform.plugins.module_utils._planning.reachability import Judgement
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._planning.described_platform import (
    TGW,
    Environment,
    Platform,
    Site,
    flow,
    told,
)

SITES = (
    Site("office", {"developers": ["192.168.10.0/24"], "operations": ["192.168.20.0/24"]}),
    Site("exchange", {"api": ["172.31.40.0/24"]}, bgp=True),
)


@pytest.fixture
def make() -> Callable[..., Platform]:
    def build(**options: Any) -> Platform:
        dev = Environment("dev", 0, [flow("office.developers", "cluster_api"), flow("workload", "exchange.api")], **options)
        return Platform([dev, Environment("test", 1, [flow("workload", "exchange.api")])], list(SITES))

    return build


@pytest.fixture
def platform(make: Callable[..., Platform]) -> Platform:
    return make()


def excess(judgement: Judgement) -> list[str]:
    return [f"{row['from']} -> {row['to']} {row['protocol']} {row['ports']}" for row in judgement.rows_excess]


def broken(judgement: Judgement, platform: Platform) -> dict[str, tuple[str, ...]]:
    return {proof.name: proof.violations for proof in proofs(judgement, platform.site_networks) if proof.violations}


def acl(platform: Platform, name: str, *, egress: bool, **entry: Any) -> None:
    rule = {"RuleNumber": 1, "Egress": egress, "Protocol": "-1", "CidrBlock": "0.0.0.0/0", "RuleAction": "allow", **entry}
    platform.the("describe_network_acls", f"acl-{name}")["Entries"].append(rule)


def rule(platform: Platform, group: str, *, outbound: bool, **permission: Any) -> None:
    key = "IpPermissionsEgress" if outbound else "IpPermissions"
    platform.the("describe_security_groups", f"sg-{group}")[key].append(permission)


TCP_22 = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}


def test_as_built_it_is_equal(platform: Platform) -> None:
    judgement = platform.judge()
    assert (judgement.missing, judgement.excess, broken(judgement, platform)) == ([], [], {})
    assert [told(each) for each in judgement.equal if "." in each.target and each.source.startswith("office")] == [
        "office.developers -> dev.cluster_api"
    ]


def test_declared_ways_to_the_internet_are_no_excess(make: Callable[..., Platform]) -> None:
    platform = make(ingress=True)
    judgement = platform.judge()
    assert (judgement.missing, judgement.excess, broken(judgement, platform)) == ([], [], {})


def test_egress_to_everywhere_reaches_sites_too(make: Callable[..., Platform]) -> None:
    """Routes to the office are there for its replies, so a rule that allows 0.0.0.0/0 begins what nobody declared."""
    platform = make(egress=True)
    judgement = platform.judge()
    assert excess(judgement) == ["dev.nodes -> office.developers tcp 443", "dev.nodes -> office.operations tcp 443"]
    assert broken(judgement, platform) == {}


def test_a_rule_that_opens_a_group_is_excess_where_the_acl_lets_it_through(platform: Platform) -> None:
    rule(platform, "dev-cluster_api", outbound=False, **TCP_22, IpRanges=[{"CidrIp": "192.168.10.0/24"}])
    assert excess(platform.judge()) == []
    acl(platform, "dev-workload", egress=False, CidrBlock="192.168.0.0/16")
    assert excess(platform.judge()) == ["office.developers -> dev.cluster_api tcp 22"]


def test_a_network_of_the_site_that_is_not_declared_is_told_apart(platform: Platform) -> None:
    for address in ("192.168.10.0/24", "192.168.20.0/24", "192.168.99.0/24"):
        rule(platform, "dev-cluster_api", outbound=False, **TCP_22, IpRanges=[{"CidrIp": address}])
    for egress in (False, True):
        acl(platform, "dev-workload", egress=egress, CidrBlock="192.168.0.0/16")
    for zone in "abc":
        platform.the("describe_route_tables", f"rtb-dev-workload-{zone}")["Routes"].append(
            {"DestinationCidrBlock": "192.168.0.0/16", "TransitGatewayId": TGW}
        )
    platform.route("tgw-rtb-dev", "192.168.0.0/16", "attach-office")
    found = platform.judge()
    assert excess(found) == [
        "office (other addresses) -> dev.cluster_api tcp 22",
        "office.developers -> dev.cluster_api tcp 22",
        "office.operations -> dev.cluster_api tcp 22",
    ]
    assert found.rows_excess[0]["sources"] == ["192.168.99.0/24"]


def test_groups_count_as_they_sit_on_interfaces(platform: Platform) -> None:
    """A group of somebody else's opens nothing until it is on an interface, and then what the nodes' group there lets through with it."""
    platform.add(
        "describe_security_groups", GroupId="sg-foreign", GroupName="mine", VpcId="vpc-dev", IpPermissionsEgress=[],
        IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "192.168.10.0/24"}]}],
    )  # fmt: skip
    assert excess(platform.judge()) == []
    platform.add(
        "describe_network_interfaces", NetworkInterfaceId="eni-1", SubnetId="subnet-dev-workload-a", InterfaceType="interface",
        Groups=[{"GroupId": "sg-foreign"}, {"GroupId": "sg-dev-nodes"}],
    )  # fmt: skip
    judgement = platform.judge()
    assert excess(judgement) == ["office.developers -> dev.nodes+sg-foreign tcp 443, 1024-65535"]
    assert "group sg-foreign (mine) inbound: all from 192.168.10.0/24" in judgement.rows_excess[0]["path"]


def test_an_interface_without_a_group_has_no_filter_but_the_acl(platform: Platform) -> None:
    platform.add(
        "describe_network_interfaces", NetworkInterfaceId="eni-1", SubnetId="subnet-dev-workload-a", InterfaceType="network_load_balancer", Groups=[]
    )
    balancer = "dev.network_load_balancer eni-1"
    judgement = platform.judge()
    assert {f"office.developers -> {balancer} tcp 443, 1024-65535", f"{balancer} -> aws.s3 tcp 443"} <= set(excess(judgement))
    assert f"{balancer} has no group, and so no filter inbound" in next(
        row["path"] for row in judgement.rows_excess if row["from"] == "office.developers"
    )


def test_two_environments_that_are_joined_break_the_proof(platform: Platform) -> None:
    for here, there, cidr in (("dev", "test", "10.64.2.0/23"), ("test", "dev", "10.64.0.0/23")):
        platform.route(f"tgw-rtb-{here}", cidr, f"attach-{there}")
        for zone in "abc":
            platform.the("describe_route_tables", f"rtb-{here}-workload-{zone}")["Routes"].append(
                {"DestinationCidrBlock": cidr, "TransitGatewayId": TGW}
            )
        for egress in (False, True):
            acl(platform, f"{here}-workload", egress=egress)
    assert excess(platform.judge()) == []
    rule(platform, "dev-nodes", outbound=True, **TCP_22, IpRanges=[{"CidrIp": "10.64.2.0/23"}])
    rule(platform, "test-search", outbound=False, **TCP_22, IpRanges=[{"CidrIp": "10.64.0.0/23"}])
    judgement = platform.judge()
    assert excess(judgement) == ["dev.nodes -> test.search tcp 22"]
    assert broken(judgement, platform) == {"environments_apart": ("dev.nodes -> test.search tcp 22",)}
    assert excess(platform.judge(["test"])) == ["dev.nodes -> test.search tcp 22"]


def test_groups_of_another_vpc_count_over_the_gateway_only_where_all_agree(platform: Platform) -> None:
    for here, there, cidr in (("dev", "test", "10.64.2.0/23"), ("test", "dev", "10.64.0.0/23")):
        platform.route(f"tgw-rtb-{here}", cidr, f"attach-{there}")
        for zone in "abc":
            platform.the("describe_route_tables", f"rtb-{here}-workload-{zone}")["Routes"].append(
                {"DestinationCidrBlock": cidr, "TransitGatewayId": TGW}
            )
        for egress in (False, True):
            acl(platform, f"{here}-workload", egress=egress)
    rule(platform, "dev-nodes", outbound=True, **TCP_22, IpRanges=[{"CidrIp": "10.64.2.0/23"}])
    rule(platform, "test-search", outbound=False, **TCP_22, UserIdGroupPairs=[{"GroupId": "sg-dev-nodes"}])
    assert excess(platform.judge()) == []
    platform.the("describe_transit_gateways", TGW)["Options"]["SecurityGroupReferencingSupport"] = "enable"
    for name in ("dev", "test"):
        platform.the("describe_transit_gateway_vpc_attachments", f"attach-{name}")["Options"]["SecurityGroupReferencingSupport"] = "enable"
    assert excess(platform.judge()) == ["dev.nodes -> test.search tcp 22"]


def test_a_peering_with_a_vpc_that_nobody_knows_is_assumed_open(platform: Platform) -> None:
    platform.add(
        "describe_vpc_peering_connections", VpcPeeringConnectionId="pcx-1", Status={"Code": "active"},
        RequesterVpcInfo={"VpcId": "vpc-dev", "CidrBlock": "10.64.0.0/23"}, AccepterVpcInfo={"VpcId": "vpc-foreign", "CidrBlock": "10.99.0.0/24"},
    )  # fmt: skip
    route = {"DestinationCidrBlock": "10.99.0.0/16", "VpcPeeringConnectionId": "pcx-1"}
    platform.the("describe_route_tables", "rtb-dev-edge")["Routes"].append(route)
    for egress in (False, True):
        acl(platform, "dev-edge", egress=egress, CidrBlock="10.99.0.0/16")
    rule(platform, "dev-edge", outbound=False, **TCP_22, IpRanges=[{"CidrIp": "10.99.0.0/16"}])
    judgement = platform.judge()
    assert excess(judgement) == ["vpc-foreign -> dev.edge tcp 22"]
    assert judgement.rows_excess[0]["sources"] == ["10.99.0.0/24"]
    assert judgement.possible.parties.assumed_open == ["vpc-foreign"]


def test_an_environment_that_cannot_be_seen_is_assumed_open(platform: Platform) -> None:
    """Only the network of dev is judged; what test does with the exchange is not its business."""
    platform.described["describe_vpcs"] = [item for item in platform.described["describe_vpcs"] if item["VpcId"] == "vpc-dev"]
    judgement = platform.judge(["dev"])
    assert (judgement.missing, judgement.excess, judgement.possible.parties.assumed_open) == ([], [], ["test"])
    platform.route("tgw-rtb-dev", "10.64.2.0/23", "attach-test")
    platform.route("tgw-rtb-test", "10.64.0.0/23", "attach-dev")
    for zone in "abc":
        platform.the("describe_route_tables", f"rtb-dev-workload-{zone}")["Routes"].append(
            {"DestinationCidrBlock": "10.64.2.0/23", "TransitGatewayId": TGW}
        )
    for egress in (False, True):
        acl(platform, "dev-workload", egress=egress)
    rule(platform, "dev-nodes", outbound=True, **TCP_22, IpRanges=[{"CidrIp": "0.0.0.0/0"}])
    judgement = platform.judge(["dev"])
    assert "dev.nodes -> test (assumed open) tcp 22" in excess(judgement)
    assert "environments_apart" in broken(judgement, platform)


def test_sites_that_are_joined_break_the_proof(platform: Platform) -> None:
    platform.route("tgw-rtb-office", "172.31.40.0/24", "attach-exchange")
    assert broken(platform.judge(), platform) == {}
    platform.route("tgw-rtb-exchange", "192.168.10.0/25", "attach-office")
    judgement = platform.judge()
    assert sorted(broken(judgement, platform)["sites_apart"]) == ["exchange.api -> office.developers", "office.developers -> exchange.api"]
    assert {tuple(row["sources"]) for row in judgement.rows_excess if row["from"] == "office.developers"} == {("192.168.10.0/25",)}


def test_a_site_that_takes_the_way_out_of_an_environment_breaks_the_proof(make: Callable[..., Platform]) -> None:
    platform = make(egress=True)
    platform.described["search_transit_gateway_routes"] = [
        each for each in platform.described["search_transit_gateway_routes"] if each["State"] == "active"
    ]
    platform.route("tgw-rtb-office", "0.0.0.0/0", "attach-dev")
    platform.the("describe_route_tables", "rtb-dev-transit")["Routes"].append({"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-dev-a"})
    platform.the("describe_route_tables", "rtb-dev-edge")["Routes"].append({"DestinationCidrBlock": "192.168.10.0/24", "TransitGatewayId": TGW})
    for egress in (False, True):
        acl(platform, "dev-edge", egress=egress)
    assert "office.developers -> internet" in broken(platform.judge(), platform)["sites_apart"]


def test_a_route_to_the_internet_breaks_the_proof_whatever_groups_say(platform: Platform) -> None:
    platform.the("describe_route_tables", "rtb-dev-workload-b")["Routes"].append({"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"})
    judgement = platform.judge()
    assert excess(judgement) == []
    assert broken(judgement, platform) == {
        "internet_as_declared": (
            "subnet-dev-workload-b (workload-b): route table rtb-dev-workload-b (workload-b) leads to the internet",
            "subnet-dev-pods-b (pods-b): route table rtb-dev-workload-b (workload-b) leads to the internet",
        )
    }


def test_a_learned_prefix_outside_of_the_site_breaks_the_proof(platform: Platform) -> None:
    platform.route("tgw-rtb-dev", "172.31.0.0/16", "attach-exchange", kind="propagated", resource="vpn")
    found = broken(platform.judge(), platform)
    assert found == {"learned_prefixes": ("tgw-rtb-dev (dev): 172.31.0.0/16 -> attach-exchange is announced by exchange",)}


def test_ipv6_is_not_judged_and_so_breaks_the_proof(platform: Platform) -> None:
    vpc = platform.the("describe_vpcs", "vpc-dev")
    vpc["Ipv6CidrBlockAssociationSet"] = [{"Ipv6CidrBlock": "2a05:d014::/56", "Ipv6CidrBlockState": {"State": "associated"}}]
    assert broken(platform.judge(), platform) == {"ipv4_only": ("vpc-dev of dev",)}


def _no_association(platform: Platform) -> None:
    del platform.the("describe_transit_gateway_attachments", "attach-office")["Association"]


def _no_return(platform: Platform) -> None:
    routes = platform.described["search_transit_gateway_routes"]
    routes.remove(
        next(each for each in routes if each["TransitGatewayRouteTableId"] == "tgw-rtb-dev" and each["DestinationCidrBlock"] == "192.168.10.0/24")
    )


def _acl_denies(platform: Platform) -> None:
    acl(platform, "dev-workload", egress=False, Protocol="6", PortRange={"From": 443, "To": 443}, CidrBlock="192.168.0.0/16", RuleAction="deny")


def _acl_denies_replies(platform: Platform) -> None:
    acl(platform, "dev-workload", egress=True, Protocol="6", PortRange={"From": 1024, "To": 65535}, CidrBlock="192.168.0.0/16", RuleAction="deny")


def _no_rule(platform: Platform) -> None:
    platform.the("describe_security_groups", "sg-dev-cluster_api")["IpPermissions"].pop()


def _one_zone_less(platform: Platform) -> None:
    platform.the("describe_transit_gateway_vpc_attachments", "attach-dev")["SubnetIds"].remove("subnet-dev-transit-b")


@pytest.mark.parametrize(
    ("tamper", "stop"),
    [
        (_no_association, "stopped: attach-office is associated with no route table"),
        (_no_return, "stopped: there is no route, or a blackhole"),
        (_acl_denies, "stopped: network ACL acl-dev-workload (workload) inbound rule 1: deny tcp 443 192.168.0.0/16"),
        (_acl_denies_replies, "stopped: network ACL acl-dev-workload (workload) outbound rule 1: deny tcp 1024-65535 192.168.0.0/16"),
        (_no_rule, "stopped: no rule of sg-dev-cluster_api (cluster_api) allows tcp 443 inbound"),
        (_one_zone_less, "stopped: attach-dev has no subnet in zone az-b"),
    ],
)
def test_what_is_missing_names_the_hop_that_stops_it(platform: Platform, tamper: Callable[[Platform], None], stop: str) -> None:
    tamper(platform)
    judgement = platform.judge()
    found = {row["path"][-1] for row in judgement.rows_missing if row["from"] == "office.developers"}
    assert found == {stop}
    assert judgement.excess == []


def test_replies_to_some_ephemeral_ports_are_enough(platform: Platform) -> None:
    acl(platform, "dev-workload", egress=True, Protocol="6", PortRange={"From": 1024, "To": 65000}, CidrBlock="192.168.0.0/16", RuleAction="deny")
    assert platform.judge().missing == []


def test_an_environment_that_is_not_there_misses_everything(platform: Platform) -> None:
    for operation in ("describe_vpcs", "describe_subnets"):
        platform.described[operation] = [item for item in platform.described[operation] if item["VpcId"] != "vpc-dev"]
    judgement = platform.judge(["dev"])
    assert (judgement.equal, judgement.excess) == ([], [])
    assert judgement.rows_missing[0]["path"] == ["no interface can stand for dev.nodes: its group or its subnets are not there"]


def test_a_path_shows_every_hop_and_the_reply(platform: Platform) -> None:
    rule(platform, "dev-nodes", outbound=False, **TCP_22, IpRanges=[{"CidrIp": "192.168.10.7/32"}])
    acl(platform, "dev-workload", egress=False, CidrBlock="192.168.0.0/16")
    assert platform.judge().rows_excess[0]["path"] == [
        "office.developers to dev.nodes: 192.168.10.7 -> 10.64.0.0 tcp 22",
        "transit table tgw-rtb-office (site-office): 10.64.0.0/23 -> attach-dev",
        "transit gateway tgw-hub: attachment attach-dev, vpc vpc-dev of dev",
        "route table rtb-dev-transit (transit): 10.64.0.0/23 -> local",
        "network ACL acl-dev-transit (transit) outbound rule 101: allow all 0.0.0.0/0",
        "network ACL acl-dev-workload (workload) inbound rule 1: allow all 192.168.0.0/16",
        "group sg-dev-nodes (nodes) inbound: tcp 22 from 192.168.10.7/32",
        "the reply: 10.64.0.0 -> 192.168.10.7 tcp 1024",
        "route table rtb-dev-workload-a (workload-a): 192.168.10.0/24 -> tgw-hub",
        "network ACL acl-dev-workload (workload) outbound rule 107: allow tcp 1024-65535 192.168.10.0/24",
        "network ACL acl-dev-transit (transit) inbound rule 100: allow all 0.0.0.0/0",
        "transit gateway tgw-hub: attachment attach-dev, vpc vpc-dev of dev",
        "transit table tgw-rtb-dev (dev): 192.168.10.0/24 -> attach-office",
        "transit gateway tgw-hub: attachment attach-office, vpn vpn-office of office",
    ]


def test_pods_have_no_addresses_outside(platform: Platform) -> None:
    """Their packets leave as their node's; a route to their own range lets the far side see them, which nobody declared."""
    platform.route("tgw-rtb-exchange", "100.64.0.0/20", "attach-dev")
    assert excess(platform.judge()) == ["dev.pods -> exchange.api tcp 443"]


def test_behind_nat_the_far_side_sees_the_gateway_alone(platform: Platform) -> None:
    """Its rules and routes must know the gateway's address, and need not know that of who began."""
    platform.add(
        "describe_nat_gateways", NatGatewayId="nat-1", VpcId="vpc-dev", SubnetId="subnet-dev-edge-a", State="available", ConnectivityType="private",
        NatGatewayAddresses=[{"PrivateIp": "10.64.1.140"}],
    )  # fmt: skip
    for table, target in (("workload-a", {"NatGatewayId": "nat-1"}), ("edge", {"TransitGatewayId": TGW})):
        platform.the("describe_route_tables", f"rtb-dev-{table}")["Routes"].append({"DestinationCidrBlock": "10.64.2.0/23", **target})
    for zone in "abc":
        back = {"DestinationCidrBlock": "10.64.1.140/32", "TransitGatewayId": TGW}
        platform.the("describe_route_tables", f"rtb-test-workload-{zone}")["Routes"].append(back)
    platform.route("tgw-rtb-dev", "10.64.2.0/23", "attach-test")
    platform.route("tgw-rtb-test", "10.64.1.140/32", "attach-dev")
    for name in ("dev-workload", "dev-edge", "test-workload"):
        for egress in (False, True):
            acl(platform, name, egress=egress)
    rule(platform, "dev-nodes", outbound=True, **TCP_22, IpRanges=[{"CidrIp": "10.64.2.0/23"}])
    rule(platform, "test-endpoints", outbound=False, **TCP_22, IpRanges=[{"CidrIp": "10.64.0.0/24"}])
    assert excess(platform.judge()) == []
    rule(platform, "test-search", outbound=False, **TCP_22, IpRanges=[{"CidrIp": "10.64.1.140/32"}])
    judgement = platform.judge()
    assert excess(judgement) == ["dev.nodes -> test.search tcp 22", "dev.pods -> test.search tcp 22"]
    assert judgement.rows_excess[0]["sources"] == ["10.64.0.0/25"]
    assert {"through nat-1", "group sg-test-search (search) inbound: tcp 22 from 10.64.1.140/32"} <= set(judgement.rows_excess[0]["path"])
