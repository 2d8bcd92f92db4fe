# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Add-ons of a cluster."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow

from ..answers import AwsError
from ..overlay import Asked
from . import pod_identities
from .addon_catalogue import PRODUCTS, Product
from .addon_schemas import check_configuration
from .models import IN_USE, INVALID, MISSING, Backend, Cluster, page, unique
from .roles import check_service_account_role
from .tags import check_tags
from .updates import begin
from .versions import minor

_SELF_MANAGED = ("vpc-cni", "coredns", "kube-proxy")  # what bootstrapSelfManagedAddons installs
_BUSY = ("CREATING", "UPDATING", "DELETING")


@dataclass
class Addon:
    product: Product
    arn: str
    cluster: str
    version: str
    namespace: str
    tags: dict[str, str]
    role: str | None = None
    configuration: str | None = None
    associations: list[str] = field(default_factory=list)
    status: str = "CREATING"
    created: datetime = field(default_factory=utcnow)
    modified: datetime = field(default_factory=utcnow)
    issues: list[dict[str, Any]] = field(default_factory=list)
    after_failed_update: str = "UPDATE_FAILED"

    @property
    def key(self) -> tuple[str, str]:
        return "addon", self.product.name

    def described(self) -> dict[str, Any]:
        row = {
            "addonName": self.product.name, "clusterName": self.cluster, "status": self.status, "addonVersion": self.version,
            "health": {"issues": self.issues}, "addonArn": self.arn, "createdAt": self.created, "modifiedAt": self.modified, "tags": self.tags,
            "publisher": "eks", "owner": self.product.owner, "namespaceConfig": {"namespace": self.namespace},
        }  # fmt: skip
        optional = {
            "serviceAccountRoleArn": self.role, "configurationValues": self.configuration, "podIdentityAssociations": self.associations
        }  # fmt: skip
        return row | {name: value for name, value in optional.items() if value}

    def judge(self, cluster: Cluster) -> None:
        """Whether it is well: a Deployment needs nodes to run on."""
        if self.status not in ("ACTIVE", "CREATING", "DEGRADED"):
            return
        starved = self.product.replicas and not any(each.nodes for each in cluster.node_groups.values())
        self.status = "DEGRADED" if starved else "ACTIVE"
        message = "The add-on is unhealthy because it doesn't have the desired number of replicas."
        self.issues = [{"code": "InsufficientNumberOfReplicas", "message": message, "resourceIds": []}] if starved else []


def create(backend: Backend, asked: Asked) -> dict[str, Any]:
    cluster, name = backend.get(asked["clusterName"]), asked["addonName"]
    cluster.check_active_or_updating()
    if name in cluster.addons:
        raise AwsError(IN_USE, "Addon already exists.")
    if name not in PRODUCTS:
        raise AwsError(INVALID, f"Addon specified: {name} is not supported in {cluster.version} kubernetes version")
    product = PRODUCTS[name]
    release = product.find(asked.get("addonVersion"), cluster.version)
    _check(backend, product, asked)
    made = Addon(
        product=product,
        arn=backend.arn(f"addon/{cluster.name}/{name}/{unique()}"),
        cluster=cluster.name,
        version=release.version,
        namespace=_namespace(product, asked),
        tags=check_tags(asked.get("tags", {})),
        role=asked.get("serviceAccountRoleArn"),
        configuration=asked.get("configurationValues"),
    )
    made.associations = pod_identities.own(backend, cluster, made.arn, made.namespace, asked.get("podIdentityAssociations", []))
    cluster.addons[name] = made
    conflicts = cluster.self_managed_addons and name in _SELF_MANAGED and asked.get("resolveConflicts", "NONE") == "NONE"
    backend.agenda.later("addon", lambda: _settle(cluster, made, conflicts))
    return {"addon": made.described()}


def _namespace(product: Product, asked: Asked) -> str:
    wanted = asked.get("namespaceConfig", {}).get("namespace", product.namespace)
    if wanted != product.namespace and not product.namespace_free:
        raise AwsError(INVALID, f"The add-on {product.name} does not support custom namespaces")
    return str(wanted)


def _check(backend: Backend, product: Product, asked: Asked) -> None:
    check_configuration(product.name, asked.get("configurationValues"))
    if asked.get("serviceAccountRoleArn"):
        check_service_account_role(asked["serviceAccountRoleArn"], backend.account_id)
    known = [account for account, _policy in product.service_accounts]
    for each in asked.get("podIdentityAssociations", []):
        if each["serviceAccount"] not in known:
            raise AwsError(INVALID, f"The service account {each['serviceAccount']} is not one of the add-on {product.name}'s: [{', '.join(known)}]")


def _settle(cluster: Cluster, addon: Addon, conflicts: bool) -> None:
    if addon.status != "CREATING":
        return
    if not conflicts:
        addon.judge(cluster)
        return
    addon.status = "CREATE_FAILED"
    message = "Conflicts found when trying to apply. Will not continue due to resolve conflicts mode. The add-on is there as a self-managed one."
    addon.issues = [{"code": "ConfigurationConflict", "message": message, "resourceIds": []}]


def find(backend: Backend, asked: Asked) -> tuple[Cluster, Addon]:
    cluster = backend.get(asked["clusterName"])
    addon = cluster.addons.get(asked["addonName"])
    if addon is None:
        raise AwsError(MISSING, f"No addon: {asked['addonName']} found in cluster: {cluster.name}")
    return cluster, addon


def describe(backend: Backend, asked: Asked) -> dict[str, Any]:
    return {"addon": find(backend, asked)[1].described()}


def names(backend: Backend, asked: Asked) -> dict[str, Any]:
    return page("addons", sorted(backend.get(asked["clusterName"]).addons), asked)


def update(backend: Backend, asked: Asked) -> dict[str, Any]:
    cluster, addon = find(backend, asked)
    if addon.status in _BUSY:
        raise AwsError(IN_USE, f"Addon {addon.product.name} cannot be updated as it is currently in {addon.status} state")
    version = addon.product.find(asked["addonVersion"], cluster.version) if asked.get("addonVersion") else None
    if version and addon.product.name == "vpc-cni" and abs(minor(version.version) - minor(addon.version)) > 1:
        raise AwsError(INVALID, "Updating VPC-CNI can only go up or down 1 minor version at a time")
    _check(backend, addon.product, asked)

    def change() -> None:
        addon.version = version.version if version else addon.version
        addon.role = asked.get("serviceAccountRoleArn", addon.role)
        addon.configuration = asked.get("configurationValues", addon.configuration)
        addon.modified, addon.issues = utcnow(), []
        backend.agenda.when(lambda: addon.status == "ACTIVE", lambda: addon.judge(cluster))

    params = {
        "AddonVersion": asked.get("addonVersion"), "ServiceAccountRoleArn": asked.get("serviceAccountRoleArn"),
        "ResolveConflicts": asked.get("resolveConflicts"), "ConfigurationValues": asked.get("configurationValues"),
        "PodIdentityAssociations": asked.get("podIdentityAssociations"),
    }  # fmt: skip
    if asked.get("podIdentityAssociations") is not None:
        pod_identities.drop(cluster, addon.arn)
        addon.associations = pod_identities.own(backend, cluster, addon.arn, addon.namespace, asked["podIdentityAssociations"])
    given = {name: value for name, value in params.items() if value is not None}
    return begin(backend, cluster, "AddonUpdate", given, change, subject=addon)


def delete(backend: Backend, asked: Asked) -> dict[str, Any]:
    """`preserve` leaves what runs in the cluster, of which nothing is seen here."""
    cluster, addon = find(backend, asked)
    addon.status = "DELETING"

    def vanish() -> None:
        pod_identities.drop(cluster, addon.arn)
        if cluster.addons.get(addon.product.name) is addon:
            cluster.addons.pop(addon.product.name)

    backend.agenda.later("addon_deletion", vanish)
    return {"addon": addon.described()}


def judge_all(cluster: Cluster) -> None:
    """After the nodes have changed."""
    for addon in cluster.addons.values():
        if addon.status != "CREATING":
            addon.judge(cluster)
