# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is there of an environment's network: one read for each kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .base import Base, as_tags, name_of, owned_as

INSIDE = {  # the VPC: operation, key of its answer, name of its filters, the filter
    "subnet": ("describe_subnets", "Subnets", "Filters", "vpc-id"),
    "gateway": ("describe_internet_gateways", "InternetGateways", "Filters", "attachment.vpc-id"),
    "nat": ("describe_nat_gateways", "NatGateways", "Filter", "vpc-id"),
    "table": ("describe_route_tables", "RouteTables", "Filters", "vpc-id"),
    "acl": ("describe_network_acls", "NetworkAcls", "Filters", "vpc-id"),
    "group": ("describe_security_groups", "SecurityGroups", "Filters", "vpc-id"),
    "endpoint": ("describe_vpc_endpoints", "VpcEndpoints", "Filters", "vpc-id"),
}
AT_HUB = {"attachment": ("describe_transit_gateway_vpc_attachments", "TransitGatewayVpcAttachments", "Filters", "vpc-id")}


class Reads(Base):
    def __init__(self, design: dict[str, Any]) -> None:
        super().__init__(design)
        self.lists: dict[str, str] = {}  # AWS's own, by service
        self.kinds = {**INSIDE, **AT_HUB} if "hub" in design else INSIDE

    @property
    def vpc(self) -> str:
        return self.id("vpc", "main")

    @property
    def live_vpc(self) -> dict[str, Any]:
        return next(iter(self.live["vpc"].values()), {})

    def vpcs(self) -> list[Any]:
        return self.pages("describe_vpcs", "Vpcs", Filters=owned_as(self.design["vpc"]["tags"]))

    def addresses(self) -> list[Any]:
        return list(self.ec2.describe_addresses(Filters=owned_as(self.design["vpc"]["tags"]))["Addresses"])

    def inside(self, kind: str) -> list[Any]:
        operation, key, filters, by = self.kinds[kind]
        return self.pages(operation, key, **{filters: [{"Name": by, "Values": [self.vpc]}]})

    def has_dns(self) -> bool:
        flags = ("enableDnsSupport", "enableDnsHostnames")
        asked = [self.pool.submit(self.ec2.describe_vpc_attribute, VpcId=self.vpc, Attribute=flag) for flag in flags]
        return all(each.result()[flag[0].upper() + flag[1:]]["Value"] for each, flag in zip(asked, flags, strict=True))

    def prefix_lists(self) -> list[Any]:
        return self.pages("describe_managed_prefix_lists", "PrefixLists")

    def entries(self, prefix_list: dict[str, Any]) -> list[Any]:
        return self.pages("get_managed_prefix_list_entries", "Entries", PrefixListId=prefix_list["PrefixListId"])

    def own_lists(self, found: list[Any]) -> dict[str, Any]:
        """By name, with their entries."""
        own = [each for each in found if name_of(each) and each["OwnerId"] != "AWS"]
        for each, entries in zip(own, self.pool.map(self.entries, own), strict=True):
            each["Entries"] = entries
        return {str(name_of(each)): each for each in own}

    def read(self) -> None:
        asked = {"vpc": self.pool.submit(self.vpcs), "address": self.pool.submit(self.addresses)}
        lists = self.pool.submit(self.prefix_lists)
        for vpc in asked["vpc"].result():
            self.ensure("vpc", "VpcId", {"name": "main"}, lambda _new: str(vpc["VpcId"]))  # noqa: B023 - there is one
            asked |= {kind: self.pool.submit(self.inside, kind) for kind in self.kinds}
            vpc["dns"] = self.has_dns()
        self.live = {kind: {name_of(item): item for item in found.result()} for kind, found in asked.items()}
        self.live["list"] = self.own_lists(lists.result())
        prefix = f"com.amazonaws.{self.design['region']}."
        self.lists = {each["PrefixListName"].removeprefix(prefix): each["PrefixListId"] for each in lists.result()}

    def adopt(self, kind: str, identifier: str, wanted: dict[str, Any], is_default: Callable[[Any], bool]) -> dict[str, Any]:
        """What AWS makes with a VPC has to be found first, and named."""
        if wanted["name"] in self.live.get(kind, {}):
            return dict(self.live[kind][wanted["name"]])
        found = next(filter(is_default, self.inside(kind)))
        self.change("create_tags", Resources=[found[identifier]], Tags=as_tags(wanted["tags"]))
        return dict(found)
