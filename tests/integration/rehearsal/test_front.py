# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The front: calls are named, counted, logged, validated, and answered for another account where the key says so."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.serialize import create_serializer

from rehearsal.aws.client import Rehearsal, RehearsalError


def test_calls_are_counted_and_logged_in_order(rehearsal, ec2, make_client) -> None:
    ec2.create_vpc(CidrBlock="10.0.0.0/16")
    marker = rehearsal.marker()
    ec2.describe_vpcs()
    with pytest.raises(ClientError):
        ec2.delete_vpc(VpcId="vpc-12345678901234567")
    make_client("sts").get_caller_identity()
    calls = rehearsal.calls(since=marker)
    assert calls.counts == {"ec2:DescribeVpcs": 1, "ec2:DeleteVpc": 1, "sts:GetCallerIdentity": 1}
    assert (calls.total, calls.mutating, calls.marker) == (3, 1, marker + 3)
    deleted = calls.named("ec2:DeleteVpc")[0]
    assert deleted["parameters"] == {"VpcId": "vpc-12345678901234567"}
    assert (deleted["status"], deleted["error"]) == (400, "InvalidVpcID.NotFound")
    assert (deleted["region"], deleted["account"], deleted["sequence"]) == ("eu-central-1", "123456789012", marker + 2)
    assert 0 < deleted["seconds"] < 5
    assert rehearsal.calls().counts["ec2:CreateVpc"] == 1


def test_every_protocol_is_named_with_its_parameters(rehearsal, make_client) -> None:
    make_client("s3").create_bucket(Bucket="first", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    make_client("s3").put_object(Bucket="first", Key="a/b", Body=b"four")
    assert make_client("s3").get_object(Bucket="first", Key="a/b")["Body"].read() == b"four"
    make_client("iam").list_roles(PathPrefix="/x/")
    make_client("ssm").put_parameter(Name="/a", Value="b", Type="String")
    make_client("eks").list_clusters()
    make_client("efs").describe_file_systems()
    make_client("elbv2").describe_load_balancers()
    log = {f"{entry['service']}:{entry['action']}": entry["parameters"] for entry in rehearsal.calls().log}
    assert log["s3:PutObject"]["Key"] == "a/b"
    assert log["iam:ListRoles"] == {"PathPrefix": "/x/"}
    assert log["ssm:PutParameter"] == {"Name": "/a", "Value": "b", "Type": "String"}
    assert {"eks:ListClusters", "efs:DescribeFileSystems", "elbv2:DescribeLoadBalancers"} <= log.keys()


def test_a_presigned_url_is_named(rehearsal, make_client) -> None:
    url = make_client("sts").generate_presigned_url("get_caller_identity")
    with socket.create_connection((urlsplit(url).hostname, urlsplit(url).port)) as connection:
        connection.sendall(f"GET /?{urlsplit(url).query} HTTP/1.0\r\nHost: x\r\n\r\n".encode())
        assert b"123456789012" in _all(connection)
    assert rehearsal.calls().counts == {"sts:GetCallerIdentity": 1}


def _all(connection: socket.socket) -> bytes:
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
    return received


@pytest.mark.parametrize(
    ("service", "call", "parameters", "code", "text"),
    [
        ("ec2", "create_vpc_endpoint", {"VpcId": "v", "VpcEndpointType": "Gatewa"}, "InvalidParameterValue", "VpcEndpointType: 'Gatewa' is none of"),
        ("ec2", "create_subnet", {"CidrBlock": "10.0.0.0/24"}, "MissingParameter", "VpcId"),
        ("iam", "create_role", {"RoleName": "no spaces", "AssumeRolePolicyDocument": "{}"}, "ValidationError", "RoleName: 'no spaces' does not match"),
        ("iam", "create_role", {"RoleName": "r" * 65, "AssumeRolePolicyDocument": "{}"}, "ValidationError", "65 characters are more than 64"),
        ("ssm", "get_parameters_by_path", {"Path": "/", "MaxResults": 11}, "ValidationException", "MaxResults: 11 is more than 10"),
        ("logs", "put_retention_policy", {"logGroupName": "a b", "retentionInDays": 1}, "InvalidParameterException", "logGroupName"),
        ("kms", "create_key", {"KeySpec": "RSA_1"}, "ValidationException", "KeySpec"),
        ("eks", "create_nodegroup", {"clusterName": "c"}, "InvalidParameterException", "nodegroupName"),
    ],
)  # fmt: skip
def test_what_the_model_forbids_is_refused_naming_it(rehearsal, make_client, service, call, parameters, code, text) -> None:
    client = make_client(service)
    unvalidated = client._serializer  # botocore would refuse some of it before it is sent
    client._serializer = create_serializer(client.meta.service_model.metadata["protocol"], include_validation=False)
    try:
        with pytest.raises(ClientError) as caught:
            getattr(client, call)(**parameters)
    finally:
        client._serializer = unvalidated
    assert caught.value.response["Error"]["Code"] == code
    assert text in caught.value.response["Error"]["Message"]
    assert 400 <= caught.value.response["ResponseMetadata"]["HTTPStatusCode"] < 500


@pytest.mark.parametrize(
    ("service", "call", "parameters", "name"),
    [
        ("ec2", "describe_network_insights_paths", {}, "ec2:DescribeNetworkInsightsPaths"),
        ("eks", "list_fargate_profiles", {"clusterName": "c"}, "eks:ListFargateProfiles"),
        ("accessanalyzer", "list_analyzers", {}, "accessanalyzer:ListAnalyzers"),
        ("ssm", "list_associations", {}, "ssm:ListAssociations"),
    ],
)
def test_an_unimplemented_action_is_a_modelled_error_that_names_it(rehearsal, make_client, service, call, parameters, name) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(make_client(service), call)(**parameters)
    assert caught.value.response["Error"]["Code"] == "NotImplemented"
    assert name in caught.value.response["Error"]["Message"]
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_an_access_key_of_twelve_digits_is_the_account(rehearsal, make_client) -> None:
    other = make_client("sts", access_key="210987654321")
    assert other.get_caller_identity()["Account"] == "210987654321"
    assert make_client("sts").get_caller_identity()["Account"] == "123456789012"
    make_client("ec2", access_key="210987654321").create_vpc(CidrBlock="10.9.0.0/16")
    seen = [vpc["CidrBlock"] for vpc in make_client("ec2").describe_vpcs()["Vpcs"]]
    assert "10.9.0.0/16" not in seen


def test_an_assumed_role_acts_in_its_own_account(rehearsal, make_client) -> None:
    key = make_client("sts").assume_role(RoleArn="arn:aws:iam::555566667777:role/x", RoleSessionName="session")["Credentials"]
    assumed = make_client("sts", access_key=key["AccessKeyId"], token=key["SessionToken"])
    assert assumed.get_caller_identity()["Account"] == "555566667777"


def test_reset_empties_everything(rehearsal, ec2, make_client) -> None:
    ec2.create_vpc(CidrBlock="10.0.0.0/16")
    make_client("s3").create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    rehearsal.latency(1)
    rehearsal.fault("error", times=None)
    rehearsal.pace(default=9)
    rehearsal.reset()
    assert rehearsal.calls().total == 0
    assert rehearsal.faults() == {"faults": [], "dead": False}
    assert [vpc["CidrBlock"] for vpc in ec2.describe_vpcs()["Vpcs"]] == ["172.31.0.0/16"]
    assert make_client("s3").list_buckets()["Buckets"] == []
    ec2.create_vpc(CidrBlock="10.0.0.0/16")
    assert {vpc["State"] for vpc in ec2.describe_vpcs()["Vpcs"]} == {"available"}


def test_connections_are_kept_alive(emulator, rehearsal) -> None:
    parts = urlsplit(emulator.url)
    with socket.create_connection((parts.hostname, parts.port)) as connection, connection.makefile("rb") as answers:
        for _turn in range(3):
            connection.sendall(b"GET /_rehearsal/health HTTP/1.1\r\nHost: x\r\n\r\n")
            head = b"".join(iter(answers.readline, b"\r\n"))
            assert head.startswith(b"HTTP/1.1 200")
            length = next(int(line.split(b":")[1]) for line in head.splitlines() if line.lower().startswith(b"content-length"))
            assert b"healthy" in answers.read(length)


def test_a_chunked_body_is_read(emulator, rehearsal) -> None:
    parts = urlsplit(emulator.url)
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        connection.sendall(
            b"POST /_rehearsal/latency HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            b'6\r\n{"mill\r\n12\r\niseconds": 0}     \r\n0\r\n\r\n'
        )
        assert b'"milliseconds": 0.0' in _all(connection)


def test_several_clients_are_served_at_once(rehearsal, ec2, make_client) -> None:
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda number: ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16"), range(30)))
    assert len(ec2.describe_vpcs()["Vpcs"]) == 31


@pytest.mark.parametrize(
    ("method", "path", "body", "text"),
    [
        ("POST", "faults", {"kind": "explode"}, "explode"),
        ("POST", "faults", {"kind": "drop", "whenn": 1}, "whenn"),
        ("POST", "faults", {"kind": "throttle", "moment": "after"}, "no effect"),
        ("POST", "faults", {"action": "x"}, "kind"),
        ("POST", "latency", {"milliseconds": -1}, "less than nothing"),
        ("POST", "pace", {"nat_gateway": "slow"}, "slow"),
        ("GET", "nothing", None, "unknown"),
    ],
)
def test_the_control_interface_explains_what_it_refuses(rehearsal: Rehearsal, method: str, path: str, body: Any, text: str) -> None:
    with pytest.raises(RehearsalError, match=text):
        rehearsal._ask(method, path, body)


def test_a_control_client_without_a_rehearsal_says_so() -> None:
    with pytest.raises(RehearsalError, match="No rehearsal answers"):
        Rehearsal("http://127.0.0.1:9").health()


def test_sdk_retries_reach_an_answer_after_throttling(rehearsal, emulator) -> None:
    rehearsal.fault("throttle", action="DescribeVpcs", times=2)
    patient = boto3.client("ec2", endpoint_url=emulator.url, region_name="eu-central-1", aws_access_key_id="a", aws_secret_access_key="b",
                           config=Config(retries={"mode": "standard", "total_max_attempts": 3}))  # fmt: skip
    assert patient.describe_vpcs()["Vpcs"]
    assert rehearsal.calls().counts == {"ec2:DescribeVpcs": 3}
