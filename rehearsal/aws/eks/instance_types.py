# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instance types as EKS sees them: their architecture, and what a node of one offers to pods."""

from __future__ import annotations

from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPES

from ..answers import AwsError
from .models import INVALID

# The max-pods calculator of amazon-eks-ami.
_FEW_CORES, _FEW_PODS, _MANY_PODS = 30, 110, 250


def facts(name: str) -> dict[str, Any]:
    """As DescribeInstanceTypes has them. Raises AwsError for a type that does not exist."""
    found: dict[str, Any] | None = INSTANCE_TYPES.get(name)
    if found is None:
        raise AwsError(INVALID, f"The following supplied instance types do not exist: [{name}]")
    return found


def check_architecture(names: list[str], ami_type: str, architecture: str) -> None:
    unfit = [name for name in names if architecture not in facts(name)["ProcessorInfo"]["SupportedArchitectures"]]
    if unfit:
        raise AwsError(INVALID, f"[{', '.join(unfit)}] is not a valid instance type for requested amiType {ami_type}")


def capacity(name: str) -> tuple[int, int, int]:
    """vCPUs, memory in MiB, and pods as with prefix delegation: where the addresses of single interfaces are counted, fewer fit."""
    found = facts(name)
    cores, memory = found["VCpuInfo"]["DefaultVCpus"], found["MemoryInfo"]["SizeInMiB"]
    return cores, memory, _FEW_PODS if cores <= _FEW_CORES else _MANY_PODS
