# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Node groups: their nodes look as EKS's do, come, go and fill up."""

from __future__ import annotations

import dataclasses
import itertools
import threading

import pytest

from rehearsal.kubernetes.control_plane import ControlPlaneError
from rehearsal.kubernetes.nodes import Capacity, Machine, NodeGroup
from tests.support.kubernetes import client, deployment

TAINT = {"key": "dedicated", "value": "batch", "effect": "NoSchedule"}
_numbers = itertools.count(1)


@pytest.fixture
def batch(plane, namespace):
    """A tainted group of which nobody else knows, without nodes so far; removed at the end."""
    group = NodeGroup(
        name=f"batch-{next(_numbers)}",
        zones=("eu-central-1a", "eu-central-1b", "eu-central-1c"),
        instance_type="c7g.xlarge",
        capacity=Capacity(cpu=4, memory=8192, pods=3),
        architecture="arm64",
        labels={"workload": "batch"},
        taints=(TAINT,),
    )
    yield group
    plane.scale(group, 0)


def tolerating(name: str, replicas: int, group: NodeGroup):
    toleration = {"key": "dedicated", "operator": "Exists"}
    return deployment(name, replicas, nodeSelector={"eks.amazonaws.com/nodegroup": group.name}, tolerations=[toleration])


def available(kube, namespace: str, name: str) -> int:
    return client.AppsV1Api(kube).read_namespaced_deployment_status(name, namespace).status.available_replicas or 0


def test_nodes_look_as_those_of_eks_do(kube, plane, batch) -> None:
    machine = Machine("ip-10-64-0-20.eu-central-1.compute.internal", "eu-central-1b", "10.64.0.20", "i-0123456789abcdef0")
    assert plane.scale(batch, [machine]) == [machine.name]
    node = client.CoreV1Api(kube).read_node(machine.name)
    expected = {
        "eks.amazonaws.com/nodegroup": batch.name,
        "kubernetes.io/arch": "arm64",
        "node.kubernetes.io/instance-type": "c7g.xlarge",
        "topology.kubernetes.io/region": "eu-central-1",
        "topology.kubernetes.io/zone": "eu-central-1b",
        "workload": "batch",
    }
    assert expected.items() <= node.metadata.labels.items()
    assert node.spec.provider_id == "aws:///eu-central-1b/i-0123456789abcdef0"
    assert [taint.key for taint in node.spec.taints or ()] == ["dedicated"]
    assert {address.type: address.address for address in node.status.addresses} == {"InternalIP": "10.64.0.20", "Hostname": machine.name}
    assert node.status.capacity == {"cpu": "4", "memory": "8Gi", "pods": "3", "ephemeral-storage": "80Gi"}
    # 4 vCPUs less 60 + 10 + 5 + 5; 8192 MiB less 255 + 3 * 11 + 100
    assert node.status.allocatable == {"cpu": "3920m", "memory": "7804Mi", "pods": "3", "ephemeral-storage": "71Gi"}


def test_scaling_out_makes_room_and_scaling_in_moves_pods(kube, plane, batch, namespace, eventually) -> None:
    apps, core = client.AppsV1Api(kube), client.CoreV1Api(kube)
    plane.scale(batch, 1)
    apps.create_namespaced_deployment(namespace, tolerating("web", 6, batch))
    eventually(lambda: available(kube, namespace, "web") == 3)  # the pod limit of one node
    plane.scale(batch, 3)
    eventually(lambda: available(kube, namespace, "web") == 6)
    zones = {
        node.metadata.labels["topology.kubernetes.io/zone"]
        for node in core.list_node(label_selector=f"eks.amazonaws.com/nodegroup={batch.name}").items
    }
    assert zones == set(batch.zones)

    assert plane.scale(batch, 2) == [f"{batch.name}-0", f"{batch.name}-1"]
    eventually(lambda: available(kube, namespace, "web") == 6)
    assert {pod.spec.node_name for pod in core.list_namespaced_pod(namespace).items} == {f"{batch.name}-0", f"{batch.name}-1"}


def test_scaling_in_respects_a_disruption_budget(kube, plane, batch, namespace, eventually) -> None:
    apps, core, policy = client.AppsV1Api(kube), client.CoreV1Api(kube), client.PolicyV1Api(kube)
    plane.scale(batch, 2)
    apps.create_namespaced_deployment(namespace, tolerating("web", 3, batch))
    eventually(lambda: available(kube, namespace, "web") == 3)
    budget = {"metadata": {"name": "web"}, "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}}}
    policy.create_namespaced_pod_disruption_budget(namespace, budget)
    eventually(lambda: policy.read_namespaced_pod_disruption_budget("web", namespace).status.disruptions_allowed == 1)

    def ready() -> int:
        conditions = [pod.status.conditions or () for pod in core.list_namespaced_pod(namespace).items]
        return sum(any(each.type == "Ready" and each.status == "True" for each in of_pod) for of_pod in conditions)

    scaling = threading.Thread(target=plane.scale, args=(batch, 1))
    scaling.start()
    seen = [3]
    while scaling.is_alive():
        seen.append(ready())
    assert min(seen) >= 2
    assert len(core.list_node(label_selector=f"eks.amazonaws.com/nodegroup={batch.name}").items) == 1
    eventually(lambda: available(kube, namespace, "web") == 3)
    policy.delete_namespaced_pod_disruption_budget("web", namespace)


def test_pods_of_a_daemon_set_go_with_their_node(kube, plane, batch, namespace, eventually) -> None:
    apps, core = client.AppsV1Api(kube), client.CoreV1Api(kube)
    plane.scale(batch, 2)
    agent = tolerating("agent", 1, batch)
    del agent["spec"]["replicas"]
    apps.create_namespaced_daemon_set(namespace, {**agent, "kind": "DaemonSet"})
    eventually(lambda: apps.read_namespaced_daemon_set_status("agent", namespace).status.number_available == 2)
    plane.scale(batch, 1)
    eventually(lambda: apps.read_namespaced_daemon_set_status("agent", namespace).status.desired_number_scheduled == 1)
    assert [pod.spec.node_name for pod in core.list_namespaced_pod(namespace).items] == [f"{batch.name}-0"]


def test_what_tolerates_no_taint_stays_away(kube, plane, batch, namespace, eventually) -> None:
    apps, core = client.AppsV1Api(kube), client.CoreV1Api(kube)
    plane.scale(batch, 1)
    apps.create_namespaced_deployment(namespace, deployment("shy", 1, nodeSelector={"workload": "batch"}))
    event = eventually(lambda: [each for each in core.list_namespaced_event(namespace).items if each.reason == "FailedScheduling"])[0]
    assert "untolerated taint" in event.message


def test_nodes_that_nobody_simulates_are_reported(plane, batch) -> None:
    class Unmanaged(NodeGroup):
        def node(self, machine):
            node = super().node(machine)
            node["metadata"]["annotations"] = {}
            return node

    strange = Unmanaged(**{each.name: getattr(batch, each.name) for each in dataclasses.fields(batch)})
    with pytest.raises(ControlPlaneError, match=f"Node group {batch.name} of shared: not Ready after 1 s: {batch.name}-0"):
        plane.scale(strange, 1, wait_seconds=1)
