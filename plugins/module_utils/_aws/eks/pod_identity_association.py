# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pod identity association: the IAM role that the pods of a service account get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..._engine.resource import Difference, Live, Scope, immutable, managed
from ..iam.role import Role
from .eks_resource import ClusterResource


@dataclass(kw_only=True, eq=False)
class PodIdentityAssociation(ClusterResource):
    namespace: str = immutable()
    service_account: str = immutable()
    role: Role = managed(uses=(Role,))

    kind = "pod_identity_association"
    unique = ("namespace", "service_account")
    listed = ("list_pod_identity_associations", "associations")
    described = ("describe_pod_identity_association", "associationId", "association")
    arn = "associationArn"
    calls: ClassVar = {
        "create": ("eks.CreatePodIdentityAssociation",),
        "role": ("eks.UpdatePodIdentityAssociation",),
        "tags": ("eks.TagResource",),
        "delete": ("eks.DeletePodIdentityAssociation",),
    }

    @classmethod
    def listed_ids(cls, place: Any, cluster: str) -> list[str]:
        operation, key = cls.listed
        return [each["associationId"] for each in place.pages("eks", operation, key, clusterName=cluster)]

    @classmethod
    def as_live(cls, item: Mapping[str, Any], scope: Scope) -> Live:
        """One that belongs to an add-on comes and goes with it."""
        live = super().as_live(item, scope)
        live.default = "ownerArn" in item
        return live

    @classmethod
    def identity(cls, item: Mapping[str, Any]) -> str:
        return str(item["associationId"])

    @classmethod
    def values(cls, item: Mapping[str, Any]) -> dict[str, Any]:
        return {"namespace": item["namespace"], "service_account": item["serviceAccount"], "role": item["roleArn"]}

    def create(self, place: Any) -> Live:
        answer = place.client("eks").create_pod_identity_association(
            clusterName=self.cluster.id, namespace=self.namespace, serviceAccount=self.service_account, roleArn=self.role.id, tags=dict(self.tags)
        )
        return self.as_live(answer["association"], self.cluster.scope)

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        place.client("eks").update_pod_identity_association(clusterName=live.within, associationId=live.id, roleArn=fields["role"].after)

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        place.client("eks").delete_pod_identity_association(clusterName=live.within, associationId=live.id)
