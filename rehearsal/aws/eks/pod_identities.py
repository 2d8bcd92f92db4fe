# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pod identity associations: which role the pods of a service account get."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow
from moto.moto_api._internal import mock_random

from ..answers import AwsError
from ..overlay import Asked
from .models import IN_USE, MISSING, REQUEST, Backend, Cluster, page
from .roles import check_pod_role
from .tags import check_tags

_MOST = 5000  # Amazon EKS service quotas, "Pod Identity associations per cluster"
_SHORT = ("clusterName", "namespace", "serviceAccount", "associationArn", "associationId", "ownerArn")


@dataclass
class Association:
    """`owner` is the ARN of the add-on that it belongs to."""

    id: str
    arn: str
    cluster: str
    namespace: str
    service_account: str
    role: str
    tags: dict[str, str]
    owner: str | None = None
    target_role: str | None = None
    session_tags_disabled: bool = False
    created: datetime = field(default_factory=utcnow)
    modified: datetime = field(default_factory=utcnow)

    def described(self) -> dict[str, Any]:
        row = {
            "clusterName": self.cluster, "namespace": self.namespace, "serviceAccount": self.service_account, "roleArn": self.role,
            "associationArn": self.arn, "associationId": self.id, "tags": self.tags, "createdAt": self.created, "modifiedAt": self.modified,
            "disableSessionTags": self.session_tags_disabled, "ownerArn": self.owner, "targetRoleArn": self.target_role,
        }  # fmt: skip
        return {name: value for name, value in row.items() if value is not None}


def create(backend: Backend, asked: Asked) -> dict[str, Any]:
    cluster = backend.get(asked["clusterName"])
    cluster.check_active_or_updating()
    if asked.get("policy"):
        raise NotImplementedError("policy of CreatePodIdentityAssociation")
    made = _add(backend, cluster, asked["namespace"], asked["serviceAccount"], asked["roleArn"], check_tags(asked.get("tags", {})))
    made.target_role, made.session_tags_disabled = asked.get("targetRoleArn"), asked.get("disableSessionTags", False)
    return {"association": made.described()}


def _add(backend: Backend, cluster: Cluster, namespace: str, account: str, role: str, tags: dict[str, str], owner: str | None = None) -> Association:
    if any((each.namespace, each.service_account) == (namespace, account) for each in cluster.associations.values()):
        raise AwsError(IN_USE, f"Association already exists: {namespace}/{account}")
    if len(cluster.associations) >= _MOST:
        raise AwsError("ResourceLimitExceededException", f"The maximum number of pod identity associations per cluster is {_MOST}")
    check_pod_role(role, backend.account_id)
    identifier = f"a-{mock_random.get_random_hex(17)}"
    made = Association(
        identifier, backend.arn(f"podidentityassociation/{cluster.name}/{identifier}"), cluster.name, namespace, account, role, tags, owner
    )
    cluster.associations[identifier] = made
    return made


def _find(backend: Backend, asked: Asked) -> Association:
    found = backend.get(asked["clusterName"]).associations.get(asked["associationId"])
    if found is None:
        raise AwsError(MISSING, f"The association {asked['associationId']} does not exist")
    return found


def describe(backend: Backend, asked: Asked) -> dict[str, Any]:
    return {"association": _find(backend, asked).described()}


def listing(backend: Backend, asked: Asked) -> dict[str, Any]:
    rows = [
        {name: value for name, value in each.described().items() if name in _SHORT}
        for each in backend.get(asked["clusterName"]).associations.values()
        if asked.get("namespace") in (None, each.namespace) and asked.get("serviceAccount") in (None, each.service_account)
    ]
    return page("associations", rows, asked)


def update(backend: Backend, asked: Asked) -> dict[str, Any]:
    association = _owned_by_nobody(_find(backend, asked))
    if asked.get("roleArn"):
        check_pod_role(asked["roleArn"], backend.account_id)
        association.role = asked["roleArn"]
    association.target_role = asked.get("targetRoleArn", association.target_role) or None
    association.session_tags_disabled = asked.get("disableSessionTags", association.session_tags_disabled)
    association.modified = utcnow()
    return {"association": association.described()}


def delete(backend: Backend, asked: Asked) -> dict[str, Any]:
    association = _owned_by_nobody(_find(backend, asked))
    backend.get(asked["clusterName"]).associations.pop(association.id)
    return {"association": association.described()}


def _owned_by_nobody(association: Association) -> Association:
    if association.owner:
        raise AwsError(REQUEST, f"The association {association.id} is owned by the add-on {association.owner}")
    return association


def own(backend: Backend, cluster: Cluster, owner: str, namespace: str, wanted: list[dict[str, str]]) -> list[str]:
    """Make those of an add-on. Answers their ARNs."""
    return [_add(backend, cluster, namespace, each["serviceAccount"], each["roleArn"], {}, owner).arn for each in wanted]


def drop(cluster: Cluster, owner: str) -> None:
    for identifier in [each.id for each in cluster.associations.values() if each.owner == owner]:
        cluster.associations.pop(identifier)
