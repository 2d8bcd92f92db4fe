# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What everything else in the network stands on: the VPC with its subnets, gateways and routes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from ipaddress import IPv4Address
from typing import Any

from .._aws.ec2.dhcp_options import DhcpOptions
from .._aws.ec2.elastic_ip import ElasticIp
from .._aws.ec2.internet_gateway import InternetGateway
from .._aws.ec2.nat_gateway import NatGateway
from .._aws.ec2.route_table import MAIN, RouteTable
from .._aws.ec2.routes import Route, Routes
from .._aws.ec2.subnet import Subnet
from .._aws.ec2.transit_gateway_vpc_attachment import TransitGatewayVpcAttachment
from .._aws.ec2.vpc import Vpc
from .._aws.tags import ownership
from .._engine.errors import PlanError
from .._engine.resource import Resource
from .._planning.addresses import EnvironmentPlan
from .._planning.topology import Topology
from .network_access import INTERNET
from .stack import scope_of

AMAZON_DNS = "AmazonProvidedDNS"
SUBNET_TAGS = {
    "workload": {"kubernetes.io/role/internal-elb": "1"},
    "edge": {"kubernetes.io/role/elb": "1"},
    "pods": {"kubernetes.io/role/cni": "1"},
}


def _refuse_no_address(server: str) -> None:
    try:
        IPv4Address(server)
    except ValueError:
        raise PlanError(f"network_dhcp_options: '{server}' is no IPv4 address. Name servers and time servers are given by address.") from None


class Foundation:
    """Each resource is made once; the properties are what others refer to."""

    def __init__(self, parameters: Mapping[str, Any], region: str, topology: Topology, plan: EnvironmentPlan) -> None:
        self.p, self.region, self.topology, self.plan = parameters, region, topology, plan
        self.scope = scope_of(parameters, "network")
        self.zones = [zone.name for zone in topology.zones]
        self.egress: str = parameters["internet_egress"]
        self.own_pods = parameters["pod_addressing"] == "secondary" and plan.pod_cidr is not None

    def resources(self) -> list[Resource]:
        found: list[Resource] = [self.vpc, *self.subnets.values(), *self.addresses.values(), *self.nat.values()]
        found += self.route_tables.values()
        return found + [each for each in (self.vpc.dhcp_options, self.gateway) if each]

    def tags(self, name: str, more: Mapping[str, str] | None = None) -> dict[str, str]:
        return {**self.p["tags"], **(more or {}), **ownership(self.scope, name)}

    @property
    def inside(self) -> list[str]:
        """The VPC's ranges: the environment's own, then that of its pods."""
        return [self.plan.cidr, *([self.plan.pod_cidr] if self.own_pods and self.plan.pod_cidr else [])]

    @cached_property
    def vpc(self) -> Vpc:
        return Vpc(
            name="main",
            cidr=self.plan.cidr,
            secondary_cidrs=frozenset(self.inside[1:]),
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
        for server in (*asked["domain_name_servers"], *asked["ntp_servers"]):
            if server != AMAZON_DNS:
                _refuse_no_address(server)
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

    @property
    def all_subnets(self) -> frozenset[Subnet]:
        return frozenset(self.subnets.values())

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
        members = {MAIN: frozenset(), "edge": self.of("edge"), "transit": self.of("transit")}
        for zone in self.zones:
            names = (f"workload-{zone}", f"pods-{zone}")
            members[f"workload-{zone}"] = frozenset(self.subnets[name] for name in names if name in self.subnets)
        return {
            name: RouteTable(name=name, vpc=self.vpc, subnets=each, all_subnets=self.all_subnets, tags=self.tags(name))
            for name, each in members.items()
            if each or name == MAIN
        }

    def routes(self, beyond: Mapping[str, frozenset[Route]], attachment: TransitGatewayVpcAttachment | None) -> list[Routes]:
        """Of every table, those without any too: what somebody adds there is drift. ``beyond``: those through the hub, by table."""
        ways_out: dict[str, InternetGateway | NatGateway | None] = {"edge": self.gateway}
        for zone in self.zones:
            ways_out[f"workload-{zone}"] = self.nat.get(zone) or self.nat.get("regional")
        found = {name: frozenset({Route(INTERNET, target)} if (target := ways_out.get(name)) else ()) for name in self.route_tables}
        return [
            Routes(name=name, table=table, routes=found[name] | beyond.get(name, frozenset()), attachment=attachment if beyond.get(name) else None)
            for name, table in self.route_tables.items()
        ]
