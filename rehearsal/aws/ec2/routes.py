# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Route tables and routes: targets that exist and belong to the VPC, and blackholes where one is gone."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Network
from typing import Any

from ..answers import AwsError
from ..described import Row
from ..overlay import Asked
from .transit_attachments import reaches
from .transit_models import visible_gateway
from .vpcs import blocks, canonical

_TARGETS = ("CarrierGatewayId", "CoreNetworkArn", "EgressOnlyInternetGatewayId", "GatewayId", "InstanceId", "LocalGatewayId",
            "NatGatewayId", "NetworkInterfaceId", "OdbNetworkArn", "TransitGatewayId", "VpcEndpointId", "VpcPeeringConnectionId")  # fmt: skip
_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")


def check_create_route(backend: Any, asked: Asked) -> None:
    table = backend.get_route_table(asked["RouteTableId"])
    _check_destination(backend, table, asked)
    _check_target(backend, table, asked)
    if "DestinationPrefixListId" in asked and any(route.destination_prefix_list_id == asked["DestinationPrefixListId"] for route in table.routes):
        raise AwsError("RouteAlreadyExists", f"The route identified by {asked['DestinationPrefixListId']} already exists.")


def check_replace_route(backend: Any, asked: Asked) -> None:
    table = backend.get_route_table(asked["RouteTableId"])
    _check_destination(backend, table, asked)
    _check_target(backend, table, asked)


def check_delete_route(backend: Any, asked: Asked) -> None:
    table = backend.get_route_table(asked["RouteTableId"])
    if "DestinationCidrBlock" in asked:
        asked["DestinationCidrBlock"] = canonical(asked["DestinationCidrBlock"])
    for route in table.routes:
        if route.local and route.destination_cidr_block == asked.get("DestinationCidrBlock"):
            raise AwsError("InvalidParameterValue", f"cannot remove local route {route.destination_cidr_block} in route table {table.id}")
        of_endpoint = (route.gateway_id or "").startswith("vpce-")
        if of_endpoint and route.destination_prefix_list_id == asked.get("DestinationPrefixListId"):
            raise AwsError("InvalidParameterValue", f"cannot remove VPC endpoint route {route.gateway_id} in route table {table.id}")


def after_route(backend: Any, asked: Asked, result: Any) -> None:
    """moto looks for a transit gateway among the account's own only."""
    if "TransitGatewayId" in asked:
        named = [each for each in backend.get_route_table(asked["RouteTableId"]).routes if _is_named(each, asked)]
        for route in named:
            route.transit_gateway = visible_gateway(backend, asked["TransitGatewayId"])


def _is_named(route: Any, asked: Asked) -> bool:
    return (route.destination_cidr_block or route.destination_prefix_list_id) in (asked.get(name, "") for name in _DESTINATIONS)


def _check_destination(backend: Any, table: Any, asked: Asked) -> None:
    if sum(name in asked for name in _DESTINATIONS) != 1:
        raise AwsError("InvalidParameterCombination", f"Exactly one of {', '.join(_DESTINATIONS)} must be given")
    prefix_list = asked.get("DestinationPrefixListId")
    if prefix_list and prefix_list not in backend.managed_prefix_lists:
        raise AwsError("InvalidPrefixListID.NotFound", f"The prefix list ID '{prefix_list}' does not exist")
    if "DestinationCidrBlock" not in asked:
        return
    asked["DestinationCidrBlock"] = canonical(asked["DestinationCidrBlock"])
    destination = IPv4Network(asked["DestinationCidrBlock"])
    inside = any(destination.subnet_of(block) for block in blocks(backend.get_vpc(table.vpc_id)))
    if inside and not {"NatGatewayId", "NetworkInterfaceId", "InstanceId", "VpcEndpointId"} & asked.keys():
        raise AwsError(
            "InvalidParameterValue",
            f"The destination CIDR block {destination} is equal to or more specific than one of this VPC's CIDR blocks. "
            "This route can target only an interface or an instance.",
        )


def _check_target(backend: Any, table: Any, asked: Asked) -> None:
    given = [name for name in _TARGETS if name in asked]
    if len(given) != 1:
        raise AwsError("InvalidParameterCombination", f"Exactly one target must be given for a route, not {len(given)}")
    check = _TARGET_CHECKS.get(given[0])
    if check:
        check(backend, table, asked[given[0]])


def _check_gateway(backend: Any, table: Any, identifier: str) -> None:
    if not identifier.startswith("igw-"):
        return
    gateway = backend.get_internet_gateway(identifier)
    if gateway.vpc is None or gateway.vpc.id != table.vpc_id:
        raise _elsewhere(table, identifier)


def _check_nat(backend: Any, table: Any, identifier: str) -> None:
    nat = backend.nat_gateways.get(identifier)
    if nat is None or not nat.alive:
        raise AwsError("InvalidNatGatewayID.NotFound", f"The natGateway ID '{identifier}' does not exist")
    if nat.vpc_id != table.vpc_id:
        raise _elsewhere(table, identifier)


def _check_transit_gateway(backend: Any, table: Any, identifier: str) -> None:
    """AWS does not know a transit gateway where the VPC has no attachment to it."""
    if not reaches(backend, table.vpc_id, identifier):
        raise AwsError("InvalidTransitGatewayID.NotFound", f"The transitGateway ID '{identifier}' does not exist")


def _check_peering(backend: Any, table: Any, identifier: str) -> None:
    """One that is still to be accepted takes routes too, which are blackholes until then."""
    peering = backend.vpc_pcxs.get(identifier)
    if peering is None or peering._status.code not in ("active", "pending-acceptance"):
        raise AwsError("InvalidVpcPeeringConnectionID.NotFound", f"The vpcPeeringConnection ID '{identifier}' does not exist")
    if table.vpc_id not in (peering.vpc.id, peering.peer_vpc.id):
        raise _elsewhere(table, identifier)


def _check_interface(backend: Any, table: Any, identifier: str) -> None:
    if backend.get_network_interface(identifier).vpc_id != table.vpc_id:
        raise _elsewhere(table, identifier)


_TARGET_CHECKS: dict[str, Callable[[Any, Any, str], None]] = {
    "GatewayId": _check_gateway,
    "NatGatewayId": _check_nat,
    "TransitGatewayId": _check_transit_gateway,
    "NetworkInterfaceId": _check_interface,
    "VpcPeeringConnectionId": _check_peering,
}


def _elsewhere(table: Any, identifier: str) -> AwsError:
    return AwsError("InvalidParameterValue", f"route table {table.id} and network gateway {identifier} belong to different networks")


def refine_table(backend: Any, row: Row) -> None:
    """Tell blackholes: routes whose target is gone or no longer belongs to the VPC."""
    for route in row.get("Routes", []):
        route["State"] = "active" if _alive(backend, row["VpcId"], route) else "blackhole"


def _alive(backend: Any, vpc_id: str, route: Row) -> bool:
    gateway = route.get("GatewayId", "local")
    if gateway.startswith("igw-"):
        kept = backend.internet_gateways.get(gateway)
        return kept is not None and kept.vpc is not None and kept.vpc.id == vpc_id
    if "NatGatewayId" in route:
        return route["NatGatewayId"] in backend.nat_gateways and backend.nat_gateways[route["NatGatewayId"]].alive
    if "TransitGatewayId" in route:
        return reaches(backend, vpc_id, route["TransitGatewayId"])
    if "VpcPeeringConnectionId" in route:
        return backend.get_vpc_peering_connection(route["VpcPeeringConnectionId"])._status.code == "active"
    if "NetworkInterfaceId" in route:
        return route["NetworkInterfaceId"] in backend.enis
    return True


def check_associate(backend: Any, asked: Asked) -> None:
    table = backend.get_route_table(asked["RouteTableId"])
    if "SubnetId" not in asked:
        return
    _check_same_vpc(backend, table, asked["SubnetId"])
    for other in backend.route_tables.values():
        if other.id != table.id and asked["SubnetId"] in other._associations.values():
            raise AwsError(
                "Resource.AlreadyAssociated",
                f"the specified association for route table {table.id} conflicts with an existing association",
            )


def check_replace_association(backend: Any, asked: Asked) -> None:
    table = backend.get_route_table(asked["RouteTableId"])
    for other in backend.route_tables.values():
        if asked["AssociationId"] == other.main_association_id and other.vpc_id != table.vpc_id:
            raise _different_networks(table.id, other.id)
        target = other._associations.get(asked["AssociationId"], "")
        if target.startswith("subnet-"):
            _check_same_vpc(backend, table, target)


def _check_same_vpc(backend: Any, table: Any, subnet_id: str) -> None:
    if backend.get_subnet(subnet_id).vpc_id != table.vpc_id:
        raise _different_networks(table.id, subnet_id)


def _different_networks(table_id: str, other_id: str) -> AwsError:
    return AwsError("InvalidParameterValue", f"Route table {table_id} and subnet {other_id} belong to different networks")


def check_disassociate(backend: Any, asked: Asked) -> None:
    if any(asked["AssociationId"] == table.main_association_id for table in backend.route_tables.values()):
        raise AwsError("InvalidParameterValue", f"cannot disassociate the main route table association {asked['AssociationId']}")


def check_delete_table(backend: Any, asked: Asked) -> None:
    table = backend.get_route_table(asked["RouteTableId"])
    regional = any(nat.alive and nat.route_table_id == table.id for nat in backend.nat_gateways.values())
    if table.main_association_id or regional:
        raise AwsError("DependencyViolation", f"The routeTable '{table.id}' has dependencies and cannot be deleted.")


def after_delete_table(backend: Any, asked: Asked, result: Any) -> None:
    for endpoint in backend.vpc_end_points.values():
        endpoint.route_table_ids = [table for table in endpoint.route_table_ids if table != asked["RouteTableId"]]
