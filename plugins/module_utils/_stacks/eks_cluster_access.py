# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is let into the cluster: deployers, and the developer roles that the access matrix lets reach it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .._aws.eks.access_entry import AccessEntry, AccessPolicy
from .._aws.iam.role import path
from .._engine.resource import Resource
from .._planning.access import AccessMatrix
from .._planning.topology import DeveloperRole
from .eks_cluster_base import Base
from .network_people import cluster_developers, role_name

ADMINISTRATOR = "AmazonEKSClusterAdminPolicy"
POLICIES = {"view": "AmazonEKSViewPolicy", "edit": "AmazonEKSEditPolicy", "admin": "AmazonEKSAdminPolicy"}


def find_caller(place: Any) -> str:
    """The ARN of the IAM user or role whose credentials are used: what a session's ARN has lost is the role's path."""
    arn: str = place.caller
    if ":assumed-role/" not in arn:
        return arn
    role: str = place.client("iam").get_role(RoleName=arn.split("/")[1])["Role"]["Arn"]
    return role


class Access:
    def __init__(self, base: Base, matrix: AccessMatrix, deployers: Sequence[str]) -> None:
        self.base, self.deployers = base, deployers
        self.developers = cluster_developers(base.topology, matrix, base.scope.environment)
        self.namespaces = {each["role"]: frozenset(each["namespaces"]) for each in base.p["developer_namespaces"]}

    def resources(self) -> list[Resource]:
        return [*(self._deployer(arn) for arn in self.deployers), *(self._developer(role) for role in self.developers)]

    def _deployer(self, arn: str) -> AccessEntry:
        """Named after the principal: another one's entry stands beside it, until it is purged."""
        return self._entry(f"deployer-{arn.rpartition(':')[2].rpartition('/')[2]}", arn, AccessPolicy(ADMINISTRATOR))

    def _developer(self, role: DeveloperRole) -> AccessEntry:
        """Its IAM role is the network's. The group is for what the cluster's own RBAC gives it."""
        name, network = role_name(role), replace(self.base.scope, stack="network")
        iam_name = f"{network.platform}-{network.environment}-{self.base.region}-{name}"
        principal = f"arn:aws:iam::{self.base.p['account_id']}:role{path(network)}{iam_name}"
        policy = AccessPolicy(POLICIES[role.cluster_access], self.namespaces.get(role.name, frozenset()))
        return self._entry(name, principal, policy, frozenset({name}))

    def _entry(self, name: str, principal: str, policy: AccessPolicy, groups: frozenset[str] = frozenset()) -> AccessEntry:
        return AccessEntry(
            name=name,
            cluster=self.base.cluster,
            principal=principal,
            groups=groups,
            policies=frozenset({policy}),
            tags=self.base.tags(name),
        )


def access_problems(parameters: Mapping[str, Any], developers: Sequence[DeveloperRole]) -> list[str]:
    known = [role.name for role in developers]
    return [
        f"eks_cluster_developer_namespaces: {each['role']} is no developer role that platform_access lets reach the cluster"
        f" ({', '.join(known) or 'there is none'}). Correct it, or take it out."
        for each in parameters["developer_namespaces"]
        if each["role"] not in known
    ] + [
        f"eks_cluster_deployers: {arn} is not the ARN of an IAM role or user, such as arn:aws:iam::{parameters['account_id']}:role/deployer."
        for arn in parameters["deployers"]
        if not arn.startswith("arn:aws:iam::") or not arn.partition(":role/")[2] + arn.partition(":user/")[2]
    ]
