# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The AWS side of a connection: a strongSwan with exactly the parameters of its tunnels, written without looking at what the gateway gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Connection = Mapping[str, Any]

CIPHERS = {"AES256-GCM-16": "aes256gcm16", "AES256": "aes256", "AES128": "aes128"}
HASHES = {"SHA2-512": "sha512", "SHA2-384": "sha384", "SHA2-256": "sha256", "SHA1": "sha1"}
STARTS = {"start": "start", "add": "none"}
GROUPS = {20: "ecp384", 21: "ecp521", 14: "modp2048", 2: "modp1024"}

TUNNEL = """
connections {{
  tunnel-{index} {{
    version = 2
    local_addrs = {tunnel[outside_address]}
    remote_addrs = {gateway}
    proposals = {ike}
    dpd_delay = 10s
    local {{
      auth = psk
      id = {tunnel[outside_address]}
    }}
    remote {{
      auth = psk
      id = {gateway}
    }}
    children {{
      tunnel-{index} {{
        local_ts = 0.0.0.0/0
        remote_ts = 0.0.0.0/0
        esp_proposals = {esp}
        mark_in = {index}
        mark_out = {index}
        start_action = {start}
        dpd_action = {tunnel[dpd][action]}
      }}
    }}
  }}
}}
secrets {{
  ike-{index} {{
    id-a = {tunnel[outside_address]}
    id-b = {gateway}
    secret = {key}
  }}
}}
"""
BGP = """
frr defaults datacenter
log stdout
router bgp {connection[bgp][platform_asn]}
 bgp router-id {router}
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor {one[gateway_address_inside]} remote-as {connection[bgp][gateway_asn]}
 neighbor {one[gateway_address_inside]} timers 10 30
 neighbor {two[gateway_address_inside]} remote-as {connection[bgp][gateway_asn]}
 neighbor {two[gateway_address_inside]} timers 10 30
 address-family ipv4 unicast
  network {network}
  network 203.0.113.128/25
 exit-address-family
"""


def swanctl(connection: Connection, keys: Sequence[str], *tunnels: int) -> str:
    """Configuration of the given tunnels (1, 2), by default of both."""
    return "".join(
        TUNNEL.format(
            index=index,
            tunnel=tunnel,
            gateway=connection["gateway_address"],
            ike=proposals(tunnel["ike"], phase=1),
            esp=proposals(tunnel["esp"], phase=2),
            key=key,
            start=STARTS[tunnel["startup_action"]],
        )
        for index, (tunnel, key) in enumerate(zip(connection["tunnels"], keys, strict=True), start=1)
        if index in (tunnels or (1, 2))
    )


def proposals(suite: Mapping[str, Any], phase: int) -> str:
    hashes, groups = [HASHES[each] for each in suite["integrity"]], [GROUPS[each] for each in suite["dh_groups"]]
    combined = [f"prf{each}" for each in hashes] if phase == 1 else []
    return ",".join("-".join([CIPHERS[each], *(combined if "GCM" in each else hashes), *groups]) for each in suite["encryption"])


def bgp(connection: Connection) -> str:
    """Announces the platform's first network, and one that is none of the site's business."""
    one, two = connection["tunnels"]
    return BGP.format(connection=connection, one=one, two=two, router=one["platform_address"], network=connection["platform_networks"][0])
