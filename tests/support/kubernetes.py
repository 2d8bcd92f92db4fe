# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects for tests on a real Kubernetes API, and what tells of the processes that serve it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import kubernetes.client
import kubernetes.config
import kubernetes.dynamic

# The official client. Its types ask for models where it takes plain objects as well, and expect nothing to be there.
client: Any = kubernetes.client
config: Any = kubernetes.config
dynamic: Any = kubernetes.dynamic


def deployment(name: str, replicas: int = 2, *, annotations: dict[str, str] | None = None, **pod: Any) -> dict[str, Any]:
    """A Deployment whose pods have one container; `pod` are further fields of their spec."""
    labels = {"app": name}
    container = {"name": "main", "image": "registry.test/app:1", "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels, "annotations": annotations or {}}, "spec": {"containers": [container], **pod}},
        },
    }


def service(name: str, port: int = 443) -> dict[str, Any]:
    """The Service of the Deployment of that name."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": name}, "ports": [{"port": port, "targetPort": 8443}]},
    }


def processes(directory: Path) -> set[int]:
    """Those that work in the directory."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == directory:
                found.add(int(process.name))
        except OSError:
            continue  # it ended meanwhile, or it is a zombie
    return found
