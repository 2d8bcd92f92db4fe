# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which RAM actions the overlay replaces; permissions and resource types are moto's."""

from __future__ import annotations

from typing import Any

from moto.ram.models import ram_backends
from moto.ram.responses import ResourceAccessManagerResponse

from ..overlay import Act, Asked, OverlayResponse
from . import invitations, listings, organizations, shares


def _enable(backend: Any, asked: Asked) -> dict[str, Any]:
    organizations.enable(backend.account_id)
    return {"returnValue": True}


REPLACED: dict[str, Act] = {
    "AcceptResourceShareInvitation": invitations.accept,
    "AssociateResourceShare": shares.associate,
    "CreateResourceShare": shares.create,
    "DeleteResourceShare": shares.delete,
    "DisassociateResourceShare": shares.disassociate,
    "EnableSharingWithAwsOrganization": _enable,
    "GetResourceShareAssociations": listings.associations,
    "GetResourceShareInvitations": invitations.describe,
    "GetResourceShares": listings.shares,
    "ListPendingInvitationResources": invitations.resources,
    "ListPrincipals": listings.principals,
    "ListResources": listings.resources,
    "RejectResourceShareInvitation": invitations.reject,
    "TagResource": shares.tag,
    "UntagResource": shares.untag,
    "UpdateResourceShare": shares.update,
}


class Response(OverlayResponse, ResourceAccessManagerResponse):
    """RAM as the overlay answers it."""

    REPLACED = REPLACED

    def __init__(self) -> None:
        super().__init__()
        self.automated_parameter_parsing = True

    @property
    def backend(self) -> Any:
        return ram_backends[self.current_account][self.region]

    def prepare(self, action: str, asked: Asked) -> None:
        for backend in self.backend.everywhere():
            backend.agenda.settle()
