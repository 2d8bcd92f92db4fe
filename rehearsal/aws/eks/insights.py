# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster insights: what stands against the next version, worked out from what the emulator knows.

Names and descriptions follow https://docs.aws.amazon.com/eks/latest/userguide/cluster-insights.html; which API clients still use
what a version removes is not looked at, so that insight always passes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from moto.core.utils import utcnow

from ..answers import AwsError
from ..overlay import Asked
from .addon_catalogue import PRODUCTS
from .models import MISSING, Backend, Cluster, page
from .versions import VERSIONS, minor

_SKEW = 3
Finding = tuple[str, str]  # status, reason


def _kubelet(cluster: Cluster, following: str) -> Finding:
    behind = sorted(each.name for each in cluster.node_groups.values() if minor(each.version) < minor(following) - _SKEW)
    if behind:
        return "ERROR", f"Node groups are too old for {following}: {', '.join(behind)}"
    return "PASSING", "Node kubelet versions match the cluster control plane version."


def _kube_proxy(cluster: Cluster, following: str) -> Finding:
    addon = cluster.addons.get("kube-proxy")
    if addon and minor(addon.version) < minor(following) - _SKEW:
        return "ERROR", f"kube-proxy {addon.version} is too old for {following}"
    return "PASSING", "kube-proxy versions match the cluster control plane version."


def _addons(cluster: Cluster, following: str) -> Finding:
    unfit = sorted(
        each.product.name
        for each in cluster.addons.values()
        if not any(release.version == each.version and release.fits(following) for release in each.product.releases)
    )
    if unfit:
        return "WARNING", f"Add-on versions are not compatible with {following}: {', '.join(unfit)}"
    return "PASSING", "All installed EKS add-on versions are compatible with next Kubernetes version."


def _health(cluster: Cluster, following: str) -> Finding:
    return ("ERROR", "The cluster has health issues") if cluster.issues else ("PASSING", "No cluster health issues detected.")


def _removed(cluster: Cluster, following: str) -> Finding:
    return "PASSING", "No deprecated API usage detected within the last 30 days."


_CHECKS: dict[str, Callable[[Cluster, str], Finding]] = {
    "Kubelet version skew": _kubelet,
    "kube-proxy version skew": _kube_proxy,
    "EKS add-on version compatibility": _addons,
    "Cluster health issues": _health,
    "Deprecated APIs removed in Kubernetes v{version}": _removed,
}


def _following(cluster: Cluster) -> str | None:
    name = f"1.{minor(cluster.version) + 1}"
    return name if name in VERSIONS else None


def _rows(backend: Backend, cluster: Cluster) -> list[dict[str, Any]]:
    following = _following(cluster)
    if following is None:
        return []
    found = []
    for template, check in _CHECKS.items():
        status, reason = check(cluster, following)
        name = template.format(version=following)
        found.append({
            "id": _identifier(cluster, name), "name": name, "category": "UPGRADE_READINESS", "kubernetesVersion": following,
            "lastRefreshTime": utcnow(), "lastTransitionTime": cluster.created, "description": f"{name}: checked before an update to {following}.",
            "insightStatus": {"status": status, "reason": reason},
        })  # fmt: skip
    return found


def _identifier(cluster: Cluster, name: str) -> str:
    digest = hashlib.sha256(f"{cluster.arn} {name}".encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"


def errors(backend: Backend, cluster: Cluster) -> list[str]:
    """The reasons of the insights that block an update."""
    return [row["insightStatus"]["reason"] for row in _rows(backend, cluster) if row["insightStatus"]["status"] == "ERROR"]


def listing(backend: Backend, asked: Asked) -> dict[str, Any]:
    wanted = asked.get("filter", {})
    rows = [
        row
        for row in _rows(backend, backend.get(asked["clusterName"]))
        if row["category"] in wanted.get("categories", [row["category"]])
        and row["kubernetesVersion"] in wanted.get("kubernetesVersions", [row["kubernetesVersion"]])
        and row["insightStatus"]["status"] in wanted.get("statuses", [row["insightStatus"]["status"]])
    ]
    return page("insights", rows, asked)


def describe(backend: Backend, asked: Asked) -> dict[str, Any]:
    cluster = backend.get(asked["clusterName"])
    found = next((row for row in _rows(backend, cluster) if row["id"] == asked["id"]), None)
    if found is None:
        raise AwsError(MISSING, f"No insight found for ID: {asked['id']}")
    details = {}
    if found["name"].startswith("EKS add-on"):
        details["addonCompatibilityDetails"] = [
            {"name": name, "compatibleVersions": [release.version for release in PRODUCTS[name].releases if release.fits(found["kubernetesVersion"])]}
            for name in sorted(cluster.addons)
        ]
    return {"insight": {**found, "recommendation": "Update what is named before the cluster.", "categorySpecificSummary": details}}


def refresh(backend: Backend, asked: Asked) -> dict[str, Any]:
    """They are worked out whenever they are asked for."""
    backend.get(asked["clusterName"])
    return {"message": "Insights refresh completed", "status": "COMPLETED"}
