# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is declared, whatever is live and wherever a run ends: running again leads to the same state."""

from __future__ import annotations

import copy
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Secret
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.fake_cloud import Cloud, Fault, Killed
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.fake_kinds import converge, planned
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.topologies import Declare, declarations, drift, essence


@st.composite
def situations(draw: Callable[[st.SearchStrategy], object], nets: int = 2) -> tuple[Cloud, Declare]:
    """A cloud that an earlier declaration left and hands have touched, and what is declared now."""
    cloud = Cloud(slow=draw(st.integers(0, 2)), lag=draw(st.integers(0, 1)))
    if draw(st.booleans()):
        converge(cloud, draw(declarations(nets))())
        cloud = rested(cloud)
        draw(drift())(cloud)
    return cloud, draw(declarations(nets))


def rested(cloud: Cloud) -> Cloud:
    """The cloud some time later: without faults, and everything is to be seen."""
    later = copy.deepcopy(cloud)
    for thing in later.things.values():
        thing.unseen = 0
    return later


@settings(max_examples=60)
@given(situations(), st.booleans())
def test_second_plan_is_empty(situation: tuple[Cloud, Declare], purge: bool) -> None:
    cloud, declare = situation
    converge(cloud, declare(), purge=purge)
    again = planned(rested(cloud), declare(), purge=purge)
    assert again.changes == []
    assert len(again.unchanged) == len(declare())


@settings(max_examples=30)
@given(situations(), st.booleans(), st.data())
def test_killed_run_is_repaired_by_running_again(situation: tuple[Cloud, Declare], absent: bool, data: st.DataObject) -> None:
    before, declare = situation
    whole = copy.deepcopy(before)
    converge(whole, declare(), absent=absent, purge=True)
    killed = copy.deepcopy(before)
    fault = data.draw(st.sampled_from([Fault.KILL_BEFORE, Fault.KILL_AFTER]))
    killed.inject(fault, call=data.draw(st.integers(1, 60)))
    with suppress(Killed):
        converge(killed, declare(), absent=absent, purge=True)
    repaired = rested(killed)
    converge(repaired, declare(), absent=absent, purge=True)
    assert essence(repaired) == essence(whole)
