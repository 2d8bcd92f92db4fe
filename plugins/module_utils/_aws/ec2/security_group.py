# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Security group: the stateful filter on network interfaces. Its rules are a kind of their own, so that groups can name each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..._engine.resource import Live, immutable
from .ec2_resource import Ec2Resource
from .vpc import Vpc, network_interfaces

DEFAULT = "default"  # made by AWS with the VPC


@dataclass(kw_only=True, eq=False)
class SecurityGroup(Ec2Resource):
    vpc: Vpc = immutable(uses=(Vpc,))
    group_name: str = immutable()
    description: str = immutable()

    kind = "security_group"
    within = Vpc
    unique = ("group_name",)
    tag_type = "security-group"
    describe = ("describe_security_groups", "SecurityGroups", "GroupId")
    calls: ClassVar = {"create": ("ec2.CreateSecurityGroup",), "tags": ("ec2.CreateTags",), "delete": ("ec2.DeleteSecurityGroup",)}

    @property
    def adopted(self) -> bool:
        return self.name == DEFAULT

    @classmethod
    def values(cls, item: Mapping[str, Any]) -> dict[str, Any]:
        return {"vpc": item["VpcId"], "group_name": item["GroupName"], "description": item["Description"]}

    @classmethod
    def refine(cls, live: Live, item: Mapping[str, Any]) -> Live:
        if item["GroupName"] == DEFAULT:
            live.default, live.name = True, DEFAULT
            live.detail = item  # it comes with rules
        return live

    def create(self, place: Any) -> Live:
        if self.adopted:
            return next(live for live in self.read(place, self.scope, frozenset({self.vpc.id})) if live.default)
        arguments = {"GroupName": self.group_name, "Description": self.description, "VpcId": self.vpc.id}
        answer = place.client("ec2").create_security_group(**arguments, TagSpecifications=self.specifications())
        return self.made({**answer, **arguments})

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        place.client("ec2").delete_security_group(GroupId=live.id)

    @classmethod
    def holders(cls, place: Any, live: Live) -> list[str]:
        return network_interfaces(place, "group-id", live.id)
