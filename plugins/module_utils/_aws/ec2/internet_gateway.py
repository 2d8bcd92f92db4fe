# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Internet gateway: a VPC's door to the internet, used by the edge only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..._engine.resource import Difference, Live, Scope, managed
from .ec2_resource import Ec2Resource
from .vpc import Vpc


@dataclass(kw_only=True, eq=False)
class InternetGateway(Ec2Resource):
    vpc: Vpc = managed(uses=(Vpc,))

    kind = "internet_gateway"
    within = Vpc
    unique = ("vpc",)
    tag_type = "internet-gateway"
    describe = ("describe_internet_gateways", "InternetGateways", "InternetGatewayId")
    calls: ClassVar = {
        "create": ("ec2.CreateInternetGateway",),
        "vpc": ("ec2.AttachInternetGateway", "ec2.DetachInternetGateway"),
        "tags": ("ec2.CreateTags",),
        "delete": ("ec2.DetachInternetGateway", "ec2.DeleteInternetGateway"),
    }

    @classmethod
    def question(cls, scope: Scope, within: frozenset[str]) -> dict[str, Any]:
        """All of the region (never more than its VPCs): one that was made and never attached has no VPC to ask by."""
        return {}

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> list[Live]:
        found = list(super().read(place, scope, within))
        return [live for live in found if live.within in within or (live.within is None and live.scope == scope)]

    @classmethod
    def container(cls, item: Mapping[str, Any]) -> str | None:
        return next((each["VpcId"] for each in item.get("Attachments", ())), None)

    @classmethod
    def values(cls, item: Mapping[str, Any]) -> dict[str, Any]:
        return {"vpc": cls.container(item)}

    @classmethod
    def refine(cls, live: Live, item: Mapping[str, Any]) -> Live:
        live.in_use = bool(item.get("Attachments"))
        return live

    def create(self, place: Any) -> Live:
        answer = place.client("ec2", once=True).create_internet_gateway(TagSpecifications=self.specifications())
        return self.made(answer["InternetGateway"])

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        ec2 = place.client("ec2")
        if fields["vpc"].before:
            ec2.detach_internet_gateway(InternetGatewayId=live.id, VpcId=fields["vpc"].before)
        ec2.attach_internet_gateway(InternetGatewayId=live.id, VpcId=fields["vpc"].after)

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        ec2 = place.client("ec2")
        if live.within:
            ec2.detach_internet_gateway(InternetGatewayId=live.id, VpcId=live.within)
            live.within = None  # a second try goes on from here
        ec2.delete_internet_gateway(InternetGatewayId=live.id)
