# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names across the border: sites resolve the environment's private names, and the environment those of sites.

Both only between an environment and the sites that the access matrix connects with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zlib import crc32

from .._aws.route53resolver.resolver_endpoint import ResolverEndpoint
from .._aws.route53resolver.resolver_rule import ResolverRule
from .._aws.route53resolver.resolver_rule_association import ResolverRuleAssociation
from .._engine.errors import PlanError
from .._engine.resource import Resource
from .._planning.access import AccessMatrix
from .._planning.ranges import parse_range
from .._planning.topology import Site, Topology
from .network_access import Flow
from .network_foundation import Foundation

if TYPE_CHECKING:
    from .network_filters import Filters

GROUP = "resolver"  # the security group of both endpoints, and a tier of its own
PORT = (53, 53)
DIRECTIONS = ("inbound", "outbound")
MOST_SERVERS = 6  # Route 53 quotas, "Target IP addresses per Resolver rule"


def resolver_flows(asked: Mapping[str, bool], topology: Topology, matrix: AccessMatrix, environment: str) -> Iterator[Flow]:
    """``asked``: the module's option ``resolver``. A name server outside of the networks that the matrix names is let in by its address:
    it is what asks for the site's clients.
    """
    if asked["inbound"]:
        servers = server_ranges(asked, topology, matrix, environment).values()
        for source in (*_networks(matrix, environment), *(each for ranges in servers for each in ranges)):
            yield from (Flow(source, GROUP, protocol, PORT, "private names for sites") for protocol in ("tcp", "udp"))
    if asked["outbound"]:
        for site in _sites(topology, matrix, environment):
            for target in _ranges(site):
                yield from (Flow(GROUP, target, protocol, PORT, f"names of {site.name}") for protocol in ("tcp", "udp"))


def server_ranges(asked: Mapping[str, bool], topology: Topology, matrix: AccessMatrix, environment: str) -> dict[str, tuple[str, ...]]:
    """By site, its name servers that stand in none of the networks that the matrix names: routes have to lead to them too."""
    known = [parse_range(cidr) for network in _networks(matrix, environment) for cidr in matrix.networks[network]]
    return {
        site.name: tuple(server for server in _ranges(site) if not any(parse_range(server).within(network) for network in known))
        for site in (_sites(topology, matrix, environment) if any(asked.values()) else ())
    }


def _networks(matrix: AccessMatrix, environment: str) -> list[str]:
    """The ``site.network`` that exchange packets with the environment."""
    return sorted({str(end) for flow in matrix.of(environment) for end in (flow.source, flow.target) if end.is_site})


def _sites(topology: Topology, matrix: AccessMatrix, environment: str) -> list[Site]:
    """Those that have name servers, of the sites that the matrix connects with the environment."""
    connected = matrix.sites_of(environment)
    return [site for site in sorted(topology.sites, key=lambda site: site.name) if site.dns and site.name in connected]


def _ranges(site: Site) -> list[str]:
    return sorted(f"{server}/32" for server in site.dns.servers) if site.dns else []


class Names:
    def __init__(self, base: Foundation, filters: Filters, matrix: AccessMatrix) -> None:
        self.base, self.filters = base, filters
        self.asked: Mapping[str, bool] = base.p["resolver"]
        self.sites = _sites(base.topology, matrix, base.scope.environment)
        problems = [
            f"platform_sites, site {site.name}: dns.servers has {len(site.dns.servers)} addresses, but a Resolver rule takes {MOST_SERVERS}. "
            "Name those that answer for the others."
            for site in self.sites
            if self.asked["outbound"] and site.dns and len(site.dns.servers) > MOST_SERVERS
        ]
        if problems:
            raise PlanError.of(problems)

    def resources(self) -> list[Resource]:
        return [*self.endpoints.values(), *self.rules, *self.associations()]

    @cached_property
    def endpoints(self) -> dict[str, ResolverEndpoint]:
        """By direction."""
        return {
            direction: ResolverEndpoint(
                name=direction,
                scope=self.base.scope,
                direction=direction.upper(),
                subnets=self.base.of("workload"),
                groups=frozenset({self.filters.groups[GROUP]}),
                tags=self.base.tags(direction),
            )
            for direction in DIRECTIONS
            if self.asked[direction]
        }

    @cached_property
    def rules(self) -> list[ResolverRule]:
        """One for each domain, which belongs to one site only."""
        if "outbound" not in self.endpoints:
            return []
        return [
            ResolverRule(
                name=(name := _rule_name(domain)),
                scope=self.base.scope,
                domain=domain,
                targets=frozenset(site.dns.servers),
                endpoint=self.endpoints["outbound"],
                tags=self.base.tags(name),
            )
            for site in self.sites
            if site.dns
            for domain in site.dns.domains
        ]

    def associations(self) -> list[ResolverRuleAssociation]:
        return [ResolverRuleAssociation(name=rule.name, scope=self.base.scope, rule=rule, vpc=self.base.vpc) for rule in self.rules]

    def describe(self) -> dict[str, Any]:
        """By direction ``{id, addresses}``: a site's name servers forward to the inbound ones. None for what is only planned."""
        return {
            direction: {
                "id": endpoint.live.id if endpoint.live else None,
                "addresses": endpoint.live.values.get("addresses") if endpoint.live else None,
            }
            for direction, endpoint in self.endpoints.items()
        }


def _rule_name(domain: str) -> str:
    """Each domain has its own, within what Resolver takes beside the longest names of platform and environment."""
    name, longest = domain.replace(".", "_"), 22
    if len(name) <= longest and "_" not in domain:
        return name
    return f"{name[: longest - 9]}-{crc32(domain.encode()):08x}"
