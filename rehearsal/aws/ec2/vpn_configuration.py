# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration of a VPN connection for its customer gateway, in AWS's XML."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from .vpn_tunnels import Tunnel

_HOLD_TIME = 30
_MSS = "1379"
_ENCRYPTION = {"AES128": "aes-128-cbc", "AES256": "aes-256-cbc", "AES128-GCM-16": "aes-128-gcm-16", "AES256-GCM-16": "aes-256-gcm-16"}
_INTEGRITY = {"SHA1": "sha1", "SHA2-256": "sha2-256", "SHA2-384": "sha2-384", "SHA2-512": "sha2-512"}
REDACTED = "REDACTED"  # in place of a key that is in Secrets Manager


def render(connection: Any, gateway: Any, asn: str | None) -> str:
    """``asn`` is AWS's, None for a connection with static routes. Of several algorithms the first is shown."""
    root = Element("vpn_connection", id=connection.id)
    _texts(root, customer_gateway_id=gateway.id, vpn_gateway_id=connection.vpn_gateway_id or "", vpn_connection_type="ipsec.1")
    if asn is None:
        _texts(root, vpn_connection_attributes="NoBGPVPNConnection")
    for tunnel in connection.tunnels:
        _tunnel(SubElement(root, "ipsec_tunnel"), tunnel, gateway, asn)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}'


def _texts(parent: Element, **texts: Any) -> None:
    for name, text in texts.items():
        SubElement(parent, name).text = str(text)


def _tunnel(found: Element, tunnel: Tunnel, gateway: Any, asn: str | None) -> None:
    """AWS takes the first address inside, the customer gateway the second one."""
    _end(SubElement(found, "customer_gateway"), gateway.address or "", str(tunnel.inside[2]), asn and str(gateway.asn))
    _end(SubElement(found, "vpn_gateway"), tunnel.address, str(tunnel.inside[1]), asn)
    options = tunnel.options
    ike, ipsec = SubElement(found, "ike"), SubElement(found, "ipsec")
    _texts(ike, **_algorithms(options, 1), lifetime=options["Phase1LifetimeSeconds"], perfect_forward_secrecy=_group(options, 1), mode="main")
    if tunnel.key:
        _texts(ike, pre_shared_key=tunnel.key if tunnel.storage == "Standard" else REDACTED)
    _texts(ipsec, protocol="esp", **_algorithms(options, 2), lifetime=options["Phase2LifetimeSeconds"])
    _texts(ipsec, perfect_forward_secrecy=_group(options, 2), mode="tunnel", clear_df_bit="true", fragmentation_before_encryption="true")
    _texts(ipsec, tcp_mss_adjustment=_MSS)
    _texts(SubElement(ipsec, "dead_peer_detection"), interval=10, retries=3)


def _end(found: Element, outside: str, inside: str, asn: str | None) -> None:
    _texts(SubElement(found, "tunnel_outside_address"), ip_address=outside)
    _texts(SubElement(found, "tunnel_inside_address"), ip_address=inside, network_mask="255.255.255.252", network_cidr=30)
    if asn is not None:
        _texts(SubElement(found, "bgp"), asn=asn, hold_time=_HOLD_TIME)


def _algorithms(options: dict[str, Any], phase: int) -> dict[str, str]:
    prefix = "hmac-" if phase == 2 else ""
    return {
        "authentication_protocol": prefix + _INTEGRITY[options[f"Phase{phase}IntegrityAlgorithms"][0]["Value"]],
        "encryption_protocol": _ENCRYPTION[options[f"Phase{phase}EncryptionAlgorithms"][0]["Value"]],
    }


def _group(options: dict[str, Any], phase: int) -> str:
    return f"group{options[f'Phase{phase}DHGroupNumbers'][0]['Value']}"
