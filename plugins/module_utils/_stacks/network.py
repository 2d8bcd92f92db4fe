# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network of an environment: an isolated VPC with its tiers, filters, endpoints and logs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from .._aws.ec2.aws_prefix_list import AwsPrefixList
from .._aws.ec2.dhcp_options import DhcpOptions
from .._aws.ec2.elastic_ip import ElasticIp
from .._aws.ec2.flow_log import FlowLog
from .._aws.ec2.internet_gateway import InternetGateway
from .._aws.ec2.managed_prefix_list import ManagedPrefixList, PrefixListEntry
from .._aws.ec2.nat_gateway import NatGateway
from .._aws.ec2.network_acl import DEFAULT, Entry, NetworkAcl
from .._aws.ec2.route_table import MAIN, Route, RouteTable
from .._aws.ec2.security_group import SecurityGroup
from .._aws.ec2.security_group_rules import SecurityGroupRules
from .._aws.ec2.subnet import Subnet
from .._aws.ec2.vpc import Vpc
from .._aws.ec2.vpc_endpoint import VpcEndpoint
from .._aws.iam.role import Role
from .._aws.logs.log_group import LogGroup
from .._aws.tags import ownership
from .._engine.resource import Resource
from .._planning.addresses import AddressPlan, environment_plan, plan_addresses
from .._planning.capacity import Demand, check_capacity
from .._planning.live import LiveNetwork, check_live
from .._planning.topology import Topology
from .network_access import INTERNET, WORKLOAD_TIERS, acl_entries, builtin_flows, declared_flows, group_rules
from .network_policies import endpoint_policy, flow_log_policy, flow_log_trust
from .stack import Declaration, Stack, refuse_protected, scope_of

KINDS: tuple[type[Resource], ...] = (
    DhcpOptions, Vpc, Subnet, InternetGateway, ElasticIp, NatGateway, RouteTable, NetworkAcl, AwsPrefixList, ManagedPrefixList,
    SecurityGroup, SecurityGroupRules, VpcEndpoint, LogGroup, Role, FlowLog,
)  # fmt: skip
SUBNET_TAGS = {
    "workload": {"kubernetes.io/role/internal-elb": "1"},
    "edge": {"kubernetes.io/role/elb": "1"},
    "pods": {"kubernetes.io/role/cni": "1"},
}
GROUPS = {
    "nodes": "Kubernetes nodes and pods",
    "load_balancers": "Internal load balancers",
    "edge": "Public load balancers",
    "endpoints": "Interface endpoints",
    "cluster_api": "Kubernetes API",
    "search": "OpenSearch",
}
# All fields of flow log version 5 that tell who talked to whom, through what, and whether it was let through.
LOG_FIELDS = (
    "version account-id vpc-id subnet-id instance-id interface-id az-id srcaddr dstaddr srcport dstport protocol tcp-flags type "
    "pkt-srcaddr pkt-dstaddr pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path packets bytes start end action log-status"
)
LOG_FORMAT = " ".join(f"${{{field}}}" for field in LOG_FIELDS.split())


def build(parameters: Mapping[str, Any], region: str) -> Declaration:
    """The declaration of an environment's network. Raises ``PlanError`` for bad input, before any call."""
    if parameters["state"] == "absent":
        refuse_protected(parameters)
    topology = Topology.from_mapping(parameters)
    plan = plan_addresses(topology)
    network = _Network(parameters, region, topology, plan)
    resources = network.resources()
    return Declaration(
        scope=network.scope,
        resources=resources,
        verify=lambda live: check_live(plan, _live_networks(live)),
        describe=network.describe,
    )


def _live_networks(live: Mapping[type[Resource], Any]) -> dict[str, LiveNetwork]:
    subnets: dict[str, dict[str, str]] = {}
    for subnet in live.get(Subnet, ()):
        if subnet.name:
            subnets.setdefault(subnet.within, {})[subnet.name] = subnet.values["cidr"]
    return {
        vpc.scope.environment: LiveNetwork(vpc.id, vpc.values["cidr"], next(iter(sorted(vpc.values["secondary_cidrs"])), None), subnets.get(vpc.id, {}))
        for vpc in live[Vpc]
        if vpc.scope
    }


class _Network:
    """One environment's resources, each made once; properties are what others refer to."""

    def __init__(self, parameters: Mapping[str, Any], region: str, topology: Topology, plan: AddressPlan) -> None:
        self.p, self.region, self.topology = parameters, region, topology
        self.scope = scope_of(parameters, "network")
        self.plan = environment_plan(plan, self.scope.environment)
        self.zones = [zone.name for zone in topology.zones]
        self.egress: str = parameters["internet_egress"]
        self.own_pods = parameters["pod_addressing"] == "secondary" and self.plan.pod_cidr is not None
        self.capacity = check_capacity(
            self.plan,
            Demand(
                **parameters["capacity"],
                interface_endpoints=len(parameters["interface_endpoints"]),
                zonal_nat=self.egress == "zonal",
                pod_addressing=parameters["pod_addressing"],
            ),
        )

    def resources(self) -> list[Resource]:
        found: list[Resource] = [self.vpc, *self.subnets.values(), *self.route_tables.values(), *self.acls, *self.groups.values()]
        found += [*self.prefix_lists.values(), *self.service_lists.values(), *self.rules(), *self.endpoints(), *self.flow_logs()]
        found += [self.gateway] if self.gateway else []
        found += [*self.addresses.values(), *self.nat.values()]
        return found + ([self.vpc.dhcp_options] if self.vpc.dhcp_options else [])

    def tags(self, name: str, more: Mapping[str, str] | None = None) -> dict[str, str]:
        return {**self.p["tags"], **(more or {}), **ownership(self.scope, name)}

    @cached_property
    def vpc(self) -> Vpc:
        return Vpc(
            name="main",
            cidr=self.plan.cidr,
            secondary_cidrs=frozenset({self.plan.pod_cidr} if self.own_pods else ()),
            dhcp_options=self._dhcp_options(),
            tags=self.tags("main"),
        )

    def _dhcp_options(self) -> DhcpOptions | None:
        asked = self.p["dhcp_options"]
        if not asked:
            return None
        given = {
            "domain-name": [asked["domain_name"]] if asked["domain_name"] else [],
            "domain-name-servers": asked["domain_name_servers"],
            "ntp-servers": asked["ntp_servers"],
        }
        options = {key: tuple(values) for key, values in given.items() if values}
        return DhcpOptions(name="main", options=options, tags=self.tags("main"))

    @cached_property
    def subnets(self) -> dict[str, Subnet]:
        zones = {zone.name: zone for zone in self.topology.zones}
        return {
            planned.name: Subnet(
                name=planned.name,
                vpc=self.vpc,
                cidr=planned.cidr,
                zone=zones[planned.zone].az_id,
                zone_slot=zones[planned.zone].slot,
                tags=self.tags(planned.name, self._subnet_tags(planned.tier)),
            )
            for planned in self.plan.subnets
            if self.own_pods or planned.tier in ("workload", "edge")
        }

    def _subnet_tags(self, tier: str) -> dict[str, str]:
        """The CNI is kept out of the workload subnets where pods have subnets of their own."""
        no_pods = {"kubernetes.io/role/cni": "0"} if tier == "workload" and self.own_pods else {}
        return {**SUBNET_TAGS.get(tier, {}), **no_pods, "fintech.platform/tier": tier}

    def of(self, *tiers: str) -> frozenset[Subnet]:
        return frozenset(subnet for name, subnet in self.subnets.items() if name.rpartition("-")[0] in tiers)

    @cached_property
    def gateway(self) -> InternetGateway | None:
        wanted = self.egress != "none" or self.p["internet_ingress"]
        return InternetGateway(name="main", vpc=self.vpc, tags=self.tags("main")) if wanted else None

    @cached_property
    def addresses(self) -> dict[str, ElasticIp]:
        zones = self.zones if self.egress == "zonal" else []
        return {zone: ElasticIp(name=f"nat-{zone}", tags=self.tags(f"nat-{zone}")) for zone in zones}

    @cached_property
    def nat(self) -> dict[str, NatGateway]:
        """By zone; a regional one serves all zones."""
        if self.egress == "zonal":
            return {
                zone: NatGateway(
                    name=zone, vpc=self.vpc, subnet=self.subnets[f"edge-{zone}"], address=address, gateway=self.gateway, tags=self.tags(zone)
                )
                for zone, address in self.addresses.items()
            }
        if self.egress == "regional":
            return {"regional": NatGateway(name="regional", vpc=self.vpc, gateway=self.gateway, tags=self.tags("regional"))}
        return {}

    @cached_property
    def route_tables(self) -> dict[str, RouteTable]:
        tables = {MAIN: RouteTable(name=MAIN, vpc=self.vpc, tags=self.tags(MAIN))}
        for zone in self.zones:
            nat = self.nat.get(zone) or self.nat.get("regional")
            members = frozenset(self.subnets[name] for name in (f"workload-{zone}", f"pods-{zone}") if name in self.subnets)
            tables[f"workload-{zone}"] = self._table(f"workload-{zone}", members, nat)
        tables["edge"] = self._table("edge", self.of("edge"), self.gateway)
        if self.of("transit"):
            tables["transit"] = self._table("transit", self.of("transit"), None)
        return tables

    def _table(self, name: str, members: frozenset[Subnet], internet: InternetGateway | NatGateway | None) -> RouteTable:
        routes = frozenset({Route(INTERNET, internet)} if internet else ())
        return RouteTable(name=name, vpc=self.vpc, routes=routes, subnets=members, tags=self.tags(name))

    @cached_property
    def flows(self) -> list[Any]:
        ingress, services = self.p["internet_ingress"], self.p["gateway_endpoints"]
        builtin = builtin_flows(egress=self.egress != "none", ingress=ingress, services=services)
        return [*builtin, *declared_flows(self.p["rules"])]

    @cached_property
    def acls(self) -> list[NetworkAcl]:
        inside = [self.plan.cidr, *([self.plan.pod_cidr] if self.own_pods and self.plan.pod_cidr else [])]
        cidrs = {f"{site.name}.{network.name}": network.cidrs for site in self.topology.sites for network in site.networks}
        cidrs |= {f"aws.{service}": (INTERNET,) for service in self.p["gateway_endpoints"]}
        edge = frozenset({"edge", "workload"}) if self.egress == "zonal" else frozenset({"edge"})  # the NAT gateways' way out
        outward = [flow for flow in self.flows if flow.source != "workload" or flow.target == INTERNET]
        default = NetworkAcl(name=DEFAULT, vpc=self.vpc, existing=frozenset(self.subnets.values()), tags=self.tags(DEFAULT))
        acls = [
            self._acl("workload", default, self.of("workload", "pods"), acl_entries("workload", WORKLOAD_TIERS, self.flows, inside, cidrs)),
            self._acl("edge", default, self.of("edge"), acl_entries("edge", edge, outward, inside, cidrs)),
        ]
        if self.of("transit"):
            open_entries = frozenset(Entry(direction, 100, "all", INTERNET) for direction in ("ingress", "egress"))
            acls.append(self._acl("transit", default, self.of("transit"), open_entries))
        return [default, *acls]

    def _acl(self, name: str, default: NetworkAcl, members: frozenset[Subnet], entries: frozenset[Entry]) -> NetworkAcl:
        return NetworkAcl(name=name, vpc=self.vpc, entries=entries, subnets=members, default=default, tags=self.tags(name))

    @cached_property
    def groups(self) -> dict[str, SecurityGroup]:
        prefix = f"{self.scope.platform}-{self.scope.environment}"
        groups = {
            name: SecurityGroup(name=name, vpc=self.vpc, group_name=f"{prefix}-{name}", description=description, tags=self.tags(name))
            for name, description in GROUPS.items()
        }
        default = SecurityGroup(
            name=DEFAULT, vpc=self.vpc, group_name=DEFAULT, description="default VPC security group", tags=self.tags(DEFAULT)
        )
        return {DEFAULT: default, **groups}

    def rules(self) -> list[SecurityGroupRules]:
        """Of the default group too: it has none, so that nothing works by accident."""
        peers = {**self.prefix_lists, **{f"aws.{name}": each for name, each in self.service_lists.items()}}
        rules = group_rules(self.flows, self.groups, peers)
        return [SecurityGroupRules(name=name, group=group, rules=rules[name]) for name, group in self.groups.items()]

    @cached_property
    def prefix_lists(self) -> dict[str, ManagedPrefixList]:
        return {
            (name := f"{site.name}.{network.name}"): ManagedPrefixList(
                name=name,
                list_name=f"{self.scope.platform}-{self.scope.environment}-{name}",
                max_entries=len(network.cidrs),
                entries=frozenset(PrefixListEntry(cidr, name) for cidr in network.cidrs),
                tags=self.tags(name),
            )
            for site in self.topology.sites
            for network in site.networks
        }

    @cached_property
    def service_lists(self) -> dict[str, AwsPrefixList]:
        return {name: AwsPrefixList(name=name) for name in self.p["gateway_endpoints"]}

    def endpoints(self) -> list[VpcEndpoint]:
        tables = frozenset(table for name, table in self.route_tables.items() if name.startswith("workload-"))
        gateways = [self._endpoint(service, "Gateway", route_tables=tables) for service in self.p["gateway_endpoints"]]
        members, groups = self.of("workload"), frozenset({self.groups["endpoints"]})
        return gateways + [
            self._endpoint(service, "Interface", subnets=members, groups=groups, private_dns=True)
            for service in self.p["interface_endpoints"]
        ]

    def _endpoint(self, service: str, endpoint_type: str, **more: Any) -> VpcEndpoint:
        return VpcEndpoint(
            name=service,
            vpc=self.vpc,
            service=f"com.amazonaws.{self.region}.{service}",
            endpoint_type=endpoint_type,
            policy=endpoint_policy(service, self.p, self.region),
            tags=self.tags(service),
            **more,
        )

    def flow_logs(self) -> list[Resource]:
        asked = self.p["flow_logs"]
        if asked["destination"] == "none":
            return []
        common = {
            "name": "main", "vpc": self.vpc, "traffic": asked["traffic"], "log_format": LOG_FORMAT,
            "aggregation_seconds": asked["aggregation_seconds"], "tags": self.tags("main"),
        }  # fmt: skip
        if asked["destination"] == "s3":
            return [FlowLog(bucket=asked["bucket_arn"], **common)]
        name = "flow-logs"
        group = LogGroup(
            name=name, scope=self.scope, retention_days=asked["retention_days"], kms_key=asked["kms_key_arn"], tags=self.tags(name)
        )
        role = Role(
            name=name, scope=self.scope, region=self.region, trust=flow_log_trust(self.p["account_id"]),
            policy=flow_log_policy(self.scope, self.region, self.p["account_id"]), tags=self.tags(name),
        )  # fmt: skip
        return [group, role, FlowLog(log_group=group, role=role, **common)]

    def describe(self) -> dict[str, Any]:
        """What the module returns of the network; ids are None for what is only planned."""

        def ids(resources: Mapping[str, Resource]) -> dict[str, str | None]:
            return {name: each.live.id if each.live else None for name, each in resources.items()}

        subnets = {name: {"id": each.live.id if each.live else None, "cidr": each.cidr, "zone": each.zone} for name, each in self.subnets.items()}
        return {
            "addresses": self.plan.to_dict(),
            "capacity": self.capacity.to_dict(),
            "flows": [flow.to_dict() for flow in self.flows],
            "network": {
                "vpc_id": self.vpc.live.id if self.vpc.live else None,
                "subnets": subnets,
                "route_tables": ids(self.route_tables),
                "security_groups": ids(self.groups),
                "prefix_lists": ids(self.prefix_lists),
            },
            "pending": ["transit_gateway_attachment: there is no hub yet"],
        }


NETWORK = Stack(name="network", kinds=KINDS, build=build)
