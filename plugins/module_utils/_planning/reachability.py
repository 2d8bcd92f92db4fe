# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a live network allows exactly what is declared: equal, missing and excess flows, each difference with a path that shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

from .expected import Expectation, ExpectedFlow, abroad
from .flows import Flows, Possible
from .intervals import Box, Boxes, box_meet, boxes_less, merged
from .packets import shown_addresses, shown_services
from .parties import PODS, STANDS, Party, Remote, Station
from .witness import Witness

Piece: TypeAlias = "tuple[Party, Party, Boxes]"


@dataclass(frozen=True)
class Difference:
    """Flows between two ends that are possible and not declared, or the other way round. Without pieces an end does not exist."""

    source: str
    target: str
    pieces: tuple[Piece, ...]
    reason: str = ""

    @property
    def owners(self) -> frozenset[str]:
        return frozenset(party.owner for source, target, _boxes in self.pieces for party in (source, target))

    @cached_property
    def boxes(self) -> Boxes:
        return merged(box for _source, _target, boxes in self.pieces for box in boxes)

    def example(self, box: Box) -> tuple[Party, Party, Box]:
        """Parties of one packet in the box, and what of the box is theirs."""
        found = ((source, target, box_meet(box, each)) for source, target, boxes in self.pieces for each in boxes)
        return next((source, target, common) for source, target, common in found if common)


@dataclass
class Judgement:
    """All that is found. ``judged``: the environments whose flows were declared."""

    possible: Possible
    expectation: Expectation
    equal: list[ExpectedFlow] = field(default_factory=list)
    missing: list[Difference] = field(default_factory=list)
    excess: list[Difference] = field(default_factory=list)

    @cached_property
    def witness(self) -> Witness:
        return Witness(self.possible)

    @cached_property
    def rows_missing(self) -> list[dict[str, Any]]:
        return [row for each in self.missing for row in self._described(each)]

    @cached_property
    def rows_excess(self) -> list[dict[str, Any]]:
        return [row for each in self.excess for row in self._described(each)]

    def rows(self) -> list[dict[str, Any]]:
        """Every flow that is possible or declared, for a table."""
        found = [
            {"from": flow.source, "to": flow.target, "protocol": protocol, "ports": ports, "status": "equal", "reason": flow.reason}
            for flow in self.equal
            for protocol, ports in shown_services(flow.services)
        ]
        found += (
            {**{key: row[key] for key in ("from", "to", "protocol", "ports")}, "status": status, "reason": row["reason"]}
            for status, rows in (("missing", self.rows_missing), ("excess", self.rows_excess))
            for row in rows
        )
        unique = {tuple(row.values()): row for row in found}
        return sorted(unique.values(), key=lambda row: (row["from"], row["to"], row["protocol"], row["ports"], row["status"]))

    def _described(self, difference: Difference) -> Iterator[dict[str, Any]]:
        """A row for each protocol of each box, with the path of one packet."""
        ends = {"from": difference.source, "to": difference.target}
        if not difference.pieces:
            yield {**ends, "protocol": "all", "ports": "all", "sources": [], "targets": [], "reason": difference.reason, "path": [difference.reason]}
        for box in difference.boxes:
            source, target, common = difference.example(box)
            path = self.witness.path(source, target, tuple(part[0][0] for part in common))
            for protocol, ports in shown_services(box[2]):
                yield {
                    **ends,
                    "protocol": protocol,
                    "ports": ports,
                    "sources": shown_addresses(box[0]),
                    "targets": shown_addresses(box[1]),
                    "reason": difference.reason,
                    "path": path,
                }


def judge(possible: Possible, expectation: Expectation) -> Judgement:
    """Compare what is possible with what is expected."""
    judgement = Judgement(possible, expectation)
    judgement.excess = _excess(possible.flows, expectation)
    comparison = _Comparison(possible, expectation)
    for flow in expectation.flows:
        difference = comparison.missing(flow)
        if difference:
            judgement.missing.append(difference)
        else:
            judgement.equal.append(flow)
    return judgement


def _excess(flows: Flows, expectation: Expectation) -> list[Difference]:
    found: dict[tuple[str, str], list[Piece]] = {}
    for (source, target), boxes in flows.items():
        rest = boxes_less(boxes, expectation.permitted(source, target))
        if rest:
            found.setdefault((source.label, target.label), []).append((source, target, rest))
    return [Difference(*ends, tuple(pieces)) for ends, pieces in sorted(found.items())]


class _Comparison:
    def __init__(self, possible: Possible, expectation: Expectation) -> None:
        self.possible, self.expectation = possible, expectation
        self.outside: dict[tuple[Party | str, Party | str], list[Box]] = {}
        for (source, target), boxes in possible.flows.items():
            if isinstance(source, Remote) or isinstance(target, Remote):
                self.outside.setdefault((_key(source), _key(target)), []).extend(boxes)

    @cached_property
    def stations(self) -> dict[str, list[Station]]:
        """Those that have one group, in its tier's subnets: what is declared must work for them."""
        found: dict[str, list[Station]] = {}
        for station in (each for stations in self.possible.parties.stations.values() for each in stations):
            name = station.labels[0].partition(".")[2]
            if len(station.labels) == 1 and station.subnet.tier in STANDS.get("nodes" if name == PODS else name, ()):
                found.setdefault(station.labels[0], []).append(station)
        return found

    def missing(self, flow: ExpectedFlow) -> Difference | None:
        """What of a flow is not possible. Flows with environments that cannot be seen are taken to be."""
        pieces: list[Piece] = []
        for end in (flow.source, flow.target):
            absent = self._absent(end)
            if absent:
                return Difference(flow.source, flow.target, (), f"no interface can stand for {absent}: its group or its subnets are not there")
        for source in self._parties(flow.source):
            for target in self._parties(flow.target):
                if not _pods_abroad(source, target) and not _pods_abroad(target, source):
                    needed = (self._addresses(source), self._addresses(target), flow.services)
                    rest = boxes_less([needed], self._live(source, target))
                    if rest:
                        pieces.append((source, target, rest))
        return Difference(flow.source, flow.target, tuple(pieces), flow.reason) if pieces else None

    def _absent(self, end: str) -> str | None:
        if self.expectation.is_outside(end) or end.partition(".")[0] not in self.possible.judged:
            return None
        labels = self.expectation.labels(end)
        return next((label for label in labels if label not in self.stations and not label.endswith(f".{PODS}")), None)

    def _parties(self, end: str) -> list[Party]:
        if self.expectation.is_outside(end):
            return [Remote(end, end.partition(".")[0], _kind(end))]
        return [station for label in self.expectation.labels(end) for station in self.stations.get(label, ())]

    def _addresses(self, party: Party) -> Any:
        return party.addresses if isinstance(party, Station) else self.expectation.addresses(party.label)

    def _live(self, source: Party, target: Party) -> Boxes:
        if isinstance(source, Station) and isinstance(target, Station):
            return self.possible.flows.get((source, target), ())
        if "/" in source.label or "/" in target.label:
            flows = self.possible.flows.items()
            return tuple(box for pair, boxes in flows if _is(source, pair[0]) and _is(target, pair[1]) for box in boxes)
        return tuple(self.outside.get((_key(source), _key(target)), ()))


def _key(party: Party) -> Party | str:
    return party.label if isinstance(party, Remote) else party


def _is(wanted: Party, party: Party) -> bool:
    return "/" in wanted.label or _key(wanted) == _key(party)


def _kind(end: str) -> str:
    return "internet" if end == "internet" or "/" in end else "service" if end.startswith("aws.") else "site"


def _pods_abroad(party: Party, other: Party) -> bool:
    """Pods reach what is outside of the VPC under their node's address: nothing is missing if their own has no way."""
    pods = isinstance(party, Station) and party.labels[0].endswith(f".{PODS}")
    return pods and (isinstance(other, Remote) or abroad(party, other))
