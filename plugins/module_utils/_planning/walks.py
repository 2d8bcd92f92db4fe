# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where packets go: all ways that route tables give them, for all destinations at once, with the network ACLs they cross.

Routing depends on the destination alone, so a way is the set of destinations that take it. A VPN attachment's far side is taken to send
anything to anyone, and so is every attachment, peering or gateway behind which nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from .fabric import Attachment, Fabric, NatGateway
from .intervals import Spans, join, meet
from .packets import ANYWHERE, PUBLIC
from .routing import LOCAL, RouteTable
from .ways import Check, End, Lookup, Step, Stop, Through, Way


@dataclass
class Walks:
    """``stops`` collects dead ends, for explanations, where it is a list."""

    fabric: Fabric
    stops: list[Stop] | None = None
    _known: dict[tuple[End, Spans], dict[End, list[Way]]] = field(default_factory=dict)

    def ways(self, start: End, targets: Spans = ANYWHERE) -> dict[End, list[Way]]:
        """All ways of packets from ``start`` to ``targets``, by where they come out; those into a VPC not yet down to its subnets."""
        key = (start, targets)
        if key not in self._known:
            found = self._known[key] = {}
            for way in self._from(start, targets):
                found.setdefault(way.end, []).append(way)
        return self._known[key]

    def into(self, start: End, target: End, targets: Spans = ANYWHERE) -> tuple[Way, ...]:
        """The ways from ``start`` that come out at ``target``, a subnet's down to its addresses. Ways that cross the same filters are one."""
        found: dict[tuple[object, ...], Way] = {}
        end = End(LOCAL, target.vpc) if target.kind == "subnet" else target
        for way in self.ways(start, targets).get(end, ()):
            arrived = self._arrived(way, target)
            if arrived:
                key = (arrived.checks, arrived.nat, arrived.source, arrived.references)
                known = found.get(key)
                found[key] = replace(known, targets=join(known.targets, arrived.targets)) if known else arrived
        return tuple(found.values())

    def _arrived(self, way: Way, target: End) -> Way | None:
        if target.kind != "subnet":
            return way
        subnet = self.fabric.subnets[target.id]
        inside = meet(way.targets, subnet.cidr)
        if not inside:
            return None
        hops = way.hops
        if way.last != subnet.id:
            left = (Check(self.fabric.subnets[way.last].acl, True),) if way.last else ()
            hops = (*hops, *left, Check(subnet.acl, False, way.source))
        return replace(way, end=target, targets=inside, hops=hops)

    def _from(self, start: End, targets: Spans) -> Iterator[Way]:
        if start.kind == "subnet":
            yield from self._route(start.id, Way(start, targets), own=True)
        elif start.kind == "attachment":
            yield from self._transit(self.fabric.attachments[start.id], Way(start, targets), seen=frozenset())
        else:
            inside = meet(targets, self.fabric.vpcs[start.vpc].cidrs)
            if inside:
                yield Way(End(LOCAL, start.vpc), inside)

    def _route(self, subnet: str, way: Way, *, own: bool, seen: frozenset[str] = frozenset()) -> Iterator[Way]:
        """On from a subnet. ``own``: it is a packet of the VPC itself, which alone an internet gateway or a peering takes."""
        here = self.fabric.subnets[subnet]
        if subnet in seen:
            self._stop(way, f"the packet comes back to {subnet}")
        elif here.table:
            step = Step(here.vpc, subnet, here.acl, own, seen | {subnet})
            yield from self._by_table(self.fabric.tables[here.table], way, step)

    def _by_table(self, table: RouteTable, way: Way, step: Step) -> Iterator[Way]:
        asked = replace(way, hops=(*way.hops, Lookup(table.id)))
        found = False
        for target, targets in table.toward(way.targets):
            found = True
            yield from self._to(target, replace(asked, targets=targets), step)
        if not found:
            self._stop(asked, "there is no route")

    def _to(self, target: str, way: Way, step: Step) -> Iterator[Way]:
        """The route's target: what it is says its id."""
        if target == LOCAL:
            yield replace(way, end=End(LOCAL, step.vpc), last=step.subnet)
        elif target in self.fabric.gateways:
            yield from self._enter_transit(target, way, step)
        elif target in self.fabric.nat:
            yield from self._translate(self.fabric.nat[target], way, step)
        elif target in self.fabric.peerings:
            yield from self._peer(target, way, step)
        elif target.startswith("igw-"):
            yield from self._leave(way, step)
        elif target in self.fabric.endpoints and not self.fabric.endpoints[target].subnets:
            yield replace(way, end=End("service", target, step.vpc), hops=(*way.hops, *step.left()))
        elif target in self.fabric.interfaces or target in self.fabric.endpoints:
            yield from self._pass_on(target, way, step)
        elif target.startswith("nat-"):
            self._stop(way, f"{target} is gone")
        else:  # a virtual private gateway, another's Transit Gateway, or what may come yet: nothing is known of what is behind it
            yield replace(way, end=End("gateway", target, step.vpc), hops=(*way.hops, *step.left()))

    def _leave(self, way: Way, step: Step) -> Iterator[Way]:
        targets = meet(way.targets, PUBLIC)
        if not step.own:
            self._stop(way, "an internet gateway takes no packets from outside of its VPC")
        elif targets:
            yield replace(way, end=End("internet", "", step.vpc), targets=targets, hops=(*way.hops, *step.left()))
        else:
            self._stop(way, "an internet gateway takes no packets to private addresses")

    def _translate(self, nat: NatGateway, way: Way, step: Step) -> Iterator[Way]:
        hops = (*way.hops, *step.crossed(nat.subnet, self._acl(nat.subnet), way.source), Through(nat.id))
        passed = replace(way, hops=hops, nat=way.nat or nat.id, source=nat.addresses)
        if nat.subnet:
            yield from self._route(nat.subnet, passed, own=True, seen=step.seen)
        elif meet(way.targets, PUBLIC):
            yield replace(passed, end=End("internet", "", nat.vpc), targets=meet(way.targets, PUBLIC))

    def _pass_on(self, target: str, way: Way, step: Step) -> Iterator[Way]:
        """An appliance, taken to forward everything unchanged."""
        known = self.fabric.endpoints.get(target)
        for subnet in known.subnets if known else (self.fabric.interfaces[target],):
            hops = (*way.hops, *step.crossed(subnet, self._acl(subnet), way.source), Through(target))
            yield from self._route(subnet, replace(way, hops=hops), own=step.own, seen=step.seen)

    def _peer(self, target: str, way: Way, step: Step) -> Iterator[Way]:
        """A peering carries packets between the addresses of its two VPCs alone.

        https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html
        """
        peering = self.fabric.peerings[target]
        other = peering.other(step.vpc)
        targets = meet(way.targets, peering.sides[other]) if other else ()
        if not step.own or not targets or not other:
            self._stop(way, f"{target} carries only packets between the addresses of its two VPCs")
            return
        end = End(LOCAL, other) if other in self.fabric.vpcs else End("gateway", target, step.vpc)
        yield replace(way, end=end, targets=targets, last=None, hops=(*way.hops, *step.left(), Through(target)))

    def _enter_transit(self, gateway: str, way: Way, step: Step) -> Iterator[Way]:
        """Packets enter in their own zone alone, through the attachment's subnet there.

        https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html says which network ACLs count.
        """
        attachment = self.fabric.attached.get((step.vpc, gateway))
        zone = self.fabric.subnets[step.subnet].zone if step.subnet else None
        entries = [each for each in attachment.subnets if self.fabric.subnets[each].zone == zone] if attachment else []
        if not attachment or not entries:
            self._stop(way, f"{step.vpc} has no attachment to {gateway}" if not attachment else f"{attachment.id} has no subnet in zone {zone}")
            return
        for entry in entries:
            hops = (*way.hops, *step.left(), Check(self._acl(entry), False, way.source), Through(attachment.id))
            yield from self._transit(attachment, replace(way, hops=hops), step.seen)

    def _transit(self, attachment: Attachment, way: Way, seen: frozenset[str]) -> Iterator[Way]:
        """On from an attachment, by the table it is associated with."""
        table = self.fabric.transit_tables.get(attachment.table or "")
        if table is None:
            self._stop(way, f"{attachment.id} is associated with no route table")
            return
        asked = replace(way, hops=(*way.hops, Lookup(table.id)), transit=True)
        found = False
        for target, targets in table.toward(way.targets):
            found = True
            beyond = self.fabric.attachments.get(target)
            if beyond:
                yield from self._out_of_transit(beyond, replace(asked, targets=targets, references=attachment.references), seen)
        if not found:
            self._stop(asked, "there is no route, or a blackhole")

    def _out_of_transit(self, attachment: Attachment, way: Way, seen: frozenset[str]) -> Iterator[Way]:
        hops = (*way.hops, Through(attachment.id))
        if attachment.kind != "vpc" or attachment.resource not in self.fabric.vpcs:
            yield replace(way, end=End("attachment", attachment.id), hops=hops)
            return
        passed = replace(way, hops=hops, references=way.references and attachment.references)
        for subnet in attachment.subnets:
            yield from self._route(subnet, passed, own=False, seen=seen)

    def _acl(self, subnet: str | None) -> str:
        return self.fabric.subnets[subnet].acl if subnet else ""

    def _stop(self, way: Way, reason: str) -> None:
        if self.stops is not None:
            self.stops.append(Stop(way.hops, reason))
