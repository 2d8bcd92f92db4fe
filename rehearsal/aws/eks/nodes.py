# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nodes that a cluster's control plane is told of: those of its node groups."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from .control_planes import Machine, Nodes
from .instance_types import capacity, facts
from .models import Cluster
from .versions import VERSIONS

if TYPE_CHECKING:
    from .node_groups import NodeGroup

_EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule"}
_BUILD = "3b4a6ca"  # of EKS's kubelets


def show(cluster: Cluster) -> Future[None] | None:
    """Let the control plane have the nodes that there are now. Answers when it has them; None where nobody runs."""
    running = cluster.running
    if running is None:
        return None
    wanted = {group.name: _nodes(group) for group in cluster.node_groups.values() if group.status != "CREATE_FAILED"}
    if running.nodes is None or running.nodes[0] != wanted:
        running.nodes = (wanted, running.do(lambda: running.plane.set_nodes(wanted)))
    return running.nodes[1]


def _nodes(group: NodeGroup) -> Nodes:
    cpu, memory, pods = capacity(group.instance_type)
    return Nodes(
        machines=[_machine(instance) for instance in group.nodes],
        labels=_labels(group),
        taints=[{"key": each["key"], "value": each.get("value", ""), "effect": _EFFECTS[each["effect"]]} for each in group.taints],
        instance_type=group.instance_type,
        architecture="arm64" if "arm64" in facts(group.instance_type)["ProcessorInfo"]["SupportedArchitectures"] else "amd64",
        cpu=cpu,
        memory=memory,
        pods=pods,
        kubelet_version=f"v{VERSIONS[group.version].patch}-eks-{_BUILD}",
    )


def _machine(instance: Any) -> Machine:
    name = f"ip-{instance.private_ip.replace('.', '-')}.{instance.region_name}.compute.internal"
    return Machine(name, instance.placement.zone, instance.private_ip, instance.id)


def _labels(group: NodeGroup) -> dict[str, str]:
    """What EKS adds to the group's own; the zone, type and architecture are the nodes' own."""
    added = {"eks.amazonaws.com/nodegroup": group.name, "eks.amazonaws.com/capacityType": group.capacity_type}
    if group.image_id:
        added["eks.amazonaws.com/nodegroup-image"] = group.image_id
    if group.launch_template:
        added["eks.amazonaws.com/sourceLaunchTemplateId"] = group.launch_template["id"]
        added["eks.amazonaws.com/sourceLaunchTemplateVersion"] = group.launch_template["version"]
    return {**group.labels, **added}
