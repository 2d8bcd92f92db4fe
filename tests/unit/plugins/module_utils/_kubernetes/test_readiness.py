# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readiness, on objects as a Kubernetes 1.35 API has answered them (``recorded.json``), and on what it is hard to make one answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.readiness import Readiness, readiness

RECORDED: dict[str, Any] = json.loads((Path(__file__).parent / "recorded.json").read_text(encoding="utf-8"))
READY = Readiness(True)
UNSEEN = Readiness(False, "not seen by its controller yet")
EXPECTED = {
    "APIService available": READY,
    "APIService without its Service": Readiness(False, 'ServiceNotFound: service/none in "shop" is not present'),
    "CustomResourceDefinition established": READY,
    "CustomResourceDefinition just made": Readiness(False, "not established yet"),
    "CustomResourceDefinition of a taken name": Readiness(False, 'SingularConflict: "widget" is already in use', failed=True),
    "DaemonSet complete": READY,
    "DaemonSet just made": UNSEEN,
    "DaemonSet update stuck": Readiness(False, "1 of 2 nodes have the update"),
    "Deployment complete": READY,
    "Deployment just made": UNSEEN,
    "Deployment over quota": Readiness(False, "0 of 1 replicas are updated"),
    "Deployment past its deadline": Readiness(False, 'ProgressDeadlineExceeded: ReplicaSet "web-7864dc578d" has timed out progressing.', failed=True),
    "Deployment update just made": UNSEEN,
    "Deployment update stuck": Readiness(False, "1 of 2 replicas are updated"),
    "Job complete": READY,
    "Job just made": Readiness(False, "0 of 1 completions are done"),
    "Job past its deadline": Readiness(False, "DeadlineExceeded: Job was active longer than specified deadline", failed=True),
    "Namespace active": READY,
    "Namespace going": Readiness(False, "it is being deleted. Wait until it is gone, or see what holds it", failed=True),
    "PersistentVolumeClaim pending": READY,
    "Pod running": READY,
    "Pod unschedulable": Readiness(False, "it is Pending"),
    "StatefulSet complete": READY,
    "StatefulSet update stuck": Readiness(False, "1 of 2 replicas are ready"),
}


def test_every_recorded_object_has_an_expectation() -> None:
    assert RECORDED.keys() == EXPECTED.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_recorded_object(name: str) -> None:
    assert readiness(RECORDED[name]) == EXPECTED[name]


def thing(kind: str, api_version: str, *, spec: Any = None, status: Any = None, **metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": "one", "generation": 2, **metadata},
        "spec": spec or {},
        "status": status or {},
    }


def replicated(kind: str, spec: Any = None, **status: Any) -> dict[str, Any]:
    return thing(kind, "apps/v1", spec={"replicas": 3, **(spec or {})}, status={"observedGeneration": 2, **status})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (replicated("Deployment", {"paused": True}), READY),
        (replicated("Deployment", {"replicas": 0}), READY),
        (replicated("Deployment", {"replicas": None}, updatedReplicas=1, replicas=1, availableReplicas=1), READY),
        (
            replicated("Deployment", updatedReplicas=3, replicas=4, availableReplicas=3),
            Readiness(False, "1 replicas of before are still there"),
        ),
        (replicated("Deployment", updatedReplicas=3, replicas=3, availableReplicas=1), Readiness(False, "1 of 3 replicas are available")),
        (replicated("ReplicaSet", availableReplicas=3), READY),
        (replicated("ReplicaSet", availableReplicas=2), Readiness(False, "2 of 3 replicas are available")),
        (replicated("ReplicaSet", observedGeneration=1, availableReplicas=3), UNSEEN),
        (replicated("StatefulSet", observedGeneration=1, readyReplicas=3, updatedReplicas=3), UNSEEN),
        (replicated("StatefulSet", readyReplicas=3, updatedReplicas=1), Readiness(False, "1 of 3 replicas are updated")),
        (replicated("StatefulSet", {"updateStrategy": {"type": "OnDelete"}}, readyReplicas=3), READY),
        (
            replicated(
                "StatefulSet", {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}}, readyReplicas=3, updatedReplicas=1
            ),
            READY,
        ),
        (replicated("DaemonSet", desiredNumberScheduled=0), READY),
        (replicated("DaemonSet", {"updateStrategy": {"type": "OnDelete"}}, desiredNumberScheduled=2, numberAvailable=2), READY),
        (
            replicated("DaemonSet", desiredNumberScheduled=2, updatedNumberScheduled=2, numberAvailable=1),
            Readiness(False, "available on 1 of 2 nodes"),
        ),
        (thing("Job", "batch/v1", spec={"suspend": True}), READY),
        (thing("Job", "batch/v1", spec={"completions": 3}, status={"succeeded": 2}), Readiness(False, "2 of 3 completions are done")),
        (thing("Pod", "v1", status={"phase": "Succeeded"}), READY),
        (thing("Pod", "v1", status={"phase": "Running"}), Readiness(False, "it runs and is not ready")),
        (
            thing("Pod", "v1", status={"phase": "Failed", "reason": "Evicted", "message": "low on disk"}),
            Readiness(False, "Evicted: low on disk", failed=True),
        ),
        (thing("PersistentVolumeClaim", "v1", status={"phase": "Lost"}), Readiness(False, "its volume is lost", failed=True)),
        (thing("PersistentVolumeClaim", "v1", status={"phase": "Bound"}, spec={"volumeName": "v"}), READY),
        (
            thing("PersistentVolumeClaim", "v1", status={"phase": "Pending"}, annotations={"volume.kubernetes.io/selected-node": "n"}),
            Readiness(False, "it is Pending"),
        ),
        (thing("ValidatingWebhookConfiguration", "admissionregistration.k8s.io/v1"), READY),
        (thing("APIService", "apiregistration.k8s.io/v1"), Readiness(False, "not available yet")),
        (thing("Widget", "example.com/v1"), READY),
        (thing("Widget", "example.com/v1", status={"observedGeneration": 1}), UNSEEN),
        (thing("Widget", "example.com/v1", status={"conditions": [{"type": "Ready", "status": "True"}]}), READY),
        (thing("Widget", "example.com/v1", status={"conditions": [{"type": "Ready", "status": "Unknown"}]}), Readiness(False, "not ready yet")),
        (
            thing("Widget", "example.com/v1", status={"conditions": [{"type": "Stalled", "status": "True", "reason": "Denied"}]}),
            Readiness(False, "Denied", failed=True),
        ),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_other_states(body: dict[str, Any], expected: Readiness) -> None:
    assert readiness(body) == expected


@pytest.mark.parametrize("kind", ["Service", "Ingress"])
def test_address_is_asked_for_only_where_it_is_wanted(kind: str) -> None:
    api_version = "v1" if kind == "Service" else "networking.k8s.io/v1"
    body = thing(kind, api_version, spec={"type": "LoadBalancer"})
    assert readiness(body) == READY
    assert readiness(body, addresses=True) == Readiness(False, "its load balancer has no address yet")
    body["status"] = {"loadBalancer": {"ingress": [{"hostname": "x.elb.amazonaws.com"}]}}
    assert readiness(body, addresses=True) == READY


def test_service_inside_the_cluster_needs_no_address() -> None:
    assert readiness(thing("Service", "v1", spec={"type": "ClusterIP"}), addresses=True) == READY
