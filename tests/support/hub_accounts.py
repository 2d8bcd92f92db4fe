# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A platform whose hub and environments have an account each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .cloud import ACCOUNT, Cloud
from .hub import Connected, Hub
from .network import Outcome

ACCOUNTS = {"dev": "210987654321", "test": "345678901234"}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/platform-hub"
APART: dict[str, Any] = {"hub": {"account_id": ACCOUNT, "role": ROLE, "share_with": sorted(ACCOUNTS.values())}}


class AccountCloud(Cloud):
    """The same cloud, as somebody at the console of another account sees it."""

    def __init__(self, url: str, account: str) -> None:
        super().__init__(url)
        self.account = account

    def __getattr__(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self.open_client(service, credentials=self.account)
        return self._clients[service]


@dataclass
class Apart(Connected):
    """An environment in its own account."""

    def run(self, **options: Any) -> Outcome:
        account = ACCOUNTS[self.options["environment"]]
        return super().run(**{"account": account, "account_id": account, **options})


def platform_apart(cloud: Cloud, *environments: str, **options: Any) -> list[Any]:
    """The hub and the environments, not built yet."""
    return [Hub(cloud, {**APART, **options}), *(Apart(cloud, {**APART, **options, "environment": name}) for name in environments)]
