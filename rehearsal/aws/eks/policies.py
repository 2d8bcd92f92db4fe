# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access policies, and what stands for them inside a cluster.

EKS authorizes by its own authorizer, which knows the policies of an access entry. Here a token carries a group for each policy
(`eks:AmazonEKSViewPolicy`, with a scope of namespaces `eks:AmazonEKSViewPolicy:<namespace>`), and bindings give the group the
ClusterRole of Kubernetes that has, by AWS's description, similar permissions: so RBAC shows what EKS does not show.
https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow

from ..answers import AwsError
from ..overlay import Asked
from .models import INVALID, Cluster, page

_ROOT = "arn:aws:eks::aws:cluster-access-policy/"
# Policies for people and the ClusterRole that stands for each; those that are not Kubernetes' own are in `_ROLES`.
_BOUND = {
    "AmazonEKSClusterAdminPolicy": "cluster-admin",
    "AmazonEKSAdminPolicy": "admin",
    "AmazonEKSEditPolicy": "edit",
    "AmazonEKSViewPolicy": "view",
    "AmazonEKSAdminViewPolicy": "eks:admin-view",
    "AmazonEKSSecretReaderPolicy": "eks:secret-reader",
}
_ROLES = {
    "eks:admin-view": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]}],
    "eks:secret-reader": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list", "watch"]}],
}
# Those that AWS's own components use, and that are only kept here.
_COMPONENTS = (
    "AmazonEKSAutoNodePolicy", "AmazonEKSBlockStorageClusterPolicy", "AmazonEKSBlockStoragePolicy", "AmazonEKSClusterInsightsPolicy",
    "AmazonEKSComputeClusterPolicy", "AmazonEKSComputePolicy", "AmazonEKSHybridPolicy", "AmazonEKSLoadBalancingClusterPolicy",
    "AmazonEKSLoadBalancingPolicy", "AmazonEKSNetworkingClusterPolicy", "AmazonEKSNetworkingPolicy",
)  # fmt: skip
COMPONENT = ("eks.amazonaws.com/component", "access-policy")  # the label of what is bound
CLUSTER_ADMIN = f"{_ROOT}AmazonEKSClusterAdminPolicy"


@dataclass
class AssociatedPolicy:
    arn: str
    scope: dict[str, Any]
    associated: datetime = field(default_factory=utcnow)
    modified: datetime = field(default_factory=utcnow)

    @property
    def name(self) -> str:
        return self.arn.removeprefix(_ROOT)

    @property
    def namespaces(self) -> list[str]:
        """None of them stands for the whole cluster."""
        return list(self.scope["namespaces"])

    @property
    def groups(self) -> list[str]:
        return [f"eks:{self.name}:{each}" for each in self.namespaces] or [f"eks:{self.name}"]

    def described(self) -> dict[str, Any]:
        return {"policyArn": self.arn, "accessScope": self.scope, "associatedAt": self.associated, "modifiedAt": self.modified}


def names(backend: Any, asked: Asked) -> dict[str, Any]:
    return page("accessPolicies", [{"name": each, "arn": f"{_ROOT}{each}"} for each in sorted([*_BOUND, *_COMPONENTS])], asked)


def checked(arn: str, scope: dict[str, Any]) -> AssociatedPolicy:
    """Raises AwsError for a policy or a scope that does not exist."""
    if arn.removeprefix(_ROOT) not in (*_BOUND, *_COMPONENTS) or not arn.startswith(_ROOT):
        raise AwsError(INVALID, f"The policyArn parameter format is not valid or the access policy does not exist: {arn}")
    kind, namespaces = scope.get("type", "cluster"), scope.get("namespaces", [])
    if (kind == "namespace") != bool(namespaces):
        raise AwsError(INVALID, "Namespaces must be specified with the access scope type namespace, and with that alone")
    return AssociatedPolicy(arn, {"type": kind, "namespaces": namespaces})


def bindings(cluster: Cluster) -> list[dict[str, Any]]:
    """The RBAC objects that stand for the policies of all access entries of a cluster."""
    associated = [policy for entry in cluster.access_entries.values() for policy in entry.policies.values() if policy.name in _BOUND]
    found = {each["metadata"]["name"]: each for each in [*_own_roles(), *(binding for policy in associated for binding in _bindings(policy))]}
    return list(found.values())


def _own_roles() -> list[dict[str, Any]]:
    return [_object("ClusterRole", name, None) | {"rules": rules} for name, rules in _ROLES.items()]


def _bindings(policy: AssociatedPolicy) -> list[dict[str, Any]]:
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": _BOUND[policy.name]}
    if not policy.namespaces:
        return [_object("ClusterRoleBinding", policy.groups[0], None) | {"subjects": [_subject(policy.groups[0])], "roleRef": reference}]
    return [
        _object("RoleBinding", group, namespace) | {"subjects": [_subject(group)], "roleRef": reference}
        for namespace, group in zip(policy.namespaces, policy.groups, strict=True)
    ]


def _object(kind: str, name: str, namespace: str | None) -> dict[str, Any]:
    metadata = {"name": name, "labels": dict([COMPONENT])} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": metadata}


def _subject(group: str) -> dict[str, str]:
    return {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group}
