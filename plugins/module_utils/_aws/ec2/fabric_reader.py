# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads all that decides where packets may go, in bulk: the platform's VPCs that these credentials see, and the hub's Transit Gateway."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from ..tags import PREFIX

Item = dict[str, Any]
IN_VPC = {  # operation: key of its list, and how it names its filters
    "describe_subnets": ("Subnets", "Filters"),
    "describe_route_tables": ("RouteTables", "Filters"),
    "describe_network_acls": ("NetworkAcls", "Filters"),
    "describe_security_groups": ("SecurityGroups", "Filters"),
    "describe_network_interfaces": ("NetworkInterfaces", "Filters"),
    "describe_vpc_endpoints": ("VpcEndpoints", "Filters"),
    "describe_nat_gateways": ("NatGateways", "Filter"),
}
IN_ACCOUNT = {"describe_vpc_peering_connections": "VpcPeeringConnections", "describe_managed_prefix_lists": "PrefixLists"}
IN_HUB = {
    "describe_transit_gateways": "TransitGateways",
    "describe_transit_gateway_route_tables": "TransitGatewayRouteTables",
    "describe_transit_gateway_attachments": "TransitGatewayAttachments",
    "describe_transit_gateway_vpc_attachments": "TransitGatewayVpcAttachments",
    "describe_vpn_connections": "VpnConnections",
}


def read_fabric(place: Any, platform: str) -> dict[str, list[Item]]:
    """The items of each operation, as ``fabric_from`` takes them. Three rounds of calls, each of them concurrent.

    The calls are one for each operation, and one for each Transit Gateway route table and each prefix list that a rule or a route names.
    """
    ours = [{"Name": f"tag:{PREFIX}platform", "Values": [platform]}]
    first = {"describe_vpcs": partial(place.pages, "ec2", "describe_vpcs", "Vpcs", Filters=ours)}
    first |= {operation: partial(place.pages, "ec2", operation, key) for operation, key in IN_ACCOUNT.items()}
    first |= {operation: partial(place.hub.pages, "ec2", operation, key) for operation, key in IN_HUB.items()}
    found = _asked(place, first)
    vpcs = sorted(item["VpcId"] for item in found["describe_vpcs"])
    inside = [{"Name": "vpc-id", "Values": vpcs}]
    second = {operation: partial(place.pages, "ec2", operation, key, **{name: inside}) for operation, (key, name) in IN_VPC.items()}
    tables = sorted(_tables(found, vpcs))
    routes = [partial(_routes, place.hub, table) for table in tables]
    answers = place.together([*(second.values() if vpcs else ()), *routes])
    found |= dict(zip(second, answers, strict=False)) if vpcs else {}
    found["search_transit_gateway_routes"] = [route for answer in answers[len(answers) - len(routes) :] for route in answer]
    entries = place.together(partial(_entries, place, name) for name in sorted(set(_lists(found))))
    found["get_managed_prefix_list_entries"] = [entry for answer in entries for entry in answer]
    return found


def _asked(place: Any, calls: Mapping[str, Callable[[], list[Item]]]) -> dict[str, list[Item]]:
    return dict(zip(calls, place.together(calls.values()), strict=True))


def _tables(found: dict[str, list[Item]], vpcs: Iterable[str]) -> Iterator[str]:
    """Those of the Transit Gateways that one of the VPCs is attached to."""
    attached = set(vpcs)
    gateways = {item["TransitGatewayId"] for item in found["describe_transit_gateway_attachments"] if item["ResourceId"] in attached}
    for item in found["describe_transit_gateway_route_tables"]:
        if item["TransitGatewayId"] in gateways and item.get("State", "available") == "available":
            yield item["TransitGatewayRouteTableId"]


def _routes(hub: Any, table: str) -> list[Item]:
    states = [{"Name": "state", "Values": ["active", "blackhole"]}]
    routes = hub.pages("ec2", "search_transit_gateway_routes", "Routes", TransitGatewayRouteTableId=table, Filters=states)
    return [{**route, "TransitGatewayRouteTableId": table} for route in routes]


def _lists(found: dict[str, list[Item]]) -> Iterator[str]:
    """The prefix lists that are named anywhere."""
    for table in found.get("describe_route_tables", ()):
        yield from (route["DestinationPrefixListId"] for route in table["Routes"] if route.get("DestinationPrefixListId"))
    for group in found.get("describe_security_groups", ()):
        for permission in (*group.get("IpPermissions", ()), *group.get("IpPermissionsEgress", ())):
            yield from (each["PrefixListId"] for each in permission.get("PrefixListIds", ()))


def _entries(place: Any, name: str) -> list[Item]:
    """A list without entries is known to have none."""
    entries = place.pages("ec2", "get_managed_prefix_list_entries", "Entries", PrefixListId=name)
    return [{**entry, "PrefixListId": name} for entry in entries] or [{"PrefixListId": name}]
