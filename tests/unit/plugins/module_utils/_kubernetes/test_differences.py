# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Differences by field, and Secrets that stay secret."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.differences import (
    LAST_APPLIED,
    MASKED,
    MASKED_CHANGED,
    created,
    deleted,
    differences,
    masked,
)
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.errors import ApiError, explain

Body = dict[str, Any]


def body(kind: str = "ConfigMap", **fields: Any) -> Body:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": "one", "namespace": "shop", **fields.pop("metadata", {})}, **fields}


def sides(before: Body, after: Body) -> dict[str, tuple[Any, Any]]:
    return {path: (each.before, each.after) for path, each in differences(before, after).items()}


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"data": {"a": "1"}}, {"data": {"a": "2"}}, {"data.a": ("1", "2")}),
        ({"data": {"a": "1"}}, {}, {"data": ({"a": "1"}, None)}),
        ({"data": {}}, {"data": {"app.kubernetes.io/name": "x"}}, {"data[app.kubernetes.io/name]": (None, "x")}),
        ({"spec": {"replicas": 1}}, {"spec": {"replicas": 2, "paused": True}}, {"spec.paused": (None, True), "spec.replicas": (1, 2)}),
        (
            {"spec": {"containers": [{"name": "a", "image": "x"}, {"name": "b", "image": "x"}]}},
            {"spec": {"containers": [{"name": "a", "image": "y"}, {"name": "c", "image": "x"}]}},
            {
                "spec.containers[a].image": ("x", "y"),
                "spec.containers[b]": ({"name": "b", "image": "x"}, None),
                "spec.containers[c]": (None, {"name": "c", "image": "x"}),
            },
        ),
        ({"spec": {"args": ["a", "b"]}}, {"spec": {"args": ["a"]}}, {"spec.args": (["a", "b"], ["a"])}),
        (
            {"spec": {"env": [{"name": "a"}, {"name": "b"}]}},
            {"spec": {"env": [{"name": "b"}, {"name": "a"}]}},
            {"spec.env": ([{"name": "a"}, {"name": "b"}], [{"name": "b"}, {"name": "a"}])},
        ),
        ({"metadata": {"labels": {"team": "a"}}}, {}, {"metadata.labels": ({"team": "a"}, None)}),
    ],
)
def test_differences_are_named_by_their_path(before: Body, after: Body, found: dict[str, Any]) -> None:
    assert sides(body(**before), body(**after)) == found


def test_what_the_server_writes_is_no_difference() -> None:
    written = {
        "uid": "u",
        "resourceVersion": "7",
        "generation": 3,
        "managedFields": [{}],
        "creationTimestamp": "now",
        "annotations": {LAST_APPLIED: "{}"},
    }
    assert sides(body(), body(metadata=written, status={"phase": "Active"})) == {}


VALUES = st.dictionaries(st.from_regex(r"[A-Z]{3,8}", fullmatch=True), st.text(st.characters(codec="utf-8"), min_size=6), min_size=1, max_size=3)


def secret(values: dict[str, str], **fields: Any) -> Body:
    return body("Secret", data={key: base64.b64encode(value.encode()).decode() for key, value in values.items()}, **fields)


def shows(text: str, values: dict[str, str]) -> bool:
    return any(value in text or base64.b64encode(value.encode()).decode() in text for value in values.values())


@given(VALUES, VALUES)
def test_no_value_of_a_secret_is_in_a_change(old: dict[str, str], new: dict[str, str]) -> None:
    before = secret(old, metadata={"annotations": {LAST_APPLIED: json.dumps(old)}})
    after = secret(new)
    for found in (created(after), deleted(before), differences(before, after)):
        text = json.dumps({path: [each.before, each.after] for path, each in found.items()}, ensure_ascii=False)
        assert not shows(text, {**old, **{f"new {key}": value for key, value in new.items()}})
    changed = {key for key in old.keys() & new.keys() if old[key] != new[key]}
    assert {path for path, each in sides(before, after).items() if each == (MASKED, MASKED_CHANGED)} == {f"data.{key}" for key in changed}


def test_mask_hides_plain_values_too_and_leaves_other_kinds_alone() -> None:
    plain = body("Secret", stringData={"password": "hunter2"}, type="Opaque")
    assert masked(plain) == {**plain, "stringData": {"password": MASKED}}
    assert masked(body(data={"a": "1"})) == body(data={"a": "1"})
    custom = {**body("Secret", data={"a": "1"}), "apiVersion": "example.com/v1"}
    assert masked(custom) == custom


@given(VALUES, st.text(max_size=20), st.booleans())
def test_no_value_of_a_secret_is_in_an_explanation(values: dict[str, str], around: str, encoded: bool) -> None:
    value = next(iter(values.values()))
    quoted = base64.b64encode(value.encode()).decode() if encoded else value
    for error in (
        ApiError(422, {"details": {"causes": [{"field": "data[PASSWORD]", "message": f"{around}{quoted}{around}"}]}}),
        ApiError(400, {"message": f"{around}{quoted}{around}"}),
    ):
        assert not shows("".join(explain(error, secret(values))), values)


def test_explanation_of_a_secret_that_quotes_nothing_is_left_as_it_is() -> None:
    error = ApiError(422, {"details": {"causes": [{"field": "data[key]", "message": "Too long: may not be more than 1048576 bytes"}]}})
    assert explain(error, secret({"key": "hunter2"})) == ["data[key]: Too long: may not be more than 1048576 bytes"]
    error = ApiError(422, {"details": {"causes": [{"field": "data[key]", "message": "hunter2 is too short"}]}})
    assert explain(error, secret({"key": "hunter2"})) == ["data[key]: refused; what the server says of it quotes the Secret, and is withheld"]
