# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ranges are read strictly, divided exactly, and offered only where nothing is."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fintech.platform.plugins.module_utils._planning.ranges import FreeSpace, Range, parse_range


def blocks(narrowest: int = 28):
    return st.builds(
        lambda prefix, address: Range(address >> (32 - prefix) << (32 - prefix), prefix),
        st.integers(8, narrowest),
        st.integers(10 << 24, (11 << 24) - 1),
    )


@given(blocks())
def test_a_range_is_what_python_says_it_is(block):
    network = ipaddress.ip_network(block.cidr)
    assert (int(network.network_address), int(network.broadcast_address)) == (block.first, block.last)
    assert network.num_addresses == block.size
    assert parse_range(block.cidr) == block


@given(blocks(narrowest=24), st.integers(0, 4))
def test_parts_are_the_subnets(block, bits):
    expected = [str(subnet) for subnet in ipaddress.ip_network(block.cidr).subnets(prefixlen_diff=bits)]
    assert [str(part) for part in block.parts(block.prefix + bits)] == expected
    assert block.part(block.prefix + bits, -1).cidr == expected[-1]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("10.64.0.1/21", "has host bits set; write 10.64.0.0/21"),
        ("10.64.0.0/255.255.248.0", "is not in CIDR notation; write 10.64.0.0/21"),
        ("192.168.1.5", "is not in CIDR notation; write 192.168.1.5/32"),
        ("fd00::/8", "is an IPv6 range"),
        ("10.64.0.0/33", "is no IPv4 range"),
        ("10.64.0/21", "is no IPv4 range"),
        ("office", "is no IPv4 range"),
    ],
)
def test_anything_else_is_refused_with_what_to_write(text, reason):
    with pytest.raises(ValueError, match=reason):
        parse_range(text)


@given(st.lists(blocks(), max_size=20), st.integers(14, 26), st.integers(1, 4))
def test_what_is_offered_is_free_and_offered_once(claimed, prefix, offers):
    space = FreeSpace(claimed)
    taken = [ipaddress.ip_network(block.cidr) for block in claimed]
    for _number in range(offers):
        offer = space.offer(prefix)
        assert offer is not None  # 172.16.0.0/12 is untouched and holds four of the widest
        network = ipaddress.ip_network(offer.cidr)
        assert network.prefixlen == prefix
        assert not any(network.overlaps(other) for other in taken)
        taken.append(network)


def test_an_offer_is_near_what_it_replaces_and_may_use_its_room():
    space = FreeSpace([parse_range("10.64.0.0/21"), parse_range("10.64.0.0/24")])
    assert str(space.offer(22, near=parse_range("10.64.0.0/21"), moving=True)) == "10.64.4.0/22"
    assert str(space.offer(21, near=parse_range("10.64.0.0/21"))) == "10.64.8.0/21"


def test_a_smaller_block_is_offered_where_no_wide_one_is_free():
    space = FreeSpace([parse_range("100.64.0.0/16")])
    assert str(space.offer(10, 18, pools=(parse_range("100.64.0.0/10"),))) == "100.96.0.0/11"


def test_nothing_is_offered_when_all_is_taken():
    assert FreeSpace([parse_range("10.0.0.0/8"), parse_range("172.16.0.0/12"), parse_range("192.168.0.0/16")]).offer(28) is None
