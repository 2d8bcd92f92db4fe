# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests against botocore's models."""

from __future__ import annotations

import botocore.session
import pytest

from rehearsal.aws.validation import violations

SESSION = botocore.session.get_session()


@pytest.mark.parametrize(
    ("service", "action", "parameters", "expected"),
    [
        ("ec2", "CreateVpc", {"CidrBlock": "10.0.0.0/16"}, []),
        ("ec2", "CreateSubnet", {"CidrBlock": "10.0.0.0/24"}, ['Missing required parameter in input: "VpcId"']),
        ("ec2", "CreateVpc", {"InstanceTenancy": "shared"}, ["InstanceTenancy: 'shared' is none of default, dedicated, host"]),
        ("ec2", "DescribeVpcs", {"MaxResults": 1001}, ["MaxResults: 1001 is more than 1000"]),
        ("iam", "GetRole", {"RoleName": "a b"}, [r"RoleName: 'a b' does not match [\w+=,.@-]+"]),
        ("iam", "GetRole", {"RoleName": "a" * 65}, ["RoleName: 65 characters are more than 64"]),
        ("ssm", "PutParameter", {"Name": "n", "Value": "v", "Tags": [{"Key": "k"}]}, ['Missing required parameter in Tags[0]: "Value"']),
        ("ssm", "GetParameters", {"Names": ["n"] * 11}, ["Names: 11 members are more than 10"]),
        ("logs", "CreateLogGroup", {"logGroupName": "g", "tags": {"k": "v" * 257}}, ["tags.k: 257 characters are more than 256"]),
        ("eks", "CreateCluster", {"name": "-", "roleArn": "r", "resourcesVpcConfig": {}}, [r"name: '-' does not match ^[0-9A-Za-z][A-Za-z0-9\-_]*"]),
        ("s3", "PutObject", {"Bucket": "b", "Key": "k", "Body": b"x", "StorageClass": "WARM"}, ["StorageClass: 'WARM' is none of"]),
    ],
)  # fmt: skip
def test_violations_name_the_member_and_the_rule(service: str, action: str, parameters: dict, expected: list[str]) -> None:
    found = violations(parameters, SESSION.get_service_model(service).operation_model(action).input_shape)
    assert len(found) == len(expected)
    assert all(text.startswith(start) for text, start in zip(found, expected, strict=True)), found
