# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies that say the same compare as the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._aws.ecr.documents import access_policy, lifecycle_policy, text

PULL: dict[str, Any] = {"Effect": "Allow", "Principal": {"AWS": ["222222222222", "333333333333"]}, "Action": ["ecr:A", "ecr:B"]}
PUSH: dict[str, Any] = {"Effect": "Allow", "Principal": {"AWS": "444444444444"}, "Action": "ecr:C"}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


@pytest.mark.parametrize(
    "other",
    [
        document(PUSH, PULL),
        document({**PULL, "Action": ["ecr:B", "ecr:A"]}, PUSH),
        document({**PULL, "Principal": {"AWS": ["arn:aws:iam::333333333333:root", "arn:aws:iam::222222222222:root"]}}, PUSH),
        document(PULL, {**PUSH, "Action": ["ecr:C"], "Principal": {"AWS": ["444444444444"]}}),
    ],
)
def test_the_same_written_otherwise(other: dict[str, Any]) -> None:
    assert access_policy(other) == access_policy(document(PULL, PUSH)) == access_policy(json.dumps(other, indent=2))


@pytest.mark.parametrize(
    "other",
    [
        document(PULL),
        document(PULL, {**PUSH, "Effect": "Deny"}),
        document({**PULL, "Principal": "*"}, PUSH),
        {**document(PULL, PUSH), "Version": "2008-10-17"},
    ],
)
def test_something_else(other: dict[str, Any]) -> None:
    assert access_policy(other) != access_policy(document(PULL, PUSH))


@pytest.mark.parametrize("nothing", [None, "", "{}", {}, document()])
def test_no_policy_is_none_however_it_is_written(nothing: Any) -> None:
    assert access_policy(nothing) == {}
    assert text(access_policy(nothing)) == ""


def test_what_aws_gets_is_what_was_meant() -> None:
    assert access_policy(text(access_policy(document(PULL, PUSH)))) == access_policy(document(PULL, PUSH))
    assert json.loads(text(access_policy(document(PUSH))))["Statement"] == [PUSH]


def test_the_rules_of_a_lifecycle_policy_have_their_priorities() -> None:
    first, second = ({"rulePriority": number, "selection": {}, "action": {"type": "expire"}} for number in (1, 2))
    assert lifecycle_policy({"rules": [second, first]}) == lifecycle_policy(json.dumps({"rules": [first, second]}))
    assert lifecycle_policy({"rules": [first]}) != lifecycle_policy({"rules": [second]})
    assert lifecycle_policy(None) == lifecycle_policy({"rules": []}) == {}
