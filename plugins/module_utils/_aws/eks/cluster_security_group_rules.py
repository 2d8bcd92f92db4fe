# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the security group that EKS makes for a cluster, and that comes and goes with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from ..._engine.resource import Difference, Live, Resource, Scope, immutable, managed
from ..ec2.security_group_rules import ALL_EGRESS, Rule, SecurityGroupRules, converge, rules_of
from .cluster import Cluster, described_cluster

ITSELF = "itself"  # the peer of a rule: the group's id is only known once it is there
OWN_RULES = frozenset({Rule("ingress", "all", ITSELF)})  # which EKS gives back whenever it updates the cluster


@dataclass(kw_only=True, eq=False)
class ClusterSecurityGroupRules(Resource):
    cluster: Cluster = immutable(uses=(Cluster,))
    rules: frozenset[Rule] = managed()

    kind = "cluster_security_group_rules"
    within = Cluster
    calls: ClassVar = {"create": (), "rules": SecurityGroupRules.calls["rules"]}

    @property
    def adopted(self) -> bool:
        """The group comes with rules: they are changed, never made."""
        return True

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        for name in sorted(within):
            cluster = described_cluster(place, name) or {}
            group = cluster.get("resourcesVpcConfig", {}).get("clusterSecurityGroupId")
            found = place.pages("ec2", "describe_security_groups", "SecurityGroups", GroupIds=[group]) if group else []
            for item in found:
                rules = frozenset(_renamed(rule, group, ITSELF) for rule in rules_of(item))
                yield _live(group, name, scope, rules)

    def create(self, place: Any) -> Live:
        """No call: a new cluster's group has its own rules, and is open outwards."""
        if self.cluster.live is None:
            raise LookupError(f"{self.cluster.label} does not exist yet")
        return _live(self.cluster.live.values["security_group"], self.cluster.id, self.cluster.scope, OWN_RULES | {ALL_EGRESS})

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        before, after = (frozenset(_renamed(rule, ITSELF, live.id) for rule in each) for each in (fields["rules"].before, fields["rules"].after))
        converge(place, live.id, before, after)

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        """It goes with the cluster."""


def _live(group: str, cluster: str, scope: Scope, rules: frozenset[Rule]) -> Live:
    return Live(id=group, name="main", scope=scope, values={"cluster": cluster, "rules": rules}, within=cluster, default=True)


def _renamed(rule: Rule, before: str, after: str) -> Rule:
    return replace(rule, peer=after) if rule.peer == before else rule
