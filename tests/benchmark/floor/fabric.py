# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VPC, subnets, gateways and route tables."""

from __future__ import annotations

import uuid
from typing import Any

from .base import tagged
from .reads import Reads


class Fabric(Reads):
    def converge(self) -> None:
        self.ensure("vpc", "VpcId", {"name": "main", **self.design["vpc"]}, self.create_vpc)
        self.ranges, self.dns = self.start(self.associate_ranges), self.start(self.switch_dns_on)
        for subnet in self.design["subnets"]:
            self.ensure("subnet", "SubnetId", subnet, self.create_subnet)
        self.ensure("gateway", "InternetGatewayId", {"name": "main", **self.design["gateway"]}, self.create_gateway)
        for address in self.design["addresses"]:
            self.ensure("address", "AllocationId", address, self.create_address)
        for nat in self.design["nat"]:
            self.ensure("nat", "NatGatewayId", nat, self.create_nat)
        self.nat_ready = self.start(self.await_nat)
        for table in self.design["route_tables"]:
            self.converge_table(table)

    def create_vpc(self, vpc: dict[str, Any]) -> str:
        made = self.change("create_vpc", CidrBlock=vpc["cidr"], TagSpecifications=tagged("vpc", vpc["tags"]))["Vpc"]["VpcId"]
        self.poll(self.vpcs, lambda found: found["State"] == "available")
        return str(made)

    def associate_ranges(self) -> None:
        known = {each["CidrBlock"] for each in self.live_vpc.get("CidrBlockAssociationSet", ())}
        for cidr in set(self.design["vpc"]["secondary"]) - known:
            self.change("associate_vpc_cidr_block", VpcId=self.vpc, CidrBlock=cidr)
            self.poll(self.vpcs, lambda vpc: all(each["CidrBlockState"]["State"] == "associated" for each in vpc["CidrBlockAssociationSet"]))

    def switch_dns_on(self) -> None:
        """A new VPC resolves names, and gives its interfaces none."""
        if not self.live_vpc.get("dns"):
            self.change("modify_vpc_attribute", VpcId=self.vpc, EnableDnsHostnames={"Value": True})

    def create_subnet(self, subnet: dict[str, Any]) -> str:
        if subnet["name"].startswith(("pods-", "transit-")):
            self.ranges.result()
        where = {"VpcId": self.vpc, "CidrBlock": subnet["cidr"], "AvailabilityZoneId": subnet["zone"]}
        return str(self.change("create_subnet", **where, TagSpecifications=tagged("subnet", subnet["tags"]))["Subnet"]["SubnetId"])

    def create_gateway(self, gateway: dict[str, Any]) -> str:
        tags = tagged("internet-gateway", gateway["tags"])
        made = self.change("create_internet_gateway", TagSpecifications=tags)["InternetGateway"]["InternetGatewayId"]
        self.change("attach_internet_gateway", InternetGatewayId=made, VpcId=self.vpc)
        return str(made)

    def create_address(self, address: dict[str, Any]) -> str:
        return str(self.change("allocate_address", Domain="vpc", TagSpecifications=tagged("elastic-ip", address["tags"]))["AllocationId"])

    def create_nat(self, nat: dict[str, Any]) -> str:
        self.id("gateway", "main")
        where = {"SubnetId": self.id("subnet", nat["subnet"]), "AllocationId": self.id("address", nat["address"])}
        tags = tagged("natgateway", nat["tags"])
        return str(self.change("create_nat_gateway", **where, ClientToken=str(uuid.uuid4()), TagSpecifications=tags)["NatGateway"]["NatGatewayId"])

    def await_nat(self) -> None:
        self.ids_of("nat", (nat["name"] for nat in self.design["nat"]))
        if not self.live.get("nat"):
            self.poll(lambda: self.inside("nat"), lambda nat: nat["State"] == "available")

    def converge_table(self, table: dict[str, Any]) -> None:
        if table["name"] == "main":
            self.start(self.adopt, "table", "RouteTableId", table, lambda found: any(each["Main"] for each in found["Associations"]))
            return
        self.ensure("table", "RouteTableId", table, self.create_table)
        live = self.live.get("table", {}).get(table["name"], {"Associations": (), "Routes": ()})
        used_by = {each.get("SubnetId") for each in live["Associations"]}
        routes = {each.get("DestinationCidrBlock"): each.get("NatGatewayId") or each.get("GatewayId") for each in live["Routes"]}
        for subnet in table["subnets"]:
            self.start(self.associate, table["name"], subnet, used_by)
        for destination, target in table["routes"].items():
            self.start(self.route, table["name"], destination, target, routes)

    def create_table(self, table: dict[str, Any]) -> str:
        arguments = {"VpcId": self.vpc, "ClientToken": str(uuid.uuid4()), "TagSpecifications": tagged("route-table", table["tags"])}
        return str(self.change("create_route_table", **arguments)["RouteTable"]["RouteTableId"])

    def associate(self, table: str, subnet: str, used_by: set[str]) -> None:
        if self.id("subnet", subnet) not in used_by:
            self.change("associate_route_table", RouteTableId=self.id("table", table), SubnetId=self.id("subnet", subnet))

    def route(self, table: str, destination: str, target: str, routes: dict[str, str]) -> None:
        kind, _dot, name = target.partition(".")
        if kind == "nat_gateway":
            self.nat_ready.result()
            way = {"NatGatewayId": self.id("nat", name)}
        else:
            way = {"GatewayId": self.id("gateway", name)}
        if routes.get(destination) not in way.values():
            self.change("create_route", RouteTableId=self.id("table", table), DestinationCidrBlock=destination, **way)
