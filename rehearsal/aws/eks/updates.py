# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Updates of clusters, node groups and add-ons: begun by a call, in progress for a while, and to be asked for afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from moto.core.utils import utcnow

from ..answers import AwsError
from ..overlay import Asked
from .models import IN_USE, MISSING, REQUEST, Backend, Cluster, page, unique


class UpdateFailed(Exception):
    """What keeps an update from its end: `code` is one of EKS's ErrorCode."""

    def __init__(self, code: str, message: str, resources: list[str] | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.resources = code, message, resources or []


class Subject(Protocol):
    """What is updated, other than a cluster. `key` is its kind and name."""

    status: str
    after_failed_update: str

    @property
    def key(self) -> tuple[str, str]: ...


@dataclass
class Update:
    """`subject` is the node group or add-on that it is of, None for the cluster itself."""

    id: str
    type: str
    params: dict[str, Any]
    subject: tuple[str, str] | None = None
    status: str = "InProgress"
    created: datetime = field(default_factory=utcnow)
    errors: list[dict[str, Any]] = field(default_factory=list)

    def described(self) -> dict[str, Any]:
        params = [{"type": name, "value": value if isinstance(value, str) else json.dumps(value)} for name, value in self.params.items()]
        return {
            "id": self.id, "status": self.status, "type": self.type, "params": params, "createdAt": self.created, "errors": self.errors,
        }  # fmt: skip


def begin(
    backend: Backend, cluster: Cluster, kind: str, params: Mapping[str, Any], change: Callable[[], None], *, subject: Subject | None = None
) -> dict[str, Any]:
    """Begin an update of the subject (a node group or add-on with a `status`), by default of the cluster; `change` is made at its end,
    and may raise UpdateFailed. Answers the call."""
    target: Cluster | Subject = cluster if subject is None else subject
    made = Update(unique(), kind, dict(params), None if subject is None else subject.key)
    cluster.updates[made.id] = made
    target.status = "UPDATING"

    def finish() -> None:
        if target.status != "UPDATING":
            return
        try:
            change()
            made.status, target.status = "Successful", "ACTIVE"
        except UpdateFailed as failure:
            made.status, target.status = "Failed", "ACTIVE" if subject is None else subject.after_failed_update
            made.errors.append({"errorCode": failure.code, "errorMessage": failure.message, "resourceIds": failure.resources})

    backend.agenda.later(f"{'cluster' if subject is None else subject.key[0]}_update", finish)
    return {"update": made.described()}


def check_free(cluster: Cluster, verb: str) -> None:
    """A cluster takes one update at a time."""
    if cluster.status == "UPDATING":
        raise AwsError(IN_USE, f"Cannot {verb} because cluster {cluster.name} currently has an update in progress")
    if cluster.status != "ACTIVE":
        raise AwsError(REQUEST, f"Cluster '{cluster.name}' is not in ACTIVE status")


def _subject(asked: Asked) -> tuple[str, str] | None:
    for kind, name in (("nodegroup", asked.get("nodegroupName")), ("addon", asked.get("addonName"))):
        if name:
            return kind, name
    return None


def describe(backend: Backend, asked: Asked) -> dict[str, Any]:
    found = backend.get(asked["name"]).updates.get(asked["updateId"])
    if found is None or found.subject != _subject(asked):
        raise AwsError(MISSING, f"No update found for ID: {asked['updateId']}")
    return {"update": found.described()}


def names(backend: Backend, asked: Asked) -> dict[str, Any]:
    updates = backend.get(asked["name"]).updates.values()
    return page("updateIds", [each.id for each in updates if each.subject == _subject(asked)], asked)
