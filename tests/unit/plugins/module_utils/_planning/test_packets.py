# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services and addresses as numbers, and as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fintech.platform.plugins.module_utils._planning.intervals import Spans, join, less, spans
from ansible_collections.fintech.platform.plugins.module_utils._planning.packets import (
    ANYWHERE,
    EVERYTHING,
    PUBLIC,
    REPLIES,
    addresses,
    protocols,
    services,
    shown_addresses,
    shown_services,
)

TCP, UDP = services("tcp"), services("udp")


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (EVERYTHING, [("all", "all")]),
        (services("tcp", (443, 443)), [("tcp", "443")]),
        (join(services("tcp", (80, 80)), services("tcp", (8000, 8100))), [("tcp", "80, 8000-8100")]),
        (join(services("udp", (53, 53)), services("tcp", (53, 53))), [("tcp", "53"), ("udp", "53")]),
        (services("icmp"), [("icmp", "all")]),
        (services("50"), [("50", "all")]),
        (((1 << 16 | 8 << 8, 1 << 16 | 8 << 8),), [("icmp", "type 8 code 0")]),
        (less(EVERYTHING, TCP), [("icmp", "all"), ("udp", "all"), ("0", "all"), ("2-5", "all"), ("7-16", "all"), ("18-255", "all")]),
    ],
)
def test_services_are_shown_as_people_write_them(found: Spans, shown: list[tuple[str, str]]) -> None:
    assert sorted(shown_services(found)) == sorted(shown)


def test_replies_go_to_ephemeral_ports_alone_where_there_are_ports() -> None:
    assert less(TCP, REPLIES) == services("tcp", (0, 1023))
    assert less(UDP, REPLIES) == services("udp", (0, 1023))
    assert less(less(less(EVERYTHING, TCP), UDP), REPLIES) == ()


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(0, 65535)), max_size=4))
def test_protocols_are_whole(chosen: list[tuple[int, int]]) -> None:
    found = spans((number << 16 | port, number << 16 | port) for number, port in chosen)
    assert protocols(found) == join(*(services(str(number)) for number, _port in chosen))


def test_public_addresses_are_none_of_the_special_ones() -> None:
    for cidr in ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8", "224.0.0.0/3"):
        assert less(addresses(cidr), PUBLIC) == addresses(cidr)
    for cidr in ("1.0.0.0/8", "8.8.8.8/32", "100.63.0.0/16", "172.32.0.0/16", "223.255.255.255/32"):
        assert less(addresses(cidr), PUBLIC) == ()


def test_addresses_are_shown_exactly() -> None:
    assert shown_addresses(ANYWHERE) == ["0.0.0.0/0"]
    assert shown_addresses(addresses("10.64.0.0/23")) == ["10.64.0.0/23"]
    assert shown_addresses(join(addresses("10.64.0.0/25"), addresses("10.64.0.128/25"), addresses("10.64.1.0/25"))) == ["10.64.0.0-10.64.1.127"]
