# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The routes of one route table, which always converge as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from ..._engine.resource import Difference, Live, Resource, Scope, computed, immutable, managed
from .internet_gateway import InternetGateway
from .nat_gateway import NatGateway
from .route_table import RouteTable
from .transit_gateway_vpc_attachment import TransitGatewayVpcAttachment
from .vpc import Vpc

DESTINATIONS = ("DestinationCidrBlock", "DestinationPrefixListId", "DestinationIpv6CidrBlock")
TARGETS = ("NatGatewayId", "TransitGatewayId", "VpcPeeringConnectionId", "NetworkInterfaceId", "EgressOnlyInternetGatewayId", "GatewayId")


@dataclass(frozen=True)
class Route:
    destination: str  # CIDR, or the id of a prefix list
    target: InternetGateway | NatGateway | str

    def __str__(self) -> str:
        return f"{self.destination} -> {self.target}"


@dataclass(kw_only=True, eq=False)
class Routes(Resource):
    """``attachment``: what routes to a Transit Gateway lead through, and so wait for: AWS takes none before it is there."""

    table: RouteTable = immutable(uses=(RouteTable,))
    routes: frozenset[Route] = managed(frozenset(), uses=(InternetGateway, NatGateway))
    attachment: TransitGatewayVpcAttachment | None = computed(None, uses=(TransitGatewayVpcAttachment,))

    kind = "routes"
    within = Vpc
    made_with: ClassVar = {"routes": frozenset()}
    calls: ClassVar = {"routes": ("ec2.CreateRoute", "ec2.ReplaceRoute", "ec2.DeleteRoute")}

    @property
    def adopted(self) -> bool:
        """A table comes with its local routes: others are added, and go with the table."""
        return True

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        """The same call as the tables' read, so that planning makes it once."""
        operation, key, _id = RouteTable.describe
        for item in place.pages("ec2", operation, key, **RouteTable.question(scope, within)):
            table = RouteTable.as_live(item, scope, within)
            if table.scope == scope:
                yield _live(table, frozenset(route for each in item.get("Routes", ()) if (route := _route(each))))

    def create(self, place: Any) -> Live:
        """No call: a table that was just made has local routes only."""
        if self.table.live is None:
            raise LookupError(f"{self.table.label} does not exist yet")
        return _live(self.table.live, frozenset())

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        place.together(_calls(place.client("ec2"), live.id, fields["routes"]))


def _live(table: Live, routes: frozenset[Route]) -> Live:
    values = {"table": table.id, "routes": routes}
    return Live(id=table.id, name=table.name, scope=table.scope, default=True, values=values, within=table.within)


def _calls(ec2: Any, table: str, change: Difference) -> Iterator[Callable[[], Any]]:
    before = {route.destination: route.target for route in change.before or ()}
    after = {route.destination: route.target for route in change.after}
    for destination in sorted(after):
        if before.get(destination) != after[destination]:
            call = ec2.replace_route if destination in before else ec2.create_route
            yield partial(call, RouteTableId=table, **_destination(destination), **_target(after[destination]))
    for destination in sorted(before.keys() - after.keys()):
        yield partial(ec2.delete_route, RouteTableId=table, **_destination(destination))


def _route(item: Mapping[str, Any]) -> Route | None:
    """One route of ours to converge; not those that AWS adds itself: local, propagated, of a gateway endpoint."""
    destination = next((item[key] for key in DESTINATIONS if item.get(key)), None)
    target = next((item[key] for key in TARGETS if item.get(key)), None)
    own = target is None or target == "local" or target.startswith("vpce-") or item.get("Origin") == "EnableVgwRoutePropagation"
    return None if own or destination is None else Route(destination, str(target))


def _destination(destination: str) -> dict[str, str]:
    if destination.startswith("pl-"):
        return {"DestinationPrefixListId": destination}
    return {"DestinationIpv6CidrBlock" if ":" in destination else "DestinationCidrBlock": destination}


def _target(target: str) -> dict[str, str]:
    kinds = {"nat": "NatGatewayId", "tgw": "TransitGatewayId", "pcx": "VpcPeeringConnectionId", "eni": "NetworkInterfaceId"}
    return {kinds.get(target.partition("-")[0], "GatewayId"): target}
