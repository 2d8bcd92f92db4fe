# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan and apply in the fake cloud, without its pauses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.fintech.platform.plugins.module_utils._engine.executor import Executor, Pace, read_live
from ansible_collections.fintech.platform.plugins.module_utils._engine.plan import Plan, make_plan
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Resource
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.fake_cloud import Cloud
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.fake_kinds import KINDS
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.fake_place import SCOPE, FakePlace

HURRIED = Pace(first_poll=0.001, poll=0.004, retry=(0.001,) * 6, settle=(0, 0.001, 0.001, 0.001), blocked=1, workers=8)


def planned(cloud: Cloud, resources: Iterable[Resource], **options: Any) -> Plan:
    return make_plan(resources, read_live(KINDS, FakePlace(cloud), SCOPE), SCOPE, **options)


def apply(cloud: Cloud, plan: Plan, **options: Any) -> FakePlace:
    place = FakePlace(cloud)
    Executor(place, SCOPE, **{"pace": HURRIED, **options}).apply(plan)
    return place


def converge(cloud: Cloud, resources: Iterable[Resource], **options: Any) -> Plan:
    plan = planned(cloud, resources, **options)
    apply(cloud, plan)
    return plan
