# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What routes and network ACLs let pass between two ends, there and back, before any group is asked.

All of it is boxes of (source addresses, destination addresses, services). The reply to a packet goes to its source, on an ephemeral
port; which one does not matter, as long as all network ACLs on a way back let the same through.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from .fabric import Fabric
from .intervals import Box, Boxes, Spans, boxes_meet, join, meet, pruned
from .packets import ANYWHERE, EVERYTHING, PUBLIC, REPLIES, protocols
from .walks import Walks
from .ways import Check, End, Hop, Lookup, Through, Way

SOURCE, TARGET = 0, 1


@dataclass(frozen=True, slots=True)
class Passage:
    """``source``: the address that the target sees, where NAT changes it. Rules may name the other end's groups ``inbound``, ``outbound``."""

    boxes: Boxes
    source: Spans | None = None
    inbound: bool = True
    outbound: bool = True


@dataclass
class Passages:
    fabric: Fabric
    walks: Walks
    _known: dict[tuple[End, End], tuple[Passage, ...]] = field(default_factory=dict)

    def between(self, start: End, target: End) -> tuple[Passage, ...]:
        key = (start, target)
        if key not in self._known:
            self._known[key] = tuple(self._between(start, target))
        return self._known[key]

    def _between(self, start: End, target: End) -> Iterator[Passage]:
        origin = self.addresses(start)
        requests: dict[tuple[str | None, bool, bool], list[Way]] = {}
        for way in self.walks.into(start, target):
            requests.setdefault((way.nat, way.references, way.references and not way.transit), []).append(way)
        for (_nat, inbound, outbound), ways in requests.items():
            replies = self.replies(ways[0], start, target)
            sources = meet(origin, join(*(way.targets for way in replies)))  # others get no answer
            targets = join(*(way.targets for way in ways))
            back = pruned(box for way in replies for box in self.reply_boxes(way, sources, targets))
            there = pruned(box for way in ways for box in self._request_boxes(way, sources)) if back else ()
            boxes = boxes_meet(there, tuple((source, far, protocols(found)) for source, far, found in back))
            if boxes:
                yield Passage(boxes, ways[0].source, inbound, outbound)

    def addresses(self, end: End) -> Spans:
        """What an end sends from. A gateway with nothing known behind it, as an attachment: from anywhere."""
        if end.kind == "subnet":
            return self.fabric.subnets[end.id].cidr
        if end.kind == "internet":
            return PUBLIC
        if end.id in self.fabric.peerings:
            peering = self.fabric.peerings[end.id]
            return peering.sides[peering.other(end.vpc) or end.vpc]
        return ANYWHERE

    def replies(self, request: Way, start: End, target: End) -> list[Way]:
        """The ways back. What NAT changed on the way there it changes back, at the same gateway."""
        if request.nat is None:
            return [way for way in self.walks.into(target, start) if way.nat is None]
        nat = self.fabric.nat[request.nat]
        if nat.subnet is None:
            last = (Check(self.fabric.subnets[start.id].acl, False),) if start.kind == "subnet" else ()
            return [Way(start, self.addresses(start), (Through(nat.id), *last))]
        gateway = End("subnet", nat.subnet, nat.vpc)
        firsts = [way for way in self.walks.into(target, gateway) if way.nat is None and meet(way.targets, nat.addresses)]
        seconds = [way for way in self.walks.into(gateway, start) if way.nat is None] if gateway != start else [Way(start, self.addresses(start))]
        return [
            replace(second, hops=(*(_towards(hop, nat.addresses) for hop in first.hops), Through(nat.id), *second.hops))
            for first in firsts
            for second in seconds
        ]

    def _request_boxes(self, way: Way, origin: Spans) -> Boxes:
        return self._filtered(way.checks, (origin, way.targets, EVERYTHING), {True: TARGET, False: SOURCE})

    def reply_boxes(self, way: Way, origin: Spans, targets: Spans) -> Boxes:
        """Boxes of the request's source and destination, and the reply's service."""
        sources = meet(way.targets, origin)
        if not sources:
            return ()
        return self._filtered(way.checks, (sources, targets, REPLIES), {True: SOURCE, False: TARGET})

    def _filtered(self, checks: Iterable[Check], box: Box, examined: dict[bool, int]) -> Boxes:
        boxes: Boxes = (box,)
        for check in checks:
            dimension = examined[check.outbound]
            allowed = self.fabric.acls[check.acl].allowed(check.outbound, check.address or box[dimension])
            boxes = narrowed(boxes, allowed, None if check.address else dimension)
        return boxes


def narrowed(boxes: Boxes, allowed: Boxes, dimension: int | None) -> Boxes:
    """Boxes as far as (addresses, services) are allowed; without a dimension the address is another than the packet's own."""
    if len(allowed) == 1 and allowed[0][1] == EVERYTHING and (dimension is None or all(box[dimension] == allowed[0][0] for box in boxes)):
        return boxes
    found = []
    for source, target, services in boxes:
        for far, passing in allowed:
            box = [source, target, meet(services, passing)]
            if dimension is not None:
                box[dimension] = meet(box[dimension], far)
            if all(box):
                found.append(tuple(box))
    return pruned(found) if len(found) > 1 else tuple(found)


def _towards(hop: Hop, address: Spans) -> Hop:
    """A hop of a reply on its way to the NAT gateway: that is the destination which tables and filters see."""
    if isinstance(hop, Lookup) or (isinstance(hop, Check) and hop.outbound):
        return replace(hop, address=address)
    return hop
