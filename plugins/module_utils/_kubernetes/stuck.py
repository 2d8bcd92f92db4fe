# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a rollout is stuck: what its Pods, its conditions and the events about it say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .api import Api, Body
from .readiness import condition, told
from .resource_type import ResourceType

POD = ResourceType(group="", version="v1", kind="Pod", plural="pods", namespaced=True)
EVENT = ResourceType(group="", version="v1", kind="Event", plural="events", namespaced=True)
MOST = 3  # reasons of one object; the fourth Pod without an image says nothing new
STARTING = ("ContainerCreating", "PodInitializing")


def why_stuck(api: Api, body: Body) -> list[str]:
    """The reasons found, the most telling first; none where there is nothing to be seen. Reads Pods and events of its namespace."""
    found = dict.fromkeys([*_conditions(body), *_of_pods(api, body), *_of_events(api, body)])
    return list(found)[:MOST]


def _conditions(body: Body) -> Iterator[str]:
    """A quota or Pod Security keeps a Deployment from making Pods."""
    failure = condition(body, "ReplicaFailure")
    if failure.get("status") == "True":
        yield told(failure)


def _of_pods(api: Api, body: Body) -> Iterator[str]:
    pods = [body] if body["kind"] == "Pod" else _pods(api, body)
    for pod in pods:
        name, status = pod["metadata"]["name"], pod.get("status", {})
        scheduled = condition(pod, "PodScheduled")
        if scheduled.get("status") == "False":
            yield f"Pod {name} cannot be scheduled: {scheduled.get('message') or scheduled.get('reason', '')}"
        for container in [*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())]:
            if reason := _of_container(container):
                yield f"Pod {name}, container {container['name']}: {reason}"


def _pods(api: Api, body: Body) -> list[Body]:
    labels = (body.get("spec", {}).get("selector") or {}).get("matchLabels")
    if not labels:
        return []
    selector = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
    return api.read(POD, body["metadata"]["namespace"], selector=selector, purpose="poll")


def _of_container(container: Mapping[str, Any]) -> str:
    """Image pulls, crashes, and what the kubelet waits for."""
    waiting = container.get("state", {}).get("waiting") or {}
    ended = container.get("lastState", {}).get("terminated") or container.get("state", {}).get("terminated") or {}
    if waiting.get("reason") == "CrashLoopBackOff" and ended:
        return f"CrashLoopBackOff, it ended with exit code {ended.get('exitCode')} ({ended.get('reason', 'no reason')})"
    if waiting and waiting.get("reason") not in STARTING:
        return told(waiting)
    return "it runs and its readiness probe fails" if "running" in container.get("state", {}) and not container.get("ready") else ""


def _of_events(api: Api, body: Body) -> Iterator[str]:
    """Warnings about the object itself, the newest first."""
    metadata = body["metadata"]
    fields = f"type=Warning,involvedObject.uid={metadata['uid']}"
    events = api.read(EVENT, metadata.get("namespace") or "default", fields=fields, purpose="poll")
    for event in sorted(events, key=lambda each: each.get("lastTimestamp") or each.get("eventTime") or "", reverse=True):
        yield told(event)
