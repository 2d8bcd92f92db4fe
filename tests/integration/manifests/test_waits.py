# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollout is waited for, and one that is stuck says why."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import ApplyError
from tests.support.kubernetes import deployment, service
from tests.support.manifest_sets import Cluster, config_map, crd, custom, fields

POD: dict[str, Any] = {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [{"name": "main", "image": "registry.test/app:1"}]}}


def stateful_set(name: str, **spec: Any) -> dict[str, Any]:
    template = {**POD, "metadata": {"labels": {"app": name}}}
    spec = {"serviceName": name, "selector": {"matchLabels": {"app": name}}, "template": template, **spec}
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name}, "spec": spec}


def daemon_set(name: str) -> dict[str, Any]:
    template = {**POD, "metadata": {"labels": {"app": name}}}
    spec = {"selector": {"matchLabels": {"app": name}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": name}, "spec": spec}


def job(name: str, **spec: Any) -> dict[str, Any]:
    template = {"spec": {**POD["spec"], "restartPolicy": "Never"}}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": {"template": template, **spec}}


def stuck(cluster: Cluster, *documents: Any, timeout: float = 1.5, **options: Any) -> dict[str, str]:
    """The reasons, by name. It takes as long as it may, and not much longer."""
    began = time.monotonic()
    with pytest.raises(ApplyError) as failed:
        cluster.converge(*documents, timeout=timeout, **options)
    assert time.monotonic() - began < timeout + 8
    return {each["name"].rpartition("/")[2]: each["error"] for each in failed.value.details["failed"]}


def later(act: Callable[[], Any], seconds: float) -> threading.Timer:
    timer = threading.Timer(seconds, act)
    timer.start()
    return timer


def test_workloads_are_ready_when_the_run_ends(cluster: Cluster) -> None:
    cluster.converge(deployment("web", 3), stateful_set("data", replicas=2), daemon_set("agent"), job("once"), service("web"))
    assert cluster.there("Deployment", "web")["status"]["availableReplicas"] == 3
    assert cluster.there("StatefulSet", "data")["status"]["readyReplicas"] == 2
    assert cluster.there("DaemonSet", "agent")["status"]["numberAvailable"] == 2
    assert cluster.there("Job", "once")["status"]["succeeded"] == 1


def test_pod_that_cannot_be_scheduled(cluster: Cluster) -> None:
    web = deployment("web", 1)
    web["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]["cpu"] = "64"
    reason = stuck(cluster, web)["web"]
    assert reason.startswith("0 of 1 replicas are available, after 1.5 s; Pod web-")
    assert "cannot be scheduled: 0/2 nodes are available: 2 Insufficient cpu." in reason


def test_unready_rollout_is_waited_for_by_the_next_run_too(cluster: Cluster) -> None:
    web = deployment("web", 1, nodeSelector={"disk": "ssd"})
    first = stuck(cluster, web)
    assert "didn't match Pod's node affinity/selector" in first["web"]
    assert stuck(cluster, web).keys() == first.keys()
    assert cluster.converge(web, wait=False)["changes"] == []


def test_quota_that_is_exceeded(cluster: Cluster) -> None:
    cluster.create({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "small"}, "spec": {"hard": {"pods": "1"}}})
    reason = stuck(cluster, deployment("web", 2))["web"]
    assert "FailedCreate: pods " in reason
    assert "exceeded quota: small, requested: pods=1, used: pods=1, limited: pods=1" in reason


def test_image_that_cannot_be_pulled_and_container_that_crashes(cluster: Cluster) -> None:
    """Simulated kubelets pull nothing, so the Pods are bound to no node and their states written by hand."""
    waiting = {"reason": "ImagePullBackOff", "message": 'Back-off pulling image "registry.test/app:1"'}
    crashed: dict[str, Any] = {
        "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}},
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
    }
    states: dict[str, dict[str, Any]] = {"web": {"state": {"waiting": waiting}}, "api": crashed}

    def write() -> None:
        for name, state in states.items():
            (pod,) = [each for each in cluster.versions("Pod") if each.startswith(f"Pod/{name}-")]
            status = {"name": "main", "ready": False, "restartCount": 1, "image": "registry.test/app:1", "imageID": "", **state}
            cluster.edit("Pod", pod.removeprefix("Pod/"), {"status": {"phase": "Pending", "containerStatuses": [status]}}, subresource="status")

    timer = later(write, 1.0)
    reasons = stuck(cluster, deployment("web", 1, nodeSelector={"disk": "ssd"}), deployment("api", 1, nodeSelector={"disk": "ssd"}), timeout=3)
    timer.join()
    assert 'container main: ImagePullBackOff: Back-off pulling image "registry.test/app:1"' in reasons["web"]
    assert "container main: CrashLoopBackOff, it ended with exit code 137 (OOMKilled)" in reasons["api"]


def test_service_account_that_is_missing_is_told_from_an_event(cluster: Cluster) -> None:
    reason = stuck(
        cluster, stateful_set("data", template={**POD, "metadata": {"labels": {"app": "data"}}, "spec": {**POD["spec"], "serviceAccountName": "no"}})
    )
    assert "FailedCreate" in reason["data"]
    assert 'serviceaccount "no" not found' in reason["data"]


def test_rollout_that_has_failed_ends_the_wait_at_once(cluster: Cluster) -> None:
    web = deployment("web", 1, nodeSelector={"disk": "ssd"})
    web["spec"] |= {"progressDeadlineSeconds": 1}
    began = time.monotonic()
    reason = stuck(cluster, web, timeout=60)["web"]
    assert reason.startswith('ProgressDeadlineExceeded: ReplicaSet "web-')
    assert time.monotonic() - began < 30
    # The next run gives it the time to recover, since what it lacked may have come.
    assert "ProgressDeadlineExceeded" in stuck(cluster, web)["web"]
    mended = deployment("web", 1)
    mended["spec"] |= {"progressDeadlineSeconds": 1}
    assert fields(cluster.converge(mended))


def test_custom_resource_is_ready_when_its_condition_says_so(cluster: Cluster) -> None:
    group = f"{cluster.namespace}.example.com"
    definition = crd("Gadget", group)
    schema = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    schema["properties"]["status"] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    definition["spec"]["versions"][0]["subresources"] = {"status": {}}
    gadget = custom("Gadget", group, "one", size=1)
    cluster.converge(definition, gadget)
    condition = {"type": "Ready", "status": "False", "reason": "Provisioning", "message": "the wheel is on order"}
    cluster.edit("Gadget", "one", {"status": {"conditions": [condition]}}, subresource="status")
    assert stuck(cluster, definition, gadget)["one"] == "Provisioning: the wheel is on order, after 1.5 s"
    ready = {"status": {"conditions": [{**condition, "status": "True"}]}}
    timer = later(lambda: cluster.edit("Gadget", "one", ready, subresource="status"), 1.0)
    assert cluster.converge(definition, gadget)["changes"] == []
    timer.join()


def test_address_of_a_load_balancer_is_waited_for_when_asked(cluster: Cluster) -> None:
    public = service("web")
    public["spec"]["type"] = "LoadBalancer"
    cluster.converge(public)
    assert stuck(cluster, public, addresses=True)["web"].startswith("its load balancer has no address yet, after 1.5 s")
    address = {"status": {"loadBalancer": {"ingress": [{"hostname": "k8s-shop.elb.eu-central-1.amazonaws.com"}]}}}
    cluster.edit("Service", "web", address, subresource="status")
    assert cluster.converge(public, addresses=True)["changes"] == []


def test_objects_under_a_quota_do_not_fail_each_other(cluster: Cluster) -> None:
    """Creations at the same moment collide at the quota that counts them."""
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "all"}, "spec": {"hard": {"count/configmaps": "200"}}}
    cluster.converge(quota)
    many = [config_map(f"settings-{number}") for number in range(100)]
    assert cluster.converge(quota, *many)["counts"]["created"] == 100


def test_rollout_of_an_update_is_waited_for(cluster: Cluster) -> None:
    cluster.converge(deployment("web", 2))
    web = deployment("web", 2)
    web["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.test/app:2"
    assert fields(cluster.converge(web))
    status = cluster.there("Deployment", "web")["status"]
    assert (status["updatedReplicas"], status["replicas"], status["availableReplicas"]) == (2, 2, 2)
