# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SSM parameters, log groups and roles, as far as the network needs them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

LEASE = "/fintech.platform/acme/dev/network/lease/1"
TRUST = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "vpc-flow-logs.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
)
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]})


@pytest.fixture
def ssm(rehearsal, make_client):
    return make_client("ssm")


@pytest.fixture
def logs(rehearsal, make_client):
    return make_client("logs")


@pytest.fixture
def iam(rehearsal, make_client):
    return make_client("iam")


def test_one_of_several_writers_creates_a_parameter(ssm, refused) -> None:
    def put(holder: int) -> str:
        try:
            ssm.put_parameter(Name=LEASE, Value=str(holder), Type="String")
        except ClientError as lost:
            return str(lost.response["Error"]["Code"])
        return "won"

    with ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(put, range(10)))
    assert sorted(outcomes) == ["ParameterAlreadyExists"] * 9 + ["won"]
    assert ssm.get_parameter(Name=LEASE)["Parameter"]["Value"] == str(outcomes.index("won"))


def test_parameters_are_read_by_path_and_deleted(ssm, refused) -> None:
    for number in range(12):
        ssm.put_parameter(Name=f"/fintech.platform/acme/dev/network/lease/{number}", Value="x", Type="String")
    ssm.put_parameter(Name="/fintech.platform/acme/test/network/lease/1", Value="x", Type="String")
    pages = ssm.get_paginator("get_parameters_by_path").paginate(Path="/fintech.platform/acme/dev", Recursive=True)
    assert [len(page["Parameters"]) for page in pages] == [10, 2]
    assert ssm.put_parameter(Name=LEASE, Value="y", Type="String", Overwrite=True)["Version"] == 2
    ssm.delete_parameter(Name=LEASE)
    for call in (ssm.delete_parameter, ssm.get_parameter):
        with refused("ParameterNotFound"):
            call(Name=LEASE)


def test_log_groups_keep_tags_retention_class_and_protection(logs, refused) -> None:
    logs.create_log_group(logGroupName="/acme/dev/flow", tags={"k": "v"}, deletionProtectionEnabled=True)
    logs.create_log_group(logGroupName="/acme/test/flow", logGroupClass="INFREQUENT_ACCESS")
    logs.put_retention_policy(logGroupName="/acme/dev/flow", retentionInDays=365)
    [found] = logs.describe_log_groups(logGroupNamePrefix="/acme/dev")["logGroups"]
    assert (found["retentionInDays"], found["logGroupClass"], found["deletionProtectionEnabled"]) == (365, "STANDARD", True)
    assert logs.list_tags_for_resource(resourceArn=found["logGroupArn"])["tags"] == {"k": "v"}
    logs.tag_resource(resourceArn=found["logGroupArn"], tags={"a": "b"})
    logs.untag_resource(resourceArn=found["logGroupArn"], tagKeys=["k"])
    assert logs.list_tags_for_resource(resourceArn=found["logGroupArn"])["tags"] == {"a": "b"}
    with refused("ResourceAlreadyExistsException"):
        logs.create_log_group(logGroupName="/acme/dev/flow")
    with refused("ValidationException"):
        logs.delete_log_group(logGroupName="/acme/dev/flow")
    logs.put_log_group_deletion_protection(logGroupIdentifier=found["logGroupArn"], deletionProtectionEnabled=False)
    logs.delete_log_group(logGroupName="/acme/dev/flow")
    assert [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]] == ["/acme/test/flow"]
    with refused("ResourceNotFoundException"):
        logs.delete_log_group(logGroupName="/acme/dev/flow")


def test_retention_is_one_of_the_days_that_aws_offers(logs, refused) -> None:
    logs.create_log_group(logGroupName="group")
    with refused("InvalidParameterException", "364"):
        logs.put_retention_policy(logGroupName="group", retentionInDays=364)
    with refused("ResourceNotFoundException"):
        logs.put_retention_policy(logGroupName="absent", retentionInDays=365)


def test_a_log_groups_key_must_exist(logs, make_client, refused) -> None:
    key = make_client("kms").create_key()["KeyMetadata"]["Arn"]
    absent = "arn:aws:kms:eu-central-1:123456789012:key/absent"
    with refused("InvalidParameterException", "does not exist"):
        logs.create_log_group(logGroupName="group", kmsKeyId=absent)
    logs.create_log_group(logGroupName="group", kmsKeyId=key)
    assert logs.describe_log_groups()["logGroups"][0]["kmsKeyId"] == key
    logs.disassociate_kms_key(logGroupName="group")
    assert "kmsKeyId" not in logs.describe_log_groups()["logGroups"][0]
    with refused("InvalidParameterException"):
        logs.associate_kms_key(logGroupName="group", kmsKeyId=absent)
    logs.associate_kms_key(logGroupName="group", kmsKeyId=key)
    assert logs.describe_log_groups()["logGroups"][0]["kmsKeyId"] == key


def test_log_groups_come_in_pages(logs) -> None:
    for number in range(5):
        logs.create_log_group(logGroupName=f"group-{number}")
    pages = logs.get_paginator("describe_log_groups").paginate(PaginationConfig={"PageSize": 2})
    assert [len(page["logGroups"]) for page in pages] == [2, 2, 1]


def test_a_role_is_found_by_its_path_and_stays_while_it_has_policies(iam, refused) -> None:
    made = iam.create_role(RoleName="flow", Path="/fintech.platform/acme/dev/", AssumeRolePolicyDocument=TRUST, Tags=[{"Key": "k", "Value": "v"}])
    assert made["Role"]["Tags"] == [{"Key": "k", "Value": "v"}]
    assert [role["RoleName"] for role in iam.list_roles(PathPrefix="/fintech.platform/acme/dev/")["Roles"]] == ["flow"]
    assert iam.list_roles(PathPrefix="/fintech.platform/acme/test/")["Roles"] == []
    iam.put_role_policy(RoleName="flow", PolicyName="deliver", PolicyDocument=POLICY)
    assert iam.get_role_policy(RoleName="flow", PolicyName="deliver")["PolicyDocument"] == json.loads(POLICY)
    with refused("DeleteConflict"):
        iam.delete_role(RoleName="flow")
    iam.delete_role_policy(RoleName="flow", PolicyName="deliver")
    with refused("NoSuchEntity"):
        iam.get_role_policy(RoleName="flow", PolicyName="deliver")
    iam.delete_role(RoleName="flow")
    with refused("NoSuchEntity"):
        iam.get_role(RoleName="flow")


@pytest.mark.parametrize("document", ["{}", "no json", '{"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}'])
def test_a_trust_policy_must_have_a_form(iam, refused, document) -> None:
    with refused("MalformedPolicyDocument"):
        iam.create_role(RoleName="flow", AssumeRolePolicyDocument=document)
    iam.create_role(RoleName="flow", AssumeRolePolicyDocument=TRUST)
    with refused("MalformedPolicyDocument"):
        iam.update_assume_role_policy(RoleName="flow", PolicyDocument=document)
    with refused("EntityAlreadyExists"):
        iam.create_role(RoleName="flow", AssumeRolePolicyDocument=TRUST)


def test_aws_own_policies_are_attached_and_counted_anew_after_a_reset(rehearsal, iam) -> None:
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    iam.create_role(RoleName="reader", AssumeRolePolicyDocument=TRUST)
    iam.attach_role_policy(RoleName="reader", PolicyArn=arn)
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1
    rehearsal.reset()
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 0
