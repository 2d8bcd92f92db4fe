# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a packet says, as numbers: its addresses, and its service, which is protocol and destination port in one.

A service is ``protocol << 16 | port``; ICMP has type and code in the port's place (``type << 8 | code``), and other protocols any number.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache

from .intervals import Span, Spans, less, spans
from .ranges import Range, parse_range

PROTOCOLS = {"icmp": 1, "tcp": 6, "udp": 17}
NAMES = {number: name for name, number in PROTOCOLS.items()}
WHOLE = 0xFFFF
ANYWHERE: Spans = ((0, 0xFFFFFFFF),)
EVERYTHING: Spans = ((0, 0xFF << 16 | WHOLE),)
EPHEMERAL = (1024, 65535)


@cache
def addresses(cidr: str) -> Spans:
    found = parse_range(cidr)
    return ((found.first, found.last),)


def _block(prefix: int, *octets: int) -> Span:
    first = int.from_bytes(bytes(octets).ljust(4, b"\0"), "big")
    return first, first + (1 << (32 - prefix)) - 1


# Special-purpose addresses, which no internet gateway carries: https://www.iana.org/assignments/iana-ipv4-special-registry
PRIVATE: Spans = (
    _block(8, 0), _block(8, 10), _block(10, 100, 64), _block(8, 127), _block(16, 169, 254), _block(12, 172, 16), _block(16, 192, 168), _block(3, 224),
)  # fmt: skip
PUBLIC: Spans = less(ANYWHERE, PRIVATE)


@cache
def services(protocol: str, ports: Span | None = None) -> Spans:
    """``protocol``: all, a name, or a number as text. ``ports`` None for all."""
    if protocol in ("all", "-1"):
        return EVERYTHING
    number = PROTOCOLS.get(protocol, -1)
    number = int(protocol) if number < 0 else number
    first, last = ports or (0, WHOLE)
    return ((number << 16 | first, number << 16 | last),)


# What a reply may be addressed to: TCP and UDP go back to an ephemeral port, other protocols have none.
REPLIES: Spans = less(EVERYTHING, spans((PROTOCOLS[name] << 16, PROTOCOLS[name] << 16 | EPHEMERAL[0] - 1) for name in ("tcp", "udp")))


@lru_cache(maxsize=4096)
def protocols(found: Spans) -> Spans:
    """All services of the protocols that ``found`` has any service of."""
    return spans((first >> 16 << 16, last | WHOLE) for first, last in found)


def shown_services(found: Spans) -> list[tuple[str, str]]:
    """Protocol and ports for people: ``[("tcp", "443, 8000-8100")]``; ``all`` where there is no limit."""
    if found == EVERYTHING:
        return [("all", "all")]
    ports: dict[int, list[str]] = {}
    ranges: list[tuple[str, str]] = []
    for first, last in found:
        for start, end in _by_protocol(first, last):
            if start >> 16 != end >> 16:
                ranges.append((f"{start >> 16}-{end >> 16}", "all"))
            else:
                ports.setdefault(start >> 16, []).append(_shown_ports(start, end))
    return [(NAMES.get(number, str(number)), ", ".join(texts)) for number, texts in ports.items()] + ranges


def _by_protocol(first: int, last: int) -> Iterator[Span]:
    """Protocols with names and cut ones alone, whole nameless neighbours together."""
    start = first
    while start <= last:
        number = start >> 16
        end = min(last, number << 16 | WHOLE)
        if start & WHOLE == 0 and end & WHOLE == WHOLE and number not in NAMES:
            stop = min([each for each in NAMES if each > number], default=256)
            end = max(end, min(last + 1 >> 16, stop) * (WHOLE + 1) - 1)
        yield start, end
        start = end + 1


def _shown_ports(start: int, end: int) -> str:
    first, last = start & WHOLE, end & WHOLE
    if (first, last) == (0, WHOLE):
        return "all"
    if start >> 16 == PROTOCOLS["icmp"]:
        return _shown_type(first) if first == last else f"{_shown_type(first)} to {_shown_type(last)}"
    return str(first) if first == last else f"{first}-{last}"


def _shown_type(number: int) -> str:
    return f"type {number >> 8} code {number & 0xFF}"


def shown_address(number: int) -> str:
    return Range(number, 32).cidr.partition("/")[0]


def shown_addresses(found: Spans) -> list[str]:
    """Each span as a CIDR, or as first and last address where it is no aligned block."""
    return [_shown_span(first, last) for first, last in found]


def _shown_span(first: int, last: int) -> str:
    size = last - first + 1
    if size & (size - 1) or first % size:
        return f"{shown_address(first)}-{shown_address(last)}"
    return Range(first, 33 - size.bit_length()).cidr
