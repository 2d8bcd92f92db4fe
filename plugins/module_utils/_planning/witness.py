# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The path of one packet and of its reply, hop by hop, with the route, rule or entry that decides; or the one that stops it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from .flows import Possible
from .intervals import holds, meet
from .packets import REPLIES, protocols, shown_address, shown_services
from .parties import Party, Station
from .walks import Walks
from .ways import Check, End, Hop, Lookup, Stop, Way

STOPPED = "stopped: "


@dataclass(frozen=True, slots=True)
class Packet:
    source: int
    target: int
    service: int

    def __str__(self) -> str:
        return f"{shown_address(self.source)} -> {shown_address(self.target)} {shown_service(self.service)}"

    @property
    def reply(self) -> Packet:
        """To the lowest ephemeral port, where the protocol has ports."""
        return Packet(self.target, self.source, meet(REPLIES, protocols(((self.service, self.service),)))[0][0])


def shown_service(service: int) -> str:
    return " ".join(shown_services(((service, service),))[0])


@dataclass(frozen=True)
class Witness:
    possible: Possible

    def path(self, source: Party, target: Party, packet: tuple[int, ...]) -> list[str]:
        """The lines of a path; the last one begins with ``stopped:`` where the packet or its reply does not arrive."""
        sent = Packet(*packet)
        lines = [f"{source.label} to {target.label}: {sent}"]
        found = self._best(self._ways(source, target, sent), sent)
        if isinstance(source, Station):
            lines.append(self._by_groups(source, target, sent, outbound=True))
        if found is None:
            return _until_stopped([*lines, *self._dead_end(source, target, sent)])
        start, way = found
        lines += self._hops(way.hops, sent)
        if isinstance(target, Station):
            seen = replace(sent, source=way.source[0][0]) if way.source else sent
            lines.append(self._by_groups(target, source, seen, outbound=False))
        return _until_stopped([*lines, *self._reply(start, way, sent)])

    def _reply(self, start: End, way: Way, sent: Packet) -> Iterator[str]:
        here, there = ((sent.source, sent.source),), ((sent.target, sent.target),)
        replies = [each for each in self.possible.passages.replies(way, start, way.end) if holds(each.targets, sent.source)]
        if not replies:
            yield f"the reply: {sent.reply}"
            yield from self._stops(way.end, sent.reply) if way.end.kind in ("subnet", "attachment") else ()
            yield f"{STOPPED}no way leads back to {shown_address(sent.source)}"
            return
        asked = protocols(((sent.service, sent.service),))
        for reply in replies:
            boxes = self.possible.passages.reply_boxes(reply, here, there)
            passing = next((found for box in boxes if (found := meet(box[2], asked))), None)
            if passing or reply is replies[-1]:
                back = replace(sent.reply, service=passing[0][0]) if passing else sent.reply
                yield f"the reply: {back}"
                yield from self._hops(reply.hops, back)
                return

    def _ways(self, source: Party, target: Party, sent: Packet) -> Iterator[tuple[End, Way]]:
        for start in self._ends(source, target):
            for end in self._ends(target, source):
                for way in self.possible.passages.walks.into(start, end):
                    if holds(way.targets, sent.target):
                        yield start, way

    def _best(self, ways: Iterable[tuple[End, Way]], sent: Packet) -> tuple[End, Way] | None:
        """A way that lets the packet through, both ways if there is one."""
        found = list(ways)
        return max(found, key=lambda each: self._rating(each[0], each[1], sent), default=None)

    def _rating(self, start: End, way: Way, sent: Packet) -> int:
        lines = [*self._hops(way.hops, sent), *self._reply(start, way, sent)]
        stops = [index for index, line in enumerate(lines) if line.startswith(STOPPED)]
        return stops[0] if stops else len(lines) + 1000

    def _ends(self, party: Party, other: Party) -> list[End]:
        if isinstance(party, Station):
            return [party.end]
        parties, walks = self.possible.parties, self.possible.passages.walks
        ends = {End("attachment", each): None for each in self.possible.fabric.attachments}
        if isinstance(other, Station):
            ends |= {end: None for end in walks.ways(other.end) if end.kind in ("gateway", "internet", "service", "attachment")}
        else:
            ends |= {end: None for attachment in list(ends) for end in walks.ways(attachment) if end.kind != "local"}
        return [end for end in ends if "/" in party.label or party.label in {remote.label for remote, _part in parties.remotes(end)}]

    def _dead_end(self, source: Party, target: Party, sent: Packet) -> Iterator[str]:
        starts = self._ends(source, target)
        for start in starts[:1]:
            yield from self._stops(start, sent)
        if not starts:
            yield f"{STOPPED}{source.label} is not connected"
        yield f"{STOPPED}no way leads to {target.label}"

    def _stops(self, start: End, sent: Packet) -> Iterator[str]:
        """Where a packet ends that does not come out where it should: nowhere, or elsewhere."""
        stops: list[Stop] = []
        ways = Walks(self.possible.fabric, stops).ways(start, ((sent.target, sent.target),))
        for stop in stops[:1]:
            yield from self._hops(stop.hops, sent)
            yield f"{STOPPED}{stop.reason}"
        for end, (way, *_others) in ways.items():
            yield from self._hops(way.hops, sent)
            yield f"{STOPPED}the packet comes out at {end.id or end.kind} instead"

    def _hops(self, hops: Iterable[Hop], packet: Packet) -> Iterator[str]:
        for hop in hops:
            if isinstance(hop, Lookup):
                yield self._looked_up(hop, packet)
            elif isinstance(hop, Check):
                yield self._checked(hop, packet)
            else:
                yield self._through(hop.id)

    def _looked_up(self, hop: Lookup, packet: Packet) -> str:
        fabric = self.possible.fabric
        kind, table = ("route table", fabric.tables.get(hop.table)) if hop.table in fabric.tables else ("transit table", None)
        table = table or fabric.transit_tables[hop.table]
        address = hop.address[0][0] if hop.address else packet.target
        return f"{kind} {_named(table.id, table.name)}: {table.lookup(address) or 'no route to ' + shown_address(address)}"

    def _checked(self, hop: Check, packet: Packet) -> str:
        acl = self.possible.fabric.acls[hop.acl]
        address = hop.address[0][0] if hop.address else packet.target if hop.outbound else packet.source
        rule = acl.match(hop.outbound, address, packet.service)
        text = f"network ACL {_named(acl.id, acl.name)} {'outbound' if hop.outbound else 'inbound'}"
        if rule and rule.allow:
            return f"{text} rule {rule.number}: {rule.shown}"
        return f"{STOPPED}{text} {f'rule {rule.number}: {rule.shown}' if rule else f'allows no {shown_service(packet.service)}'}"

    def _through(self, name: str) -> str:
        attachment = self.possible.fabric.attachments.get(name)
        if attachment is None:
            return f"through {name}"
        owner = f" of {attachment.owner}" if attachment.owner else ""
        return f"transit gateway {attachment.gateway}: attachment {name}, {attachment.kind} {attachment.resource}{owner}"

    def _by_groups(self, station: Station, other: Party, packet: Packet, *, outbound: bool) -> str:
        """The rule of the station's groups that lets the packet through."""
        direction = "outbound" if outbound else "inbound"
        if not station.groups:
            return f"{station.label} has no group, and so no filter {direction}"
        far = other.groups if isinstance(other, Station) else frozenset()
        address = packet.target if outbound else packet.source
        for group in (self.possible.fabric.groups[each] for each in sorted(station.groups)):
            for rule in group.rules:
                if rule.outbound == outbound and rule.matches(address, far, packet.service):
                    return f"group {group} {direction}: {rule.shown}"
        names = ", ".join(str(self.possible.fabric.groups[each]) for each in sorted(station.groups))
        return f"{STOPPED}no rule of {names} allows {shown_service(packet.service)} {direction}"


def _named(identity: str, name: str) -> str:
    return f"{identity} ({name})" if name else identity


def _until_stopped(lines: Iterable[str]) -> list[str]:
    found = []
    for line in lines:
        found.append(line)
        if line.startswith(STOPPED):
            break
    return found
