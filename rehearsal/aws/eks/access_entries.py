# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access entries: which IAM principals a cluster knows, as whom, and with which groups and policies.

https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow

from .. import identities
from ..answers import AwsError
from ..overlay import Asked
from . import policies
from .models import IN_USE, INVALID, MISSING, REQUEST, Backend, Cluster, page, unique
from .policies import AssociatedPolicy
from .tags import check_tags

_PRINCIPAL = re.compile(r"arn:aws:iam::(\d{12}):(?:root|(user|role)/(.+))")
_RESERVED = ("system:", "eks:", "aws:", "amazon:", "iam:")
_NODES = {"EC2_LINUX": "{{EC2PrivateDNSName}}", "EC2_WINDOWS": "{{EC2PrivateDNSName}}", "EC2": "{{EC2PrivateDNSName}}"}
_SESSIONS = {"FARGATE_LINUX": "{{SessionName}}", "HYBRID_LINUX": "{{SessionName}}", "HYPERPOD_LINUX": "{{SessionName}}"}
_MOST = 2500  # Amazon EKS service quotas, "Access entries per cluster"


@dataclass
class AccessEntry:
    principal: str
    arn: str
    cluster: str
    type: str
    username: str
    groups: list[str]
    tags: dict[str, str]
    created: datetime = field(default_factory=utcnow)
    modified: datetime = field(default_factory=utcnow)
    policies: dict[str, AssociatedPolicy] = field(default_factory=dict)

    def described(self) -> dict[str, Any]:
        return {
            "clusterName": self.cluster, "principalArn": self.principal, "kubernetesGroups": self.groups, "accessEntryArn": self.arn,
            "createdAt": self.created, "modifiedAt": self.modified, "tags": self.tags, "username": self.username, "type": self.type,
        }  # fmt: skip


def create(backend: Backend, asked: Asked) -> dict[str, Any]:
    cluster = backend.get(asked["clusterName"])
    cluster.check_active_or_updating()
    cluster.check_entries()
    principal, kind = asked["principalArn"], asked.get("type", "STANDARD")
    if principal in cluster.access_entries:
        raise AwsError(IN_USE, "The specified access entry resource is already in use on this cluster.")
    if len(cluster.access_entries) >= _MOST:
        raise AwsError("ResourceLimitExceededException", f"The maximum number of access entries per cluster is {_MOST}")
    _check_principal(backend, principal, kind)
    if kind != "STANDARD" and (asked.get("kubernetesGroups") or asked.get("username")):
        raise AwsError(INVALID, f"Kubernetes groups and user names cannot be specified for access entries of type {kind}")
    made = _add(backend, cluster, principal, kind, asked.get("username"), asked.get("kubernetesGroups", []), check_tags(asked.get("tags", {})))
    return {"accessEntry": made.described()}


def _add(backend: Backend, cluster: Cluster, principal: str, kind: str, username: str | None, groups: list[str], tags: dict[str, str]) -> AccessEntry:
    _check_groups(groups)
    made = AccessEntry(
        principal=principal,
        arn=backend.arn(f"access-entry/{cluster.name}/{'/'.join(_place(principal))}/{unique()}"),
        cluster=cluster.name,
        type=kind,
        username=_checked_username(username) if username else _username(principal, kind),
        groups=["system:nodes"] if kind in _NODES else groups,
        tags=tags,
    )
    cluster.access_entries[principal] = made
    return made


def _place(principal: str) -> tuple[str, str, str]:
    """The kind, account and name of a principal, as ARNs of access entries have them."""
    found = _PRINCIPAL.fullmatch(principal)
    assert found is not None
    return found[2] or "root", found[1], (found[3] or "root").rpartition("/")[2]


def _check_principal(backend: Backend, principal: str, kind: str) -> None:
    found = _PRINCIPAL.fullmatch(principal)
    if found is None:
        raise AwsError(INVALID, "The principalArn parameter format is not valid")
    if "/aws-service-role/" in principal:
        raise AwsError(REQUEST, "The caller is not allowed to modify access entries with a principalArn value of a Service Linked Role")
    if kind not in ("STANDARD", *_NODES, *_SESSIONS):
        raise AwsError(INVALID, f"The type {kind} of access entries does not exist")
    if kind != "STANDARD" and (found[2] != "role" or found[1] != backend.account_id):
        raise AwsError(INVALID, f"Access entries of type {kind} are for IAM roles of the cluster's account")
    if not identities.exists(principal):
        raise AwsError(INVALID, "The specified principalArn is invalid: invalid principal.")


def _username(principal: str, kind: str) -> str:
    if kind != "STANDARD":
        return f"system:node:{ {**_NODES, **_SESSIONS}[kind] }"
    principal_kind, account, name = _place(principal)
    return f"arn:aws:sts::{account}:assumed-role/{name}/{{{{SessionName}}}}" if principal_kind == "role" else principal


def _checked_username(username: str) -> str:
    if username.startswith(_RESERVED):
        raise AwsError(INVALID, f"The username can not start with {', '.join(_RESERVED)}")
    before, template, _rest = username.partition("{{SessionName")
    if template and ":" not in before:
        raise AwsError(INVALID, "The username must have a colon before {{SessionName}}")
    return username


def _check_groups(groups: list[str]) -> None:
    for group in groups:
        if group.startswith(_RESERVED):
            raise AwsError(INVALID, f"The kubernetes group name {group} can not start with {group.partition(':')[0]}:")


def find(backend: Backend, asked: Asked) -> AccessEntry:
    cluster = backend.get(asked["clusterName"])
    cluster.check_entries()
    found = cluster.access_entries.get(asked["principalArn"])
    if found is None:
        raise AwsError(
            MISSING,
            "The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'.",
        )
    return found


def describe(backend: Backend, asked: Asked) -> dict[str, Any]:
    return {"accessEntry": find(backend, asked).described()}


def names(backend: Backend, asked: Asked) -> dict[str, Any]:
    cluster, policy = backend.get(asked["clusterName"]), asked.get("associatedPolicyArn")
    cluster.check_entries()
    entries = cluster.access_entries.values()
    return page("accessEntries", sorted(each.principal for each in entries if policy is None or policy in each.policies), asked)


def update(backend: Backend, asked: Asked) -> dict[str, Any]:
    entry = find(backend, asked)
    if entry.type != "STANDARD":
        raise AwsError(REQUEST, f"Access entries of type {entry.type} cannot be updated")
    groups, username = asked.get("kubernetesGroups", entry.groups), asked.get("username")
    _check_groups(groups)
    entry.username = _checked_username(username) if username else entry.username
    entry.groups, entry.modified = groups, utcnow()
    return {"accessEntry": entry.described()}


def delete(backend: Backend, asked: Asked) -> dict[str, Any]:
    entry = find(backend, asked)
    backend.get(entry.cluster).access_entries.pop(entry.principal)
    _rebind(backend, entry.cluster)
    return {}


def associate(backend: Backend, asked: Asked) -> dict[str, Any]:
    """Of a policy that is associated already, the scope is replaced."""
    entry = find(backend, asked)
    if entry.type not in ("STANDARD", "EC2"):
        raise AwsError(REQUEST, f"Access policies cannot be associated with access entries of type {entry.type}")
    policy = policies.checked(asked["policyArn"], asked["accessScope"])
    before = entry.policies.get(policy.arn)
    if before is not None:
        policy.associated = before.associated
    entry.policies[policy.arn] = policy
    _rebind(backend, entry.cluster)
    return {"clusterName": entry.cluster, "principalArn": entry.principal, "associatedAccessPolicy": policy.described()}


def disassociate(backend: Backend, asked: Asked) -> dict[str, Any]:
    entry = find(backend, asked)
    if asked["policyArn"] not in entry.policies:
        raise AwsError(MISSING, f"The access policy {asked['policyArn']} is not associated with the specified principalArn")
    entry.policies.pop(asked["policyArn"])
    _rebind(backend, entry.cluster)
    return {}


def associated(backend: Backend, asked: Asked) -> dict[str, Any]:
    entry = find(backend, asked)
    rows = [each.described() for each in entry.policies.values()]
    return page("associatedAccessPolicies", rows, asked) | {"clusterName": entry.cluster, "principalArn": entry.principal}


def _rebind(backend: Backend, name: str) -> None:
    """Let the cluster's own RBAC follow."""
    bind(backend.get(name))


def bind(cluster: Cluster) -> None:
    running, wanted = cluster.running, policies.bindings(cluster)
    if running is not None:
        running.do(lambda: running.plane.bind(wanted))


def admit_creator(backend: Backend, cluster: Cluster) -> None:
    """Give the cluster's creator the access that `bootstrapClusterCreatorAdminPermissions` means."""
    if cluster.authentication_mode != "CONFIG_MAP":
        entry = _add(backend, cluster, cluster.creator, "STANDARD", None, [], {})
        entry.policies[policies.CLUSTER_ADMIN] = policies.checked(policies.CLUSTER_ADMIN, {"type": "cluster"})


def admit_nodes(backend: Backend, cluster: Cluster, role: str) -> None:
    """What EKS does for the role of a managed node group."""
    if cluster.authentication_mode != "CONFIG_MAP" and role not in cluster.access_entries:
        _add(backend, cluster, role, "EC2_LINUX", None, [], {})


def dismiss_nodes(cluster: Cluster, role: str) -> None:
    """The role of a deleted node group, unless others use it."""
    entry = cluster.access_entries.get(role)
    if entry is not None and entry.type == "EC2_LINUX" and all(each.role != role for each in cluster.node_groups.values()):
        cluster.access_entries.pop(role)
