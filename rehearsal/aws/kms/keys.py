# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys: rotation, policies and deletion."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from moto.core.utils import utcnow

from ..answers import AwsError
from ..overlay import Asked
from ..policies import check_policy

_PERIOD = 365
_SHORTEST, _LONGEST = 90, 2560  # EnableKeyRotation, RotationPeriodInDays


def _key(backend: Any, asked: Asked) -> Any:
    """A key by its id or ARN: the calls here take no alias."""
    identifier = asked["KeyId"].rpartition("key/")[2]
    if identifier not in backend.keys:
        raise AwsError("NotFoundException", f"Key '{asked['KeyId']}' does not exist")
    return backend.keys[identifier]


def _usable(backend: Any, asked: Asked) -> Any:
    key = _key(backend, asked)
    if key.key_state == "PendingDeletion":
        raise AwsError("KMSInvalidStateException", f"{key.arn} is pending deletion.")
    return key


def enable_rotation(backend: Any, asked: Asked) -> dict[str, Any]:
    key, days = _usable(backend, asked), asked.get("RotationPeriodInDays", _PERIOD)
    if key.key_spec != "SYMMETRIC_DEFAULT":
        raise AwsError("UnsupportedOperationException", "Only symmetric encryption keys can be rotated automatically.")
    if not _SHORTEST <= days <= _LONGEST:
        raise AwsError("ValidationException", f"The rotation period must be between {_SHORTEST} and {_LONGEST} days")
    key.key_rotation_status, key.rotation_days, key.rotation_since = True, days, utcnow()
    return {}


def disable_rotation(backend: Any, asked: Asked) -> dict[str, Any]:
    _usable(backend, asked).key_rotation_status = False
    return {}


def rotation(backend: Any, asked: Asked) -> dict[str, Any]:
    key = _key(backend, asked)
    if not key.key_rotation_status:
        return {"KeyId": key.id, "KeyRotationEnabled": False}
    days = getattr(key, "rotation_days", _PERIOD)
    following = getattr(key, "rotation_since", utcnow()) + timedelta(days=days)
    return {"KeyId": key.id, "KeyRotationEnabled": True, "RotationPeriodInDays": days, "NextRotationDate": following}


def check_key_policy(backend: Any, asked: Asked) -> None:
    if asked.get("Policy") is None:
        return
    try:
        check_policy(asked["Policy"], {"Effect", "Principal", "Action", "Resource"})
    except ValueError as problem:
        raise AwsError("MalformedPolicyDocumentException", f"The key policy is not valid: {problem}") from problem


def check_schedule(backend: Any, asked: Asked) -> None:
    key, days = _usable(backend, asked), asked.get("PendingWindowInDays", 30)
    if not 7 <= days <= 30:
        raise AwsError("ValidationException", "PendingWindowInDays must be between 7 and 30")
    key.rotation_paused = key.key_rotation_status


def check_cancel(backend: Any, asked: Asked) -> None:
    key = _key(backend, asked)
    if key.key_state != "PendingDeletion":
        raise AwsError("KMSInvalidStateException", f"{key.arn} is not pending deletion.")


def after_cancel(backend: Any, asked: Asked, result: Any) -> None:
    """A rescued key is disabled until somebody enables it."""
    backend.disable_key(_key(backend, asked).id)


def check_alias(backend: Any, asked: Asked) -> None:
    """An alias is of a key that is there and stays."""
    _usable(backend, {"KeyId": asked["TargetKeyId"]})
