# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log groups."""

from __future__ import annotations

import re
from typing import Any

from moto.kms.models import kms_backends

from ..answers import AwsError
from ..described import paginate
from ..overlay import Asked

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
_RETENTIONS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
_DEFAULT_LIMIT = 50


def check_create(backend: Any, asked: Asked) -> None:
    if "kmsKeyId" in asked:
        _check_key(backend, asked["kmsKeyId"])


def after_create(backend: Any, asked: Asked, result: Any) -> None:
    group = backend.groups[asked["logGroupName"]]
    group.log_group_class = asked.get("logGroupClass", "STANDARD")
    group.protected = asked.get("deletionProtectionEnabled", False)


def _check_key(backend: Any, arn: str) -> None:
    """Refuse a key of this account that does not exist or is not usable; those of other accounts cannot be seen."""
    found = re.fullmatch(r"arn:aws[\w-]*:kms:([\w-]+):(\d{12}):key/(.+)", arn)
    if found is None:
        raise AwsError("InvalidParameterException", f"Invalid ARN: '{arn}'")
    region, account, key_id = found.groups()
    if account != backend.account_id:
        return
    key = kms_backends[account][region].keys.get(key_id)
    if region != backend.region_name or key is None or key.key_state != "Enabled":
        raise AwsError("InvalidParameterException", f"The specified KMS key does not exist or is not allowed to be used with Arn '{arn}'")


def check_retention(backend: Any, asked: Asked) -> None:
    _get(backend, asked["logGroupName"])
    if asked["retentionInDays"] not in _RETENTIONS:
        known = ", ".join(map(str, _RETENTIONS))
        raise AwsError(
            "InvalidParameterException",
            f"1 validation error detected: Value '{asked['retentionInDays']}' at 'retentionInDays' failed to satisfy "
            f"constraint: Member must satisfy enum value set: [{known}]",
        )


def check_delete(backend: Any, asked: Asked) -> None:
    if getattr(_get(backend, asked["logGroupName"]), "protected", False):
        raise AwsError("ValidationException", "The log group is protected against deletion. Disable its deletion protection first.")


def _get(backend: Any, name: str) -> Any:
    """A log group by its name or its ARN."""
    group = backend.groups.get(name.removesuffix(":*").rpartition("log-group:")[2])
    if group is None:
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
    return group


def associate_key(backend: Any, asked: Asked) -> dict[str, Any]:
    group = _get(backend, asked.get("logGroupName") or asked.get("resourceIdentifier", ""))
    _check_key(backend, asked["kmsKeyId"])
    group.kms_key_id = asked["kmsKeyId"]
    return {}


def disassociate_key(backend: Any, asked: Asked) -> dict[str, Any]:
    _get(backend, asked.get("logGroupName") or asked.get("resourceIdentifier", "")).kms_key_id = None
    return {}


def protect(backend: Any, asked: Asked) -> dict[str, Any]:
    _get(backend, asked["logGroupIdentifier"]).protected = asked["deletionProtectionEnabled"]
    return {}


def describe(backend: Any, asked: Asked) -> dict[str, Any]:
    prefix, pattern = asked.get("logGroupNamePrefix", ""), asked.get("logGroupNamePattern", "")
    if prefix and pattern:
        raise AwsError("InvalidParameterException", "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
    rows = [
        {
            **group.to_describe_dict(),
            "logGroupClass": getattr(group, "log_group_class", "STANDARD"),
            "deletionProtectionEnabled": getattr(group, "protected", False),
        }
        for name, group in sorted(backend.groups.items())
        if name.startswith(prefix) and pattern.lower() in name.lower()
    ]
    page, token = paginate(rows, asked.get("limit", _DEFAULT_LIMIT), asked.get("nextToken"))
    return {"logGroups": page, "nextToken": token}
