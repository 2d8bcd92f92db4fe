# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who belongs to a set: the labels and annotations of ApplySets, which kubectl and other tools read as well.

A ConfigMap is the set's parent. It says which kinds and namespaces the set has members in, so that a bulk read finds those
that are no longer declared; members carry its id as a label.

https://github.com/kubernetes/enhancements/tree/master/keps/sig-cli/3659-kubectl-apply-prune#design-details-applyset-specification
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._engine.errors import PlanError
from .ownership import MANAGER
from .resource_type import GroupKind, ResourceType

ID = "applyset.kubernetes.io/id"
PART_OF = "applyset.kubernetes.io/part-of"
TOOLING = "applyset.kubernetes.io/tooling"
KINDS = "applyset.kubernetes.io/contains-group-kinds"
NAMESPACES = "applyset.kubernetes.io/additional-namespaces"
TOOL = f"{MANAGER}/v1.0.0"
# On what was there before the set took it in: it is given up, not deleted, when it leaves the set.
ADOPTED = f"{MANAGER}/adopted"

PART = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
NAMES = "a name has lower-case letters, digits, hyphens and dots, and begins and ends with a letter or digit"

CONFIG_MAP = ResourceType(group="", version="v1", kind="ConfigMap", plural="configmaps", namespaced=True)


@dataclass(frozen=True, kw_only=True)
class Extent:
    """Where members may be."""

    kinds: frozenset[GroupKind] = field(default_factory=frozenset)
    namespaces: frozenset[str] = field(default_factory=frozenset)

    def __or__(self, other: Extent) -> Extent:
        return Extent(kinds=self.kinds | other.kinds, namespaces=self.namespaces | other.namespaces)


@dataclass(frozen=True, kw_only=True)
class ApplySet:
    name: str
    namespace: str  # of the parent

    def __post_init__(self) -> None:
        for name in (self.name, self.namespace):
            if len(name) > 253 or not all(map(PART.fullmatch, name.split("."))):
                raise PlanError(f"A set of manifests cannot be called '{name}', nor be in a namespace of that name: {NAMES}.")

    @property
    def id(self) -> str:
        identity = f"{self.name}.{self.namespace}.ConfigMap."
        digest = base64.urlsafe_b64encode(hashlib.sha256(identity.encode()).digest()).decode().rstrip("=")
        return f"applyset-{digest}-v1"

    @property
    def selector(self) -> str:
        return f"{PART_OF}={self.id}"

    def has(self, live: Mapping[str, Any]) -> bool:
        return live["metadata"].get("labels", {}).get(PART_OF) == self.id

    def member(self, body: Mapping[str, Any], *, adopted: bool = False) -> dict[str, Any]:
        """The body with the set's label."""
        metadata = {**body["metadata"], "labels": {**body["metadata"].get("labels", {}), PART_OF: self.id}}
        if adopted:
            metadata["annotations"] = {**metadata.get("annotations", {}), ADOPTED: "true"}
        return {**body, "metadata": metadata}

    def parent(self, extent: Extent) -> dict[str, Any]:
        others = sorted(extent.namespaces - {self.namespace})
        annotations = {
            TOOLING: TOOL,
            KINDS: ",".join(sorted(map(str, extent.kinds))),
            **({NAMESPACES: ",".join(others)} if others else {}),
        }
        metadata = {"name": self.name, "namespace": self.namespace, "labels": {ID: self.id}, "annotations": annotations}
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}

    def extent(self, parent: Mapping[str, Any] | None) -> Extent:
        """What the live parent says. Raises ``PlanError`` where it is no parent of ours."""
        if parent is None:
            return Extent()
        metadata = parent["metadata"]
        annotations = metadata.get("annotations", {})
        if metadata.get("labels", {}).get(ID) != self.id:
            raise PlanError(
                f"ConfigMap {self.namespace}/{self.name} is there already and belongs to no set of manifests. Give the set another name or set_namespace."
            )
        tool = annotations.get(TOOLING, "")
        if tool.partition("/")[0] != MANAGER:
            raise PlanError(f"The set {self.namespace}/{self.name} is managed by {tool or 'another tool'}. Give this set another name.")
        return Extent(
            kinds=frozenset(GroupKind.parse(text) for text in _listed(annotations.get(KINDS))),
            namespaces=frozenset({self.namespace, *_listed(annotations.get(NAMESPACES))}),
        )


def other_set(live: Mapping[str, Any]) -> str | None:
    """The id of the set that an object belongs to."""
    return live["metadata"].get("labels", {}).get(PART_OF)


def is_adopted(live: Mapping[str, Any]) -> bool:
    return live["metadata"].get("annotations", {}).get(ADOPTED) == "true"


def _listed(text: Any) -> Iterable[str]:
    return filter(None, str(text or "").split(","))
