# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between two states of an object, by field, without what a Secret keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .._engine.resource import Difference

MASKED, MASKED_CHANGED = "(masked)", "(masked, changed)"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"  # kubectl's copy of the whole manifest, with a Secret's values
UNSHOWN = ("status",)
UNSHOWN_METADATA = ("creationTimestamp", "generation", "managedFields", "name", "namespace", "resourceVersion", "selfLink", "uid")


def is_secret(body: Mapping[str, Any]) -> bool:
    return body.get("kind") == "Secret" and body.get("apiVersion") == "v1"


def shown(body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that a user sets: no status, nothing that the server writes into metadata, no values of a Secret."""
    fields = {key: value for key, value in masked(body).items() if key not in ("apiVersion", "kind", "metadata", *UNSHOWN)}
    metadata = {key: value for key, value in body["metadata"].items() if key not in UNSHOWN_METADATA}
    annotations = metadata.pop("annotations", {})
    if kept := {key: value for key, value in annotations.items() if key != LAST_APPLIED}:
        metadata["annotations"] = kept
    return {**fields, "metadata": metadata}


def masked(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body with the values of a Secret masked."""
    if not is_secret(body):
        return dict(body)
    return {key: _masked(value) if key in ("data", "stringData") else value for key, value in body.items()}


def _masked(values: Any) -> Any:
    return dict.fromkeys(values, MASKED) if isinstance(values, Mapping) else MASKED


def created(body: Mapping[str, Any]) -> dict[str, Difference]:
    """All of it, under the names of its topmost fields."""
    return {name: Difference(None, value) for name, value in _whole(body)}


def deleted(body: Mapping[str, Any]) -> dict[str, Difference]:
    return {name: Difference(value, None) for name, value in _whole(body)}


def _whole(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in shown(body).items() if name != "metadata" or any(value.values()))


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Difference]:
    """By path: ``spec.template.spec.containers[web].image``."""
    found = {path: Difference(*sides) for path, sides in _differing(shown(before), shown(after), "")}
    if is_secret(after):
        for field in ("data", "stringData"):
            old, new = before.get(field) or {}, after.get(field) or {}
            for key in sorted(key for key in old.keys() & new.keys() if old[key] != new[key]):
                found[_joined(field, key)] = Difference(MASKED, MASKED_CHANGED)
    return found


def _differing(before: Any, after: Any, path: str) -> Iterator[tuple[str, tuple[Any, Any]]]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted(before.keys() | after.keys()):
            yield from _differing(before.get(key), after.get(key), _joined(path, key))
    elif (old := _by_name(before)) is not None and (new := _by_name(after)) is not None and _same_order(old, new):
        for name in {**old, **new}:
            yield from _differing(old.get(name), new.get(name), f"{path}[{name}]")
    elif before != after:
        yield path, (before, after)


def _joined(path: str, key: str) -> str:
    """Keys with dots (``app.kubernetes.io/name``) in brackets."""
    return f"{path}[{key}]" if path and ("." in key or "/" in key) else f"{path}.{key}".lstrip(".")


def _by_name(value: Any) -> dict[str, Any] | None:
    """The items of a list by their names, if all of them have one of their own."""
    if not isinstance(value, list) or not all(isinstance(item, Mapping) and isinstance(item.get("name"), str) for item in value):
        return None
    found = {item["name"]: item for item in value}
    return found if len(found) == len(value) else None


def _same_order(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """A list that was only reordered has no item that differs, and is shown as a whole."""
    return [name for name in old if name in new] == [name for name in new if name in old]
