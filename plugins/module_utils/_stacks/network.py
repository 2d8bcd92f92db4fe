# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network of an environment: an isolated VPC with its tiers, filters, endpoints and logs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from .._aws import waiters
from .._aws.ec2.aws_prefix_list import AwsPrefixList
from .._aws.ec2.dhcp_options import DhcpOptions
from .._aws.ec2.elastic_ip import ElasticIp
from .._aws.ec2.flow_log import FlowLog
from .._aws.ec2.internet_gateway import InternetGateway
from .._aws.ec2.managed_prefix_list import ManagedPrefixList
from .._aws.ec2.nat_gateway import NatGateway
from .._aws.ec2.network_acl import NetworkAcl
from .._aws.ec2.route_table import RouteTable
from .._aws.ec2.routes import Routes
from .._aws.ec2.security_group import SecurityGroup
from .._aws.ec2.security_group_rules import SecurityGroupRules
from .._aws.ec2.subnet import Subnet
from .._aws.ec2.transit_gateway_return_routes import TransitGatewayReturnRoutes
from .._aws.ec2.transit_gateway_route_table import TransitGatewayRouteTable
from .._aws.ec2.transit_gateway_routing import TransitGatewayRouting
from .._aws.ec2.transit_gateway_vpc_attachment import TransitGatewayVpcAttachment
from .._aws.ec2.vpc import Vpc
from .._aws.ec2.vpc_endpoint import VpcEndpoint
from .._aws.ec2.vpc_peering_connection import VpcPeeringConnection
from .._aws.iam.role import Role
from .._aws.logs.log_group import LogGroup
from .._aws.ram.shared_transit_gateway import SharedTransitGateway
from .._aws.route53resolver.resolver_endpoint import ResolverEndpoint
from .._aws.route53resolver.resolver_rule import ResolverRule
from .._aws.route53resolver.resolver_rule_association import ResolverRuleAssociation
from .._aws.tags import check_tags
from .._engine.errors import PlanError
from .._engine.resource import Live, Resource, Scope
from .._planning.access import AccessMatrix, refuse_hidden_pods
from .._planning.addresses import AddressPlan, EnvironmentPlan, environment_plan, plan_addresses
from .._planning.capacity import Demand, check_capacity
from .._planning.live import LiveNetwork, check_live
from .._planning.topology import Hub, Topology
from .network_access import refuse_other_environments
from .network_filters import Filters
from .network_foundation import Foundation
from .network_hub import FoundHub, HubSide, find_hub
from .network_names import Names
from .network_people import People
from .network_services import Services
from .stack import Declaration, Stack, read_matrix, refuse_protected

KINDS: tuple[type[Resource], ...] = (
    DhcpOptions, Vpc, Subnet, InternetGateway, ElasticIp, NatGateway, RouteTable, Routes, NetworkAcl, AwsPrefixList, ManagedPrefixList,
    SecurityGroup, SecurityGroupRules, VpcEndpoint, LogGroup, Role, FlowLog, TransitGatewayVpcAttachment, TransitGatewayRouteTable,
    TransitGatewayRouting, TransitGatewayReturnRoutes, SharedTransitGateway, ResolverEndpoint, ResolverRule, ResolverRuleAssociation,
    VpcPeeringConnection,
)  # fmt: skip


def build(parameters: Mapping[str, Any], region: str) -> Declaration:
    """The declaration of an environment's network. Raises ``PlanError`` for bad input, before any call."""
    if parameters["state"] == "absent":
        refuse_protected(parameters)
    check_tags(parameters["tags"])
    topology = Topology.from_mapping(parameters)
    plan = plan_addresses(topology)
    matrix = read_matrix(topology, parameters, datetime.now(tz=UTC).date())
    base = Foundation(parameters, region, topology, environment_plan(plan, parameters["environment"]))
    refuse_hidden_pods(matrix, base.scope.environment, own_pods=base.own_pods)
    declared = _declare(base, plan, matrix, None)
    refuse_other_environments(parameters["rules"], plan, base.scope.environment)
    if topology.hub:
        _refuse_out_of_reach(topology.hub, parameters, region)
        declared.complete = lambda place: _declare(base, plan, matrix, find_hub(place, topology))
    return declared


def _refuse_out_of_reach(hub: Hub, parameters: Mapping[str, Any], region: str) -> None:
    name = parameters["environment"]
    if hub.region not in (None, region):
        raise PlanError(
            f"platform_hub.region is {hub.region}, but {name} is in {region}: a Transit Gateway joins VPCs of its own region only. Make them equal."
        )
    if hub.account_id != parameters["account_id"] and f"::{hub.account_id}:" not in (hub.role or ""):
        raise PlanError(
            f"platform_hub.account_id is {hub.account_id}, but {name} is in account {parameters['account_id']}, so it needs a role in the hub's account "
            f"to attach itself{f', which {hub.role} is not' if hub.role else ''}. Name its ARN: platform_hub.role."
        )


def _declare(base: Foundation, plan: AddressPlan, matrix: AccessMatrix, found: FoundHub | None) -> Declaration:
    capacity = {} if base.p["state"] == "absent" else _capacity(base.p, base.plan)
    filters = Filters(base, matrix, plan)
    services, people, names = Services(base, filters), People(base, matrix), Names(base, filters, matrix)
    hub = HubSide(base, matrix, plan, found) if found else None
    routes = base.routes(hub.routes(), hub.attachment) if hub else base.routes({}, None)
    parts = (
        base.resources(),
        routes,
        filters.resources(),
        services.resources(),
        people.resources(),
        names.resources(),
        hub.resources() if hub else [],
    )

    def verify(live: Mapping[type[Resource], Any]) -> None:
        check_live(plan, _live_networks(live, base.scope, plan))
        if base.topology.hub and not found:
            ours = [each for each in live.get(TransitGatewayVpcAttachment, ()) if each.scope == base.scope]
            _refuse_lost_hub(base.topology.hub, [each for each in ours if waiters.TRANSIT_GATEWAY_VPC_ATTACHMENT.is_live(each)])

    return Declaration(
        scope=base.scope,
        resources=[resource for part in parts for resource in part],
        verify=verify,
        describe=lambda: {
            "addresses": base.plan.to_dict(),
            "capacity": capacity,
            "expired": [asdict(entry) for entry in matrix.expired],
            "resolver": names.describe(),
            **_describe(base, filters, hub),
        },
    )


def _refuse_lost_hub(hub: Hub, attached: list[Live]) -> None:
    """A hub that is not to be seen would cost an attached environment its routes. AWS keeps one as long as anybody is attached."""
    for each in attached:
        raise PlanError(
            f"{each.id} attaches this network to {each.values['gateway']}, but account {hub.account_id} shows no Transit Gateway with the hub's tags. "
            "Correct platform_hub, or run the hub, which says what is wrong with the gateway's tags."
        )


def _capacity(parameters: Mapping[str, Any], plan: EnvironmentPlan) -> dict[str, Any]:
    demand = Demand(
        **parameters["capacity"],
        interface_endpoints=len(parameters["interface_endpoints"]) + sum(parameters["resolver"].values()),
        zonal_nat=parameters["internet_egress"] == "zonal",
        pod_addressing=parameters["pod_addressing"],
    )
    return check_capacity(plan, demand).to_dict()


def _live_networks(live: Mapping[type[Resource], Any], scope: Scope, plan: AddressPlan) -> dict[str, LiveNetwork]:
    """The platform's VPCs by environment. The pod range is the planned one, if the VPC has it: others beside it are drift."""
    subnets: dict[str, dict[str, str]] = {}
    for subnet in live.get(Subnet, ()):
        if subnet.name:
            subnets.setdefault(subnet.within, {})[subnet.name] = subnet.values["cidr"]

    def pods(environment: str, secondary: frozenset[str]) -> str | None:
        planned = plan.environments.get(environment)
        return planned.pod_cidr if planned and planned.pod_cidr in secondary else next(iter(sorted(secondary)), None)

    ours = [(vpc, vpc.scope.environment) for vpc in live[Vpc] if vpc.scope and replace(vpc.scope, environment=scope.environment) == scope]
    return {name: LiveNetwork(vpc.id, vpc.values["cidr"], pods(name, vpc.values["secondary_cidrs"]), subnets.get(vpc.id, {})) for vpc, name in ours}


def _describe(base: Foundation, filters: Filters, hub: HubSide | None) -> dict[str, Any]:
    """What the module returns of the network; ids are None for what is only planned."""

    def ids(resources: Mapping[str, Resource]) -> dict[str, str | None]:
        return {name: each.live.id if each.live else None for name, each in resources.items()}

    found = ids(base.subnets)
    return {
        "flows": [flow.to_dict() for flow in filters.flows],
        "network": {
            "vpc_id": base.vpc.live.id if base.vpc.live else None,
            "subnets": {name: {"id": found[name], "cidr": each.cidr, "zone": each.zone} for name, each in base.subnets.items()},
            "route_tables": ids(base.route_tables),
            "security_groups": ids(filters.groups),
            "prefix_lists": ids(filters.prefix_lists),
        },
        "transit_gateway": hub.describe() if hub else None,
        "pending": hub.pending() if hub else ["transit_gateway_attachment: there is no hub yet"] if base.topology.hub else [],
    }


NETWORK = Stack(name="network", kinds=KINDS, build=build)
