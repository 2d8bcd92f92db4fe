# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NAT gateway: internet egress of the workload subnets, in one zone or for the whole VPC (regional)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..._engine.resource import Live, computed, replaceable
from .. import waiters
from .ec2_resource import Ec2Resource
from .elastic_ip import ElasticIp
from .internet_gateway import InternetGateway
from .subnet import Subnet
from .vpc import Vpc


@dataclass(kw_only=True, eq=False)
class NatGateway(Ec2Resource):
    """Zonal with ``subnet`` and ``address``; regional with neither: AWS then spreads it over the VPC's zones itself.

    ``gateway`` only orders it after the internet gateway, without which AWS fails it.
    """

    vpc: Vpc = replaceable(uses=(Vpc,))
    subnet: Subnet | None = replaceable(None, uses=(Subnet,))
    address: ElasticIp | None = replaceable(None, uses=(ElasticIp,))
    gateway: InternetGateway | None = computed(uses=(InternetGateway,))

    kind = "nat_gateway"
    within = Vpc
    waiter = waiters.NAT_GATEWAY
    tag_type = "natgateway"
    filters = "Filter"
    describe = ("describe_nat_gateways", "NatGateways", "NatGatewayId")
    calls: ClassVar = {"create": ("ec2.CreateNatGateway",), "tags": ("ec2.CreateTags",), "delete": ("ec2.DeleteNatGateway",)}

    @classmethod
    def values(cls, item: Mapping[str, Any]) -> dict[str, Any]:
        addresses = item.get("NatGatewayAddresses") or [{}]
        zonal = item.get("AvailabilityMode", "zonal") == "zonal"
        return {
            "vpc": item["VpcId"],
            "subnet": item.get("SubnetId") if zonal else None,
            "address": addresses[0].get("AllocationId") if zonal else None,
        }

    def create(self, place: Any) -> Live:
        arguments: dict[str, Any] = {"ConnectivityType": "public", "TagSpecifications": self.specifications()}
        if self.subnet and self.address:
            arguments |= {"SubnetId": self.subnet.id, "AllocationId": self.address.id}
        else:
            arguments |= {"AvailabilityMode": "regional", "VpcId": self.vpc.id}
        return self.made(place.client("ec2").create_nat_gateway(**arguments)["NatGateway"])

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        place.client("ec2").delete_nat_gateway(NatGatewayId=live.id)
