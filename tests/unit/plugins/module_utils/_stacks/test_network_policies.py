# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may do what through endpoints, and what the flow logs' role may do: no more than is needed."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Scope
from ansible_collections.fintech.platform.plugins.module_utils._stacks.network_policies import endpoint_policy, flow_log_policy, flow_log_trust

ACCOUNT = "123456789012"
REGION = "eu-central-1"
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/fintech.platform/acme/dev/network/flow-logs"


def policy(service: str, **options: Any) -> Any:
    return endpoint_policy(service, {"account_id": ACCOUNT, "endpoint_policy": None, "full_access_endpoints": ["eks-auth"], **options}, REGION)


def test_only_our_accounts_principals_pass_an_endpoint() -> None:
    [statement] = policy("sts")["Statement"]
    assert (statement["Effect"], statement["Action"], statement["Resource"]) == ("Allow", "*", "*")
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}


def test_image_layers_are_read_from_the_bucket_of_ecr_only() -> None:
    own, layers = policy("s3")["Statement"]
    assert own == policy("sts")["Statement"][0]
    assert (layers["Effect"], layers["Action"]) == ("Allow", "s3:GetObject")
    assert layers["Resource"] == f"arn:aws:s3:::prod-{REGION}-starport-layer-bucket/*"


@pytest.mark.parametrize("service", ["sts", "s3", "dynamodb"])
def test_a_policy_that_is_given_takes_the_place(service: str) -> None:
    given = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]}
    assert policy(service, endpoint_policy=given) == given


def test_what_takes_no_policy_gets_none() -> None:
    assert policy("eks-auth") is None
    assert policy("eks-auth", endpoint_policy={"Statement": []}) is None


def test_the_flow_log_service_takes_the_role_for_our_account_only() -> None:
    [statement] = flow_log_trust(ACCOUNT)["Statement"]
    assert statement["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert statement["Action"] == "sts:AssumeRole"
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_the_role_writes_to_its_one_log_group() -> None:
    [statement] = flow_log_policy(Scope(platform="acme", environment="dev", stack="network"), REGION, ACCOUNT)["Statement"]
    assert statement["Resource"] == [GROUP, f"{GROUP}:*"]
    assert "logs:CreateLogGroup" not in statement["Action"]
    assert not [action for action in statement["Action"] if "*" in action]
