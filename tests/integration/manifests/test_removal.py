# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What leaves a set: what is no longer declared, or all of it; and what stays, since it is somebody else's."""

from __future__ import annotations

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import ApplyError, PlanError
from tests.support.kubernetes import deployment, service
from tests.support.manifest_sets import Cluster, changed, config_map, crd, custom, fields, namespace

KINDS = "applyset.kubernetes.io/contains-group-kinds"


def test_member_that_is_no_longer_declared_is_reported_and_purged_when_asked(cluster: Cluster) -> None:
    cluster.converge(config_map("kept"), config_map("old"), deployment("web", 1), wait=False)
    kept = cluster.converge(config_map("kept"), wait=False)
    assert kept["changes"] == []
    assert {(each["kind"], each["name"]) for each in kept["orphans"]} == {
        ("ConfigMap", f"{cluster.namespace}/old"), ("Deployment", f"{cluster.namespace}/web")
    }  # fmt: skip
    planned = cluster.converge(config_map("kept"), purge=True, check=True)
    assert changed(planned) == {"ConfigMap old": "delete", "Deployment web": "delete"}
    purged = cluster.converge(config_map("kept"), purge=True)
    assert purged["changes"] == planned["changes"]
    assert {each["reason"] for each in purged["changes"]} == {"no longer declared"}
    assert (cluster.get("ConfigMap", "old"), cluster.get("Deployment", "web")) == (None, None)
    assert cluster.there("ConfigMap", cluster.namespace)["metadata"]["annotations"][KINDS] == "ConfigMap"
    assert cluster.converge(config_map("kept"), purge=True)["api_calls"] == {"read": 4}


def test_parent_says_what_kubectl_needs_to_know(cluster: Cluster) -> None:
    elsewhere = f"{cluster.namespace}-elsewhere"
    cluster.converge(config_map("settings"), deployment("web", 0), namespace(elsewhere), config_map("other", namespace=elsewhere))
    metadata = cluster.there("ConfigMap", cluster.namespace)["metadata"]
    assert metadata["annotations"] == {
        "applyset.kubernetes.io/tooling": "fintech.platform/v1.0.0",
        KINDS: "ConfigMap,Deployment.apps,Namespace",
        "applyset.kubernetes.io/additional-namespaces": elsewhere,
    }
    (id_,) = metadata["labels"].values()
    assert cluster.there("ConfigMap", "other", elsewhere)["metadata"]["labels"] == {"applyset.kubernetes.io/part-of": id_}


def test_what_controllers_make_with_copied_labels_is_no_member(cluster: Cluster) -> None:
    """An EndpointSlice carries the labels of its Service, the set's too."""
    slices = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4", "endpoints": [], "metadata": {"name": "own"}}
    cluster.converge(service("web"), slices, deployment("web", 1))
    assert cluster.converge(service("web"), deployment("web", 1), purge=True)["counts"]["deleted"] == 1


def test_object_that_was_there_before_is_adopted_and_given_up_again(cluster: Cluster) -> None:
    cluster.create(config_map("theirs", {"colour": "blue"}, labels={"team": "a"}))
    adopted = cluster.converge(config_map("theirs", {"size": "1"}))
    assert changed(adopted) == {"ConfigMap theirs": "update"}
    assert fields(adopted)["data.size"] == (None, "1")
    assert cluster.converge(config_map("theirs", {"size": "1"}))["changes"] == []
    given_up = cluster.converge(purge=True)
    assert changed(given_up) == {"ConfigMap theirs": "update"}
    assert given_up["changes"][0]["reason"] == "given up: it was there before the set"
    body = cluster.there("ConfigMap", "theirs")
    assert (body["data"], body["metadata"]["labels"], body["metadata"].get("annotations")) == ({"colour": "blue"}, {"team": "a"}, None)


def test_absent_removes_everything_and_nothing_else(cluster: Cluster) -> None:
    group, inside = f"{cluster.namespace}.example.com", f"{cluster.namespace}-inside"
    documents = [
        config_map("settings"), deployment("web", 1), crd("Widget", group), custom("Widget", group, "one", size=1), namespace(inside),
        config_map("settings", namespace=inside),
    ]  # fmt: skip
    cluster.create(config_map("theirs"))
    cluster.create(config_map("before"))
    cluster.converge(*documents, config_map("before", {"size": "1"}))
    planned = cluster.converge(absent=True, check=True)
    assert cluster.get("ConfigMap", "settings")
    removed = cluster.converge(absent=True)
    assert removed["changes"] == planned["changes"]
    assert removed["counts"] == {"created": 0, "updated": 1, "replaced": 0, "deleted": 6, "unchanged": 0}
    for kind, name in (("ConfigMap", "settings"), ("Deployment", "web"), ("Namespace", inside), ("ConfigMap", cluster.namespace)):
        assert cluster.get(kind, name) is None, (kind, name)
    assert cluster.there("ConfigMap", "theirs")
    assert cluster.there("ConfigMap", "before")["data"] == {"colour": "blue"}
    assert cluster.converge(absent=True)["changes"] == []


def test_absent_needs_no_manifest_that_can_still_be_read(cluster: Cluster) -> None:
    """Its kind may be gone already. Where the parent is lost, what is declared says where to look."""
    cluster.converge(config_map("settings"))
    cluster.delete("ConfigMap", cluster.namespace)
    gone = custom("Gone", "gone.example.com", "one", size=1)
    assert cluster.converge(gone, absent=True)["changes"] == []
    assert changed(cluster.converge(gone, config_map("settings"), absent=True)) == {"ConfigMap settings": "delete"}


def test_namespace_that_holds_others_objects_is_not_taken_from_them(cluster: Cluster) -> None:
    inside = f"{cluster.namespace}-inside"
    cluster.converge(namespace(inside), config_map("settings", namespace=inside))
    cluster.create({**deployment("theirs", 0), "metadata": {"name": "theirs", "namespace": inside}})
    with pytest.raises(PlanError) as refused:
        cluster.converge(absent=True)
    assert refused.value.details["held"] == [f"Namespace {inside} holds Deployment {inside}/theirs (of no set)"]
    with pytest.raises(PlanError):
        cluster.converge(purge=True)
    assert cluster.get("ConfigMap", "settings", inside)


def test_crd_that_others_use_is_not_taken_from_them(cluster: Cluster) -> None:
    group = f"{cluster.namespace}.example.com"
    cluster.converge(crd("Widget", group), custom("Widget", group, "ours", size=1))
    cluster.converge(custom("Widget", group, "theirs", size=1), name="other")
    with pytest.raises(PlanError) as refused:
        cluster.converge(absent=True)
    (held,) = refused.value.details["held"]
    assert held.startswith(f"CustomResourceDefinition widgets.{group} holds Widget {cluster.namespace}/theirs (of the set applyset-")


def test_what_does_not_go_is_named_with_what_holds_it(cluster: Cluster) -> None:
    cluster.converge(config_map("held"), deployment("web", 0))
    cluster.edit("ConfigMap", "held", {"metadata": {"finalizers": ["example.com/holds"]}})
    with pytest.raises(ApplyError) as failed:
        cluster.converge(absent=True, timeout=1.0)
    (failure,) = failed.value.details["failed"]
    assert failure["error"] == "it is still there after 1 s (held by example.com/holds)"
    cluster.edit("ConfigMap", "held", {"metadata": {"finalizers": None}})
    assert cluster.converge(absent=True)["changes"] == []
