# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pull through cache rule: what is pulled from repositories with its prefix, ECR gets from the upstream registry. Its prefix says whose it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

from ..._engine.resource import Difference, Live, Resource, Scope, managed

ROOT = "ROOT"  # AWS's word for no prefix


def cache_prefix(platform: str) -> str:
    """Apart from the platform's own repositories: no name of a platform has a dot."""
    return f"{platform}."


@dataclass(kw_only=True, eq=False)
class PullThroughCacheRule(Resource):
    """``name`` is the prefix of the repositories. ``credential``: ARN of a secret whose name begins with ecr-pullthroughcache/.

    ``role``: ARN of the role by which ECR reads another account's ECR.
    """

    scope: Scope
    upstream: str = managed()
    upstream_prefix: str = managed(ROOT)
    credential: str | None = managed(None)
    role: str | None = managed(None)

    kind = "pull_through_cache_rule"
    calls: ClassVar = {
        "create": ("ecr.CreatePullThroughCacheRule",),
        **dict.fromkeys(("upstream", "upstream_prefix"), ("ecr.DeletePullThroughCacheRule", "ecr.CreatePullThroughCacheRule")),
        "credential": ("ecr.UpdatePullThroughCacheRule",),
        "role": ("ecr.UpdatePullThroughCacheRule",),
        "delete": ("ecr.DeletePullThroughCacheRule",),
    }

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        for item in place.pages("ecr", "describe_pull_through_cache_rules", "pullThroughCacheRules"):
            prefix = item["ecrRepositoryPrefix"]
            if prefix.startswith(cache_prefix(scope.platform)):
                yield Live(id=prefix, name=prefix, scope=scope, values=_values(item))

    def create(self, place: Any) -> Live:
        upstream = {} if self.upstream_prefix == ROOT else {"upstreamRepositoryPrefix": self.upstream_prefix}
        answer = place.client("ecr").create_pull_through_cache_rule(
            ecrRepositoryPrefix=self.name, upstreamRegistryUrl=self.upstream, **upstream, **self._access()
        )
        return Live(id=self.name, name=self.name, scope=self.scope, values=_values(answer))

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        """AWS changes no upstream. A rule has its prefix for an id and no state, so that another one takes its place at once."""
        ecr = place.client("ecr")
        if {"upstream", "upstream_prefix"} & fields.keys():
            with suppress(ecr.exceptions.PullThroughCacheRuleNotFoundException):  # as the SDK is told that tries again after a lost answer
                self.delete(place, live)
            self.create(place)
        else:
            ecr.update_pull_through_cache_rule(ecrRepositoryPrefix=live.id, **self._access())

    def _access(self) -> dict[str, str]:
        return {name: value for name, value in (("credentialArn", self.credential), ("customRoleArn", self.role)) if value}

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        place.client("ecr").delete_pull_through_cache_rule(ecrRepositoryPrefix=live.id)


def _values(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "upstream": item["upstreamRegistryUrl"].removeprefix("https://"),
        "upstream_prefix": item.get("upstreamRepositoryPrefix", ROOT),
        "credential": item.get("credentialArn"),
        "role": item.get("customRoleArn"),
    }
