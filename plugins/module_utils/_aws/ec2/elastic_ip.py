# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Elastic IP address: what a zonal NAT gateway shows to the internet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..._engine.resource import Live
from .ec2_resource import Ec2Resource


@dataclass(kw_only=True, eq=False)
class ElasticIp(Ec2Resource):
    kind = "elastic_ip"
    tag_type = "elastic-ip"
    describe = ("describe_addresses", "Addresses", "AllocationId")
    calls: ClassVar = {"create": ("ec2.AllocateAddress",), "tags": ("ec2.CreateTags",), "delete": ("ec2.ReleaseAddress",)}

    @classmethod
    def values(cls, item: Mapping[str, Any]) -> dict[str, Any]:
        return {}

    @classmethod
    def refine(cls, live: Live, item: Mapping[str, Any]) -> Live:
        live.in_use = bool(item.get("AssociationId"))
        live.detail = item.get("PublicIp")
        return live

    def create(self, place: Any) -> Live:
        answer = place.client("ec2", once=True).allocate_address(Domain="vpc", TagSpecifications=self.specifications())
        return self.made(answer)

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        place.client("ec2").release_address(AllocationId=live.id)
