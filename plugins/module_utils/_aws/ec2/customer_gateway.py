# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Customer gateway: a site's IPsec device, as AWS knows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..._engine.resource import Live, Scope, immutable
from .. import quotas, waiters
from .hub_resource import HubResource

LARGEST_ASN = 2_147_483_647  # what BgpAsn takes; larger ones have a parameter of their own
QUOTA = quotas.Quota("ec2", "L-4FB7FF5D", "customer gateways per Region", 50)
DESCRIBE = ("describe_customer_gateways", "CustomerGateways", "CustomerGatewayId")


def facts(item: Mapping[str, Any]) -> dict[str, Any]:
    """What a customer gateway is: ``{asn, address, certificate_arn, device_name}``."""
    asn = item.get("BgpAsnExtended") or item.get("BgpAsn")
    return {
        "asn": int(asn) if asn else None,
        "address": item.get("IpAddress"),
        "certificate_arn": item.get("CertificateArn"),
        "device_name": item.get("DeviceName"),
    }


@dataclass(kw_only=True, eq=False)
class CustomerGateway(HubResource):
    """``address`` or ``certificate_arn``, or both. AWS changes nothing of one: name it after what it is, so that another address
    makes another gateway, to which the connection moves before ``purge`` removes the old one.

    AWS answers an identical request with the gateway that exists (EC2 API reference, CreateCustomerGateway), whosever that is:
    ``device_name`` makes ours differ.
    """

    asn: int = immutable()
    address: str | None = immutable(None)
    certificate_arn: str | None = immutable(None)
    device_name: str = immutable()

    kind = "customer_gateway"
    waiter = waiters.CUSTOMER_GATEWAY
    unique = ("asn", "address", "certificate_arn", "device_name")
    tag_type = "customer-gateway"
    describe = DESCRIBE
    calls: ClassVar = {"create": ("ec2.CreateCustomerGateway",), "tags": ("ec2.CreateTags",), "delete": ("ec2.DeleteCustomerGateway",)}

    @classmethod
    def question(cls, scope: Scope, within: frozenset[str]) -> dict[str, Any]:
        """All of the region: one call answers for the adopted ones too, and for one that would be answered instead of a new one."""
        return {}

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        for live in super().read(place, scope, within):
            live.default = live.scope is None  # others' are their own business
            yield live

    @classmethod
    def values(cls, item: Mapping[str, Any]) -> dict[str, Any]:
        return facts(item)

    @classmethod
    def check(cls, place: Any, changes: list[Any]) -> list[str]:
        made = sum(change.resource is not None and change.live is None for change in changes)
        live = [item for item in place.hub.pages("ec2", *DESCRIBE[:2]) if item["State"] != "deleted"] if made else []
        return quotas.problems(place.hub, QUOTA, len(live), made)

    def create(self, place: Any) -> Live:
        arguments: dict[str, Any] = {"BgpAsn" if self.asn <= LARGEST_ASN else "BgpAsnExtended": self.asn}
        if self.address:
            arguments["IpAddress"] = self.address
        if self.certificate_arn:
            arguments["CertificateArn"] = self.certificate_arn
        answer = place.hub.client("ec2", once=True).create_customer_gateway(
            Type="ipsec.1", DeviceName=self.device_name, TagSpecifications=self.specifications(), **arguments
        )
        return self.made(answer["CustomerGateway"])

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        place.hub.client("ec2").delete_customer_gateway(CustomerGatewayId=live.id)

    @classmethod
    def holders(cls, place: Any, live: Live) -> list[str]:
        filters = [{"Name": "customer-gateway-id", "Values": [live.id]}, {"Name": "state", "Values": ["pending", "available", "deleting"]}]
        return [
            f"VPN connection {each['VpnConnectionId']}"
            for each in place.hub.pages("ec2", "describe_vpn_connections", "VpnConnections", Filters=filters)
        ]
