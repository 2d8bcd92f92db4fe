# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who stands at the ends of flows: interfaces of a tier's groups, networks of a site, and what is outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from .fabric import Attachment, Fabric, Standing, Subnet
from .filters import Policy, policy
from .intervals import Spans, join, less
from .packets import ANYWHERE
from .ways import End

INTERNET = "internet"
OPEN = "assumed open"
# In which tiers of subnets the interfaces of a group may stand: they count before there are any.
STANDS: dict[str, tuple[str, ...]] = {
    "nodes": ("workload", "pods"),
    "load_balancers": ("workload",),
    "edge": ("edge",),
    "endpoints": ("workload",),
    "cluster_api": ("workload",),
    "search": ("workload",),
    "resolver": ("workload",),
    "default": ("workload", "pods", "edge"),
}
PODS = "pods"  # the label of nodes' interfaces in the pods' subnets, whose addresses never leave the VPC by a Transit Gateway


@dataclass(frozen=True)
class Station:
    """Interfaces with the same groups in one subnet. ``labels``: one for each group, as ``environment.group``."""

    subnet: Subnet
    groups: frozenset[str]
    environment: str
    labels: tuple[str, ...]

    @cached_property
    def label(self) -> str:
        return f"{self.environment}.{'+'.join(each.partition('.')[2] for each in self.labels)}"

    @property
    def owner(self) -> str:
        return self.environment

    @property
    def addresses(self) -> Spans:
        return self.subnet.cidr

    @property
    def end(self) -> End:
        return End("subnet", self.subnet.id, self.subnet.vpc)

    def __hash__(self) -> int:
        return hash((self.subnet.id, self.groups))


@dataclass(frozen=True, slots=True)
class Remote:
    """``owner``: the site or environment it belongs to, or itself; ``kind``: site, environment, service, internet or unknown."""

    label: str
    owner: str
    kind: str


Party: TypeAlias = "Station | Remote"


@dataclass
class Parties:
    """``sites``: the networks of each site, with their addresses."""

    fabric: Fabric
    sites: Mapping[str, Mapping[str, Spans]]
    _policies: dict[tuple[frozenset[str], bool], Policy] = field(default_factory=dict)

    @cached_property
    def stations(self) -> dict[str, tuple[Station, ...]]:
        """By subnet, in the environments' VPCs: the interfaces that are there, and those that each group may have in its tiers' subnets."""
        found: dict[str, dict[Standing, None]] = {}
        for standing in sorted(self.fabric.standings, key=lambda each: (each.subnet, sorted(each.groups), each.what)):
            found.setdefault(standing.subnet, {})[standing] = None
        for environment in self.fabric.environments:
            for name, tiers in STANDS.items():
                for group in self.fabric.named_groups(environment, name):
                    for subnet in self.fabric.subnets_of.get(group.vpc, ()):
                        if subnet.tier in tiers:
                            found.setdefault(subnet.id, {})[Standing(subnet.id, frozenset({group.id}))] = None
        subnets = {subnet: self.fabric.subnets[subnet] for subnet in found}
        return {
            subnet.id: tuple(self._station(subnet, owner, standing) for standing in found[subnet.id])
            for subnet in subnets.values()
            if (owner := self.fabric.vpcs[subnet.vpc].environment)
        }

    def _station(self, subnet: Subnet, environment: str, standing: Standing) -> Station:
        names = sorted(self._name(group, subnet) for group in standing.groups) or [standing.what]
        return Station(subnet, standing.groups, environment, tuple(f"{environment}.{name}" for name in names))

    def _name(self, group_id: str, subnet: Subnet) -> str:
        group = self.fabric.groups.get(group_id)
        if group is None or not group.label:
            return group_id
        return PODS if group.label == "nodes" and subnet.tier == "pods" else group.label

    def policy(self, station: Station, outbound: bool) -> Policy:
        key = (station.groups, outbound)
        if key not in self._policies:
            self._policies[key] = policy((self.fabric.groups[each] for each in sorted(station.groups)), outbound)
        return self._policies[key]

    def remotes(self, end: End) -> list[tuple[Remote, Spans]]:
        """Who may be behind an end outside, each with its addresses."""
        if end.kind == "internet":
            return [(Remote(INTERNET, INTERNET, "internet"), ANYWHERE)]
        if end.kind == "service":
            label = f"aws.{self.fabric.endpoints[end.id].service}"
            return [(Remote(label, label, "service"), ANYWHERE)]
        if end.kind == "attachment":
            return self._attached(self.fabric.attachments[end.id])
        peering = self.fabric.peerings.get(end.id)
        name = (peering and peering.other(end.vpc)) or end.id
        return [(Remote(name, name, "unknown"), ANYWHERE)]

    def _attached(self, attachment: Attachment) -> list[tuple[Remote, Spans]]:
        owner = attachment.owner
        if attachment.kind == "vpn" and owner in self.sites and owner is not None:
            networks = self.sites[owner]
            others = less(ANYWHERE, join(*networks.values()))
            found = [(Remote(f"{owner}.{name}", owner, "site"), addresses) for name, addresses in networks.items()]
            return [*found, (Remote(f"{owner} (other addresses)", owner, "site"), others)]
        if attachment.kind == "vpc" and owner:
            return [(Remote(f"{owner} ({OPEN})", owner, "environment"), ANYWHERE)]
        return [(Remote(attachment.resource or attachment.id, attachment.id, "unknown"), ANYWHERE)]

    @cached_property
    def assumed_open(self) -> list[str]:
        """Networks that are attached or peered, and that nothing is known of."""
        unknown = [each for each in self.fabric.attachments.values() if each.kind == "vpc" and each.resource not in self.fabric.vpcs]
        peers = [side for peering in self.fabric.peerings.values() for side in peering.sides if side not in self.fabric.vpcs]
        return sorted({each.owner or each.resource for each in unknown} | set(peers))
