# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The static routes of a Transit Gateway route table: how they are read, and which call makes, moves and removes one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..._engine.resource import Resource

Calls = list[Callable[[], Any]]


@dataclass(frozen=True)
class TransitRoute:
    """``destination``: a CIDR, or the id of a prefix list. Without an ``attachment`` it is a blackhole."""

    destination: str
    attachment: Resource | str | None

    def __str__(self) -> str:
        return f"{self.destination} -> {self.attachment or 'blackhole'}"


def static_routes(hub: Any, table: str, *filters: Mapping[str, Any]) -> frozenset[TransitRoute]:
    """Not those that attachments propagate. A prefix list is seen by its routes, which all bear its id: without entries it has none."""
    static = {"Name": "type", "Values": ["static"]}
    found = hub.pages("ec2", "search_transit_gateway_routes", "Routes", TransitGatewayRouteTableId=table, Filters=[static, *filters])
    return frozenset(_route(each) for each in found if each["State"] in ("pending", "active", "blackhole"))


def _route(item: Mapping[str, Any]) -> TransitRoute:
    """AWS takes the attachment out of a route when it is deleted: what is left is a blackhole."""
    attachment = next((each["TransitGatewayAttachmentId"] for each in item.get("TransitGatewayAttachments", ())), None)
    return TransitRoute(item.get("PrefixListId") or item["DestinationCidrBlock"], attachment)


def additions(ec2: Any, table: str, routes: Mapping[str, str | None]) -> Calls:
    """``routes``: ids of attachments, None for a blackhole, by destination."""
    found: Calls = []
    for destination, attachment in sorted(routes.items()):
        call = ec2.create_transit_gateway_prefix_list_reference if _is_list(destination) else ec2.create_transit_gateway_route
        found.append(partial(call, **_named(table, destination), **_target(attachment)))
    return found


def replacements(ec2: Any, table: str, routes: Mapping[str, str | None]) -> Calls:
    found: Calls = []
    for destination, attachment in sorted(routes.items()):
        call = ec2.modify_transit_gateway_prefix_list_reference if _is_list(destination) else ec2.replace_transit_gateway_route
        found.append(partial(call, **_named(table, destination), **_target(attachment)))
    return found


def removals(ec2: Any, table: str, destinations: set[str] | frozenset[str]) -> Calls:
    found: Calls = []
    for destination in sorted(destinations):
        call = ec2.delete_transit_gateway_prefix_list_reference if _is_list(destination) else ec2.delete_transit_gateway_route
        found.append(partial(call, **_named(table, destination)))
    return found


def _is_list(destination: str) -> bool:
    return destination.startswith("pl-")


def _named(table: str, destination: str) -> dict[str, str]:
    return {"TransitGatewayRouteTableId": table, "PrefixListId" if _is_list(destination) else "DestinationCidrBlock": destination}


def _target(attachment: str | None) -> dict[str, Any]:
    return {"TransitGatewayAttachmentId": attachment} if attachment else {"Blackhole": True}
