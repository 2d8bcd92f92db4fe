# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What EKS refuses of node groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Refused

pytestmark = pytest.mark.emulator


@pytest.fixture(autouse=True)
def cluster(make_cluster: Callable[..., Any]) -> None:
    make_cluster(version="1.34")


@pytest.fixture
def template(ec2: Any) -> Callable[..., dict[str, str]]:
    """A launch template of what is given; answers how a node group names it."""

    def make(**data: Any) -> dict[str, str]:
        made = ec2.create_launch_template(LaunchTemplateName="nodes", LaunchTemplateData={"Monitoring": {"Enabled": True}, **data})
        return {"id": made["LaunchTemplate"]["LaunchTemplateId"], "version": "1"}

    return make


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"scalingConfig": {"minSize": 3, "maxSize": 4, "desiredSize": 2}}, "Minimum capacity 3 can't be greater than desired size 2"),
        ({"scalingConfig": {"minSize": 1, "maxSize": 2, "desiredSize": 3}}, "desired capacity 3 can't be greater than max size 2"),
        ({"instanceTypes": ["m7g.large"]}, "[m7g.large] is not a valid instance type for requested amiType AL2023_x86_64_STANDARD"),
        ({"instanceTypes": ["m6i.large"], "amiType": "AL2023_ARM_64_STANDARD"}, "is not a valid instance type for requested amiType"),
        ({"instanceTypes": ["x9.gigantic"]}, "do not exist: [x9.gigantic]"),
        ({"amiType": "AL2_x86_64"}, "AMI Type AL2_x86_64 is only supported for kubernetes versions 1.32 or earlier"),
        ({"amiType": "CUSTOM"}, "needs a launch template"),
        ({"version": "1.35"}, "should be equal to or up to 3 minor versions lower than cluster kubernetes version 1.34"),
        ({"version": "1.30"}, "should be equal to or up to 3 minor versions lower"),
        ({"releaseVersion": "1.34.0-20200101"}, "Requested release version 1.34.0-20200101 is not valid for kubernetes version 1.34."),
        ({"labels": {"eks.amazonaws.com/mine": "x"}}, "Label cannot contain reserved prefixes"),
        ({"labels": {"node.kubernetes.io/mine": "x"}}, "Label cannot contain reserved prefixes"),
        ({"taints": [{"key": "x", "value": value, "effect": "NO_SCHEDULE"} for value in ("1", "2")]}, "must differ in key or effect"),
        ({"updateConfig": {"maxUnavailable": 1, "maxUnavailablePercentage": 10}}, "Exactly one of"),
        ({"nodeRole": "arn:aws:iam::123456789012:role/nobody"}, "The role with name nobody cannot be found"),
        ({"subnets": ["subnet-0123456789abcdef0"]}, "does not exist"),
        ({"subnets": []}, "At least one subnet"),
        ({"launchTemplate": {"id": "lt-0123456789abcdef0"}}, "does not exist"),
        ({"launchTemplate": {"id": "lt-0123456789abcdef0", "name": "nodes"}}, "not both"),
        ({"tags": {"aws:mine": "x"}}, "aws:"),
    ],
)  # fmt: skip
def test_requests_are_refused(make_nodes: Callable[..., Any], refused: Refused, asked: dict[str, Any], text: str) -> None:
    with refused("InvalidParameterException", text):
        make_nodes(**asked)


@pytest.mark.parametrize(
    ("data", "asked", "text"),
    [
        ({"IamInstanceProfile": {"Name": "mine"}}, {}, "should not specify IAM instance profile"),
        ({"InstanceMarketOptions": {"MarketType": "spot"}}, {}, "should not specify request for Spot Instances"),
        ({"NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": "subnet-1"}]}, {}, "should not specify a subnet"),
        ({"InstanceType": "m6i.large"}, {"instanceTypes": ["m6i.large"]}, "both in the launch template and in the request"),
        ({}, {"diskSize": 50}, "Disk size must be specified within the launch template."),
        ({}, {"remoteAccess": {"ec2SshKey": "mine"}}, "Remote access configuration cannot be specified with a launch template."),
        ({"ImageId": "ami-0123456789abcdef0"}, {"amiType": "AL2023_x86_64_STANDARD"}, "AMI type other than CUSTOM"),
        ({"ImageId": "ami-0123456789abcdef0"}, {"version": "1.34"}, "release version with a launch template that specifies an AMI"),
    ],
)
def test_templates_that_say_too_much_are_refused(
    make_nodes: Callable[..., Any], template: Callable[..., dict[str, str]], refused: Refused, data: dict[str, Any], asked: dict[str, Any], text: str
) -> None:
    with refused("InvalidParameterException", text):
        make_nodes(launchTemplate=template(**data), **asked)


def test_a_template_version_that_is_not_there_is_refused(
    make_nodes: Callable[..., Any], template: Callable[..., dict[str, str]], refused: Refused
) -> None:
    with refused("InvalidParameterException", "version 2 does not exist"):
        make_nodes(launchTemplate={**template(), "version": "2"})


def test_a_role_of_somebody_else_is_refused(make_nodes: Callable[..., Any], roles: dict[str, str], refused: Refused) -> None:
    with refused("InvalidParameterException", "Following required service principals [ec2.amazonaws.com] were not found"):
        make_nodes(nodeRole=roles["pods"])


def test_subnets_outside_the_clusters_vpc_are_refused(ec2: Any, make_nodes: Callable[..., Any], refused: Refused) -> None:
    other = ec2.create_vpc(CidrBlock="10.65.0.0/24")["Vpc"]["VpcId"]
    foreign = ec2.create_subnet(VpcId=other, CidrBlock="10.65.0.0/25", AvailabilityZoneId="euc1-az1")["Subnet"]["SubnetId"]
    with refused("InvalidParameterException", "of the cluster"):
        make_nodes(subnets=[foreign])


def test_a_name_is_taken_once(make_nodes: Callable[..., Any], refused: Refused) -> None:
    make_nodes()
    with refused("ResourceInUseException", "NodeGroup already exists with name general and cluster name dev"):
        make_nodes()


def test_a_group_keeps_to_its_template(
    eks: Any, make_nodes: Callable[..., Any], template: Callable[..., dict[str, str]], ec2: Any, refused: Refused
) -> None:
    make_nodes("bare")
    make_nodes("templated", launchTemplate=template())
    other = ec2.create_launch_template(LaunchTemplateName="other", LaunchTemplateData={"EbsOptimized": True})["LaunchTemplate"]
    wanted = {"id": other["LaunchTemplateId"], "version": "1"}
    with refused("InvalidParameterException", "created without one"):
        eks.update_nodegroup_version(clusterName="dev", nodegroupName="bare", launchTemplate=wanted)
    with refused("InvalidParameterException", "only its version"):
        eks.update_nodegroup_version(clusterName="dev", nodegroupName="templated", launchTemplate=wanted)


def test_what_is_not_there_is_not_found(eks: Any, refused: Refused) -> None:
    with refused("ResourceNotFoundException", "No node group found for name: general."):
        eks.describe_nodegroup(clusterName="dev", nodegroupName="general")
