# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IPv4 ranges as integers: an address plan of a thousand environments computes with them by the ten thousand.

netaddr reads and writes them; between the two there is only arithmetic.
"""

from __future__ import annotations

import traceback
from bisect import insort
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

try:
    from netaddr import AddrFormatError, IPNetwork
    from netaddr.strategy.ipv4 import int_to_str
except ImportError:
    # Modules and filters say so with missing_required_lib before they plan anything.
    NETADDR_IMPORT_ERROR: str | None = traceback.format_exc()
else:
    NETADDR_IMPORT_ERROR = None


class Range(NamedTuple):
    """An aligned block of ``2 ** (32 - prefix)`` addresses from ``first`` on. Blocks sort by address, the wider one first."""

    first: int
    prefix: int

    @property
    def size(self) -> int:
        return 1 << (32 - self.prefix)

    @property
    def last(self) -> int:
        return self.first + (1 << (32 - self.prefix)) - 1

    @property
    def cidr(self) -> str:
        return f"{int_to_str(self.first)}/{self.prefix}"

    def count(self, prefix: int) -> int:
        """How many blocks of ``prefix`` it divides into; none if it is too small for one."""
        return 1 << (prefix - self.prefix) if prefix >= self.prefix else 0

    def part(self, prefix: int, index: int) -> Range:
        """Block number ``index`` of the blocks of ``prefix``; a negative index counts from the end."""
        return Range(self.first + (index % self.count(prefix)) * (1 << (32 - prefix)), prefix)

    def parts(self, prefix: int, start: int = 0) -> Iterator[Range]:
        return (self.part(prefix, index) for index in range(start, self.count(prefix)))

    def overlaps(self, other: Range) -> bool:
        return self.first <= other.last and other.first <= self.last

    def within(self, other: Range) -> bool:
        return other.first <= self.first and self.last <= other.last

    def widened(self, prefix: int) -> Range:
        """The block of ``prefix``, or of its own if that is wider already, that it lies in."""
        prefix = min(prefix, self.prefix)
        return Range(self.first >> (32 - prefix) << (32 - prefix), prefix)

    def __str__(self) -> str:
        return self.cidr


PRIVATE = (Range(10 << 24, 8), Range((172 << 24) + (16 << 16), 12), Range((192 << 24) + (168 << 16), 16))  # RFC 1918
SHARED = Range((100 << 24) + (64 << 16), 10)  # RFC 6598: what pods take by default


def parse_range(text: str) -> Range:
    """Read ``10.64.0.0/21``.

    Raises ValueError with what is wrong and how it is written right: no IPv4 range, no prefix length, host bits set, a netmask.
    """
    try:
        network = IPNetwork(text)
    except (AddrFormatError, TypeError, ValueError):
        raise ValueError("is no IPv4 range; write an address, a slash and a prefix length, such as 10.64.0.0/21") from None
    if network.version != 4:
        raise ValueError("is an IPv6 range, and the address plan is IPv4 only; write an IPv4 range, such as 10.64.0.0/21")
    if network.ip != network.network:
        raise ValueError(f"has host bits set; write {network.cidr}")
    if text != str(network.cidr):
        raise ValueError(f"is not in CIDR notation; write {network.cidr}")
    return Range(int(network.first), int(network.prefixlen))


class FreeSpace:
    """Finds blocks that nothing claims. What it offers counts as claimed, so that two errors never offer the same block."""

    def __init__(self, claimed: Iterable[Range]) -> None:
        self._claimed = sorted(claimed)

    def offer(
        self, widest: int, narrowest: int | None = None, *, near: Range | None = None, moving: bool = False, pools: tuple[Range, ...] = PRIVATE
    ) -> Range | None:
        """A free block of ``widest``, or of less down to ``narrowest``: after ``near``, else in its pool, else anywhere; None if all is taken.

        ``moving`` says that ``near`` itself is given up for what is found.
        """
        claimed = list(self._claimed)
        if near and moving:
            claimed.remove(near)
        own = [pool for pool in pools if near and near.within(pool)]
        starts = [(pool, near.first) for pool in own if near] + [(pool, pool.first) for pool in (*own, *pools)]
        for pool, start in starts:
            for prefix in range(widest, (narrowest or widest) + 1):
                found = _first_free(claimed, pool, prefix, start)
                if found:
                    insort(self._claimed, found)
                    return found
        return None


def _first_free(claimed: list[Range], pool: Range, prefix: int, start: int) -> Range | None:
    size = 1 << (32 - prefix)
    candidate = -(-start // size) * size
    for block in claimed:
        if block.first > candidate + size - 1:
            break
        if block.last >= candidate:
            candidate = -(-(block.last + 1) // size) * size
    found = Range(candidate, prefix)
    return found if found.within(pool) else None
