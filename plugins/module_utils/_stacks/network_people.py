# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Developer roles as IAM roles of an environment: taken and used from the networks that the access matrix admits, and nowhere else."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from .._aws.iam.role import Role
from .._aws.tags import PREFIX
from .._engine.errors import PlanError
from .._engine.resource import Resource
from .._planning.access import AccessMatrix
from .._planning.ranges import parse_range
from .._planning.topology import DeveloperRole, Topology
from .network_foundation import Foundation
from .network_policies import VERSION

HTTPS = 443
SERVICES = ("sts", "eks")  # where a role is taken, and where a cluster is looked up


class People:
    """One IAM role for each developer role that the matrix lets reach the environment's ``cluster_api``.

    Only principals of the environment's own account may take it: an environment trusts no other account's administrators.
    """

    def __init__(self, base: Foundation, matrix: AccessMatrix) -> None:
        self.base, self.matrix = base, matrix
        self.environment = base.scope.environment
        if problems := self._problems():
            raise PlanError.of(problems)

    def resources(self) -> list[Resource]:
        return [*self.roles.values()]

    @cached_property
    def developers(self) -> list[DeveloperRole]:
        return cluster_developers(self.base.topology, self.matrix, self.environment)

    @cached_property
    def roles(self) -> dict[str, Role]:
        """By the developer role's name."""
        return {
            role.name: Role(
                name=(name := role_name(role)),
                scope=self.base.scope,
                region=self.base.region,
                trust=self._trust(role),
                policy=self._policy(role),
                boundary=self.base.p["permissions_boundary"],
                tags=self.base.tags(name),
            )
            for role in self.developers
        }

    def _principals(self, role: DeveloperRole) -> list[str]:
        return sorted(principal for principal in role.principals if principal.split(":")[4] == self.base.p["account_id"])

    def _problems(self) -> list[str]:
        missing = [service for service in SERVICES if service not in self.base.p["interface_endpoints"]]
        found = [
            f"network_interface_endpoints lacks {service}, but developer roles of {self.environment} are taken and used through it. Add it, or end the"
            " access of developer roles to cluster_api."
            for service in (missing if self.developers else ())
        ]
        for role in self.developers:
            label, end = f"platform_developer_roles, role {role.name}", f"or end its access to {self.environment}.cluster_api."
            if not self._principals(role):
                found.append(
                    f"{label}: none of its principals is of account {self.base.p['account_id']}, where {self.environment} is, so nobody could take it"
                    f" there. Add one, {end}"
                )
            if not _reaches(self.matrix, self.environment, role, "endpoints"):
                found.append(
                    f"{label}: it reaches {self.environment}.cluster_api, but not {self.environment}.endpoints on TCP port {HTTPS}, where AWS answers,"
                    f" so nobody could take it there. Add such an entry to platform_access, {end}"
                )
        return found

    def _trust(self, role: DeveloperRole) -> dict[str, Any]:
        """The account is trusted and the ARN compared, so that a principal may be made later or anew, and a permission set's role have a wildcard.

        Source: IAM Identity Center guide, "Referencing permission sets in resource policies".
        """
        condition = {"ArnLike": {"aws:PrincipalArn": self._principals(role)}, **self._from_its_networks(role)}
        principal = {"AWS": f"arn:aws:iam::{self.base.p['account_id']}:root"}
        statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition}
        return {"Version": VERSION, "Statement": [statement]}

    def _policy(self, role: DeveloperRole) -> dict[str, Any]:
        """Only what ``aws eks update-kubeconfig`` needs; what the role may do in the cluster is the cluster's to say."""
        scope = self.base.scope
        tags = {f"aws:ResourceTag/{PREFIX}platform": scope.platform, f"aws:ResourceTag/{PREFIX}environment": scope.environment}
        network = self._from_its_networks(role)
        condition = {**network, "StringEquals": {**network["StringEquals"], **tags}}
        clusters = f"arn:aws:eks:{self.base.region}:{self.base.p['account_id']}:cluster/*"
        return {"Version": VERSION, "Statement": [{"Effect": "Allow", "Action": "eks:DescribeCluster", "Resource": clusters, "Condition": condition}]}

    def _from_its_networks(self, role: DeveloperRole) -> dict[str, dict[str, Any]]:
        """Through an endpoint of this VPC, from an address of the role's networks.

        ``aws:SourceIp`` is not there for what comes through an endpoint, and private addresses only mean something with the VPC that they
        are seen in: IAM user guide, "AWS global condition context keys", aws:VpcSourceIp and aws:SourceVpc.
        """
        networks = self.base.topology.site_networks()
        cidrs = sorted({cidr for name in role.networks for cidr in networks[name]}, key=parse_range)
        return {"IpAddress": {"aws:VpcSourceIp": cidrs}, "StringEquals": {"aws:SourceVpc": self.base.vpc}}


def role_name(developer: DeveloperRole) -> str:
    """In the scope of the environment's network."""
    return f"developer-{developer.name}"


def cluster_developers(topology: Topology, matrix: AccessMatrix, environment: str) -> list[DeveloperRole]:
    """The developer roles that the matrix lets reach the Kubernetes API of an environment."""
    return [role for role in topology.developer_roles if _reaches(matrix, environment, role, "cluster_api")]


def _reaches(matrix: AccessMatrix, environment: str, role: DeveloperRole, tier: str) -> bool:
    """On the port that AWS and Kubernetes answer on."""
    return any(
        flow.role == role.name and flow.target.part == tier and flow.protocol in ("tcp", "all") and _holds(flow.ports)
        for flow in matrix.of(environment)
    )


def _holds(ports: tuple[int, int] | None) -> bool:
    return ports is None or ports[0] <= HTTPS <= ports[1]
