# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Customer gateway that somebody else made: used, never owned, never deleted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..._engine.errors import PlatformError
from ..._engine.resource import Live, Resource, Scope
from .customer_gateway import DESCRIBE, facts


@dataclass(kw_only=True, eq=False)
class ExistingCustomerGateway(Resource):
    """``name`` is its id."""

    kind = "existing_customer_gateway"

    @property
    def adopted(self) -> bool:
        return True

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        """The same call as that of our own customer gateways, so that planning makes it once."""
        operation, key, identifier = DESCRIBE
        for item in place.hub.pages("ec2", operation, key):
            if item["State"] in ("pending", "available"):
                yield Live(id=item[identifier], name=item[identifier], scope=scope, default=True, values=facts(item))

    @classmethod
    def check(cls, place: Any, changes: list[Any]) -> list[str]:
        return [_missing(change.name, place) for change in changes if change.live is None]

    def create(self, place: Any) -> Live:
        raise PlatformError(_missing(self.name, place))


def _missing(name: str, place: Any) -> str:
    hub = place.hub
    return f"Account {hub.account_id} has no customer gateway {name} in {hub.region}. Correct the site's vpn.customer_gateway_id in platform_sites."
