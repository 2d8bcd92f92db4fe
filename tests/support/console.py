# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A colleague at the console of the live network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .cloud import Cloud


class Site:
    """The live network and a colleague at the console."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud, self.ec2, self.ids = cloud, cloud.ec2, cloud.ids()

    def __getitem__(self, label: str) -> str:
        return self.ids[label]

    def item(self, label: str) -> dict[str, Any]:
        kind = label.partition(".")[0]
        return next(each for each in self.cloud.all(kind) if self.ids[label] in each.values())

    def association(self, kind: str, subnet: str) -> str:
        """The id of a subnet's association with its route table or its network ACL."""
        key = {"route_table": "RouteTableAssociationId", "network_acl": "NetworkAclAssociationId"}[kind]
        associations = [each for found in self.cloud.all(kind) for each in found["Associations"]]
        return next(each[key] for each in associations if each.get("SubnetId") == self.ids[subnet])

    def entry(self, acl: str, *, egress: bool) -> dict[str, Any]:
        """Some entry of a network ACL, as the calls that change it take it."""
        found = next(each for each in self.item(acl)["Entries"] if each["Egress"] == egress and each["RuleNumber"] < 32767)
        return {"NetworkAclId": self[acl], **found}


Meddle = Callable[[Site], Any]


@dataclass(frozen=True)
class Mutation:
    """``seen``: what check mode shows, each as ``update kind.name field field``; ``calls``: those that repair it."""

    name: str
    meddle: Meddle
    seen: tuple[str, ...]
    calls: tuple[str, ...]


def mutation(*seen: str, calls: str) -> Callable[[Meddle], Mutation]:
    """Decorates what meddles; its name is the mutation's."""
    return lambda meddle: Mutation(meddle.__name__, meddle, tuple(sorted(seen)), tuple(sorted(calls.split())))
