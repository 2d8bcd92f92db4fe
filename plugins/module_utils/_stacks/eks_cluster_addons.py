# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Add-ons in the versions that fit, and the IAM roles of pods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from .._aws.eks.addon import Addon
from .._aws.eks.node_addon import NODE_ADDONS, NodeAddon
from .._aws.eks.node_group import NodeGroup
from .._aws.eks.pod_identity_association import PodIdentityAssociation
from .._aws.iam.role import Role
from .._engine.errors import PlanError
from .._engine.resource import Resource
from .eks_cluster_base import Base
from .eks_cluster_policies import ebs_csi_policy, pod_trust, vpc_cni_policy
from .eks_cluster_spec import NEWEST

VPC_CNI = "vpc-cni"
# Older ones put pods into the subnets of nodes too, or take their tags for less than they say: amazon-vpc-cni-k8s, v1.22 and issue 3753.
OLDEST_CNI = (1, 22, 3)
ACCOUNTS = {VPC_CNI: ("aws-node", vpc_cni_policy), "aws-ebs-csi-driver": ("ebs-csi-controller-sa", ebs_csi_policy)}  # of add-ons that call AWS
SYSTEM = "kube-system"

Offers = Mapping[str, Sequence[str]]  # by add-on, the versions that fit the cluster's


def find_offers(place: Any, version: str) -> Offers:
    """One bulk read. None for a version that EKS does not know: the cluster's check says what it offers."""
    try:
        found = place.pages("eks", "describe_addon_versions", "addons", kubernetesVersion=version)
    except place.client("eks").exceptions.InvalidParameterException:
        return {}
    return {each["addonName"]: [offer["addonVersion"] for offer in each["addonVersions"]] for each in found}


class Addons:
    """``offers`` are None before AWS was asked: what is newest is not known then."""

    def __init__(self, base: Base, offers: Offers | None) -> None:
        self.base = base
        self.versions = _versions(base.p, offers)
        self.groups: Sequence[NodeGroup] = ()

    def resources(self) -> list[Resource]:
        return [*self.roles.values(), *self.associations.values(), *self.node_addons.values(), *self.others()]

    @cached_property
    def _identities(self) -> list[tuple[str, str, str, Mapping[str, Any]]]:
        """Name, namespace, service account and policy of each pod identity."""
        own = [(name, SYSTEM, *ACCOUNTS[name]) for name in ACCOUNTS if name in self.versions]
        asked = [(each["name"], each["namespace"], each["service_account"], each["policy"]) for each in self.base.p["pod_identities"]]
        return [*((name, space, account, policy(self.base.place)) for name, space, account, policy in own), *asked]

    @cached_property
    def roles(self) -> dict[str, Role]:
        return {
            name: self.base.role(f"pod-{name}", pod_trust(self.base.place, namespace, account), policy)
            for name, namespace, account, policy in self._identities
        }

    @cached_property
    def associations(self) -> dict[str, PodIdentityAssociation]:
        return {
            name: PodIdentityAssociation(
                name=name,
                cluster=self.base.cluster,
                namespace=namespace,
                service_account=account,
                role=self.roles[name],
                tags=self.base.tags(name),
            )
            for name, namespace, account, _policy in self._identities
        }

    @cached_property
    def node_addons(self) -> dict[str, NodeAddon]:
        return {each["name"]: NodeAddon(**self._values(each)) for each in self.base.p["addons"] if each["name"] in NODE_ADDONS}

    def others(self) -> list[Addon]:
        """What is to run on nodes, once there are some."""
        groups = frozenset(self.groups)
        return [Addon(**self._values(each), node_groups=groups) for each in self.base.p["addons"] if each["name"] not in NODE_ADDONS]

    def _values(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        name = asked["name"]
        return {
            "name": name,
            "cluster": self.base.cluster,
            "version": self.versions[name],
            "configuration": self._configuration(name, asked["configuration"]),
            "associations": frozenset({self.associations[name]} if name in ACCOUNTS else ()),
            "tags": self.base.tags(name),
        }

    def _configuration(self, name: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """What is asked for goes before the platform's own settings of the CNI, variable by variable."""
        if name != VPC_CNI:
            return dict(asked)
        own_pods = self.base.p["pod_addressing"] == "secondary"
        variables = {
            "ENABLE_PREFIX_DELEGATION": "true",
            "WARM_PREFIX_TARGET": "1",
            "ENABLE_SUBNET_DISCOVERY": str(own_pods).lower(),
            "AWS_VPC_K8S_CNI_EXTERNALSNAT": str(not own_pods).lower(),
        }
        return {"enableNetworkPolicy": "true", **asked, "env": {**variables, **asked.get("env", {})}}


def _versions(parameters: Mapping[str, Any], offers: Offers | None) -> dict[str, str]:
    """By add-on. Raises ``PlanError`` for add-ons and versions that do not fit the cluster."""
    asked = {each["name"]: each["version"] for each in parameters["addons"]}
    if not offers:
        return asked
    problems = [problem for name, version in asked.items() for problem in _problems(parameters, name, version, offers.get(name, ()))]
    if problems:
        raise PlanError.of(problems)
    return {name: max(offers[name], key=release) if version == NEWEST else version for name, version in asked.items()}


def _problems(parameters: Mapping[str, Any], name: str, version: str, offered: Sequence[str]) -> Iterator[str]:
    kubernetes = parameters["version"]
    if not offered:
        yield f"eks_cluster_addons: EKS offers no add-on {name} for Kubernetes {kubernetes}. Correct its name, or leave it out."
    elif version != NEWEST and version not in offered:
        newest = ", ".join(sorted(offered, key=release, reverse=True)[:3])
        yield f"eks_cluster_addons: {name} {version} does not go with Kubernetes {kubernetes}. The newest that do: {newest}."
    else:
        chosen = max(offered, key=release) if version == NEWEST else version
        if name == VPC_CNI and parameters["pod_addressing"] == "secondary" and release(chosen) < OLDEST_CNI:
            least = ".".join(map(str, OLDEST_CNI))
            yield (
                f"eks_cluster_addons: {name} {chosen} does not keep pods out of the subnets of nodes; v{least} does. "
                "Take a newer version, or set eks_cluster_pod_addressing to workload."
            )


def release(version: str) -> tuple[int, ...]:
    """``v1.22.4-eksbuild.3`` as numbers that compare."""
    number, _dash, build = version.removeprefix("v").partition("-eksbuild.")
    return tuple(int(part) for part in (*number.split("."), *([build] if build else [])) if part.isdigit())
