# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""moto's IAM backend; AWS's own policies outlive a reset."""

from __future__ import annotations

import copy
from typing import Any

from moto.iam.models import IAMBackend

from ..answers import AwsError
from ..overlay import Asked
from ..policies import check_policy


class Backend(IAMBackend):
    """The state of one account."""

    def _init_aws_policies(self) -> list[Any]:
        """Copies: what an account changes in one is how often it is attached. Parsing 1,600 of them takes 0.15 s."""
        if self.region_name not in _AWS_POLICIES:
            _AWS_POLICIES[self.region_name] = super()._init_aws_policies()
        policies = [copy.copy(policy) for policy in _AWS_POLICIES[self.region_name]]
        for policy in policies:
            policy.account_id = self.account_id
        return policies


_AWS_POLICIES: dict[str, list[Any]] = {}  # by partition, which moto calls a region here


def check_trust(backend: Any, asked: Asked) -> None:
    document = asked.get("AssumeRolePolicyDocument") or asked.get("PolicyDocument", "")
    try:
        check_policy(document, {"Effect", "Principal", "Action"})
    except ValueError as problem:
        raise AwsError("MalformedPolicyDocument", f"The trust policy is not valid: {problem}") from problem
