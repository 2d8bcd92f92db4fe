# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an object has become what it is meant to be: a predicate per kind, on the object alone.

The rules are those of ``kubectl rollout status`` for workloads and of kstatus for what has conditions.
https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .resource_type import GroupKind, is_builtin


class Readiness(NamedTuple):
    ready: bool
    reason: str = ""  # why not
    failed: bool = False  # waiting does not help


READY = Readiness(True)
Predicate = Callable[[Mapping[str, Any]], Readiness]


def readiness(body: Mapping[str, Any], *, addresses: bool = False) -> Readiness:
    """``addresses`` asks Ingresses and Services of type LoadBalancer for theirs too."""
    group = str(body["apiVersion"]).rpartition("/")[0] if "/" in body["apiVersion"] else ""
    kind = GroupKind(group, body["kind"])
    if kind in ADDRESSED:
        return _addressed(body) if addresses else READY
    if predicate := PREDICATES.get(kind):
        return predicate(body)
    return READY if is_builtin(group) else _custom(body)


def _waiting(reason: str) -> Readiness:
    return Readiness(False, reason)


def _failed(reason: str) -> Readiness:
    return Readiness(False, reason, failed=True)


def _part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return body.get(name) or {}


def condition(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The condition of that type, empty where there is none."""
    return next((each for each in _part(body, "status").get("conditions") or () if each.get("type") == name), {})


def _is(body: Mapping[str, Any], name: str, status: str = "True") -> bool:
    return bool(condition(body, name).get("status") == status)


def told(found: Mapping[str, Any]) -> str:
    """A condition's reason and message, as far as it has them."""
    return ": ".join(filter(None, (found.get("reason"), found.get("message"))))


def _observed(body: Mapping[str, Any]) -> bool:
    """Whether the controller has seen the latest change."""
    return bool(_part(body, "status").get("observedGeneration", 0) >= body["metadata"].get("generation", 0))


def _replicas(body: Mapping[str, Any]) -> int:
    wanted = _part(body, "spec").get("replicas")
    return 1 if wanted is None else int(wanted)


def _deployment(body: Mapping[str, Any]) -> Readiness:
    status, wanted = _part(body, "status"), _replicas(body)
    if _part(body, "spec").get("paused"):
        return READY
    if not _observed(body):
        return _waiting("not seen by its controller yet")
    if condition(body, "Progressing").get("reason") == "ProgressDeadlineExceeded":
        return _failed(told(condition(body, "Progressing")))
    updated, total, available = (status.get(name, 0) for name in ("updatedReplicas", "replicas", "availableReplicas"))
    if updated < wanted:
        return _waiting(f"{updated} of {wanted} replicas are updated")
    if total > updated:
        return _waiting(f"{total - updated} replicas of before are still there")
    return READY if available >= wanted else _waiting(f"{available} of {wanted} replicas are available")


def _stateful_set(body: Mapping[str, Any]) -> Readiness:
    spec, status, wanted = _part(body, "spec"), _part(body, "status"), _replicas(body)
    strategy = spec.get("updateStrategy") or {}
    if not _observed(body):
        return _waiting("not seen by its controller yet")
    if (ready := status.get("readyReplicas", 0)) < wanted:
        return _waiting(f"{ready} of {wanted} replicas are ready")
    if strategy.get("type") == "OnDelete":
        return READY
    partition = (strategy.get("rollingUpdate") or {}).get("partition") or 0
    updated = status.get("updatedReplicas", 0)
    if updated < wanted - partition:
        return _waiting(f"{updated} of {wanted - partition} replicas are updated")
    return READY


def _daemon_set(body: Mapping[str, Any]) -> Readiness:
    status = _part(body, "status")
    if not _observed(body):
        return _waiting("not seen by its controller yet")
    wanted, updated, available = (status.get(name, 0) for name in ("desiredNumberScheduled", "updatedNumberScheduled", "numberAvailable"))
    if (_part(body, "spec").get("updateStrategy") or {}).get("type") != "OnDelete" and updated < wanted:
        return _waiting(f"{updated} of {wanted} nodes have the update")
    return READY if available >= wanted else _waiting(f"available on {available} of {wanted} nodes")


def _replica_set(body: Mapping[str, Any]) -> Readiness:
    if not _observed(body):
        return _waiting("not seen by its controller yet")
    available, wanted = _part(body, "status").get("availableReplicas", 0), _replicas(body)
    return READY if available >= wanted else _waiting(f"{available} of {wanted} replicas are available")


def _job(body: Mapping[str, Any]) -> Readiness:
    if _is(body, "Failed"):
        return _failed(told(condition(body, "Failed")))
    if _is(body, "Complete") or _part(body, "spec").get("suspend"):
        return READY
    done, wanted = _part(body, "status").get("succeeded", 0), _part(body, "spec").get("completions") or 1
    return _waiting(f"{done} of {wanted} completions are done")


def _pod(body: Mapping[str, Any]) -> Readiness:
    phase = _part(body, "status").get("phase", "Pending")
    if phase == "Failed":
        return _failed(told(_part(body, "status")) or "it has failed")
    if phase == "Succeeded" or _is(body, "Ready"):
        return READY
    return _waiting(f"it is {phase}" if phase != "Running" else "it runs and is not ready")


def _crd(body: Mapping[str, Any]) -> Readiness:
    if _is(body, "NamesAccepted", "False"):
        return _failed(told(condition(body, "NamesAccepted")))
    return READY if _is(body, "Established") else _waiting("not established yet")


def _api_service(body: Mapping[str, Any]) -> Readiness:
    return READY if _is(body, "Available") else _waiting(told(condition(body, "Available")) or "not available yet")


def _namespace(body: Mapping[str, Any]) -> Readiness:
    if _part(body, "status").get("phase") == "Terminating":
        return _failed("it is being deleted. Wait until it is gone, or see what holds it")
    return READY


def _claim(body: Mapping[str, Any]) -> Readiness:
    """A claim that no Pod uses yet may be waiting for its first consumer, which is its right."""
    phase = _part(body, "status").get("phase", "Pending")
    if phase == "Lost":
        return _failed("its volume is lost")
    provisioned = _part(body["metadata"], "annotations").get("volume.kubernetes.io/selected-node") or _part(body, "spec").get("volumeName")
    return READY if phase == "Bound" or not provisioned else _waiting(f"it is {phase}")


def _addressed(body: Mapping[str, Any]) -> Readiness:
    if body["kind"] == "Service" and _part(body, "spec").get("type") != "LoadBalancer":
        return READY
    return READY if _part(_part(body, "status"), "loadBalancer").get("ingress") else _waiting("its load balancer has no address yet")


def _custom(body: Mapping[str, Any]) -> Readiness:
    status = _part(body, "status")
    if _is(body, "Stalled"):
        return _failed(told(condition(body, "Stalled")))
    if status.get("observedGeneration", body["metadata"].get("generation", 0)) < body["metadata"].get("generation", 0):
        return _waiting("not seen by its controller yet")
    ready = condition(body, "Ready")
    return _waiting(told(ready) or "not ready yet") if ready and ready.get("status") != "True" else READY


# Kinds of Kubernetes itself that are not here are ready once they are stored (webhook configurations, RBAC, policies ...).
PREDICATES: Mapping[GroupKind, Predicate] = {
    GroupKind("apps", "Deployment"): _deployment,
    GroupKind("apps", "StatefulSet"): _stateful_set,
    GroupKind("apps", "DaemonSet"): _daemon_set,
    GroupKind("apps", "ReplicaSet"): _replica_set,
    GroupKind("batch", "Job"): _job,
    GroupKind("", "Pod"): _pod,
    GroupKind("", "Namespace"): _namespace,
    GroupKind("", "PersistentVolumeClaim"): _claim,
    GroupKind("apiextensions.k8s.io", "CustomResourceDefinition"): _crd,
    GroupKind("apiregistration.k8s.io", "APIService"): _api_service,
}
ADDRESSED = (GroupKind("", "Service"), GroupKind("networking.k8s.io", "Ingress"))
