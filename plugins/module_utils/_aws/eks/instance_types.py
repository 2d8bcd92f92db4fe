# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What EC2 knows of instance types, against what a node group wants of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

try:
    from botocore.exceptions import ClientError
except ImportError:  # AnsibleAWSModule reports it
    pass

PREFIX_PODS = 16  # addresses of a /28
# The max-pods calculator of amazon-eks-ami: above these, a node is said to be no more reliable.
FEW_CORES, FEW_PODS, MANY_PODS = 30, 110, 250


def architecture(ami_type: str) -> str:
    return "arm64" if "ARM_64" in ami_type else "x86_64"


def pod_limit(item: Mapping[str, Any]) -> tuple[int, str]:
    """How many pods a node holds with prefix delegation, and how that is computed."""
    network, cores = item["NetworkInfo"], item["VCpuInfo"]["DefaultVCpus"]
    interfaces, slots = network["MaximumNetworkInterfaces"], network["Ipv4AddressesPerInterface"] - 1
    addresses, most = interfaces * slots * PREFIX_PODS + 2, FEW_PODS if cores <= FEW_CORES else MANY_PODS
    return min(
        addresses, most
    ), f"{interfaces} interfaces x {slots} prefixes x {PREFIX_PODS} + 2 = {addresses}, and at most {most} with {cores} vCPUs"


def instance_type_problems(place: Any, groups: list[Any]) -> Iterator[str]:
    """Types that the region lacks, of another architecture than the image, or with room for fewer pods than kubelets are told."""
    wanted = sorted({each for group in groups for each in group.instance_types})
    if not wanted:
        return
    try:
        found = place.pages("ec2", "describe_instance_types", "InstanceTypes", InstanceTypes=wanted)
    except ClientError as error:
        if error.response["Error"]["Code"] != "InvalidInstanceType":
            raise
        yield f"eks_cluster_node_groups: {error.response['Error']['Message']} (region {place.region}). Correct instance_types."
        return
    items = {each["InstanceType"]: each for each in found}
    for group in groups:
        for name in group.instance_types:
            yield from _problems(group, name, items[name])


def _problems(group: Any, name: str, item: Mapping[str, Any]) -> Iterator[str]:
    wanted, built = architecture(group.ami_type), item["ProcessorInfo"]["SupportedArchitectures"]
    if wanted not in built:
        yield (
            f"eks_cluster_node_groups, {group.name}: {name} is {', '.join(built)}, but the image {group.ami_type} is for {wanted}. "
            "Choose types and ami_type of one architecture."
        )
    limit, arithmetic = pod_limit(item)
    if group.max_pods and group.max_pods > limit:
        yield f"eks_cluster_node_groups, {group.name}: max_pods is {group.max_pods}, but {name} holds {limit} ({arithmetic}). Lower it, or take a larger type."
