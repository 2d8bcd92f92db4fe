# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The logs of control planes."""

from __future__ import annotations

from typing import Any

from moto.logs.models import logs_backends

from .models import Backend, Cluster

TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")


def normalized(asked: dict[str, Any] | None, before: dict[str, Any] | None = None) -> dict[str, Any]:
    """The logging of a cluster as EKS tells it: the enabled types in one item, the others in a second one.

    What a request does not name stays as it was before.
    """
    enabled = set(_enabled(before)) if before else set()
    for each in (asked or {}).get("clusterLogging", []):
        enabled = enabled | set(each["types"]) if each.get("enabled") else enabled - set(each.get("types", []))
    items = [([kind for kind in TYPES if kind in enabled], True), ([kind for kind in TYPES if kind not in enabled], False)]
    return {"clusterLogging": [{"types": kinds, "enabled": on} for kinds, on in items if kinds]}


def _enabled(logging: dict[str, Any]) -> list[str]:
    return [kind for each in logging["clusterLogging"] if each["enabled"] for kind in each["types"]]


def ensure_log_group(backend: Backend, cluster: Cluster) -> None:
    """EKS makes the log group, kept for ever and without a key, where nobody has made it before; it does not delete it."""
    if not _enabled(cluster.settings["logging"]):
        return
    logs, name = logs_backends[backend.account_id][backend.region_name], f"/aws/eks/{cluster.name}/cluster"
    if name not in logs.groups:
        logs.create_log_group(name, {})
