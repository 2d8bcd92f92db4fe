# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ownership survives the way through tags."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._aws.tags import check_tags, from_tags, managed_only, owner, ownership, to_tags
from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Scope

DEV = Scope(platform="acme", environment="dev", stack="network")
TAGS = {
    "fintech.platform/platform": "acme",
    "fintech.platform/environment": "dev",
    "fintech.platform/stack": "network",
    "fintech.platform/name": "workload-a",
}


def test_an_object_carries_its_owner_and_the_name_that_consoles_show() -> None:
    assert ownership(DEV, "workload-a") == {**TAGS, "Name": "acme-dev-workload-a"}


def test_whoever_owns_it_is_read_back() -> None:
    assert owner(ownership(DEV, "workload-a")) == (DEV, "workload-a")


@pytest.mark.parametrize("lost", TAGS)
def test_without_one_of_the_tags_it_is_nobodys(lost: str) -> None:
    """The tag Name says nothing: anybody may write it."""
    assert owner({key: value for key, value in ownership(DEV, "workload-a").items() if key != lost}) == (None, None)


@pytest.mark.parametrize("drifted", ["fintech.platform/platform", "fintech.platform/environment"])
def test_in_our_container_a_changed_owner_is_drift(drifted: str) -> None:
    assert owner({**TAGS, drifted: "other"}, DEV) == (DEV, "workload-a")
    assert owner({key: value for key, value in TAGS.items() if key != drifted}, DEV) == (DEV, "workload-a")


def test_in_our_container_another_stacks_object_is_not_ours() -> None:
    hub = {**TAGS, "fintech.platform/stack": "hub"}
    assert owner(hub, DEV) == (Scope(platform="acme", environment="dev", stack="hub"), "workload-a")


def test_in_our_container_an_object_without_our_tags_is_foreign() -> None:
    assert owner({"Name": "acme-dev-workload-a"}, DEV) == (None, None)


@pytest.mark.parametrize(
    ("tags", "problem"),
    [
        ({"aws:team": "core"}, "'aws:team' begins with aws:, which AWS keeps for itself."),
        ({"AWS:team": "core"}, "'AWS:team' begins with aws:, which AWS keeps for itself."),
        ({"fintech.platform/name": "mine"}, "'fintech.platform/name' is written by the platform itself."),
        ({"Name": "mine"}, "'Name' is written by the platform itself."),
        ({"": "empty"}, "'' has 0 characters, but AWS takes 128."),
        ({"k" * 129: ""}, f"'{'k' * 129}' has 129 characters, but AWS takes 128."),
        ({"cost": "v" * 257}, "the value of 'cost' has 257 characters, but AWS takes 256."),
        ({"cost": 7}, "the value of 'cost' is 7, which is no text. Write it in quotes."),
        ({"a|b": ""}, "'a|b' has characters other than letters, digits, spaces and + - = . _ : / @."),
        ({"a": "b;"}, "'a' has characters other than letters, digits, spaces and + - = . _ : / @."),
        ({f"tag-{number}": "" for number in range(41)}, "41 tags are too many: AWS takes 50, 10 of which are the platform's."),
    ],
)
def test_tags_that_aws_or_the_platform_does_not_take_are_refused(tags: dict[str, Any], problem: str) -> None:
    with pytest.raises(PlanError) as refused:
        check_tags(tags)
    assert refused.value.details["problems"] == [f"platform_tags: {problem}"]


def test_tags_within_the_limits_pass() -> None:
    check_tags({"k" * 128: "v" * 256, "cost center": "ledger+1@bank/_:=.-", "größe": ""})
    check_tags({f"tag-{number}": "" for number in range(40)})


def test_tags_of_aws_are_not_seen() -> None:
    assert from_tags([*to_tags({"team": "core"}), {"Key": "aws:cloudformation:stack-name", "Value": "x"}]) == {"team": "core"}
    assert from_tags(None) == {}


def test_tags_of_others_are_left_alone() -> None:
    assert managed_only({"team": "core", "cost": "1"}, {"team": "data"}) == {"team": "core"}
    assert managed_only(None, {"team": "data"}) == {}
