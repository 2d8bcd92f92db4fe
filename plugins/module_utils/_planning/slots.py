# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environment slots: a supernet holds contiguous ones from its ``first_slot`` on, so a slot fixes the supernet and the range in it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .ranges import FreeSpace, Range
    from .topology import Environment, Topology


class SlotSpan(NamedTuple):
    """The slots ``first`` to ``last`` of one supernet."""

    first: int
    last: int
    supernet: Range

    def __str__(self) -> str:
        return f"{self.first}-{self.last}" if self.last > self.first else str(self.first)


@dataclass(frozen=True)
class SlotMap:
    """``spans`` sorted by slot; ``pods`` is the pod supernet where there is one: a slot needs a range in it too."""

    spans: tuple[SlotSpan, ...]
    prefix: int
    pods: Range | None
    pod_prefix: int

    @classmethod
    def of(cls, topology: Topology, supernets: Iterable[tuple[Range, int]], pods: Range | None) -> SlotMap:
        """The map of parsed ``supernets`` with their first slots; one that is too small holds no slot."""
        prefix = topology.prefixes.environment
        spans = [SlotSpan(first, first + held - 1, supernet) for supernet, first in supernets if (held := supernet.count(prefix))]
        return cls(tuple(sorted(spans)), prefix, pods, topology.prefixes.pod_environment)

    @property
    def end(self) -> int:
        """The first slot after all supernets."""
        return max((span.last for span in self.spans), default=-1) + 1

    def environment_range(self, slot: int) -> Range | None:
        """The range of ``slot``; None if no supernet holds it."""
        index = bisect_right(self.spans, slot, key=lambda span: span.first) - 1
        if index < 0 or slot > self.spans[index].last:
            return None
        span = self.spans[index]
        return span.supernet.part(self.prefix, slot - span.first)

    def pod_range(self, slot: int) -> Range | None:
        """The pod range of ``slot``; None if there is no pod supernet or it does not reach so far."""
        if self.pods is None or slot >= self.pods.count(self.pod_prefix):
            return None
        return self.pods.part(self.pod_prefix, slot)

    def refusal(self, slot: int) -> str | None:
        """Why ``slot`` cannot be used; None if it can."""
        if self.environment_range(slot) is None:
            held = ", ".join(map(str, self.spans))
            return f"is none of platform_supernets, which hold {f'slots {held}' if held else 'no slots'}"
        if self.pods and self.pod_range(slot) is None:
            last = self.pods.count(self.pod_prefix) - 1
            return f"lies beyond platform_pod_supernet {self.pods}, which holds pod ranges of /{self.pod_prefix} for slots 0-{last}"
        return None

    def free(self, taken: Iterable[int]) -> Iterator[int]:
        """Slots that can be used and are not taken, the smallest first."""
        for span in self.spans:
            for slot in range(span.first, span.last + 1):
                if slot not in taken and not self.refusal(slot):
                    yield slot


def span_problems(slots: SlotMap) -> Iterator[str]:
    """Supernets that share slots, or begin below 0."""
    end = slots.end
    widest: SlotSpan | None = None
    for span in slots.spans:
        if span.first < 0:
            yield f"platform_supernets: {span.supernet} has first_slot {span.first}, but slots count from 0. Use first_slot {end}."
        elif widest and span.first <= widest.last:
            yield (
                f"platform_supernets: {widest.supernet} holds slots {widest} and {span.supernet} slots {span}, but a slot belongs to"
                f" one supernet. Use first_slot {end} for {span.supernet}."
            )
        else:
            widest = span
            continue
        end += span.last - span.first + 1


def slot_problems(topology: Topology, slots: SlotMap, free_space: FreeSpace) -> Iterator[str]:
    """Slots that are taken twice or that nothing holds, each with the next free one; how much is missing if there is none."""
    holders: dict[int, str] = {}
    homeless: list[tuple[Environment, str]] = []
    for environment in topology.environments:
        reason = slots.refusal(environment.slot)
        if environment.slot in holders:
            reason = f"is taken by environment {holders[environment.slot]}"
        if reason:
            homeless.append((environment, reason))
        else:
            holders[environment.slot] = environment.name
    free = slots.free(holders)
    missing = 0
    for environment, reason in homeless:
        slot = next(free, None)
        missing += slot is None
        way_out = "No slot is free." if slot is None else f"The next free slot is {slot} ({slots.environment_range(slot)})."
        yield f"platform_environments, environment {environment.name}: slot {environment.slot} {reason}. {way_out}"
    if missing:
        yield _exhaustion(slots, len(topology.environments), missing, free_space)


def _exhaustion(slots: SlotMap, declared: int, missing: int, free_space: FreeSpace) -> str:
    held = sum(span.last - span.first + 1 for span in slots.spans)
    if slots.pods and held >= declared:
        return (
            f"platform_pod_supernet {slots.pods} holds {slots.pods.count(slots.pod_prefix)} pod ranges of /{slots.pod_prefix}: too few by"
            f" {missing}, {missing << (32 - slots.pod_prefix)} addresses. Widen it, or use smaller ones (platform_prefixes.pod_environment)."
        )
    prefix = slots.prefix - (missing - 1).bit_length()
    offer = free_space.offer(prefix, near=slots.spans[-1].supernet if slots.spans else None)
    example = f": for example add {{cidr: {offer}, first_slot: {slots.end}}}" if offer else ""
    return (
        f"platform_supernets hold {held} environments of /{slots.prefix}, {declared} are declared: {missing << (32 - slots.prefix)} more"
        f" supernet addresses are needed for {missing} more{example}."
    )
