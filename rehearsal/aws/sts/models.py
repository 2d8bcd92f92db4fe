# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""moto's STS backend; it takes unknown keys for a user that has no ARN of IAM."""

from __future__ import annotations

from moto.sts.models import STSBackend

from .. import identities


class Backend(STSBackend):
    """The state of one account."""

    def get_caller_identity(self, access_key_id: str, region: str) -> tuple[str, str, str]:
        caller = identities.find(access_key_id) or identities.built_in(self.account_id)
        return caller.user_id, caller.arn, caller.account
