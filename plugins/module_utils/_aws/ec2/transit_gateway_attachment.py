# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transit Gateway attachment, of whatever type: what stands in the hub's gateway, and whose it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..._engine.resource import Live, Scope
from ..tags import from_tags, owner
from .hub_resource import HubResource
from .transit_gateway import TransitGateway, attachments
from .vpn_connection import VpnConnection


@dataclass(kw_only=True, eq=False)
class TransitGatewayAttachment(HubResource):
    """Only read: environments make their own, AWS makes those of VPN connections, and what else there is belongs to somebody else."""

    kind = "transit_gateway_attachment"
    within = TransitGateway
    describe = ("describe_transit_gateway_attachments", "TransitGatewayAttachments", "TransitGatewayAttachmentId")

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        """The calls that all look at attachments and connections with, so that planning makes each once."""
        found = [item for item in attachments(place.hub) if item["TransitGatewayId"] in within]
        connections = {live.id for live in VpnConnection.read(place, scope, within) if live.scope == scope} if found else set()
        for item in found:
            whose, name = owner(from_tags(item.get("Tags")))
            own = item.get("ResourceId") in connections  # comes and goes with it
            yield Live(id=item[cls.describe[2]], name=name, scope=whose, within=item["TransitGatewayId"], default=own, state=item["State"].lower())

    @classmethod
    def values(cls, item: Mapping[str, Any]) -> dict[str, Any]:
        return {}
