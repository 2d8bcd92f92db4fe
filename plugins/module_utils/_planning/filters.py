# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network ACLs and security groups: which far addresses and services they let through. All of it is a union of (addresses, services) boxes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from .intervals import Box, Boxes, Spans, boxes_less, holds, join, meet, pruned
from .packets import EVERYTHING


@dataclass(frozen=True, slots=True)
class AclRule:
    """``shown`` is as AWS shows it: ``allow tcp 443 0.0.0.0/0``. The far end's address counts: source inbound, destination outbound."""

    number: int
    allow: bool
    addresses: Spans
    services: Spans
    shown: str


@dataclass(frozen=True)
class NetworkAcl:
    """Rules are in order of their numbers; the first that matches decides."""

    id: str
    name: str
    inbound: tuple[AclRule, ...]
    outbound: tuple[AclRule, ...]
    _known: dict[tuple[bool, Spans], Boxes] = field(default_factory=dict, repr=False, compare=False)

    def rules(self, outbound: bool) -> tuple[AclRule, ...]:
        return self.outbound if outbound else self.inbound

    def allowed(self, outbound: bool, addresses: Spans) -> Boxes:
        """What passes of the traffic with these far addresses."""
        if (outbound, addresses) not in self._known:
            self._known[outbound, addresses] = self._allowed(outbound, addresses)
        return self._known[outbound, addresses]

    def _allowed(self, outbound: bool, addresses: Spans) -> Boxes:
        denied: list[Box] = []
        found: list[Box] = []
        for rule in self.rules(outbound):
            part = meet(rule.addresses, addresses)
            if part and rule.allow:
                found += boxes_less([(part, rule.services)], denied)
            elif part:
                denied.append((part, rule.services))
        return pruned(found)

    def match(self, outbound: bool, address: int, service: int) -> AclRule | None:
        rules = (rule for rule in self.rules(outbound) if holds(rule.addresses, address) and holds(rule.services, service))
        return next(rules, None)


@dataclass(frozen=True, slots=True)
class GroupRule:
    """The far end is a group, by its id, or addresses."""

    outbound: bool
    group: str | None
    addresses: Spans
    services: Spans
    shown: str

    def matches(self, address: int, groups: frozenset[str], service: int) -> bool:
        return (self.group in groups or holds(self.addresses, address)) and holds(self.services, service)


@dataclass(frozen=True)
class SecurityGroup:
    """``label``: the name in the stack that owns it (``nodes``), empty for others' groups."""

    id: str
    vpc: str
    name: str
    label: str
    rules: tuple[GroupRule, ...]

    def __str__(self) -> str:
        return f"{self.id} ({self.label or self.name})"


@dataclass(frozen=True)
class Policy:
    """What the groups on an interface allow together, in one direction."""

    rules: tuple[GroupRule, ...]
    open: bool = False  # there are no groups, and so no filter

    @cached_property
    def by_group(self) -> dict[str, Spans]:
        found: dict[str, list[Spans]] = {}
        for rule in self.rules:
            if rule.group:
                found.setdefault(rule.group, []).append(rule.services)
        return {group: join(*services) for group, services in found.items()}

    @cached_property
    def by_address(self) -> Boxes:
        return pruned((rule.addresses, rule.services) for rule in self.rules if rule.addresses)

    def allowed(self, addresses: Spans, groups: frozenset[str] = frozenset()) -> Boxes:
        """What passes of the traffic with these far addresses, where the far interface has these groups."""
        if self.open:
            return ((addresses, EVERYTHING),)
        named = join(*(services for group, services in self.by_group.items() if group in groups))
        found: list[Box] = [(addresses, named)] if named else []
        found += ((part, services) for cidrs, services in self.by_address if (part := meet(cidrs, addresses)))
        return pruned(found) if len(found) > 1 else tuple(found)


def policy(groups: Iterable[SecurityGroup], outbound: bool) -> Policy:
    members = tuple(groups)
    return Policy(tuple(rule for group in members for rule in group.rules if rule.outbound == outbound), open=not members)
