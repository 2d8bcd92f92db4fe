# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The images of EKS nodes, as SSM's public parameters name them and EC2 describes them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rehearsal.aws.client import Rehearsal

from .conftest import Client, Refused

pytestmark = pytest.mark.emulator

ROOT = "/aws/service/eks/optimized-ami/1.35/amazon-linux-2023"


@pytest.fixture
def ssm(rehearsal: Rehearsal, make_client: Client) -> Any:
    return make_client("ssm")


def value(ssm: Any, name: str) -> str:
    return str(ssm.get_parameter(Name=name)["Parameter"]["Value"])


@pytest.mark.parametrize(("architecture", "variant"), [("x86_64", "standard"), ("arm64", "standard"), ("x86_64", "nvidia")])
def test_the_recommended_image_is_one_of_the_releases(ssm: Any, architecture: str, variant: str) -> None:
    recommended = f"{ROOT}/{architecture}/{variant}/recommended"
    told = json.loads(value(ssm, recommended))
    assert told["release_version"] == value(ssm, f"{recommended}/release_version") == "1.35.7-20260903"
    assert told["image_id"] == value(ssm, f"{ROOT}/{architecture}/{variant}/{told['image_name']}/image_id")


def test_images_are_described_with_their_owner_and_architecture(ssm: Any, ec2: Any) -> None:
    wanted = {
        f"{ROOT}/arm64/standard/recommended/image_id": ("arm64", "602401143452"),
        "/aws/service/bottlerocket/aws-k8s-1.35/x86_64/latest/image_id": ("x86_64", "092701018921"),
    }
    for name, (architecture, owner) in wanted.items():
        [image] = ec2.describe_images(ImageIds=[value(ssm, name)])["Images"]
        assert (image["Architecture"], image["OwnerId"], image["Public"], image["State"]) == (architecture, owner, True, "available")


def test_they_differ_by_region_and_version(make_client: Client, ssm: Any) -> None:
    name = "/aws/service/eks/optimized-ami/{}/amazon-linux-2023/x86_64/standard/recommended/image_id"
    found = [
        value(ssm, name.format("1.35")),
        value(ssm, name.format("1.34")),
        value(make_client("ssm", region="eu-west-1"), name.format("1.35")),
    ]
    assert len(set(found)) == 3


def test_they_are_listed_by_path(ssm: Any) -> None:
    pages = ssm.get_paginator("get_parameters_by_path").paginate(Path=f"{ROOT}/x86_64/standard", Recursive=True)
    found = {each["Name"].rpartition("/")[2] for page in pages for each in page["Parameters"]}
    assert {"image_id", "image_name", "release_version", "recommended"} <= found


def test_versions_that_eks_does_not_have_are_not_found(ssm: Any, refused: Refused) -> None:
    with refused("ParameterNotFound"):
        value(ssm, "/aws/service/eks/optimized-ami/1.99/amazon-linux-2023/x86_64/standard/recommended/image_id")
