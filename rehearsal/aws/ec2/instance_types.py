# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instance types: those that do not exist are refused as AWS refuses them."""

from __future__ import annotations

from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPES

from ..answers import AwsError
from ..overlay import Asked


def check_describe(backend: Any, asked: Asked) -> None:
    unknown = [name for name in asked.get("InstanceTypes", []) if name not in INSTANCE_TYPES]
    if unknown:
        raise AwsError("InvalidInstanceType", f"The following supplied instance types do not exist: [{', '.join(unknown)}]")
