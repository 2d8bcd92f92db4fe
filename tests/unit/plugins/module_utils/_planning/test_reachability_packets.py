# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Set arithmetic against single packets, on small networks that nobody would build."""

from __future__ import annotations

from ipaddress import IPv4Address
from itertools import product
from typing import Any

from hypothesis import given, note, settings
from hypothesis import strategies as st

from ansible_collections.fintech.platform.plugins.module_utils._planning.described import fabric_from
from ansible_collections.fintech.platform.plugins.module_utils._planning.flows import Possible
from ansible_collections.fintech.platform.plugins.module_utils._planning.intervals import holds
from ansible_collections.fintech.platform.plugins.module_utils._planning.packets import PROTOCOLS, addresses
from ansible_collections.fintech.platform.plugins.module_utils._planning.parties import Parties, Party, Remote, Station
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._planning.described_platform import PLATFORM, tags
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._planning.naive_packets import Naive, Place

Item = dict[str, Any]
VPCS = {"dev": "10.1.0.0/24", "test": "10.2.0.0/24"}
SUBNETS = {  # CIDR, zone
    "dev": {"one": ("10.1.0.0/26", "a"), "two": ("10.1.0.64/26", "b"), "way": ("10.1.0.128/28", "a")},
    "test": {"one": ("10.2.0.0/26", "a"), "way": ("10.2.0.128/28", "a")},
}
SITES = {"office": {"lan": ("192.168.1.0/25",)}, "vendor": {"api": ("192.168.2.0/24",)}}
CIDRS = (
    "0.0.0.0/0",
    "10.1.0.0/24",
    "10.1.0.0/26",
    "10.2.0.0/24",
    "192.168.1.0/25",
    "192.168.1.0/24",
    "192.168.0.0/16",
    "52.0.0.0/24",
    "10.0.0.0/8",
    "10.1.0.70/32",
)
ADDRESSES = (
    "10.1.0.1", "10.1.0.63", "10.1.0.70", "10.1.0.130", "10.2.0.1", "10.2.0.130", "10.9.0.1", "192.168.1.1", "192.168.1.200", "192.168.2.9",
    "52.0.0.9", "52.0.1.9", "172.20.0.5",
)  # fmt: skip
SERVICES = (("tcp", 443), ("tcp", 5000), ("udp", 53), ("icmp", 0), ("50", 0))
ATTACHMENTS = ("attach-dev", "attach-test", "attach-office", "attach-vendor")
MIDDLE = {"dev": ("two", "10.1.0.70"), "test": ("one", "10.2.0.1")}  # where NAT gateway and appliance stand
GROUPS = {"dev": ("sg-dev-a", "sg-dev-b"), "test": ("sg-test-a",)}

cidrs = st.sampled_from(CIDRS)
ports = st.sampled_from([None, (443, 443), (0, 1023), (1024, 65535), (5000, 5000), (32768, 65535)])
protocols = st.sampled_from(["tcp", "udp", "icmp", "-1", "50"])


def acl_entry(number: int, egress: bool) -> st.SearchStrategy[Item]:
    def entry(protocol: str, limits: tuple[int, int] | None, cidr: str, allow: bool) -> Item:
        found: Item = {"RuleNumber": number, "Egress": egress, "Protocol": {"tcp": "6", "udp": "17", "icmp": "1"}.get(protocol, protocol)}
        found |= {"CidrBlock": cidr, "RuleAction": "allow" if allow else "deny"}
        return found | ({"PortRange": {"From": limits[0], "To": limits[1]}} if limits and protocol in ("tcp", "udp") else {})

    return st.builds(entry, protocols, ports, cidrs, st.sampled_from([True, True, True, False]))


def acl_entries() -> st.SearchStrategy[list[Item]]:
    """Open, open but for a rule or two, or anything."""
    rules = st.tuples(*(acl_entry(number, egress) for egress in (False, True) for number in (100, 110)))
    last = [{"RuleNumber": 200, "Egress": egress, "Protocol": "-1", "CidrBlock": "0.0.0.0/0", "RuleAction": "allow"} for egress in (False, True)]
    return st.one_of(st.just(last), rules.map(lambda found: [*found, *last]), rules.map(list))


@st.composite
def permissions(draw: st.DrawFn) -> list[Item]:
    found = []
    for _number in range(draw(st.integers(0, 2))):
        protocol, limits = draw(st.one_of(st.just("-1"), protocols)), draw(ports)
        permission: Item = {"IpProtocol": protocol}
        if protocol in ("tcp", "udp"):
            permission |= dict(zip(("FromPort", "ToPort"), limits or (0, 65535), strict=True))
        groups = st.sampled_from([group for groups in GROUPS.values() for group in groups])
        peer = draw(st.one_of(st.just("0.0.0.0/0"), cidrs, groups, st.just("pl-s3")))
        if peer.startswith("sg-"):
            permission["UserIdGroupPairs"] = [{"GroupId": peer}]
        elif peer == "pl-s3":
            permission["PrefixListIds"] = [{"PrefixListId": peer}]
        else:
            permission["IpRanges"] = [{"CidrIp": peer}]
        found.append(permission)
    return found


# For each destination the targets that make sense, then a few that do not.
WAYS = {
    "10.1.0.0/26": ("", "", "", "", "eni", "nat"),
    "10.1.0.0/24": ("tgw", "pcx", ""),
    "10.2.0.0/24": ("tgw", "pcx", "nat", "", "igw"),
    "192.168.0.0/16": ("tgw", "tgw", "pcx", "eni", ""),
    "192.168.1.0/25": ("", "", "tgw", "nat", "eni"),
    "0.0.0.0/0": ("igw", "nat", "tgw", "eni", "", "igw", "nat"),
    "52.0.0.0/24": ("", "", "", "igw", "tgw"),
}
TARGETS = {"tgw": "TransitGatewayId", "igw": "GatewayId", "nat": "NatGatewayId", "pcx": "VpcPeeringConnectionId", "eni": "NetworkInterfaceId"}


@st.composite
def vpc_routes(draw: st.DrawFn, vpc: str) -> list[Item]:
    """The local route, others, and maybe that of a gateway endpoint."""
    found: list[Item] = [{"DestinationCidrBlock": VPCS[vpc], "GatewayId": "local"}]
    ids = {"tgw": "tgw-1", "igw": f"igw-{vpc}", "nat": f"nat-{vpc}", "pcx": "pcx-1", "eni": f"eni-appliance-{vpc}"}
    for cidr, ways in WAYS.items():
        way = draw(st.sampled_from(ways)) if cidr != VPCS[vpc] else ""
        if way:
            state = draw(st.sampled_from(["active"] * 7 + ["blackhole"]))
            found.append({"DestinationCidrBlock": cidr, TARGETS[way]: ids[way], "State": state})
    if draw(st.booleans()):
        found.append({"DestinationPrefixListId": "pl-s3", "GatewayId": f"vpce-{vpc}"})
    return found


CARRIERS = {
    "10.1.0.0/24": ("attach-dev", "attach-dev", "attach-dev", "none", "", "attach-office"),
    "10.2.0.0/24": ("attach-test", "attach-test", "attach-test", "none", "", "attach-dev"),
    "10.0.0.0/8": ("", "", "none", "attach-vendor"),
    "192.168.1.0/24": ("attach-office", "attach-office", "none", "", "attach-dev"),
    "192.168.1.0/25": ("", "", "attach-vendor", "attach-office"),
    "192.168.2.0/24": ("attach-vendor", "attach-vendor", "none", ""),
    "0.0.0.0/0": ("", "", "attach-dev", "attach-test", "attach-office"),
}


@st.composite
def transit_routes(draw: st.DrawFn, table: str) -> list[Item]:
    """Static and propagated ones, some of them blackholes, some for one destination."""
    found = []
    for cidr, choices in CARRIERS.items():
        first = draw(st.sampled_from(choices))
        for kind, carrier in (("static", first), ("propagated", draw(st.sampled_from(["", "", *choices])) if first != "none" else "")):
            if carrier and not (kind == "propagated" and carrier == "none"):
                resource = "vpc" if carrier in ("attach-dev", "attach-test") else "vpn"
                carriers = [{"TransitGatewayAttachmentId": carrier, "ResourceType": resource}] if carrier != "none" else []
                found.append({
                    "TransitGatewayRouteTableId": table, "DestinationCidrBlock": cidr, "Type": kind,
                    "State": "active" if carriers else "blackhole", "TransitGatewayAttachments": carriers,
                })  # fmt: skip
    return found


@st.composite
def networks(draw: st.DrawFn) -> dict[str, list[Item]]:
    described: dict[str, list[Item]] = {}

    def add(operation: str, **item: Any) -> None:
        described.setdefault(operation, []).append(item)

    for vpc, cidr in VPCS.items():
        add("describe_vpcs", VpcId=f"vpc-{vpc}", CidrBlock=cidr, Tags=tags(vpc, "network", "main"))
        for name, (block, zone) in SUBNETS[vpc].items():
            subnet = f"subnet-{vpc}-{name}"
            add("describe_subnets", SubnetId=subnet, VpcId=f"vpc-{vpc}", CidrBlock=block, AvailabilityZoneId=zone, Tags=tags(vpc, "network", name))
            member = [{"SubnetId": subnet}]
            add("describe_route_tables", RouteTableId=f"rtb-{vpc}-{name}", VpcId=f"vpc-{vpc}", Routes=draw(vpc_routes(vpc)), Associations=member)
            add("describe_network_acls", NetworkAclId=f"acl-{vpc}-{name}", Entries=draw(acl_entries()), Associations=member)
        for group in GROUPS[vpc]:
            add(
                "describe_security_groups", GroupId=group, GroupName=group, VpcId=f"vpc-{vpc}",
                IpPermissions=draw(permissions()), IpPermissionsEgress=draw(permissions()),
            )  # fmt: skip
        add("describe_vpc_endpoints", VpcEndpointId=f"vpce-{vpc}", VpcEndpointType="Gateway", ServiceName="com.amazonaws.eu-central-1.s3")
        add(
            "describe_transit_gateway_vpc_attachments", TransitGatewayAttachmentId=f"attach-{vpc}", SubnetIds=[f"subnet-{vpc}-way"],
            Options={"SecurityGroupReferencingSupport": draw(st.sampled_from(["enable", "disable"]))},
        )  # fmt: skip
        for name in ("one", "two", "way"):
            if name in SUBNETS[vpc]:
                groups = draw(st.sampled_from([[], [], [GROUPS[vpc][0]], list(GROUPS[vpc])]))
                add(
                    "describe_network_interfaces", NetworkInterfaceId=f"eni-{vpc}-{name}", SubnetId=f"subnet-{vpc}-{name}", InterfaceType="interface",
                    Groups=[{"GroupId": group} for group in groups],
                )  # fmt: skip
        add(
            "describe_network_interfaces", NetworkInterfaceId=f"eni-appliance-{vpc}", SubnetId=f"subnet-{vpc}-{MIDDLE[vpc][0]}",
            InterfaceType="gateway_load_balancer", Groups=[],
        )  # fmt: skip
        add(
            "describe_nat_gateways", NatGatewayId=f"nat-{vpc}", VpcId=f"vpc-{vpc}", SubnetId=f"subnet-{vpc}-{MIDDLE[vpc][0]}", State="available",
            NatGatewayAddresses=[{"PrivateIp": MIDDLE[vpc][1]}],
        )  # fmt: skip
    other = draw(st.sampled_from([("vpc-test", VPCS["test"]), ("vpc-foreign", "192.168.0.0/16")]))
    add(
        "describe_vpc_peering_connections", VpcPeeringConnectionId="pcx-1", Status={"Code": "active"},
        RequesterVpcInfo={"VpcId": "vpc-dev", "CidrBlock": VPCS["dev"]}, AccepterVpcInfo={"VpcId": other[0], "CidrBlock": other[1]},
    )  # fmt: skip
    add(
        "describe_transit_gateways",
        TransitGatewayId="tgw-1",
        Options={"SecurityGroupReferencingSupport": draw(st.sampled_from(["enable", "disable"]))},
    )
    for attachment in ATTACHMENTS:
        owner = attachment.partition("-")[2]
        kind = "vpc" if owner in VPCS else "vpn"
        table = draw(st.sampled_from([*[f"table-{owner}"] * 6, "table-dev", None]))
        add(
            "describe_transit_gateway_attachments", TransitGatewayAttachmentId=attachment, TransitGatewayId="tgw-1", ResourceType=kind,
            ResourceId=f"{kind}-{owner}", State="available", Tags=tags(owner if kind == "vpc" else "hub", "network", owner),
            **({"Association": {"TransitGatewayRouteTableId": table, "State": "associated"}} if table else {}),
        )  # fmt: skip
        add("describe_transit_gateway_route_tables", TransitGatewayRouteTableId=f"table-{owner}", TransitGatewayId="tgw-1")
        for route in draw(transit_routes(f"table-{owner}")):
            add("search_transit_gateway_routes", **route)
    add("describe_managed_prefix_lists", PrefixListId="pl-s3", PrefixListName="com.amazonaws.eu-central-1.s3", OwnerId="AWS")
    add("get_managed_prefix_list_entries", PrefixListId="pl-s3", Cidr="52.0.0.0/25")
    return described


def places(party: Party) -> list[Place]:
    """The ends that a party stands for, as the reference names them."""
    if isinstance(party, Station):
        return [Place("interface", party.subnet.id, party.groups)]
    return {
        "site": [Place("attachment", f"attach-{party.owner}")],
        "internet": [Place("internet", f"vpc-{vpc}") for vpc in VPCS],
        "service": [Place("service", f"vpce-{vpc}") for vpc in VPCS],
        "unknown": [Place("peer", "pcx-1")],
    }[party.kind]


def number(address: str) -> int:
    return int(IPv4Address(address))


@given(described=networks())
@settings(max_examples=25)
def test_every_single_packet_agrees(described: dict[str, list[Item]]) -> None:
    sites = {site: {name: addresses(ranges[0]) for name, ranges in found.items()} for site, found in SITES.items()}
    fabric = fabric_from(described, PLATFORM)
    parties = Parties(fabric, sites)
    possible = Possible(fabric, parties, frozenset(VPCS)).flows
    naive = Naive(described)
    stations: list[Party] = [station for found in parties.stations.values() for station in found]
    remotes: list[Party] = [
        *(Remote(f"{site}.{name}", site, "site") for site, found in SITES.items() for name in found),
        *(Remote(f"{site} (other addresses)", site, "site") for site in SITES),
        Remote("internet", "internet", "internet"), Remote("aws.s3", "aws.s3", "service"), Remote("vpc-foreign", "vpc-foreign", "unknown"),
    ]  # fmt: skip
    for source, target in product([*stations, *remotes], repeat=2):
        if isinstance(source, Remote) and source.kind == "service":
            continue
        if isinstance(source, Remote) and isinstance(target, Remote) and (source.owner == target.owner or "site" not in (source.kind, target.kind)):
            continue
        boxes = possible.get((source, target), ())
        for sender, receiver in product(_own(source, sites), _own(target, sites)):
            for protocol, port in SERVICES:
                service = int(PROTOCOLS.get(protocol, 50)) << 16 | port
                found = any(holds(s, number(sender)) and holds(t, number(receiver)) and holds(v, service) for s, t, v in boxes)
                expected = any(
                    naive.possible(one, other, IPv4Address(sender), IPv4Address(receiver), protocol, port)
                    for one in places(source)
                    for other in places(target)
                )
                if found != expected:
                    note(f"{source.label} {places(source)} -> {target.label} {places(target)}")
                assert (found, source.label, target.label, sender, receiver, protocol, port) == (
                    expected, source.label, target.label, sender, receiver, protocol, port
                )  # fmt: skip


def _own(party: Party, sites: dict[str, Any]) -> list[str]:
    """The sample addresses that a party may have."""
    if isinstance(party, Station):
        return [each for each in ADDRESSES if holds(party.addresses, number(each))]
    if party.kind != "site":
        return list(ADDRESSES)
    declared = [each for each in ADDRESSES if any(holds(found, number(each)) for found in sites[party.owner].values())]
    return declared if "(" not in party.label else [each for each in ADDRESSES if each not in declared]
