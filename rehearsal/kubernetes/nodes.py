# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Node groups as simulated nodes: kwok keeps them Ready and their pods running."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .api import Api, ApiError
from .binary import version
from .components import MANAGED_NODES

GROUP_LABEL = "eks.amazonaws.com/nodegroup"
_NODES = "/api/v1/nodes"
_DRAIN_SECONDS = 10.0


@dataclass(frozen=True)
class Capacity:
    """What an instance type has: `cpu` in vCPUs, `memory` in MiB, `pods` is its pod limit, `storage` in GiB."""

    cpu: int
    memory: int
    pods: int
    storage: int = 80

    def total(self) -> dict[str, str]:
        return {"cpu": str(self.cpu), "memory": f"{self.memory}Mi", "pods": str(self.pods), "ephemeral-storage": f"{self.storage}Gi"}

    def allocatable(self) -> dict[str, str]:
        """What is left for pods by the reservations of EKS's images, in
        https://github.com/awslabs/amazon-eks-ami/blob/main/nodeadm/internal/kubelet/config.go: 6 % of the first core, 1 % of the second,
        0.5 % of the next two and 0.25 % of the rest; 255 MiB and 11 MiB a pod; 1 GiB; and of the eviction thresholds, 100 MiB and 10 %."""
        cores = [0.06, 0.01, 0.005, 0.005][: self.cpu] + [0.0025] * max(self.cpu - 4, 0)
        memory = self.memory - (255 + 11 * self.pods) - 100
        cpu = self.cpu * 1000 - round(sum(cores) * 1000)
        return {**self.total(), "cpu": f"{cpu}m", "memory": f"{memory}Mi", "ephemeral-storage": f"{self.storage * 9 // 10 - 1}Gi"}


@dataclass(frozen=True)
class Machine:
    """One node's instance: its `name` in Kubernetes, availability zone, private address and instance id."""

    name: str
    zone: str
    address: str
    instance_id: str


@dataclass(frozen=True, kw_only=True)
class NodeGroup:
    """What the nodes of a group share. `zones` are filled in turn. `taints` as Kubernetes has them: key, value, effect."""

    name: str
    zones: Sequence[str]
    instance_type: str
    capacity: Capacity
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: Sequence[Mapping[str, str]] = ()
    architecture: str = "amd64"
    kubelet_version: str = field(default_factory=version)

    def machine(self, index: int) -> Machine:
        """The group's machine of that number where nobody names one: always the same."""
        digest = hashlib.sha256(f"{self.name}/{index}".encode()).hexdigest()
        address = f"198.18.{int(digest[:2], 16)}.{int(digest[2:4], 16)}"  # of the range for benchmarks, RFC 2544
        return Machine(f"{self.name}-{index}", self.zones[index % len(self.zones)], address, f"i-{digest[:17]}")

    def node(self, machine: Machine) -> dict[str, Any]:
        """The Node object of one of the group's machines."""
        region = re.match(r"[a-z]+(-[a-z]+)+-\d+", machine.zone)
        labels = {
            "kubernetes.io/arch": self.architecture,
            "kubernetes.io/os": "linux",
            "kubernetes.io/hostname": machine.name,
            "node.kubernetes.io/instance-type": self.instance_type,
            "topology.kubernetes.io/region": region[0] if region else machine.zone,
            "topology.kubernetes.io/zone": machine.zone,
        }
        addresses = [{"type": "InternalIP", "address": machine.address}, {"type": "Hostname", "address": machine.name}]
        information = {"architecture": self.architecture, "operatingSystem": "linux", "kubeletVersion": self.kubelet_version}
        unknown = ("bootID", "containerRuntimeVersion", "kernelVersion", "kubeProxyVersion", "machineID", "osImage", "systemUUID")
        return {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": machine.name,
                "annotations": dict([MANAGED_NODES]),
                "labels": {**labels, **self.labels, GROUP_LABEL: self.name},
            },
            "spec": {
                "providerID": f"aws:///{machine.zone}/{machine.instance_id}",
                **({"taints": [dict(taint) for taint in self.taints]} if self.taints else {}),
            },
            "status": {
                "addresses": addresses,
                "capacity": self.capacity.total(),
                "allocatable": self.capacity.allocatable(),
                "nodeInfo": {**dict.fromkeys(unknown, ""), **information},
            },
        }


def scale(api: Api, group: NodeGroup, machines: Sequence[Machine], wait_seconds: float) -> list[str]:
    """Make the group's nodes those of `machines`: new ones join, others are drained and removed. Raises TimeoutError if they are not
    Ready in time, ApiError."""
    for machine in machines:
        api.apply(f"{_NODES}/{machine.name}", group.node(machine))
    names = [machine.name for machine in machines]
    _remove(api, {name for name, _ready in _members(api, group)} - set(names))
    deadline = time.monotonic() + wait_seconds
    while waiting := set(names) - {name for name, ready in _members(api, group) if ready}:
        if time.monotonic() > deadline:
            raise TimeoutError(f"not Ready after {wait_seconds:.0f} s: {', '.join(sorted(waiting))}")
        time.sleep(0.1)
    return names


def _members(api: Api, group: NodeGroup) -> Iterator[tuple[str, bool]]:
    """Name of each of the group's nodes, and whether pods may come: it is Ready, and the taint that it had before is gone."""
    for node in api.get(_NODES, labelSelector=f"{GROUP_LABEL}={group.name}")["items"]:
        ready = any(each["type"] == "Ready" and each["status"] == "True" for each in node["status"].get("conditions") or ())
        tainted = any(each["key"] == "node.kubernetes.io/not-ready" for each in node["spec"].get("taints") or ())
        yield node["metadata"]["name"], ready and not tainted


def _remove(api: Api, names: set[str]) -> None:
    """Cordon, evict as disruption budgets allow, for a while; then go, as nodes do whose drain takes too long."""
    if not names:
        return
    for name in names:
        api.merge(f"{_NODES}/{name}", {"spec": {"unschedulable": True}})
    deadline = time.monotonic() + _DRAIN_SECONDS
    while (pods := [pod for pod in _pods(api, names) if not _of_daemon_set(pod)]) and time.monotonic() < deadline:
        for pod in pods:
            _evict(api, pod)
        time.sleep(0.1)
    for name in names:
        api.delete(f"{_NODES}/{name}")
    for pod in _pods(api, names):  # those of daemon sets, which would have come again before
        api.delete(_path(pod), gracePeriodSeconds="0")


def _pods(api: Api, nodes: set[str]) -> list[dict[str, Any]]:
    return [pod for pod in api.get("/api/v1/pods")["items"] if pod["spec"].get("nodeName") in nodes]


def _path(pod: dict[str, Any]) -> str:
    return f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{pod['metadata']['name']}"


def _of_daemon_set(pod: dict[str, Any]) -> bool:
    return any(owner["kind"] == "DaemonSet" for owner in pod["metadata"].get("ownerReferences", ()))


def _evict(api: Api, pod: dict[str, Any]) -> None:
    metadata = {key: pod["metadata"][key] for key in ("name", "namespace")}
    try:
        api.create(f"{_path(pod)}/eviction", {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": metadata})
    except ApiError as refusal:
        if refusal.status not in (403, 404, 429):  # its namespace goes; it is gone already; a disruption budget forbids it for now
            raise
