# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM policy documents of the network stack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._aws.logs.log_group import prefix
from .._engine.resource import Scope

VERSION = "2012-10-17"


def endpoint_policy(service: str, parameters: Mapping[str, Any], region: str) -> dict[str, Any] | None:
    """Only principals of the environment's account pass, so that no other account's credentials carry data out.

    None, which leaves AWS's full access, for services that take no policy. Image layers come from a bucket of AWS's own that ECR signs
    for: https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-minimum-s3-perms
    """
    if service in parameters["full_access_endpoints"]:
        return None
    if parameters["endpoint_policy"]:
        return dict(parameters["endpoint_policy"])
    own = {
        "Sid": "OwnAccount", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalAccount": parameters["account_id"]}},
    }  # fmt: skip
    layers = {
        "Sid": "ImageLayers", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::prod-{region}-starport-layer-bucket/*",
    }  # fmt: skip
    return {"Version": VERSION, "Statement": [own, layers] if service == "s3" else [own]}


def flow_log_trust(account_id: str) -> dict[str, Any]:
    """The service may take the role only for this account (no confused deputy)."""
    statement = {
        "Effect": "Allow", "Principal": {"Service": "vpc-flow-logs.amazonaws.com"}, "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": account_id}},
    }  # fmt: skip
    return {"Version": VERSION, "Statement": [statement]}


def flow_log_policy(scope: Scope, region: str, account_id: str) -> dict[str, Any]:
    """Only streams of the one log group, which exists already: nothing may be created elsewhere."""
    group = f"arn:aws:logs:{region}:{account_id}:log-group:{prefix(scope)}flow-logs"
    actions = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogGroups", "logs:DescribeLogStreams"]
    return {"Version": VERSION, "Statement": [{"Effect": "Allow", "Action": actions, "Resource": [group, f"{group}:*"]}]}
