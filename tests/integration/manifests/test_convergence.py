# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create, plan empty, change, one update, drift, remove a field: what a user sees, and what it costs."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError
from tests.support.kubernetes import deployment, service
from tests.support.manifest_sets import COLLEAGUE, Cluster, changed, config_map, fields, secret

SUBJECT = "system:serviceaccount:shop:web"


def varied() -> list[dict[str, Any]]:
    """One manifest for everything that the server writes in another way than it was declared."""
    web = deployment("web")
    pod = web["spec"]["template"]["spec"]
    pod["containers"][0] |= {
        "ports": [{"containerPort": 8443}, {"containerPort": 53, "protocol": "UDP"}, {"containerPort": 53}],
        "resources": {"requests": {"cpu": 0.1, "memory": "1024Mi"}, "limits": {"cpu": 1, "memory": "2Gi"}},
        "env": [{"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}, {"name": "PLAIN", "value": "yes"}],
        "readinessProbe": {"httpGet": {"path": "/", "port": 8443}},
    }
    pod["volumes"] = [{"name": "settings", "configMap": {"name": "settings"}}, {"name": "scratch", "emptyDir": {}}]
    pod["tolerations"] = [{"key": "team", "operator": "Exists"}]
    return [
        config_map("settings", {"text": "several\nlines\n"}, annotations={"note": "kept"}),
        secret("password", value="hunter2"),
        service("web"),
        web,
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "web"}, "automountServiceAccountToken": False},
        {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "all"}, "spec": {"hard": {"requests.cpu": 4, "pods": "0.5k"}}},
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": "web"},
            "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"ports": [{"port": 8443}], "from": [{"podSelector": {}}]}]},
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": "web"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
            "subjects": [{"kind": "User", "name": SUBJECT}],
        },
        {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "web"},
            "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, "maxReplicas": 3},
        },
    ]


def test_second_run_changes_nothing_and_asks_once_per_kind(cluster: Cluster) -> None:
    first = cluster.converge(*varied(), wait=False)
    assert set(changed(first).values()) == {"create"}
    before = cluster.versions("ConfigMap", "Secret", "Service", "ServiceAccount", "NetworkPolicy", "RoleBinding")
    second = cluster.converge(*varied(), wait=False)
    assert second["changes"] == []
    assert second["counts"] == {"created": 0, "updated": 0, "replaced": 0, "deleted": 0, "unchanged": 9}
    assert second["api_calls"] == {"read": 2 + 1 + 9}  # discovery, the parent, one list for each kind
    assert cluster.versions("ConfigMap", "Secret", "Service", "ServiceAccount", "NetworkPolicy", "RoleBinding") == before


def test_calls_do_not_grow_with_the_number_of_manifests(cluster: Cluster) -> None:
    many = [config_map(f"settings-{number}") for number in range(120)]
    cluster.converge(*many, wait=False)
    assert cluster.converge(*many)["api_calls"] == {"read": 4}


def test_list_in_pages_is_read_to_its_end(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [config_map(f"settings-{number}") for number in range(7)]
    cluster.converge(*many, wait=False)
    monkeypatch.setattr("ansible_collections.fintech.platform.plugins.module_utils._kubernetes.api.PAGE", 3)
    result = cluster.converge(*many)
    assert (result["counts"]["unchanged"], result["api_calls"]) == (7, {"read": 6})


def test_check_mode_shows_what_is_applied_then_and_writes_nothing(cluster: Cluster) -> None:
    planned = cluster.converge(*varied(), check=True)
    assert cluster.get("ConfigMap", "settings") is None
    assert cluster.get("ConfigMap", cluster.namespace) is None  # the parent
    applied = cluster.converge(*varied(), wait=False)
    assert planned["changes"] == applied["changes"]
    assert planned["diff"] == applied["diff"]


def test_one_change_is_one_update_with_its_field(cluster: Cluster) -> None:
    cluster.converge(deployment("web"), config_map("settings"))
    web = deployment("web")
    web["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.test/app:2"
    planned = cluster.converge(web, config_map("settings"), check=True)
    assert fields(planned) == {"spec.template.spec.containers[main].image": ("registry.test/app:1", "registry.test/app:2")}
    applied = cluster.converge(web, config_map("settings"))
    assert applied["changes"] == planned["changes"]
    assert (applied["api_calls"]["dry_run"], applied["api_calls"]["change"]) == (1, 1)
    assert cluster.there("Deployment", "web")["status"]["updatedReplicas"] == 2


def test_field_that_is_no_longer_declared_goes(cluster: Cluster) -> None:
    cluster.converge(config_map("settings", {"colour": "blue", "size": "1"}))
    assert fields(cluster.converge(config_map("settings", {"colour": "blue"}))) == {"data.size": ("1", None)}
    assert cluster.there("ConfigMap", "settings")["data"] == {"colour": "blue"}


def test_part_of_an_item_with_one_owner_that_is_no_longer_declared_goes(cluster: Cluster) -> None:
    """A rule that becomes wider by what is left out of it."""

    def policy(*peers: dict[str, Any]) -> dict[str, Any]:
        spec = {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": list(peers)}]}
        return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "web"}, "spec": spec}

    narrow = {"namespaceSelector": {"matchLabels": {"team": "a"}}, "podSelector": {"matchLabels": {"app": "web"}}}
    cluster.converge(policy(narrow))
    wide = policy({"podSelector": narrow["podSelector"]})
    assert changed(cluster.converge(wide)) == {"NetworkPolicy web": "update"}
    assert cluster.converge(wide)["changes"] == []
    assert cluster.there("NetworkPolicy", "web")["spec"]["ingress"] == wide["spec"]["ingress"]


def test_order_of_items_is_compared(cluster: Cluster) -> None:
    def ordered(*names: str) -> dict[str, Any]:
        web = deployment("web")
        web["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": name, "value": "x"} for name in names]
        return web

    cluster.converge(ordered("A", "B"), wait=False)
    assert changed(cluster.converge(ordered("B", "A"), wait=False)) == {"Deployment web": "update"}
    assert cluster.converge(ordered("B", "A"), wait=False)["changes"] == []


def test_what_others_add_is_left_alone(cluster: Cluster) -> None:
    web = deployment("web")
    del web["spec"]["replicas"]
    cluster.converge(web, config_map("settings"))
    cluster.edit("Deployment", "web", {"spec": {"replicas": 3}}, subresource="scale")
    cluster.edit("ConfigMap", "settings", {"metadata": {"annotations": {"theirs": "1"}}, "data": {"more": "1"}})
    assert cluster.converge(web, config_map("settings"))["changes"] == []
    assert cluster.there("Deployment", "web")["spec"]["replicas"] == 3


def test_drift_is_a_conflict_that_names_its_owner_and_can_be_forced(cluster: Cluster) -> None:
    cluster.converge(config_map("settings"), deployment("web"))
    cluster.edit("ConfigMap", "settings", {"data": {"colour": "red"}})
    cluster.edit("Deployment", "web", {"spec": {"replicas": 1}}, subresource="scale")
    with pytest.raises(PlanError) as refused:
        cluster.converge(config_map("settings"), deployment("web"))
    colour, replicas = sorted(refused.value.details["problems"])
    assert colour.startswith(f"ConfigMap {cluster.namespace}/settings: data.colour is owned by the field manager {COLLEAGUE}, with another value.")
    assert f"spec.replicas is owned by the field manager {COLLEAGUE} (subresource scale)" in replicas
    forced = cluster.converge(config_map("settings"), deployment("web"), force=True)
    assert {each["name"].rpartition("/")[2]: [*each["fields"]] for each in forced["changes"]} == {
        "settings": ["data.colour"], "web": ["spec.replicas"]
    }  # fmt: skip
    assert cluster.there("ConfigMap", "settings")["data"] == {"colour": "blue"}
    assert cluster.converge(config_map("settings"), deployment("web"))["changes"] == []


def test_field_that_others_removed_comes_back(cluster: Cluster) -> None:
    cluster.converge(config_map("settings", {"colour": "blue", "size": "1"}))
    cluster.edit("ConfigMap", "settings", {"data": {"size": None}})
    assert fields(cluster.converge(config_map("settings", {"colour": "blue", "size": "1"}))) == {"data.size": (None, "1")}


def test_object_that_others_deleted_comes_back(cluster: Cluster) -> None:
    cluster.converge(config_map("settings"))
    cluster.delete("ConfigMap", "settings")
    assert changed(cluster.converge(config_map("settings"))) == {"ConfigMap settings": "create"}


def test_value_that_others_own_alone_becomes_ours_too(cluster: Cluster) -> None:
    """Changed away and back: the value is right, yet nothing would keep it."""
    cluster.converge(config_map("settings"))
    for colour in ("red", "blue"):
        cluster.edit("ConfigMap", "settings", {"data": {"colour": colour}})
    (change,) = cluster.converge(config_map("settings"))["changes"]
    assert (change["action"], change["fields"], change["reason"]) == ("update", {}, "takes over fields, with the values that they have")
    assert cluster.converge(config_map("settings"))["changes"] == []


def test_manifest_that_was_exported_is_taken_as_its_user_meant_it(cluster: Cluster) -> None:
    cluster.converge(deployment("web"))
    exported = cluster.there("Deployment", "web")
    exported["metadata"]["creationTimestamp"] = None
    cluster.converge(exported, wait=False)
    assert cluster.converge(exported, wait=False)["changes"] == []


def test_warnings_of_the_server_are_returned_once(cluster: Cluster) -> None:
    cluster.edit("Namespace", cluster.namespace, {"metadata": {"labels": {"pod-security.kubernetes.io/warn": "restricted"}}})
    result = cluster.converge(deployment("web"), wait=False)
    (warning,) = result["warnings"]
    assert warning.startswith('Deployment web: would violate PodSecurity "restricted:latest"')
