# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an account sees of its own shares and of those that reach it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..answers import AwsError
from ..described import Row, paginate
from ..overlay import Asked
from .models import Association, Share
from .shares import get, resource_type


def page(key: str, rows: list[Row], asked: Asked) -> dict[str, Any]:
    try:
        found, token = paginate(rows, asked.get("maxResults"), asked.get("nextToken"))
    except AwsError as unknown:
        raise AwsError("InvalidNextTokenException", unknown.message) from None
    return {key: found, "nextToken": token}


def _seen(backend: Any, asked: Asked) -> list[Share]:
    """The shares of the owner that is asked for; deleted ones stay to be seen."""
    found: Iterable[Share] = backend.shares.values() if asked["resourceOwner"] == "SELF" else backend.offered()
    arns = asked.get("resourceShareArns")
    shares = [share for share in found if not arns or share.arn in arns]
    if arns and len(shares) < len(set(arns)):
        missing = min(set(arns) - {share.arn for share in shares})
        raise AwsError("UnknownResourceException", f"ResourceShare {missing} could not be found.")
    return shares


def shares(backend: Any, asked: Asked) -> dict[str, Any]:
    own = asked["resourceOwner"] == "SELF"
    rows = [
        share.described(with_tags=own)
        for share in _seen(backend, asked)
        if asked.get("name") in (None, share.name)
        and asked.get("resourceShareStatus") in (None, share.status)
        and all(_tagged(share, wanted) for wanted in (asked.get("tagFilters", []) if own else []))
    ]
    return page("resourceShares", rows, asked)


def _tagged(share: Share, wanted: dict[str, Any]) -> bool:
    value = share.tags.get(wanted.get("tagKey", ""))
    return value is not None and (not wanted.get("tagValues") or value in wanted["tagValues"])


def associations(backend: Any, asked: Asked) -> dict[str, Any]:
    """Those of the account's own shares."""
    kind, unfit = asked["associationType"], {"PRINCIPAL": "resourceArn", "RESOURCE": "principal"}.get(asked["associationType"], "")
    if asked.get(unfit):
        raise AwsError("InvalidParameterException", f"You cannot specify a {unfit} when the association type is {kind}.")
    entity = asked.get("principal") or asked.get("resourceArn")
    found = [get(backend, arn) for arn in asked["resourceShareArns"]] if asked.get("resourceShareArns") else backend.shares.values()
    rows = [
        share.row(each)
        for share in found
        for each in share.of(kind)
        if entity in (None, each.entity) and asked.get("associationStatus") in (None, each.status)
    ]
    return page("resourceShareAssociations", rows, asked)


def resources(backend: Any, asked: Asked) -> dict[str, Any]:
    rows = [
        resource_row(share, each)
        for share in _seen(backend, asked)
        for each in share.of("RESOURCE")
        if each.status == "ASSOCIATED" and (not asked.get("resourceArns") or each.entity in asked["resourceArns"])
    ]
    kind = asked.get("resourceType")
    return page("resources", [row for row in rows if kind in (None, row["type"])], asked)


def resource_row(share: Share, association: Association) -> Row:
    return {
        "arn": association.entity, "type": resource_type(association.entity), "resourceShareArn": share.arn, "status": "AVAILABLE",
        "creationTime": association.created, "lastUpdatedTime": association.created, "resourceRegionScope": "REGIONAL",
    }  # fmt: skip


def principals(backend: Any, asked: Asked) -> dict[str, Any]:
    """Of a share of others, an account sees only itself: that others have it too is not its business."""
    own, wanted = asked["resourceOwner"] == "SELF", asked.get("principals")
    rows = [
        {"id": each.entity, "resourceShareArn": share.arn, "external": each.external,
         "creationTime": each.created, "lastUpdatedTime": each.created}
        for share in _seen(backend, asked)
        for each in share.of("PRINCIPAL")
        if each.present and (not wanted or each.entity in wanted) and (own or each.entity == backend.account_id)
    ]  # fmt: skip
    return page("principals", rows, asked)
