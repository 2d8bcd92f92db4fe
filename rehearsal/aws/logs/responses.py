# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which CloudWatch Logs actions the overlay checks, replaces and follows up."""

from __future__ import annotations

from typing import Any

from moto.logs.models import logs_backends
from moto.logs.responses import LogsResponse

from ..overlay import Act, Check, Follow, OverlayResponse
from . import groups

CHECKED: dict[str, Check] = {
    "CreateLogGroup": groups.check_create,
    "DeleteLogGroup": groups.check_delete,
    "PutRetentionPolicy": groups.check_retention,
}
REPLACED: dict[str, Act] = {
    "AssociateKmsKey": groups.associate_key,
    "DescribeLogGroups": groups.describe,
    "DisassociateKmsKey": groups.disassociate_key,
    "PutLogGroupDeletionProtection": groups.protect,
}
FOLLOWED: dict[str, Follow] = {"CreateLogGroup": groups.after_create}


class Response(OverlayResponse, LogsResponse):
    """CloudWatch Logs as the overlay answers it."""

    CHECKED, REPLACED, FOLLOWED = CHECKED, REPLACED, FOLLOWED

    def __init__(self) -> None:
        super().__init__()
        self.automated_parameter_parsing = True

    @property
    def backend(self) -> Any:
        return logs_backends[self.current_account][self.region]
