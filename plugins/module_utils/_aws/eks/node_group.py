# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Managed node group: instances of one launch template in the workload subnets, which EKS replaces node by node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

try:
    from botocore.exceptions import ClientError
except ImportError:  # AnsibleAWSModule reports it
    pass

from ..._engine.plan import shown_value
from ..._engine.resource import Difference, Live, Mark, initial, managed
from .. import waiters
from ..ec2.launch_template import LaunchTemplate, versions
from ..iam.role import Role
from .eks_resource import ClusterResource
from .instance_types import instance_type_problems
from .node_addon import NodeAddon

FIXED = ("role", "subnets", "ami_type", "capacity_type", "instance_types", "launch_template")  # for the life of a node group


@dataclass(frozen=True)
class Taint:
    """``effect`` as EKS writes it: NO_SCHEDULE, NO_EXECUTE or PREFER_NO_SCHEDULE."""

    key: str
    value: str
    effect: str

    def __str__(self) -> str:
        return f"{self.key}={self.value}:{self.effect}"


@dataclass(kw_only=True, eq=False)
class NodeGroup(ClusterResource):
    """``subnets`` are ids, of another stack. ``template`` is the fingerprint of the launch template's version that its nodes are made from.

    ``sizes`` are the least and the most nodes; how many there are is the autoscaler's business once they are made.
    """

    role: Role = managed(uses=(Role,))
    subnets: frozenset[Any] = managed()
    ami_type: str = managed()
    capacity_type: str = managed()
    instance_types: tuple[str, ...] = managed()
    launch_template: LaunchTemplate = managed(uses=(LaunchTemplate,))
    template: str = managed()
    version: str = managed()
    release: str | None = managed(None)
    sizes: tuple[int, int] = managed()
    desired: int = initial()
    labels: Mapping[str, str] = managed()
    taints: frozenset[Taint] = managed(frozenset())
    max_unavailable: int = managed(1)
    max_pods: int | None = initial(None)  # what its launch template tells kubelets, to be checked against the instance types
    addons: frozenset[NodeAddon] = initial(frozenset(), uses=(NodeAddon,))

    kind = "node_group"
    waiter = waiters.NODE_GROUP
    unique = ("group_name",)
    listed = ("list_nodegroups", "nodegroups")
    described = ("describe_nodegroup", "nodegroupName", "nodegroup")
    arn = "nodegroupArn"
    calls: ClassVar = {
        "create": ("eks.CreateNodegroup",),
        **dict.fromkeys(("template", "version", "release"), ("eks.UpdateNodegroupVersion",)),
        **dict.fromkeys(("sizes", "labels", "taints", "max_unavailable"), ("eks.UpdateNodegroupConfig",)),
        "tags": ("eks.TagResource",),
        "delete": ("eks.DeleteNodegroup",),
    }

    @property
    def group_name(self) -> str:
        return self.name

    @classmethod
    def completed(cls, place: Any, item: dict[str, Any]) -> dict[str, Any]:
        template = item.get("launchTemplate")
        return {**item, "template": _fingerprint(place, template["id"], template["version"])} if template else item

    @classmethod
    def identity(cls, item: Mapping[str, Any]) -> str:
        return str(item["nodegroupName"])

    @classmethod
    def values(cls, item: Mapping[str, Any]) -> dict[str, Any]:
        scaling = item["scalingConfig"]
        return {
            "group_name": item["nodegroupName"],
            "role": item["nodeRole"],
            "subnets": frozenset(item["subnets"]),
            "ami_type": item["amiType"],
            "capacity_type": item["capacityType"],
            "instance_types": tuple(item.get("instanceTypes", ())),
            "launch_template": item.get("launchTemplate", {}).get("id"),
            "template": item.get("template"),
            "version": item["version"],
            "release": item["releaseVersion"],
            "sizes": (scaling["minSize"], scaling["maxSize"]),
            "desired": scaling["desiredSize"],
            "labels": dict(item.get("labels", {})),
            "taints": frozenset(Taint(each["key"], each.get("value", ""), each["effect"]) for each in item.get("taints", ())),
            "max_unavailable": item.get("updateConfig", {}).get("maxUnavailable"),
        }

    @classmethod
    def check(cls, place: Any, changes: list[Any]) -> list[str]:
        changing = [change for change in changes if change.resource]
        made = [change.resource for change in changing if change.live is None]
        return [*(problem for change in changing for problem in _fixed_problems(change)), *instance_type_problems(place, made)]

    def create(self, place: Any) -> Live:
        release = {"releaseVersion": self.release} if self.release else {}
        answer = place.client("eks").create_nodegroup(
            clusterName=self.cluster.id, nodegroupName=self.name, nodeRole=self.role.id, subnets=sorted(self.subnets), amiType=self.ami_type,
            capacityType=self.capacity_type, instanceTypes=list(self.instance_types), version=self.version, labels=dict(self.labels),
            launchTemplate={"id": self.launch_template.id, "version": self.launch_template.version},
            scalingConfig={**_sizes(self.sizes), "desiredSize": self.desired}, taints=[vars(each) for each in sorted(self.taints, key=str)],
            updateConfig={"maxUnavailable": self.max_unavailable}, tags=dict(self.tags), **release,
        )  # fmt: skip
        return self.as_live({**answer["nodegroup"], "template": self.template}, self.cluster.scope)

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        """One step, since EKS takes one at a time: what still differs once it is through is the next. Nodes are replaced last."""
        eks, group = place.client("eks"), {"clusterName": live.within, "nodegroupName": live.id}
        change = dict(_configuration(fields))
        if change:
            eks.update_nodegroup_config(**group, **change)
        else:
            template = {"id": self.launch_template.id, "version": self.launch_template.version}
            release = {"releaseVersion": self.release} if self.release else {}
            eks.update_nodegroup_version(**group, version=self.version, launchTemplate=template, **release)

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        place.client("eks").delete_nodegroup(clusterName=live.within, nodegroupName=live.id)


def _fingerprint(place: Any, template: str, version: str) -> str | None:
    """Of a version, which never changes: asked once. None where the launch template is gone."""
    known = place.known.setdefault(template, {})
    if version not in known:
        try:
            found = versions(place, template)
        except ClientError as error:
            if not error.response["Error"]["Code"].endswith(".NotFound"):
                raise
            found = []
        known |= {str(each["VersionNumber"]): each.get("VersionDescription") for each in found}
    fingerprint: str | None = known.get(version)
    return fingerprint


def _sizes(sizes: tuple[int, int]) -> dict[str, int]:
    return {"minSize": sizes[0], "maxSize": sizes[1]}


def _configuration(fields: Mapping[str, Difference]) -> Iterator[tuple[str, Any]]:
    """What UpdateNodegroupConfig takes of the differences."""
    if "sizes" in fields:
        yield "scalingConfig", _sizes(fields["sizes"].after)
    if "max_unavailable" in fields:
        yield "updateConfig", {"maxUnavailable": fields["max_unavailable"].after}
    if "labels" in fields:
        before, after = fields["labels"].before or {}, fields["labels"].after
        yield "labels", {"addOrUpdateLabels": dict(after), "removeLabels": sorted(before.keys() - after.keys())}
    if "taints" in fields:
        before, after = fields["taints"].before or frozenset(), fields["taints"].after
        kept = {(each.key, each.effect) for each in after}
        gone = [each for each in before if (each.key, each.effect) not in kept]
        yield "taints", {"addOrUpdateTaints": [vars(each) for each in sorted(after - before, key=str)], "removeTaints": [vars(each) for each in gone]}


def _fixed_problems(change: Any) -> Iterator[str]:
    for name in FIXED if change.live else ():
        if name in change.fields:
            before, after = (shown_value(each, Mark.MANAGED) for each in (change.fields[name].before, change.fields[name].after))
            yield (
                f"Cannot change {change.label}: its {name} is {before} and cannot become {after}, since EKS keeps it for the life of a node group. "
                "Declare another node group beside it; once its nodes are ready, take this one out and run with eks_cluster_purge."
            )
