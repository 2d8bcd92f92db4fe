# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Route table, with the subnets that use it. Its routes are a kind of their own, so that only they wait for their targets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from ..._engine.resource import Difference, Live, Scope, computed, immutable, managed
from .ec2_resource import Ec2Resource
from .nat_gateway import NatGateway
from .subnet import Subnet, without_others
from .vpc import Vpc

MAIN = "main"  # made by AWS with the VPC


@dataclass(kw_only=True, eq=False)
class RouteTable(Ec2Resource):
    """``all_subnets``: those of the whole stack, of which another table takes what is not this one's."""

    vpc: Vpc = immutable(uses=(Vpc,))
    subnets: frozenset[Subnet] = managed(frozenset(), uses=(Subnet,))
    all_subnets: frozenset[Subnet] = computed(frozenset(), uses=(Subnet,))

    kind = "route_table"
    within = Vpc
    tag_type = "route-table"
    describe = ("describe_route_tables", "RouteTables", "RouteTableId")
    calls: ClassVar = {
        "create": ("ec2.CreateRouteTable",),
        "subnets": ("ec2.AssociateRouteTable", "ec2.ReplaceRouteTableAssociation", "ec2.DisassociateRouteTable"),
        "tags": ("ec2.CreateTags",),
        "delete": ("ec2.DisassociateRouteTable", "ec2.DeleteRouteTable"),
    }

    @property
    def adopted(self) -> bool:
        return self.name == MAIN

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        """Each table's detail has the associations of all: a subnet may have to be taken over from another table."""
        found = list(super().read(place, scope, within))
        everywhere = {subnet: association for live in found for subnet, association in live.detail.items()}
        foreign = {live.id for live in found if live.scope is None}
        of_gateways = cls._made_by_gateways(place, scope, within) if foreign else set()
        for live in found:
            live.detail = everywhere
            live.default = live.default or live.id in of_gateways
        return found

    @staticmethod
    def _made_by_gateways(place: Any, scope: Scope, within: frozenset[str]) -> set[str]:
        """A regional NAT gateway brings a route table of its own, which is AWS's to keep."""
        operation, key, _id = NatGateway.describe
        gateways = place.pages("ec2", operation, key, **NatGateway.question(scope, within))
        return {each["RouteTableId"] for each in gateways if each.get("RouteTableId")}

    @classmethod
    def values(cls, item: Mapping[str, Any]) -> dict[str, Any]:
        return {"vpc": item["VpcId"], "subnets": frozenset(_associations(item))}

    @classmethod
    def refine(cls, live: Live, item: Mapping[str, Any]) -> Live:
        live.detail = _associations(item)
        if any(each.get("Main") for each in item.get("Associations", ())):
            live.default, live.name = True, MAIN
        return live

    def create(self, place: Any) -> Live:
        if self.adopted:
            return next(live for live in self.read(place, self.scope, frozenset({self.vpc.id})) if live.name == MAIN)
        answer = place.client("ec2").create_route_table(VpcId=self.vpc.id, TagSpecifications=self.specifications())
        return self.made(answer["RouteTable"])

    def normalize(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return without_others(super().normalize(values), self.subnets, self.all_subnets)

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        place.together(_subnet_calls(place.client("ec2"), live, fields["subnets"]))

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        ec2 = place.client("ec2")
        place.together(partial(ec2.disassociate_route_table, AssociationId=live.detail[subnet]) for subnet in sorted(live.values["subnets"]))
        live.values["subnets"] = frozenset()
        ec2.delete_route_table(RouteTableId=live.id)


def _subnet_calls(ec2: Any, live: Live, change: Difference) -> Iterator[Callable[[], Any]]:
    before, associations = change.before or frozenset(), live.detail or {}
    for subnet in sorted(change.after - before):
        if subnet in associations:
            yield partial(ec2.replace_route_table_association, AssociationId=associations[subnet], RouteTableId=live.id)
        else:
            yield partial(ec2.associate_route_table, RouteTableId=live.id, SubnetId=subnet)
    for subnet in sorted(before - change.after):
        yield partial(ec2.disassociate_route_table, AssociationId=associations[subnet])


def _associations(item: Mapping[str, Any]) -> dict[str, str]:
    return {each["SubnetId"]: each["RouteTableAssociationId"] for each in item.get("Associations", ()) if each.get("SubnetId")}
