# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A live hub as plain data without ids: its gateway, who may use it, its sites, and all of its route tables with their routes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Item = dict[str, Any]
Names = Mapping[str, str]
CHOSEN_BY_AWS = ("OutsideIpAddress", "PreSharedKey")


def hub_snapshot(client: Callable[[str], Any]) -> dict[str, Any]:
    """All that is in the account. Objects go by their Name, the environments' attachments among them."""
    ec2, logs = client("ec2"), client("logs")
    attachments = ec2.describe_transit_gateway_attachments()["TransitGatewayAttachments"]
    names = {each["TransitGatewayAttachmentId"]: f"{each['ResourceType']} {_name(each)}" for each in attachments}
    devices = {each["CustomerGatewayId"]: each for each in ec2.describe_customer_gateways()["CustomerGateways"]}
    return {
        "gateways": [_gateway(each) for each in ec2.describe_transit_gateways()["TransitGateways"]],
        "shares": _shares(client("ram")),
        "logs": {each["logGroupName"]: each["retentionInDays"] for each in logs.describe_log_groups()["logGroups"]},
        "connections": {_name(each): _connection(each, devices) for each in ec2.describe_vpn_connections()["VpnConnections"]},
        "attachments": sorted(f"{names[each['TransitGatewayAttachmentId']]}, {each['State']}" for each in attachments),
        "tables": {
            _name(each): _table(ec2, each["TransitGatewayRouteTableId"], attachments, names)
            for each in ec2.describe_transit_gateway_route_tables()["TransitGatewayRouteTables"]
        },
    }


def _name(item: Item) -> str:
    return next(str(tag["Value"]) for tag in item["Tags"] if tag["Key"] == "Name")


def _gateway(gateway: Item) -> Item:
    return {"name": _name(gateway), "state": gateway["State"], "options": gateway["Options"]}


def _shares(ram: Any) -> dict[str, list[str]]:
    """The principals of each share. The gateway is the only resource."""
    found = ram.get_resource_share_associations(associationType="PRINCIPAL")["resourceShareAssociations"]
    shared = {each["name"]: each["resourceShareArn"] for each in ram.get_resource_shares(resourceOwner="SELF")["resourceShares"]}
    return {name: sorted(each["associatedEntity"] for each in found if each["resourceShareArn"] == arn) for name, arn in shared.items()}


def _connection(connection: Item, devices: Mapping[str, Item]) -> Item:
    device, options = devices[connection["CustomerGatewayId"]], dict(connection["Options"])
    tunnels = [{key: value for key, value in tunnel.items() if key not in CHOSEN_BY_AWS} for tunnel in options.pop("TunnelOptions")]
    return {
        "device": [device[key] for key in ("BgpAsn", "IpAddress", "DeviceName", "State")],
        "state": connection["State"],
        "keys": "kept by AWS" if connection.get("PreSharedKeyArn") else "elsewhere",
        "options": options,
        "tunnels": tunnels,
    }


def _table(ec2: Any, table: str, attachments: list[Item], names: Names) -> Item:
    static = [{"Name": "type", "Values": ["static"]}]
    of = {"TransitGatewayRouteTableId": table}
    propagations = ec2.get_transit_gateway_route_table_propagations(**of)["TransitGatewayRouteTablePropagations"]
    return {
        "routes": sorted(_routes(ec2.search_transit_gateway_routes(**of, Filters=static)["Routes"], names)),
        "propagations": sorted(names[each["TransitGatewayAttachmentId"]] for each in propagations),
        "associations": sorted(
            f"{names[each['TransitGatewayAttachmentId']]}, {each['Association']['State']}"
            for each in attachments
            if each.get("Association", {}).get("TransitGatewayRouteTableId") == table
        ),
    }


def _routes(routes: list[Item], names: Names) -> Iterator[str]:
    for route in routes:
        targets = [names[each["TransitGatewayAttachmentId"]] for each in route.get("TransitGatewayAttachments", ())]
        yield f"{route['DestinationCidrBlock']} -> {', '.join(targets) or route['State']}"
