# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is meant to be possible: the flows that the networks of the environments declare, by the parties that stand for their ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Protocol

from .intervals import Box, Boxes, Spans, join, less
from .packets import ANYWHERE, PUBLIC, addresses, services
from .parties import INTERNET, PODS, Party, Remote

EVERYWHERE = "0.0.0.0/0"  # as flows name the internet


class DeclaredFlow(Protocol):
    """As the network stack declares it. Ends: a tier or group of the environment, ``owner.part``, ``aws.service`` or a CIDR."""

    @property
    def source(self) -> str: ...
    @property
    def target(self) -> str: ...
    @property
    def protocol(self) -> str: ...
    @property
    def ports(self) -> tuple[int, int] | None: ...
    @property
    def reason(self) -> str: ...


@dataclass(frozen=True, slots=True)
class ExpectedFlow:
    """Ends are ``environment.tier``, ``environment.group``, ``site.network``, ``aws.service``, ``internet`` or a CIDR."""

    source: str
    target: str
    protocol: str
    ports: tuple[int, int] | None
    reason: str
    environment: str = ""  # that declares it

    @property
    def services(self) -> Spans:
        return services(self.protocol, self.ports if self.protocol in ("tcp", "udp") else None)


def expected_flows(declared: Mapping[str, Iterable[DeclaredFlow]], tiers: Iterable[str]) -> list[ExpectedFlow]:
    """The declared flows of each environment with whole names. ``tiers``: the names of tiers and groups, which are the environment's own."""
    own = frozenset(tiers)

    def named(environment: str, end: str) -> str:
        if end in own:
            return f"{environment}.{end}"
        return INTERNET if end == EVERYWHERE else end

    found: dict[ExpectedFlow, None] = {}
    for environment, flows in declared.items():
        for flow in flows:
            ends = named(environment, flow.source), named(environment, flow.target)
            found[ExpectedFlow(*ends, flow.protocol, flow.ports, flow.reason, environment)] = None
    return list(found)


@dataclass
class Expectation:
    """``tiers``: the groups of each tier; ``networks``: the addresses of ``site.network`` and ``aws.service``."""

    flows: list[ExpectedFlow]
    tiers: Mapping[str, tuple[str, ...]]
    networks: Mapping[str, Spans]

    @cached_property
    def _services(self) -> dict[tuple[str, str], Spans]:
        """What each pair of labels may have."""
        found: dict[tuple[str, str], list[Spans]] = {}
        for flow in self.flows:
            for source in self.labels(flow.source):
                for target in self.labels(flow.target):
                    found.setdefault((source, target), []).append(flow.services)
        return {pair: join(*each) for pair, each in found.items()}

    @cached_property
    def _owned(self) -> dict[str, tuple[str, ...]]:
        """The labels that flows name, by owner."""
        labels = sorted({label for pair in self._services for label in pair})
        return {owner: tuple(each) for owner, each in groupby(labels, key=lambda label: label.partition(".")[0])}

    @cached_property
    def _by_address(self) -> tuple[ExpectedFlow, ...]:
        return tuple(flow for flow in self.flows if "/" in flow.source or "/" in flow.target)

    def labels(self, end: str) -> tuple[str, ...]:
        """The parties' labels that an expected end stands for: nodes' groups are the pods' too."""
        owner, _dot, part = end.partition(".")
        if "/" in end or end in self.networks or not part:
            return (end,)
        groups = self.tiers.get(part, (part,))
        return tuple(f"{owner}.{group}" for each in groups for group in ((each, PODS) if each == "nodes" else (each,)))

    def permitted(self, source: Party, target: Party) -> Boxes:
        """The boxes that a pair of parties may have."""
        sources, targets = self._names(source, target), self._names(target, source)
        allowed = join(*(self._services.get((one, other), ()) for one in sources for other in targets))
        found: list[Box] = [(ANYWHERE, ANYWHERE, allowed)] if allowed else []
        found += (
            (_range(flow.source), _range(flow.target), flow.services)
            for flow in self._by_address
            if self._fits(flow.source, sources) and self._fits(flow.target, targets)
        )
        return tuple(found)

    def _names(self, party: Party, other: Party) -> tuple[str, ...]:
        """The labels by which flows may name a party. Of an environment that is assumed open any tier may be meant."""
        if isinstance(party, Remote):
            return self._owned.get(party.owner, ()) if party.kind == "environment" else (party.label,)
        return tuple(label for label in party.labels if not (abroad(party, other) and label.endswith(f".{PODS}")))

    def _fits(self, end: str, names: tuple[str, ...]) -> bool:
        """A CIDR is anybody's, as far as its addresses go."""
        return "/" in end or any(label in names for label in self.labels(end))

    def addresses(self, end: str) -> Spans:
        """Those of an expected end outside. What goes through a gateway endpoint needs no way to the internet."""
        if end == INTERNET:
            return less(PUBLIC, join(*(found for name, found in self.networks.items() if name.startswith("aws."))))
        return addresses(end) if "/" in end else self.networks[end]

    def is_outside(self, end: str) -> bool:
        return end == INTERNET or "/" in end or end in self.networks


def abroad(party: Party, other: Party) -> bool:
    """Whether a flow leaves the environment by peering or a Transit Gateway, where the pods' own addresses must not be seen."""
    return party.owner != other.owner and not (isinstance(other, Remote) and other.kind in ("internet", "service"))


def _range(end: str) -> Spans:
    return addresses(end) if "/" in end else ANYWHERE
