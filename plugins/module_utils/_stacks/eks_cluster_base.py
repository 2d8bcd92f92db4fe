# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What everything else of the cluster stands on: the environment's network as it is found, the key, the roles, and the cluster itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

from .._aws.eks.cluster import Cluster
from .._aws.eks.cluster_security_group_rules import OWN_RULES, ClusterSecurityGroupRules
from .._aws.iam.oidc_provider import OidcProvider
from .._aws.iam.role import Role
from .._aws.kms.key import Key
from .._aws.logs.cluster_log_group import ClusterLogGroup, cluster_name
from .._aws.tags import PARTS, PREFIX, from_tags, owner, ownership
from .._engine.resource import Resource, Scope, Unknown
from .._planning.topology import Topology
from .eks_cluster_policies import ClusterPlace, cluster_policy, cluster_trust, key_policy, node_policy, service_trust
from .stack import scope_of

API_GROUP, NODE_GROUP = "cluster_api", "nodes"  # security groups of the network


@dataclass(frozen=True, kw_only=True)
class FoundNetwork:
    """The ids of what is live of the environment's network, by name."""

    subnets: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)

    def subnet(self, name: str) -> str | Unknown:
        return self.subnets.get(name) or Unknown(f"subnet.{name}")

    def group(self, name: str) -> str | Unknown:
        return self.groups.get(name) or Unknown(f"security_group.{name}")


def find_network(place: Any, cluster: Scope) -> FoundNetwork:
    """Two bulk reads, by the scope of the stack ``network``."""
    scope = replace(cluster, stack="network")
    filters = [{"Name": f"tag:{PREFIX}{part}", "Values": [getattr(scope, part)]} for part in PARTS]

    def ids(operation: str, key: str, identity: str) -> dict[str, str]:
        named = ((owner(from_tags(each.get("Tags")))[1], each[identity]) for each in place.pages("ec2", operation, key, Filters=filters))
        return {name: found for name, found in named if name}

    asked = (("describe_subnets", "Subnets", "SubnetId"), ("describe_security_groups", "SecurityGroups", "GroupId"))
    subnets, groups = place.together(partial(ids, *each) for each in asked)
    return FoundNetwork(subnets=subnets, groups=groups)


class Base:
    """Each resource is made once; the properties are what others refer to."""

    def __init__(self, parameters: Mapping[str, Any], region: str, topology: Topology, network: FoundNetwork) -> None:
        self.p, self.region, self.topology, self.network = parameters, region, topology, network
        self.scope = scope_of(parameters, "eks_cluster")
        self.place = ClusterPlace(scope=self.scope, region=region, account_id=parameters["account_id"])
        self.zones = [zone.name for zone in topology.zones]

    def resources(self) -> list[Resource]:
        return [self.key, self.cluster_role, self.node_role, self.log_group, self.cluster, self.group_rules, self.oidc_provider]

    def tags(self, name: str) -> dict[str, str]:
        return {**self.p["tags"], **ownership(self.scope, name)}

    def awaits(self) -> str:
        """What of the network is not there yet; nothing where all is."""
        wanted = [(f"subnet {name}", name in self.network.subnets) for name in (f"workload-{zone}" for zone in self.zones)]
        wanted += [(f"security group {name}", name in self.network.groups) for name in (API_GROUP, NODE_GROUP)]
        missing = [what for what, there in wanted if not there]
        if not missing:
            return ""
        return (
            f"The network of {self.scope.environment} lacks {', '.join(missing)}, in which its cluster is to stand. "
            "Build it first, with the playbook network; --check shows the plan without."
        )

    def workload(self, zones: Iterable[str] = ()) -> frozenset[Any]:
        """The subnets of the zones, of all by default."""
        return frozenset(self.network.subnet(f"workload-{zone}") for zone in zones or self.zones)

    def role(self, name: str, trust: Mapping[str, Any], policy: Mapping[str, Any]) -> Role:
        boundary = self.p["permissions_boundary"]
        return Role(name=name, scope=self.scope, region=self.region, trust=trust, policy=policy, boundary=boundary, tags=self.tags(name))

    @cached_property
    def key(self) -> Key:
        what = f"Secrets and logs of the cluster {cluster_name(self.scope)}"
        return Key(name="main", scope=self.scope, description=what, policy=key_policy(self.place), tags=self.tags("main"))

    @cached_property
    def cluster_role(self) -> Role:
        return self.role("cluster", cluster_trust(self.place), cluster_policy())

    @cached_property
    def node_role(self) -> Role:
        return self.role("nodes", service_trust("ec2"), node_policy(self.place))

    @cached_property
    def log_group(self) -> ClusterLogGroup:
        days = self.p["log_retention_days"]
        return ClusterLogGroup(name="cluster", scope=self.scope, retention_days=days, kms_key=self.key, tags=self.tags("cluster"))

    @cached_property
    def cluster(self) -> Cluster:
        return Cluster(
            name="main",
            scope=self.scope,
            version=self.p["version"],
            role=self.cluster_role,
            key=self.key,
            log_group=self.log_group,
            subnets=self.workload(),
            groups=frozenset({self.network.group(API_GROUP)}),
            public=self.p["endpoint"]["public"],
            public_cidrs=frozenset(self.p["endpoint"]["public_cidrs"]),
            service_cidr=self.topology.service_cidr,
            log_types=frozenset(self.p["log_types"]),
            support=self.p["support"],
            protected=self.p["deletion_protection"],
            tags=self.tags("main"),
        )

    @property
    def group_rules(self) -> ClusterSecurityGroupRules:
        """Nothing goes out by EKS's own group: what the control plane may open, the network's group says."""
        return ClusterSecurityGroupRules(name="main", cluster=self.cluster, rules=OWN_RULES)

    @cached_property
    def oidc_provider(self) -> OidcProvider:
        return OidcProvider(name="main", cluster=self.cluster, tags=self.tags("main"))
