# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may open a connection to whom in an environment, compiled to security-group rules and network ACL entries.

Groups decide; network ACLs are coarse: what stays inside the environment passes, what crosses its border passes by CIDR and
port, with the returns that a stateless filter needs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any
from zlib import crc32

from .._aws.ec2.network_acl import Entry
from .._aws.ec2.ports import Ports, shown
from .._aws.ec2.security_group import SecurityGroup
from .._aws.ec2.security_group_rules import Rule
from .._engine.errors import PlanError
from .._planning.access import TIERS as NAMED_TIERS
from .._planning.access import AccessMatrix, End
from .._planning.addresses import AddressPlan
from .._planning.ranges import parse_range

INTERNET = "0.0.0.0/0"
RETURNS = (1024, 65535)
TIERS: dict[str, tuple[str, ...]] = {  # a tier is a set of security groups
    "workload": ("nodes", "load_balancers"),
    "edge": ("edge",),
    "endpoints": ("endpoints",),
    "cluster_api": ("cluster_api",),
    "search": ("search",),
    "resolver": ("resolver",),  # where it is asked for; neither rules nor the matrix name it
}
GROUPS = {group: tier for tier, groups in TIERS.items() for group in groups}
WORKLOAD_TIERS = frozenset({"workload", "endpoints", "cluster_api", "search", "resolver"})  # what stands in the workload subnets
CLUSTER_PORTS = ("443", "4443", "8443", "9443", "10250", "10251")  # kubelet, metrics-server, admission webhooks
Said = tuple[str, str, str, Ports]  # what an entry says, without its number: direction, protocol, CIDR, ports
RULE_LIMIT = 60  # per group and direction: Amazon VPC quotas, "Inbound or outbound rules per security group"
ENTRY_LIMIT = 19  # per network ACL and direction: Amazon VPC quotas, "Rules per network ACL" (20), of which the last denial is one


@dataclass(frozen=True)
class Flow:
    """``source`` and ``target``: a tier or one of its groups, ``site.network``, ``aws.service`` or a CIDR."""

    source: str
    target: str
    protocol: str
    ports: Ports
    reason: str
    builtin: bool = True

    def to_dict(self) -> dict[str, Any]:
        ports = shown(self.ports).strip() or "all"
        return {
            "from": self.source, "to": self.target, "protocol": self.protocol, "ports": ports, "reason": self.reason, "builtin": self.builtin
        }  # fmt: skip


def builtin_flows(*, egress: bool, ingress: bool, services: Iterable[str]) -> Iterator[Flow]:
    """The platform's own flows. ``services`` are those with a gateway endpoint."""
    yield Flow("nodes", "nodes", "all", None, "nodes and pods among themselves; network policies decide there")
    yield Flow("nodes", "cluster_api", "tcp", (443, 443), "nodes and pods to the Kubernetes API")
    for ports in CLUSTER_PORTS:
        yield Flow("cluster_api", "nodes", "tcp", parse_ports(ports), "the Kubernetes API to kubelets, metrics and webhooks")
    yield Flow("nodes", "endpoints", "tcp", (443, 443), "AWS APIs through interface endpoints")
    yield Flow("nodes", "search", "tcp", (443, 443), "logs to OpenSearch")
    yield Flow("nodes", "load_balancers", "tcp", (443, 443), "services behind internal load balancers")
    for source in ("load_balancers", "edge"):
        yield Flow(source, "nodes", "tcp", RETURNS, "load balancers to pods, with health checks")
    for service in services:
        yield Flow("nodes", f"aws.{service}", "tcp", (443, 443), f"{service} through its gateway endpoint")
    if egress:
        yield Flow("nodes", INTERNET, "tcp", (443, 443), "declared internet egress through NAT")
    if ingress:
        for port in (80, 443):
            yield Flow(INTERNET, "edge", "tcp", (port, port), "the public to load balancers in the edge")


def declared_flows(rules: Sequence[Mapping[str, Any]], sites: Iterable[str]) -> Iterator[Flow]:
    """The module's ``rules``; ``sites`` are the known ``site.network``. Raises ``PlanError`` for peers or ports that cannot be read."""
    known = [*NAMED_TIERS, *sites]
    for rule in rules:
        _refuse_unknown(rule["peer"], known)
        ports = parse_ports(rule["ports"]) if rule["protocol"] in ("tcp", "udp") else None
        ends = (rule["tier"], rule["peer"]) if rule["direction"] == "egress" else (rule["peer"], rule["tier"])
        yield Flow(*ends, rule["protocol"], ports, rule["reason"], builtin=False)


def refuse_other_environments(rules: Sequence[Mapping[str, Any]], plan: AddressPlan, environment: str) -> None:
    """Raises ``PlanError`` for rules that lead into another environment: only the access matrix may say that, and has to say it twice."""
    problems = [
        f"network_rules: peer {rule['peer']} overlaps environment {other.name} ({other.cidr}), which {environment} may reach only by an entry of "
        "platform_access with cross_environment: true."
        for rule in rules
        for other in plan.environments.values()
        if "/" in rule["peer"] and rule["peer"] != INTERNET and other.name != environment
        if parse_range(rule["peer"]).overlaps(parse_range(other.cidr))
    ]
    if problems:
        raise PlanError.of(problems)


def matrix_flows(matrix: AccessMatrix, plan: AddressPlan, environment: str) -> Iterator[Flow]:
    """What the access matrix opens for an environment. Another environment's tier is the subnets that it stands in."""
    for flow in matrix.of(environment):
        for source in _ends(flow.source, plan, environment):
            for target in _ends(flow.target, plan, environment):
                yield Flow(source, target, flow.protocol, flow.ports, flow.reason, builtin=False)


def _ends(end: End, plan: AddressPlan, environment: str) -> list[str]:
    if end.is_site:
        return [str(end)]
    if end.owner == environment:
        return [end.part]
    tier = "workload" if end.part in WORKLOAD_TIERS else end.part
    return [subnet.cidr for subnet in plan.environments[end.owner].subnets if subnet.tier == tier]


def _refuse_unknown(peer: str, known: Sequence[str]) -> None:
    if peer in known:
        return
    try:
        parse_range(peer)
    except ValueError:
        near = get_close_matches(peer, known, 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise PlanError(
            f"network_rules: peer '{peer}' is neither a tier ({', '.join(NAMED_TIERS)}), nor a network of platform_sites, nor a CIDR without host bits.{hint}"
        ) from None


def parse_ports(text: str | None) -> Ports:
    """``443`` or ``8000-8100``. Raises ``PlanError``."""
    found = re.fullmatch("([0-9]+)(?:-([0-9]+))?", text or "")
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 0 < first <= last <= 65535:
        raise PlanError(f"network_rules: ports '{text}' is neither a port (443) nor a range (8000-8100) within 1-65535.")
    return first, last


def group_rules(flows: Iterable[Flow], groups: Mapping[str, SecurityGroup], peers: Mapping[str, Any]) -> dict[str, frozenset[Rule]]:
    """The rules of each group. ``peers``: the prefix lists by the names that flows use. Raises ``PlanError`` beyond AWS's limit."""
    rules: dict[str, set[Rule]] = {name: set() for name in groups}

    def members(end: str) -> list[Any]:
        if end in TIERS or end in GROUPS:
            return [groups[name] for name in TIERS.get(end, (end,))]
        return [peers.get(end, end)]

    for flow in flows:
        for source in members(flow.source):
            for target in members(flow.target):
                if isinstance(source, SecurityGroup):
                    rules[source.name].add(Rule("egress", flow.protocol, target, flow.ports, _described(flow)))
                if isinstance(target, SecurityGroup):
                    rules[target.name].add(Rule("ingress", flow.protocol, source, flow.ports, _described(flow)))
    _refuse_too_many(rules)
    return {name: frozenset(found) for name, found in rules.items()}


def _described(flow: Flow) -> str:
    """AWS takes 255 characters of a few kinds only."""
    return "".join(each for each in flow.reason if (each.isascii() and each.isalnum()) or each in " ._-:/()#,@[]+=&;{}!$*")[:255]


def _refuse_too_many(rules: Mapping[str, set[Rule]]) -> None:
    for name, found in rules.items():
        for direction in ("ingress", "egress"):
            weight = sum(getattr(rule.peer, "max_entries", 1) for rule in found if rule.direction == direction)
            if weight > RULE_LIMIT:
                raise PlanError(
                    f"Security group {name} would have {weight} {direction} rules (a prefix list counts all its entries), but AWS allows "
                    f"{RULE_LIMIT}. Join ports into ranges, or CIDRs into larger ones, in network_rules or platform_sites."
                )


def acl_entries(
    name: str, tiers: frozenset[str], flows: Iterable[Flow], inside: Iterable[str], cidrs: Mapping[str, Sequence[str]]
) -> frozenset[Entry]:
    """The entries of the ACL of these tiers. ``inside``: the environment's own ranges; ``cidrs``: those of a peer, by its name in flows."""
    wanted: set[Said] = set()
    for cidr in inside:
        wanted |= {("ingress", "all", cidr, None), ("egress", "all", cidr, None)}
    for flow in flows:
        source, target = (GROUPS.get(end, end) for end in (flow.source, flow.target))
        outward = source in tiers
        peer = target if outward else source
        if peer in TIERS or not (outward or target in tiers):
            continue
        there, back = ("egress", "ingress") if outward else ("ingress", "egress")
        returns = RETURNS if flow.protocol in ("tcp", "udp") else None
        for cidr in cidrs.get(peer, (peer,)):
            wanted |= {(there, flow.protocol, cidr, flow.ports), (back, flow.protocol, cidr, returns)}
    return frozenset(_numbered([entry for direction in ("ingress", "egress") for entry in _fitting(name, direction, wanted)]))


def _fitting(name: str, direction: str, wanted: Iterable[Said]) -> set[Said]:
    """The entries of a direction, as many as AWS takes: where there are more, one for all that a peer sends takes the place of several,
    the longest list first. Groups decide all the same. The internet's are never joined. Raises ``PlanError`` if that does not do.
    """
    by_peer: dict[str, set[Said]] = {}
    for entry in wanted:
        if entry[0] == direction:
            by_peer.setdefault(entry[2], set()).add(entry)
    for cidr, entries in sorted(by_peer.items(), key=lambda each: (-len(each[1]), each[0])):
        if sum(map(len, by_peer.values())) > ENTRY_LIMIT and len(entries) > 1 and cidr != INTERNET:
            by_peer[cidr] = {(direction, "all", cidr, None)}
    found = set().union(*by_peer.values())
    if len(found) > ENTRY_LIMIT:
        raise PlanError(
            f"The network ACL {name} would have {len(found)} {direction} entries, but AWS allows {ENTRY_LIMIT}. "
            "Join CIDRs into larger ones, in network_rules or platform_sites, or take entries out of platform_access."
        )
    return found


def _numbered(wanted: Iterable[Said]) -> Iterator[Entry]:
    """An entry's number comes from what it says: one more entry moves no other, so nothing is refused for a moment."""
    taken: set[tuple[str, int]] = set()
    for direction, protocol, cidr, ports in sorted(wanted, key=str):
        number = 100 + crc32(f"{direction} {protocol} {cidr} {ports}".encode()) % 30000
        while (direction, number) in taken:
            number += 1
        taken.add((direction, number))
        yield Entry(direction, number, protocol, cidr, ports)
