# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an environment is divided: prefix lengths and zone slots, the same in every environment.

===================  =============  ==================  =====================================
block                divided into   zone slot k takes   the last one is
===================  =============  ==================  =====================================
environment /23      subnet /25     ``workload-<zone>`` the edge
edge (a subnet) /25  edge_zone /27  ``edge-<zone>``     a spare
pod_environment /20  pod_zone /22   ``pods-<zone>``     what the transit subnets are cut from
pod_zone /22         transit /28    ``transit-<zone>``  one like any other
===================  =============  ==================  =====================================
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .topology import Prefixes, Topology

# EKS and Application Load Balancers refuse to work in fewer.
ZONES_AT_LEAST = 2

# Zones in which EKS refuses a cluster's subnets, see "Subnet requirements and considerations" of its guide.
ZONES_WITHOUT_EKS = frozenset({"use1-az3", "usw1-az2", "cac1-az3"})

AZ_ID = r"[a-z]{2,6}[0-9]-az[0-9]+"

# A VPC and a subnet are /16 to /28; a load balancer needs a subnet of /27 or wider; prefix delegation cannot use the first and the
# last /28 of a subnet, so pods need a /26 or wider. With two zones and what is kept for other ends, these are the limits of each.
LIMITS = {
    "environment": (16, 23),
    "subnet": (18, 25),
    "edge_zone": (20, 27),
    "pod_environment": (16, 24),
    "pod_zone": (18, 26),
    "transit": (19, 28),
}


class Division(NamedTuple):
    outer: str
    inner: str
    kept: int  # blocks at the end that no zone takes
    purpose: str

    @property
    def keeps(self) -> str:
        return f" and {self.purpose}" if self.kept else ""

    def of(self, prefixes: Prefixes) -> tuple[int, int]:
        """The prefix lengths of the block and of its parts."""
        return getattr(prefixes, self.outer), getattr(prefixes, self.inner)

    def slots(self, prefixes: Prefixes) -> int:
        """How many zones it serves; less than two if the prefixes make no sense."""
        outer, inner = self.of(prefixes)
        return (1 << max(0, inner - outer)) - self.kept


_VPC = (Division("environment", "subnet", 1, "the edge"), Division("subnet", "edge_zone", 1, "the spare of the edge"))
_PODS = (Division("pod_environment", "pod_zone", 1, "the transit subnets"), Division("pod_zone", "transit", 0, ""))


def divisions(topology: Topology) -> tuple[Division, ...]:
    return _VPC if topology.pod_supernet is None else _VPC + _PODS


def zone_slots(topology: Topology) -> int:
    """Zone slots are 0 to this - 1: as many as every division can serve, so that one slot fits everywhere."""
    return min(division.slots(topology.prefixes) for division in divisions(topology))


def prefix_problems(topology: Topology) -> list[str]:
    """Prefix lengths that AWS does not take, or that leave no room for two zones."""
    used = {name for division in divisions(topology) for name in (division.outer, division.inner)}
    outside = [
        f"platform_prefixes: {name} is {value}, but may be {widest} to {narrowest}: AWS limits the sizes of VPCs, subnets and what"
        f" stands in them. Use {min(max(value, widest), narrowest)}."
        for name, (widest, narrowest) in LIMITS.items()
        if name in used and not widest <= (value := getattr(topology.prefixes, name)) <= narrowest
    ]
    return outside or [problem for division in divisions(topology) for problem in _division_problems(division, topology.prefixes)]


def _division_problems(division: Division, prefixes: Prefixes) -> Iterator[str]:
    if division.slots(prefixes) >= ZONES_AT_LEAST:
        return
    outer, inner = division.of(prefixes)
    needed = ZONES_AT_LEAST + division.kept
    step = (needed - 1).bit_length()
    yield (
        f"platform_prefixes: {division.outer} /{outer} divides into {division.slots(prefixes) + division.kept} of {division.inner}"
        f" /{inner}, but {needed} are needed: {ZONES_AT_LEAST} zones at least{division.keeps}."
        f" Use {division.inner} {outer + step} or {division.outer} {inner - step}."
    )


def zone_problems(topology: Topology) -> Iterator[str]:
    """Too few zones, slots that are taken or do not fit, AZ IDs that are none or bound twice."""
    if len(topology.zones) < ZONES_AT_LEAST:
        yield f"platform_zones has {len(topology.zones)} zones, but a cluster and a load balancer need {ZONES_AT_LEAST}. Declare another one."
    yield from _zone_slot_problems(topology)
    for az_id, times in Counter(zone.az_id for zone in topology.zones if zone.az_id).items():
        names = " and ".join(zone.name for zone in topology.zones if zone.az_id == az_id)
        if not re.fullmatch(AZ_ID, az_id):
            yield (
                f"platform_zones, zone {names}: az_id is '{az_id}', which is no AZ ID. An AZ ID such as euc1-az1 names the same place in"
                " every account, a letter does not; `aws ec2 describe-availability-zones` lists both."
            )
        if az_id in ZONES_WITHOUT_EKS:
            yield f"platform_zones, zone {names}: in {az_id} EKS takes no cluster subnets. Bind it to another zone of the region."
        if times > 1:
            yield f"platform_zones: {az_id} is bound to zones {names}. Zones stand in for each other only if they differ: bind each to its own AZ ID."


def _zone_slot_problems(topology: Topology) -> Iterator[str]:
    limit = zone_slots(topology)
    holders: dict[int, str] = {}
    homeless: list[tuple[str, str]] = []
    for zone in topology.zones:
        if zone.slot in holders:
            homeless.append((zone.name, f"slot {zone.slot} is taken by zone {holders[zone.slot]}"))
        elif not 0 <= zone.slot < limit:
            homeless.append((zone.name, f"slot {zone.slot} is not one of 0 to {limit - 1}, {_tightest(topology)}"))
        else:
            holders[zone.slot] = zone.name
    free = (slot for slot in range(limit) if slot not in holders)
    for name, reason in homeless:
        slot = next(free, None)
        way_out = "No slot is free: make room with other platform_prefixes." if slot is None else f"The next free slot is {slot}."
        yield f"platform_zones, zone {name}: {reason}. {way_out}"


def _tightest(topology: Topology) -> str:
    prefixes = topology.prefixes
    division = min(divisions(topology), key=lambda each: each.slots(prefixes))
    outer, inner = division.of(prefixes)
    return f"since {division.outer} /{outer} holds {division.slots(prefixes)} of {division.inner} /{inner}{division.keeps}"
