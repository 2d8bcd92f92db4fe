# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Samples of customer gateways and VPN connections, and what a life of each takes, call by call."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.customer_gateway import CustomerGateway
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.transit_gateway import TransitGateway
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.transit_gateway_vpn_attachment import TransitGatewayVpnAttachment
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.vpn_connection import VpnConnection
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.vpn_tunnel import Tunnel
from ansible_collections.fintech.platform.plugins.module_utils._aws.logs.log_group import LogGroup
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Resource

from .kind_cases import Case
from .kinds import SCOPE, Made, tags

STRONG: dict[str, Any] = {
    **dict.fromkeys(("phase1_encryption", "phase2_encryption"), frozenset({"AES256-GCM-16"})),
    **dict.fromkeys(("phase1_integrity", "phase2_integrity"), frozenset({"SHA2-384", "SHA2-512"})),
    **dict.fromkeys(("phase1_dh_groups", "phase2_dh_groups"), frozenset({20, 21})),
}
CIDRS = ("169.254.64.0/30", "169.254.64.4/30")
BASIS = [TransitGateway, CustomerGateway, LogGroup]  # the kinds that a connection stands on


def a_transit_gateway() -> TransitGateway:
    return TransitGateway(name="main", asn=64512, tags=tags("main"))


def a_customer_gateway(address: str | None = "203.0.113.10", **options: Any) -> CustomerGateway:
    name = f"kyiv-{address}"
    return CustomerGateway(**{"name": name, "address": address, "asn": 65010, "device_name": f"acme-{name}", "tags": tags(name), **options})


def a_log_group() -> LogGroup:
    return LogGroup(name="vpn", scope=SCOPE, retention_days=365, tags=tags("vpn"))


def tunnels(**options: Any) -> tuple[Tunnel, Tunnel]:
    first, second = (Tunnel(inside_cidr=cidr, **{**STRONG, **options}) for cidr in CIDRS)
    return first, second


def a_connection(gateway: Any = None, customer_gateway: Any = None, **options: Any) -> tuple[list[Resource], VpnConnection]:
    """The connection of one site, and what it stands on."""
    gateway, customer_gateway, group = gateway or a_transit_gateway(), customer_gateway or a_customer_gateway(), a_log_group()
    both = tunnels(startup_action="start", log_group=group.group_name)
    options = {"tunnels": both, "logs": group, "static_routes_only": True, "tags": tags("kyiv"), **options}
    connection = VpnConnection(name="kyiv", gateway=gateway, customer_gateway=customer_gateway, **options)
    return [gateway, customer_gateway, group], connection


def customer_gateway(version: int) -> Made:
    return [], a_customer_gateway()


def customer_gateway_with_a_certificate(version: int) -> Made:
    certificate = "arn:aws:acm:eu-central-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
    return [], a_customer_gateway(None, certificate_arn=certificate, asn=4_200_000_000)


def vpn_connection(version: int) -> Made:
    """Version 2 has other options of both tunnels."""
    basis, connection = a_connection()
    if version == 2:
        changed = [replace(tunnel, startup_action="add", log_group=None, phase1_lifetime=14400) for tunnel in connection.tunnels]
        connection.tunnels = (changed[0], changed[1])
    return basis, connection


def vpn_connection_with_one_other_tunnel(version: int) -> Made:
    basis, connection = a_connection(static_routes_only=False)
    if version == 2:
        first, second = connection.tunnels
        connection.tunnels = first, replace(second, phase2_dh_groups=frozenset({21}), bgp_log_group=second.log_group)
    return basis, connection


def vpn_connection_of_another_device(version: int) -> Made:
    """Both devices are there in both versions: the connection moves from one to the other."""
    first, second = a_customer_gateway("203.0.113.10"), a_customer_gateway("203.0.113.20")
    basis, connection = a_connection(customer_gateway=[first, second][version - 1])
    return [*basis, first if version == 2 else second], connection


def vpn_connection_with_selectors(version: int) -> Made:
    return a_connection(local_cidr=["0.0.0.0/0", "192.168.0.0/16"][version - 1])


def transit_gateway_vpn_attachment(version: int) -> Made:
    basis, connection = a_connection()
    return [*basis, connection], TransitGatewayVpnAttachment(name="kyiv", connection=connection, tags=tags("kyiv"))


VPN_CASES = [
    *(
        Case(
            make=make,
            create={"ec2.CreateCustomerGateway": 1},
            reads={"ec2.DescribeCustomerGateways": 1},
            delete={"ec2.DeleteCustomerGateway": 1},
        )
        for make in (customer_gateway, customer_gateway_with_a_certificate)
    ),
    *(
        Case(
            make=make,
            create={"ec2.CreateVpnConnection": 1},
            reads={"ec2.DescribeVpnConnections": 1},
            change=({field}, calls),
            delete={"ec2.DeleteVpnConnection": 1},
        )
        for make, field, calls in (
            (vpn_connection, "tunnels", {"ec2.ModifyVpnTunnelOptions": 2}),
            (vpn_connection_with_one_other_tunnel, "tunnels", {"ec2.ModifyVpnTunnelOptions": 1}),
            (vpn_connection_of_another_device, "customer_gateway", {"ec2.ModifyVpnConnection": 1}),
            (vpn_connection_with_selectors, "local_cidr", {"ec2.ModifyVpnConnectionOptions": 1}),
        )
    ),
    Case(
        make=transit_gateway_vpn_attachment,
        create={"ec2.CreateTags": 1},
        reads={"ec2.DescribeVpnConnections": 1, "ec2.DescribeTransitGatewayAttachments": 1},
    ),
]
