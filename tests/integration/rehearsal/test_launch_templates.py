# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Launch templates, as node groups use them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Refused

pytestmark = pytest.mark.emulator

DATA = {"MetadataOptions": {"HttpTokens": "required"}, "EbsOptimized": True}


@pytest.fixture
def template(ec2: Any, named: Callable[[str], list[dict[str, Any]]]) -> str:
    made = ec2.create_launch_template(
        LaunchTemplateName="nodes", LaunchTemplateData=DATA, VersionDescription="first", TagSpecifications=named("launch-template")
    )["LaunchTemplate"]
    assert (made["LatestVersionNumber"], made["DefaultVersionNumber"]) == (1, 1)
    return str(made["LaunchTemplateId"])


def versions(ec2: Any, template: str, **asked: Any) -> list[tuple[int, dict[str, Any]]]:
    found = ec2.describe_launch_template_versions(LaunchTemplateId=template, **asked)["LaunchTemplateVersions"]
    return [(each["VersionNumber"], each["LaunchTemplateData"]) for each in found]


def test_its_own_tags_are_not_in_its_data(ec2: Any, template: str) -> None:
    [found] = ec2.describe_launch_templates(Filters=[{"Name": "tag:fintech.platform/name", "Values": ["one"]}])["LaunchTemplates"]
    assert (found["LaunchTemplateId"], found["Tags"]) == (template, [{"Key": "fintech.platform/name", "Value": "one"}])
    assert versions(ec2, template) == [(1, DATA)]


def test_a_version_is_made_from_another(ec2: Any, template: str) -> None:
    ec2.create_launch_template_version(LaunchTemplateId=template, SourceVersion="1", LaunchTemplateData={"EbsOptimized": False})
    ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData={"EbsOptimized": False})
    assert versions(ec2, template) == [(3, {"EbsOptimized": False}), (2, {**DATA, "EbsOptimized": False}), (1, DATA)]
    assert [number for number, _data in versions(ec2, template, Versions=["$Default", "$Latest"])] == [1, 3]
    assert [number for number, _data in versions(ec2, template, MinVersion="2")] == [3, 2]


def test_numbers_are_given_once(ec2: Any, template: str, refused: Refused) -> None:
    for _each in range(2):
        ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData=DATA)
    ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion="3")
    answer = ec2.delete_launch_template_versions(LaunchTemplateId=template, Versions=["1", "3", "9"])
    assert [each["VersionNumber"] for each in answer["SuccessfullyDeletedLaunchTemplateVersions"]] == [1]
    kept = {each["VersionNumber"]: each["ResponseError"]["Code"] for each in answer["UnsuccessfullyDeletedLaunchTemplateVersions"]}
    assert kept == {3: "unexpectedError", 9: "launchTemplateVersionDoesNotExist"}
    ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData=DATA)
    assert [number for number, _data in versions(ec2, template)] == [4, 3, 2]
    with refused("InvalidLaunchTemplateId.VersionNotFound"):
        versions(ec2, template, Versions=["1"])


def test_what_is_not_there_is_not_found(ec2: Any, template: str, refused: Refused) -> None:
    with refused("InvalidLaunchTemplateId.NotFound"):
        ec2.describe_launch_templates(LaunchTemplateIds=["lt-0123456789abcdef0"])
    with refused("InvalidLaunchTemplateName.NotFoundException"):
        ec2.describe_launch_templates(LaunchTemplateNames=["other"])
    ec2.delete_launch_template(LaunchTemplateId=template)
    with refused("InvalidLaunchTemplateId.NotFound"):
        ec2.delete_launch_template(LaunchTemplateId=template)
    assert ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [template]}])["Tags"] == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"LaunchTemplateName": "nodes"}, "InvalidLaunchTemplateName.AlreadyExistsException"),
        ({"LaunchTemplateName": "no spaces"}, "InvalidLaunchTemplateName.MalformedException"),
        ({"LaunchTemplateName": "empty", "LaunchTemplateData": {}}, "MissingParameter"),
    ],
)
def test_templates_are_refused(ec2: Any, template: str, refused: Refused, asked: dict[str, Any], code: str) -> None:
    with refused(code):
        ec2.create_launch_template(**{"LaunchTemplateData": DATA, **asked})


def test_instance_types_are_described_and_those_that_do_not_exist_named(ec2: Any, refused: Refused) -> None:
    [found] = ec2.describe_instance_types(InstanceTypes=["m7g.large"])["InstanceTypes"]
    assert found["ProcessorInfo"]["SupportedArchitectures"] == ["arm64"]
    network = found["NetworkInfo"]
    assert (network["MaximumNetworkInterfaces"], network["Ipv4AddressesPerInterface"]) == (3, 10)
    with refused("InvalidInstanceType", "do not exist: [x9.gigantic]"):
        ec2.describe_instance_types(InstanceTypes=["m7g.large", "x9.gigantic"])
