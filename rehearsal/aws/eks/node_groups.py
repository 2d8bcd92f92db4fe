# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Managed node groups: created, described, deleted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from moto.core.utils import utcnow

from ..answers import AwsError
from ..overlay import Asked
from . import access_entries, addons, images, node_checks, scaling
from .models import IN_USE, INVALID, MISSING, Backend, Cluster, page, unique
from .nodes import show
from .roles import check_node_role
from .tags import check_tags
from .updates import UpdateFailed

if TYPE_CHECKING:
    from .scaling import NodeScaling

_MOST = 30  # Amazon EKS service quotas, "Managed node groups per cluster"
_SIZES = {"minSize": 1, "maxSize": 2, "desiredSize": 2}
_DISK = 20


@dataclass
class NodeGroup:
    """`template_data` is that of the user's launch template in the version of the group, empty without one."""

    name: str
    arn: str
    uuid: str
    cluster: str
    role: str
    subnets: list[str]
    version: str
    release: str
    ami_type: str
    capacity_type: str
    instance_types: list[str]
    disk_size: int | None
    scaling: dict[str, int]
    labels: dict[str, str]
    taints: list[dict[str, str]]
    launch_template: dict[str, str]
    template_data: dict[str, Any]
    update_config: dict[str, Any]
    repair_config: dict[str, Any]
    remote_access: dict[str, Any]
    tags: dict[str, str]
    status: str = "CREATING"
    created: datetime = field(default_factory=utcnow)
    modified: datetime = field(default_factory=utcnow)
    issues: list[dict[str, Any]] = field(default_factory=list)
    scaling_group: NodeScaling | None = None
    after_failed_update: str = "ACTIVE"

    @property
    def key(self) -> tuple[str, str]:
        return "nodegroup", self.name

    @property
    def own_name(self) -> str:
        """Of the launch template and the instance profile that EKS makes."""
        return f"eks-{self.uuid}"

    @property
    def scaling_name(self) -> str:
        return f"eks-{self.name}-{self.uuid}"

    @property
    def instance_type(self) -> str:
        """That of its instances: the first choice, or that of the launch template."""
        return str(self.template_data.get("InstanceType") or self.instance_types[0])

    @property
    def nodes(self) -> list[Any]:
        """moto's instances."""
        return self.scaling_group.instances if self.scaling_group is not None else []

    def image_of(self, region: str) -> str | None:
        """The id of its image, None where the launch template names one."""
        return None if self.ami_type == "CUSTOM" else images.image(self.ami_type, self.version, self.release).id(region)

    @property
    def image_id(self) -> str | None:
        return self.image_of(self.arn.split(":")[3])

    def described(self) -> dict[str, Any]:
        groups = [{"name": self.scaling_name}] if self.scaling_group is not None else []
        row: dict[str, Any] = {
            "nodegroupName": self.name, "nodegroupArn": self.arn, "clusterName": self.cluster, "version": self.version,
            "releaseVersion": self.release, "createdAt": self.created, "modifiedAt": self.modified, "status": self.status,
            "capacityType": self.capacity_type, "scalingConfig": self.scaling, "subnets": self.subnets, "amiType": self.ami_type,
            "nodeRole": self.role, "labels": self.labels, "taints": self.taints, "health": {"issues": self.issues},
            "updateConfig": self.update_config, "tags": self.tags, "resources": {"autoScalingGroups": groups} if groups else {},
        }  # fmt: skip
        optional = {
            "instanceTypes": self.instance_types, "diskSize": self.disk_size, "launchTemplate": self.launch_template,
            "nodeRepairConfig": self.repair_config, "remoteAccess": self.remote_access,
        }  # fmt: skip
        return row | {name: value for name, value in optional.items() if value}


def create(backend: Backend, asked: Asked) -> dict[str, Any]:
    cluster, name = backend.get(asked["clusterName"]), asked["nodegroupName"]
    cluster.check_active_or_updating()
    _check_create(cluster, name, asked)
    check_node_role(asked["nodeRole"])
    subnets = node_checks.subnets(backend, cluster, asked["subnets"])
    template, data = node_checks.launch_template(backend, asked.get("launchTemplate"))
    node_checks.check_template(data, asked)
    ami_type = node_checks.ami_type(data, asked.get("amiType"))
    version = node_checks.version(cluster, data, asked.get("version"))
    types = node_checks.instance_types(data, asked.get("instanceTypes"), ami_type)
    uuid = unique()
    made = NodeGroup(
        name=name,
        arn=backend.arn(f"nodegroup/{cluster.name}/{name}/{uuid}"),
        uuid=uuid,
        cluster=cluster.name,
        role=asked["nodeRole"],
        subnets=subnets,
        version=version,
        release=node_checks.release(data, ami_type, version, asked.get("releaseVersion")),
        ami_type=ami_type,
        capacity_type=asked.get("capacityType", "ON_DEMAND"),
        instance_types=types,
        disk_size=None if template else asked.get("diskSize", _DISK),
        scaling=node_checks.sizes({**_SIZES, **asked.get("scalingConfig", {})}),
        labels=node_checks.labels(asked.get("labels", {})),
        taints=node_checks.taints(asked.get("taints", [])),
        launch_template=template,
        template_data=data,
        update_config=node_checks.update_config(asked.get("updateConfig") or {"maxUnavailable": 1}),
        repair_config=asked.get("nodeRepairConfig", {}),
        remote_access=asked.get("remoteAccess", {}),
        tags=check_tags(asked.get("tags", {})),
    )
    cluster.node_groups[name] = made
    access_entries.admit_nodes(backend, cluster, made.role)
    backend.agenda.later("nodegroup", lambda: _settle(backend, cluster, made))
    return {"nodegroup": made.described()}


def _check_create(cluster: Cluster, name: str, asked: Asked) -> None:
    node_checks.check_name(name)
    if name in cluster.node_groups:
        raise AwsError(IN_USE, f"NodeGroup already exists with name {name} and cluster name {cluster.name}")
    if len(cluster.node_groups) >= _MOST:
        raise AwsError("ResourceLimitExceededException", f"Cannot exceed quota for managed node groups per cluster: {_MOST}")
    if asked.get("warmPoolConfig"):
        raise NotImplementedError("warmPoolConfig of CreateNodegroup")
    if asked.get("capacityType") == "CAPACITY_BLOCK":
        raise NotImplementedError("capacityType CAPACITY_BLOCK of CreateNodegroup")
    if len(asked["subnets"]) != len(set(asked["subnets"])):
        raise AwsError(INVALID, "The subnets of a node group must differ")


def _settle(backend: Backend, cluster: Cluster, group: NodeGroup) -> None:
    if group.status != "CREATING":
        return
    try:
        scaling.make(backend, cluster, group, lambda: show(cluster))
        _check_joined(cluster, group)
    except UpdateFailed as failure:
        code = "AsgInstanceLaunchFailures" if failure.code == "InsufficientFreeAddresses" else failure.code
        _fail(group, code, failure.message, failure.resources)
        return
    joining = show(cluster)
    if joining is None:
        _finish(cluster, group)
    else:
        backend.agenda.when(joining.done, lambda: _finish(cluster, group, joining.exception()))


def _finish(cluster: Cluster, group: NodeGroup, failure: BaseException | None = None) -> None:
    if group.status != "CREATING":
        return
    if failure is not None:
        _fail(group, "NodeCreationFailure", str(failure), [each.id for each in group.nodes])
        return
    group.status = "ACTIVE"
    addons.judge_all(cluster)


def _fail(group: NodeGroup, code: str, message: str, resources: list[str]) -> None:
    group.status = "CREATE_FAILED"
    group.issues = [{"code": code, "message": message, "resourceIds": resources}]


def _check_joined(cluster: Cluster, group: NodeGroup) -> None:
    """Nodes without a network plugin never become ready."""
    if group.nodes and not cluster.self_managed_addons and "vpc-cni" not in cluster.addons:
        raise UpdateFailed("NodeCreationFailure", "Unhealthy nodes in the kubernetes cluster", [each.id for each in group.nodes])


def find(backend: Backend, asked: Asked) -> tuple[Cluster, NodeGroup]:
    cluster = backend.get(asked["clusterName"])
    group = cluster.node_groups.get(asked["nodegroupName"])
    if group is None:
        raise AwsError(MISSING, f"No node group found for name: {asked['nodegroupName']}.")
    return cluster, group


def describe(backend: Backend, asked: Asked) -> dict[str, Any]:
    return {"nodegroup": find(backend, asked)[1].described()}


def names(backend: Backend, asked: Asked) -> dict[str, Any]:
    return page("nodegroups", sorted(backend.get(asked["clusterName"]).node_groups), asked)


def delete(backend: Backend, asked: Asked) -> dict[str, Any]:
    cluster, group = find(backend, asked)
    if group.status == "UPDATING":
        raise AwsError(IN_USE, f"Nodegroup {group.name} cannot be deleted as it currently has an update in progress")
    group.status = "DELETING"

    def vanish() -> None:
        if cluster.node_groups.get(group.name) is not group:
            return
        scaling.remove(backend, group)
        cluster.node_groups.pop(group.name)
        access_entries.dismiss_nodes(cluster, group.role)
        show(cluster)
        addons.judge_all(cluster)

    backend.agenda.later("nodegroup_deletion", vanish)
    return {"nodegroup": group.described()}
