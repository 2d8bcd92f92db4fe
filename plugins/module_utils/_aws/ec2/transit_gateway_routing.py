# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transit Gateway routing: the static routes, propagations and associations of one route table, which converge as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from ..._engine.resource import Difference, Live, Resource, Scope, computed, immutable, managed
from .. import quotas, waiters
from ..quotas import Quota
from .transit_gateway import attachments, is_environments
from .transit_gateway_route_table import TransitGatewayRouteTable
from .transit_gateway_vpc_attachment import TransitGatewayVpcAttachment
from .transit_gateway_vpn_attachment import TransitGatewayVpnAttachment
from .transit_routes import Calls, TransitRoute, additions, removals, replacements, static_routes

QUOTA = Quota("ec2", "L-BCC1FB47", "routes of the Transit Gateway", 10_000)  # .../vpc/latest/tgw/transit-gateway-quotas.html
ATTACHMENTS = (TransitGatewayVpcAttachment, TransitGatewayVpnAttachment)
EMPTY: Mapping[str, frozenset[Any]] = {"routes": frozenset(), "propagations": frozenset(), "associations": frozenset()}


@dataclass(kw_only=True, eq=False)
class TransitGatewayRouting(Resource):
    """``shared``: a site's table, in which routes to the environments' attachments are their own and not looked at."""

    table: TransitGatewayRouteTable = immutable(uses=(TransitGatewayRouteTable,))
    routes: frozenset[TransitRoute] = managed(frozenset(), uses=ATTACHMENTS)
    propagations: frozenset[TransitGatewayVpcAttachment | TransitGatewayVpnAttachment | str] = managed(frozenset(), uses=ATTACHMENTS)
    associations: frozenset[TransitGatewayVpcAttachment | TransitGatewayVpnAttachment | str] = managed(frozenset(), uses=ATTACHMENTS)
    shared: bool = computed(False)

    kind = "transit_gateway_routing"
    waiter = waiters.TRANSIT_GATEWAY_ROUTING
    made_with: ClassVar = EMPTY
    calls: ClassVar = {
        "routes": (
            *(f"ec2.{verb}TransitGatewayRoute" for verb in ("Create", "Replace", "Delete")),
            *(f"ec2.{verb}TransitGatewayPrefixListReference" for verb in ("Create", "Modify", "Delete")),
        ),
        "propagations": ("ec2.EnableTransitGatewayRouteTablePropagation", "ec2.DisableTransitGatewayRouteTablePropagation"),
        "associations": ("ec2.AssociateTransitGatewayRouteTable", "ec2.DisassociateTransitGatewayRouteTable"),
    }

    @property
    def adopted(self) -> bool:
        """A table comes empty, and what is in it goes with it."""
        return True

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        """Two calls for each table; where its attachments are comes from one call for all."""
        hub = place.hub
        tables = [live for live in TransitGatewayRouteTable.read(place, scope, within) if TransitGatewayRouteTable.waiter.is_ready(live)]
        there = {each["TransitGatewayAttachmentId"]: each for each in attachments(hub)} if tables else {}
        contents = hub.together(partial(_contents, place, table.id) for table in tables)
        for table, (routes, propagations) in zip(tables, contents, strict=True):
            live = _live(table, routes=routes, propagations=propagations, associations=frozenset(_associated(there, table.id)))
            live.values["environments"] = frozenset(key for key, each in there.items() if is_environments(each, scope.platform))
            live.detail = {key: each["Association"]["TransitGatewayRouteTableId"] for key, each in there.items() if _is_associated(each)}
            live.state = "changing" if any(_is_changing(each, table.id) for each in there.values()) else "settled"
            yield live

    @classmethod
    def check(cls, place: Any, changes: list[Any]) -> list[str]:
        """Of this stack's tables alone: those of others would take a call each."""
        wanted = sum(len(change.resource.routes) for change in changes if change.resource)
        return quotas.problems(place.hub, QUOTA, 0, wanted)

    def normalize(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        if not self.shared:
            return values
        own = (route for route in values["routes"] if route.attachment not in values["environments"])
        return {**values, "routes": frozenset(own)}

    def create(self, place: Any) -> Live:
        """No call: a table that was just made is empty."""
        if self.table.live is None:
            raise LookupError(f"{self.table.label} does not exist yet")
        place.known[self.table.id] = {"contents": (frozenset(), frozenset())}
        return _live(self.table.live, **EMPTY)

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        """Who leaves comes first, and nobody joins a table that lacks routes. AWS takes its time to let an attachment go: until then
        it refuses to have it join, and the executor comes back when it is gone.
        """
        place.known.pop(live.id, None)
        ec2 = place.hub.client("ec2")
        for step in (_leave(ec2, live, fields), _route(ec2, live, fields) + _propagate(ec2, live, fields), _join(ec2, live, fields)):
            place.hub.together(step)
        routes = fields.get("routes", Difference(frozenset(), frozenset()))
        propagations = fields.get("propagations")
        place.known[live.id] = {
            "contents": (
                (live.values["routes"] - routes.before) | routes.after,
                propagations.after if propagations else live.values["propagations"],
            )
        }


def _contents(place: Any, table: str) -> tuple[frozenset[TransitRoute], frozenset[str]]:
    """Routes and propagations. They change at once, so that no look while waiting has to ask for them again."""
    known = place.known.setdefault(table, {})
    if "contents" not in known:
        operation, key = "get_transit_gateway_route_table_propagations", "TransitGatewayRouteTablePropagations"
        found = place.hub.pages("ec2", operation, key, TransitGatewayRouteTableId=table)
        propagations = frozenset(each["TransitGatewayAttachmentId"] for each in found if each["State"] in ("enabling", "enabled"))
        known["contents"] = static_routes(place.hub, table), propagations
    return known["contents"]


def _live(table: Live, **values: Any) -> Live:
    return Live(id=table.id, name=table.name, scope=table.scope, default=True, values={"table": table.id, **values}, state="settled")


def _is_associated(attachment: Mapping[str, Any]) -> bool:
    return attachment.get("Association", {}).get("State") in ("associating", "associated")


def _associated(there: Mapping[str, Mapping[str, Any]], table: str) -> list[str]:
    return [key for key, each in there.items() if _is_associated(each) and each["Association"]["TransitGatewayRouteTableId"] == table]


def _is_changing(attachment: Mapping[str, Any], table: str) -> bool:
    """Joining this table; or leaving any table, perhaps for this one."""
    association = attachment.get("Association", {})
    joining = association.get("State") == "associating" and association.get("TransitGatewayRouteTableId") == table
    return joining or association.get("State") == "disassociating"


def _sides(fields: Mapping[str, Difference], name: str) -> tuple[frozenset[Any], frozenset[Any]]:
    """What is to go, and what is to come."""
    if name not in fields:
        return frozenset(), frozenset()
    before, after = fields[name].before or frozenset(), fields[name].after
    return before - after, after - before


def _leave(ec2: Any, live: Live, fields: Mapping[str, Difference]) -> Calls:
    going, coming = _sides(fields, "associations")
    where = live.detail or {}
    leaving = [*((key, live.id) for key in sorted(going)), *((key, where[key]) for key in sorted(coming & where.keys()))]
    call = ec2.disassociate_transit_gateway_route_table
    return [partial(call, TransitGatewayAttachmentId=key, TransitGatewayRouteTableId=table) for key, table in leaving]


def _join(ec2: Any, live: Live, fields: Mapping[str, Difference]) -> Calls:
    _going, coming = _sides(fields, "associations")
    call = ec2.associate_transit_gateway_route_table
    return [partial(call, TransitGatewayAttachmentId=key, TransitGatewayRouteTableId=live.id) for key in sorted(coming)]


def _propagate(ec2: Any, live: Live, fields: Mapping[str, Difference]) -> Calls:
    going, coming = _sides(fields, "propagations")
    on, off = ec2.enable_transit_gateway_route_table_propagation, ec2.disable_transit_gateway_route_table_propagation
    wanted = [*((on, key) for key in sorted(coming)), *((off, key) for key in sorted(going))]
    return [partial(call, TransitGatewayAttachmentId=key, TransitGatewayRouteTableId=live.id) for call, key in wanted]


def _route(ec2: Any, live: Live, fields: Mapping[str, Difference]) -> Calls:
    if "routes" not in fields:
        return []
    before = {route.destination: route.attachment for route in fields["routes"].before or ()}
    after = {route.destination: route.attachment for route in fields["routes"].after}
    held = {route.destination for route in live.values["routes"]}
    changed = {destination: target for destination, target in after.items() if destination not in before or before[destination] != target}
    new = {destination: target for destination, target in changed.items() if destination not in held}
    moved = {destination: target for destination, target in changed.items() if destination in held}
    return additions(ec2, live.id, new) + replacements(ec2, live.id, moved) + removals(ec2, live.id, before.keys() - after.keys())
