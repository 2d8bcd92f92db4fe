# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Invitations: what an account outside of the organization accepts before a share reaches it."""

from __future__ import annotations

from typing import Any

from ..answers import AwsError
from ..overlay import Asked
from .listings import page, resource_row
from .models import Invitation


def _received(backend: Any) -> dict[str, Invitation]:
    sent = [item for each in backend.everywhere() for item in each.invitations.items()]
    return {arn: invitation for arn, invitation in sent if invitation.receiver == backend.account_id}


def _get(backend: Any, arn: str) -> Invitation:
    found = _received(backend).get(arn)
    if found is None:
        raise AwsError("ResourceShareInvitationArnNotFoundException", f"ResourceShareInvitation {arn} could not be found.")
    return found


def describe(backend: Any, asked: Asked) -> dict[str, Any]:
    arns, shares = asked.get("resourceShareInvitationArns"), asked.get("resourceShareArns")
    found = [_get(backend, arn) for arn in arns] if arns else list(_received(backend).values())
    rows = [each.described() for each in found if not shares or each.share.arn in shares]
    return page("resourceShareInvitations", rows, asked)


def accept(backend: Any, asked: Asked) -> dict[str, Any]:
    return _answer(backend, asked, "ACCEPTED", "ASSOCIATED")


def reject(backend: Any, asked: Asked) -> dict[str, Any]:
    return _answer(backend, asked, "REJECTED", "DISASSOCIATED")


def _answer(backend: Any, asked: Asked, status: str, associated: str) -> dict[str, Any]:
    invitation = _get(backend, asked["resourceShareInvitationArn"])
    if invitation.status != "PENDING":
        word = invitation.status.title()
        raise AwsError(f"ResourceShareInvitationAlready{word}Exception", f"ResourceShareInvitation {invitation.arn} was already {word.lower()}.")
    invitation.status = status
    invitation.share.associations["PRINCIPAL", invitation.principal].status = associated
    return {"resourceShareInvitation": invitation.described(), "clientToken": asked.get("clientToken")}


def resources(backend: Any, asked: Asked) -> dict[str, Any]:
    """What a pending invitation would give."""
    invitation = _get(backend, asked["resourceShareInvitationArn"])
    rows = [resource_row(invitation.share, each) for each in invitation.share.of("RESOURCE") if each.present]
    return page("resources", rows, asked)
