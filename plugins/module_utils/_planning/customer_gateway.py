# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A VPN connection as its far side needs to know it: what AWS expects of the customer gateway, in one vendor-neutral form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any

from .._engine.errors import PlanError
from .mapping_reader import Reader
from .naming import PLATFORM, SITE
from .tunnels import DH_GROUPS, ENCRYPTION, INTEGRITY

DEVICES = ("strongswan", "cisco_ios_xe", "fortigate", "juniper_srx", "generic")
ROUTING = ("static", "bgp")
SECRET = r"[\w/+=.@!:-]+"  # Secrets Manager's names, and ARNs of them

# Bytes that ESP in tunnel mode adds to a packet, with NAT traversal: outer IP header, UDP header, SPI and sequence number. RFC 4303, RFC 3948.
OVERHEAD = 20 + 8 + 8
# Initialization vector, integrity check value, and what the padded packet is a multiple of: RFC 4106 for GCM, RFC 3602 for CBC.
GCM, CBC = (8, 16, 4), (16, 0, 16)
# Integrity check value of the separate integrity algorithms that CBC needs: RFC 2404, RFC 4868.
CHECK_VALUES = {"SHA1": 12, "SHA2-256": 16, "SHA2-384": 24, "SHA2-512": 32}
TRAILER = 2  # pad length and next header
TCP_AND_IP = 40


@dataclass(frozen=True, slots=True)
class Suite:
    """What one phase may agree on, each in order of preference."""

    encryption: tuple[str, ...]
    integrity: tuple[str, ...]
    dh_groups: tuple[int, ...]
    lifetime_seconds: int

    @property
    def rekey_seconds(self) -> int:
        """When the far side begins to replace keys, so that they never expire in use."""
        return self.lifetime_seconds * 9 // 10


@dataclass(frozen=True, slots=True)
class Tunnel:
    """One of the two tunnels. Outside: public addresses; inside: the /30 that routes point through."""

    index: int
    outside_address: str
    inside_cidr: IPv4Network
    platform_address: IPv4Address
    gateway_address: IPv4Address
    pre_shared_key_arn: str | None
    ike: Suite
    esp: Suite
    dpd_seconds: int

    @property
    def number(self) -> int:
        """1 to 16384, the place of the inside /30 in 169.254.0.0/16: as unique on a device as the inside addresses have to be."""
        return (int(self.inside_cidr.network_address) & 0xFFFF) // 4 + 1

    @property
    def interface(self) -> IPv4Interface:
        return IPv4Interface((self.gateway_address, self.inside_cidr.prefixlen))


@dataclass(frozen=True, slots=True)
class Bgp:
    gateway_asn: int
    platform_asn: int


@dataclass(frozen=True, slots=True)
class Connection:
    """``gateway_address`` is None where the gateway shows a certificate and may have any address."""

    platform: str
    site: str
    device: str
    vpn_connection_id: str
    gateway_address: IPv4Address | None
    certificate: bool
    gateway_networks: tuple[IPv4Network, ...]
    platform_networks: tuple[IPv4Network, ...]
    bgp: Bgp | None
    tunnels: tuple[Tunnel, Tunnel]

    @classmethod
    def from_mapping(cls, connection: Mapping[str, Any]) -> Connection:
        """The connection that M(fintech.platform.transit_network) returns. Raises PlanError with all that is wrong with it."""
        reader = Reader(connection)
        parsed = _connection(cls, reader)
        if reader.problems:
            raise PlanError.of([f"The connection of site {connection.get('site', 'unknown')}: {problem}" for problem in reader.problems])
        return parsed

    @property
    def mtu(self) -> int:
        """The largest packet that needs no fragment with any of the algorithms, on a path of 1500 bytes and behind a NAT or not.

        The Site-to-Site VPN guide has the same numbers under "Best practices for your customer gateway device": 1438 for AES-GCM with
        NAT traversal.
        """
        suites = [tunnel.esp for tunnel in self.tunnels]
        return min(_mtu(*_sizes(cipher, hash_)) for suite in suites for cipher in suite.encryption for hash_ in suite.integrity)

    @property
    def mss(self) -> int:
        """The same for the payload of TCP over IPv4, in bytes."""
        return self.mtu - TCP_AND_IP


def _sizes(cipher: str, integrity: str) -> tuple[int, int, int]:
    vector, check, block = GCM if "GCM" in cipher else CBC
    return vector, check or CHECK_VALUES[integrity], block


def _mtu(vector: int, check: int, block: int) -> int:
    room = 1500 - OVERHEAD - vector - check
    return room // block * block - TRAILER


def _connection(cls: type[Connection], reader: Reader) -> Connection:
    certificate = bool(reader.get("certificate", bool, "it is true or false", False))
    gateway = reader.address("gateway_address") if reader.mapping.get("gateway_address") is not None else None
    if gateway is None and not certificate:
        reader.refuse("gateway_address", "is missing: without an address a gateway needs a certificate.")
    routing = reader.choice("routing", ROUTING)
    return cls(
        platform=str(reader.get("platform", _named(PLATFORM.allows), f"it is {PLATFORM}", "")),
        site=str(reader.get("site", _named(SITE.allows), f"it is {SITE}", "")),
        device=reader.choice("device", DEVICES),
        vpn_connection_id=reader.text("vpn_connection_id", "vpn-[0-9a-f]{8,17}", "it is the id of a VPN connection"),
        gateway_address=gateway,
        certificate=certificate,
        gateway_networks=reader.networks("gateway_networks"),
        platform_networks=reader.networks("platform_networks"),
        bgp=_bgp(reader.inner("bgp")) if routing == "bgp" else None,
        tunnels=_tunnels(reader, certificate=certificate),
    )


def _named(allows: Callable[[str], bool]) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if not allows(value):
            raise ValueError(value)
        return str(value)

    return parse


def _bgp(reader: Reader) -> Bgp:
    return Bgp(reader.number("gateway_asn", 1, 2**32 - 1), reader.number("platform_asn", 1, 2**32 - 1))


def _tunnels(reader: Reader, *, certificate: bool) -> tuple[Tunnel, Tunnel]:
    found = reader.get("tunnels", list, "it is a list of two", [])
    if len(found) != 2:
        reader.refuse("tunnels", f"has {len(found)} of them, but a connection has two.")
        found = [{}, {}]
    one, two = (Reader(each, f"tunnels[{index}].", reader.problems) for index, each in enumerate(found))
    return _tunnel(1, one, certificate=certificate), _tunnel(2, two, certificate=certificate)


def _tunnel(index: int, reader: Reader, *, certificate: bool) -> Tunnel:
    key = None if certificate else reader.text("pre_shared_key_arn", SECRET, "it is the ARN or the name of a secret")
    return Tunnel(
        index=index,
        outside_address=reader.text("outside_address", r"(\d{1,3}\.){3}\d{1,3}", "it is an IPv4 address"),
        inside_cidr=reader.network("inside_cidr"),
        platform_address=reader.address("platform_address"),
        gateway_address=reader.address("gateway_address_inside"),
        pre_shared_key_arn=key,
        ike=_suite(reader.inner("ike")),
        esp=_suite(reader.inner("esp")),
        dpd_seconds=reader.inner("dpd").number("timeout_seconds", 30, 3600),
    )


def _suite(reader: Reader) -> Suite:
    return Suite(
        encryption=reader.several("encryption", ENCRYPTION),
        integrity=reader.several("integrity", INTEGRITY),
        dh_groups=reader.several("dh_groups", DH_GROUPS),
        lifetime_seconds=reader.number("lifetime_seconds", 900, 28800),
    )
