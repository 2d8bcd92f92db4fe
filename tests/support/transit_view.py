# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The live hub and what is attached to it, as plain boto3 sees it in the hub's account, with names in place of ids."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from .cloud import LISTED, Cloud, platform_name

BLACKHOLE = "blackhole"
GONE = ("deleting", "deleted", "failed", "rejected", "DELETING", "DELETED")
# Beside those of every network: describe operation, key of its list, key of an item's id.
IN_THE_HUB = {
    "transit_gateway": ("describe_transit_gateways", "TransitGateways", "TransitGatewayId"),
    "transit_gateway_route_table": ("describe_transit_gateway_route_tables", "TransitGatewayRouteTables", "TransitGatewayRouteTableId"),
    "transit_gateway_attachment": ("describe_transit_gateway_attachments", "TransitGatewayAttachments", "TransitGatewayAttachmentId"),
    "vpn_connection": ("describe_vpn_connections", "VpnConnections", "VpnConnectionId"),
    "customer_gateway": ("describe_customer_gateways", "CustomerGateways", "CustomerGatewayId"),
}


@dataclass(frozen=True)
class Table:
    """One Transit Gateway route table. ``routes`` are the static ones: what they lead to, by destination."""

    routes: dict[str, str]
    propagations: frozenset[str] = frozenset()
    associations: frozenset[str] = frozenset()


class TransitView:
    """``ids`` by ``environment/kind.name``. Attachments and tables are called as their environment, sites' tables ``site-<site>``."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud, self.ec2 = cloud, cloud.ec2
        self.found = {kind: alive(cloud, kind) for kind in IN_THE_HUB}
        everything = {kind: (LISTED[kind][2], cloud.all(kind)) for kind in LISTED}
        everything |= {kind: (IN_THE_HUB[kind][2], found) for kind, found in self.found.items()}
        self.ids = {
            f"{environment}/{kind}.{platform_name(item)}": item[identity]
            for kind, (identity, items) in everything.items()
            for item in items
            if (environment := _tag(item, "environment"))
        }
        self.attachments = {each["TransitGatewayAttachmentId"]: _called(each) for each in self.found["transit_gateway_attachment"]}
        self.tables = {_called(each): each["TransitGatewayRouteTableId"] for each in self.found["transit_gateway_route_table"]}

    def attachment(self, name: str) -> str:
        """The id of an environment's or a site's."""
        return next(identity for identity, called in self.attachments.items() if called == name)

    def of(self, kind: str, name: str) -> dict[str, Any]:
        """What a describe call says of an object of the hub."""
        return next(each for each in self.found[kind] if platform_name(each) == name)

    def table(self, name: str) -> Table:
        table = self.tables[name]
        static = [{"Name": "type", "Values": ["static"]}]
        routes = self.ec2.search_transit_gateway_routes(TransitGatewayRouteTableId=table, Filters=static)["Routes"]
        propagations = self.ec2.get_transit_gateway_route_table_propagations(TransitGatewayRouteTableId=table)
        associations = self.ec2.get_transit_gateway_route_table_associations(TransitGatewayRouteTableId=table)
        return Table(
            routes={each.get("PrefixListId") or each["DestinationCidrBlock"]: self._target(each) for each in routes},
            propagations=self._members(propagations["TransitGatewayRouteTablePropagations"]),
            associations=self._members(associations["Associations"]),
        )

    def _target(self, route: dict[str, Any]) -> str:
        return next((self.attachments[each["TransitGatewayAttachmentId"]] for each in route.get("TransitGatewayAttachments", ())), BLACKHOLE)

    def _members(self, items: list[dict[str, Any]]) -> frozenset[str]:
        return frozenset(self.attachments[each["TransitGatewayAttachmentId"]] for each in items if not each["State"].startswith("dis"))

    def all_tables(self) -> dict[str, Table]:
        return {name: self.table(name) for name in self.tables}

    def vpc_routes(self, environment: str) -> dict[str, frozenset[str]]:
        """The destinations that lead to the Transit Gateway, by route table of an environment's VPC."""
        return {
            str(platform_name(each)): frozenset(route["DestinationCidrBlock"] for route in each["Routes"] if route.get("TransitGatewayId"))
            for each in self.cloud.all("route_table")
            if _tag(each, "environment") == environment
        }


def alive(cloud: Cloud, kind: str) -> list[dict[str, Any]]:
    operation, key, _identity = IN_THE_HUB[kind]
    return [each for each in getattr(cloud.ec2, operation)()[key] if each["State"] not in GONE]


def snapshot(cloud: Cloud) -> dict[str, Any]:
    """All that is there, networks and hub, fit to be compared."""
    view = TransitView(cloud)
    names = {identity: label for label, identity in view.ids.items()}
    return {
        **cloud.snapshot(),
        "gateways": sorted(json.dumps([each["Options"], _tags(each)]) for each in view.found["transit_gateway"]),
        "tables": {name: (table, _tags(item)) for name, table, item in _with_tables(view)},
        "attachments": {
            _called(each): (names.get(each["ResourceId"]), _tags(each), view.attachments[each["TransitGatewayAttachmentId"]])
            for each in view.found["transit_gateway_attachment"]
        },
        "vpc attachments": {_called(each): _vpc_attachment(each, names) for each in _vpc_attachments(cloud)},
        "customer gateways": {_called(each): [each.get("IpAddress"), each["BgpAsn"], _tags(each)] for each in view.found["customer_gateway"]},
        "connections": {_called(each): (names.get(each["CustomerGatewayId"]), _options(each), _tags(each)) for each in view.found["vpn_connection"]},
        "shares": _shares(cloud),
        "secrets": len(cloud.secretsmanager.list_secrets()["SecretList"]),
    }


def _with_tables(view: TransitView) -> list[tuple[str, Table, dict[str, Any]]]:
    return [(name := _called(item), view.table(name), item) for item in view.found["transit_gateway_route_table"]]


def _vpc_attachments(cloud: Cloud) -> list[dict[str, Any]]:
    found = cloud.ec2.describe_transit_gateway_vpc_attachments()["TransitGatewayVpcAttachments"]
    return [each for each in found if each["State"] not in GONE]


def _vpc_attachment(item: dict[str, Any], names: dict[str, str]) -> Any:
    return item["State"], item["Options"], sorted(names.get(each, each) for each in item["SubnetIds"])


def _options(connection: dict[str, Any]) -> str:
    """Without AWS's own addresses, which it chooses anew for a new connection."""
    options = connection["Options"]
    tunnels = [{key: value for key, value in each.items() if key != "OutsideIpAddress"} for each in options["TunnelOptions"]]
    return json.dumps({**options, "TunnelOptions": sorted(tunnels, key=lambda each: each["TunnelInsideCidr"])}, sort_keys=True)


def _shares(cloud: Cloud) -> list[Any]:
    shares = [each for each in cloud.ram.get_resource_shares(resourceOwner="SELF")["resourceShares"] if each["status"] not in GONE]
    members = [
        each
        for kind in ("PRINCIPAL", "RESOURCE")
        for each in cloud.ram.get_resource_share_associations(associationType=kind)["resourceShareAssociations"]
        if each["status"] in ("ASSOCIATED", "ASSOCIATING")
    ]
    return [
        (
            each["name"],
            each["allowExternalPrincipals"],
            sorted(json.dumps(tag) for tag in each.get("tags", ())),
            sorted(
                member["associatedEntity"].partition("transit-gateway/")[0]
                for member in members
                if member["resourceShareArn"] == each["resourceShareArn"]
            ),
        )
        for each in shares
    ]


def _tag(item: dict[str, Any], part: str) -> str | None:
    return next((tag["Value"] for tag in item.get("Tags", ()) if tag["Key"] == f"fintech.platform/{part}"), None)


def _tags(item: dict[str, Any]) -> list[str]:
    return sorted(f"{tag['Key']}={tag['Value']}" for tag in item.get("Tags", ()))


def _called(item: dict[str, Any]) -> str:
    """An environment's by the environment's name, the hub's by its own, others' by their id."""
    environment, name = _tag(item, "environment"), platform_name(item)
    other = next(value for key, value in item.items() if key.endswith("Id") and key not in ("VpcId", "TransitGatewayId"))
    return str(other if name is None else name if environment == "hub" else environment)
