# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two tunnels of every site: their inside addresses, by the site's VPN slot, and the algorithms that they agree on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from .._engine.errors import PlanError
from .ranges import Range, parse_range

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .topology import SiteVpn, Topology

LINK_LOCAL = Range((169 << 24) + (254 << 16), 16)
# EC2 API reference, VpnTunnelOptionsSpecification, TunnelInsideCidr: a /30 of 169.254.0.0/16, and none of these.
RESERVED = tuple(Range(LINK_LOCAL.first + offset, 30) for offset in (0, 1 << 8, 2 << 8, 3 << 8, 4 << 8, 5 << 8, (169 << 8) + 252))
SITE_PREFIX = 29  # what a slot takes: a /30 for each of the two tunnels
TUNNEL_PREFIX = 30

# What AWS takes in both phases: EC2 API reference, VpnTunnelOptionsSpecification. The floor comes first. DH groups 22 to 24 have
# higher numbers but SHOULD NOT be used (RFC 8247, section 2.4), so they are below it.
STRONG_ENCRYPTION = ("AES256-GCM-16",)
STRONG_INTEGRITY = ("SHA2-512", "SHA2-384")
STRONG_DH_GROUPS = (20, 21)
ENCRYPTION = (*STRONG_ENCRYPTION, "AES128-GCM-16", "AES256", "AES128")
INTEGRITY = (*STRONG_INTEGRITY, "SHA2-256", "SHA1")
DH_GROUPS = (*STRONG_DH_GROUPS, 19, 18, 17, 16, 15, 14, 24, 23, 22, 2)


@dataclass(frozen=True, slots=True)
class TunnelPlan:
    """The inside of both tunnels. Of a tunnel's /30, AWS takes the first address and the customer gateway the second one."""

    inside_cidrs: tuple[str, str]
    aws_addresses: tuple[str, str]
    gateway_addresses: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Proposals:
    """What a tunnel may agree on, in order of preference, the same in both phases. Lifetimes and the timeout are in seconds."""

    encryption: tuple[str, ...] = STRONG_ENCRYPTION
    integrity: tuple[str, ...] = STRONG_INTEGRITY
    dh_groups: tuple[int, ...] = STRONG_DH_GROUPS
    phase1_lifetime: int = 28800
    phase2_lifetime: int = 3600
    dpd_timeout: int = 30


def proposals(vpn: SiteVpn, today: date) -> Proposals:
    """The floor, and after it what an unexpired waiver of the site adds; an expired or unreadable one adds nothing."""
    waiver = vpn.waiver
    if waiver is None or (last := read_day(waiver.expires)) is None or last < today:
        return Proposals()
    encryption, integrity = {*STRONG_ENCRYPTION, *waiver.encryption}, {*STRONG_INTEGRITY, *waiver.integrity}
    groups = {*STRONG_DH_GROUPS, *waiver.dh_groups}
    return Proposals(
        tuple(each for each in ENCRYPTION if each in encryption),
        tuple(each for each in INTEGRITY if each in integrity),
        tuple(each for each in DH_GROUPS if each in groups),
    )


def read_day(text: str) -> date | None:
    """The day that ``2030-12-31`` names; None for what names none."""
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def tunnel_plans(topology: Topology) -> dict[str, TunnelPlan]:
    """The plan of every site that has a VPN, by the site's name. Raises PlanError with all problems of slots and of the range."""
    if problems := list(slot_problems(topology)):
        raise PlanError.of(problems)
    block = parse_range(topology.tunnel_range)
    return {site.name: _plan(block.part(SITE_PREFIX, site.vpn.slot)) for site in topology.sites if site.vpn}


def _plan(own: Range) -> TunnelPlan:
    first, second = own.parts(TUNNEL_PREFIX)

    def host(number: int) -> tuple[str, str]:
        one, two = (Range(tunnel.first + number, 32).cidr.partition("/")[0] for tunnel in (first, second))
        return one, two

    return TunnelPlan((first.cidr, second.cidr), host(1), host(2))


def slot_problems(topology: Topology) -> Iterator[str]:
    """A range that no tunnel can be in, and slots that are taken, outside it, or on addresses that AWS keeps for itself."""
    try:
        block = parse_range(topology.tunnel_range)
    except ValueError as error:
        yield f"platform_tunnel_range: {topology.tunnel_range} {error}."
        return
    if not block.within(LINK_LOCAL) or block.prefix > SITE_PREFIX:
        yield (
            f"platform_tunnel_range: {block} is no part of {LINK_LOCAL} with room for a /{SITE_PREFIX}, but AWS takes inside addresses of"
            " tunnels from nowhere else. Use 169.254.64.0/18."
        )
        return
    yield from _taken(topology, block)


def _taken(topology: Topology, block: Range) -> Iterator[str]:
    holders: dict[int, str] = {}
    homeless: list[tuple[str, int, str]] = []
    for site in topology.sites:
        if site.vpn is None:
            continue
        slot = site.vpn.slot
        reason = f"is taken by site {holders[slot]}" if slot in holders else _refusal(slot, block)
        if reason:
            homeless.append((site.name, slot, reason))
        else:
            holders[slot] = site.name
    free = _free(block, holders)
    for name, slot, reason in homeless:
        offer = next(free, None)
        way_out = "No slot is free: widen platform_tunnel_range." if offer is None else f"The next free slot is {offer}."
        yield f"platform_sites, site {name}: vpn.slot {slot} {reason}, and the inside addresses of tunnels must not collide. {way_out}"


def _refusal(slot: int, block: Range) -> str | None:
    held = block.count(SITE_PREFIX)
    if not 0 <= slot < held:
        return f"is none of 0 to {held - 1}, which platform_tunnel_range {block} holds"
    own = block.part(SITE_PREFIX, slot)
    hit = next((reserved for reserved in RESERVED if reserved.overlaps(own)), None)
    return f"stands for {own}, of which AWS keeps {hit} for itself" if hit else None


def _free(block: Range, taken: Iterable[int]) -> Iterator[int]:
    return (slot for slot in range(block.count(SITE_PREFIX)) if slot not in taken and not _refusal(slot, block))
