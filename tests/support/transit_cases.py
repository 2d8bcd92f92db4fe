# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Samples of Transit Gateways and what is attached to them, and what a life of each takes, call by call."""

from __future__ import annotations

from typing import Any

from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.subnet import Subnet
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.transit_gateway import TransitGateway
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.transit_gateway_route_table import TransitGatewayRouteTable
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.transit_gateway_routing import TransitGatewayRouting
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.transit_gateway_vpc_attachment import TransitGatewayVpcAttachment
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.transit_routes import TransitRoute
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.vpc import Vpc
from ansible_collections.fintech.platform.plugins.module_utils._aws.tags import ownership
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Resource, Scope

from .kind_cases import Case
from .kinds import SCOPE, Made, a_vpc, subnets, tags

VERBS = ("Create", "Replace", "Delete")


def a_transit_gateway(**options: Any) -> TransitGateway:
    return TransitGateway(name="main", asn=64512, tags=tags("main"), **options)


def an_attachment(gateway: Any, vpc: Vpc, members: list[Subnet], **options: Any) -> TransitGatewayVpcAttachment:
    values = {"name": vpc.name, "vpc": vpc, "gateway": gateway, "subnets": frozenset(members), "tags": tags(vpc.name)}
    return TransitGatewayVpcAttachment(**{**values, **options})


def a_table(gateway: Any, name: str = "dev") -> TransitGatewayRouteTable:
    return TransitGatewayRouteTable(name=name, gateway=gateway, tags=tags(name))


def two_attachments(gateway: Any) -> tuple[list[Resource], list[TransitGatewayVpcAttachment]]:
    """The attachments of two VPCs, and what they stand on, the gateway apart."""
    one, other = a_vpc(), a_vpc(name="other", cidr="10.65.0.0/23", tags=tags("other"))
    [first, *_rest] = subnets(one)
    second = Subnet(name="other", vpc=other, cidr="10.65.0.0/27", zone="euc1-az1", zone_slot=0, tags=tags("other"))
    return [one, other, first, second], [an_attachment(gateway, one, [first]), an_attachment(gateway, other, [second])]


def transit_gateway(version: int) -> Made:
    return [], a_transit_gateway(auto_accept=version == 2, security_group_referencing=version == 2, vpn_ecmp=version == 1)


def transit_gateway_route_table(version: int) -> Made:
    gateway = a_transit_gateway()
    return [gateway], a_table(gateway)


def transit_gateway_vpc_attachment(version: int) -> Made:
    gateway, main = a_transit_gateway(), a_vpc()
    places = subnets(main)
    return [gateway, main, *places], an_attachment(gateway, main, places[version - 1 : version + 1], appliance_mode=version == 2)


def transit_gateway_routing(version: int) -> Made:
    """Version 2 moves a route, removes one and adds one, and the other attachment takes the place of the one."""
    gateway = a_transit_gateway()
    basis, [one, other] = two_attachments(gateway)
    table = a_table(gateway)
    routes = {
        1: {TransitRoute("192.168.10.0/24", one), TransitRoute("192.168.20.0/24", one), TransitRoute("10.64.0.0/16", None)},
        2: {TransitRoute("192.168.10.0/24", other), TransitRoute("192.168.30.0/24", None), TransitRoute("10.64.0.0/16", None)},
    }
    chosen = frozenset({one if version == 1 else other})
    routing = TransitGatewayRouting(name="dev", table=table, routes=frozenset(routes[version]), propagations=chosen, associations=chosen)
    return [gateway, *basis, one, other, table], routing


def empty_transit_gateway_routing(version: int) -> Made:
    gateway = a_transit_gateway()
    table = a_table(gateway)
    routes = frozenset({TransitRoute("10.64.0.0/16", None)} if version == 2 else set())
    return [gateway, table], TransitGatewayRouting(name="dev", table=table, routes=routes)


HUB = Scope(platform=SCOPE.platform, environment="hub", stack="transit_network")


def a_site_table(gateway: Any, site: str = "kyiv") -> TransitGatewayRouteTable:
    """The hub's."""
    name = f"site-{site}"
    return TransitGatewayRouteTable(name=name, gateway=gateway, tags=ownership(HUB, name))


TRANSIT_CASES = [
    Case(
        make=transit_gateway,
        create={"ec2.CreateTransitGateway": 1},
        reads={"ec2.DescribeTransitGateways": 1},
        change=({"auto_accept", "security_group_referencing", "vpn_ecmp"}, {"ec2.ModifyTransitGateway": 1}),
        delete={"ec2.DeleteTransitGateway": 1},
    ),
    Case(
        make=transit_gateway_route_table,
        create={"ec2.CreateTransitGatewayRouteTable": 1},
        reads={"ec2.DescribeTransitGatewayRouteTables": 1},
        delete={"ec2.DeleteTransitGatewayRouteTable": 1},
    ),
    Case(
        make=transit_gateway_vpc_attachment,
        create={"ec2.CreateTransitGatewayVpcAttachment": 1},
        reads={"ec2.DescribeTransitGatewayVpcAttachments": 1},
        change=({"subnets", "appliance_mode"}, {"ec2.ModifyTransitGatewayVpcAttachment": 1}),
        delete={"ec2.DeleteTransitGatewayVpcAttachment": 1},
    ),
    Case(
        make=transit_gateway_routing,
        create={
            "ec2.CreateTransitGatewayRoute": 3,
            "ec2.EnableTransitGatewayRouteTablePropagation": 1,
            "ec2.AssociateTransitGatewayRouteTable": 1,
        },
        reads={
            "ec2.DescribeTransitGatewayRouteTables": 1,
            "ec2.DescribeTransitGatewayAttachments": 1,
            "ec2.SearchTransitGatewayRoutes": 1,
            "ec2.GetTransitGatewayRouteTablePropagations": 1,
        },
        change=(
            {"routes", "propagations", "associations"},
            {
                **{f"ec2.{verb}TransitGatewayRoute": 1 for verb in VERBS},
                **{f"ec2.{verb}TransitGatewayRouteTablePropagation": 1 for verb in ("Enable", "Disable")},
                **{f"ec2.{verb}TransitGatewayRouteTable": 1 for verb in ("Associate", "Disassociate")},
            },
        ),
    ),
    Case(
        make=empty_transit_gateway_routing,
        create={},
        reads={
            "ec2.DescribeTransitGatewayRouteTables": 1,
            "ec2.DescribeTransitGatewayAttachments": 1,
            "ec2.SearchTransitGatewayRoutes": 1,
            "ec2.GetTransitGatewayRouteTablePropagations": 1,
        },
        change=({"routes"}, {"ec2.CreateTransitGatewayRoute": 1}),
    ),
]
