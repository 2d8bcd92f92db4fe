# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment's side of the hub: its attachment, its own Transit Gateway table, and its routes in the sites' tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .._aws.ec2.route_table import MAIN
from .._aws.ec2.routes import Route
from .._aws.ec2.transit_gateway import TransitGateway, attachments
from .._aws.ec2.transit_gateway_return_routes import HUB, TransitGatewayReturnRoutes, site_tables
from .._aws.ec2.transit_gateway_route_table import TransitGatewayRouteTable
from .._aws.ec2.transit_gateway_routing import TransitGatewayRouting
from .._aws.ec2.transit_gateway_vpc_attachment import TransitGatewayVpcAttachment
from .._aws.ec2.transit_routes import TransitRoute
from .._aws.ram.shared_transit_gateway import SharedTransitGateway
from .._aws.tags import from_tags, owner
from .._engine.resource import Resource, Scope
from .._planning.access import TIERS, AccessMatrix
from .._planning.addresses import AddressPlan
from .._planning.topology import Site, Topology
from .network_foundation import Foundation
from .network_names import server_ranges

EDGE_TIERS = ("edge",)
WORKLOAD_TIERS = tuple(tier for tier in TIERS if tier not in EDGE_TIERS)


@dataclass(frozen=True, kw_only=True)
class FoundHub:
    """What is live of the hub, by id: the gateway, the sites' tables and VPN attachments, the other environments' attachments."""

    gateway: str
    elsewhere: bool = False  # in another account, which shares it
    site_tables: Mapping[str, str] = field(default_factory=dict)
    site_attachments: Mapping[str, str] = field(default_factory=dict)
    environment_attachments: Mapping[str, str] = field(default_factory=dict)


def find_hub(place: Any, topology: Topology) -> FoundHub | None:
    """Three bulk reads in the hub's account. None where there is no gateway yet."""
    hub = place.hub
    scope = Scope(platform=topology.name, environment=HUB, stack="transit_network")
    owned = [live for live in TransitGateway.read(place, scope, frozenset()) if TransitGateway.waiter and TransitGateway.waiter.is_live(live)]
    gateway = (topology.hub and topology.hub.transit_gateway_id) or next((live.id for live in owned), None)
    if gateway is None:
        return None
    sites: dict[str, str] = {}
    environments: dict[str, str] = {}
    for item in attachments(hub):
        whose, name = owner(from_tags(item.get("Tags")))
        if whose and name and whose.platform == topology.name and item["TransitGatewayId"] == gateway:
            if item["ResourceType"] == "vpn":
                sites[name] = item["TransitGatewayAttachmentId"]
            elif item["ResourceType"] == "vpc":
                environments[whose.environment] = item["TransitGatewayAttachmentId"]
    return FoundHub(
        gateway=gateway,
        elsewhere=hub.account_id != place.account_id,
        site_tables=site_tables(place, topology.name),
        site_attachments=sites,
        environment_attachments=environments,
    )


class HubSide:
    """What the environment has at a hub that is live, and writes there."""

    def __init__(self, base: Foundation, matrix: AccessMatrix, plan: AddressPlan, found: FoundHub) -> None:
        self.base, self.matrix, self.plan, self.found = base, matrix, plan, found
        self.environment = base.scope.environment
        self.shared = SharedTransitGateway(name=found.gateway) if found.elsewhere else None
        self.name_servers = server_ranges(base.p["resolver"], base.topology, matrix, self.environment)

    def resources(self) -> list[Resource]:
        return [*([self.shared] if self.shared else []), self.attachment, self.table, self.routing, *self.return_routes()]

    @cached_property
    def attachment(self) -> TransitGatewayVpcAttachment:
        members = self.base.of("transit") or self.base.of("workload")
        gateway = self.shared or self.found.gateway
        return TransitGatewayVpcAttachment(name=MAIN, vpc=self.base.vpc, gateway=gateway, subnets=members, tags=self.base.tags(MAIN))

    @cached_property
    def table(self) -> TransitGatewayRouteTable:
        return TransitGatewayRouteTable(name=MAIN, gateway=self.found.gateway, tags=self.base.tags(MAIN))

    @cached_property
    def reached(self) -> list[Site]:
        """The sites that the matrix connects the environment with, as far as the hub has them."""
        names = self.matrix.sites_of(self.environment)
        return [site for site in self.base.topology.sites if site.name in names and site.name in self.found.site_attachments]

    @cached_property
    def routing(self) -> TransitGatewayRouting:
        """Out of the environment's table nothing leads but to what the matrix allows; a BGP site says itself where its networks are."""
        routes = {TransitRoute(supernet.cidr, None) for supernet in self.base.topology.supernets}
        by_bgp = {site.name for site in self.reached if site.vpn and site.vpn.routing == "bgp"}
        for site in self.reached:
            if site.name not in by_bgp:
                routes |= {TransitRoute(cidr, self.found.site_attachments[site.name]) for cidr in self._networks(site)}
        for peer in self.peers:
            routes.add(TransitRoute(self.plan.environments[peer].cidr, self.found.environment_attachments[peer]))
        return TransitGatewayRouting(
            name=MAIN,
            table=self.table,
            routes=frozenset(routes),
            propagations=frozenset(self.found.site_attachments[name] for name in by_bgp),
            associations=frozenset({self.attachment}),
        )

    @property
    def peers(self) -> list[str]:
        """Other environments that it may exchange packets with, once they are attached."""
        return [name for name in self.matrix.peers_of(self.environment) if name in self.found.environment_attachments]

    def _networks(self, site: Site) -> list[str]:
        """Those of the site's networks that some tier of the environment exchanges packets with, and its name servers."""
        allowed = set(self.matrix.networks_of(self.environment, TIERS))
        named = [cidr for network in site.networks for cidr in network.cidrs if cidr in allowed]
        return [*named, *self.name_servers.get(site.name, ())]

    def return_routes(self) -> list[TransitGatewayReturnRoutes]:
        """In every site's table, in those of sites that it may not reach too: there it has no route."""
        reached, own = {site.name for site in self.reached}, frozenset({self.base.plan.cidr})
        return [
            TransitGatewayReturnRoutes(name=site, table=table, attachment=self.attachment, destinations=own if site in reached else frozenset())
            for site, table in self.found.site_tables.items()
        ]

    def routes(self) -> dict[str, frozenset[Route]]:
        """The VPC's routes to the gateway, by route table: only to what the table's tiers may exchange packets with."""
        found = {"edge": self._beyond(EDGE_TIERS)}
        found |= {f"workload-{zone}": self._beyond(WORKLOAD_TIERS) for zone in self.base.zones}
        return {name: frozenset(Route(cidr, self.found.gateway) for cidr in cidrs) for name, cidrs in found.items()}

    def _beyond(self, tiers: tuple[str, ...]) -> set[str]:
        networks = {cidr for site in self.reached for cidr in self._networks(site)}
        servers = {cidr for cidrs in self.name_servers.values() for cidr in cidrs if tiers == WORKLOAD_TIERS}
        peers = {self.plan.environments[peer].cidr for peer in self.peers if self.matrix.joins(self.environment, tiers, peer)}
        return peers | (networks & {*self.matrix.networks_of(self.environment, tiers), *servers})

    def pending(self) -> list[str]:
        """What the matrix wants and the hub, or another environment, does not have yet."""
        sites = [name for name in self.matrix.sites_of(self.environment) if name not in self.found.site_attachments]
        peers = [name for name in self.matrix.peers_of(self.environment) if name not in self.found.environment_attachments]
        return [f"site {name}: the hub has no connection to it yet" for name in sites] + [
            f"environment {name}: it is not attached to the hub yet" for name in peers
        ]

    def describe(self) -> dict[str, Any]:
        live = {"attachment_id": self.attachment.live, "route_table_id": self.table.live}
        return {"id": self.found.gateway, **{key: each.id if each else None for key, each in live.items()}}
