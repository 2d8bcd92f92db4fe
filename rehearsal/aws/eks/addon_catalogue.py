# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-ons that EKS offers, their versions, and which Kubernetes versions these go with.

The versions are real ones, as of autumn 2026, of the many that AWS keeps; which of them are defaults, and the oldest and newest
Kubernetes version of each, are not checked against AWS.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ..answers import AwsError
from ..overlay import Asked
from .addon_schemas import SCHEMAS
from .models import INVALID, MISSING, page
from .versions import VERSIONS, minor


@dataclass(frozen=True)
class Release:
    """first and last: minor versions of Kubernetes that it goes with; defaults: those that it is the default for."""

    version: str
    first: int
    last: int
    defaults: tuple[int, ...] = ()

    def fits(self, kubernetes: str) -> bool:
        return self.first <= minor(kubernetes) <= self.last


@dataclass(frozen=True)
class Product:
    """service_accounts: those that can be given a role, and the managed policy that each needs. replicas: whether it runs as a
    Deployment, which needs nodes to be healthy."""

    name: str
    kind: str
    owner: str
    namespace: str
    releases: tuple[Release, ...]
    service_accounts: tuple[tuple[str, str], ...] = ()
    replicas: bool = False
    namespace_free: bool = False

    def find(self, version: str | None, kubernetes: str) -> Release:
        """A release by its version, the default one without. Raises AwsError where none fits."""
        fitting = [each for each in self.releases if each.fits(kubernetes)]
        if not fitting:
            raise AwsError(INVALID, f"Addon specified: {self.name} is not supported in {kubernetes} kubernetes version")
        if version is None:
            return next((each for each in fitting if minor(kubernetes) in each.defaults), fitting[0])
        found = next((each for each in fitting if each.version == version), None)
        if found is None:
            raise AwsError(INVALID, "Addon version specified is not supported")
        return found

    def described(self, kubernetes: str | None) -> dict[str, Any]:
        rows = [_described(self, each, kubernetes) for each in self.releases]
        return {
            "addonName": self.name, "type": self.kind, "owner": self.owner, "publisher": "eks", "defaultNamespace": self.namespace,
            "addonVersions": [row for row in rows if row["compatibilities"]],
        }  # fmt: skip


def _described(product: Product, release: Release, kubernetes: str | None) -> dict[str, Any]:
    fitting = [name for name in VERSIONS if release.fits(name) and kubernetes in (None, name)]
    return {
        "addonVersion": release.version, "architecture": ["amd64", "arm64"], "computeTypes": ["ec2", "hybrid"],
        "compatibilities": [
            {"clusterVersion": name, "platformVersions": ["*"], "defaultVersion": minor(name) in release.defaults} for name in fitting
        ],
        "requiresConfiguration": False, "requiresIamPermissions": bool(product.service_accounts),
    }  # fmt: skip


def _kube_proxy(patch: str, *builds: int, default: int) -> tuple[Release, ...]:
    """One of an older minor version goes with the next two as well."""
    own = minor(patch)
    return tuple(Release(f"v{patch}-eksbuild.{build}", own, own + 2, (own,) if build == default else ()) for build in builds)


_ALL = tuple(range(30, 37))
PRODUCTS = {
    each.name: each
    for each in (
        Product("vpc-cni", "networking", "aws", "kube-system", (
            Release("v1.23.1-eksbuild.1", 31, 36),
            Release("v1.23.0-eksbuild.1", 31, 36),
            Release("v1.22.4-eksbuild.3", 30, 36, (33, 34, 35, 36)),
            Release("v1.22.3-eksbuild.1", 30, 36),
            Release("v1.21.1-eksbuild.8", 30, 36, (30, 31, 32)),
            Release("v1.20.4-eksbuild.1", 30, 35),
        ), service_accounts=(("aws-node", "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"),)),
        Product("coredns", "networking", "aws", "kube-system", (
            Release("v1.14.3-eksbuild.23", 35, 36),
            Release("v1.14.3-eksbuild.16", 35, 36, (36,)),
            Release("v1.14.3-eksbuild.3", 35, 36),
            Release("v1.14.2-eksbuild.4", 35, 36),
            Release("v1.13.2-eksbuild.21", 34, 35, (35,)),
            Release("v1.13.2-eksbuild.11", 33, 35, (34,)),
            Release("v1.12.3-eksbuild.1", 32, 34, (33,)),
            Release("v1.11.4-eksbuild.24", 30, 33, (30, 31, 32)),
        ), replicas=True),
        Product("kube-proxy", "networking", "aws", "kube-system", (
            *_kube_proxy("1.36.0", 25, 21, 13, default=21),
            *_kube_proxy("1.35.3", 25, 21, 18, 13, default=21),
            *_kube_proxy("1.34.6", 13, default=13),
            *_kube_proxy("1.33.10", 29, default=29),
            *_kube_proxy("1.32.11", 5, default=5),
            *_kube_proxy("1.31.7", 7, default=7),
            *_kube_proxy("1.30.11", 5, default=5),
        )),
        Product("eks-pod-identity-agent", "security", "aws", "kube-system", (
            Release("v1.3.10-eksbuild.3", 30, 36, _ALL),
            Release("v1.3.4-eksbuild.1", 30, 35),
        )),
        Product("aws-ebs-csi-driver", "storage", "aws", "kube-system", (
            Release("v1.63.1-eksbuild.1", 31, 36, _ALL[1:]),
            Release("v1.62.0-eksbuild.1", 31, 36),
            Release("v1.59.0-eksbuild.1", 30, 36, _ALL[:1]),
        ), service_accounts=(("ebs-csi-controller-sa", "arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"),), replicas=True),
        Product("metrics-server", "observability", "community", "kube-system", (
            Release("v0.9.0-eksbuild.5", 31, 36),
            Release("v0.8.1-eksbuild.6", 30, 36, _ALL),
        ), replicas=True),
        Product("kube-state-metrics", "observability", "community", "kube-state-metrics", (
            Release("v2.18.0-eksbuild.10", 30, 36, _ALL),
            Release("v2.18.0-eksbuild.8", 30, 36),
        ), replicas=True, namespace_free=True),
        Product("prometheus-node-exporter", "observability", "community", "prometheus-node-exporter", (
            Release("v1.10.2-eksbuild.8", 30, 36, _ALL),
        ), namespace_free=True),
        Product("eks-node-monitoring-agent", "observability", "aws", "kube-system", (
            Release("v1.6.4-eksbuild.1", 30, 36, _ALL),
        )),
    )
}  # fmt: skip


def describe(backend: Any, asked: Asked) -> dict[str, Any]:
    kubernetes = asked.get("kubernetesVersion")
    if kubernetes is not None and kubernetes not in VERSIONS:
        raise AwsError(INVALID, f"The Kubernetes version {kubernetes} is not supported")
    found = [
        product.described(kubernetes)
        for product in PRODUCTS.values()
        if asked.get("addonName") in (None, product.name)
        and product.kind in (asked.get("types") or [product.kind])
        and product.owner in (asked.get("owners") or [product.owner])
        and "eks" in (asked.get("publishers") or ["eks"])
    ]
    return page("addons", [row for row in found if row["addonVersions"]], asked)


def describe_configuration(backend: Any, asked: Asked) -> dict[str, Any]:
    product = PRODUCTS.get(asked["addonName"])
    release = next((each for each in product.releases if each.version == asked["addonVersion"]), None) if product else None
    if product is None or release is None:
        raise AwsError(MISSING, f"The add-on {asked['addonName']} with version {asked['addonVersion']} does not exist")
    return {
        "addonName": product.name, "addonVersion": release.version, "configurationSchema": json.dumps(SCHEMAS[product.name]),
        "podIdentityConfiguration": [
            {"serviceAccount": account, "recommendedManagedPolicies": [policy]} for account, policy in product.service_accounts
        ],
    }  # fmt: skip
