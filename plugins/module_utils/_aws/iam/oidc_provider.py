# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OIDC provider of a cluster: IAM trusts the tokens that it issues to service accounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..._engine.resource import Live, Resource, Scope, immutable, managed
from ..eks.cluster import Cluster, described_cluster
from ..tags import from_tags, managed_only, owner, to_tags


@dataclass(kw_only=True, eq=False)
class OidcProvider(Resource):
    """Its id is its ARN, which follows from the cluster's issuer."""

    cluster: Cluster = immutable(uses=(Cluster,))
    audiences: frozenset[str] = immutable(frozenset({"sts.amazonaws.com"}))
    tags: Mapping[str, str] = managed()

    kind = "oidc_provider"
    within = Cluster
    unique = ("cluster",)
    calls: ClassVar = {
        "create": ("iam.CreateOpenIDConnectProvider",),
        "tags": ("iam.TagOpenIDConnectProvider",),
        "delete": ("iam.DeleteOpenIDConnectProvider",),
    }

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        for name in sorted(within):
            issuer = (described_cluster(place, name) or {}).get("identity", {}).get("oidc", {}).get("issuer")
            arn = f"arn:aws:iam::{place.account_id}:oidc-provider/{str(issuer).removeprefix('https://')}"
            item = _described(place, arn) if issuer else None
            if item is not None:
                tags = from_tags(item.get("Tags"))
                whose, called = owner(tags, scope)
                values = {"cluster": name, "audiences": frozenset(item["ClientIDList"]), "tags": tags}
                yield Live(id=arn, name=called, scope=whose, values=values, within=name)

    def create(self, place: Any) -> Live:
        """Without thumbprints: IAM knows the authority that signs for EKS."""
        if self.cluster.live is None:
            raise LookupError(f"{self.cluster.label} does not exist yet")
        answer = place.client("iam").create_open_id_connect_provider(
            Url=self.cluster.live.values["issuer"], ClientIDList=sorted(self.audiences), Tags=to_tags(self.tags)
        )
        values = {"cluster": self.cluster.id, "audiences": self.audiences, "tags": dict(self.tags)}
        return Live(id=answer["OpenIDConnectProviderArn"], name=self.name, scope=self.cluster.scope, values=values, within=self.cluster.id)

    def retag(self, place: Any, live: Live, tags: Mapping[str, str]) -> None:
        place.client("iam").tag_open_id_connect_provider(OpenIDConnectProviderArn=live.id, Tags=to_tags(tags))

    def normalize(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**values, "tags": managed_only(values.get("tags"), self.tags)}

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        place.client("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=live.id)


def _described(place: Any, arn: str) -> dict[str, Any] | None:
    iam = place.client("iam")
    try:
        answer: dict[str, Any] = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    except iam.exceptions.NoSuchEntityException:
        return None
    return answer
