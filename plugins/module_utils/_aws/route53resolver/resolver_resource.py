# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Resolver's kinds share: AWS lists them without tags, so their names say whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..._engine.errors import PlanError
from ..._engine.resource import Live, Resource, Scope, managed
from ..tags import from_tags, managed_only, owner, to_tags

SERVICE = "route53resolver"
LONGEST_NAME = 64  # API reference: CreateResolverEndpoint, Name


def prefix(scope: Scope) -> str:
    return f"{scope.platform}-{scope.environment}-"


@dataclass(kw_only=True, eq=False)
class NamedResource(Resource):
    """``name`` is the last part of ``<platform>-<environment>-<name>``, as the console shows it."""

    scope: Scope

    def __post_init__(self) -> None:
        if len(self.aws_name) > LONGEST_NAME:
            raise PlanError(
                f"The name {self.aws_name} of {self.label} has {len(self.aws_name)} characters, but Route 53 Resolver takes {LONGEST_NAME}. "
                "Shorten platform_name or the environment's name."
            )

    @property
    def aws_name(self) -> str:
        return prefix(self.scope) + self.name


@dataclass(kw_only=True, eq=False)
class ResolverResource(NamedResource):
    """Endpoints and rules: their tags are asked for one by one. ``detail["arn"]`` of the live object is what takes them."""

    tags: Mapping[str, str] = managed()

    def retag(self, place: Any, live: Live, tags: Mapping[str, str]) -> None:
        place.client(SERVICE).tag_resource(ResourceArn=live.detail["arn"], Tags=to_tags(tags))

    def normalize(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**values, "tags": managed_only(values.get("tags"), self.tags)}


def tags_of(place: Any, item: Mapping[str, Any]) -> dict[str, str]:
    """None where it went meanwhile."""
    resolver = place.client(SERVICE)
    try:
        return from_tags(resolver.list_tags_for_resource(ResourceArn=item["Arn"])["Tags"])
    except resolver.exceptions.ResourceNotFoundException:
        return {}


def is_named(item: Mapping[str, Any], scope: Scope) -> bool:
    return item.get("Name", "").startswith(prefix(scope))


def whose(item: Mapping[str, Any], tags: Mapping[str, str], scope: Scope) -> tuple[Scope, str]:
    """Of an object that is named like one of ours: ours, unless its tags are those of another environment whose name begins alike."""
    owned_by, name = owner(tags)
    if owned_by and name and owned_by != scope:
        return owned_by, name
    return scope, item["Name"].removeprefix(prefix(scope))
