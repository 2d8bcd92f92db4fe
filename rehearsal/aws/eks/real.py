# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real control planes behind emulated clusters: `rehearsal.kubernetes`, told of nodes and of what access policies stand for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...kubernetes.api import Api, ApiError
from ...kubernetes.control_plane import ControlPlane as Kubernetes
from ...kubernetes.nodes import Capacity, NodeGroup
from ...kubernetes.nodes import Machine as KubernetesMachine
from .control_planes import Endpoint, Maker, Nodes, Wanted
from .policies import COMPONENT

_RBAC = "/apis/rbac.authorization.k8s.io/v1"
_PLURALS = {"ClusterRole": "clusterroles", "ClusterRoleBinding": "clusterrolebindings", "RoleBinding": "rolebindings"}


class RealControlPlane:
    """As `control_planes.ControlPlane` asks for; its files are in a directory of its own."""

    def __init__(self, wanted: Wanted, directory: Path) -> None:
        self._plane = Kubernetes(wanted.name, directory, issuer_url=wanted.issuer, webhook_url=wanted.webhook_url, service_cidr=wanted.service_cidr)
        self._bindings = wanted.bindings
        self._groups: dict[str, NodeGroup] = {}

    def start(self) -> Endpoint:
        endpoint = self._plane.start()
        self.bind(self._bindings)
        return Endpoint(endpoint.url, endpoint.ca_pem)

    def stop(self) -> None:
        self._plane.stop()

    def set_nodes(self, groups: Mapping[str, Nodes]) -> None:
        for name in self._groups.keys() - groups.keys():
            self._plane.scale(self._groups.pop(name), [])
        for name, nodes in groups.items():
            self._groups[name] = _group(name, nodes)
            machines = [KubernetesMachine(each.name, each.zone, each.address, each.instance_id) for each in nodes.machines]
            self._plane.scale(self._groups[name], machines)

    def bind(self, bindings: list[dict[str, Any]]) -> None:
        api = self._plane.api()
        wanted = {_path(each): each for each in bindings}
        for path, each in wanted.items():
            try:
                api.apply(path, each)
            except ApiError as refusal:
                if refusal.status != 404:  # a namespace that is not there yet: the next token that needs it asks again
                    raise
        for path in _bound(api) - wanted.keys():
            api.delete(path)


def _group(name: str, nodes: Nodes) -> NodeGroup:
    return NodeGroup(
        name=name,
        zones=sorted({each.zone for each in nodes.machines}),
        instance_type=nodes.instance_type,
        capacity=Capacity(nodes.cpu, nodes.memory, nodes.pods),
        labels=nodes.labels,
        taints=nodes.taints,
        architecture=nodes.architecture,
        kubelet_version=nodes.kubelet_version,
    )


def _path(item: dict[str, Any], kind: str | None = None) -> str:
    metadata = item["metadata"]
    place = f"namespaces/{metadata['namespace']}/" if "namespace" in metadata else ""
    return f"{_RBAC}/{place}{_PLURALS[kind or item['kind']]}/{metadata['name']}"


def _bound(api: Api) -> set[str]:
    """The paths of all objects that were bound before."""
    selector = "=".join(COMPONENT)
    return {_path(item, kind) for kind, plural in _PLURALS.items() for item in api.get(f"{_RBAC}/{plural}", labelSelector=selector)["items"]}


def real(directory: Path) -> Maker:
    """Makes control planes whose files are below the directory."""
    return lambda wanted: RealControlPlane(wanted, directory / wanted.name)
