# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""moto's IAM backend; AWS's own policies outlive a reset."""

from __future__ import annotations

from typing import Any

from moto.iam.models import IAMBackend

from ..answers import AwsError
from ..overlay import Asked
from ..policies import check_policy


class Backend(IAMBackend):
    """The state of one account."""

    def _init_aws_policies(self) -> list[Any]:
        """1,600 policies, which take 0.15 s to parse; what changes in one is how often it is attached."""
        place = (self.account_id, self.region_name)
        if place not in _AWS_POLICIES:
            _AWS_POLICIES[place] = super()._init_aws_policies()
        for policy in _AWS_POLICIES[place]:
            policy.attachment_count = 0
        return list(_AWS_POLICIES[place])


_AWS_POLICIES: dict[tuple[str, str], list[Any]] = {}


def check_trust(backend: Any, asked: Asked) -> None:
    document = asked.get("AssumeRolePolicyDocument") or asked.get("PolicyDocument", "")
    try:
        check_policy(document, {"Effect", "Principal", "Action"})
    except ValueError as problem:
        raise AwsError("MalformedPolicyDocument", f"The trust policy is not valid: {problem}") from problem
