# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manifests: read, checked without a server, and brought into the form that is applied."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.manifest import Document, documents_of, read_manifests, read_yaml

Body = dict[str, Any]
GOOD: Body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}}


def problems(*definitions: Any) -> list[str]:
    with pytest.raises(PlanError) as refused:
        read_manifests(documents_of(definitions))
    return list(refused.value.details["problems"])


def body(definition: Any) -> Body:
    (found,) = read_manifests(documents_of([definition]))
    return dict(found.body)


def test_text_of_several_documents() -> None:
    one, two = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b, namespace: n}\n"
    text = f"---\n{one}---\n# nothing\n---\n{two}"
    found = read_manifests(read_yaml(text, "files/two.yml"))
    assert [(each.label, each.source) for each in found] == [
        ("ConfigMap a", "files/two.yml, document 1"),
        ("ConfigMap n/b", "files/two.yml, document 3"),
    ]


@pytest.mark.parametrize("kind", ["List", "ConfigMapList"])
def test_items_of_a_list_take_its_place(kind: str) -> None:
    listed = {"apiVersion": "v1", "kind": kind, "metadata": {}, "items": [GOOD, {**GOOD, "metadata": {"name": "two"}}]}
    assert [each.label for each in read_manifests(documents_of([listed]))] == ["ConfigMap one", "ConfigMap two"]
    assert problems({**listed, "items": [{}]})[0] == "definitions[1], item 1: apiVersion is missing"


def test_source_that_helm_writes_is_named() -> None:
    (problem, *_rest) = problems("---\n# Source: chart/templates/web.yaml\nkind: Deployment\n")
    assert problem == "chart/templates/web.yaml, document 1: apiVersion is missing"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", "x.yml, line 3, column 1: this is not YAML: a stands there twice"),
        ("a: &x {b: 1}\nc: {<<: *x, <<: *x}", None),
        ("a: !!python/object:os.system x", "x.yml, line 1, column 4: this is not YAML: could not determine a constructor for the tag"),
        ("a: \x01", "x.yml: this is not YAML: ReaderError"),
        ("a: *hunter2", "x.yml, line 1, column 4: this is not YAML: found undefined alias"),
        ("a: [hunter2", "x.yml, line "),
    ],
)
def test_what_is_not_yaml(text: str, said: str | None) -> None:
    if said is None:
        assert read_yaml(text, "x.yml")
        return
    with pytest.raises(PlanError) as refused:
        read_yaml(text, "x.yml")
    assert str(refused.value).startswith(said)
    assert "hunter2" not in str(refused.value)


def test_dates_are_text_as_in_kubernetes() -> None:
    (document,) = read_yaml("day: 2026-11-24\ntime: 2026-11-24T10:00:00Z\nmode: 0644\n", "x")
    assert document == Document(content={"day": "2026-11-24", "time": "2026-11-24T10:00:00Z", "mode": 420}, source="x, document 1")


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"apiVersion": "apps/one"}, ["ConfigMap one (definitions[1]): apiVersion: 'apps/one' is no version such as v1 or apps/v1"]),
        ({"apiVersion": None, "kind": ""}, ["definitions[1]: apiVersion is missing", "definitions[1]: kind is missing"]),
        ({"metadata": None}, ["definitions[1]: metadata is missing"]),
        ({"metadata": {}}, ["definitions[1]: metadata.name is missing"]),
        (
            {"metadata": {"generateName": "x-"}},
            ["definitions[1]: metadata.generateName makes another object with every run; give it a metadata.name"],
        ),
        ({"metadata": {"name": 1}}, ["ConfigMap 1 (definitions[1]): metadata.name: 1 is no name; put it in quotes if it is a number"]),
        ({"metadata": {"name": "../x"}}, ["ConfigMap ../x (definitions[1]): metadata.name: '../x' is no name; put it in quotes if it is a number"]),
        (
            {"metadata": {"name": "one", "labels": {"version": 1.2}, "annotations": {"on": True}}},
            [
                "ConfigMap one (definitions[1]): metadata.labels.version: 1.2 is no text; put it in quotes",
                "ConfigMap one (definitions[1]): metadata.annotations.on: True is no text; put it in quotes",
            ],
        ),
        ({"metadata": {"name": "one", "labels": ["a"]}}, ["ConfigMap one (definitions[1]): metadata.labels is a mapping, this is a list"]),
    ],
)
def test_problems_name_object_and_field(change: Body, found: list[str]) -> None:
    assert problems({**GOOD, **change}) == found


def test_all_problems_of_all_documents_come_at_once() -> None:
    assert len(problems("just text", {}, {**GOOD, "kind": None}, [[1]])) == 6


def test_secrets_are_checked_without_being_quoted() -> None:
    found = problems(
        {**GOOD, "kind": "Secret", "data": {"a": "hunter2!", "b": 42}, "stringData": {"c": 4711}}, {**GOOD, "kind": "Secret", "data": "hunter2!"}
    )
    assert [each.partition("): ")[2] for each in found] == [
        "data.a is no base64; give plain text in stringData",
        "data.b is no text; put it in quotes",
        "stringData.c is no text; put it in quotes",
        "data is a mapping, this is a str",
    ]
    assert not any(value in "".join(found) for value in ("hunter2", "42", "4711"))


def test_plain_values_of_a_secret_are_encoded_and_win() -> None:
    found = body({**GOOD, "kind": "Secret", "data": {"a": "eA==", "b": "eQ=="}, "stringData": {"a": "é"}})
    assert found["data"] == {"a": base64.b64encode("é".encode()).decode(), "b": "eQ=="}
    assert "stringData" not in found


def test_what_the_server_writes_and_nulls_are_left_out() -> None:
    metadata: Body = {
        "name": "one",
        "uid": "u",
        "resourceVersion": "1",
        "managedFields": [],
        "creationTimestamp": None,
        "labels": {"a": None, "b": "c"},
    }
    assert body({**GOOD, "metadata": metadata, "data": None, "x": [{"y": None}]}) == {
        **GOOD, "metadata": {"name": "one", "labels": {"b": "c"}}, "x": [{}]
    }  # fmt: skip


JSON = st.recursive(st.one_of(st.booleans(), st.integers(), st.text()), lambda inner: st.lists(inner) | st.dictionaries(st.text(min_size=1), inner))


@given(st.dictionaries(st.from_regex(r"[a-z]{2,8}", fullmatch=True), JSON))
def test_a_manifest_is_the_same_from_yaml_and_as_a_mapping(fields: Body) -> None:
    fields = {key: value for key, value in fields.items() if key not in GOOD}
    definition = {**fields, **GOOD}
    assert body(yaml.safe_dump(definition)) == body(definition) == definition
