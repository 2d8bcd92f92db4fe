# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prefix list that AWS manages: the addresses of S3 or DynamoDB in the region, named in rules and never owned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..._engine.errors import PlatformError
from ..._engine.resource import Live, Resource, Scope

OWNER = "AWS"


@dataclass(kw_only=True, eq=False)
class AwsPrefixList(Resource):
    """``name`` is that of the service, such as ``s3``."""

    kind = "aws_prefix_list"

    @property
    def adopted(self) -> bool:
        return True

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        """The same call as that of the managed prefix lists, so that planning makes it once."""
        prefix = f"com.amazonaws.{place.region}."
        for item in place.pages("ec2", "describe_managed_prefix_lists", "PrefixLists"):
            if item["OwnerId"] == OWNER and item["PrefixListName"].startswith(prefix):
                name = item["PrefixListName"].removeprefix(prefix)
                yield Live(id=item["PrefixListId"], name=name, scope=scope, default=True)

    def create(self, place: Any) -> Live:
        raise PlatformError(f"{place.region} has no prefix list of {self.name}: take it out of network_gateway_endpoints.")
