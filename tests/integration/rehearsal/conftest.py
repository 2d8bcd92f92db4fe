# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One emulator for all tests of the rehearsal, empty before each."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from rehearsal.aws.client import Rehearsal
from rehearsal.aws.server import WARM, Emulator, serve

Client = Callable[..., Any]
Row = dict[str, Any]
Refused = Callable[..., AbstractContextManager[pytest.ExceptionInfo[ClientError]]]


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    with serve(warm=WARM) as running:
        yield running


@pytest.fixture
def rehearsal(emulator: Emulator) -> Rehearsal:
    control = Rehearsal(emulator.url)
    control.reset()
    return control


@pytest.fixture(scope="session")
def make_client(emulator: Emulator) -> Client:
    """boto3 clients of the emulator that try every call once, so that a test sees each answer."""

    @functools.cache
    def make(service: str, access_key: str = "test", region: str = "eu-central-1", token: str | None = None) -> Any:
        return boto3.client(
            service,
            endpoint_url=emulator.url,
            region_name=region,
            aws_access_key_id=access_key,
            aws_secret_access_key="test",
            aws_session_token=token,
            config=Config(retries={"total_max_attempts": 1}, max_pool_connections=20),
        )

    return make


@pytest.fixture
def ec2(rehearsal: Rehearsal, make_client: Client) -> Any:
    return make_client("ec2")


@pytest.fixture
def ecr(rehearsal: Rehearsal, make_client: Client) -> Any:
    return make_client("ecr", access_key="123456789012")


@pytest.fixture
def vpc(ec2: Any) -> str:
    return str(ec2.create_vpc(CidrBlock="10.64.0.0/23")["Vpc"]["VpcId"])


@pytest.fixture
def subnets(ec2: Any, vpc: str) -> list[str]:
    """A subnet in each of two zones."""
    zones = (("10.64.0.0/25", "euc1-az1"), ("10.64.0.128/25", "euc1-az2"))
    made = [ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZoneId=zone) for cidr, zone in zones]
    return [answer["Subnet"]["SubnetId"] for answer in made]


@pytest.fixture
def gateway(ec2: Any, vpc: str) -> str:
    """An internet gateway, attached."""
    made = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=made, VpcId=vpc)
    return str(made)


@pytest.fixture
def named() -> Callable[[str], list[dict[str, Any]]]:
    """The tag specification of a resource type, with one tag."""
    return lambda kind: [{"ResourceType": kind, "Tags": [{"Key": "fintech.platform/name", "Value": "one"}]}]


@pytest.fixture
def eks(rehearsal: Rehearsal, make_client: Client) -> Any:
    return make_client("eks")


@pytest.fixture
def make_role(rehearsal: Rehearsal, make_client: Client) -> Callable[..., str]:
    """A role that a service may assume; answers its ARN."""

    def make(name: str, service: str, *actions: str, path: str = "/") -> str:
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": list(actions) or "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        return str(make_client("iam").create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trust)["Role"]["Arn"])

    return make


@pytest.fixture
def roles(make_role: Callable[..., str]) -> dict[str, str]:
    """Those of a cluster, of nodes and of pods."""
    return {
        "cluster": make_role("cluster", "eks.amazonaws.com"),
        "nodes": make_role("nodes", "ec2.amazonaws.com", path="/fintech.platform/acme/"),
        "pods": make_role("pods", "pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession"),
    }


@pytest.fixture
def make_cluster(eks: Any, subnets: list[str], roles: dict[str, str]) -> Callable[..., Row]:
    """A cluster with access entries; answers its description, active unless a pace is set."""

    def make(name: str = "dev", **asked: Any) -> Row:
        asked = {"resourcesVpcConfig": {"subnetIds": subnets}, "roleArn": roles["cluster"], "accessConfig": {"authenticationMode": "API"}} | asked
        eks.create_cluster(name=name, **asked)
        cluster: Row = eks.describe_cluster(name=name)["cluster"]
        return cluster

    return make


@pytest.fixture
def make_nodes(eks: Any, subnets: list[str], roles: dict[str, str]) -> Callable[..., Row]:
    """A node group of the cluster `dev`; answers its description, active unless a pace is set."""

    def make(name: str = "general", **asked: Any) -> Row:
        asked = {"clusterName": "dev", "subnets": subnets, "nodeRole": roles["nodes"], "instanceTypes": ["m6i.large"]} | asked
        eks.create_nodegroup(nodegroupName=name, **asked)
        group: Row = eks.describe_nodegroup(clusterName=asked["clusterName"], nodegroupName=name)["nodegroup"]
        return group

    return make


@pytest.fixture
def refused() -> Refused:
    """The error code, and optionally a part of the message, that a call must be answered with."""

    class Expected(AbstractContextManager[Any]):
        def __init__(self, code: str, text: str = "") -> None:
            self.code, self.text = code, text

        def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
            assert isinstance(error, ClientError), f"not refused with {self.code}: {error!r}"
            assert error.response["Error"]["Code"] == self.code, error
            assert self.text in error.response["Error"]["Message"]
            return True

    return Expected
