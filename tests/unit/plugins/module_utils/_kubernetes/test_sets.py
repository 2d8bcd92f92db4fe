# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API serves, which set an object belongs to, what is said without a server, and in which order."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.applier import rank, removal_stage, stage
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.apply_set import CONFIG_MAP, ApplySet, Extent
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.manifest import Manifest
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.offline import offline_problems
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.resource_type import (
    GroupKind,
    ResourceType,
    parse_discovery,
    types_of_crd,
)

Body = dict[str, Any]


def served(group: str, version: str, *resources: Body) -> Body:
    return {"metadata": {"name": group} if group else {}, "versions": [{"version": version, "resources": list(resources), "freshness": "Current"}]}


def resource(kind: str, *verbs: str, scope: str = "Namespaced", **more: Any) -> Body:
    return {
        "resource": f"{kind.lower()}s", "responseKind": {"group": "", "version": "", "kind": kind}, "scope": scope,
        "verbs": list(verbs) or ["get", "list", "patch", "delete"], **more,
    }  # fmt: skip


@pytest.fixture
def types() -> Any:
    """Of ``/api`` and ``/apis``, as Kubernetes answers them: a core group has no name, a stale version no resources."""
    status: Body = {"subresources": [{"subresource": "scale"}, {"subresource": "status"}]}
    autoscaling = {
        "metadata": {"name": "autoscaling"},
        "versions": [{"version": version, "resources": [resource("HorizontalPodAutoscaler")]} for version in ("v2", "v1")],
    }
    return parse_discovery(
        [
            {"items": [served("", "v1", resource("ConfigMap"), resource("Namespace", scope="Cluster"), resource("Binding", "create"))]},
            {
                "items": [
                    served("apps", "v1", resource("Deployment", **status)),
                    autoscaling,
                    {"metadata": {"name": "m.io"}, "versions": [{"version": "v1"}]},
                ]
            },
        ]
    )


def test_discovery(types: Any) -> None:
    deployment = types.find("apps", "v1", "Deployment")
    assert deployment == ResourceType(group="apps", version="v1", kind="Deployment", plural="deployments", namespaced=True, has_status=True)
    assert not types.find("", "v1", "Namespace").namespaced
    assert types.find("", "v1", "Binding") is None  # it can only be created
    assert types.preferred(GroupKind("autoscaling", "HorizontalPodAutoscaler")).version == "v2"
    assert types.find("autoscaling", "v1", "HorizontalPodAutoscaler").api_version == "autoscaling/v1"


def test_paths() -> None:
    deployment = ResourceType(group="apps", version="v1", kind="Deployment", plural="deployments", namespaced=True)
    assert deployment.path() == "/apis/apps/v1/deployments"
    assert deployment.path("shop") == "/apis/apps/v1/namespaces/shop/deployments"
    assert CONFIG_MAP.path("shop", "one") == "/api/v1/namespaces/shop/configmaps/one"


@pytest.mark.parametrize("kind", [GroupKind("", "ConfigMap"), GroupKind("apps", "Deployment"), GroupKind("a.example.com", "Widget")])
def test_kinds_as_apply_sets_write_them(kind: GroupKind) -> None:
    assert GroupKind.parse(str(kind)) == kind


def test_types_of_a_crd() -> None:
    spec = {
        "group": "example.com",
        "scope": "Cluster",
        "names": {"kind": "Widget", "plural": "widgets"},
        "versions": [{"name": "v1", "subresources": {"status": {}}}, {"name": "v1alpha1", "served": False}],
    }
    (only,) = types_of_crd({"spec": spec})
    assert (only.api_version, only.plural, only.namespaced, only.has_status) == ("example.com/v1", "widgets", False, True)
    assert list(types_of_crd({"spec": {"names": {}}})) == list(types_of_crd({})) == []


def test_id_of_a_set_is_that_of_the_specification() -> None:
    """KEP-3659: base64url of the SHA-256 of ``<name>.<namespace>.<kind>.<group>``, without padding."""
    expected = base64.urlsafe_b64encode(hashlib.sha256(b"shop.kube-system.ConfigMap.").digest()).decode().rstrip("=")
    set_ = ApplySet(name="shop", namespace="kube-system")
    assert set_.id == f"applyset-{expected}-v1"
    assert len(set_.id) <= 63  # a label's value


NAMES = st.from_regex(r"[a-z]{1,5}", fullmatch=True)
KINDS = st.builds(GroupKind, st.sampled_from(["", "apps", "a.example.com"]), st.sampled_from(["Secret", "Widget", "Job"]))


@given(st.frozensets(KINDS), st.frozensets(NAMES))
def test_parent_says_where_members_are(kinds: frozenset[GroupKind], namespaces: frozenset[str]) -> None:
    set_, extent = ApplySet(name="shop", namespace="kube-system"), Extent(kinds=kinds, namespaces=namespaces | {"kube-system"})
    assert set_.extent(set_.parent(extent)) == extent
    assert set_.extent(None) == Extent()


def test_label_of_a_member_keeps_its_others_and_the_manifest() -> None:
    manifest: Body = {"kind": "ConfigMap", "metadata": {"name": "one", "labels": {"team": "a"}}}
    set_ = ApplySet(name="shop", namespace="kube-system")
    member = set_.member(manifest, adopted=True)
    assert member["metadata"]["labels"] == {"team": "a", "applyset.kubernetes.io/part-of": set_.id}
    assert manifest["metadata"]["labels"] == {"team": "a"}
    assert set_.has(member)
    assert not ApplySet(name="other", namespace="kube-system").has(member)


@pytest.mark.parametrize("name", ["", "Shop", "a_b", "-a", "a..b", "a" * 254])
def test_names_that_no_set_can_have(name: str) -> None:
    with pytest.raises(PlanError, match="A set of manifests cannot be called"):
        ApplySet(name=name, namespace="kube-system")


def type_of(kind: str, group: str = "") -> ResourceType:
    return ResourceType(group=group, version="v1", kind=kind, plural="x", namespaced=True)


ORDER = [
    type_of("Namespace"), type_of("CustomResourceDefinition", "apiextensions.k8s.io"), type_of("ConfigMap"), type_of("Deployment", "apps"),
    type_of("MutatingWebhookConfiguration", "admissionregistration.k8s.io"), type_of("APIService", "apiregistration.k8s.io"),
]  # fmt: skip


@given(st.permutations(ORDER))
def test_order_of_application(shuffled: list[ResourceType]) -> None:
    found = sorted(shuffled, key=lambda each: (stage(each), rank(each)))
    assert [stage(each) for each in found] == [0, 0, 1, 1, 2, 2]
    assert [each.kind for each in found[2:4]] == ["ConfigMap", "Deployment"]


def test_order_of_removal_lets_controllers_clean_up_before_they_go() -> None:
    turns = [
        type_of("ValidatingWebhookConfiguration", "admissionregistration.k8s.io"), type_of("Ingress", "networking.k8s.io"),
        type_of("StatefulSet", "apps"), type_of("ServiceAccount"), type_of("Namespace"),
    ]  # fmt: skip
    assert [removal_stage(each) for each in turns] == [0, 1, 2, 3, 4]
    assert removal_stage(type_of("Widget", "example.com")) == removal_stage(type_of("Service")) == 1
    assert removal_stage(type_of("Job", "example.com")) == 1  # a kind of somebody else's with a familiar name


def offline(body: Body, *crds: Body) -> list[str]:
    return offline_problems(Manifest(body={"metadata": {"name": "one"}, **body}, source="x"), crds)


def limits(cpu: Any) -> Body:
    container = {"name": "main", "image": "x", "resources": {"limits": {"cpu": cpu}}}
    return {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [container]}}


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        (limits(1), []),
        (limits(0.5), []),
        (limits([]), ["spec.containers[0].resources.limits.cpu: input should be a valid string"]),
        ({"apiVersion": "v1", "kind": "Pod", "spec": {}}, ["spec.containers: is required"]),
        ({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": 1}}, ["data.a: input should be a valid string"]),
        ({"apiVersion": "v1", "kind": "ConfigMap", "dta": {}}, ["dta: field not declared in schema"]),
        ({"apiVersion": "v9", "kind": "ConfigMap", "dta": {}}, []),  # a version that the client does not know
        ({"apiVersion": "example.com/v1", "kind": "Service", "spec": {"anything": 1}}, []),
    ],
)
def test_offline_built_in_kinds(body: Body, problems: list[str]) -> None:
    assert offline(body) == problems


SCHEMA: Body = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "required": ["size"],
            "properties": {
                "size": {"type": "integer"},
                "port": {"x-kubernetes-int-or-string": True},
                "names": {"type": "array", "items": {"type": "string"}},
                "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                "colour": {"enum": ["red", "blue"]},
            },
        }
    },
}
CRD: Body = {
    "spec": {"group": "example.com", "names": {"kind": "Widget"}, "versions": [{"name": "v1", "schema": {"openAPIV3Schema": SCHEMA}}, {"name": "v2"}]}
}


@pytest.mark.parametrize(
    ("spec", "problems"),
    [
        ({"size": 1, "port": "http", "names": ["a"], "labels": {"x": "y"}, "free": {"any": [1]}, "colour": "red"}, []),
        ({}, ["spec.size: is required"]),
        ({"size": True}, ["spec.size: must be of type integer"]),
        ({"size": 1, "names": ["a", 2]}, ["spec.names[1]: must be of type string"]),
        ({"size": 1, "labels": {"x": 1}}, ["spec.labels.x: must be of type string"]),
        ({"size": 1, "sizes": 2}, ["spec.sizes: field not declared in schema. Did you mean 'size'?"]),
        ({"size": 1, "colour": "green"}, ["spec.colour: must be one of red, blue"]),
        ("text", ["spec: must be of type object"]),
    ],
)
def test_offline_objects_of_a_planned_crd(spec: Any, problems: list[str]) -> None:
    assert offline({"apiVersion": "example.com/v1", "kind": "Widget", "spec": spec}, CRD) == problems


def test_offline_says_nothing_of_what_it_has_no_schema_for() -> None:
    for api_version, kind in (("example.com/v2", "Widget"), ("example.com/v1", "Gadget")):
        assert offline({"apiVersion": api_version, "kind": kind, "spec": {"size": "x"}}, CRD) == []
