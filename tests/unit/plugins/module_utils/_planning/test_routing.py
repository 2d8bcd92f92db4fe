# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Route tables: the longest prefix, then the kind of route, for one address and for all of them."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fintech.platform.plugins.module_utils._planning.packets import ANYWHERE, addresses
from ansible_collections.fintech.platform.plugins.module_utils._planning.routing import LEARNED, LISTED, STATIC, Route, RouteTable, without_learned

CIDRS = ("0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/16", "10.0.0.0/24", "10.0.0.128/25", "10.0.1.0/24", "10.128.0.0/9", "11.0.0.0/8", "255.255.255.255/32")
ADDRESSES = (
    "0.0.0.0", "9.255.255.255", "10.0.0.1", "10.0.0.127", "10.0.0.128", "10.0.0.255", "10.0.1.0", "10.0.2.0", "10.200.0.0", "11.1.1.1", "255.255.255.255"
)  # fmt: skip


def route(cidr: str, rank: int = STATIC, *targets: str) -> Route:
    return Route(addresses(cidr)[0], cidr, targets, rank)


routes = st.lists(
    st.builds(route, st.sampled_from(CIDRS), st.sampled_from([STATIC, LISTED, LEARNED]), st.sampled_from(["a", "b", "c"])),
    max_size=8,
    unique_by=lambda each: (each.destination, each.rank),
)


@given(routes)
def test_the_longest_prefix_decides_then_the_rank(found: list[Route]) -> None:
    table = RouteTable("rtb", "", tuple(found))
    toward = dict(table.toward(ANYWHERE))
    for text in ADDRESSES:
        address = IPv4Address(text)
        fitting = [each for each in found if address in IPv4Network(each.destination)]
        best = max(fitting, key=lambda each: (IPv4Network(each.destination).prefixlen, -each.rank), default=None)
        assert table.lookup(int(address)) is best
        reached = {target for target, spans in toward.items() if any(first <= int(address) <= last for first, last in spans)}
        assert reached == (set(best.targets) if best else set())


def test_a_blackhole_takes_what_would_go_elsewhere() -> None:
    table = RouteTable("rtb", "", (route("10.0.0.0/8", STATIC, "tgw"), route("10.0.0.0/24")))
    assert dict(table.toward(addresses("10.0.0.0/24"))) == {}
    assert str(table.lookup(int(IPv4Address("10.0.0.1")))) == "10.0.0.0/24 -> blackhole"


def test_a_learned_route_inside_the_vpc_loses_to_the_local_one() -> None:
    local, inside, wider = route("10.0.0.0/16", STATIC, "local"), route("10.0.0.0/24", LEARNED, "vgw-1"), route("10.0.0.0/8", LEARNED, "vgw-1")
    assert without_learned([local, inside, wider], addresses("10.0.0.0/16")) == (local, wider)
