# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hub: the Transit Gateway, and for every site its VPN connection and its route table.

Environments attach themselves and write their own routes, so that the hub needs no change when one is added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from .._aws.ec2.customer_gateway import CustomerGateway
from .._aws.ec2.existing_customer_gateway import ExistingCustomerGateway
from .._aws.ec2.existing_transit_gateway import ExistingTransitGateway
from .._aws.ec2.transit_gateway import TransitGateway
from .._aws.ec2.transit_gateway_attachment import TransitGatewayAttachment
from .._aws.ec2.transit_gateway_return_routes import HUB
from .._aws.ec2.transit_gateway_route_table import TransitGatewayRouteTable
from .._aws.ec2.transit_gateway_routing import TransitGatewayRouting
from .._aws.ec2.transit_gateway_vpn_attachment import TransitGatewayVpnAttachment
from .._aws.ec2.vpn_connection import VpnConnection
from .._aws.logs.log_group import LogGroup
from .._aws.ram.resource_share import ResourceShare
from .._aws.secretsmanager.existing_secret import ExistingSecret
from .._aws.tags import check_tags, ownership
from .._engine.errors import PlanError
from .._engine.resource import Resource, Scope
from .._planning.addresses import plan_addresses
from .._planning.connections import check_connections, placeholders
from .._planning.topology import Hub as HubTopology
from .._planning.topology import Topology
from .._planning.tunnels import tunnel_plans
from .stack import Declaration, Stack, read_matrix, refuse_protected, scope_of
from .transit_sites import Hub, SiteLink

KINDS: tuple[type[Resource], ...] = (
    TransitGateway, ExistingTransitGateway, ResourceShare, TransitGatewayRouteTable, TransitGatewayRouting, LogGroup, CustomerGateway,
    ExistingCustomerGateway, ExistingSecret, VpnConnection, TransitGatewayVpnAttachment, TransitGatewayAttachment,
)  # fmt: skip


def build(parameters: Mapping[str, Any], region: str) -> Declaration:
    """The declaration of the hub. Raises ``PlanError`` for bad input, before any call."""
    if parameters["state"] == "absent":
        refuse_protected(parameters)
    check_tags(parameters["tags"])
    topology = Topology.from_mapping(parameters)
    declared = _declared_hub(topology, parameters, region)
    today = datetime.now(tz=UTC).date()
    if parameters["state"] == "present":
        check_connections(topology, today)
    addresses, matrix, tunnels = plan_addresses(topology), read_matrix(topology, parameters, today), tunnel_plans(topology)
    scope = scope_of(parameters, "transit_network")
    gateway = _gateway(declared, scope, parameters["tags"])
    hub = Hub(
        scope=scope, topology=topology, gateway=gateway, logs=_logs(parameters, scope), tags=parameters["tags"], today=today,
        interruption=parameters["tunnel_interruption"],
    )  # fmt: skip
    examples = placeholders(topology)
    links = [SiteLink(hub, site, site.vpn, tunnels[site.name]) for site in topology.sites if site.vpn]

    def describe() -> dict[str, Any]:
        reached = {link.site.name: matrix.environments_of(link.site.name) for link in links}
        return {
            "transit_gateway": {"id": gateway.live.id if gateway.live else None, "owned": isinstance(gateway, TransitGateway)},
            "connections": [link.describe([addresses.environments[name].cidr for name in reached[link.site.name]]) for link in links],
            "tunnel_metrics": [metric for link in links for metric in link.metrics()],
            "expired": [asdict(entry) for entry in matrix.expired],
            "warnings": [f"The gateway addresses of {', '.join(examples)} are examples: change them in platform_sites."] if examples else [],
        }

    shares = _shares(declared, gateway, scope, parameters["tags"])
    sites = [each for link in links for each in link.resources()]
    return Declaration(scope=scope, resources=[gateway, *shares, *([hub.logs] if links else []), *sites], describe=describe)


def _declared_hub(topology: Topology, parameters: Mapping[str, Any], region: str) -> HubTopology:
    """The hub of the topology. Raises ``PlanError`` where it is none, or another one than this host."""
    hub, name = topology.hub, parameters["environment"]
    if hub is None:
        raise PlanError("platform_hub is not set, so there is no hub to build. Say in which account it is: platform_hub: {account_id: ...}.")
    if name != HUB:
        raise PlanError(f"The hub's inventory host is named '{name}', but environments look for '{HUB}'. Name the host {HUB}.")
    if hub.account_id != parameters["account_id"]:
        raise PlanError(
            f"platform_hub.account_id is {hub.account_id}, but the host {name} has platform_account_id {parameters['account_id']}. "
            "Both name the account of the Transit Gateway: make them equal."
        )
    if hub.region and hub.region != region:
        raise PlanError(f"platform_hub.region is {hub.region}, but the host {name} has platform_region {region}. Make them equal.")
    return hub


def _gateway(hub: HubTopology, scope: Scope, tags: Mapping[str, str]) -> TransitGateway | ExistingTransitGateway:
    if hub.transit_gateway_id:
        return ExistingTransitGateway(name=hub.transit_gateway_id)
    return TransitGateway(name="main", asn=hub.asn, tags={**tags, **ownership(scope, "main")})


def _shares(hub: HubTopology, gateway: TransitGateway | ExistingTransitGateway, scope: Scope, tags: Mapping[str, str]) -> list[ResourceShare]:
    """One, where environments live in other accounts. How an adopted gateway is shared is its owner's business."""
    if not hub.share_with or not isinstance(gateway, TransitGateway):
        return []
    principals = frozenset(hub.share_with)
    return [ResourceShare(name="main", resources=frozenset({gateway}), principals=principals, tags={**tags, **ownership(scope, "main")})]


def _logs(parameters: Mapping[str, Any], scope: Scope) -> LogGroup:
    asked, name = parameters["tunnel_logs"], "vpn-tunnels"
    tags = {**parameters["tags"], **ownership(scope, name)}
    return LogGroup(name=name, scope=scope, retention_days=asked["retention_days"], kms_key=asked["kms_key_arn"], tags=tags)


TRANSIT_NETWORK = Stack(name="transit_network", kinds=KINDS, build=build)
