# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes of transit gateways' route tables: static, propagated, of prefix lists; and how they are searched."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from typing import Any

from ..answers import AwsError
from ..described import Row
from ..overlay import Asked
from . import prefix_lists
from .transit_models import Table, Target, attachment_of, own_table
from .vpcs import canonical

_MOST = 10_000  # https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html
_LONGEST_ANSWER = 1000  # SearchTransitGatewayRoutes, MaxResults


def _asked(backend: Any, asked: Asked) -> tuple[Table, str, str]:
    """The table, the destination, and how AWS says where it is not."""
    table, destination = own_table(backend, asked["TransitGatewayRouteTableId"]), canonical(asked["DestinationCidrBlock"])
    return table, destination, f"in Transit Gateway Route Table {table.id}."


def _target(table: Table, asked: Asked) -> Target:
    table.check_usable()
    if asked.get("Blackhole"):
        if asked.get("TransitGatewayAttachmentId"):
            raise AwsError("InvalidParameterCombination", "A blackhole has no TransitGatewayAttachmentId")
        return Target(None)
    if "TransitGatewayAttachmentId" not in asked:
        raise AwsError("MissingParameter", "The request must contain the parameter TransitGatewayAttachmentId.")
    kept = attachment_of(table, asked["TransitGatewayAttachmentId"])
    kept.check_usable()
    return Target(kept)


def create(backend: Any, asked: Asked) -> dict[str, Any]:
    """AWS's code for its quota is not documented: this one follows those that are."""
    table, destination, where = _asked(backend, asked)
    if destination in table.routes:
        raise AwsError("RouteAlreadyExists", f"Route {destination} already exists {where}")
    if sum(len(each.routes) for each in table.gateway.tables) >= _MOST:
        raise AwsError("TransitGatewayRouteLimitExceeded", f"{table.gateway.id} has the maximum number of routes, {_MOST}.")
    table.routes[destination] = _target(table, asked)
    return {"Route": _static(destination, table.routes[destination])}


def replace(backend: Any, asked: Asked) -> dict[str, Any]:
    """Makes the route where there is none."""
    table, destination, _where = _asked(backend, asked)
    table.routes[destination] = _target(table, asked)
    return {"Route": _static(destination, table.routes[destination])}


def delete(backend: Any, asked: Asked) -> dict[str, Any]:
    table, destination, where = _asked(backend, asked)
    if destination not in table.routes:
        raise AwsError("InvalidRoute.NotFound", f"The route {destination} does not exist {where}")
    return {"Route": {**_static(destination, table.routes.pop(destination)), "State": "deleted", "TransitGatewayAttachments": []}}


def _static(destination: str, target: Target, **more: str) -> Row:
    named = [target.attachment.summary()] if target.attachment and target.state == "active" else []
    return {"DestinationCidrBlock": destination, "Type": "static", "State": target.state, "TransitGatewayAttachments": named, **more}


def search(backend: Any, asked: Asked) -> dict[str, Any]:
    """`described.Listing` does the rest of the filters and the pages."""
    table = own_table(backend, asked["TransitGatewayRouteTableId"])
    rows = list(_rows(backend, table))
    for wanted in [each for each in asked["Filters"] if each["Name"] in _SEARCHES]:
        matches = {id(row) for value in wanted["Values"] for row in _SEARCHES[wanted["Name"]](rows, value)}
        rows = [row for row in rows if id(row) in matches]
    asked["Filters"] = [each for each in asked["Filters"] if each["Name"] not in _SEARCHES]
    asked["MaxResults"] = asked.get("MaxResults", _LONGEST_ANSWER)
    return {"Routes": rows}


def say_whether_more(backend: Any, asked: Asked, result: dict[str, Any]) -> None:
    result["AdditionalRoutesAvailable"] = result["NextToken"] is not None


def _rows(backend: Any, table: Table) -> Iterator[Row]:
    """A static route hides one of a prefix list, that hides a propagated one, and a VPC's hides a VPN's: "Route evaluation order" in
    https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html
    """
    rows = [_static(destination, target) for destination, target in table.routes.items()]
    for identifier, target in table.references.items():
        rows += [_static(cidr, target, PrefixListId=identifier) for cidr in prefix_lists.get(backend, identifier).entries]
    rows += _propagated(table)
    seen: set[str] = set()
    for row in rows:
        if row["DestinationCidrBlock"] not in seen:
            seen.add(row["DestinationCidrBlock"])
            yield row


def _propagated(table: Table) -> Iterator[Row]:
    """One row for all VPN attachments that bring the same prefix."""
    for kind in ("vpc", "vpn"):
        found: dict[str, list[Any]] = {}
        for kept in (each for each in table.propagated if each.resource_type == kind and each.usable):
            for prefix in kept.prefixes:
                found.setdefault(prefix, []).append(kept)
        for prefix, bringing in found.items():
            named = [kept.summary() for kept in (bringing[:1] if kind == "vpc" else bringing)]
            yield {"DestinationCidrBlock": prefix, "Type": "propagated", "State": "active", "TransitGatewayAttachments": named}


def _network(row: Row) -> IPv4Network:
    return IPv4Network(row["DestinationCidrBlock"])


def _longest(rows: list[Row], value: str) -> list[Row]:
    """It takes an address, and no CIDR."""
    try:
        address = IPv4Address(value)
    except AddressValueError:
        return []
    return sorted((row for row in rows if address in _network(row)), key=lambda row: _network(row).prefixlen)[-1:]


_SEARCHES = {
    "route-search.exact-match": lambda rows, value: [row for row in rows if _network(row) == IPv4Network(value)],
    "route-search.subnet-of-match": lambda rows, value: [row for row in rows if _network(row).subnet_of(IPv4Network(value))],
    "route-search.supernet-of-match": lambda rows, value: [row for row in rows if _network(row).supernet_of(IPv4Network(value))],
    "route-search.longest-prefix-match": _longest,
}


def _reference(backend: Any, table: Table, identifier: str, state: str = "available") -> Row:
    target = table.references[identifier]
    row = {
        "TransitGatewayRouteTableId": table.id, "PrefixListId": identifier, "State": state, "Blackhole": target.state == "blackhole",
        "PrefixListOwnerId": prefix_lists.get(backend, identifier).owner_id,
    }  # fmt: skip
    return row | ({"TransitGatewayAttachment": target.attachment.summary()} if target.attachment else {})


def create_reference(backend: Any, asked: Asked) -> dict[str, Any]:
    """AWS's code for a second one is not documented: it is that of a second route."""
    table, kept = own_table(backend, asked["TransitGatewayRouteTableId"]), prefix_lists.get(backend, asked["PrefixListId"])
    if kept.id in table.references:
        raise AwsError("RouteAlreadyExists", f"A reference to {kept.id} already exists in Transit Gateway Route Table {table.id}.")
    table.references[kept.id] = _target(table, asked)
    return {"TransitGatewayPrefixListReference": _reference(backend, table, kept.id, "pending")}


def _referencing(backend: Any, asked: Asked) -> tuple[Table, str]:
    table, identifier = own_table(backend, asked["TransitGatewayRouteTableId"]), asked["PrefixListId"]
    if identifier not in table.references:
        raise AwsError("InvalidPrefixListID.NotFound", f"{identifier} is not referenced in Transit Gateway Route Table {table.id}.")
    return table, identifier


def modify_reference(backend: Any, asked: Asked) -> dict[str, Any]:
    table, identifier = _referencing(backend, asked)
    table.references[identifier] = _target(table, asked)
    return {"TransitGatewayPrefixListReference": _reference(backend, table, identifier, "modifying")}


def delete_reference(backend: Any, asked: Asked) -> dict[str, Any]:
    table, identifier = _referencing(backend, asked)
    row = _reference(backend, table, identifier, "deleting")
    del table.references[identifier]
    return {"TransitGatewayPrefixListReference": row}


def references(backend: Any, asked: Asked) -> dict[str, Any]:
    table = own_table(backend, asked["TransitGatewayRouteTableId"])
    return {"TransitGatewayPrefixListReferences": [_reference(backend, table, identifier) for identifier in table.references]}
