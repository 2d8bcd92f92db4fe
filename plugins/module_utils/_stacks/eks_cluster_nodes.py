# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Node groups and what their instances are made from."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from .._aws.ec2.launch_template import LaunchTemplate
from .._aws.eks.node_addon import NodeAddon
from .._aws.eks.node_group import NodeGroup, Taint
from .._engine.resource import Resource
from .eks_cluster_base import NODE_GROUP, Base

BOTTLEROCKET = "BOTTLEROCKET"
SYSTEM_GIB = 4  # Bottlerocket's first volume, which holds the system alone; images and pods are on the second
NODE_CONFIG = """MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="//"

--//
Content-Type: application/node.eks.aws

---
apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  kubelet:
    config:
      maxPods: {pods}

--//--
"""
SETTINGS = "[settings.kubernetes]\nmax-pods = {pods}\n"


class Nodes:
    def __init__(self, base: Base, addons: frozenset[NodeAddon]) -> None:
        self.base, self.addons = base, addons

    def resources(self) -> list[Resource]:
        return [*self.templates.values(), *self.groups.values()]

    @cached_property
    def templates(self) -> dict[str, LaunchTemplate]:
        prefix = f"{self.base.scope.platform}-{self.base.scope.environment}"
        return {
            asked["name"]: LaunchTemplate(
                name=asked["name"], template_name=f"{prefix}-{asked['name']}", data=self._data(asked), tags=self.base.tags(asked["name"])
            )
            for asked in self.base.p["node_groups"]
        }

    @cached_property
    def groups(self) -> dict[str, NodeGroup]:
        return {asked["name"]: self._group(asked) for asked in self.base.p["node_groups"]}

    def _group(self, asked: Mapping[str, Any]) -> NodeGroup:
        template = self.templates[asked["name"]]
        wanted = asked["desired_size"]
        return NodeGroup(
            name=asked["name"],
            cluster=self.base.cluster,
            role=self.base.node_role,
            subnets=self.base.workload(asked["zones"]),
            ami_type=asked["ami_type"],
            capacity_type=asked["capacity_type"],
            instance_types=tuple(asked["instance_types"]),
            launch_template=template,
            template=template.fingerprint,
            version=self.base.p["version"],
            release=asked["release"],
            sizes=(asked["min_size"], asked["max_size"]),
            desired=asked["min_size"] if wanted is None else wanted,
            labels=dict(asked["labels"]),
            taints=frozenset(Taint(**each) for each in asked["taints"]),
            max_unavailable=asked["max_unavailable"],
            max_pods=asked["max_pods"],
            addons=self.addons,
            tags=self.base.tags(asked["name"]),
        )

    def _data(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Only the network's node group, no instance profile (EKS makes it), no image (EKS knows the newest of the type)."""
        tags = [{"Key": key, "Value": value} for key, value in sorted(self.base.tags(f"node-{asked['name']}").items())]
        return {
            "SecurityGroupIds": [self.base.network.group(NODE_GROUP)],
            "MetadataOptions": {"HttpEndpoint": "enabled", "HttpTokens": "required", "HttpPutResponseHopLimit": 1},
            "BlockDeviceMappings": _volumes(asked),
            "UserData": _user_data(asked),
            "TagSpecifications": [{"ResourceType": kind, "Tags": tags} for kind in ("instance", "volume", "network-interface")],
        }


def _volumes(asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    sizes = {"/dev/xvda": asked["disk_gib"]}
    if asked["ami_type"].startswith(BOTTLEROCKET):
        sizes = {"/dev/xvda": SYSTEM_GIB, "/dev/xvdb": asked["disk_gib"]}
    return [
        {"DeviceName": device, "Ebs": {"VolumeSize": size, "VolumeType": "gp3", "Encrypted": True, "DeleteOnTermination": True}}
        for device, size in sizes.items()
    ]


def _user_data(asked: Mapping[str, Any]) -> str:
    """How many pods kubelets take. What joins a node to its cluster is added by EKS."""
    text = SETTINGS if asked["ami_type"].startswith(BOTTLEROCKET) else NODE_CONFIG
    return base64.b64encode(text.format(pods=asked["max_pods"]).encode()).decode()
