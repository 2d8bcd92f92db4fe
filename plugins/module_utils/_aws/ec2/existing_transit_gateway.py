# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transit Gateway that is there already: named by its id, used, and never owned, changed or deleted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..._engine.errors import PlatformError
from ..._engine.resource import Live, Resource, Scope
from .. import waiters
from .transit_gateway import TransitGateway


@dataclass(kw_only=True, eq=False)
class ExistingTransitGateway(Resource):
    """``name`` is the gateway's id. The live object's ``values`` are those of :class:`TransitGateway`."""

    kind = "existing_transit_gateway"
    waiter = waiters.TRANSIT_GATEWAY

    @property
    def adopted(self) -> bool:
        return True

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        """The same call as that of the owned gateway, so that planning makes it once."""
        operation, key, identity = TransitGateway.describe
        for item in place.hub.pages("ec2", operation, key):
            state = TransitGateway.state(item)
            yield Live(id=item[identity], name=item[identity], scope=scope, values=TransitGateway.values(item), state=state, default=True)

    @classmethod
    def check(cls, place: Any, changes: list[Any]) -> list[str]:
        return [_missing(place, change.name) for change in changes if change.live is None]

    def create(self, place: Any) -> Live:
        raise PlatformError(_missing(place, self.name))


def _missing(place: Any, name: str) -> str:
    hub = place.hub
    return (
        f"platform_hub.transit_gateway_id: account {hub.account_id} has no Transit Gateway {name} in {hub.region}. "
        "Correct the id, platform_hub.account_id or platform_hub.region; or leave the id out to have a gateway made."
    )
