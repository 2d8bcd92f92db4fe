# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which KMS actions the overlay checks, replaces and follows up."""

from __future__ import annotations

from typing import Any

from moto.kms.models import kms_backends
from moto.kms.responses import KmsResponse

from ..overlay import Act, Check, Follow, OverlayResponse
from . import keys

CHECKED: dict[str, Check] = {
    "CancelKeyDeletion": keys.check_cancel,
    "CreateAlias": keys.check_alias,
    "CreateKey": keys.check_key_policy,
    "PutKeyPolicy": keys.check_key_policy,
    "ScheduleKeyDeletion": keys.check_schedule,
    "UpdateAlias": keys.check_alias,
}
REPLACED: dict[str, Act] = {
    "DisableKeyRotation": keys.disable_rotation,
    "EnableKeyRotation": keys.enable_rotation,
    "GetKeyRotationStatus": keys.rotation,
}
FOLLOWED: dict[str, Follow] = {"CancelKeyDeletion": keys.after_cancel}


class Response(OverlayResponse, KmsResponse):
    """KMS as the overlay answers it."""

    CHECKED, REPLACED, FOLLOWED = CHECKED, REPLACED, FOLLOWED

    def __init__(self) -> None:
        super().__init__()
        self.automated_parameter_parsing = True

    @property
    def backend(self) -> Any:
        return kms_backends[self.current_account][self.region]
