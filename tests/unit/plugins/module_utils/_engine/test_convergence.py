# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is declared, whatever is live and wherever a run ends: running again leads to the same state."""

from __future__ import annotations

import copy
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Resource
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.fake_cloud import Cloud, Fault, Killed
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.runs import converge, planned
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.topologies import Declare, declarations, drift, essence, full


@st.composite
def situations(draw: st.DrawFn, *, foreign: bool = True) -> tuple[Cloud, Declare]:
    """A cloud that an earlier declaration left and hands have touched, and what is declared now."""
    cloud = Cloud(slow=draw(st.integers(0, 9)), lag=draw(st.integers(0, 1)))
    if draw(st.booleans()):
        converge(cloud, draw(declarations())())
        cloud = rested(cloud)
        draw(drift(foreign=foreign))(cloud)
    return cloud, draw(declarations())


def rested(cloud: Cloud) -> Cloud:
    """The cloud some time later: without faults, and everything is to be seen."""
    later = copy.deepcopy(cloud)
    for thing in later.things.values():
        thing.unseen = 0
    return later


def in_the_end(cloud: Cloud) -> Counter[str]:
    """What there is when all that is going is gone."""
    later = rested(cloud)
    for _call in range(2 * later.slow):
        later.call("Wait", lambda: None)
    return essence(later)


@settings(max_examples=60)
@given(situations(), st.booleans())
def test_second_plan_is_empty(situation: tuple[Cloud, Declare], purge: bool) -> None:
    cloud, declare = situation
    converge(cloud, declare(), purge=purge)
    again = planned(rested(cloud), declare(), purge=purge)
    assert again.changes == []
    assert len(again.unchanged) == len(declare())


def disturbed(cloud: Cloud, declare: Declare, fault: Fault, call: int, **options: bool) -> Cloud:
    """What one run leaves that meets this fault; two, where the first is killed by it."""
    cloud = rested(cloud)
    cloud.inject(fault, call=call)
    try:
        converge(cloud, declare(), **options)
    except Killed:
        cloud = rested(cloud)
        converge(cloud, declare(), **options)
    return rested(cloud)


@settings(max_examples=25)
@given(situations(), st.sampled_from([Fault.KILL_BEFORE, Fault.KILL_AFTER]), st.integers(1, 60))
def test_killed_run_is_repaired_by_running_again(situation: tuple[Cloud, Declare], fault: Fault, call: int) -> None:
    cloud, declare = situation
    killed = disturbed(cloud, declare, fault, call, purge=True)
    converge(cloud, declare(), purge=True)
    assert in_the_end(killed) == in_the_end(cloud)


@settings(max_examples=20)
@given(situations(foreign=False), st.sampled_from([Fault.KILL_BEFORE, Fault.KILL_AFTER]), st.integers(1, 60))
def test_killed_teardown_is_finished_by_running_again(situation: tuple[Cloud, Declare], fault: Fault, call: int) -> None:
    cloud, declare = situation
    converge(cloud, declare())
    assert in_the_end(disturbed(cloud, declare, fault, call, absent=True)) == Counter()


@settings(max_examples=25)
@given(situations(), st.sampled_from([Fault.LOSE_BEFORE, Fault.LOSE_AFTER]), st.integers(1, 60))
def test_lost_answer_makes_no_difference(situation: tuple[Cloud, Declare], fault: Fault, call: int) -> None:
    cloud, declare = situation
    unlucky = disturbed(cloud, declare, fault, call, purge=True)
    converge(cloud, declare(), purge=True)
    assert in_the_end(unlucky) == in_the_end(cloud)


def changed() -> list[Resource]:
    """Most of what ``full`` declares, with replacements."""
    return [each for each in full(version="2", size=2) if each.label not in ("guard.api", "relay.q", "address.q")]


STORIES: dict[str, tuple[Declare | None, Declare, dict[str, bool]]] = {
    "creation": (None, full, {}),
    "changes": (full, changed, {"purge": True}),
    "teardown": (full, full, {"absent": True}),
}


@pytest.mark.parametrize("fault", [Fault.KILL_BEFORE, Fault.KILL_AFTER, Fault.LOSE_BEFORE, Fault.LOSE_AFTER])
@pytest.mark.parametrize("story", STORIES)
def test_fault_at_every_single_call(story: str, fault: Fault) -> None:
    earlier, declare, options = STORIES[story]
    before = Cloud(slow=3)
    if earlier:
        converge(before, earlier())
    whole = rested(before)
    converge(whole, declare(), **options)
    for call in range(1, len(whole.calls) + 1):
        after = disturbed(before, declare, fault, call, **options)
        assert in_the_end(after) == in_the_end(whole), f"call {call}"
        assert planned(after, declare(), **options).changes == []
