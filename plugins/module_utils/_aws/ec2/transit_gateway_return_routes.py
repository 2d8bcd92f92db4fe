# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transit Gateway return routes: in a site's table, which is the hub's, exactly the routes that lead to our own attachment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

try:
    from botocore.exceptions import ClientError
except ImportError:  # AnsibleAWSModule reports it
    pass

from ..._engine.resource import Difference, Live, Resource, Scope, immutable, managed
from ..tags import from_tags, owner
from .transit_gateway import route_tables
from .transit_gateway_vpc_attachment import TransitGatewayVpcAttachment
from .transit_routes import Calls, removals, static_routes

HUB = "hub"  # the hub's environment, as its tags say it
SITE = "site-"  # what the names of its sites' tables begin with


@dataclass(kw_only=True, eq=False)
class TransitGatewayReturnRoutes(Resource):
    """``name`` is the site's, ``table`` the id of its table. There is nothing live where there are no routes."""

    table: str = immutable()
    attachment: TransitGatewayVpcAttachment = immutable(uses=(TransitGatewayVpcAttachment,))
    destinations: frozenset[str] = managed()

    kind = "transit_gateway_return_routes"
    within = TransitGatewayVpcAttachment
    made_with: ClassVar = {"destinations": frozenset()}
    calls: ClassVar = {
        "create": ("ec2.CreateTransitGatewayRoute", "ec2.ReplaceTransitGatewayRoute"),
        "destinations": ("ec2.CreateTransitGatewayRoute", "ec2.ReplaceTransitGatewayRoute", "ec2.DeleteTransitGatewayRoute"),
        "delete": ("ec2.DeleteTransitGatewayRoute",),
    }

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        """One call for each site's table: a search takes a single table."""
        ours = {"Name": "attachment.transit-gateway-attachment-id", "Values": sorted(within)}
        tables = site_tables(place, scope.platform)
        answers = place.hub.together(partial(static_routes, place.hub, table, ours) for table in tables.values())
        for (site, table), routes in zip(tables.items(), answers, strict=True):
            for attachment in sorted({route.attachment for route in routes}):
                destinations = frozenset(route.destination for route in routes if route.attachment == attachment)
                yield _live(site, scope, table, attachment, destinations)

    def create(self, place: Any) -> Live:
        place.hub.together(self._takings(place, self.destinations))
        return _live(self.name, self.attachment.scope, self.table, self.attachment.id, self.destinations)

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        before, after = fields["destinations"].before, fields["destinations"].after
        place.hub.together([*self._takings(place, after - before), *removals(place.hub.client("ec2"), self.table, before - after)])

    def _takings(self, place: Any, destinations: frozenset[str]) -> Calls:
        ec2 = place.hub.client("ec2")
        return [partial(_take, ec2, self.table, destination, self.attachment.id) for destination in sorted(destinations)]

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        """The routes are all that there is of it: a look at what is left would not find it any more."""
        calls = removals(place.hub.client("ec2"), live.values["table"], live.values["destinations"])
        place.hub.together(partial(_unless_gone, call) for call in calls)


def _take(ec2: Any, table: str, destination: str, attachment: str) -> None:
    """Whatever else holds the destination gives it up: it is the environment's alone."""
    route = {"TransitGatewayRouteTableId": table, "DestinationCidrBlock": destination, "TransitGatewayAttachmentId": attachment}
    try:
        ec2.create_transit_gateway_route(**route)
    except ClientError as error:
        if error.response["Error"]["Code"] != "RouteAlreadyExists":
            raise
        ec2.replace_transit_gateway_route(**route)


def _unless_gone(call: Callable[[], Any]) -> None:
    """What is not there any more went with an attempt whose answer was lost, or with the site's table."""
    try:
        call()
    except ClientError as error:
        if not error.response["Error"]["Code"].endswith(".NotFound"):
            raise


def _live(site: str, scope: Scope, table: str, attachment: str, destinations: frozenset[str]) -> Live:
    values = {"table": table, "attachment": attachment, "destinations": destinations}
    return Live(id=f"{table}/{attachment}", name=site, scope=scope, values=values, within=attachment)


def site_tables(place: Any, platform: str) -> dict[str, str]:
    """The hub's route tables for its sites: ids by site."""
    found = {}
    for item in route_tables(place.hub):
        scope, name = owner(from_tags(item.get("Tags")))
        if scope and name and (scope.platform, scope.environment) == (platform, HUB) and name.startswith(SITE):
            found[name.removeprefix(SITE)] = item["TransitGatewayRouteTableId"]
    return found
