# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters of the network: network ACLs, security groups and their rules, and the prefix lists that rules name."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from .._aws.ec2.aws_prefix_list import AwsPrefixList
from .._aws.ec2.managed_prefix_list import ManagedPrefixList, PrefixListEntry
from .._aws.ec2.network_acl import DEFAULT, Entry, NetworkAcl
from .._aws.ec2.security_group import SecurityGroup
from .._aws.ec2.security_group_rules import SecurityGroupRules
from .._aws.ec2.subnet import Subnet
from .._engine.resource import Resource
from .._planning.access import AccessMatrix
from .._planning.addresses import AddressPlan
from .._planning.internet import internet
from .network_access import INTERNET, WORKLOAD_TIERS, Flow, acl_entries, builtin_flows, declared_flows, group_rules, matrix_flows
from .network_foundation import Foundation
from .network_names import resolver_flows

GROUPS = {
    "nodes": "Kubernetes nodes and pods",
    "load_balancers": "Internal load balancers",
    "edge": "Public load balancers",
    "endpoints": "Interface endpoints",
    "cluster_api": "Kubernetes API",
    "search": "OpenSearch",
}
RESOLVER = {"resolver": "Route 53 Resolver endpoints"}


class Filters:
    def __init__(self, base: Foundation, matrix: AccessMatrix, plan: AddressPlan) -> None:
        self.base, self.matrix, self.plan = base, matrix, plan

    def resources(self) -> list[Resource]:
        named = (self.groups, self.prefix_lists, self.internet, self.service_lists)
        return [*self.acls, *(each for resources in named for each in resources.values()), *self.rules()]

    @cached_property
    def flows(self) -> list[Flow]:
        ingress, services = self.base.p["internet_ingress"], self.base.p["gateway_endpoints"]
        builtin = builtin_flows(egress=self.base.egress != "none", ingress=ingress, services=services)
        found = [*builtin, *declared_flows(self.base.p["rules"], self.prefix_lists)]
        environment = self.base.scope.environment
        found += matrix_flows(self.matrix, self.plan, environment)
        return [*found, *resolver_flows(self.base.p["resolver"], self.base.topology, self.matrix, environment)]

    @cached_property
    def acls(self) -> list[NetworkAcl]:
        cidrs = {f"{site.name}.{network.name}": network.cidrs for site in self.base.topology.sites for network in site.networks}
        cidrs |= {f"aws.{service}": (INTERNET,) for service in self.base.p["gateway_endpoints"]}
        edge = frozenset({"edge", "workload"}) if self.base.egress == "zonal" else frozenset({"edge"})  # the NAT gateways' way out
        outward = [flow for flow in self.flows if flow.source == "edge" or flow.target == "edge" or "/" in flow.target]
        acls = [
            NetworkAcl(name=DEFAULT, vpc=self.base.vpc, tags=self.base.tags(DEFAULT)),
            self._acl("workload", self.base.of("workload", "pods"), acl_entries("workload", WORKLOAD_TIERS, self.flows, self.base.inside, cidrs)),
            self._acl("edge", self.base.of("edge"), acl_entries("edge", edge, outward, self.base.inside, cidrs)),
        ]
        if self.base.of("transit"):
            open_entries = frozenset(Entry(direction, 100, "all", INTERNET) for direction in ("ingress", "egress"))
            acls.append(self._acl("transit", self.base.of("transit"), open_entries))
        return acls

    def _acl(self, name: str, members: frozenset[Subnet], entries: frozenset[Entry]) -> NetworkAcl:
        return NetworkAcl(
            name=name, vpc=self.base.vpc, entries=entries, subnets=members, all_subnets=self.base.all_subnets, tags=self.base.tags(name)
        )

    @cached_property
    def groups(self) -> dict[str, SecurityGroup]:
        prefix = f"{self.base.scope.platform}-{self.base.scope.environment}"
        groups = {
            name: SecurityGroup(name=name, vpc=self.base.vpc, group_name=f"{prefix}-{name}", description=description, tags=self.base.tags(name))
            for name, description in {**GROUPS, **(RESOLVER if any(self.base.p["resolver"].values()) else {})}.items()
        }
        default = SecurityGroup(
            name=DEFAULT, vpc=self.base.vpc, group_name=DEFAULT, description="default VPC security group", tags=self.base.tags(DEFAULT)
        )
        return {DEFAULT: default, **groups}

    def rules(self) -> list[SecurityGroupRules]:
        """Of the default group too: it has none, so that nothing works by accident."""
        peers = {**self.prefix_lists, **self.internet, **{f"aws.{name}": each for name, each in self.service_lists.items()}}
        flows = [replace(flow, target="internet") if flow.target == INTERNET else flow for flow in self.flows]
        rules = group_rules(flows, self.groups, peers)
        return [SecurityGroupRules(name=name, group=group, rules=rules[name]) for name, group in self.groups.items()]

    @cached_property
    def prefix_lists(self) -> dict[str, ManagedPrefixList]:
        return {name: self._prefix_list(name, cidrs) for name, cidrs in self.base.topology.site_networks().items()}

    @cached_property
    def internet(self) -> dict[str, ManagedPrefixList]:
        """What rules say for 0.0.0.0/0 where a flow leads there: with the sites' ranges in it, they would open the way to these too."""
        wanted = any(flow.target == INTERNET for flow in self.flows)
        return {"internet": self._prefix_list("internet", internet(self.base.topology))} if wanted else {}

    def _prefix_list(self, name: str, cidrs: tuple[str, ...]) -> ManagedPrefixList:
        return ManagedPrefixList(
            name=name,
            list_name=f"{self.base.scope.platform}-{self.base.scope.environment}-{name}",
            max_entries=len(cidrs),
            entries=frozenset(PrefixListEntry(cidr, name) for cidr in cidrs),
            tags=self.base.tags(name),
        )

    @cached_property
    def service_lists(self) -> dict[str, AwsPrefixList]:
        return {name: AwsPrefixList(name=name) for name in self.base.p["gateway_endpoints"]}
