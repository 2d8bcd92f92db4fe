# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transit Gateway VPC attachment: an environment's own door to the hub, accepted in the hub's account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..._engine.resource import Difference, Live, Scope, immutable, managed, resolve
from .. import quotas, waiters
from ..quotas import Quota
from ..ram.shared_transit_gateway import SharedTransitGateway
from ..tags import from_tags, to_tags
from .ec2_resource import Ec2Resource
from .existing_transit_gateway import ExistingTransitGateway
from .subnet import Subnet
from .transit_gateway import TransitGateway, attachments, switched
from .vpc import Vpc

QUOTA = Quota("ec2", "L-E0233F82", "attachments of the Transit Gateway", 5000)  # .../vpc/latest/tgw/transit-gateway-quotas.html
OPTIONS = {
    "dns_support": "DnsSupport",
    "security_group_referencing": "SecurityGroupReferencingSupport",
    "appliance_mode": "ApplianceModeSupport",
}


@dataclass(kw_only=True, eq=False)
class TransitGatewayVpcAttachment(Ec2Resource):
    """``subnets``: one in each zone. ``gateway``: a resource, or the id of the hub's. ``accepted``: None leaves that to the hub."""

    vpc: Vpc = immutable(uses=(Vpc,))
    gateway: TransitGateway | ExistingTransitGateway | SharedTransitGateway | str = immutable(
        uses=(TransitGateway, ExistingTransitGateway, SharedTransitGateway)
    )
    subnets: frozenset[Subnet] = managed(uses=(Subnet,))
    dns_support: bool = managed(True)
    security_group_referencing: bool = managed(False)
    appliance_mode: bool = managed(False)
    accepted: bool | None = managed(True)

    kind = "transit_gateway_vpc_attachment"
    within = Vpc
    unique = ("gateway",)
    waiter = waiters.TRANSIT_GATEWAY_VPC_ATTACHMENT
    tag_type = "transit-gateway-attachment"
    describe = ("describe_transit_gateway_vpc_attachments", "TransitGatewayVpcAttachments", "TransitGatewayAttachmentId")
    calls: ClassVar = {
        "create": ("ec2.CreateTransitGatewayVpcAttachment",),
        **dict.fromkeys(("subnets", *OPTIONS), ("ec2.ModifyTransitGatewayVpcAttachment",)),
        "accepted": ("ec2.CreateTags", "ec2.AcceptTransitGatewayVpcAttachment"),
        "tags": ("ec2.CreateTags",),
        "delete": ("ec2.DeleteTransitGatewayVpcAttachment",),
    }

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        """Between two accounts, each has tags of its own: those that the hub's lacks are to be written."""
        found = list(super().read(place, scope, within))
        if place.hub is not place and found:
            there = {each["TransitGatewayAttachmentId"]: from_tags(each.get("Tags")) for each in attachments(place.hub)}
            for live in (each for each in found if each.id in there and each.values["accepted"]):
                live.values["tags"] = dict(live.values["tags"].items() & there[live.id].items())
        return found

    @classmethod
    def values(cls, item: Mapping[str, Any]) -> dict[str, Any]:
        options = item.get("Options", {})
        return {
            "vpc": item["VpcId"],
            "gateway": item["TransitGatewayId"],
            "subnets": frozenset(item.get("SubnetIds", ())),
            "accepted": item["State"] != "pendingAcceptance",
            **{field: options.get(option) == "enable" for field, option in OPTIONS.items()},
        }

    @classmethod
    def check(cls, place: Any, changes: list[Any]) -> list[str]:
        wanted = Counter(resolve(change.resource.gateway) for change in changes if change.resource and change.live is None)
        kept = Counter(each["TransitGatewayId"] for each in (attachments(place.hub) if wanted else ()))
        return [problem for gateway, number in wanted.items() for problem in quotas.problems(place.hub, QUOTA, kept[gateway], number)]

    def create(self, place: Any) -> Live:
        options = {option: switched(getattr(self, field)) for field, option in OPTIONS.items()}
        answer = place.client("ec2", once=True).create_transit_gateway_vpc_attachment(
            TransitGatewayId=resolve(self.gateway),
            VpcId=self.vpc.id,
            SubnetIds=sorted(subnet.id for subnet in self.subnets),
            Options=options,
            TagSpecifications=self.specifications(),
        )
        return self.made(answer["TransitGatewayVpcAttachment"])

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        if "accepted" in fields:
            self._accept(place, live)
            return  # it takes no other change before it is available
        arguments: dict[str, Any] = {}
        options = {OPTIONS[field]: switched(fields[field].after) for field in OPTIONS if field in fields}
        if options:
            arguments["Options"] = options
        if "subnets" in fields:
            before, after = fields["subnets"].before or frozenset(), fields["subnets"].after
            members = (("AddSubnetIds", after - before), ("RemoveSubnetIds", before - after))
            arguments |= {key: sorted(ids) for key, ids in members if ids}
        place.client("ec2").modify_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=live.id, **arguments)

    def _accept(self, place: Any, live: Live) -> None:
        """The hub's account sees none of this account's tags. Its own come first: an accepted attachment is not come back to."""
        if place.hub is not place:
            self._tag(place.hub, live, self.tags)
        place.hub.client("ec2").accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=live.id)

    def retag(self, place: Any, live: Live, tags: Mapping[str, str]) -> None:
        self._tag(place, live, tags)
        if place.hub is not place:
            self._tag(place.hub, live, tags)

    @staticmethod
    def _tag(place: Any, live: Live, tags: Mapping[str, str]) -> None:
        place.client("ec2").create_tags(Resources=[live.id], Tags=to_tags(tags))

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        place.client("ec2").delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=live.id)
