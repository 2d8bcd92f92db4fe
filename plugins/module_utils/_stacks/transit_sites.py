# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hub has for one site: its customer gateway, its VPN connection with two tunnels, and its route table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from .._aws.ec2.customer_gateway import CustomerGateway
from .._aws.ec2.existing_customer_gateway import ExistingCustomerGateway
from .._aws.ec2.existing_transit_gateway import ExistingTransitGateway
from .._aws.ec2.pre_shared_keys import PreSharedKeys
from .._aws.ec2.transit_gateway import TransitGateway
from .._aws.ec2.transit_gateway_return_routes import SITE
from .._aws.ec2.transit_gateway_route_table import TransitGatewayRouteTable
from .._aws.ec2.transit_gateway_routing import TransitGatewayRouting
from .._aws.ec2.transit_gateway_vpn_attachment import TransitGatewayVpnAttachment
from .._aws.ec2.transit_routes import TransitRoute
from .._aws.ec2.vpn_connection import VpnConnection
from .._aws.ec2.vpn_tunnel import Tunnel
from .._aws.logs.log_group import LogGroup
from .._aws.secretsmanager.existing_secret import ExistingSecret
from .._aws.tags import ownership
from .._engine.resource import Resource, Scope
from .._planning.topology import Site, SiteVpn, Topology
from .._planning.tunnels import Proposals, TunnelPlan, proposals


@dataclass(frozen=True, kw_only=True)
class Hub:
    """What all sites of the hub share."""

    scope: Scope
    topology: Topology
    gateway: TransitGateway | ExistingTransitGateway
    logs: LogGroup
    tags: Mapping[str, str]
    today: date
    interruption: bool

    def tagged(self, name: str) -> dict[str, str]:
        return {**self.tags, **ownership(self.scope, name)}


class SiteLink:
    def __init__(self, hub: Hub, site: Site, vpn: SiteVpn, plan: TunnelPlan) -> None:
        self.hub, self.site, self.vpn, self.plan = hub, site, vpn, plan

    def resources(self) -> list[Resource]:
        return [self.customer_gateway, *self.secrets, self.connection, self.attachment, self.table, self.routing]

    @property
    def agreed(self) -> Proposals:
        return proposals(self.vpn, self.hub.today)

    @cached_property
    def customer_gateway(self) -> CustomerGateway | ExistingCustomerGateway:
        """Named after its address as well: AWS changes none, so that another address makes another one for the connection to move to."""
        if self.vpn.customer_gateway_id:
            return ExistingCustomerGateway(name=self.vpn.customer_gateway_id)
        what = self.vpn.gateway_address or (self.vpn.certificate_arn or "").rpartition("/")[2]
        name = f"{self.site.name}-{what}-{self.vpn.bgp_asn}"
        return CustomerGateway(
            name=name,
            asn=self.vpn.bgp_asn,
            address=self.vpn.gateway_address,
            certificate_arn=self.vpn.certificate_arn,
            device_name=f"{self.hub.scope.platform}-{self.site.name}",
            tags=self.hub.tagged(name),
        )

    @cached_property
    def secrets(self) -> tuple[ExistingSecret, ...]:
        return tuple(ExistingSecret(name=name) for name in self.vpn.pre_shared_key_secrets)

    @cached_property
    def connection(self) -> VpnConnection:
        first, second = self.plan.inside_cidrs
        return VpnConnection(
            name=self.site.name,
            customer_gateway=self.customer_gateway,
            gateway=self.hub.gateway,
            static_routes_only=self.vpn.routing == "static",
            tunnels=(self._tunnel(first), self._tunnel(second)),
            logs=self.hub.logs,
            pre_shared_keys=PreSharedKeys(*self.secrets) if self.secrets else None,
            interruption=self.hub.interruption,
            tags=self.hub.tagged(self.site.name),
        )

    def _tunnel(self, inside_cidr: str) -> Tunnel:
        agreed = self.agreed
        encryption, integrity, groups = frozenset(agreed.encryption), frozenset(agreed.integrity), frozenset(agreed.dh_groups)
        return Tunnel(
            inside_cidr=inside_cidr,
            phase1_encryption=encryption,
            phase1_integrity=integrity,
            phase1_dh_groups=groups,
            phase2_encryption=encryption,
            phase2_integrity=integrity,
            phase2_dh_groups=groups,
            phase1_lifetime=agreed.phase1_lifetime,
            phase2_lifetime=agreed.phase2_lifetime,
            dpd_timeout=agreed.dpd_timeout,
            startup_action=self.vpn.startup,
            log_group=self.hub.logs.group_name,
            bgp_log_group=self.hub.logs.group_name if self.vpn.routing == "bgp" else None,
        )

    @cached_property
    def attachment(self) -> TransitGatewayVpnAttachment:
        return TransitGatewayVpnAttachment(name=self.site.name, connection=self.connection, tags=self.hub.tagged(self.site.name))

    @cached_property
    def table(self) -> TransitGatewayRouteTable:
        name = SITE + self.site.name
        return TransitGatewayRouteTable(name=name, gateway=self.hub.gateway, tags=self.hub.tagged(name))

    @cached_property
    def routing(self) -> TransitGatewayRouting:
        """Blackholes for all environments: each that the site may reach adds its own, narrower route."""
        blackholes = frozenset(TransitRoute(supernet.cidr, None) for supernet in self.hub.topology.supernets)
        return TransitGatewayRouting(
            name=self.table.name, table=self.table, routes=blackholes, associations=frozenset({self.attachment}), shared=True
        )

    def describe(self, platform_networks: list[str]) -> dict[str, Any]:
        """The connection as the far side needs to know it; without what is only known after apply, and without secrets."""
        vpn, live, found = self.vpn, self.connection.live, self.customer_gateway.live
        declared = {"address": vpn.gateway_address, "certificate_arn": vpn.certificate_arn, "asn": vpn.bgp_asn}
        gateway = found.values if found else declared  # of an adopted one the topology has the id alone
        return {
            "platform": self.hub.scope.platform,
            "site": self.site.name,
            "type": self.site.type,
            "device": vpn.device,
            "routing": vpn.routing,
            "vpn_connection_id": live.id if live else None,
            "gateway_address": gateway["address"],
            "certificate": gateway["certificate_arn"] is not None,
            "gateway_networks": sorted(cidr for network in self.site.networks for cidr in network.cidrs),
            "platform_networks": platform_networks,
            "bgp": {"gateway_asn": gateway["asn"], "platform_asn": self._platform_asn()} if vpn.routing == "bgp" else None,
            "tunnels": [self._described(index) for index in (0, 1)],
        }

    def metrics(self) -> list[dict[str, Any]]:
        """What CloudWatch says of each tunnel's state, for alarms: 1 is up. None of a tunnel that is only planned.

        Source: Site-to-Site VPN user guide, "Monitor VPN tunnels using Amazon CloudWatch".
        """
        live = self.connection.live
        addresses = [live.detail.addresses.get(cidr) for cidr in self.plan.inside_cidrs] if live else []
        return [
            {
                "site": self.site.name,
                "namespace": "AWS/VPN",
                "metric": "TunnelState",
                "dimensions": {"VpnId": self.connection.id, "TunnelIpAddress": address},
            }
            for address in addresses
            if address
        ]

    def _platform_asn(self) -> int:
        """An adopted gateway has its own."""
        live = self.hub.gateway.live
        hub = self.hub.topology.hub
        return int(live.values["asn"]) if live else hub.asn if hub else 0

    def _described(self, index: int) -> dict[str, Any]:
        tunnel, agreed = self.connection.tunnels[index], self.agreed
        ends = self.connection.live.detail if self.connection.live else None
        phase = {"encryption": list(agreed.encryption), "integrity": list(agreed.integrity), "dh_groups": list(agreed.dh_groups)}
        address = ends.addresses.get(tunnel.inside_cidr) if ends else None
        return {
            "outside_address": address,
            "up": address in ends.up if ends else False,
            "inside_cidr": tunnel.inside_cidr,
            "platform_address": self.plan.aws_addresses[index],
            "gateway_address_inside": self.plan.gateway_addresses[index],
            "pre_shared_key_arn": self._key_arn(index),
            "ike": {"version": 2, **phase, "lifetime_seconds": tunnel.phase1_lifetime},
            "esp": {**phase, "lifetime_seconds": tunnel.phase2_lifetime},
            "dpd": {"timeout_seconds": tunnel.dpd_timeout, "action": tunnel.dpd_action},
            "startup_action": tunnel.startup_action,
        }

    def _key_arn(self, index: int) -> str | None:
        """Where the key is kept: in the site's own secret, or in the one that AWS made."""
        if self.secrets:
            own = self.secrets[index].live
            return own.detail if own else None
        return self.connection.live.detail.pre_shared_key_arn if self.connection.live else None
