# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an apply leaves as it is, held against a small server-side apply of our own."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.ownership import MANAGER, is_settled

Body = dict[str, Any]
NAMES = st.sampled_from(["a", "b", "c", "d", "e"])
SCALARS = st.one_of(st.integers(0, 3), st.booleans(), st.sampled_from(["x", "y", "100m"]))
ATOMIC = st.lists(st.one_of(SCALARS, st.dictionaries(NAMES, SCALARS, min_size=1)), min_size=1, max_size=3).filter(
    lambda items: not all(isinstance(item, dict) for item in items)
)


def items(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Body]]:
    """A list whose items have names of their own."""
    return st.dictionaries(NAMES, st.dictionaries(NAMES, values), min_size=1, max_size=3).map(
        lambda found: [{"name": name, **fields} for name, fields in found.items()]
    )


VALUES = st.recursive(st.one_of(SCALARS, ATOMIC), lambda inner: st.one_of(st.dictionaries(NAMES, inner, min_size=1), items(inner)), max_leaves=8)
SPECS = st.dictionaries(NAMES, VALUES, min_size=1, max_size=4)


def named(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) and "name" in item for item in value)


def owned(value: Any) -> Body:
    """``fieldsV1`` of an apply of the value."""
    if isinstance(value, dict):
        return {f"f:{key}": owned(inner) for key, inner in value.items()}
    if named(value):
        return {f"k:{json.dumps({'name': item['name']})}": {".": {}, **owned(item)} for item in value}
    return {}


def merged(desired: Any, others: Any) -> Any:
    """The object, once ``desired`` was applied to what others have set."""
    if isinstance(desired, dict) and isinstance(others, dict):
        return {key: merged(desired.get(key, others.get(key)), others.get(key)) if key in desired else others[key] for key in {**others, **desired}}
    if named(desired) and named(others):
        left = {item["name"]: item for item in others}
        return [merged(item, left.pop(item["name"], {})) for item in desired] + list(left.values())
    return copy.deepcopy(desired)


def manifest(spec: Any, api_version: str = "example.com/v1") -> Body:
    return {"apiVersion": api_version, "kind": "Thing", "metadata": {"name": "one", "labels": {"set": "s"}}, "spec": spec}


def live(spec: Any, others: Any = None, *, api_version: str = "example.com/v1", **entry: Any) -> Body:
    fields = owned({"metadata": {"labels": {"set": "s"}}, "spec": spec})
    mine = {"manager": MANAGER, "operation": "Apply", "apiVersion": api_version, "fieldsV1": fields, **entry}
    body = merged(manifest(spec, api_version), manifest(others or {}, api_version))
    body["metadata"] |= {"uid": "u", "resourceVersion": "7", "managedFields": [{"manager": "other", "operation": "Update"}, mine]}
    return body


def mutations(value: Any) -> Iterator[Any]:
    """Every value that differs in one place."""
    if isinstance(value, dict):
        yield {**value, "new": 1}
        for key, inner in value.items():
            if key != "name":
                yield {name: each for name, each in value.items() if name != key}
                yield from ({**value, key: changed} for changed in mutations(inner))
    elif isinstance(value, list):
        yield [*value, {"name": "new"}] if named(value) else [*value, "new"]
        yield value[::-1]
        for number, inner in enumerate(value):
            yield value[:number] + value[number + 1 :]
            yield from ([*value[:number], changed, *value[number + 1 :]] for changed in mutations(inner))
    else:
        yield f"not {value}"
        yield not value if isinstance(value, bool) else bool(value) if value in (0, 1) else None


def same(first: Any, second: Any) -> bool:
    """As JSON, where ``true`` is not 1."""
    return json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)


@given(SPECS, SPECS)
def test_what_was_applied_is_settled_whatever_others_have_set(spec: Body, others: Body) -> None:
    assert is_settled(manifest(spec), live(spec, others))


@given(SPECS, SPECS, st.data())
def test_any_other_manifest_is_not(spec: Body, others: Body, data: st.DataObject) -> None:
    changed = data.draw(st.sampled_from(list(mutations(spec))))
    assume(not same(spec, changed))
    assert not is_settled(manifest(changed), live(spec, others))


@given(SPECS, st.data())
def test_a_value_that_is_not_ours_any_more_is_not(spec: Body, data: st.DataObject) -> None:
    """Whoever changes a field takes it; even one that had changed it and left it to us would be seen."""
    changed = data.draw(st.sampled_from(list(mutations(spec))))
    assume(not same(merged(spec, changed), changed))  # others may add fields and items
    body = live(spec)
    body["spec"] = changed
    assert not is_settled(manifest(spec), body)


@pytest.mark.parametrize(
    "entry",
    [{"manager": "kubectl"}, {"operation": "Update"}, {"subresource": "status"}, {"apiVersion": "example.com/v2"}],
    ids=lambda entry: next(iter(entry)),
)
def test_only_our_own_apply_of_the_object_counts(entry: Body) -> None:
    assert is_settled(manifest({"a": 1}), live({"a": 1}))
    assert not is_settled(manifest({"a": 1}), live({"a": 1}, **entry))


@pytest.mark.parametrize(
    ("desired", "stored", "settled"),
    [
        ({"limits": {"cpu": 1}}, {"limits": {"cpu": "1"}}, True),
        ({"limits": {"cpu": 0.1}}, {"limits": {"cpu": "100m"}}, True),
        ({"limits": {"memory": "1024Mi"}}, {"limits": {"memory": "1Gi"}}, True),
        ({"limits": {"cpu": 1}}, {"limits": {"cpu": "2"}}, False),
        ({"limits": {"cpu": "much"}}, {"limits": {"cpu": "more"}}, False),
        ({"data": "1024Mi"}, {"data": "1Gi"}, False),
        ({"ports": [{"port": 1}, 2]}, {"ports": [{"port": 1, "protocol": "TCP"}, 2]}, True),
        ({"ports": [{"port": 1}, 2]}, {"ports": [{"port": 1, "protocol": "UDP"}, 2]}, False),
        ({"ports": [{"port": 1, "protocol": "TCP"}, 2]}, {"ports": [{"port": 1}, 2]}, False),
        ({"flag": True}, {"flag": 1}, False),
        ({"labels": {}}, {}, True),
        ({"labels": {}}, {"labels": {"theirs": "x"}}, False),
    ],
)
def test_what_kubernetes_writes_in_its_own_way(desired: Body, stored: Body, settled: bool) -> None:
    body = live(desired, api_version="apps/v1")
    body["spec"] = stored
    assert is_settled(manifest(desired, "apps/v1"), body) is settled


def test_defaults_of_kubernetes_are_not_those_of_others() -> None:
    desired, stored = {"limits": {"cpu": 1}, "ports": [{"port": 1}, 2]}, {"limits": {"cpu": "1"}, "ports": [{"port": 1, "protocol": "TCP"}, 2]}
    body = live(desired)
    body["spec"] = stored
    assert not is_settled(manifest(desired), body)


def test_sets_and_keys_that_the_server_fills_in() -> None:
    desired: Body = {"finalizers": ["a", "b"], "ports": [{"containerPort": 53}, {"containerPort": 53, "protocol": "UDP"}]}
    body = live({})
    tcp, udp = ({"containerPort": 53, "protocol": protocol} for protocol in ("TCP", "UDP"))
    body["spec"] = {"finalizers": ["a", "theirs", "b"], "ports": [tcp, udp]}
    body["metadata"]["managedFields"][1]["fieldsV1"]["f:spec"] = {
        "f:finalizers": {'v:"a"': {}, 'v:"b"': {}},
        "f:ports": {
            f"k:{json.dumps(tcp)}": {".": {}, "f:containerPort": {}},
            f"k:{json.dumps(udp)}": {".": {}, "f:containerPort": {}, "f:protocol": {}},
        },
    }
    assert is_settled(manifest(desired), body)
    assert not is_settled(manifest({**desired, "finalizers": ["b", "a"]}), body)
    assert not is_settled(manifest({**desired, "finalizers": ["a"]}), body)
    assert not is_settled(manifest({**desired, "ports": desired["ports"][:1]}), body)
    assert not is_settled(manifest({**desired, "ports": [{"containerPort": 54}, desired["ports"][1]]}), body)


def test_order_of_items_counts_and_items_of_others_between_them_do_not() -> None:
    first, second = {"name": "a", "x": 1}, {"name": "b", "x": 2}
    body = live({"items": [first, second]})
    body["spec"]["items"] = [first, {"name": "theirs"}, second]
    assert is_settled(manifest({"items": [first, second]}), body)
    assert not is_settled(manifest({"items": [second, first]}), body)
