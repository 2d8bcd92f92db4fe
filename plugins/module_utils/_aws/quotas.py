# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service quotas. What fits into AWS's default is not asked about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

try:
    from botocore.exceptions import ClientError
except ImportError:  # AnsibleAWSModule reports it
    pass


@dataclass(frozen=True)
class Quota:
    """``service`` and ``code`` are Service Quotas' names, ``default`` what every account has at least."""

    service: str
    code: str
    what: str
    default: int

    def allowed(self, place: Any) -> int:
        """What the account has; the default where it may not ask."""
        try:
            answer = place.client("service-quotas").get_service_quota(ServiceCode=self.service, QuotaCode=self.code)
        except ClientError:
            return self.default
        return int(answer["Quota"]["Value"])


def problems(place: Any, quota: Quota, live: int, wanted: int) -> list[str]:
    """A problem if ``wanted`` more than the ``live`` ones do not fit."""
    if not wanted or live + wanted <= quota.default or live + wanted <= (allowed := quota.allowed(place)):
        return []
    problem = (
        f"{live} {quota.what} are there and {wanted} more are wanted, but AWS allows this account {allowed}. "
        f"Have quota {quota.code} of {quota.service} raised, or remove some."
    )
    return [problem]
