# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which IAM actions the overlay checks."""

from __future__ import annotations

from typing import Any

from moto.iam.models import iam_backends
from moto.iam.responses import IamResponse

from ..overlay import Check, OverlayResponse
from .models import check_trust

CHECKED: dict[str, Check] = {"CreateRole": check_trust, "UpdateAssumeRolePolicy": check_trust}


class Response(OverlayResponse, IamResponse):
    """IAM as the overlay answers it."""

    CHECKED = CHECKED

    @property
    def backend(self) -> Any:
        return iam_backends[self.current_account][self.partition]
