# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be said about a manifest without the server: for what is to go into a cluster, namespace or CRD that is only planned.

Built-in kinds are held against the official client's models, objects of a CRD in the same set against its schema. Neither
knows defaults, admission or the rules between fields, so such objects are reported as *not validated by the server*.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

try:
    from kubernetes import client as models
except ImportError:  # connection.py reports it
    pass

from .._planning.naming import nearest
from .manifest import Manifest
from .ownership import QUANTITIES
from .resource_type import is_builtin

NOT_VALIDATED = "not validated by the server"
# Kinds of Kubernetes itself that stand in no namespace. Others are known from discovery, or from their CRD.
CLUSTER_WIDE = {
    "APIService", "CertificateSigningRequest", "ClusterRole", "ClusterRoleBinding", "CSIDriver", "CSINode", "CustomResourceDefinition",
    "FlowSchema", "IngressClass", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding", "MutatingWebhookConfiguration", "Namespace", "Node",
    "PersistentVolume", "PriorityClass", "PriorityLevelConfiguration", "RuntimeClass", "StorageClass", "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration", "VolumeAttachment", "VolumeAttributesClass",
}  # fmt: skip
# How the models say what the server says in other words.
WORDS = {"extra_forbidden": "field not declared in schema", "missing": "is required"}
TYPES: dict[str, type | tuple[type, ...]] = {
    "object": Mapping, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool
}  # fmt: skip


def offline_problems(manifest: Manifest, crds: Iterable[Mapping[str, Any]]) -> list[str]:
    """``field: problem`` for each, nothing for what cannot be judged."""
    if is_builtin(manifest.group):
        return list(_model_problems(manifest))
    schema = _schema(manifest, crds)
    return [] if schema is None else list(_schema_problems(manifest.body, schema, "", top=True))


def _model_problems(manifest: Manifest) -> Iterator[str]:
    name = f"{manifest.version.capitalize()}{manifest.kind}"
    model = getattr(models, name, None)
    if model is None:
        return
    try:
        model.model_validate(dict(manifest.body))
    except ValueError as error:  # pydantic's, which says more
        for each in error.errors():  # type: ignore[attr-defined]
            place = each["loc"]
            if not (each["type"] == "string_type" and isinstance(each["input"], (int, float)) and set(QUANTITIES) & set(place)):
                yield f"{_path(place)}: {WORDS.get(each['type']) or each['msg'][:1].lower() + each['msg'][1:]}"


def _path(place: Iterable[Any]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")


def _schema(manifest: Manifest, crds: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """That of the version, from the CRD of the kind."""
    for crd in crds:
        spec = crd.get("spec", {})
        if (spec.get("group"), spec.get("names", {}).get("kind")) == manifest.group_kind:
            for version in spec.get("versions", ()):
                if version.get("name") == manifest.version:
                    return version.get("schema", {}).get("openAPIV3Schema")
    return None


def _schema_problems(value: Any, schema: Mapping[str, Any], path: str, *, top: bool = False) -> Iterator[str]:
    """As far as a structural schema goes without patterns, formats and CEL."""
    expected = schema.get("type")
    if schema.get("x-kubernetes-int-or-string"):
        return
    if expected in TYPES and (not isinstance(value, TYPES[expected]) or (isinstance(value, bool) and expected != "boolean")):
        yield f"{path}: must be of type {expected}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: must be one of {', '.join(map(str, schema['enum']))}"
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _schema_problems(item, schema.get("items", {}), f"{path}[{number}]")
    elif isinstance(value, Mapping):
        yield from _mapping_problems(value, schema, path, top)


def _mapping_problems(value: Mapping[str, Any], schema: Mapping[str, Any], path: str, top: bool) -> Iterator[str]:
    properties, others = schema.get("properties", {}), schema.get("additionalProperties")
    known_anyway = ("apiVersion", "kind", "metadata") if top else ()
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{path}.{name}: is required".lstrip(".")
    for name, inner in value.items():
        place = f"{path}.{name}".lstrip(".")
        if name in known_anyway:
            continue
        if name in properties:
            yield from _schema_problems(inner, properties[name], place)
        elif isinstance(others, Mapping):
            yield from _schema_problems(inner, others, place)
        elif not others and not schema.get("x-kubernetes-preserve-unknown-fields") and schema.get("type") == "object":
            yield f"{place}: {WORDS['extra_forbidden']}.{nearest(name, properties)}"
