# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold of every live network whatever its matrix says, each statement with what breaks it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .expected import ExpectedFlow
from .fabric import Fabric, Subnet
from .intervals import NOTHING, Spans, join, less
from .packets import shown_services
from .parties import INTERNET, Remote
from .reachability import Difference, Judgement
from .routing import LEARNED
from .ways import End


@dataclass(frozen=True)
class Proof:
    name: str
    statement: str
    violations: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, "statement": self.statement, "holds": not self.violations, "violations": list(self.violations)}


def proofs(judgement: Judgement, sites: Mapping[str, Mapping[str, Spans]]) -> list[Proof]:
    found = {
        "environments_apart": ("No environment reaches another, unless an entry says cross_environment.", _environments(judgement)),
        "internet_as_declared": ("No subnet has a way to or from the internet that is not declared.", _internet(judgement)),
        "sites_apart": ("No site reaches another, nor anything else outside, through the platform.", _sites(judgement)),
        "learned_prefixes": ("Every prefix that a site announces lies within its declared networks.", _learned(judgement.possible.fabric, sites)),
        "ipv4_only": ("No VPC has IPv6 addresses, which this proof does not judge.", _ipv6(judgement)),
    }
    return [Proof(name, statement, tuple(dict.fromkeys(violations))) for name, (statement, violations) in found.items()]


def _shown(difference: Difference) -> Iterator[str]:
    for box in difference.boxes:
        for protocol, ports in shown_services(box[2]):
            yield f"{difference.source} -> {difference.target} {protocol} {ports}"


def _environments(judgement: Judgement) -> Iterator[str]:
    for difference in judgement.excess:
        source, target, _boxes = difference.pieces[0]
        environments = [each for each in (source, target) if not isinstance(each, Remote) or each.kind == "environment"]
        if len(environments) == 2 and source.owner != target.owner:
            yield from _shown(difference)


def _sites(judgement: Judgement) -> Iterator[str]:
    for source, target in judgement.possible.flows:
        if isinstance(source, Remote) and isinstance(target, Remote):
            yield f"{source.label} -> {target.label}"


def _internet(judgement: Judgement) -> Iterator[str]:
    """By routes alone, whatever groups allow today. Only edges have an internet gateway, others NAT."""
    possible = judgement.possible
    for environment in sorted(possible.judged):
        ways_out = {flow.source for flow in judgement.expectation.flows if flow.target == INTERNET and _own(flow, environment)}
        ways_in = {flow.target for flow in judgement.expectation.flows if flow.source == INTERNET and _own(flow, environment)}
        for vpc in possible.fabric.environments.get(environment, ()):
            for subnet in possible.fabric.subnets_of.get(vpc.id, ()):
                yield from _ways_out(judgement, subnet, nat=bool(ways_out), gateway=subnet.tier == "edge" and bool(ways_out | ways_in))


def _own(flow: ExpectedFlow, environment: str) -> bool:
    return flow.environment == environment


def _ways_out(judgement: Judgement, subnet: Subnet, *, nat: bool, gateway: bool) -> Iterator[str]:
    here = End("subnet", subnet.id, subnet.vpc)
    for end, ways in judgement.possible.passages.walks.ways(here).items():
        for way in ways:
            declared = end.vpc == subnet.vpc and (nat if way.nat else gateway)
            if end.kind == "internet" and not declared:
                name = judgement.possible.fabric.tables[subnet.table].name
                yield f"{subnet.id} ({subnet.name}): route table {subnet.table} ({name}) leads to the internet{f' through {way.nat}' if way.nat else ''}"


def _learned(fabric: Fabric, sites: Mapping[str, Mapping[str, Spans]]) -> Iterator[str]:
    for table in fabric.transit_tables.values():
        for route in table.routes:
            for attachment in (fabric.attachments.get(target) for target in route.targets):
                if route.rank >= LEARNED and attachment and attachment.kind == "vpn":
                    declared = join(*sites.get(attachment.owner or "", {}).values()) or NOTHING
                    if less((route.span,), declared):
                        yield f"{table.id} ({table.name}): {route} is announced by {attachment.owner or attachment.resource}"


def _ipv6(judgement: Judgement) -> Iterator[str]:
    for environment in sorted(judgement.possible.judged):
        yield from (f"{vpc.id} of {environment}" for vpc in judgement.possible.fabric.environments.get(environment, ()) if vpc.ipv6)
