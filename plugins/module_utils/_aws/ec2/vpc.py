# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VPC, with its secondary CIDR blocks and DNS attributes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Network
from typing import Any, ClassVar

from ..._engine.resource import Difference, Live, Scope, immutable, managed
from .. import waiters
from ..tags import PREFIX
from .dhcp_options import DhcpOptions
from .ec2_resource import Ec2Resource

ATTRIBUTES = {"dns_support": "enableDnsSupport", "dns_hostnames": "enableDnsHostnames"}  # the second needs the first

INSIDE = (
    ("describe_subnets", "Subnets", "SubnetId"),
    ("describe_route_tables", "RouteTables", "RouteTableId"),
    ("describe_network_acls", "NetworkAcls", "NetworkAclId"),
    ("describe_security_groups", "SecurityGroups", "GroupId"),
    ("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    ("describe_nat_gateways", "NatGateways", "NatGatewayId"),
)


@dataclass(kw_only=True, eq=False)
class Vpc(Ec2Resource):
    cidr: str = immutable()
    secondary_cidrs: frozenset[str] = managed(frozenset())
    dns_support: bool = managed(True)
    dns_hostnames: bool = managed(True)
    dhcp_options: DhcpOptions | None = managed(None, uses=(DhcpOptions,))

    kind = "vpc"
    unique = ("cidr",)
    tag_type = "vpc"
    describe = ("describe_vpcs", "Vpcs", "VpcId")
    waiter = waiters.VPC
    calls: ClassVar = {
        "create": ("ec2.CreateVpc",),
        "secondary_cidrs": ("ec2.AssociateVpcCidrBlock", "ec2.DisassociateVpcCidrBlock"),
        "dns_support": ("ec2.ModifyVpcAttribute",),
        "dns_hostnames": ("ec2.ModifyVpcAttribute",),
        "dhcp_options": ("ec2.AssociateDhcpOptions",),
        "tags": ("ec2.CreateTags",),
        "delete": ("ec2.DeleteVpc",),
    }

    @classmethod
    def question(cls, scope: Scope, within: frozenset[str]) -> dict[str, Any]:
        """Whatever carries a tag of the platform: other environments' live CIDRs are checked against the address plan, and a VPC
        that lost some of its tags is not built a second time.
        """
        return {"Filters": [{"Name": "tag-key", "Values": [f"{PREFIX}*"]}]}

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        found = list(super().read(place, scope, within))
        ours = [live for live in found if live.scope == scope]
        for live in ours:
            live.values |= place.known.get(live.id, {})
        asked = [(live, field) for live in ours for field in ATTRIBUTES if field not in place.known.get(live.id, {})]
        answers = place.together(partial(cls._attribute, place, live.id, field) for live, field in asked)
        for (live, field), answer in zip(asked, answers, strict=True):
            live.values[field] = answer
        cls._mark_occupied(place, [live for live in ours if live.values["secondary_cidrs"] and "occupied" not in live.values])
        return found

    @staticmethod
    def _mark_occupied(place: Any, found: list[Live]) -> None:
        """Which secondary ranges have subnets: the same call as the subnets' read, so that planning makes it once."""
        within = sorted(live.id for live in found)
        subnets = place.pages("ec2", "describe_subnets", "Subnets", Filters=[{"Name": "vpc-id", "Values": within}]) if within else []
        for live in found:
            blocks = [IPv4Network(each["CidrBlock"]) for each in subnets if each["VpcId"] == live.id]
            cidrs = live.values["secondary_cidrs"]
            occupied = frozenset(cidr for cidr in cidrs if any(block.subnet_of(IPv4Network(cidr)) for block in blocks))
            live.values["occupied"] = place.known.setdefault(live.id, {})["occupied"] = occupied

    @staticmethod
    def _attribute(place: Any, vpc_id: str, field: str) -> bool:
        attribute = ATTRIBUTES[field]
        answer = place.client("ec2").describe_vpc_attribute(VpcId=vpc_id, Attribute=attribute)
        return bool(answer[attribute[0].upper() + attribute[1:]]["Value"])

    @classmethod
    def values(cls, item: Mapping[str, Any]) -> dict[str, Any]:
        blocks = {each["CidrBlock"] for each in item.get("CidrBlockAssociationSet", ()) if each["CidrBlockState"]["State"] == "associated"}
        return {
            "cidr": item["CidrBlock"],
            "secondary_cidrs": frozenset(blocks - {item["CidrBlock"]}),
            "dhcp_options": item.get("DhcpOptionsId"),
            "dns_support": True,  # as AWS makes it; a read asks
            "dns_hostnames": False,
        }

    @classmethod
    def state(cls, item: Mapping[str, Any]) -> str | None:
        """A VPC whose blocks are still being associated takes no subnets in them yet."""
        blocks = {each["CidrBlockState"]["State"] for each in item.get("CidrBlockAssociationSet", ())}
        return "associating" if blocks & {"associating", "disassociating"} else str(item["State"]).lower()

    @classmethod
    def refine(cls, live: Live, item: Mapping[str, Any]) -> Live:
        live.detail = {each["CidrBlock"]: each["AssociationId"] for each in item.get("CidrBlockAssociationSet", ())}
        return live

    def create(self, place: Any) -> Live:
        answer = place.client("ec2", once=True).create_vpc(CidrBlock=self.cidr, TagSpecifications=self.specifications())
        live = self.made(answer["Vpc"])
        place.known[live.id] = {"occupied": frozenset(), **{field: live.values[field] for field in ATTRIBUTES}}
        return live

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        ec2 = place.client("ec2")
        calls = [partial(self._switch, place, live, fields)]
        if "dhcp_options" in fields:
            calls.append(partial(ec2.associate_dhcp_options, VpcId=live.id, DhcpOptionsId=fields["dhcp_options"].after))
        if "secondary_cidrs" in fields:
            before, after = (fields["secondary_cidrs"].before or frozenset()), fields["secondary_cidrs"].after
            calls += [partial(ec2.associate_vpc_cidr_block, VpcId=live.id, CidrBlock=cidr) for cidr in sorted(after - before)]
            calls += [partial(ec2.disassociate_vpc_cidr_block, AssociationId=live.detail[cidr]) for cidr in sorted(before - after)]
        place.together(calls)

    @staticmethod
    def _switch(place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        """One after the other: host names need name resolution."""
        for field, attribute in ATTRIBUTES.items():
            if field in fields:
                value = {"Value": fields[field].after}
                place.client("ec2").modify_vpc_attribute(VpcId=live.id, **{attribute[0].upper() + attribute[1:]: value})
                place.known.setdefault(live.id, {})[field] = fields[field].after

    def normalize(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """A range that is not declared stays as long as there are subnets in it: these are orphans or foreign, and reported as such."""
        kept = values.get("occupied", frozenset()) - self.secondary_cidrs
        return {**super().normalize(values), "secondary_cidrs": values["secondary_cidrs"] - kept}

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        place.client("ec2").delete_vpc(VpcId=live.id)

    @classmethod
    def holders(cls, place: Any, live: Live) -> list[str]:
        return network_interfaces(place, "vpc-id", live.id) + list(_inside(place, live.id))


def _inside(place: Any, vpc_id: str) -> Iterator[str]:
    """What keeps a VPC from being deleted, without what AWS deletes with it."""
    for operation, key, identity in INSIDE:
        filters = "Filter" if operation == "describe_nat_gateways" else "Filters"
        for each in place.pages("ec2", operation, key, **{filters: [{"Name": "vpc-id", "Values": [vpc_id]}]}):
            main = any(association.get("Main") for association in each.get("Associations", ()))
            gone = each.get("State") in ("deleting", "deleted", "failed")
            if not (main or gone or each.get("IsDefault") or each.get("GroupName") == "default"):
                yield each[identity]


def network_interfaces(place: Any, filter_name: str, value: str) -> list[str]:
    """The network interfaces that hold a VPC, subnet or group, with who made them and how to look at them."""
    found = place.client("ec2").describe_network_interfaces(Filters=[{"Name": filter_name, "Values": [value]}])["NetworkInterfaces"]
    return [
        f"network interface {each['NetworkInterfaceId']} ({each.get('Description') or each.get('InterfaceType', 'no description')}, "
        f"owner {each.get('RequesterId') or each['OwnerId']}; aws ec2 describe-network-interfaces --network-interface-ids "
        f"{each['NetworkInterfaceId']})"
        for each in found
    ]
