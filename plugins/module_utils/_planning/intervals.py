# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exact arithmetic on sets of addresses and services, and on the boxes that they span.

A set is a tuple of disjoint, ascending, inclusive spans of whole numbers, no two of which touch: equal sets are equal tuples. netaddr's
IPSet would do for addresses, but it normalizes CIDRs on every operation (milliseconds where this takes one), and it has no ports.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

Span: TypeAlias = "tuple[int, int]"
Spans: TypeAlias = "tuple[Span, ...]"
Box: TypeAlias = "tuple[Spans, ...]"  # a set per dimension; the box is their product
Boxes: TypeAlias = "tuple[Box, ...]"  # their union

NOTHING: Spans = ()
SPARSE = 8  # from this ratio of sizes on, searching the longer set beats walking through it


def spans(pairs: Iterable[Span]) -> Spans:
    """Any spans as a set."""
    found: list[Span] = []
    for first, last in sorted(pairs):
        if found and first <= found[-1][1] + 1:
            if last > found[-1][1]:
                found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return tuple(found)


def join(*sets: Spans) -> Spans:
    filled = [each for each in sets if each]
    if len(filled) < 2:
        return filled[0] if filled else NOTHING
    return spans(span for each in filled for span in each)


def meet(one: Spans, other: Spans) -> Spans:
    if one is other or one == other:
        return one
    if not one or not other or one[0][0] > other[-1][1] or other[0][0] > one[-1][1]:
        return NOTHING
    if len(one) > len(other):
        one, other = other, one
    start = 0
    found: list[Span] = []
    for first, last in one:
        if len(other) > SPARSE * len(one):
            start = max(bisect_left(other, (first, first), start) - 1, start)
        while start < len(other) and other[start][1] < first:
            start += 1
        for index in range(start, len(other)):
            low, high = other[index]
            if low > last:
                break
            found.append((max(first, low), min(last, high)))
    return tuple(found)


def less(one: Spans, other: Spans) -> Spans:
    """What is in ``one`` and not in ``other``."""
    if not one or not other or one[0][0] > other[-1][1] or other[0][0] > one[-1][1]:
        return one
    found: list[Span] = []
    start = 0
    for span in one:
        first, last = span
        while start < len(other) and other[start][1] < first:
            start += 1
        for index in range(start, len(other)):
            low, high = other[index]
            if low > last:
                break
            if low > first:
                found.append((first, low - 1))
            first = high + 1
        if first <= last:
            found.append((first, last))
    return tuple(found)


def covers(wide: Spans, narrow: Spans) -> bool:
    return wide is narrow or not less(narrow, wide)


def holds(one: Spans, number: int) -> bool:
    index = bisect_left(one, (number + 1, 0)) - 1
    return index >= 0 and one[index][1] >= number


def box_meet(one: Box, other: Box) -> Box | None:
    found = []
    for mine, yours in zip(one, other, strict=True):
        common = meet(mine, yours)
        if not common:
            return None
        found.append(common)
    return tuple(found)


def boxes_meet(ones: Iterable[Box], others: Sequence[Box]) -> Boxes:
    return pruned(found for one in ones for other in others if (found := box_meet(one, other)))


def box_less(one: Box, other: Box) -> Iterator[Box]:
    """What is left of a box: disjoint boxes, at most one more than it has dimensions."""
    if box_meet(one, other) is None:
        yield one
        return
    before = one
    for index, cut in enumerate(other):
        rest = less(before[index], cut)
        if rest:
            yield (*before[:index], rest, *before[index + 1 :])
        before = (*before[:index], meet(before[index], cut), *before[index + 1 :])


def boxes_less(ones: Iterable[Box], others: Iterable[Box]) -> Boxes:
    left = tuple(ones)
    for other in others:
        if not left:
            break
        left = tuple(piece for one in left if one != other for piece in box_less(one, other))
    return left


def pruned(boxes: Iterable[Box]) -> Boxes:
    """Without those that lie in another."""
    found: list[Box] = []
    for box in boxes:
        if any(_within(box, each) for each in found):
            continue
        found = [each for each in found if not _within(each, box)]
        found.append(box)
    return tuple(found)


def _within(one: Box, other: Box) -> bool:
    return all(mine is yours or covers(yours, mine) for mine, yours in zip(one, other, strict=True))


def merged(boxes: Iterable[Box]) -> Boxes:
    """The same points in fewer boxes: those that differ in one dimension only become one."""
    found = tuple(boxes)
    while len(found) > 1:
        before = len(found)
        for index in range(len(found[0])):
            groups: dict[Box, list[Spans]] = {}
            for box in found:
                groups.setdefault((*box[:index], *box[index + 1 :]), []).append(box[index])
            found = tuple((*rest[:index], join(*sets), *rest[index:]) for rest, sets in groups.items())
        if len(found) == before:
            break
    return found
