# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Add-ons without which no node becomes ready: they are there before the first one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..._engine.resource import Difference, Live, initial, managed
from .. import waiters
from .eks_resource import ClusterResource
from .pod_identity_association import PodIdentityAssociation

NODE_ADDONS = frozenset({"vpc-cni", "kube-proxy", "eks-pod-identity-agent"})

ONE_BY_ONE = "vpc-cni"


@dataclass(kw_only=True, eq=False)
class NodeAddon(ClusterResource):
    """Its name is the add-on's. ``configuration`` are its values; ``associations`` are there first, so that its pods begin with their role."""

    version: str = managed()
    configuration: Mapping[str, Any] = managed()
    associations: frozenset[PodIdentityAssociation] = initial(frozenset(), uses=(PodIdentityAssociation,))

    kind = "node_addon"
    waiter = waiters.ADDON
    unique = ("addon_name",)
    listed = ("list_addons", "addons")
    described = ("describe_addon", "addonName", "addon")
    arn = "addonArn"
    calls: ClassVar = {
        "create": ("eks.CreateAddon",),
        "version": ("eks.UpdateAddon",),
        "configuration": ("eks.UpdateAddon",),
        "tags": ("eks.TagResource",),
        "delete": ("eks.DeleteAddon",),
    }

    @property
    def addon_name(self) -> str:
        return self.name

    @classmethod
    def is_its_own(cls, name: str) -> bool:
        return name in NODE_ADDONS

    @classmethod
    def listed_ids(cls, place: Any, cluster: str) -> list[str]:
        return [name for name in super().listed_ids(place, cluster) if cls.is_its_own(name)]

    @classmethod
    def identity(cls, item: Mapping[str, Any]) -> str:
        return str(item["addonName"])

    @classmethod
    def values(cls, item: Mapping[str, Any]) -> dict[str, Any]:
        configuration = json.loads(item.get("configurationValues") or "{}")
        return {"addon_name": item["addonName"], "version": item["addonVersion"], "configuration": configuration}

    @classmethod
    def check(cls, place: Any, changes: list[Any]) -> list[str]:
        """EKS user guide, "Update the Amazon VPC CNI": one minor version at a time."""
        steps = [(change, change.fields["version"]) for change in changes if change.resource and change.live and "version" in change.fields]
        return [
            f"eks_cluster_addons: {change.name} is at {step.before}, and EKS updates it one minor version at a time. "
            f"Pin one of v1.{_minor(step.before) + (1 if _minor(step.after) > _minor(step.before) else -1)} first, instead of {step.after}."
            for change, step in steps
            if change.name == ONE_BY_ONE and abs(_minor(step.after) - _minor(step.before)) > 1
        ]

    def create(self, place: Any) -> Live:
        answer = place.client("eks").create_addon(
            clusterName=self.cluster.id, addonName=self.name, addonVersion=self.version, resolveConflicts="OVERWRITE", tags=dict(self.tags),
            **_configured(self.configuration),
        )  # fmt: skip
        return self.as_live(answer["addon"], self.cluster.scope)

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        place.client("eks").update_addon(
            clusterName=live.within, addonName=live.id, addonVersion=self.version, resolveConflicts="OVERWRITE",
            configurationValues=json.dumps(self.configuration, sort_keys=True),
        )  # fmt: skip

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        place.client("eks").delete_addon(clusterName=live.within, addonName=live.id)


def _configured(values: Mapping[str, Any]) -> dict[str, str]:
    return {"configurationValues": json.dumps(values, sort_keys=True)} if values else {}


def _minor(version: str) -> int:
    return int(version.split(".")[1])
