# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transit Gateway: the hub that environments and sites are attached to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..._engine.resource import Difference, Live, Scope, immutable, managed
from .. import waiters
from ..tags import from_tags, owner
from .hub_resource import HubResource

OPTIONS = {
    "auto_accept": "AutoAcceptSharedAttachments",
    "default_association": "DefaultRouteTableAssociation",
    "default_propagation": "DefaultRouteTablePropagation",
    "security_group_referencing": "SecurityGroupReferencingSupport",
    "vpn_ecmp": "VpnEcmpSupport",
    "dns_support": "DnsSupport",
}


@dataclass(kw_only=True, eq=False)
class TransitGateway(HubResource):
    """``asn`` is AWS's side of BGP. What is on by default at AWS and would join what is to be kept apart is off here."""

    asn: int = immutable()
    auto_accept: bool = managed(False)
    default_association: bool = managed(False)
    default_propagation: bool = managed(False)
    security_group_referencing: bool = managed(False)
    vpn_ecmp: bool = managed(True)
    dns_support: bool = managed(True)

    kind = "transit_gateway"
    waiter = waiters.TRANSIT_GATEWAY
    tag_type = "transit-gateway"
    describe = ("describe_transit_gateways", "TransitGateways", "TransitGatewayId")
    calls: ClassVar = {
        "create": ("ec2.CreateTransitGateway",),
        **dict.fromkeys(OPTIONS, ("ec2.ModifyTransitGateway",)),
        "tags": ("ec2.CreateTags",),
        "delete": ("ec2.DeleteTransitGateway",),
    }

    @classmethod
    def question(cls, scope: Scope, within: frozenset[str]) -> dict[str, Any]:
        """All of the region, which are never many: one that is adopted by its id is found by the same call."""
        return {}

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> list[Live]:
        ours = [live for live in super().read(place, scope, within) if live.scope == scope]
        alive = [live for live in ours if cls.waiter.is_live(live)]
        if len(alive) > 1:  # a creating call was sent twice: which of the two is in use?
            used = _used(place.hub)
            for live in alive:
                live.in_use = live.id in used
        return ours

    @classmethod
    def values(cls, item: Mapping[str, Any]) -> dict[str, Any]:
        options = item.get("Options", {})
        switches = {field: options.get(option) == "enable" for field, option in OPTIONS.items()}
        return {"asn": options.get("AmazonSideAsn"), **switches}

    def create(self, place: Any) -> Live:
        options = {option: switched(getattr(self, field)) for field, option in OPTIONS.items()}
        answer = place.hub.client("ec2", once=True).create_transit_gateway(
            Description=self.tags["Name"], Options={"AmazonSideAsn": self.asn, **options}, TagSpecifications=self.specifications()
        )
        return self.made(answer["TransitGateway"])

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        options = {OPTIONS[field]: switched(difference.after) for field, difference in fields.items()}
        place.hub.client("ec2").modify_transit_gateway(TransitGatewayId=live.id, Options=options)

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        place.hub.client("ec2").delete_transit_gateway(TransitGatewayId=live.id)

    @classmethod
    def holders(cls, place: Any, live: Live) -> list[str]:
        """AWS keeps a gateway that has attachments."""
        return [
            f"attachment {each['TransitGatewayAttachmentId']} ({each['ResourceType']} {each.get('ResourceId', '')}, "
            f"account {each.get('ResourceOwnerId', 'unknown')})"
            for each in attachments(place.hub)
            if each["TransitGatewayId"] == live.id
        ]


def switched(on: bool) -> str:
    return "enable" if on else "disable"


def attachments(hub: Any) -> list[dict[str, Any]]:
    """All attachments that the hub's account sees, of every type, without those that are gone."""
    found = hub.pages("ec2", "describe_transit_gateway_attachments", "TransitGatewayAttachments")
    return [each for each in found if each["State"] not in ("deleting", "deleted", "failed", "rejected")]


def is_environments(attachment: Mapping[str, Any], platform: str) -> bool:
    """Whether it is the attachment of one of the platform's environments; not that of a VPC that is somebody else's."""
    whose = owner(from_tags(attachment.get("Tags")))[0]
    return attachment["ResourceType"] == "vpc" and whose is not None and whose.platform == platform


def route_tables(hub: Any) -> list[dict[str, Any]]:
    """All route tables of the account's gateways, without those that are gone."""
    found = hub.pages("ec2", "describe_transit_gateway_route_tables", "TransitGatewayRouteTables")
    return [each for each in found if each["State"] not in ("deleting", "deleted")]


def _used(hub: Any) -> set[str]:
    return {each["TransitGatewayId"] for each in [*attachments(hub), *route_tables(hub)]}
