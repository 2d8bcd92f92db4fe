# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role's name says whose it is, in a service that is global, and within AWS's limit."""

from __future__ import annotations

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._aws.iam.role import Role
from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Scope


def role(environment: str) -> Role:
    scope = Scope(platform="acme", environment=environment, stack="network")
    return Role(name="flow-logs", scope=scope, region="eu-central-1", trust={}, policy={}, tags={})


def test_its_name_has_platform_environment_and_region() -> None:
    assert role("dev").role_name == "acme-dev-eu-central-1-flow-logs"


def test_a_name_as_long_as_aws_takes_passes() -> None:
    assert len(role("e" * 36).role_name) == 64


def test_a_longer_name_is_refused() -> None:
    message = "has 65 characters, but AWS takes 64. Shorten platform_name or the environment's name."
    with pytest.raises(PlanError, match=f"^The IAM role name acme-{'e' * 37}-eu-central-1-flow-logs {message}$"):
        role("e" * 37)
