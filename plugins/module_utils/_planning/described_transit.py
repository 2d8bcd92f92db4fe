# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From describe answers to the Transit Gateway's part of a fabric: attachments and what its route tables say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._engine.errors import PlanError
from .described_items import Described, Tags, items
from .fabric import Attachment, Subnet
from .intervals import Span
from .packets import addresses
from .routing import LEARNED, LISTED, STATIC, Route, RouteTable

LIVE = frozenset({"available", "modifying", "pending"})
# Among propagated routes of one prefix: https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html
PROPAGATED = ("vpc", "direct-connect-gateway", "connect", "vpn")
ENABLED = "enable"


def attachments(describe: Described, subnets: Mapping[str, Subnet], tags: Tags) -> dict[str, Attachment]:
    """By id; those that carry nothing yet or any more are left out."""
    ours = {item["TransitGatewayAttachmentId"]: item for item in items(describe, "describe_transit_gateway_vpc_attachments")}
    connections = {item["VpnConnectionId"]: item for item in items(describe, "describe_vpn_connections")}
    gateways = {item["TransitGatewayId"]: item for item in items(describe, "describe_transit_gateways")}
    found = {}
    for item in items(describe, "describe_transit_gateway_attachments"):
        if item["State"] not in LIVE:
            continue
        known = ours.get(item["TransitGatewayAttachmentId"], {})
        association = item.get("Association", {})
        found[item["TransitGatewayAttachmentId"]] = Attachment(
            id=item["TransitGatewayAttachmentId"],
            gateway=item["TransitGatewayId"],
            kind=item["ResourceType"],
            resource=item["ResourceId"],
            owner=_owner(item, known or connections.get(item["ResourceId"], {}), tags),
            table=association.get("TransitGatewayRouteTableId") if association.get("State") in ("associated", "associating") else None,
            subnets=tuple(each for each in known.get("SubnetIds", ()) if each in subnets),
            references=_references(known, gateways.get(item["TransitGatewayId"])),
        )
    return found


def _owner(item: Mapping[str, Any], detail: Mapping[str, Any], tags: Tags) -> str | None:
    """A VPC's environment; the site that a VPN connection is named after."""
    key = "environment" if item["ResourceType"] == "vpc" else "name"
    return tags.of(item, key) or tags.of(detail, key)


def _references(attachment: Mapping[str, Any], gateway: Mapping[str, Any] | None) -> bool:
    """Both must say so; a gateway that cannot be read is taken to."""
    asked = attachment.get("Options", {}).get("SecurityGroupReferencingSupport", ENABLED)
    allowed = gateway.get("Options", {}).get("SecurityGroupReferencingSupport") if gateway is not None else ENABLED
    return bool(asked == ENABLED and allowed == ENABLED)


def transit_tables(describe: Described, lists: Mapping[str, tuple[str, ...]]) -> dict[str, RouteTable]:
    """Equal routes that several attachments propagate are one with several targets."""
    names = {item["TransitGatewayRouteTableId"]: Tags.name(item) for item in items(describe, "describe_transit_gateway_route_tables")}
    found: dict[str, dict[tuple[Span, int], Route]] = {name: {} for name in names}
    for item in items(describe, "search_transit_gateway_routes"):
        if item["State"] in ("deleted", "deleting"):
            continue
        routes = found.setdefault(item["TransitGatewayRouteTableId"], {})
        for route in _routes(item, lists):
            known = routes.get((route.span, route.rank))
            targets = tuple(dict.fromkeys((*(known.targets if known else ()), *route.targets)))
            routes[route.span, route.rank] = Route(route.span, route.destination, targets, route.rank)
    return {table: RouteTable(table, names.get(table, ""), tuple(routes.values())) for table, routes in found.items()}


def _routes(item: Mapping[str, Any], lists: Mapping[str, tuple[str, ...]]) -> list[Route]:
    carriers = [] if item["State"] == "blackhole" else item.get("TransitGatewayAttachments", ())
    targets = tuple(each["TransitGatewayAttachmentId"] for each in carriers)
    name = str(item.get("PrefixListId") or "")
    if item.get("Type") == "propagated":
        kinds = [PROPAGATED.index(each["ResourceType"]) if each.get("ResourceType") in PROPAGATED else len(PROPAGATED) for each in carriers]
        rank = LEARNED + min(kinds, default=0)
    else:
        rank = LISTED if name else STATIC
    if item.get("DestinationCidrBlock"):
        cidrs: tuple[str, ...] = (item["DestinationCidrBlock"],)
    elif name in lists:
        cidrs = lists[name]
    else:
        raise PlanError(f"Routes to {name} cannot be judged: its entries were not described.")
    return [Route(addresses(cidr)[0], f"{name} {cidr}" if name else cidr, targets, rank) for cidr in cidrs if ":" not in cidr]
