# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM roles that EKS and its pods and nodes assume."""

from __future__ import annotations

import json
import re
from typing import Any

from moto.iam.models import iam_backends

from ..answers import AwsError
from .models import INVALID

_ARN = re.compile(r"arn:aws:iam::(\d{12}):role/.+")


def find(arn: str) -> Any:
    """moto's role, None if it does not exist."""
    found = _ARN.fullmatch(arn)
    if found is None:
        return None
    return next((role for role in iam_backends[found[1]]["aws"].roles.values() if role.arn == arn), None)


def trusts(role: Any, service: str, *actions: str) -> bool:
    """Whether the trust policy lets the service do all of the actions of STS; conditions are not looked at."""
    policy = role.assume_role_policy_document
    statements = (json.loads(policy) if isinstance(policy, str) else policy)["Statement"]
    allowed: set[str] = set()
    for statement in statements if isinstance(statements, list) else [statements]:
        if statement["Effect"] == "Allow" and service in _services(statement.get("Principal")):
            allowed |= set(_list(statement.get("Action")))
    return bool(allowed & {"*", "sts:*"}) or allowed >= set(actions)


def _services(principal: Any) -> list[str]:
    return _list(principal.get("Service")) if isinstance(principal, dict) else []


def _list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def check_cluster_role(arn: str) -> None:
    role = find(arn)
    if role is None or not trusts(role, "eks.amazonaws.com", "sts:AssumeRole"):
        raise AwsError(INVALID, f"Role with arn: {arn}, could not be assumed because it does not exist or the trusted entity is not correct")


def check_node_role(arn: str) -> None:
    role = find(arn)
    if role is None:
        name = arn.rpartition("/")[2]
        raise AwsError(INVALID, f"The role with name {name} cannot be found. (Service: Iam, Status Code: 404)")
    if not trusts(role, "ec2.amazonaws.com", "sts:AssumeRole"):
        raise AwsError(
            INVALID, f"Following required service principals [ec2.amazonaws.com] were not found in the trust relationships of nodeRole {arn}"
        )


def check_pod_role(arn: str, account: str) -> None:
    if find(arn) is None:
        raise AwsError(INVALID, f"Role provided in the request does not exist: {arn}")
    if not arn.startswith(f"arn:aws:iam::{account}:"):
        raise AwsError(INVALID, "Cross-account pass role is not allowed.")
    if not trusts(find(arn), "pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession"):
        raise AwsError(INVALID, "Trust policy of the role provided is invalid. Follow the official documentation to resolve the issue.")


def check_service_account_role(arn: str, account: str) -> None:
    if find(arn) is None:
        raise AwsError(INVALID, f"Role provided in the request does not exist: {arn}")
    if not arn.startswith(f"arn:aws:iam::{account}:"):
        raise AwsError(INVALID, "Cross-account pass role is not allowed.")
