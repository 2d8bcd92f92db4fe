# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The KMS key that a cluster's secrets are encrypted with."""

from __future__ import annotations

import re
from typing import Any

from moto.kms.models import kms_backends

from ..answers import AwsError
from .models import INVALID, Backend


def check_encryption(backend: Backend, asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The configuration, at most one. Raises AwsError unless it names secrets and a usable symmetric key of the cluster's region."""
    if len(asked) > 1:
        raise AwsError(INVALID, "No more than one encryptionConfig can be specified")
    for each in asked:
        if each.get("resources") != ["secrets"]:
            raise AwsError(INVALID, "The only valid value for resources of encryptionConfig is [secrets]")
        _check_key(backend, each.get("provider", {}).get("keyArn", ""))
    return asked


def _check_key(backend: Backend, arn: str) -> None:
    found = re.fullmatch(r"arn:aws:kms:([\w-]+):(\d{12}):key/(.+)", arn)
    if found is None or found[1] != backend.region_name:
        raise AwsError(INVALID, f"The keyArn in encryptionConfig provider {arn} is not the ARN of a KMS key in {backend.region_name}")
    key = kms_backends[found[2]][found[1]].keys.get(found[3])
    if key is None:
        raise AwsError(INVALID, f"The keyArn in encryptionConfig provider {arn} does not exist")
    if key.key_state != "Enabled" or key.key_spec != "SYMMETRIC_DEFAULT":
        raise AwsError(INVALID, f"The keyArn in encryptionConfig provider {arn} is not an enabled symmetric key")
