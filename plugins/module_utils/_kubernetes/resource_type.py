# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API server serves, from two calls: aggregated discovery, which Kubernetes has had since 1.30.

https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from .._planning.naming import nearest

DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
BUILTIN = ("", "apps", "autoscaling", "batch", "policy")  # and what ends with .k8s.io


class GroupKind(NamedTuple):
    """A kind whatever its version. Its text is that of ApplySets: ``Deployment.apps``, ``ConfigMap``."""

    group: str
    kind: str

    def __str__(self) -> str:
        return f"{self.kind}.{self.group}".rstrip(".")

    @classmethod
    def parse(cls, text: str) -> GroupKind:
        kind, _dot, group = text.partition(".")
        return cls(group, kind)


@dataclass(frozen=True, kw_only=True)
class ResourceType:
    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    has_status: bool = False  # as a subresource: then a manifest's own ``status`` is nothing that an apply would write

    @property
    def group_kind(self) -> GroupKind:
        return GroupKind(self.group, self.kind)

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}".lstrip("/")

    def path(self, namespace: str | None = None, name: str | None = None) -> str:
        """The path of an object, or without a name that of all of them; without a namespace in all namespaces."""
        parts = ["apis" if self.group else "api", self.api_version, *(("namespaces", namespace) if namespace else ()), self.plural]
        return "/" + "/".join([*parts, name] if name else parts)


def is_builtin(group: str) -> bool:
    """Whether Kubernetes itself owns the group. Groups of its own extensions (``gateway.networking.k8s.io``) end alike, and share no kind."""
    return group in BUILTIN or group.endswith(".k8s.io")


class ResourceTypes:
    """Types by group and kind, the preferred version first."""

    def __init__(self, types: Iterable[ResourceType]) -> None:
        self._types: dict[GroupKind, dict[str, ResourceType]] = {}
        self.add(types)

    def add(self, types: Iterable[ResourceType]) -> None:
        for each in types:
            self._types.setdefault(each.group_kind, {})[each.version] = each

    def find(self, group: str, version: str, kind: str) -> ResourceType | None:
        return self._types.get(GroupKind(group, kind), {}).get(version)

    def preferred(self, group_kind: GroupKind) -> ResourceType | None:
        return next(iter(self._types.get(group_kind, {}).values()), None)

    def has_group(self, group: str) -> bool:
        return any(each.group == group for each in self._types)

    def __iter__(self) -> Iterator[ResourceType]:
        return (each for versions in self._types.values() for each in versions.values())

    def unknown(self, group: str, version: str, kind: str) -> str:
        """Why the API does not know it, and what may have been meant."""
        if versions := self._types.get(GroupKind(group, kind)):
            served = ", ".join(each.api_version for each in versions.values())
            return f"its apiVersion {f'{group}/{version}'.lstrip('/')} is not served, only {served}"
        if not (is_builtin(group) or self.has_group(group)):
            return f"the API serves no group {group}. Apply its CustomResourceDefinition first, or in the same set"
        elsewhere = sorted(each.api_version for found in self._types.values() for each in found.values() if each.kind == kind)
        if elsewhere:
            return f"{kind} is not in {f'group {group}' if group else 'v1'}, but in {' and '.join(elsewhere)}"
        kinds = [each.kind for each in self._types if each.group == group]
        return f"{f'{group}/{version}'.lstrip('/')} has no kind {kind}.{nearest(kind, kinds)}"


def parse_discovery(answers: Iterable[Mapping[str, Any]]) -> ResourceTypes:
    """What ``/api`` and ``/apis`` answer. What cannot be listed (reviews, evictions) is left out."""
    return ResourceTypes(
        ResourceType(
            group=group["metadata"].get("name", ""),
            version=version["version"],
            kind=each["responseKind"]["kind"],
            plural=each["resource"],
            namespaced=each["scope"] == "Namespaced",
            has_status=any(inner["subresource"] == "status" for inner in each.get("subresources", ())),
        )
        for answer in answers
        for group in answer["items"]
        for version in group["versions"]
        for each in version.get("resources", ())
        if {"list", "patch"} <= set(each["verbs"])
    )


def types_of_crd(body: Mapping[str, Any]) -> Iterator[ResourceType]:
    """The types that a CustomResourceDefinition will have served once it is established; none where it lacks what it takes."""
    spec = body.get("spec") or {}
    names = spec.get("names") or {}
    if not {"kind", "plural"} <= names.keys() or "group" not in spec:
        return
    for version in spec.get("versions") or ():
        if version.get("served", True) and "name" in version:
            yield ResourceType(
                group=spec["group"],
                version=version["name"],
                kind=names["kind"],
                plural=names["plural"],
                namespaced=spec.get("scope") == "Namespaced",
                has_status="status" in (version.get("subresources") or {}),
            )
