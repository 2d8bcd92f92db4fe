# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What EKS's kinds share: tags, and for what a cluster contains, one list and a concurrent call for each object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from ..._engine.resource import Live, Resource, Scope, immutable, managed
from ..tags import managed_only, owner
from .cluster import Cluster, own_tags


@dataclass(kw_only=True, eq=False)
class ClusterResource(Resource):
    """An object in a cluster, whose id in the calls of EKS is the cluster's name."""

    cluster: Cluster = immutable(uses=(Cluster,))
    tags: Mapping[str, str] = managed()

    within = Cluster
    listed: ClassVar[tuple[str, str]]  # operation, key of its list
    described: ClassVar[tuple[str, str, str]]  # operation, parameter that takes the id, key of the object
    arn: ClassVar[str]  # the key of its ARN

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        for cluster in sorted(within):
            ids = cls.listed_ids(place, cluster)
            for item in place.together(partial(cls._described, place, cluster, each) for each in ids):
                if item is not None:
                    yield cls.as_live(item, scope)

    @classmethod
    def listed_ids(cls, place: Any, cluster: str) -> list[str]:
        operation, key = cls.listed
        found: list[str] = place.pages("eks", operation, key, clusterName=cluster)
        return found

    @classmethod
    def _described(cls, place: Any, cluster: str, identity: str) -> dict[str, Any] | None:
        """None for what has gone since it was listed."""
        operation, parameter, key = cls.described
        eks = place.client("eks")
        try:
            item: dict[str, Any] = getattr(eks, operation)(**{"clusterName": cluster, parameter: identity})[key]
            return cls.completed(place, item)
        except eks.exceptions.ResourceNotFoundException:
            return None

    @classmethod
    def completed(cls, place: Any, item: dict[str, Any]) -> dict[str, Any]:
        """The object with what takes another call."""
        return item

    @classmethod
    def as_live(cls, item: Mapping[str, Any], scope: Scope) -> Live:
        tags = own_tags(item)
        whose, name = owner(tags, scope)
        values = {"cluster": item["clusterName"], **cls.values(item), "tags": tags}
        state = item["status"].lower() if "status" in item else None
        return Live(id=cls.identity(item), name=name, scope=whose, values=values, state=state, within=item["clusterName"], detail=item[cls.arn])

    @classmethod
    def identity(cls, item: Mapping[str, Any]) -> str:
        raise NotImplementedError

    @classmethod
    def values(cls, item: Mapping[str, Any]) -> dict[str, Any]:
        """The described object as the kind's fields."""
        raise NotImplementedError

    def retag(self, place: Any, live: Live, tags: Mapping[str, str]) -> None:
        place.client("eks").tag_resource(resourceArn=live.detail, tags=dict(tags))

    def normalize(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**values, "tags": managed_only(values.get("tags"), self.tags)}
