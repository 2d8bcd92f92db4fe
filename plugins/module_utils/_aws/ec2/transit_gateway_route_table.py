# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transit Gateway route table: one for each environment and each site, in the hub's account. Its routes are a kind of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from ..._engine.resource import Live, Scope, immutable, resolve
from .. import quotas, waiters
from ..quotas import Quota
from .existing_transit_gateway import ExistingTransitGateway
from .hub_resource import HubResource
from .transit_gateway import TransitGateway, attachments, route_tables
from .transit_routes import static_routes

# https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html: one for each environment and each site
QUOTA = Quota("ec2", "L-43872EB7", "route tables of the Transit Gateway", 20)


@dataclass(kw_only=True, eq=False)
class TransitGatewayRouteTable(HubResource):
    """``gateway``: a resource, or the id of another stack's."""

    gateway: TransitGateway | ExistingTransitGateway | str = immutable(uses=(TransitGateway, ExistingTransitGateway))

    kind = "transit_gateway_route_table"
    waiter = waiters.TRANSIT_GATEWAY_ROUTE_TABLE
    tag_type = "transit-gateway-route-table"
    describe = ("describe_transit_gateway_route_tables", "TransitGatewayRouteTables", "TransitGatewayRouteTableId")
    calls: ClassVar = {
        "create": ("ec2.CreateTransitGatewayRouteTable",),
        "tags": ("ec2.CreateTags",),
        "delete": ("ec2.DisassociateTransitGatewayRouteTable", "ec2.DeleteTransitGatewayRouteTable"),
    }

    @classmethod
    def question(cls, scope: Scope, within: frozenset[str]) -> dict[str, Any]:
        """All of the account, few by their quota: those of this stack, of the hub and of everybody else take one call."""
        return {}

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> list[Live]:
        found = [live for live in super().read(place, scope, within) if live.scope == scope]
        alive = [live for live in found if cls.waiter.is_live(live)]
        names = Counter(live.name for live in alive)
        twins = [live for live in alive if names[live.name] > 1]
        if twins:  # a creating call was sent twice: which of the two is in use?
            associated = {each.get("Association", {}).get("TransitGatewayRouteTableId") for each in attachments(place.hub)}
            for live in twins:
                live.in_use = live.id in associated or bool(static_routes(place.hub, live.id))
        return found

    @classmethod
    def values(cls, item: Mapping[str, Any]) -> dict[str, Any]:
        return {"gateway": item["TransitGatewayId"]}

    @classmethod
    def check(cls, place: Any, changes: list[Any]) -> list[str]:
        """The tables of others count too."""
        wanted = Counter(resolve(change.resource.gateway) for change in changes if change.resource and change.live is None)
        gone = {change.live.id for change in changes if change.resource is None}
        found = route_tables(place.hub) if wanted else []
        kept = Counter(each["TransitGatewayId"] for each in found if each[cls.describe[2]] not in gone)
        return [problem for gateway, number in wanted.items() for problem in quotas.problems(place.hub, QUOTA, kept[gateway], number)]

    def create(self, place: Any) -> Live:
        answer = place.hub.client("ec2", once=True).create_transit_gateway_route_table(
            TransitGatewayId=resolve(self.gateway), TagSpecifications=self.specifications()
        )
        return self.made(answer["TransitGatewayRouteTable"])

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        """AWS keeps a table that has associations. It removes the routes and propagations with it."""
        ec2 = place.hub.client("ec2")
        associated = [{"Name": "association.transit-gateway-route-table-id", "Values": [live.id]}]
        found = place.hub.pages("ec2", "describe_transit_gateway_attachments", "TransitGatewayAttachments", Filters=associated)
        place.hub.together(
            partial(
                ec2.disassociate_transit_gateway_route_table,
                TransitGatewayRouteTableId=live.id,
                TransitGatewayAttachmentId=each["TransitGatewayAttachmentId"],
            )
            for each in found
            if each["Association"]["State"] == "associated" and each["State"] == "available"
        )
        ec2.delete_transit_gateway_route_table(TransitGatewayRouteTableId=live.id)

    @classmethod
    def holders(cls, place: Any, live: Live) -> list[str]:
        found = attachments(place.hub)
        return [each["TransitGatewayAttachmentId"] for each in found if each.get("Association", {}).get("TransitGatewayRouteTableId") == live.id]
