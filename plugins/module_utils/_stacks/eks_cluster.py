# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The EKS cluster of an environment, in the network that the stack ``network`` has built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from .._aws.ec2.launch_template import LaunchTemplate
from .._aws.eks.access_entry import AccessEntry
from .._aws.eks.addon import Addon
from .._aws.eks.cluster import Cluster
from .._aws.eks.cluster_security_group_rules import ClusterSecurityGroupRules
from .._aws.eks.node_addon import NodeAddon
from .._aws.eks.node_group import NodeGroup
from .._aws.eks.pod_identity_association import PodIdentityAssociation
from .._aws.iam.oidc_provider import OidcProvider
from .._aws.iam.role import Role
from .._aws.kms.key import Key
from .._aws.logs.cluster_log_group import ClusterLogGroup
from .._aws.tags import check_tags
from .._engine.errors import PlanError
from .._engine.resource import Resource
from .._planning.access import AccessMatrix
from .._planning.addresses import environment_plan, plan_addresses
from .._planning.topology import Topology
from .eks_cluster_access import Access, access_problems, find_caller
from .eks_cluster_addons import Addons, Offers, find_offers
from .eks_cluster_base import Base, FoundNetwork, find_network
from .eks_cluster_checks import capacity_of, problems
from .eks_cluster_nodes import Nodes
from .network_people import cluster_developers
from .stack import Declaration, Stack, read_matrix, refuse_protected

KINDS: tuple[type[Resource], ...] = (
    Key, ClusterLogGroup, Role, Cluster, ClusterSecurityGroupRules, OidcProvider, PodIdentityAssociation, NodeAddon, LaunchTemplate, NodeGroup, Addon,
    AccessEntry,
)  # fmt: skip


def build(parameters: Mapping[str, Any], region: str) -> Declaration:
    """The declaration of an environment's cluster. Raises ``PlanError`` for bad input, before any call."""
    topology = Topology.from_mapping(parameters)
    if parameters["state"] == "absent":
        refuse_protected(parameters)
    check_tags(parameters["tags"])
    plan = environment_plan(plan_addresses(topology), parameters["environment"])
    matrix = read_matrix(topology, parameters, datetime.now(tz=UTC).date())
    zones = [zone.name for zone in topology.zones]
    capacity: dict[str, Any] = {}
    if parameters["state"] == "present":
        developers = cluster_developers(topology, matrix, parameters["environment"])
        if found := [*problems(parameters, zones), *access_problems(parameters, developers)]:
            raise PlanError.of(found)
        capacity = capacity_of(parameters, plan, zones).to_dict()

    def declare(network: FoundNetwork, offers: Offers | None, deployers: list[str]) -> Declaration:
        base = Base(parameters, region, topology, network)
        return _declare(base, matrix, offers, deployers, capacity)

    def complete(place: Any) -> Declaration:
        network, offers = place.together((lambda: find_network(place, declared.scope), lambda: find_offers(place, parameters["version"])))
        return declare(network, offers, parameters["deployers"] or [find_caller(place)])

    declared = declare(FoundNetwork(), None, parameters["deployers"])
    return replace(declared, complete=complete) if parameters["state"] == "present" else declared


def _declare(base: Base, matrix: AccessMatrix, offers: Offers | None, deployers: list[str], capacity: Mapping[str, Any]) -> Declaration:
    addons, access = Addons(base, offers), Access(base, matrix, deployers)
    nodes = Nodes(base, frozenset(addons.node_addons.values()))
    addons.groups = list(nodes.groups.values())
    resources = [*base.resources(), *addons.resources(), *nodes.resources(), *access.resources()]
    return Declaration(
        scope=base.scope,
        resources=resources,
        awaits=base.awaits(),
        describe=lambda: {"capacity": dict(capacity), **_describe(base, nodes)},
    )


def _describe(base: Base, nodes: Nodes) -> dict[str, Any]:
    """What the module returns of the cluster; None for what is only planned."""
    live, key = base.cluster.live, base.key.live
    known = ("endpoint", "certificate_authority", "issuer", "security_group", "version")
    released = key.values.get("deletion_date") if key else None
    return {
        "cluster": {
            "name": base.cluster.cluster_name,
            "arn": live.detail if live else None,
            **{name: live.values.get(name) if live else None for name in known},
            "key_arn": key.id if key else None,
            "node_groups": {name: group.live.id if group.live else None for name, group in nodes.groups.items()},
        },
        "survivors": [{"kind": Key.kind, "name": base.key.name, "id": key.id, "until": released}] if key and released else [],
    }


EKS_CLUSTER = Stack(name="eks_cluster", kinds=KINDS, build=build)
