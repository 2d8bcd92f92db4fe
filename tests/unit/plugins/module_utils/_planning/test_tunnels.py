# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inside addresses are a function of slots alone and never meet; algorithms stay at the floor but for a waiver in force."""

from __future__ import annotations

from datetime import date
from ipaddress import IPv4Network
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError
from ansible_collections.fintech.platform.plugins.module_utils._planning.topology import Site, SiteVpn, Supernet, Topology, Waiver
from ansible_collections.fintech.platform.plugins.module_utils._planning.tunnels import Proposals, TunnelPlan, proposals, tunnel_plans

TODAY = date(2026, 6, 30)
RESERVED = [IPv4Network(f"169.254.{third}/30") for third in ("0.0", "1.0", "2.0", "3.0", "4.0", "5.0", "169.252")]


def topology(*slots: int, tunnel_range: str = "169.254.64.0/18") -> Topology:
    sites = tuple(Site(f"site{number}", "office", (), SiteVpn(slot, "203.0.113.1")) for number, slot in enumerate(slots))
    return Topology(name="acme", supernets=(Supernet("10.64.0.0/21", 0),), environments=(), zones=(), sites=sites, tunnel_range=tunnel_range)


def refused(*slots: int, tunnel_range: str = "169.254.64.0/18") -> list[str]:
    with pytest.raises(PlanError) as error:
        tunnel_plans(topology(*slots, tunnel_range=tunnel_range))
    return list(error.value.details["problems"])


def test_a_slot_is_a_29_and_aws_takes_the_first_address_of_each_30():
    assert tunnel_plans(topology(0, 3)) == {
        "site0": TunnelPlan(("169.254.64.0/30", "169.254.64.4/30"), ("169.254.64.1", "169.254.64.5"), ("169.254.64.2", "169.254.64.6")),
        "site1": TunnelPlan(("169.254.64.24/30", "169.254.64.28/30"), ("169.254.64.25", "169.254.64.29"), ("169.254.64.26", "169.254.64.30")),
    }


def test_a_site_without_a_vpn_has_no_tunnels():
    known = Topology(name="acme", supernets=(), environments=(), zones=(), sites=(Site("kyiv_office", "office", ()),))
    assert tunnel_plans(known) == {}


@given(st.sets(st.integers(0, 8191), max_size=12), st.sampled_from(["169.254.0.0/16", "169.254.160.0/20", "169.254.64.0/18"]), st.randoms())
def test_tunnels_never_meet_each_other_or_what_aws_keeps(slots, block, random):
    order = sorted(slots)
    random.shuffle(order)
    try:
        plans = tunnel_plans(topology(*order, tunnel_range=block))
    except PlanError:
        wanted = [IPv4Network((int(IPv4Network(block)[0]) + 8 * slot, 29)) for slot in order]
        assert any(not each.subnet_of(IPv4Network(block)) or any(each.overlaps(kept) for kept in RESERVED) for each in wanted)
        return
    inside = [IPv4Network(cidr) for plan in plans.values() for cidr in plan.inside_cidrs]
    assert not any(one.overlaps(other) for one, other in combinations(inside, 2))
    assert not any(each.overlaps(kept) for each in inside for kept in RESERVED)
    assert {order.index(slot): plans[f"site{order.index(slot)}"].inside_cidrs[0] for slot in order} == {
        order.index(slot): f"{IPv4Network(block)[8 * slot]}/30" for slot in order
    }


def test_a_slot_that_is_taken():
    assert refused(0, 1, 1) == [
        (
            "platform_sites, site site2: vpn.slot 1 is taken by site site1, and the inside addresses of tunnels must not collide."
            " The next free slot is 2."
        )
    ]


def test_slots_outside_the_range_or_on_addresses_that_aws_keeps():
    assert refused(0, -1, 32, tunnel_range="169.254.5.0/24") == [
        (
            "platform_sites, site site0: vpn.slot 0 stands for 169.254.5.0/29, of which AWS keeps 169.254.5.0/30 for itself, and the inside"
            " addresses of tunnels must not collide. The next free slot is 1."
        ),
        (
            "platform_sites, site site1: vpn.slot -1 is none of 0 to 31, which platform_tunnel_range 169.254.5.0/24 holds, and the inside"
            " addresses of tunnels must not collide. The next free slot is 2."
        ),
        (
            "platform_sites, site site2: vpn.slot 32 is none of 0 to 31, which platform_tunnel_range 169.254.5.0/24 holds, and the inside"
            " addresses of tunnels must not collide. The next free slot is 3."
        ),
    ]


def test_a_range_that_is_full():
    assert refused(0, 0, tunnel_range="169.254.64.0/29") == [
        (
            "platform_sites, site site1: vpn.slot 0 is taken by site site0, and the inside addresses of tunnels must not collide."
            " No slot is free: widen platform_tunnel_range."
        )
    ]


@pytest.mark.parametrize("block", ["10.0.0.0/18", "169.254.64.0/30", "169.252.0.0/14"])
def test_a_range_that_tunnels_cannot_be_in(block):
    assert refused(0, tunnel_range=block) == [
        (
            f"platform_tunnel_range: {block} is no part of 169.254.0.0/16 with room for a /29, but AWS takes inside addresses of tunnels from"
            " nowhere else. Use 169.254.64.0/18."
        )
    ]


def test_a_range_that_is_none():
    assert refused(0, tunnel_range="169.254.64.1/18") == ["platform_tunnel_range: 169.254.64.1/18 has host bits set; write 169.254.64.0/18."]


def test_the_floor_without_a_waiver():
    assert proposals(SiteVpn(0), TODAY) == Proposals(("AES256-GCM-16",), ("SHA2-512", "SHA2-384"), (20, 21), 28800, 3600, 30)


WEAK = Waiver("2026-06-30", "an old firewall", encryption=("AES256",), integrity=("SHA2-256",), dh_groups=(2, 14))


def test_a_waiver_adds_behind_the_floor_until_its_last_day():
    assert proposals(SiteVpn(0, waiver=WEAK), TODAY) == Proposals(("AES256-GCM-16", "AES256"), ("SHA2-512", "SHA2-384", "SHA2-256"), (20, 21, 14, 2))


@pytest.mark.parametrize("expires", ["2026-06-29", "tomorrow", "20260701"])
def test_a_waiver_that_is_over_or_unreadable_adds_nothing(expires):
    waiver = Waiver(expires, WEAK.reason, WEAK.encryption, WEAK.integrity, WEAK.dh_groups)
    assert proposals(SiteVpn(0, waiver=waiver), TODAY) == Proposals()
