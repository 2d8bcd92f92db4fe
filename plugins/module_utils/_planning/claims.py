# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who claims which range, and that no two claims overlap."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from .ranges import PRIVATE, SHARED, FreeSpace, Range, parse_range

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .slots import SlotMap
    from .topology import Environment, Topology


class Kind(IntEnum):
    """What claims a range; of two that overlap, the one that is easier to move comes first and is offered a free range."""

    PODS = 1
    SERVICES = 2
    SUPERNET = 3
    SITE = 4
    RESERVED = 5


class Claim(NamedTuple):
    range: Range
    kind: Kind
    label: str
    variable: str
    owner: str  # one owner's claims may contain each other, such as a site's whole network and a part of it with its own name

    def __str__(self) -> str:
        return f"{self.label} {self.range}"


# What nothing can use: "this network", loopback, link-local (where AWS answers for metadata, time and DNS), multicast and above.
_UNUSABLE = (
    ("this-network", Range(0, 8)),
    ("loopback", Range(127 << 24, 8)),
    ("link-local", Range((169 << 24) + (254 << 16), 16)),
    ("multicast", Range(224 << 24, 3)),
)

WIDEST = 8
SERVICE_PREFIXES = (12, 24)  # EKS, KubernetesNetworkConfigRequest
BENCHMARKING = Range((198 << 24) + (19 << 16), 16)


@dataclass
class Claims:
    """All ranges that a topology names, read; ``problems`` are those that cannot be read."""

    all: list[Claim] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    supernets: list[tuple[Range, int]] = field(default_factory=list)
    pods: Range | None = None
    services: Range | None = None

    @classmethod
    def of(cls, topology: Topology) -> Claims:
        claims = cls()
        for supernet in topology.supernets:
            if read := claims.add(supernet.cidr, Kind.SUPERNET, "supernet", "platform_supernets"):
                claims.supernets.append((read, supernet.first_slot))
        if topology.pod_supernet is not None:
            claims.pods = claims.add(topology.pod_supernet, Kind.PODS, "the pods' supernet", "platform_pod_supernet")
        claims.services = claims.add(topology.service_cidr, Kind.SERVICES, "the clusters' service CIDR", "platform_service_cidr")
        for site in topology.sites:
            for network in site.networks:
                for cidr in network.cidrs:
                    claims.add(cidr, Kind.SITE, f"site {site.name}, network {network.name}", "platform_sites", f"site {site.name}")
        for reserved in topology.reserved_ranges:
            claims.add(reserved.cidr, Kind.RESERVED, f"reserved range {reserved.name}", "platform_reserved_ranges", "reserved")
        return claims

    def add(self, cidr: str, kind: Kind, label: str, variable: str, owner: str = "") -> Range | None:
        try:
            read = parse_range(cidr)
            if read.prefix < WIDEST:
                raise ValueError(f"is wider than /{WIDEST} and leaves no room for others; name the networks that are really there")
        except ValueError as error:
            self.problems.append(f"{variable}, {label}: {cidr} {error}.")
            return None
        self.all.append(Claim(read, kind, label, variable, owner or f"{kind.name} {len(self.all)}"))
        return read

    def free_space(self) -> FreeSpace:
        return FreeSpace([claim.range for claim in self.all] + [unusable for _name, unusable in _UNUSABLE])


def overlap_problems(claims: Claims, topology: Topology, slots: SlotMap, free_space: FreeSpace) -> Iterator[str]:
    """Both sides of every overlap, with a free range for the one that is easier to move.

    One sweep over the sorted claims: blocks either contain each other or are apart, so those that contain the next one are a stack.
    """
    unusable = [Claim(block, Kind.RESERVED, f"the {name} range", "", "reserved") for name, block in _UNUSABLE]
    containing: list[Claim] = []
    for claim in sorted([*claims.all, *unusable]):
        while containing and containing[-1].range.last < claim.range.first:
            containing.pop()
        for outer in containing:
            if outer.owner != claim.owner or (claim.kind is Kind.SITE and outer.range == claim.range):
                yield _overlap(outer, claim, topology, slots, free_space)
        containing.append(claim)


def _overlap(outer: Claim, inner: Claim, topology: Topology, slots: SlotMap, free_space: FreeSpace) -> str:
    movable, fixed = sorted((outer, inner), key=lambda claim: claim.kind)
    pools = (SHARED,) if movable.kind is Kind.PODS else PRIVATE
    offer = free_space.offer(movable.range.prefix, _narrowest(movable, topology, slots), near=movable.range, moving=True, pools=pools)
    way_out = f"Free instead of {movable.range}: {offer}" if offer else f"No range of /{movable.range.prefix} is free: take a smaller one"
    other = f"; or change {fixed.variable}" if fixed.variable and fixed.variable != movable.variable else ""
    hit = _environments_in(movable, fixed.range, topology, slots)
    return f"{movable.variable}: {movable}{hit} overlaps {fixed}. {way_out}{other}."


def _narrowest(claim: Claim, topology: Topology, slots: SlotMap) -> int:
    """The smallest range that could take the claim's place."""
    if claim.kind is Kind.SERVICES:
        return SERVICE_PREFIXES[1]
    if claim.kind is Kind.PODS:
        last = max((environment.slot for environment in topology.environments), default=0)
        return max(claim.range.prefix, slots.pod_prefix - last.bit_length())
    return claim.range.prefix


def _environments_in(claim: Claim, block: Range, topology: Topology, slots: SlotMap) -> str:
    """The environments whose addresses in ``claim`` are hit: what the overlap breaks today."""
    if claim.kind not in {Kind.SUPERNET, Kind.PODS}:
        return ""
    range_of = slots.environment_range if claim.kind is Kind.SUPERNET else slots.pod_range

    def hit(environment: Environment) -> Range | None:
        own = range_of(environment.slot)
        return own if own and own.overlaps(block) and own.within(claim.range) else None

    found = [f"environment {environment.name} {own}" for environment in topology.environments if (own := hit(environment))]
    return f" (with {', '.join(found[:3])}{' and more' if len(found) > 3 else ''})" if found else ""


def size_problems(claims: Claims, topology: Topology, free_space: FreeSpace) -> Iterator[str]:
    """Ranges of a size or in a space that AWS does not take, or too small to hold what they are for."""
    for supernet, _first in claims.supernets:
        yield from _too_small(supernet, "platform_supernets", "environment", topology, free_space)
    if claims.pods:
        yield from _too_small(claims.pods, "platform_pod_supernet", "pod_environment", topology, free_space)
        yield from _pod_space(claims)
    if claims.services:
        yield from _service_space(claims.services, free_space)


def _too_small(block: Range, variable: str, prefix_name: str, topology: Topology, free_space: FreeSpace) -> Iterator[str]:
    prefix = getattr(topology.prefixes, prefix_name)
    if block.count(prefix) == 0:
        offer = free_space.offer(prefix, near=block, moving=True, pools=(SHARED,) if prefix_name == "pod_environment" else PRIVATE)
        yield (
            f"{variable}: {block} has {block.size} addresses, too few for one environment of /{prefix} ({1 << (32 - prefix)} addresses)."
            f" Use /{prefix} or wider{f', for example {offer}' if offer else ''}, or another platform_prefixes.{prefix_name}."
        )


def _pod_space(claims: Claims) -> Iterator[str]:
    """AWS adds a secondary range from a private space to a VPC only if the VPC's own range is from the same one.

    Source: "IPv4 CIDR block association restrictions" in "VPC CIDR blocks" of the VPC guide.
    """
    for space in (*PRIVATE, BENCHMARKING):
        foreign = [str(supernet) for supernet, _first in claims.supernets if not supernet.within(space)]
        if claims.pods and claims.pods.overlaps(space) and foreign:
            yield (
                f"platform_pod_supernet: AWS does not add pod ranges of {claims.pods}, in {space}, to VPCs of {', '.join(foreign)}."
                " Use a part of 100.64.0.0/10, which goes with every VPC."
            )


def _service_space(services: Range, free_space: FreeSpace) -> Iterator[str]:
    widest, narrowest = SERVICE_PREFIXES
    if not widest <= services.prefix <= narrowest or not any(services.within(space) for space in PRIVATE):
        offer = free_space.offer(min(max(services.prefix, widest), narrowest), near=services, moving=True)
        yield (
            f"platform_service_cidr: EKS does not take {services}: it wants /{widest} to /{narrowest} in {', '.join(map(str, PRIVATE))}."
            f"{f' {offer} is free.' if offer else ''}"
        )
