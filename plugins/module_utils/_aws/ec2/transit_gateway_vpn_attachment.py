# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transit Gateway VPN attachment: what AWS makes with a VPN connection and removes with it; routes and associations name it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

try:
    from botocore.exceptions import ClientError
except ImportError:  # AnsibleAWSModule reports it
    pass

from ..._engine.resource import Live, Scope, immutable
from .. import waiters
from .hub_resource import HubResource
from .transit_gateway import attachments
from .vpn_connection import VpnConnection


@dataclass(kw_only=True, eq=False)
class TransitGatewayVpnAttachment(HubResource):
    """Called as its connection is."""

    connection: VpnConnection = immutable(uses=(VpnConnection,))

    kind = "transit_gateway_vpn_attachment"
    waiter = waiters.VPN_ATTACHMENT
    tag_type = "transit-gateway-attachment"
    describe = ("describe_transit_gateway_attachments", "TransitGatewayAttachments", "TransitGatewayAttachmentId")
    calls: ClassVar = {"create": (), "tags": ("ec2.CreateTags",)}

    @property
    def adopted(self) -> bool:
        return True

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        """The calls that list the connections and all attachments, so that planning makes each once."""
        names = {live.id: live.name for live in VpnConnection.read(place, scope, within) if live.scope == scope}
        for item in attachments(place.hub) if names else ():
            if item.get("ResourceId") in names:
                live = cls.as_live(item, scope, within)
                live.name, live.scope, live.default = names[item["ResourceId"]], scope, True
                yield live

    @classmethod
    def values(cls, item: Mapping[str, Any]) -> dict[str, Any]:
        return {"connection": item["ResourceId"]}

    def create(self, place: Any) -> Live:
        """No call that makes it: it is looked for, and may not be listed at once. One look serves all that are there by then."""
        with place.hub.asking("VPN attachments") as listed:
            if self.connection.id not in listed:
                listed.update({each["ResourceId"]: each for each in attachments(place.hub) if "ResourceId" in each})
            item = listed.get(self.connection.id)
        if item is None:
            error = {"Code": "InvalidTransitGatewayAttachmentID.NotFound", "Message": f"{self.connection.id} has no attachment yet"}
            raise ClientError({"Error": error}, "DescribeTransitGatewayAttachments")
        live = self.as_live(item, self.scope, frozenset())
        live.name, live.scope, live.default = self.name, self.scope, True
        return live
