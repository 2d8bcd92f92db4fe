# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From describe answers, as boto3 gives them, to a fabric. IPv6 is left out: what is proven is proven for IPv4."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .._engine.errors import PlanError
from .described_filters import network_acls, security_groups
from .described_items import Described, Tags, items, prefix_lists
from .described_transit import attachments, transit_tables
from .fabric import Endpoint, Fabric, NatGateway, Peering, Standing, Subnet, Vpc
from .intervals import Span, Spans, join, spans
from .packets import addresses
from .routing import LEARNED, LISTED, STATIC, Route, RouteTable, without_learned

TARGETS = (
    "TransitGatewayId", "NatGatewayId", "VpcPeeringConnectionId", "NetworkInterfaceId", "GatewayId", "LocalGatewayId", "CarrierGatewayId",
    "CoreNetworkArn", "OdbNetworkArn",
)  # fmt: skip
CARRIERS = frozenset({"nat_gateway", "transit_gateway", "gateway_load_balancer", "gateway_load_balancer_endpoint"})  # no ends of flows
GONE = frozenset({"deleted", "deleting", "failed", "rejected", "expired"})


def fabric_from(describe: Described, platform: str | None = None) -> Fabric:
    """``describe``: the items of each EC2 operation, by its boto3 name; what is not there is taken to be empty.

    ``search_transit_gateway_routes`` and ``get_managed_prefix_list_entries`` are asked by table and list: each item has that id added.
    ``platform``: whose tags count; None for any. Raises ``PlanError`` where an answer misses something that decides.
    """
    tags = Tags(platform)
    lists = prefix_lists(describe)
    vpcs = {item["VpcId"]: _vpc(item, tags) for item in items(describe, "describe_vpcs")}
    subnets = _subnets(describe, tags, vpcs)
    return Fabric(
        vpcs=vpcs,
        subnets=subnets,
        tables={item["RouteTableId"]: _table(item, vpcs, lists) for item in items(describe, "describe_route_tables") if item["VpcId"] in vpcs},
        acls=network_acls(describe),
        groups=security_groups(describe, lists, tags),
        standings=frozenset(_standings(describe, subnets)),
        interfaces={item["NetworkInterfaceId"]: item["SubnetId"] for item in items(describe, "describe_network_interfaces") if item.get("SubnetId")},
        nat={item["NatGatewayId"]: _nat(item, subnets) for item in items(describe, "describe_nat_gateways") if item.get("State") not in GONE},
        endpoints={each.id: each for each in _endpoints(describe)},
        peerings={each.id: each for each in _peerings(describe, vpcs)},
        attachments=attachments(describe, subnets, tags),
        gateways=frozenset(item["TransitGatewayId"] for item in items(describe, "describe_transit_gateway_route_tables")),
        transit_tables=transit_tables(describe, lists),
        services=_services(describe, lists),
    )


def _vpc(item: Mapping[str, Any], tags: Tags) -> Vpc:
    ranges = [item["CidrBlock"], *(each["CidrBlock"] for each in item.get("CidrBlockAssociationSet", ()) if _associated(each, "CidrBlockState"))]
    ipv6 = any(_associated(each, "Ipv6CidrBlockState") for each in item.get("Ipv6CidrBlockAssociationSet", ()))
    return Vpc(item["VpcId"], tags.of(item, "environment"), join(*map(addresses, ranges)), ipv6)


def _associated(item: Mapping[str, Any], key: str) -> bool:
    return item.get(key, {}).get("State", "associated") in ("associated", "associating")


def _subnets(describe: Described, tags: Tags, vpcs: Mapping[str, Vpc]) -> dict[str, Subnet]:
    tables = _by_subnet(items(describe, "describe_route_tables"), "RouteTableId")
    acls = _by_subnet(items(describe, "describe_network_acls"), "NetworkAclId")
    main = {
        item["VpcId"]: item["RouteTableId"]
        for item in items(describe, "describe_route_tables")
        if any(each.get("Main") for each in item.get("Associations", ()))
    }
    found = {}
    for item in items(describe, "describe_subnets"):
        subnet = item["SubnetId"]
        table, acl = tables.get(subnet) or main.get(item["VpcId"]), acls.get(subnet)
        if item["VpcId"] not in vpcs:
            continue
        if not table or not acl:
            raise PlanError(f"{subnet} cannot be judged: its {'network ACL' if table else 'route table'} was not described.")
        found[subnet] = Subnet(
            id=subnet,
            vpc=item["VpcId"],
            cidr=addresses(item["CidrBlock"]),
            name=tags.of(item, "name") or "",
            tier=tags.of(item, "tier") or "",
            zone=item.get("AvailabilityZoneId") or item.get("AvailabilityZone", ""),
            table=table,
            acl=acl,
        )
    return found


def _by_subnet(found: Iterable[Mapping[str, Any]], key: str) -> dict[str, str]:
    return {each["SubnetId"]: item[key] for item in found for each in item.get("Associations", ()) if each.get("SubnetId")}


def _table(item: Mapping[str, Any], vpcs: Mapping[str, Vpc], lists: Mapping[str, tuple[str, ...]]) -> RouteTable:
    routes = [route for each in item.get("Routes", ()) for route in _routes(each, lists)]
    return RouteTable(item["RouteTableId"], Tags.name(item), without_learned(routes, vpcs[item["VpcId"]].cidrs))


def _routes(item: Mapping[str, Any], lists: Mapping[str, tuple[str, ...]]) -> Iterator[Route]:
    target = next((item[key] for key in TARGETS if item.get(key)), None)
    targets = () if target is None or item.get("State") == "blackhole" else (target,)
    if item.get("DestinationCidrBlock"):
        rank = LEARNED if item.get("Origin") == "EnableVgwRoutePropagation" else STATIC
        yield Route(_span(item["DestinationCidrBlock"]), item["DestinationCidrBlock"], targets, rank)
    elif item.get("DestinationPrefixListId"):
        name = item["DestinationPrefixListId"]
        if name not in lists:
            raise PlanError(f"Routes to {name} cannot be judged: its entries were not described.")
        yield from (Route(_span(cidr), f"{name} {cidr}", targets, LISTED) for cidr in lists[name])


def _span(cidr: str) -> Span:
    return addresses(cidr)[0]


def _standings(describe: Described, subnets: Mapping[str, Subnet]) -> Iterator[Standing]:
    for item in items(describe, "describe_network_interfaces"):
        groups = frozenset(each["GroupId"] for each in item.get("Groups", ()))
        kind = item.get("InterfaceType", "interface")
        if item.get("SubnetId") in subnets and (groups or kind not in CARRIERS):
            yield Standing(item["SubnetId"], groups, "" if groups else f"{kind} {item['NetworkInterfaceId']}")


def _nat(item: Mapping[str, Any], subnets: Mapping[str, Subnet]) -> NatGateway:
    """Where its address is not known yet, it may be any of its subnet's."""
    subnet = item.get("SubnetId") if item.get("SubnetId") in subnets else None
    own = spans(_span(f"{each['PrivateIp']}/32") for each in item.get("NatGatewayAddresses", ()) if each.get("PrivateIp"))
    return NatGateway(item["NatGatewayId"], item["VpcId"], subnet, own or (subnets[subnet].cidr if subnet else ()))


def _endpoints(describe: Described) -> Iterator[Endpoint]:
    for item in items(describe, "describe_vpc_endpoints"):
        if str(item.get("State", "")).lower() in GONE:
            continue
        if item["VpcEndpointType"] == "Gateway":
            yield Endpoint(item["VpcEndpointId"], _service(item["ServiceName"]))
        elif item["VpcEndpointType"] == "GatewayLoadBalancer":
            yield Endpoint(item["VpcEndpointId"], _service(item["ServiceName"]), tuple(item.get("SubnetIds", ())))


def _service(name: str) -> str:
    """``com.amazonaws.eu-central-1.s3`` is ``s3``."""
    return name.split(".", 3)[-1]


def _services(describe: Described, lists: Mapping[str, tuple[str, ...]]) -> dict[str, Spans]:
    owned = (item for item in items(describe, "describe_managed_prefix_lists") if item.get("OwnerId") == "AWS" and item["PrefixListId"] in lists)
    return {_service(item["PrefixListName"]): spans(map(_span, lists[item["PrefixListId"]])) for item in owned}


def _peerings(describe: Described, vpcs: Mapping[str, Vpc]) -> Iterator[Peering]:
    for item in items(describe, "describe_vpc_peering_connections"):
        if item.get("Status", {}).get("Code") == "active":
            infos = (item["RequesterVpcInfo"], item["AccepterVpcInfo"])
            yield Peering(item["VpcPeeringConnectionId"], {info["VpcId"]: _side(info, vpcs) for info in infos})


def _side(info: Mapping[str, Any], vpcs: Mapping[str, Vpc]) -> Spans:
    if info["VpcId"] in vpcs:
        return vpcs[info["VpcId"]].cidrs
    ranges = {each["CidrBlock"] for each in info.get("CidrBlockSet", ())} | ({info["CidrBlock"]} if info.get("CidrBlock") else set())
    return join(*map(addresses, sorted(ranges)))
