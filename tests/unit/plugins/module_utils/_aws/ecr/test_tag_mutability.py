# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS's setting and its filters, as a set of patterns and back."""

from __future__ import annotations

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._aws.ecr.tag_mutability import from_setting, to_setting


@pytest.mark.parametrize(
    ("mutable", "setting"),
    [(set(), "IMMUTABLE"), ({"*"}, "MUTABLE"), ({"latest", "dev-*"}, "IMMUTABLE_WITH_EXCLUSION"), ({"*-dev"}, "IMMUTABLE_WITH_EXCLUSION")],
)
def test_what_may_move(mutable: set[str], setting: str) -> None:
    asked = to_setting(mutable)
    assert asked["imageTagMutability"] == setting
    assert from_setting(asked) == mutable


def test_what_somebody_else_excluded_from_moving_is_none_of_ours() -> None:
    described = {"imageTagMutability": "MUTABLE_WITH_EXCLUSION", "imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": "v*"}]}
    assert from_setting(described) == {"*", "!v*"}
    assert from_setting({}) == {"*"}  # as AWS begins
