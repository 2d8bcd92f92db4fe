# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transit Gateway that the hub's account shares with this one: an invitation to it is accepted, the gateway itself is another's."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from ..._engine.errors import PlatformError
from ..._engine.resource import Difference, Live, Resource, Scope, managed
from .. import waiters

GATEWAY = "ec2:TransitGateway"


@dataclass(kw_only=True, eq=False)
class SharedTransitGateway(Resource):
    """``name`` is the gateway's id. Declared only where ``place.hub`` is another account. Inside of an organization that shares by
    itself there is no invitation.
    """

    accepted: bool = managed(True)

    kind = "shared_transit_gateway"
    waiter = waiters.SHARED_TRANSIT_GATEWAY
    calls: ClassVar = {"accepted": ("ram.AcceptResourceShareInvitation",)}

    @property
    def adopted(self) -> bool:
        return True

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        """Invitations are looked at only where nothing of the hub's account is there yet."""
        found = place.pages("ram", "list_resources", "resources", resourceOwner="OTHER-ACCOUNTS", resourceType=GATEWAY)
        gateways = {each["arn"]: None for each in found if f":{place.hub.account_id}:" in each["arn"]}
        for arn, invitation in (gateways or _offered(place)).items():
            gateway, accepted = arn.rpartition("/")[2], invitation is None
            state = "accepted" if accepted else "pending"
            yield Live(
                id=gateway, name=gateway, scope=scope, values={"accepted": accepted}, state=state, default=True, detail={"invitation": invitation}
            )

    @classmethod
    def check(cls, place: Any, changes: list[Any]) -> list[str]:
        return [_missing(place, change.name) for change in changes if change.live is None]

    def create(self, place: Any) -> Live:
        raise PlatformError(_missing(place, self.name))

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        ram = place.client("ram")
        # A retry of a lost answer, with its token, is answered as the first call was.
        ram.accept_resource_share_invitation(resourceShareInvitationArn=live.detail["invitation"], clientToken=str(uuid.uuid4()))


def _offered(place: Any) -> dict[str, str]:
    """The invitations that are still to be accepted, by the ARN of the gateway that each brings."""
    found = place.pages("ram", "get_resource_share_invitations", "resourceShareInvitations")
    pending = [
        each["resourceShareInvitationArn"] for each in found if each["status"] == "PENDING" and each["senderAccountId"] == place.hub.account_id
    ]
    question = ("ram", "list_pending_invitation_resources", "resources")
    answers = place.together(partial(place.pages, *question, resourceShareInvitationArn=arn) for arn in pending)
    return {each["arn"]: arn for arn, items in zip(pending, answers, strict=True) for each in items if each["type"] == GATEWAY}


def _missing(place: Any, name: str) -> str:
    return (
        f"Account {place.account_id} cannot use the Transit Gateway {name}, since account {place.hub.account_id} does not share it. "
        "Put the account, or the ARN of its organization, into platform_hub.share_with, and run the hub."
    )
