# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resource shares as AWS keeps them: with every association's own state, and seen by the accounts that they are shared with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow
from moto.ram.models import ResourceAccessManagerBackend, ram_backends

from ..pace import Agenda
from . import organizations


@dataclass
class Association:
    """``kind`` is PRINCIPAL or RESOURCE, ``entity`` the one or the other."""

    entity: str
    kind: str
    external: bool = False
    status: str = "ASSOCIATING"
    created: datetime = field(default_factory=utcnow)

    @property
    def present(self) -> bool:
        return self.status in ("ASSOCIATING", "ASSOCIATED")

    def settle(self) -> None:
        self.status = {"ASSOCIATING": "ASSOCIATED", "DISASSOCIATING": "DISASSOCIATED"}.get(self.status, self.status)


@dataclass
class Share:
    arn: str
    name: str
    owner: str
    allow_external: bool = True
    tags: dict[str, str] = field(default_factory=dict)
    status: str = "ACTIVE"
    created: datetime = field(default_factory=utcnow)
    associations: dict[tuple[str, str], Association] = field(default_factory=dict)

    def described(self, *, with_tags: bool) -> dict[str, Any]:
        """Tags are seen by the owner only."""
        row: dict[str, Any] = {
            "resourceShareArn": self.arn, "name": self.name, "owningAccountId": self.owner, "status": self.status,
            "allowExternalPrincipals": self.allow_external, "creationTime": self.created, "lastUpdatedTime": self.created, "featureSet": "STANDARD",
        }  # fmt: skip
        return row | ({"tags": [{"key": key, "value": value} for key, value in self.tags.items()]} if with_tags else {})

    def of(self, kind: str) -> list[Association]:
        return [each for each in self.associations.values() if each.kind == kind]

    def row(self, association: Association) -> dict[str, Any]:
        return {
            "resourceShareArn": self.arn, "resourceShareName": self.name, "associatedEntity": association.entity,
            "associationType": association.kind, "status": association.status, "external": association.external,
            "creationTime": association.created, "lastUpdatedTime": association.created,
        }  # fmt: skip

    def reaches(self, account: str) -> bool:
        """Whether the account has what is shared: by itself, or as a member of an organization."""
        ready = [each.entity for each in self.of("PRINCIPAL") if each.status == "ASSOCIATED"]
        return self.status == "ACTIVE" and self.owner != account and any(organizations.includes(entity, account) for entity in ready)


@dataclass
class Invitation:
    arn: str
    share: Share
    principal: str
    receiver: str
    status: str = "PENDING"
    created: datetime = field(default_factory=utcnow)

    def described(self) -> dict[str, Any]:
        return {
            "resourceShareInvitationArn": self.arn, "resourceShareArn": self.share.arn, "resourceShareName": self.share.name,
            "senderAccountId": self.share.owner, "receiverAccountId": self.receiver, "status": self.status, "invitationTimestamp": self.created,
        }  # fmt: skip


class Backend(ResourceAccessManagerBackend):
    """The state of one account and region: the shares that the account owns, and the invitations that it sent."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.agenda = Agenda()
        self.shares: dict[str, Share] = {}
        self.invitations: dict[str, Invitation] = {}

    def everywhere(self) -> list[Backend]:
        """This one and those of the other accounts, in the same region."""
        return [backend for regions in list(ram_backends.values()) for region, backend in list(regions.items()) if region == self.region_name]

    def offered(self) -> Iterator[Share]:
        """The shares of other accounts that reach this one."""
        return (share for backend in self.everywhere() for share in backend.shares.values() if share.reaches(self.account_id))


def is_shared(arn: str, account: str, region: str) -> bool:
    """Whether another account shares a resource with this one: what other overlays ask before they let it be used."""
    shares = ram_backends[account][region].offered()
    return any(each.entity == arn and each.status == "ASSOCIATED" for share in shares for each in share.of("RESOURCE"))
