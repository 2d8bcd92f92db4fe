# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The capacity gate: does what an environment is meant to hold fit its subnets, zone by zone?

Everything is counted at its most, since a subnet that is full stops an upgrade or a scale-out half-way.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from .._engine.errors import PlanError
from .addresses import RESERVED_BY_AWS
from .ranges import parse_range

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .addresses import EnvironmentPlan, SubnetPlan

EKS_RESERVE = 16  # EKS guide, network requirements: 6 free addresses at least, 16 recommended, in each cluster subnet
LOAD_BALANCER = 8  # Elastic Load Balancing guide: 8 free addresses in each subnet, or it cannot scale
SEARCH_FACTOR = 3  # OpenSearch Service guide, VPC support: three times the data nodes, for a blue/green deployment
PREFIX = 28  # prefix delegation assigns blocks of 16 addresses
PREFIX_PODS = 16
WARM_PREFIXES = 1  # the VPC CNI's WARM_PREFIX_TARGET: a node keeps one free prefix ready
# The first four addresses of a subnet and its last one are AWS's, so prefix delegation can use neither the first nor the last /28;
# what they have left serves interfaces.
SINGLES = 2 * PREFIX_PODS - RESERVED_BY_AWS
# Addresses (or prefixes) of one network interface of m5.large and its like, the first its own; larger types waste fewer.
INTERFACE_SLOTS = 10


class CapacityError(PlanError):
    """Something does not fit: the message shows the arithmetic and the largest values that would."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What an environment holds at its peak, the surge of an upgrade included.

    ``load_balancers`` are internal and stand in the workload subnets, ``public_load_balancers`` in the edge. ``search_nodes`` are data
    nodes over all zones. An interface endpoint has an address in each zone. ``zonal_nat`` is a NAT gateway in each zone of the edge.
    """

    nodes_per_zone: int = 20
    pods_per_node: int = 30
    load_balancers: int = 1
    search_nodes: int = 3
    interface_endpoints: int = 0
    public_load_balancers: int = 0
    zonal_nat: bool = False
    pod_addressing: Literal["secondary", "workload"] = "secondary"


ADJUSTABLE = ("nodes_per_zone", "pods_per_node", "load_balancers", "search_nodes", "interface_endpoints", "public_load_balancers")


@dataclass(frozen=True, slots=True)
class SubnetCapacity:
    """The arithmetic of one subnet: what ``uses`` leave of ``total``, in ``unit`` (addresses or /28 prefixes); less than 0 does not fit."""

    subnet: str
    tier: str
    cidr: str
    unit: str
    total: int
    uses: tuple[tuple[int, str], ...]

    @property
    def left(self) -> int:
        return self.total - sum(count for count, _what in self.uses)

    def __str__(self) -> str:
        terms = "".join(f" - {count} {what}" for count, what in self.uses if count)
        return f"{self.subnet} {self.cidr}: {self.total} {self.unit}{terms} = {self.left}"


@dataclass(frozen=True, slots=True)
class CapacityReport:
    environment: str
    subnets: tuple[SubnetCapacity, ...]

    def fits(self, tier: str | None = None) -> bool:
        """Whether all subnets, or those of one tier, hold what they must."""
        return all(subnet.left >= 0 for subnet in self.subnets if tier in (None, subnet.tier))

    def to_dict(self) -> dict[str, Any]:
        """Plain data: by subnet, what is left, of which unit, and how that was computed."""
        return {subnet.subnet: {"left": subnet.left, "unit": subnet.unit, "arithmetic": str(subnet)} for subnet in self.subnets}


def check_capacity(environment: EnvironmentPlan, demand: Demand) -> CapacityReport:
    """The arithmetic of every subnet that something takes addresses of. Raises CapacityError if one does not hold it all."""
    if demand.pod_addressing == "secondary" and environment.pod_cidr is None:
        raise CapacityError(
            f"Environment {environment.name} has no pod range, which pod_addressing secondary needs."
            " Set platform_pod_supernet, or pod_addressing to workload."
        )
    report = _survey(environment, demand)
    if not report.fits():
        tiers = dict.fromkeys(subnet.tier for subnet in report.subnets if subnet.left < 0)
        found = [line for tier in tiers for line in _refusal(tier, report, environment, demand)]
        message = "\n".join([f"Environment {environment.name} cannot hold what its capacity declares:", *found])
        raise CapacityError(message, capacity=report.to_dict())
    return report


def _refusal(tier: str, report: CapacityReport, environment: EnvironmentPlan, demand: Demand) -> list[str]:
    """The arithmetic of a tier that is full, and the largest value of each number that would fit while the others stay as they are."""
    largest: list[str] = []
    for name in ADJUSTABLE:

        def too_many(value: int, name: str = name) -> bool:
            changed: dict[str, Any] = {name: value}
            return not _survey(environment, replace(demand, **changed)).fits(tier)

        fitting = bisect_left(range(getattr(demand, name)), True, key=too_many) - 1
        if fitting >= 0:
            largest.append(f"{name} {fitting}")
    way_out = f"would fit: {' or '.join(largest)}" if largest else "no number alone makes it fit: lower several, or plan wider subnets"
    first, *others = (subnet for subnet in report.subnets if subnet.tier == tier and subnet.left < 0)
    alike = f", and so {' and '.join(subnet.subnet for subnet in others)}" if others else ""
    return [f"  {first}{alike}", f"  -> {way_out}"]


def _survey(environment: EnvironmentPlan, demand: Demand) -> CapacityReport:
    def of(tier: str) -> list[SubnetPlan]:
        return [subnet for subnet in environment.subnets if subnet.tier == tier]

    workload, pods = of("workload"), of("pods") if demand.pod_addressing == "secondary" else []
    return CapacityReport(
        environment.name,
        (
            *(_addresses(subnet, _workload_uses(demand, len(workload))) for subnet in workload),
            *(_addresses(subnet, _edge_uses(demand)) for subnet in of("edge")),
            *(_prefixes(subnet, demand) for subnet in pods),
        ),
    )


def _addresses(subnet: SubnetPlan, uses: Iterator[tuple[int, str]]) -> SubnetCapacity:
    return SubnetCapacity(subnet.name, subnet.tier, subnet.cidr, "addresses", parse_range(subnet.cidr).size, ((RESERVED_BY_AWS, "AWS"), *uses))


def _workload_uses(demand: Demand, zones: int) -> Iterator[tuple[int, str]]:
    nodes, pods = demand.nodes_per_zone, demand.pods_per_node
    in_workload = demand.pod_addressing == "workload"
    yield EKS_RESERVE, "EKS control plane"
    # transit subnets are cut from the pod range, which the VPC has only where pods take their addresses from it
    yield int(in_workload), "Transit Gateway attachment"
    yield demand.interface_endpoints, "interface endpoints"
    yield -(-SEARCH_FACTOR * demand.search_nodes // zones), f"OpenSearch ({SEARCH_FACTOR} x {demand.search_nodes} nodes / {zones} zones)"
    yield LOAD_BALANCER * demand.load_balancers, f"internal load balancers ({demand.load_balancers} x {LOAD_BALANCER})"
    if in_workload:
        interfaces = max(1, -(-pods // (INTERFACE_SLOTS - 1)))
        yield nodes * (interfaces + pods), f"nodes and pods ({nodes} nodes x ({interfaces} interfaces + {pods} pods))"
    else:
        yield nodes, "nodes"


def _edge_uses(demand: Demand) -> Iterator[tuple[int, str]]:
    yield LOAD_BALANCER * demand.public_load_balancers, f"public load balancers ({demand.public_load_balancers} x {LOAD_BALANCER})"
    yield int(demand.zonal_nat), "NAT gateway"


def _prefixes(subnet: SubnetPlan, demand: Demand) -> SubnetCapacity:
    nodes = demand.nodes_per_zone
    prefixes = -(-demand.pods_per_node // PREFIX_PODS) + WARM_PREFIXES
    interfaces = nodes * -(-prefixes // (INTERFACE_SLOTS - 1))
    uses = (
        (2, "first and last"),
        (nodes * prefixes, f"nodes ({nodes} x ({prefixes - WARM_PREFIXES} for {demand.pods_per_node} pods + {WARM_PREFIXES} warm))"),
        (max(0, -(-(interfaces - SINGLES) // PREFIX_PODS)), f"for interfaces ({interfaces}, of which {SINGLES} fit the first and last)"),
    )
    return SubnetCapacity(subnet.name, subnet.tier, subnet.cidr, f"prefixes of /{PREFIX}", parse_range(subnet.cidr).count(PREFIX), uses)
