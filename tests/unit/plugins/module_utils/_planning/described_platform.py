# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Describe answers of a platform as it is meant to be built, and ways to tamper with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.fintech.platform.plugins.module_utils._planning.described import fabric_from
from ansible_collections.fintech.platform.plugins.module_utils._planning.expected import Expectation, ExpectedFlow, expected_flows
from ansible_collections.fintech.platform.plugins.module_utils._planning.fabric import Fabric
from ansible_collections.fintech.platform.plugins.module_utils._planning.flows import Possible
from ansible_collections.fintech.platform.plugins.module_utils._planning.intervals import Spans, join
from ansible_collections.fintech.platform.plugins.module_utils._planning.packets import addresses
from ansible_collections.fintech.platform.plugins.module_utils._planning.parties import Parties
from ansible_collections.fintech.platform.plugins.module_utils._planning.reachability import Judgement, judge
from ansible_collections.fintech.platform.plugins.module_utils._stacks.network_access import GROUPS, INTERNET, TIERS, Flow, builtin_flows

PLATFORM = "acme"
SUPERNET = "10.64.0.0/10"
S3_LIST, S3_RANGE = "pl-s3", "52.219.0.0/16"
TGW = "tgw-hub"
ZONES = "abc"
Item = dict[str, Any]


def tags(environment: str, stack: str, name: str, **more: str) -> list[dict[str, str]]:
    values = {"platform": PLATFORM, "environment": environment, "stack": stack, "name": name, **more}
    return [{"Key": f"fintech.platform/{key}", "Value": value} for key, value in values.items()]


@dataclass
class Environment:
    """``flows``: those beside the built-in ones; ends as in network rules. ``slot`` fixes the ranges."""

    name: str
    slot: int
    flows: list[Flow] = field(default_factory=list)
    egress: bool = False
    ingress: bool = False

    @property
    def cidr(self) -> str:
        return self._range(10, 64, 512 * self.slot, 23)

    @property
    def pods(self) -> str:
        return self._range(100, 64, 4096 * self.slot, 20)

    @staticmethod
    def _range(first: int, second: int, offset: int, prefix: int) -> str:
        number = (first << 24 | second << 16) + offset
        return f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}/{prefix}"

    def subnets(self) -> Iterator[tuple[str, str, str]]:
        """Name, tier, CIDR."""
        base, pods = addresses(self.cidr)[0][0], addresses(self.pods)[0][0]
        for index, zone in enumerate(ZONES):
            yield f"workload-{zone}", "workload", self._range(0, 0, base + 128 * index, 25)
            yield f"edge-{zone}", "edge", self._range(0, 0, base + 384 + 32 * index, 27)
            yield f"pods-{zone}", "pods", self._range(0, 0, pods + 1024 * index, 22)
            yield f"transit-{zone}", "transit", self._range(0, 0, pods + 3072 + 16 * index, 28)

    def all_flows(self) -> list[Flow]:
        return [*builtin_flows(egress=self.egress, ingress=self.ingress, services=["s3"]), *self.flows]


@dataclass
class Site:
    name: str
    networks: dict[str, list[str]]
    bgp: bool = False

    @property
    def cidrs(self) -> list[str]:
        return [cidr for cidrs in self.networks.values() for cidr in cidrs]


@dataclass
class Platform:
    """Every environment has a VPC with an attachment, every site a VPN connection; who talks, has routes."""

    environments: list[Environment]
    sites: list[Site] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.described: dict[str, list[Item]] = {}
        self.names = {f"{site.name}.{name}": cidrs for site in self.sites for name, cidrs in site.networks.items()}
        for environment in self.environments:
            self._environment(environment)
        self._hub()
        self._lists()

    def add(self, operation: str, **item: Any) -> Item:
        self.described.setdefault(operation, []).append(item)
        return item

    def the(self, operation: str, identity: str) -> Item:
        """The item that has this id, for tests to change."""
        return next(item for item in self.described[operation] if identity in item.values())

    def talks(self, environment: Environment) -> list[str]:
        ends = {end for flow in environment.flows for end in (flow.source, flow.target)}
        return sorted({site.name for site in self.sites for end in ends if end.partition(".")[0] == site.name})

    def _environment(self, environment: Environment) -> None:
        name, vpc = environment.name, f"vpc-{environment.name}"
        own = [{"CidrBlock": cidr, "CidrBlockState": {"State": "associated"}} for cidr in (environment.cidr, environment.pods)]
        self.add("describe_vpcs", VpcId=vpc, CidrBlock=environment.cidr, CidrBlockAssociationSet=own, Tags=tags(name, "network", "main"))
        for subnet, tier, cidr in environment.subnets():
            self.add(
                "describe_subnets", SubnetId=f"subnet-{name}-{subnet}", VpcId=vpc, CidrBlock=cidr, AvailabilityZoneId=f"az-{subnet[-1]}",
                Tags=tags(name, "network", subnet, tier=tier),
            )  # fmt: skip
        self._tables(environment, vpc)
        self._acls(environment, vpc)
        self._groups(environment, vpc)
        self.add("describe_vpc_endpoints", VpcEndpointId=f"vpce-{name}-s3", VpcEndpointType="Gateway", ServiceName="com.amazonaws.eu-central-1.s3")
        ranges = {name: cidr for name, _tier, cidr in environment.subnets()}
        if environment.egress:
            for zone in ZONES:
                self.add(
                    "describe_nat_gateways", NatGatewayId=f"nat-{name}-{zone}", VpcId=vpc, SubnetId=f"subnet-{name}-edge-{zone}", State="available",
                    NatGatewayAddresses=[{"PrivateIp": _host(ranges[f"edge-{zone}"], 10)}],
                )  # fmt: skip

    def _tables(self, environment: Environment, vpc: str) -> None:
        name = environment.name
        local = [{"DestinationCidrBlock": cidr, "GatewayId": "local", "State": "active"} for cidr in (environment.cidr, environment.pods)]
        hub = [
            {"DestinationCidrBlock": cidr, "TransitGatewayId": TGW}
            for site in self.sites
            if site.name in self.talks(environment)
            for cidr in site.cidrs
        ]
        s3 = [{"DestinationPrefixListId": S3_LIST, "GatewayId": f"vpce-{name}-s3"}]
        self._table(name, vpc, "main", local, [], main=True)
        for zone in ZONES:
            nat = [{"DestinationCidrBlock": INTERNET, "NatGatewayId": f"nat-{name}-{zone}"}] if environment.egress else []
            self._table(name, vpc, f"workload-{zone}", [*local, *hub, *s3, *nat], [f"workload-{zone}", f"pods-{zone}"])
        gateway = [{"DestinationCidrBlock": INTERNET, "GatewayId": f"igw-{name}"}] if environment.egress or environment.ingress else []
        self._table(name, vpc, "edge", [*local, *gateway], [f"edge-{zone}" for zone in ZONES])
        self._table(name, vpc, "transit", local, [f"transit-{zone}" for zone in ZONES])

    def _table(self, environment: str, vpc: str, name: str, routes: list[Item], members: list[str], *, main: bool = False) -> None:
        associations = [{"SubnetId": f"subnet-{environment}-{member}"} for member in members]
        self.add(
            "describe_route_tables", RouteTableId=f"rtb-{environment}-{name}", VpcId=vpc, Routes=list(routes), Tags=tags(environment, "network", name),
            Associations=[{"Main": True}] if main else associations,
        )  # fmt: skip

    def _acls(self, environment: Environment, vpc: str) -> None:
        name = environment.name
        crossing = {("workload", environment.cidr), ("workload", environment.pods), ("edge", environment.cidr), ("edge", environment.pods)}
        entries: dict[str, list[tuple[bool, str, str, tuple[int, int] | None]]] = {"workload": [], "edge": [], "transit": []}
        for acl, cidr in sorted(crossing):
            entries[acl] += [(egress, cidr, "-1", None) for egress in (False, True)]
        for egress in (False, True):
            entries["transit"].append((egress, INTERNET, "-1", None))
        for flow in environment.all_flows():
            for acl, outward, peer in _crossings(flow):
                entries[acl] += self._entries(flow, outward, peer)
                if acl == "workload" and peer == INTERNET and environment.egress and outward:
                    entries["edge"] += self._entries(flow, outward, peer)
        for acl, wanted in entries.items():
            numbered = [
                _entry(number, egress, cidr, protocol, ports) for number, (egress, cidr, protocol, ports) in enumerate(dict.fromkeys(wanted), 100)
            ]
            members = [subnet for subnet, tier, _cidr in environment.subnets() if tier == acl or (acl == "workload" and tier == "pods")]
            self.add(
                "describe_network_acls", NetworkAclId=f"acl-{name}-{acl}", VpcId=vpc, Tags=tags(name, "network", acl),
                Entries=[*numbered, *(_entry(32767, egress, INTERNET, "-1", None, "deny") for egress in (False, True))],
                Associations=[{"SubnetId": f"subnet-{name}-{member}"} for member in members],
            )  # fmt: skip

    def _entries(self, flow: Flow, outward: bool, peer: str) -> list[tuple[bool, str, str, tuple[int, int] | None]]:
        protocol = {"all": "-1", "tcp": "6", "udp": "17", "icmp": "1"}[flow.protocol]
        returns = (1024, 65535) if flow.protocol in ("tcp", "udp") else None
        cidrs = self.names.get(peer, [INTERNET if peer.startswith("aws.") else peer])
        return [entry for cidr in cidrs for entry in ((outward, cidr, protocol, flow.ports), (not outward, cidr, protocol, returns))]

    def _groups(self, environment: Environment, vpc: str) -> None:
        name = environment.name
        found: dict[str, dict[str, list[Item]]] = {group: {"IpPermissions": [], "IpPermissionsEgress": []} for group in (*GROUPS, "default")}
        for flow in environment.all_flows():
            sources, targets = self._members(flow.source), self._members(flow.target)
            for source in sources:
                for target in targets:
                    if source in GROUPS:
                        found[source]["IpPermissionsEgress"].append(self._permission(name, flow, target))
                    if target in GROUPS:
                        found[target]["IpPermissions"].append(self._permission(name, flow, source))
        for group, permissions in found.items():
            self.add(
                "describe_security_groups", GroupId=f"sg-{name}-{group}", GroupName=group, VpcId=vpc, Tags=tags(name, "network", group), **permissions
            )

    @staticmethod
    def _members(end: str) -> tuple[str, ...]:
        return TIERS.get(end, (end,))

    def _permission(self, environment: str, flow: Flow, peer: str) -> Item:
        found: Item = {"IpProtocol": "-1" if flow.protocol == "all" else flow.protocol}
        if flow.protocol != "all":
            found |= dict(zip(("FromPort", "ToPort"), flow.ports or (-1, -1), strict=True))
        if peer in GROUPS:
            return {**found, "UserIdGroupPairs": [{"GroupId": f"sg-{environment}-{peer}"}]}
        if peer.startswith("aws."):
            return {**found, "PrefixListIds": [{"PrefixListId": S3_LIST}]}
        return {**found, "IpRanges": [{"CidrIp": cidr} for cidr in self.names.get(peer, [peer])]}

    def _hub(self) -> None:
        self.add("describe_transit_gateways", TransitGatewayId=TGW, Options={"SecurityGroupReferencingSupport": "disable"})
        for environment in self.environments:
            name = environment.name
            self._attach(f"attach-{name}", "vpc", f"vpc-{name}", f"tgw-rtb-{name}", tags(name, "network", "main"))
            self.add(
                "describe_transit_gateway_vpc_attachments", TransitGatewayAttachmentId=f"attach-{name}", VpcId=f"vpc-{name}",
                SubnetIds=[f"subnet-{name}-transit-{zone}" for zone in ZONES], Options={"SecurityGroupReferencingSupport": "disable"},
            )  # fmt: skip
            self._transit_table(f"tgw-rtb-{name}", name)
            for site in self.sites:
                if site.name in self.talks(environment):
                    for cidr in site.cidrs:
                        self.route(f"tgw-rtb-{name}", cidr, f"attach-{site.name}", kind="propagated" if site.bgp else "static", resource="vpn")
                    self.route(f"tgw-rtb-{site.name}", environment.cidr, f"attach-{name}")
        for site in self.sites:
            self.add("describe_vpn_connections", VpnConnectionId=f"vpn-{site.name}", Tags=tags("hub", "transit_network", site.name))
            self._attach(f"attach-{site.name}", "vpn", f"vpn-{site.name}", f"tgw-rtb-{site.name}", [])
            self._transit_table(f"tgw-rtb-{site.name}", f"site-{site.name}")
            self.route(f"tgw-rtb-{site.name}", SUPERNET, None)

    def _attach(self, identity: str, kind: str, resource: str, table: str, tagged: list[dict[str, str]]) -> None:
        self.add(
            "describe_transit_gateway_attachments", TransitGatewayAttachmentId=identity, TransitGatewayId=TGW, ResourceType=kind, ResourceId=resource,
            State="available", Association={"TransitGatewayRouteTableId": table, "State": "associated"}, Tags=tagged,
        )  # fmt: skip

    def _transit_table(self, identity: str, name: str) -> None:
        self.add(
            "describe_transit_gateway_route_tables",
            TransitGatewayRouteTableId=identity,
            TransitGatewayId=TGW,
            Tags=tags("hub", "transit_network", name),
        )

    def route(self, table: str, cidr: str, attachment: str | None, *, kind: str = "static", resource: str = "vpc") -> Item:
        carriers = [{"TransitGatewayAttachmentId": attachment, "ResourceType": resource}] if attachment else []
        return self.add(
            "search_transit_gateway_routes", TransitGatewayRouteTableId=table, DestinationCidrBlock=cidr, Type=kind,
            State="active" if attachment else "blackhole", TransitGatewayAttachments=carriers,
        )  # fmt: skip

    def _lists(self) -> None:
        self.add("describe_managed_prefix_lists", PrefixListId=S3_LIST, PrefixListName="com.amazonaws.eu-central-1.s3", OwnerId="AWS")
        self.add("get_managed_prefix_list_entries", PrefixListId=S3_LIST, Cidr=S3_RANGE)

    @property
    def fabric(self) -> Fabric:
        return fabric_from(self.described, PLATFORM)

    @property
    def site_networks(self) -> dict[str, dict[str, Spans]]:
        return {site.name: {name: join(*map(addresses, cidrs)) for name, cidrs in site.networks.items()} for site in self.sites}

    def expectation(self, environments: Iterable[str] | None = None) -> Expectation:
        judged = set(environments or (each.name for each in self.environments))
        declared = {each.name: each.all_flows() for each in self.environments if each.name in judged}
        networks = {f"{site}.{name}": spans for site, found in self.site_networks.items() for name, spans in found.items()}
        flows = expected_flows(declared, [*TIERS, *GROUPS])
        return Expectation(flows, TIERS, {**networks, "aws.s3": addresses(S3_RANGE)})

    def judge(self, environments: Iterable[str] | None = None) -> Judgement:
        expectation = self.expectation(environments)
        judged = frozenset(environments or (each.name for each in self.environments))
        fabric = self.fabric
        return judge(Possible(fabric, Parties(fabric, self.site_networks), judged), expectation)


def _crossings(flow: Flow) -> Iterator[tuple[str, bool, str]]:
    """ACL, whether the flow leaves through it, and the far end, for flows that cross the environment's border."""
    for end, peer, outward in ((flow.source, flow.target, True), (flow.target, flow.source, False)):
        tier = GROUPS.get(end, end)
        if tier in TIERS and GROUPS.get(peer, peer) not in TIERS:
            yield "edge" if tier == "edge" else "workload", outward, peer


def _entry(number: int, egress: bool, cidr: str, protocol: str, ports: tuple[int, int] | None, action: str = "allow") -> Item:
    found: Item = {"RuleNumber": number, "Egress": egress, "CidrBlock": cidr, "Protocol": protocol, "RuleAction": action}
    if ports:
        found["PortRange"] = {"From": ports[0], "To": ports[1]}
    return found


def _host(cidr: str, index: int) -> str:
    number = addresses(cidr)[0][0] + index
    return f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def flow(source: str, target: str, port: int | None = 443, protocol: str = "tcp") -> Flow:
    return Flow(source, target, protocol, (port, port) if port else None, f"{source} to {target}", builtin=False)


def told(found: ExpectedFlow | Any) -> str:
    return f"{found.source} -> {found.target}"
