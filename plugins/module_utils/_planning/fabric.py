# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A live network as plain objects: what decides where a packet may go. ``described.py`` makes it from describe answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from .filters import NetworkAcl, SecurityGroup
from .intervals import Spans
from .routing import RouteTable


@dataclass(frozen=True, slots=True)
class Vpc:
    """``environment`` is None for VPCs that are no environment's."""

    id: str
    environment: str | None
    cidrs: Spans
    ipv6: bool = False


@dataclass(frozen=True, slots=True)
class Subnet:
    """``name`` and ``tier`` are the tags' (``workload-a``, ``workload``); the tier is empty where there is no tag."""

    id: str
    vpc: str
    cidr: Spans
    name: str = ""
    tier: str = ""
    zone: str = ""
    table: str = ""
    acl: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Network interfaces that are alike: in one subnet, with the same groups. Without a group nothing is filtered."""

    subnet: str
    groups: frozenset[str]
    what: str = ""  # the type and id of an interface without groups


@dataclass(frozen=True, slots=True)
class NatGateway:
    """A regional one has no subnet, only a VPC."""

    id: str
    vpc: str
    subnet: str | None
    addresses: Spans


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A gateway endpoint of a service (``s3``), or one that stands in subnets and passes packets on."""

    id: str
    service: str
    subnets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Peering:
    """The ranges of both VPCs, by their ids."""

    id: str
    sides: Mapping[str, Spans]

    def other(self, vpc: str) -> str | None:
        return next((side for side in self.sides if side != vpc), None) if vpc in self.sides else None


@dataclass(frozen=True, slots=True)
class Attachment:
    """``kind``: vpc, vpn or another type; ``owner``: the environment or the site that it belongs to, where tags tell.

    ``table``: the Transit Gateway route table it is associated with. ``references``: whether groups of other VPCs can be named in rules.
    """

    id: str
    gateway: str
    kind: str
    resource: str
    owner: str | None = None
    table: str | None = None
    subnets: tuple[str, ...] = ()
    references: bool = False


@dataclass(frozen=True)
class Fabric:
    vpcs: Mapping[str, Vpc] = field(default_factory=dict)
    subnets: Mapping[str, Subnet] = field(default_factory=dict)
    tables: Mapping[str, RouteTable] = field(default_factory=dict)
    acls: Mapping[str, NetworkAcl] = field(default_factory=dict)
    groups: Mapping[str, SecurityGroup] = field(default_factory=dict)
    standings: frozenset[Standing] = frozenset()
    interfaces: Mapping[str, str] = field(default_factory=dict)  # the subnet of each
    nat: Mapping[str, NatGateway] = field(default_factory=dict)
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    peerings: Mapping[str, Peering] = field(default_factory=dict)
    attachments: Mapping[str, Attachment] = field(default_factory=dict)
    gateways: frozenset[str] = frozenset()  # the Transit Gateways whose tables are known
    transit_tables: Mapping[str, RouteTable] = field(default_factory=dict)
    services: Mapping[str, Spans] = field(default_factory=dict)  # the addresses of those with a gateway endpoint, by service

    @cached_property
    def environments(self) -> dict[str, tuple[Vpc, ...]]:
        """Those whose VPCs are known."""
        found: dict[str, list[Vpc]] = {}
        for vpc in self.vpcs.values():
            if vpc.environment:
                found.setdefault(vpc.environment, []).append(vpc)
        return {name: tuple(vpcs) for name, vpcs in found.items()}

    @cached_property
    def attached(self) -> dict[tuple[str, str], Attachment]:
        """VPC attachments by VPC and Transit Gateway: there is one at most."""
        return {(each.resource, each.gateway): each for each in self.attachments.values() if each.kind == "vpc"}

    @cached_property
    def subnets_of(self) -> dict[str, tuple[Subnet, ...]]:
        return _by_vpc(self.subnets.values())

    def named_groups(self, environment: str, name: str) -> tuple[SecurityGroup, ...]:
        """The groups of a stack's name in the VPCs of an environment."""
        return self._named.get((environment, name), ())

    @cached_property
    def _named(self) -> dict[tuple[str, str], tuple[SecurityGroup, ...]]:
        found: dict[tuple[str, str], list[SecurityGroup]] = {}
        for group in self.groups.values():
            vpc = self.vpcs.get(group.vpc)
            if vpc and vpc.environment and group.label:
                found.setdefault((vpc.environment, group.label), []).append(group)
        return {key: tuple(groups) for key, groups in found.items()}


def _by_vpc(subnets: Iterable[Subnet]) -> dict[str, tuple[Subnet, ...]]:
    found: dict[str, list[Subnet]] = {}
    for subnet in subnets:
        found.setdefault(subnet.vpc, []).append(subnet)
    return {vpc: tuple(each) for vpc, each in found.items()}
