# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The access matrix: who may open a connection to whom. What it does not list is closed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from .._engine.errors import PlanError
from .access_rules import duplicate_problems, entry_problems, port_ranges, role_problems
from .ranges import parse_range
from .tunnels import read_day

if TYPE_CHECKING:
    from .topology import AccessEntry, DeveloperRole, Topology

TIERS = ("workload", "edge", "endpoints", "cluster_api", "search")


@dataclass(frozen=True, slots=True, order=True)
class End:
    """``owner`` is a site and ``part`` its network, or an environment and a tier of it. No site has an environment's name."""

    owner: str
    part: str
    is_site: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        return f"{self.owner}.{self.part}"


@dataclass(frozen=True, slots=True)
class AccessFlow:
    """One thing that is open: from a source to a range of destination ports, or to all of a protocol without ports.

    ``role`` is the developer role whose entry it comes from. ``source_addresses`` says whose address the far side sees.
    """

    source: End
    target: End
    protocol: str
    ports: tuple[int, int] | None
    source_addresses: str
    reason: str
    role: str | None = None

    @property
    def owners(self) -> frozenset[str]:
        return frozenset({self.source.owner, self.target.owner})

    def to_dict(self) -> dict[str, Any]:
        ports = "-".join(map(str, sorted(set(self.ports)))) if self.ports else "all"
        plain = {"from": str(self.source), "to": str(self.target), "protocol": self.protocol, "ports": ports}
        return {**plain, "source_addresses": self.source_addresses, "reason": self.reason, "role": self.role}


@dataclass(frozen=True, slots=True)
class AccessMatrix:
    """``flows`` in an order that does not depend on that of the entries; ``networks`` are the ranges of every ``site.network``."""

    flows: tuple[AccessFlow, ...] = ()
    expired: tuple[AccessEntry, ...] = ()
    networks: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    def of(self, owner: str) -> tuple[AccessFlow, ...]:
        """The flows that begin or end in an environment or at a site."""
        return tuple(flow for flow in self.flows if owner in flow.owners)

    def sites_of(self, environment: str) -> tuple[str, ...]:
        """The sites that an environment exchanges packets with, whichever side begins."""
        return self._others(environment, sites=True)

    def peers_of(self, environment: str) -> tuple[str, ...]:
        """The other environments that it exchanges packets with."""
        return self._others(environment, sites=False)

    def environments_of(self, site: str) -> tuple[str, ...]:
        """The environments that a site exchanges packets with."""
        return self._others(site, sites=False)

    def _others(self, owner: str, *, sites: bool) -> tuple[str, ...]:
        ends = {end for flow in self.of(owner) for end in (flow.source, flow.target)}
        return tuple(sorted({end.owner for end in ends if end.is_site == sites} - {owner}))

    def joins(self, environment: str, tiers: Iterable[str], owner: str) -> bool:
        """Whether any of these tiers of an environment exchanges packets with a site or another environment."""
        own = {End(environment, tier) for tier in tiers}
        return any({flow.source, flow.target} & own and owner in flow.owners for flow in self.of(environment))

    def networks_of(self, environment: str, tiers: Iterable[str]) -> tuple[str, ...]:
        """The ranges of sites that these tiers of an environment exchange packets with, by address."""
        own = {End(environment, tier) for tier in tiers}
        far = {b for flow in self.flows for a, b in ((flow.source, flow.target), (flow.target, flow.source)) if a in own and b.is_site}
        return tuple(sorted({cidr for end in far for cidr in self.networks[str(end)]}, key=parse_range))


def compile_access(topology: Topology, today: date) -> AccessMatrix:
    """The flows that the matrix opens on a day. Entries that expired before it are dropped and reported, whatever else they say.

    Raises PlanError with all problems at once.
    """
    ends, roles = known_ends(topology), {role.name: role for role in topology.developer_roles}
    current = [(number, entry) for number, entry in enumerate(topology.access, 1) if not _is_over(entry, today)]
    problems = [
        *role_problems(topology.developer_roles, ends),
        *(problem for number, entry in current for problem in entry_problems(number, entry, ends, roles)),
        *duplicate_problems(current),
    ]
    if problems:
        raise PlanError.of(problems)
    flows = {flow for _number, entry in current for flow in _flows(entry, ends, roles)}
    expired = [entry for entry in topology.access if _is_over(entry, today)]
    return AccessMatrix(
        tuple(sorted(flows, key=lambda flow: (flow.source, flow.target, flow.protocol, flow.ports or (0, 0), flow.role or "", flow.reason))),
        tuple(sorted(expired, key=lambda entry: (entry.source, entry.target, entry.protocol, entry.ports, entry.reason))),
        topology.site_networks(),
    )


def known_ends(topology: Topology) -> dict[str, End]:
    """Everything that the matrix can name beside developer roles, by how it is written."""
    networks = [End(site.name, network.name, is_site=True) for site in topology.sites for network in site.networks]
    tiers = [End(environment.name, tier) for environment in topology.environments for tier in TIERS]
    return {str(end): end for end in (*networks, *tiers)}


def refuse_hidden_pods(matrix: AccessMatrix, environment: str, *, own_pods: bool) -> None:
    """``own_pods``: the environment's pods have a range of their own, and leave the VPC with their node's address.

    Raises PlanError for flows out of the environment that state the pods' addresses all the same.
    """
    hidden = [flow for flow in matrix.of(environment) if own_pods and flow.source_addresses == "pod" and environment == flow.source.owner]
    problems = [
        f"platform_access, {flow.source} to {flow.target}: source_addresses is pod, but the pods of {environment} have a range of their own,"
        " which nothing outside the VPC can see: their packets leave with the node's address. Say node, or put the pods into the workload"
        " subnets (network_pod_addressing: workload)."
        for flow in hidden
        if flow.target.owner != environment
    ]
    if problems:
        raise PlanError.of(sorted(set(problems)))


def _is_over(entry: AccessEntry, today: date) -> bool:
    last = read_day(entry.expires) if entry.expires else None
    return last is not None and last < today


def _flows(entry: AccessEntry, ends: Mapping[str, End], roles: Mapping[str, DeveloperRole]) -> Iterator[AccessFlow]:
    role = roles.get(entry.source)
    ranges: list[tuple[int, int] | None] = [*port_ranges(entry.ports)[0]] or [None]
    for source in role.networks if role else (entry.source,):
        for ports in ranges:
            yield AccessFlow(
                ends[source], ends[entry.target], entry.protocol, ports, entry.source_addresses, entry.reason, role.name if role else None
            )
