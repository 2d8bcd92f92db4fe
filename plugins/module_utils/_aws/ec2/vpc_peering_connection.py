# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VPC peering connection: the platform makes none, so that every one of an environment's VPC is somebody else's, and reported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..._engine.resource import Live, Scope
from .ec2_resource import Ec2Resource
from .vpc import Vpc

SIDES = ("RequesterVpcInfo", "AccepterVpcInfo")
ENDED = frozenset({"deleted", "deleting", "rejected", "expired", "failed"})


@dataclass(kw_only=True, eq=False)
class VpcPeeringConnection(Ec2Resource):
    kind = "vpc_peering_connection"
    within = Vpc
    describe = ("describe_vpc_peering_connections", "VpcPeeringConnections", "VpcPeeringConnectionId")
    calls: ClassVar = {"delete": ("ec2.DeleteVpcPeeringConnection",)}

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        """All of the region, few by their quota: a filter takes one of the two sides only."""
        for item in place.pages("ec2", *cls.describe[:2]):
            ours = [item[side]["VpcId"] for side in SIDES if item[side].get("VpcId") in within]
            if ours and item["Status"]["Code"] not in ENDED:
                yield Live(id=item[cls.describe[2]], name=None, within=ours[0], state=item["Status"]["Code"])

    @classmethod
    def values(cls, item: Mapping[str, Any]) -> dict[str, Any]:
        return {}
