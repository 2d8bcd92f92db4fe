# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Site-to-Site VPN connections: they take their time, come with an attachment, and stay visible once deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Network, ip_network
from typing import Any

from moto.ec2.utils import random_vpn_connection_id

from ..answers import AwsError
from ..overlay import Asked
from . import customer_gateways, tags, vpn_configuration, vpn_secrets, vpn_tunnels
from .vpn_tunnels import Tunnel

_QUOTA = 50  # https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-limits.html
_ANY = "0.0.0.0/0"
_STORAGES = ("Standard", "SecretsManager")
_OUTSIDE = ("3.64", "18.156")  # where AWS's ends of the first and the second tunnel are


@dataclass
class VpnConnection:
    """`secret` is the name of the secret with those keys that are in Secrets Manager."""

    customer_gateway_id: str
    vpn_gateway_id: str | None
    transit_gateway_id: str | None
    static: bool
    local_cidr: str
    remote_cidr: str
    bandwidth: str
    id: str = field(default_factory=random_vpn_connection_id)
    state: str = "pending"
    tunnels: list[Tunnel] = field(default_factory=list)
    secret: str | None = None

    @property
    def gateway_id(self) -> str | None:
        return self.transit_gateway_id or self.vpn_gateway_id

    def described(self, backend: Any) -> dict[str, Any]:
        gateway = backend.customer_gateways[self.customer_gateway_id]
        row = {
            "VpnConnectionId": self.id, "State": self.state, "Type": "ipsec.1", "Category": "VPN", "CustomerGatewayId": gateway.id,
            "TransitGatewayId": self.transit_gateway_id, "VpnGatewayId": self.vpn_gateway_id, "Tags": tags.of(backend, self.id),
            "GatewayAssociationState": "associated" if self.gateway_id else "not-associated", "Routes": [],
        }  # fmt: skip
        if self.state == "deleted":
            return row
        if self.state != "deleting":
            row["CustomerGatewayConfiguration"] = vpn_configuration.render(self, gateway, None if self.static else _asn(backend, self))
        return row | {
            "PreSharedKeyArn": vpn_secrets.arn(backend, self.secret), "Options": self.options(),
            "VgwTelemetry": [tunnel.telemetry(self.static, gateway.certificate) for tunnel in self.tunnels],
        }  # fmt: skip

    def options(self) -> dict[str, Any]:
        return {
            "EnableAcceleration": False, "StaticRoutesOnly": self.static, "LocalIpv4NetworkCidr": self.local_cidr,
            "RemoteIpv4NetworkCidr": self.remote_cidr, "OutsideIpAddressType": "PublicIpv4", "TunnelInsideIpVersion": "ipv4",
            "TunnelBandwidth": self.bandwidth, "TunnelOptions": [tunnel.described() for tunnel in self.tunnels],
        }  # fmt: skip


def _asn(backend: Any, connection: VpnConnection) -> str:
    gateway = backend.transit_gateways.get(connection.transit_gateway_id) or backend.vpn_gateways.get(connection.vpn_gateway_id)
    options = getattr(gateway, "options", {})
    return str(options.get("AmazonSideAsn") or getattr(gateway, "amazon_side_asn", None) or 64512)


def create(backend: Any, asked: Asked) -> dict[str, Any]:
    options = asked.get("Options", {})
    _check_create(backend, asked, options)
    connection = VpnConnection(
        asked["CustomerGatewayId"], asked.get("VpnGatewayId"), asked.get("TransitGatewayId"), options.get("StaticRoutesOnly", False),
        cidr(options.get("LocalIpv4NetworkCidr", _ANY), "LocalIpv4NetworkCidr"),
        cidr(options.get("RemoteIpv4NetworkCidr", _ANY), "RemoteIpv4NetworkCidr"), options.get("TunnelBandwidth", "standard"),
    )  # fmt: skip
    storage = storage_of(asked) or "Standard"
    wanted = [*options.get("TunnelOptions", []), {}, {}][:2]
    for index, each in enumerate(wanted):
        connection.tunnels.append(_tunnel(backend, connection, index, each, storage))
    connection.secret = vpn_secrets.keep(backend, connection.id, connection.tunnels, None)
    backend.vpn_connections[connection.id] = connection
    if connection.transit_gateway_id:
        backend.create_transit_gateway_vpn_attachment(connection.id, connection.transit_gateway_id)
        _attachment(backend, connection).state = "pending"
    backend.agenda.later("vpn_connection", lambda: ready(backend, connection))
    return {"VpnConnection": connection.described(backend)}


def _check_create(backend: Any, asked: Asked, options: Asked) -> None:
    if asked["Type"] != "ipsec.1":
        raise AwsError("InvalidParameterValue", f"Value ({asked['Type']}) for parameter Type is invalid.")
    if "VpnGatewayId" in asked and "TransitGatewayId" in asked:
        raise AwsError("InvalidParameterCombination", "The request must not contain both parameter vpnGatewayId and transitGatewayId")
    gateway = customer_gateways.get(backend, asked["CustomerGatewayId"])
    transit = backend.transit_gateways.get(asked.get("TransitGatewayId"))
    if "TransitGatewayId" in asked and (transit is None or transit.state in ("deleting", "deleted")):
        raise AwsError("InvalidTransitGatewayID.NotFound", f"Transit Gateway {asked['TransitGatewayId']} was deleted or does not exist.")
    if (transit is not None and transit.state != "available") or gateway.state != "available":
        raise AwsError("IncorrectState", "A gateway of the VPN connection is in a state in which it cannot be used.")
    if gateway.private and options.get("OutsideIpAddressType", "PublicIpv4") == "PublicIpv4":
        raise AwsError("InvalidParameterValue", f"The customer gateway {gateway.id} has the private IP address {gateway.address}.")
    if len(options.get("TunnelOptions", [])) > 2:
        raise AwsError("InvalidParameterValue", "A VPN connection has two tunnels.")
    if sum(each.state != "deleted" for each in backend.vpn_connections.values()) >= _QUOTA:
        raise AwsError("VpnConnectionLimitExceeded", "The maximum number of VPN connections has been reached.")


def _tunnel(backend: Any, connection: VpnConnection, index: int, asked: Asked, storage: str) -> Tunnel:
    """Its inside CIDR may be that of no other tunnel at the gateway, the connection's first one among them."""
    taken = {*insides(backend, connection), *(tunnel.inside for tunnel in connection.tunnels)}
    options = vpn_tunnels.changed(vpn_tunnels.defaults(), asked, taken, backend)
    options.setdefault("TunnelInsideCidr", vpn_tunnels.free_inside(taken))
    number = len(backend.vpn_connections) + 1
    address = f"{_OUTSIDE[index]}.{number // 250}.{number % 250 + 1}"
    by_certificate = customer_gateways.get(backend, connection.customer_gateway_id).certificate
    key = vpn_tunnels.check_key(asked["PreSharedKey"]) if "PreSharedKey" in asked else vpn_tunnels.new_key()
    return Tunnel(address, options, None if by_certificate else key, storage)


def insides(backend: Any, connection: VpnConnection) -> Iterator[IPv4Network]:
    """Inside CIDRs of the tunnels of the gateway's other connections."""
    for other in backend.vpn_connections.values():
        if other is not connection and other.gateway_id == connection.gateway_id and other.state != "deleted":
            yield from (tunnel.inside for tunnel in other.tunnels)


def storage_of(asked: Asked) -> str | None:
    storage = asked.get("PreSharedKeyStorage")
    if storage not in (None, *_STORAGES):
        raise AwsError("InvalidParameterValue", f"Value ({storage}) for parameter PreSharedKeyStorage is invalid.")
    return storage


def cidr(text: str, name: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError:
        raise AwsError("InvalidParameterValue", f"Value ({text}) for parameter {name} is invalid.") from None


def _attachment(backend: Any, connection: VpnConnection) -> Any:
    return next(each for each in backend.transit_gateway_attachments.values() if each.resource_id == connection.id)


def ready(backend: Any, connection: VpnConnection) -> None:
    if connection.state not in ("pending", "modifying"):
        return
    if connection.transit_gateway_id and connection.state == "pending":
        _attachment(backend, connection).state = "available"
    connection.state = "available"


def get(backend: Any, identifier: str) -> VpnConnection:
    found = backend.vpn_connections.get(identifier)
    if found is None or found.state == "deleted":
        raise AwsError("InvalidVpnConnectionID.NotFound", f"The vpnConnection ID '{identifier}' does not exist")
    return found


def create_route(backend: Any, asked: Asked) -> dict[str, Any]:
    if get(backend, asked["VpnConnectionId"]).transit_gateway_id:
        raise AwsError("UnsupportedOperation", "Static routes of a VPN connection on a transit gateway are routes of its route tables.")
    raise NotImplementedError("CreateVpnConnectionRoute of a virtual private gateway")


def delete(backend: Any, asked: Asked) -> dict[str, Any]:
    connection = get(backend, asked["VpnConnectionId"])
    if connection.state != "deleting":
        connection.state = "deleting"
        if connection.transit_gateway_id:
            _attachment(backend, connection).state = "deleting"
        backend.agenda.later("vpn_connection", lambda: _vanish(backend, connection))
    return {}


def _vanish(backend: Any, connection: VpnConnection) -> None:
    connection.state = "deleted"
    vpn_secrets.drop(backend, connection.secret)
    if connection.transit_gateway_id:
        _attachment(backend, connection).state = "deleted"


def describe(backend: Any, asked: Asked) -> dict[str, Any]:
    kept = backend.vpn_connections
    wanted = asked.get("VpnConnectionIds") or list(kept)
    for identifier in wanted:
        if identifier not in kept:
            raise AwsError("InvalidVpnConnectionID.NotFound", f"The vpnConnection ID '{identifier}' does not exist")
    return {"VpnConnections": [kept[identifier].described(backend) for identifier in wanted]}


def set_tunnels(backend: Any, address: str | None, up: bool, prefixes: Iterable[str]) -> list[str]:
    """What no call of AWS does: tunnels go up or down, as their far side does; all of them or that at the outside address."""
    found = [tunnel for each in backend.vpn_connections.values() if each.state != "deleted" for tunnel in each.tunnels]
    changed = [tunnel for tunnel in found if address in (None, tunnel.address)]
    for tunnel in changed:
        tunnel.set(up, prefixes)
    return [tunnel.address for tunnel in changed]
