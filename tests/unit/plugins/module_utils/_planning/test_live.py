# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Live networks are never moved and never forgotten."""

from __future__ import annotations

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._planning.addresses import AddressError, plan_addresses
from ansible_collections.fintech.platform.plugins.module_utils._planning.live import LiveNetwork, check_live

DEV = LiveNetwork("vpc-1", "10.64.0.0/23", "100.64.0.0/20", {"workload-a": "10.64.0.0/25", "edge-a": "10.64.1.128/27", "old-a": "10.64.1.0/28"})


@pytest.fixture
def problems(make_topology):
    def find(live, **options) -> list[str]:
        with pytest.raises(AddressError) as error:
            check_live(plan_addresses(make_topology(**options)), live)
        return error.value.details["problems"]

    return find


def test_live_networks_that_are_where_they_are_planned_pass(make_topology):
    plan = plan_addresses(make_topology())
    check_live(plan, {"dev": DEV, "test": LiveNetwork("vpc-2", "10.64.2.0/23")})
    check_live(plan, {})


def test_a_changed_slot_would_move_the_vpc(problems):
    assert problems({"dev": DEV}, environments=[{"name": "dev", "slot": 2}]) == [
        (
            "Environment dev: its VPC vpc-1 has 10.64.0.0/23, but slot 2 is now 10.64.4.0/23. A VPC keeps its range: restore the slot, the"
            " supernet's first_slot and the prefix lengths, or take the environment down with the teardown playbook first."
        )
    ]


def test_a_changed_prefix_length_would_move_the_vpc(problems):
    [problem] = problems({"dev": DEV}, prefixes={"environment": 22, "subnet": 24}, environments=[{"name": "dev", "slot": 0}])
    assert "has 10.64.0.0/23, but slot 0 is now 10.64.0.0/22" in problem


@pytest.mark.parametrize(("pods", "now"), [("100.96.0.0/11", "100.96.0.0/20"), (None, "without one")])
def test_a_changed_pod_supernet_would_move_the_pods(problems, pods, now):
    assert problems({"dev": DEV}, pod_supernet=pods) == [
        (
            f"Environment dev: its VPC vpc-1 has the pod range 100.64.0.0/20, but slot 0 is now {now}. Restore platform_pod_supernet and"
            " platform_prefixes.pod_environment, or take the environment down first."
        )
    ]


def test_a_changed_zone_slot_would_move_subnets(problems):
    zones = [{"name": "a", "slot": 1}, {"name": "b", "slot": 0}]
    assert problems({"dev": DEV}, zones=zones) == [
        f"Environment dev: its subnet {name} has {found}, but is planned as {planned}. A subnet keeps its range: restore the slot of zone a"
        " and the prefix lengths, or take the environment down with the teardown playbook first."
        for name, found, planned in [("workload-a", "10.64.0.0/25", "10.64.0.128/25"), ("edge-a", "10.64.1.128/27", "10.64.1.160/27")]
    ]


def test_an_environment_that_is_no_longer_declared_needs_a_teardown(problems):
    assert problems({"dev": DEV}, environments=[{"name": "test", "slot": 1}]) == [
        (
            "Environment dev is not in platform_environments, but its VPC vpc-1 (10.64.0.0/23) is live. Restore it in platform_environments or"
            " take it down with the teardown playbook first."
        )
    ]


def test_a_renamed_environment_would_take_the_range_of_the_live_one(problems):
    assert problems({"dev": DEV}, environments=[{"name": "devel", "slot": 0}]) == [
        (
            "Environment dev is not in platform_environments, but its VPC vpc-1 (10.64.0.0/23) is live. Restore it in platform_environments or"
            " take it down with the teardown playbook first. Did you mean 'devel'?"
        ),
        "Environment devel: slot 0 is 10.64.0.0/23, which environment dev still holds (VPC vpc-1, 10.64.0.0/23). Give devel another slot.",
    ]
