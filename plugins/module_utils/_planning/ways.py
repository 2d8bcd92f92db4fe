# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a way through the network is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from .intervals import Spans


@dataclass(frozen=True, slots=True)
class End:
    """Where a packet comes from or comes out.

    ``kind``: subnet, local (anywhere in the VPC ``id``), attachment, gateway (a peering or virtual private gateway of ``vpc``), internet
    or service (both as seen from ``vpc``).
    """

    kind: str
    id: str
    vpc: str = ""


@dataclass(frozen=True, slots=True)
class Lookup:
    """A route table was asked, for the packet's destination or, on a reply to a NAT gateway, for the gateway's ``address``."""

    table: str
    address: Spans | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """A network ACL was crossed. ``address`` is the far address where NAT made it another than the packet's own."""

    acl: str
    outbound: bool
    address: Spans | None = None


@dataclass(frozen=True, slots=True)
class Through:
    """Something that carries packets as they are: an attachment, a NAT gateway, a peering."""

    id: str


Hop: TypeAlias = "Lookup | Check | Through"


@dataclass(frozen=True, slots=True)
class Way:
    """``source``: the address that NAT ``nat`` gave the packet; ``references``: whether rules that name groups of the other end still work."""

    end: End
    targets: Spans
    hops: tuple[Hop, ...] = ()
    nat: str | None = None
    source: Spans | None = None
    last: str | None = None  # the subnet that a local packet sets out from
    transit: bool = False
    references: bool = True

    @property
    def checks(self) -> tuple[Check, ...]:
        return tuple(hop for hop in self.hops if isinstance(hop, Check))


@dataclass(frozen=True, slots=True)
class Stop:
    """A way that ends nowhere, and why."""

    hops: tuple[Hop, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Step:
    """Where a packet stands while its route is looked up."""

    vpc: str
    subnet: str | None
    acl: str
    own: bool
    seen: frozenset[str]

    def left(self) -> tuple[Check, ...]:
        return (Check(self.acl, True),) if self.subnet else ()

    def crossed(self, subnet: str | None, acl: str, source: Spans | None) -> tuple[Check, ...]:
        """From here into another subnet."""
        if subnet == self.subnet:
            return ()
        return (*self.left(), *((Check(acl, False, source),) if subnet else ()))
