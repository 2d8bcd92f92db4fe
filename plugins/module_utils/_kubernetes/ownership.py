# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an apply would change anything, told from the live object alone.

The server records in ``metadata.managedFields`` which fields each manager's last apply has set. An apply does nothing if it
sets exactly the fields that its manager owns, to the values that they have: nothing is added, nothing given up, nothing
overwritten. Whoever else changes such a field takes it from us, so drift shows as a field that is no longer ours.

What cannot be told from here (a default inside an atomic list, a value that the server writes in another way) counts as
"not settled", and a dry run tells. So the answer errs on one side only.

https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Set
from typing import Any

try:
    from kubernetes import utils
except ImportError:  # connection.py reports it
    pass

from .resource_type import is_builtin

Equal = Callable[[Any, Any], bool]

MANAGER = "fintech.platform"
# Here a number, or 1000m for 1, is a quantity, which the server writes in its own way.
QUANTITIES = ("limits", "requests", "hard")
# What the server fills in inside lists and structs that have one owner, where Kubernetes' own kinds leave it out.
DEFAULTS = {("protocol", "TCP"), ("apiVersion", "v1"), ("apiGroup", "rbac.authorization.k8s.io"), ("scope", "*")}
KEYS = dict(DEFAULTS)


def owned_fields(live: Mapping[str, Any], api_version: str) -> Mapping[str, Any] | None:
    """What our last apply has set, in the form of ``fieldsV1``; None if there was none, or in another version."""
    for entry in live["metadata"].get("managedFields", ()):
        if (entry.get("manager"), entry.get("operation"), entry.get("subresource", "")) == (MANAGER, "Apply", ""):
            return entry.get("fieldsV1") if entry.get("apiVersion") == api_version else None
    return None


def is_settled(desired: Mapping[str, Any], live: Mapping[str, Any]) -> bool:
    """True if applying ``desired`` is certain to change nothing about ``live``."""
    owned = owned_fields(live, desired["apiVersion"])
    if owned is None:
        return False
    builtin = is_builtin(str(desired["apiVersion"]).rpartition("/")[0])
    return _settled(without_identity(desired), owned, live, _equal_but_defaults if builtin else _equal)


def without_identity(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body without what names the object, which nobody owns."""
    metadata = {key: value for key, value in body["metadata"].items() if key not in ("name", "namespace")}
    fields = {key: value for key, value in body.items() if key not in ("apiVersion", "kind", "metadata")}
    return {**fields, "metadata": metadata} if metadata else fields


def _settled(desired: Any, owned: Mapping[str, Any], live: Any, equal: Equal) -> bool:
    if not owned.keys() - {"."}:  # a value, or a whole that has one owner
        return equal(desired, live) or (live is None and desired in ({}, []))  # where empty is as good as unset, the server unsets it
    if isinstance(desired, Mapping) and isinstance(live, Mapping):
        children = {key.removeprefix("f:"): inner for key, inner in owned.items() if key.startswith("f:")}
        return children.keys() == desired.keys() and all(
            _settled(value, children[key], live.get(key), _equal_quantities if key in QUANTITIES and equal is not _equal else equal)
            for key, value in desired.items()
        )
    if isinstance(desired, list) and isinstance(live, list):
        is_set = any(key.startswith("v:") for key in owned)
        return _settled_set(desired, owned, live) if is_set else _settled_items(desired, owned, live, equal)
    return False


def _settled_set(desired: list[Any], owned: Mapping[str, Any], live: list[Any]) -> bool:
    values = [json.loads(key.removeprefix("v:")) for key in owned if key.startswith("v:")]
    same = len(values) == len(desired) and all(value in desired for value in values)
    return same and desired == [value for value in live if value in values]


def _settled_items(desired: list[Any], owned: Mapping[str, Any], live: list[Any], equal: Equal) -> bool:
    """A list whose items have keys: ours are there, in our order, maybe among others."""
    ours = [(json.loads(key.removeprefix("k:")), inner) for key, inner in owned.items() if key.startswith("k:")]
    if len(ours) != len(desired) or not all(isinstance(item, Mapping) for item in desired):
        return False
    places = []
    for item in desired:
        # A key that the item does not give was filled in by the server (the protocol of a port).
        found = [(keys, inner) for keys, inner in ours if all(item.get(key, KEYS.get(key, value)) == value for key, value in keys.items())]
        if len(found) != 1:
            return False
        keys, inner = found[0]
        place = next((number for number, each in enumerate(live) if all(each.get(key) == value for key, value in keys.items())), None)
        if place is None or not _settled(item, inner, live[place], equal):
            return False
        places.append(place)
    return places == sorted(places)


def _equal(desired: Any, live: Any, defaults: Set[tuple[str, Any]] = frozenset()) -> bool:
    """As JSON compares: ``true`` is not 1. Of ``defaults`` the live value may have more than the desired one."""
    if isinstance(desired, Mapping) and isinstance(live, Mapping):
        more = {key: value for key, value in live.items() if key not in desired}
        return (
            desired.keys() <= live.keys()
            and all(isinstance(value, str) and (key, value) in defaults for key, value in more.items())
            and all(_equal(value, live[key], defaults) for key, value in desired.items())
        )
    if isinstance(desired, list) and isinstance(live, list):
        return len(desired) == len(live) and all(_equal(*pair, defaults) for pair in zip(desired, live, strict=True))
    return isinstance(desired, bool) == isinstance(live, bool) and bool(desired == live)


def _equal_but_defaults(desired: Any, live: Any) -> bool:
    return _equal(desired, live, DEFAULTS)


def _equal_quantities(desired: Any, live: Any) -> bool:
    untyped: Any = utils
    try:
        return bool(untyped.parse_quantity(str(desired)) == untyped.parse_quantity(str(live)))
    except ValueError:
        return False
