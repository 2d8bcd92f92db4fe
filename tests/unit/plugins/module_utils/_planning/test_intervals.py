# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets and boxes against plain Python sets of points."""

from __future__ import annotations

from itertools import pairwise, product

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fintech.platform.plugins.module_utils._planning.intervals import (
    Box,
    Spans,
    box_less,
    box_meet,
    boxes_less,
    boxes_meet,
    covers,
    holds,
    join,
    less,
    meet,
    merged,
    pruned,
    spans,
)

SIZE = 12
pairs = st.lists(st.tuples(st.integers(0, SIZE), st.integers(0, 4)).map(lambda each: (each[0], min(each[0] + each[1], SIZE))), max_size=5)
sets = pairs.map(spans)
filled = sets.filter(bool)
boxes = st.tuples(filled, filled, filled)


def points(found: Spans) -> set[int]:
    return {number for first, last in found for number in range(first, last + 1)}


def all_points(found: list[Box] | tuple[Box, ...]) -> set[tuple[int, ...]]:
    return {point for box in found for point in product(*map(points, box))}


@given(pairs)
def test_a_set_is_ascending_disjoint_and_nothing_touches(found: list[tuple[int, int]]) -> None:
    made = spans(found)
    assert points(made) == {number for first, last in found for number in range(first, last + 1)}
    assert all(first <= last for first, last in made)
    assert all(before[1] + 1 < after[0] for before, after in pairwise(made))


@given(sets, sets)
def test_sets_of_numbers_agree(one: Spans, other: Spans) -> None:
    assert points(meet(one, other)) == points(one) & points(other)
    assert points(less(one, other)) == points(one) - points(other)
    assert points(join(one, other)) == points(one) | points(other)
    assert covers(one, other) == (points(one) >= points(other))
    assert {number for number in range(SIZE + 2) if holds(one, number)} == points(one)


@given(sets, st.integers(0, 400), st.integers(1, 9))
def test_many_spans_meet_few(few: Spans, start: int, step: int) -> None:
    """The longer set is searched then, not walked through."""
    many = tuple((number, number + step // 2) for number in range(0, 800, step + 1))
    moved = tuple((first + start, last + start) for first, last in few)
    assert points(meet(moved, many)) == points(moved) & points(many)


@given(sets, sets)
def test_equal_sets_are_equal_tuples(left: Spans, right: Spans) -> None:
    assert (left == right) == (points(left) == points(right))
    assert meet(left, right) == meet(right, left)


@given(boxes, boxes)
def test_a_box_less_another_is_disjoint_boxes(one: Box, other: Box) -> None:
    left = list(box_less(one, other))
    assert all_points(left) == all_points([one]) - all_points([other])
    assert sum(len(all_points([box])) for box in left) == len(all_points(left))
    common = box_meet(one, other)
    assert all_points([common] if common else []) == all_points([one]) & all_points([other])


@given(st.lists(boxes, max_size=3), st.lists(boxes, max_size=3))
def test_unions_of_boxes_agree(ones: list[Box], others: list[Box]) -> None:
    assert all_points(boxes_less(ones, others)) == all_points(ones) - all_points(others)
    assert all_points(boxes_meet(ones, others)) == all_points(ones) & all_points(others)
    assert all_points(pruned(ones)) == all_points(ones)
    assert all_points(merged(ones)) == all_points(ones)
    assert len(merged(ones)) <= len(ones)
