# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The images of EKS nodes: their AMI types and releases, the SSM parameters that name them, and the AMIs in EC2.

Parameters: https://docs.aws.amazon.com/eks/latest/userguide/retrieve-ami-id.html and retrieve-ami-id-bottlerocket.html. The releases
are named as AWS names them, their ids made up: each is the same at every start.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .versions import VERSIONS

# The newest comes first.
_DATES = ("20260903", "20260827")
PUBLISHED = datetime(2026, 9, 3)  # noqa: DTZ001 - moto keeps times without a zone
_BOTTLEROCKET = ("1.57.0-5a1c0f3e", "1.56.2-2d97be04")
_OWNERS = {"al2023": "602401143452", "bottlerocket": "092701018921"}


@dataclass(frozen=True)
class AmiType:
    """variant: `standard`, `nvidia` and the like of Amazon Linux; what follows the version in names of Bottlerocket (`-fips`)."""

    family: str
    architecture: str
    variant: str


AMI_TYPES = {
    "AL2023_x86_64_STANDARD": AmiType("al2023", "x86_64", "standard"),
    "AL2023_ARM_64_STANDARD": AmiType("al2023", "arm64", "standard"),
    "AL2023_x86_64_NVIDIA": AmiType("al2023", "x86_64", "nvidia"),
    "AL2023_ARM_64_NVIDIA": AmiType("al2023", "arm64", "nvidia"),
    "AL2023_x86_64_NEURON": AmiType("al2023", "x86_64", "neuron"),
    "BOTTLEROCKET_x86_64": AmiType("bottlerocket", "x86_64", ""),
    "BOTTLEROCKET_ARM_64": AmiType("bottlerocket", "arm64", ""),
    "BOTTLEROCKET_x86_64_FIPS": AmiType("bottlerocket", "x86_64", "-fips"),
    "BOTTLEROCKET_ARM_64_FIPS": AmiType("bottlerocket", "arm64", "-fips"),
    "BOTTLEROCKET_x86_64_NVIDIA": AmiType("bottlerocket", "x86_64", "-nvidia"),
    "BOTTLEROCKET_ARM_64_NVIDIA": AmiType("bottlerocket", "arm64", "-nvidia"),
}


@dataclass(frozen=True)
class Image:
    """One release of an AMI type for a Kubernetes version."""

    type: AmiType
    version: str
    release: str

    @property
    def name(self) -> str:
        if self.type.family == "bottlerocket":
            return f"bottlerocket-aws-k8s-{self.version}{self.type.variant}-{self.type.architecture}-v{self.release}"
        date = self.release.rpartition("-")[2]
        return f"amazon-eks-node-al2023-{self.type.architecture}-{self.type.variant}-{self.version}-v{date}"

    @property
    def owner(self) -> str:
        return _OWNERS[self.type.family]

    def id(self, region: str) -> str:
        return "ami-0" + hashlib.sha256(f"{region} {self.name}".encode()).hexdigest()[:16]


def releases(ami_type: str, version: str) -> list[str]:
    """The release versions of an AMI type for a Kubernetes version, the newest first; none for types that are not kept here."""
    found = AMI_TYPES.get(ami_type)
    if found is None or version not in VERSIONS:
        return []
    if found.family == "bottlerocket":
        return list(_BOTTLEROCKET)
    return [f"{VERSIONS[version].patch}-{date}" for date in _DATES]


def image(ami_type: str, version: str, release: str) -> Image:
    return Image(AMI_TYPES[ami_type], version, release)


def images() -> Iterator[Image]:
    for name in AMI_TYPES:
        for version in VERSIONS:
            yield from (image(name, version, release) for release in releases(name, version))


def parameters(region: str) -> dict[str, str]:
    """The public SSM parameters by their names."""
    found: dict[str, str] = {}
    for name, ami_type in AMI_TYPES.items():
        for version in VERSIONS:
            each = [image(name, version, release) for release in releases(name, version)]
            found |= _bottlerocket(each, region) if ami_type.family == "bottlerocket" else _amazon_linux(each, region)
    return found


def _amazon_linux(found: list[Image], region: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for index, each in enumerate(found):
        root = f"/aws/service/eks/optimized-ami/{each.version}/amazon-linux-2023/{each.type.architecture}/{each.type.variant}"
        facts = {"image_id": each.id(region), "image_name": each.name, "release_version": each.release}
        for folder in (f"{root}/{each.name}", *([f"{root}/recommended"] if index == 0 else [])):
            parameters[folder] = json.dumps({"schema_version": "2", **facts})
            parameters |= {f"{folder}/{fact}": value for fact, value in facts.items()}
    return parameters


def _bottlerocket(found: list[Image], region: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for index, each in enumerate(found):
        root = f"/aws/service/bottlerocket/aws-k8s-{each.version}{each.type.variant}/{each.type.architecture}"
        for folder in (f"{root}/{each.release}", *([f"{root}/latest"] if index == 0 else [])):
            parameters |= {f"{folder}/image_id": each.id(region), f"{folder}/image_version": each.release}
    return parameters


def register(backend: Any) -> None:
    """Add the images to those that EC2 describes."""
    from moto.ec2.models.amis import Ami

    for each in images():
        identifier = each.id(backend.region_name)
        backend.amis[identifier] = Ami(
            backend, identifier, name=each.name, description=f"EKS-optimized Kubernetes node based on {each.type.family} ({each.version})",
            owner_id=each.owner, owner_alias="amazon", public=True, virtualization_type="hvm", architecture=each.type.architecture,
            image_location=f"amazon/{each.name}", hypervisor="xen", root_device_type="ebs", root_device_name="/dev/xvda", creation_date=PUBLISHED,
            region_name=backend.region_name,
        )  # fmt: skip
