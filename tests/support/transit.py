# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A transit gateway that is ready for use, and short words for what tests do with it."""

from __future__ import annotations

from typing import Any

CLOSED = {"DefaultRouteTableAssociation": "disable", "DefaultRouteTablePropagation": "disable"}


class Transit:
    """`gateway` has no default table."""

    def __init__(self, ec2: Any) -> None:
        self.ec2 = ec2
        self.gateway = self.made(**CLOSED)

    def made(self, **options: Any) -> str:
        return str(self.ec2.create_transit_gateway(Options=options)["TransitGateway"]["TransitGatewayId"])

    def table(self, gateway: str = "") -> str:
        made = self.ec2.create_transit_gateway_route_table(TransitGatewayId=gateway or self.gateway)
        return str(made["TransitGatewayRouteTable"]["TransitGatewayRouteTableId"])

    def vpc(self, cidr: str, ec2: Any = None) -> tuple[str, str]:
        """A VPC with one subnet."""
        ec2 = ec2 or self.ec2
        vpc = ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
        return vpc, ec2.create_subnet(VpcId=vpc, CidrBlock=f"{cidr.partition('/')[0]}/28")["Subnet"]["SubnetId"]

    def attached(self, cidr: str, gateway: str = "") -> str:
        vpc, subnet = self.vpc(cidr)
        made = self.ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=gateway or self.gateway, VpcId=vpc, SubnetIds=[subnet])
        return str(made["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"])

    def attachment(self, identifier: str) -> dict[str, Any]:
        [found] = self.ec2.describe_transit_gateway_attachments(TransitGatewayAttachmentIds=[identifier])["TransitGatewayAttachments"]
        return found

    def route(self, table: str, cidr: str, attachment: str | None = None) -> dict[str, Any]:
        target = {"TransitGatewayAttachmentId": attachment} if attachment else {"Blackhole": True}
        return self.ec2.create_transit_gateway_route(TransitGatewayRouteTableId=table, DestinationCidrBlock=cidr, **target)["Route"]

    def search(self, table: str, **filters: str) -> list[dict[str, Any]]:
        """Filters' names with _ for - and . for __; all routes without any."""
        wanted = [{"Name": name.replace("__", ".").replace("_", "-"), "Values": [value]} for name, value in filters.items()]
        everything = [{"Name": "state", "Values": ["*"]}]
        return self.ec2.search_transit_gateway_routes(TransitGatewayRouteTableId=table, Filters=wanted or everything)["Routes"]

    def destinations(self, table: str, **filters: str) -> list[str]:
        return [route["DestinationCidrBlock"] for route in self.search(table, **filters)]
