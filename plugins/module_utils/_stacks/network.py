# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network of an environment: an isolated VPC with its tiers, filters, endpoints and logs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .._aws.ec2.aws_prefix_list import AwsPrefixList
from .._aws.ec2.dhcp_options import DhcpOptions
from .._aws.ec2.elastic_ip import ElasticIp
from .._aws.ec2.flow_log import FlowLog
from .._aws.ec2.internet_gateway import InternetGateway
from .._aws.ec2.managed_prefix_list import ManagedPrefixList
from .._aws.ec2.nat_gateway import NatGateway
from .._aws.ec2.network_acl import NetworkAcl
from .._aws.ec2.route_table import RouteTable
from .._aws.ec2.security_group import SecurityGroup
from .._aws.ec2.security_group_rules import SecurityGroupRules
from .._aws.ec2.subnet import Subnet
from .._aws.ec2.vpc import Vpc
from .._aws.ec2.vpc_endpoint import VpcEndpoint
from .._aws.iam.role import Role
from .._aws.logs.log_group import LogGroup
from .._aws.tags import check_tags
from .._engine.resource import Resource, Scope
from .._planning.addresses import AddressPlan, EnvironmentPlan, environment_plan, plan_addresses
from .._planning.capacity import Demand, check_capacity
from .._planning.live import LiveNetwork, check_live
from .._planning.topology import Topology
from .network_filters import Filters
from .network_foundation import Foundation
from .network_services import Services
from .stack import Declaration, Stack, refuse_protected

KINDS: tuple[type[Resource], ...] = (
    DhcpOptions, Vpc, Subnet, InternetGateway, ElasticIp, NatGateway, RouteTable, NetworkAcl, AwsPrefixList, ManagedPrefixList,
    SecurityGroup, SecurityGroupRules, VpcEndpoint, LogGroup, Role, FlowLog,
)  # fmt: skip


def build(parameters: Mapping[str, Any], region: str) -> Declaration:
    """The declaration of an environment's network. Raises ``PlanError`` for bad input, before any call."""
    if parameters["state"] == "absent":
        refuse_protected(parameters)
    check_tags(parameters["tags"])
    topology = Topology.from_mapping(parameters)
    plan = plan_addresses(topology)
    own = environment_plan(plan, parameters["environment"])
    capacity = {} if parameters["state"] == "absent" else _capacity(parameters, own)
    base = Foundation(parameters, region, topology, own)
    filters = Filters(base)
    services = Services(base, filters)
    return Declaration(
        scope=base.scope,
        resources=[*base.resources(), *filters.resources(), *services.resources()],
        verify=lambda live: check_live(plan, _live_networks(live, base.scope, plan)),
        describe=lambda: {"addresses": own.to_dict(), "capacity": capacity, **_describe(base, filters)},
    )


def _capacity(parameters: Mapping[str, Any], plan: EnvironmentPlan) -> dict[str, Any]:
    demand = Demand(
        **parameters["capacity"],
        interface_endpoints=len(parameters["interface_endpoints"]),
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


def _describe(base: Foundation, filters: Filters) -> dict[str, Any]:
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
        "pending": ["transit_gateway_attachment: there is no hub yet"],
    }


NETWORK = Stack(name="network", kinds=KINDS, build=build)
