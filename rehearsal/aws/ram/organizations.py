# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What RAM knows of AWS Organizations: whose members need no invitation."""

from __future__ import annotations

import re
from typing import Any

from moto.organizations.models import organizations_backends

from ..answers import AwsError

_ARN = re.compile(r"arn:aws:organizations::(\d{12}):(organization|ou)/(o-\w+)(?:/(ou-[\w-]+))?")
_OWNER = re.compile(r"(?:arn:aws:iam::)?(\d{12})(?::(?:root|role/.+|user/.+))?")


def enable(account: str) -> None:
    """Raises AwsError unless it is the management account."""
    organization = _organization(account)
    if organization is None or organization.master_account_id != account:
        raise AwsError(
            "OperationNotPermittedException",
            "Unable to enable sharing with AWS Organizations. Received AccessDeniedException from AWSOrganizations with the following "
            "error message: You don't have permissions to access this resource.",
        )
    organization.shares_resources = True


def _organization(account: str) -> Any:
    """That of the account, None without one."""
    master, partition = organizations_backends.master_accounts.get(account, (account, "aws"))
    return organizations_backends[master][partition].org


def _sharing(account: str) -> Any:
    organization = _organization(account)
    return organization if getattr(organization, "shares_resources", False) else None


def receiver(principal: str) -> str | None:
    """The account of a principal that is an account, or a role or user of one."""
    found = _OWNER.fullmatch(principal)
    return found[1] if found else None


def invited(owner: str, principal: str) -> bool:
    """Whether the principal has to accept the share. Raises AwsError for an organization that is not the owner's, or does not share."""
    account = receiver(principal)
    if account:
        organization = _sharing(owner)
        return account != owner and (organization is None or organization is not _sharing(account))
    named = _ARN.fullmatch(principal)
    if named and (_sharing(owner) is None or _sharing(owner).id != named[3]):
        raise AwsError("UnknownResourceException", f"Organization {named[3]} could not be found.")
    return False


def includes(principal: str, account: str) -> bool:
    """Whether what is shared with the principal is shared with the account. Of organizational units all are taken for the whole."""
    named = _ARN.fullmatch(principal)
    if named is None:
        return receiver(principal) == account
    organization = _sharing(account)
    return organization is not None and organization.id == named[3]
