# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All flows that are possible in a fabric: routes lead both ways, groups allow the initiation at both ends, network ACLs request and reply."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from .fabric import Fabric, Subnet
from .intervals import Box, Boxes, Spans, join, meet
from .parties import Parties, Party, Remote, Station
from .passages import SOURCE, TARGET, Passages, narrowed
from .routing import LOCAL
from .walks import Walks
from .ways import End

Flows: TypeAlias = "dict[tuple[Party, Party], Boxes]"
OUTSIDE = ("attachment", "gateway", "internet", "service")


@dataclass
class Possible:
    """``judged``: the environments whose flows are wanted; those of sites among themselves always are."""

    fabric: Fabric
    parties: Parties
    judged: frozenset[str]
    _found: dict[tuple[Party, Party], list[Box]] = field(default_factory=dict)

    @cached_property
    def passages(self) -> Passages:
        return Passages(self.fabric, Walks(self.fabric))

    @cached_property
    def flows(self) -> Flows:
        self._found = {}
        for subnet, stations in self.parties.stations.items():
            here = self.fabric.subnets[subnet]
            ends = list(self.passages.walks.ways(_end(here)))
            for end in ends:
                if end.kind == LOCAL:
                    self._inside(here, stations, end.id)
                elif self._is_judged(here):
                    self._outside(here, stations, end)
        for attachment in self.fabric.attachments:
            self._across(End("attachment", attachment))
        return {key: tuple(boxes) for key, boxes in self._found.items()}

    def _is_judged(self, subnet: Subnet) -> bool:
        return self.fabric.vpcs[subnet.vpc].environment in self.judged

    def _inside(self, here: Subnet, stations: Iterable[Station], vpc: str) -> None:
        """To all interfaces of a VPC, this one or another that is known."""
        for there in self.fabric.subnets_of.get(vpc, ()):
            if self._is_judged(here) or self._is_judged(there):
                for source in stations:
                    for target in self.parties.stations.get(there.id, ()):
                        self._add(source, target, self.between(source, target))

    def between(self, source: Station, target: Station) -> Boxes:
        """What one interface may begin with another. The groups are asked first: most have nothing to say to each other."""
        outward, inward = self.parties.policy(source, True), self.parties.policy(target, False)
        leaving = outward.allowed(target.addresses, target.groups)
        arriving = inward.allowed(source.addresses, source.groups) if leaving else ()
        if not leaving or not (arriving or self._translated(source.end, target.end)):
            return ()
        found: Boxes = ()
        for passage in self.passages.between(source.end, target.end):
            sent = leaving if passage.outbound else outward.allowed(target.addresses)
            received = arriving
            if passage.source or not passage.inbound:
                received = inward.allowed(passage.source or source.addresses)
            found += narrowed(narrowed(passage.boxes, sent, TARGET), received, None if passage.source else SOURCE)
        return found

    def _translated(self, start: End, target: End) -> bool:
        """Whether NAT may show the target another address than that of who begins."""
        return bool(self.fabric.nat) and any(way.nat for way in self.passages.walks.into(start, target))

    def _outside(self, here: Subnet, stations: Iterable[Station], end: End) -> None:
        """Between interfaces and what is outside, whoever begins: it is the same two ways."""
        targets = join(*(way.targets for way in self.passages.walks.ways(_end(here))[end]))
        for station in stations:
            leaving = self.parties.policy(station, True).allowed(targets)
            arriving = self.parties.policy(station, False).allowed(targets)
            if leaving:
                for passage in self.passages.between(station.end, end):
                    self._split(narrowed(passage.boxes, leaving, TARGET), end, TARGET, station)
            if end.kind != "service" and (arriving or self._translated(end, station.end)):
                for passage in self.passages.between(end, station.end):
                    received = self.parties.policy(station, False).allowed(passage.source) if passage.source else arriving
                    self._split(narrowed(passage.boxes, received, None if passage.source else SOURCE), end, SOURCE, station)

    def _split(self, boxes: Boxes, end: End, dimension: int, station: Station) -> None:
        if boxes:
            for remote, part in restricted(boxes, self.parties.remotes(end), dimension):
                source, target = (remote, station) if dimension == SOURCE else (station, remote)
                self._add(source, target, part)

    def _across(self, start: End) -> None:
        """From one site on to others, or to anything else outside. What nobody here owns is none of our business among itself."""
        here = self.parties.remotes(start)
        for end in list(self.passages.walks.ways(start)):
            if end.kind not in OUTSIDE or end == start:
                continue
            there = self.parties.remotes(end)
            kinds = {remote.kind for remote, _addresses in (*here, *there)}
            if "site" not in kinds or "environment" in kinds:
                continue
            boxes = tuple(box for passage in self.passages.between(start, end) for box in passage.boxes)
            for source, part in restricted(boxes, here, SOURCE):
                for target, piece in restricted(part, there, TARGET):
                    self._add(source, target, piece)

    def _add(self, source: Party, target: Party, boxes: Boxes) -> None:
        if boxes:
            self._found.setdefault((source, target), []).extend(boxes)


def _end(subnet: Subnet) -> End:
    return End("subnet", subnet.id, subnet.vpc)


def restricted(boxes: Boxes, remotes: Iterable[tuple[Remote, Spans]], dimension: int) -> Iterator[tuple[Remote, Boxes]]:
    """The boxes by who is at one of their sides."""
    for remote, addresses in remotes:
        cut = [[*box[:dimension], meet(box[dimension], addresses), *box[dimension + 1 :]] for box in boxes]
        found = tuple(tuple(box) for box in cut if box[dimension])
        if found:
            yield remote, found
