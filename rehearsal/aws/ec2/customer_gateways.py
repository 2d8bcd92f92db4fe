# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Customer gateways: an identical request answers the one that exists, and those that are deleted stay visible."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Any

from moto.ec2.utils import random_customer_gateway_id

from ..answers import AwsError
from ..overlay import Asked
from . import tags

_QUOTA = 50  # https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-limits.html
_DEFAULT_ASN = 65000
_PRIVATE = [ip_network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")]  # RFC 1918 and 6598
_LARGEST_ASN, _LARGEST_EXTENDED = 2_147_483_647, 4_294_967_295


@dataclass
class CustomerGateway:
    id: str
    asn: int
    address: str | None
    certificate: str | None
    device_name: str | None
    state: str = "pending"

    @property
    def alive(self) -> bool:
        return self.state in ("pending", "available")

    @property
    def private(self) -> bool:
        return self.address is not None and any(ip_address(self.address) in block for block in _PRIVATE)

    def described(self, backend: Any) -> dict[str, Any]:
        asn = {"BgpAsn": str(self.asn)} if self.asn <= _LARGEST_ASN else {"BgpAsnExtended": str(self.asn)}
        return {
            "CustomerGatewayId": self.id, "State": self.state, "Type": "ipsec.1", "IpAddress": self.address, **asn,
            "CertificateArn": self.certificate, "DeviceName": self.device_name, "Tags": tags.of(backend, self.id),
        }  # fmt: skip


def create(backend: Any, asked: Asked) -> dict[str, Any]:
    address, certificate = asked.get("IpAddress") or asked.get("PublicIp"), asked.get("CertificateArn")
    if address is None and certificate is None:
        raise AwsError("MissingParameter", "The request must contain the parameter IpAddress or CertificateArn")
    _check_address(address)
    if certificate is not None and not certificate.startswith("arn:aws:acm:"):
        raise AwsError("InvalidParameterValue", f"Value ({certificate}) for parameter CertificateArn is invalid.")
    wanted = CustomerGateway(random_customer_gateway_id(), _asn(asked), address, certificate, asked.get("DeviceName"))
    alive = [gateway for gateway in backend.customer_gateways.values() if gateway.alive]
    found = next((gateway for gateway in alive if _identity(gateway) == _identity(wanted)), None)
    if found is None:
        if len(alive) >= _QUOTA:
            raise AwsError("CustomerGatewayLimitExceeded", "The maximum number of customer gateways has been reached.")
        found = backend.customer_gateways[wanted.id] = wanted
        backend.agenda.later("customer_gateway", lambda: _settle(wanted))
    return {"CustomerGateway": found.described(backend)}


def _check_address(address: str | None) -> None:
    """AWS takes private addresses, for VPNs over Direct Connect; a public VPN connection refuses them later."""
    try:
        found = ip_address(address) if address is not None else None
    except ValueError:
        raise AwsError("InvalidParameterValue", f"Value ({address}) for parameter IpAddress is invalid. Invalid IP address") from None
    if isinstance(found, IPv4Address) and (found.is_multicast or found.is_loopback or found.is_link_local or found.is_unspecified):
        raise AwsError("InvalidParameterValue", f"Value ({address}) for parameter IpAddress is invalid. Invalid IP address")


def _asn(asked: Asked) -> int:
    if "BgpAsn" in asked and "BgpAsnExtended" in asked:
        raise AwsError("InvalidParameterCombination", "Only one of BgpAsn and BgpAsnExtended may be specified")
    for name, least, most in (("BgpAsn", 1, _LARGEST_ASN), ("BgpAsnExtended", _LARGEST_ASN + 1, _LARGEST_EXTENDED)):
        if name in asked and not least <= int(asked[name]) <= most:
            raise AwsError("InvalidParameterValue", f"Value ({asked[name]}) for parameter {name} is invalid.")
    return int(asked.get("BgpAsnExtended") or asked.get("BgpAsn") or _DEFAULT_ASN)


def _identity(gateway: CustomerGateway) -> tuple[Any, ...]:
    return gateway.asn, gateway.address, gateway.certificate, gateway.device_name


def _settle(gateway: CustomerGateway) -> None:
    if gateway.state == "pending":
        gateway.state = "available"


def delete(backend: Any, asked: Asked) -> dict[str, Any]:
    gateway = get(backend, asked["CustomerGatewayId"])
    if any(vpn.customer_gateway_id == gateway.id and vpn.state != "deleted" for vpn in backend.vpn_connections.values()):
        raise AwsError("IncorrectState", "The customer gateway is in use.")
    gateway.state = "deleting"
    backend.agenda.later("customer_gateway", lambda: setattr(gateway, "state", "deleted"))
    return {"Return": True}


def get(backend: Any, identifier: str) -> CustomerGateway:
    """One that is neither deleted nor being deleted."""
    found = backend.customer_gateways.get(identifier)
    if found is None or not found.alive:
        raise AwsError("InvalidCustomerGatewayID.NotFound", f"The customerGateway ID '{identifier}' does not exist")
    return found


def describe(backend: Any, asked: Asked) -> dict[str, Any]:
    kept = backend.customer_gateways
    wanted = asked.get("CustomerGatewayIds") or list(kept)
    for identifier in wanted:
        if identifier not in kept:
            raise AwsError("InvalidCustomerGatewayID.NotFound", f"The customerGateway ID '{identifier}' does not exist")
    return {"CustomerGateways": [kept[identifier].described(backend) for identifier in wanted]}
