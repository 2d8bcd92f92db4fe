# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DHCP options set: domain name, name servers and time servers of a VPC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..._engine.resource import Live, replaceable
from .ec2_resource import Ec2Resource


@dataclass(kw_only=True, eq=False)
class DhcpOptions(Ec2Resource):
    """``options``: AWS's keys (``domain-name``, ``domain-name-servers``, ``ntp-servers``) with their values in order."""

    options: Mapping[str, tuple[str, ...]] = replaceable()

    kind = "dhcp_options"
    tag_type = "dhcp-options"
    describe = ("describe_dhcp_options", "DhcpOptions", "DhcpOptionsId")
    calls: ClassVar = {
        "create": ("ec2.CreateDhcpOptions",),
        "delete": ("ec2.AssociateDhcpOptions", "ec2.DeleteDhcpOptions"),
        "tags": ("ec2.CreateTags",),
    }

    @classmethod
    def values(cls, item: Mapping[str, Any]) -> dict[str, Any]:
        sets = item["DhcpConfigurations"]
        return {"options": {each["Key"]: tuple(value["Value"] for value in each["Values"]) for each in sets}}

    def create(self, place: Any) -> Live:
        sets = [{"Key": key, "Values": list(values)} for key, values in self.options.items()]
        answer = place.client("ec2", once=True).create_dhcp_options(DhcpConfigurations=sets, TagSpecifications=self.specifications())
        return self.made(answer["DhcpOptions"])

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        """AWS keeps a set that a VPC uses, so its VPCs go back to the region's default set first."""
        ec2 = place.client("ec2")
        for vpc in ec2.describe_vpcs(Filters=[{"Name": "dhcp-options-id", "Values": [live.id]}])["Vpcs"]:
            ec2.associate_dhcp_options(DhcpOptionsId="default", VpcId=vpc["VpcId"])
        ec2.delete_dhcp_options(DhcpOptionsId=live.id)
