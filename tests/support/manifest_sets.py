# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of manifests on a real Kubernetes API, and a colleague with kubectl who meddles with their objects."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kubernetes import config, dynamic

from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.api import Api
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.apply_set import ApplySet
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.connection import connect
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.manifest import documents_of, read_manifests
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.manifest_set import converge
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.member import Options

Body = dict[str, Any]
COLLEAGUE = "kubectl-edit"
MADE_WITH_THE_NAMESPACE = ("default", "kube-root-ca.crt")  # by controllers, some time after it


class Cluster:
    """A set is called as the test's namespace, which is there and not part of it."""

    def __init__(self, kubeconfig: Path, namespace: str) -> None:
        self.kubeconfig, self.namespace = kubeconfig, namespace
        loaded: Any = config
        self._client: Any = dynamic.DynamicClient(loaded.new_client_from_config(str(kubeconfig)))

    def api(self, **options: Any) -> Api:
        def no_aws(*_asked: Any, **_options: Any) -> Any:
            raise AssertionError("AWS has no part in this")

        return connect({"kubeconfig": str(self.kubeconfig), **options}, no_aws, None)

    def converge(self, *definitions: Any, api: Api | None = None, name: str = "", **options: Any) -> dict[str, Any]:
        set_ = ApplySet(name=name or self.namespace, namespace=self.namespace)
        asked = Options(**{"namespace": self.namespace, "timeout": 30.0, **options})
        return converge(api or self.api(), set_, read_manifests(documents_of(definitions)), asked)

    def get(self, kind: str, name: str, namespace: str | None = None) -> Body | None:
        try:
            found: Body = self._resource(kind).get(name=name, namespace=namespace or self.namespace).to_dict()
        except dynamic.exceptions.NotFoundError:
            return None
        return found

    def there(self, kind: str, name: str, namespace: str | None = None) -> Body:
        found = self.get(kind, name, namespace)
        assert found, f"there is no {kind} {name}"
        return found

    def create(self, body: Body) -> None:
        self._resource(body["kind"], body["apiVersion"]).create(body=body, namespace=body["metadata"].get("namespace", self.namespace))

    def edit(self, kind: str, name: str, change: Body, *, subresource: str = "", namespace: str | None = None) -> None:
        """As ``kubectl edit`` would: the colleague becomes the owner of what differs."""
        resource = self._resource(kind)
        target = resource.subresources[subresource] if subresource else resource
        target.patch(
            name=name, namespace=namespace or self.namespace, body=change, content_type="application/merge-patch+json", field_manager=COLLEAGUE
        )

    def delete(self, kind: str, name: str) -> None:
        self._resource(kind).delete(name=name, namespace=self.namespace)

    def versions(self, *kinds: str) -> dict[str, str]:
        """The version of every object of these kinds in the namespace, which stays where nobody but its controller writes."""
        return {
            f"{kind}/{each['metadata']['name']}": str(each["metadata"].get("generation") or each["metadata"]["resourceVersion"])
            for kind in kinds
            for each in self._resource(kind).get(namespace=self.namespace).to_dict()["items"]
            if each["metadata"]["name"] not in MADE_WITH_THE_NAMESPACE
        }

    def _resource(self, kind: str, api_version: str | None = None) -> Any:
        return self._client.resources.get(kind=kind, **({"api_version": api_version} if api_version else {}))


def config_map(name: str, data: Mapping[str, Any] | None = None, **metadata: Any) -> Body:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}, "data": dict(data or {"colour": "blue"})}


def namespace(name: str, **labels: str) -> Body:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, **({"labels": labels} if labels else {})}}


def secret(name: str, **data: str) -> Body:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": data}


def crd(kind: str, group: str) -> Body:
    """A namespaced kind whose objects have a ``spec`` with a required ``size``."""
    plural = f"{kind.lower()}s"
    properties = {"size": {"type": "integer", "minimum": 1}, "colour": {"type": "string", "enum": ["red", "blue"]}}
    schema = {"type": "object", "properties": {"spec": {"type": "object", "required": ["size"], "properties": properties}}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}],
        },
    }


def custom(kind: str, group: str, name: str, **spec: Any) -> Body:
    return {"apiVersion": f"{group}/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def changed(result: Mapping[str, Any]) -> dict[str, str]:
    """Kind and name without the namespace, and the action."""
    return {f"{each['kind']} {each['name'].rpartition('/')[2]}": each["action"] for each in result["changes"]}


def fields(result: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Of the only change."""
    (change,) = result["changes"]
    return {name: (value["before"], value["after"]) for name, value in change["fields"].items()}
