# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Route tables of VPCs and of Transit Gateways: the longest prefix decides, then the kind of route.

https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html (route evaluation order)
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from .intervals import Span, Spans, meet, spans
from .packets import ANYWHERE

STATIC, LISTED, LEARNED = 0, 1, 2  # ranks among routes of one prefix: single ones, those of prefix lists, propagated ones from here on
LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Route:
    """``targets``: ids, of which any may be taken; none for a blackhole. ``destination`` is as AWS shows it: a CIDR, or prefix list and CIDR."""

    span: Span
    destination: str
    targets: tuple[str, ...]
    rank: int = STATIC

    def __str__(self) -> str:
        return f"{self.destination} -> {' or '.join(self.targets) or 'blackhole'}"


@dataclass(frozen=True)
class RouteTable:
    id: str
    name: str
    routes: tuple[Route, ...]

    @cached_property
    def _parts(self) -> list[tuple[int, int, Route]]:
        """Which route decides where: disjoint, ascending. Prefixes nest or are apart, so what is open at an address is a stack."""
        ordered = sorted(self.routes, key=lambda route: (route.span[0], -route.span[1], -route.rank))
        found: list[tuple[int, int, Route]] = []
        stack: list[Route] = []
        position = 0

        def close(until: int) -> None:
            nonlocal position
            while stack and stack[-1].span[1] < until:
                ended = stack.pop()
                if position <= ended.span[1]:
                    found.append((position, ended.span[1], ended))
                    position = ended.span[1] + 1

        for route in ordered:
            close(route.span[0])
            if stack and position < route.span[0]:
                found.append((position, route.span[0] - 1, stack[-1]))
            position = route.span[0]
            stack.append(route)
        close(1 << 33)
        return found

    @cached_property
    def _toward(self) -> dict[str, Spans]:
        found: dict[str, list[Span]] = {}
        for first, last, route in self._parts:
            for target in route.targets:
                found.setdefault(target, []).append((first, last))
        return {target: spans(parts) for target, parts in found.items()}

    @cached_property
    def _starts(self) -> list[int]:
        return [first for first, _last, _route in self._parts]

    def toward(self, wanted: Spans) -> Iterator[tuple[str, Spans]]:
        """Each target with those of the wanted destinations that it gets."""
        for target, found in self._toward.items():
            common = found if wanted == ANYWHERE else meet(found, wanted)
            if common:
                yield target, common

    def lookup(self, address: int) -> Route | None:
        index = bisect_right(self._starts, address) - 1
        if index < 0 or self._parts[index][1] < address:
            return None
        return self._parts[index][2]


def without_learned(routes: Iterable[Route], local: Spans) -> tuple[Route, ...]:
    """A VPC's local routes beat any learned one inside them, however specific.

    https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-route-priority.html
    """
    return tuple(route for route in routes if route.rank < LEARNED or meet((route.span,), local) != (route.span,))
