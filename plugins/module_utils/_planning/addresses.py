# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The address plan: a function of declared slots, so that nothing moves when anything else is added, removed or reordered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._engine.errors import PlanError
from .claims import Claims, overlap_problems, size_problems
from .layout import prefix_problems, zone_problems, zone_slots
from .naming import name_problems, nearest
from .slots import SlotMap, slot_problems, span_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .ranges import Range
    from .topology import Environment, Topology, Zone

# The first four addresses of a subnet and its last one ("Subnet sizing for IPv4" of the VPC guide).
RESERVED_BY_AWS = 5


class AddressError(PlanError):
    """The topology cannot be planned, or the plan contradicts live state; ``details["problems"]`` lists everything that was found."""


@dataclass(frozen=True, slots=True)
class SubnetPlan:
    """``usable`` addresses are those that AWS does not keep for itself."""

    name: str
    cidr: str
    tier: str
    zone: str
    usable: int


@dataclass(frozen=True, slots=True)
class EnvironmentPlan:
    """``subnets`` by tier (workload, edge, pods, transit), in each by zone as declared; ``edge_spare`` are the parts of the edge for no zone."""

    name: str
    slot: int
    cidr: str
    pod_cidr: str | None
    subnets: tuple[SubnetPlan, ...]
    edge_spare: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain data, with the subnets by name."""
        subnets = {subnet.name: _plain(subnet) for subnet in self.subnets}
        return {**_plain(self), "edge_spare": list(self.edge_spare), "subnets": subnets}


@dataclass(frozen=True, slots=True)
class AddressPlan:
    """``environments`` by name, as declared."""

    environments: dict[str, EnvironmentPlan]
    supernets: tuple[str, ...]
    pod_supernet: str | None
    service_cidr: str

    def to_dict(self) -> dict[str, Any]:
        """Plain data: what the filter gives and the module returns."""
        return {
            "environments": {name: environment.to_dict() for name, environment in self.environments.items()},
            "supernets": list(self.supernets),
            "pod_supernet": self.pod_supernet,
            "service_cidr": self.service_cidr,
        }


def plan_addresses(topology: Topology) -> AddressPlan:
    """Plan every environment.

    Raises AddressError with all problems at once. Only where prefix lengths or supernets cannot even be read, the problems that
    depend on them (slots, overlaps) show in the next run.
    """
    claims = Claims.of(topology)
    problems = [*name_problems(topology), *claims.problems, *(unreadable := prefix_problems(topology))]
    if unreadable or len(claims.supernets) < len(topology.supernets):
        raise AddressError.of(problems)
    slots = SlotMap.of(topology, claims.supernets, claims.pods)
    free_space = claims.free_space()
    problems += [
        *zone_problems(topology),
        *size_problems(claims, topology, free_space),
        *span_problems(slots),
        *overlap_problems(claims, topology, slots, free_space),
    ]
    if len(slots.spans) == len(topology.supernets):  # else a supernet is too small for a slot, and that is all there is to say
        problems += slot_problems(topology, slots, free_space)
    if problems:
        raise AddressError.of(problems)
    return AddressPlan(
        {
            environment.name: _plan_environment(environment, own, slots.pod_range(environment.slot), topology)
            for environment in topology.environments
            if (own := slots.environment_range(environment.slot))
        },
        tuple(supernet.cidr for supernet in topology.supernets),
        topology.pod_supernet,
        topology.service_cidr,
    )


def environment_plan(plan: AddressPlan, name: str) -> EnvironmentPlan:
    """The plan of one environment. Raises AddressError for a name that is not declared, with the nearest one that is."""
    if name in plan.environments:
        return plan.environments[name]
    declared = sorted(plan.environments)
    shown = ", ".join(declared[:10]) + (" and more" if len(declared) > 10 else "")
    raise AddressError.of([f"Environment '{name}' is not declared in platform_environments ({shown or 'empty'}).{nearest(name, declared)}"])


def _plain(planned: SubnetPlan | EnvironmentPlan) -> dict[str, Any]:
    # dataclasses.asdict copies deeply, which a thousand environments feel
    return {name: getattr(planned, name) for name in planned.__slots__}


def _plan_environment(environment: Environment, own: Range, pods: Range | None, topology: Topology) -> EnvironmentPlan:
    prefixes = topology.prefixes
    edge = own.part(prefixes.subnet, -1)
    subnets = [*_subnets("workload", own, prefixes.subnet, topology.zones), *_subnets("edge", edge, prefixes.edge_zone, topology.zones)]
    if pods:
        spare = pods.part(prefixes.pod_zone, -1)
        subnets += [*_subnets("pods", pods, prefixes.pod_zone, topology.zones), *_subnets("transit", spare, prefixes.transit, topology.zones)]
    edge_spare = tuple(part.cidr for part in edge.parts(prefixes.edge_zone, zone_slots(topology)))
    return EnvironmentPlan(environment.name, environment.slot, own.cidr, pods.cidr if pods else None, tuple(subnets), edge_spare)


def _subnets(tier: str, block: Range, prefix: int, zones: tuple[Zone, ...]) -> Iterator[SubnetPlan]:
    for zone in zones:
        part = block.part(prefix, zone.slot)
        yield SubnetPlan(f"{tier}-{zone.name}", part.cidr, tier, zone.name, part.size - RESERVED_BY_AWS)
