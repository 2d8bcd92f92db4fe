# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of VPN connections: one at a time, while the connection is `modifying` and what is changed is down."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..answers import AwsError
from ..overlay import Asked
from . import customer_gateways, vpn_connections, vpn_secrets, vpn_tunnels
from .vpn_connections import VpnConnection
from .vpn_tunnels import Tunnel


def _modifiable(backend: Any, identifier: str) -> VpnConnection:
    found = vpn_connections.get(backend, identifier)
    if found.state != "available":
        raise AwsError("IncorrectState", f"The VPN connection {identifier} is {found.state}; it can be modified when it is available.")
    return found


def _modify(backend: Any, connection: VpnConnection, tunnels: Iterable[Tunnel], *, back: bool = True) -> dict[str, Any]:
    """The tunnels go down, and those that were up come back by themselves where the device at the far side stays the same."""
    connection.state = "modifying"
    for tunnel in tunnels:
        if tunnel.up:
            prefixes = tunnel.prefixes
            tunnel.set(False)
            if back:
                backend.agenda.later("vpn_tunnel", _riser(tunnel, prefixes))
    backend.agenda.later("vpn_connection", lambda: vpn_connections.ready(backend, connection))
    return {"VpnConnection": connection.described(backend)}


def _riser(tunnel: Tunnel, prefixes: tuple[str, ...]) -> Callable[[], None]:
    return lambda: tunnel.set(True, prefixes)


def modify(backend: Any, asked: Asked) -> dict[str, Any]:
    if "CustomerGatewayId" not in asked or asked.keys() & {"TransitGatewayId", "VpnGatewayId"}:
        raise NotImplementedError("ModifyVpnConnection to another target gateway")
    connection = _modifiable(backend, asked["VpnConnectionId"])
    connection.customer_gateway_id = customer_gateways.get(backend, asked["CustomerGatewayId"]).id
    return _modify(backend, connection, connection.tunnels, back=False)


def modify_options(backend: Any, asked: Asked) -> dict[str, Any]:
    connection = _modifiable(backend, asked["VpnConnectionId"])
    connection.local_cidr = vpn_connections.cidr(asked.get("LocalIpv4NetworkCidr", connection.local_cidr), "LocalIpv4NetworkCidr")
    connection.remote_cidr = vpn_connections.cidr(asked.get("RemoteIpv4NetworkCidr", connection.remote_cidr), "RemoteIpv4NetworkCidr")
    connection.bandwidth = asked.get("TunnelBandwidth", connection.bandwidth)
    return _modify(backend, connection, connection.tunnels)


def modify_tunnel(backend: Any, asked: Asked) -> dict[str, Any]:
    """One tunnel at a time: while one is changed the connection is `modifying`, and refuses the other."""
    connection = _modifiable(backend, asked["VpnConnectionId"])
    address, wanted = asked["VpnTunnelOutsideIpAddress"], asked.get("TunnelOptions", {})
    tunnel = next((each for each in connection.tunnels if each.address == address), None)
    if tunnel is None:
        raise AwsError("InvalidParameterValue", f"Value ({address}) for parameter VpnTunnelOutsideIpAddress is invalid.")
    others = {*vpn_connections.insides(backend, connection), *(each.inside for each in connection.tunnels if each is not tunnel)}
    options = vpn_tunnels.changed(tunnel.options, wanted, others, backend)
    key = vpn_tunnels.check_key(wanted["PreSharedKey"]) if "PreSharedKey" in wanted else tunnel.key
    tunnel.options, tunnel.key, tunnel.storage = options, key, vpn_connections.storage_of(asked) or tunnel.storage
    connection.secret = vpn_secrets.keep(backend, connection.id, connection.tunnels, connection.secret)
    return _modify(backend, connection, [tunnel])
