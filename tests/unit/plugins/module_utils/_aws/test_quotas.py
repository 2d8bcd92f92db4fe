# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Quotas: asked about only beyond AWS's default."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.fintech.platform.plugins.module_utils._aws.quotas import Quota, problems

QUOTA = Quota("ec2", "L-1", "things per Region", 5)


class Account:
    """An account with a raised quota; one that may not ask, without it."""

    def __init__(self, allowed: int | None = None) -> None:
        self.allowed, self.asked = allowed, 0

    def client(self, service: str) -> Any:
        assert service == "service-quotas"
        return self

    def get_service_quota(self, **_question: str) -> Any:
        self.asked += 1
        if self.allowed is None:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetServiceQuota")
        return {"Quota": {"Value": float(self.allowed)}}


@pytest.mark.parametrize(("live", "wanted"), [(3, 2), (9, 0)])
def test_what_fits_is_not_asked_about(live: int, wanted: int) -> None:
    account = Account()
    assert problems(account, QUOTA, live, wanted) == []
    assert account.asked == 0


def test_a_raised_quota_holds() -> None:
    assert problems(Account(allowed=8), QUOTA, 5, 3) == []


@pytest.mark.parametrize(("account", "allowed"), [(Account(allowed=8), 8), (Account(), 5)])
def test_what_does_not_fit_is_refused_with_the_numbers(account: Account, allowed: int) -> None:
    [problem] = problems(account, QUOTA, 5, 4)
    assert problem.startswith(f"5 things per Region are there and 4 more are wanted, but AWS allows this account {allowed}.")
    assert "L-1" in problem
