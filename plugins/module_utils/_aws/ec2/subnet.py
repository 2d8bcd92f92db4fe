# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Subnet: one tier of an environment in one availability zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..._engine.resource import Difference, Live, immutable, initial, managed, resolve
from .ec2_resource import Ec2Resource
from .vpc import Vpc, network_interfaces


@dataclass(kw_only=True, eq=False)
class Subnet(Ec2Resource):
    """``zone`` is an AZ ID (``euc1-az1``), never a letter. Without one the region's zone number ``zone_slot`` is taken."""

    vpc: Vpc = immutable(uses=(Vpc,))
    cidr: str = immutable()
    zone: str | None = immutable(None)
    zone_slot: int = initial()
    public_addresses: bool = managed(False)

    kind = "subnet"
    within = Vpc
    unique = ("cidr",)
    tag_type = "subnet"
    describe = ("describe_subnets", "Subnets", "SubnetId")
    calls: ClassVar = {
        "create": ("ec2.CreateSubnet",),
        "public_addresses": ("ec2.ModifySubnetAttribute",),
        "tags": ("ec2.CreateTags",),
        "delete": ("ec2.DeleteSubnet",),
    }

    @classmethod
    def values(cls, item: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "vpc": item["VpcId"],
            "cidr": item["CidrBlock"],
            "zone": item["AvailabilityZoneId"],
            "public_addresses": item.get("MapPublicIpOnLaunch", False),
        }

    @classmethod
    def check(cls, place: Any, changes: list[Any]) -> list[str]:
        zones = _zones(place)
        problems = []
        for subnet in (change.resource for change in changes if change.resource and change.live is None):
            if subnet.zone and subnet.zone not in zones:
                problems.append(
                    f"platform_zones: {subnet.label} wants {subnet.zone}, which is none of the zones of {place.region}: {', '.join(zones)}. "
                    "Correct its az_id, or the environment's platform_region."
                )
            elif subnet.zone is None and subnet.zone_slot >= len(zones):
                problems.append(
                    f"platform_zones: {subnet.label} has zone slot {subnet.zone_slot}, but {place.region} has only {len(zones)} zones: "
                    f"{', '.join(zones)}. Give the zone a lower slot, or the environment another platform_region."
                )
        return problems

    def create(self, place: Any) -> Live:
        zone = self.zone or _zones(place)[self.zone_slot]
        answer = place.client("ec2", once=True).create_subnet(
            VpcId=self.vpc.id, CidrBlock=self.cidr, AvailabilityZoneId=zone, TagSpecifications=self.specifications()
        )
        return self.made(answer["Subnet"])

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        place.client("ec2").modify_subnet_attribute(SubnetId=live.id, MapPublicIpOnLaunch={"Value": fields["public_addresses"].after})

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        place.client("ec2").delete_subnet(SubnetId=live.id)

    @classmethod
    def holders(cls, place: Any, live: Live) -> list[str]:
        return network_interfaces(place, "subnet-id", live.id)


def without_others(values: Mapping[str, Any], own: frozenset[Subnet], every: frozenset[Subnet]) -> Mapping[str, Any]:
    """Live values without the subnets that others of the stack declare: whoever declares one takes it over in one call.

    Letting it go here as well would race with that.
    """
    return {**values, "subnets": values["subnets"] - resolve(every - own)}


def _zones(place: Any) -> list[str]:
    """The region's AZ IDs in order, without local and wavelength zones."""
    zones = place.pages("ec2", "describe_availability_zones", "AvailabilityZones")
    return sorted(zone["ZoneId"] for zone in zones if zone.get("ZoneType", "availability-zone") == "availability-zone")
