# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes first, what comes last, and what can be said before any of it is there."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import ApplyError, PlanError
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.apply_set import ApplySet
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.manifest import documents_of, read_manifests
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.manifest_set import converge
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.member import Options
from tests.support.kubernetes import deployment
from tests.support.manifest_sets import Cluster, changed, config_map, crd, custom, namespace


def webhook(name: str, rule_namespace: str) -> dict[str, Any]:
    """It refuses every ConfigMap of a namespace, since nothing serves it."""
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": name},
        "webhooks": [
            {
                "name": "refuses.example.com",
                "clientConfig": {"url": "https://127.0.0.1:1/"},
                "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": ["configmaps"]}],
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": rule_namespace}},
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "timeoutSeconds": 1,
            }
        ],
    }


def test_namespace_crd_and_what_goes_into_them_in_one_set(cluster: Cluster) -> None:
    inside, group = f"{cluster.namespace}-inside", f"{cluster.namespace}.example.com"
    placed = config_map("settings", namespace=inside)
    documents = [custom("Widget", group, "one", size=1), placed, deployment("web"), crd("Widget", group), namespace(inside)]
    planned = cluster.converge(*documents, check=True)
    assert planned["not_validated"] == [f"Widget {cluster.namespace}/one", f"ConfigMap {inside}/settings"]
    applied = cluster.converge(*documents)
    assert [each["kind"] for each in applied["changes"][:2]] == ["CustomResourceDefinition", "Namespace"]
    assert changed(applied) == changed(planned)
    assert cluster.there("ConfigMap", "settings", inside)["data"] == {"colour": "blue"}
    again = cluster.converge(*documents)
    assert (again["changes"], again["not_validated"], again["api_calls"]) == ([], [], {"read": 3 + 5})


def test_new_version_of_a_crd_and_its_objects_in_one_set(cluster: Cluster) -> None:
    group = f"{cluster.namespace}.example.com"
    old = crd("Widget", group)
    cluster.converge(old, custom("Widget", group, "one", size=1))
    new = crd("Widget", group)
    new["spec"]["versions"].append({**new["spec"]["versions"][0], "name": "v2", "storage": False})
    newer = {**custom("Widget", group, "two", size=2), "apiVersion": f"{group}/v2"}
    result = cluster.converge(new, custom("Widget", group, "one", size=1), newer)
    assert changed(result) == {f"CustomResourceDefinition widgets.{group}": "update", "Widget two": "create"}


def test_webhook_comes_last_and_goes_first(cluster: Cluster) -> None:
    documents = [webhook(cluster.namespace, cluster.namespace), config_map("settings")]
    result = cluster.converge(*documents, name="with-webhook", namespace=cluster.namespace)
    assert [each["kind"] for each in result["changes"]] == ["ConfigMap", "ValidatingWebhookConfiguration"]
    removed = cluster.converge(name="with-webhook", absent=True)
    assert [each["kind"] for each in removed["changes"]] == ["ValidatingWebhookConfiguration", "ConfigMap"]
    assert cluster.get("ConfigMap", "settings") is None


def test_what_turns_out_invalid_once_its_namespace_is_there_stops_all_of_that_stage(cluster: Cluster) -> None:
    inside = f"{cluster.namespace}-inside"
    wrong = {**deployment("web"), "metadata": {"name": "web", "namespace": inside}}
    wrong["spec"]["selector"] = {"matchLabels": {"app": "other"}}  # only the server knows that they have to match
    with pytest.raises(ApplyError) as failed:
        cluster.converge(namespace(inside), wrong, config_map("settings", namespace=inside))
    assert str(failed.value).startswith(f"Deployment {inside}/web: spec.template.metadata.labels: Invalid value: ")
    assert [each["kind"] for each in failed.value.details["done"]] == ["Namespace"]
    assert cluster.get("ConfigMap", "settings", inside) is None


def test_what_is_planned_is_checked_offline(cluster: Cluster) -> None:
    inside, group = f"{cluster.namespace}-inside", f"{cluster.namespace}.example.com"
    web = {**deployment("web"), "metadata": {"name": "web", "namespace": inside}}
    web["spec"]["replcas"] = 2
    web["spec"]["template"]["spec"]["containers"][0]["ports"] = [{"containerPort": "http"}]
    with pytest.raises(PlanError) as refused:
        cluster.converge(namespace(inside), web, crd("Widget", group), custom("Widget", group, "one", sise=1, colour="green"))
    assert sorted(refused.value.details["problems"]) == [
        f"Deployment {inside}/web: spec.replcas: field not declared in schema",
        f"Deployment {inside}/web: spec.template.spec.containers[0].ports[0].containerPort: input should be a valid integer",
        f"Widget {cluster.namespace}/one: spec.colour: must be one of red, blue",
        f"Widget {cluster.namespace}/one: spec.sise: field not declared in schema. Did you mean 'size'?",
        f"Widget {cluster.namespace}/one: spec.size: is required",
    ]
    assert cluster.get("Namespace", inside) is None


def test_check_mode_plans_for_a_namespace_or_crd_of_another_set(cluster: Cluster) -> None:
    documents = [config_map("settings", namespace="of-another-set"), custom("Gadget", "other.example.com", "one", size=1)]
    result = cluster.converge(*documents, check=True)
    assert set(result["not_validated"]) == {"ConfigMap of-another-set/settings", f"Gadget {cluster.namespace}/one"}
    with pytest.raises(PlanError) as refused:
        cluster.converge(*documents)
    assert "the API serves no group other.example.com" in str(refused.value)
    with pytest.raises(PlanError) as refused:
        cluster.converge(documents[0])
    assert str(refused.value).endswith("namespace of-another-set does not exist. Declare it in this set, or apply the set first that does")


def test_cluster_that_is_only_planned() -> None:
    """Nothing is there to be asked."""
    documents = [namespace("shop"), config_map("settings", namespace="shop"), custom("Gadget", "other.example.com", "one", size=1)]
    set_ = ApplySet(name="shop", namespace="kube-system")
    result = converge(None, set_, read_manifests(documents_of(documents)), Options(check=True, namespace="shop"))
    assert result["counts"]["created"] == 3
    assert result["not_validated"] == ["Namespace shop", "ConfigMap shop/settings", "Gadget shop/one"]
    assert {each["reason"] for each in result["changes"]} == {"not validated by the server"}
    with pytest.raises(PlanError, match=r"data\.colour: input should be a valid string"):
        converge(None, set_, read_manifests(documents_of([config_map("settings", {"colour": 1}, namespace="shop")])), Options(check=True))
