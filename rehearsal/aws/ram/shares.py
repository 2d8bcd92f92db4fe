# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shares and what is in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from moto.ec2.models import ec2_backends
from moto.moto_api._internal import mock_random
from moto.ram.models import ResourceShare
from moto.ram.utils import RAM_RESOURCE_TYPES
from moto.route53resolver.models import route53resolver_backends

from ..answers import AwsError
from ..overlay import Asked
from . import organizations
from .models import Association, Invitation, Share

_TYPES = {each["resourceType"].lower(): each["resourceType"] for each in RAM_RESOURCE_TYPES}
_TYPES["ec2:transitgateway"] = "ec2:TransitGateway"  # which moto does not list
_ARN = re.compile(r"arn:aws:([a-z0-9-]+):([a-z0-9-]*):([0-9]{12}):([a-z-]+)[/:](.+)")
_MOST_TAGS = 50
_ONLY_INSIDE = (
    "The resource you are attempting to share can only be shared within your AWS Organization. This error may also occur if you have not "
    "enabled sharing with your AWS organization, or that onboarding process is still in progress."
)
# Where a resource of a type is looked for: in the account and region that its ARN names.
_KEPT: Mapping[str, Callable[[str, str], Any]] = {
    "ec2:TransitGateway": lambda account, region: ec2_backends[account][region].transit_gateways,
    "ec2:PrefixList": lambda account, region: ec2_backends[account][region].managed_prefix_lists,
    "route53resolver:ResolverRule": lambda account, region: route53resolver_backends[account][region].resolver_rules,
}


def resource_type(arn: str) -> str:
    """As RAM names it (`ec2:TransitGateway`). Raises AwsError for what is no ARN, or cannot be shared."""
    found = _ARN.fullmatch(arn)
    if found is None:
        raise AwsError("MalformedArnException", f"The specified resource ARN {arn} is not valid. Verify the ARN and try again.")
    name = _TYPES.get(f"{found[1]}:{found[4].replace('-', '')}")
    if name is None:
        raise AwsError("MalformedArnException", "You cannot share the selected resource type.")
    return name


def get(backend: Any, arn: str) -> Share:
    found: Share | None = backend.shares.get(arn)
    if found is None:
        raise AwsError("UnknownResourceException", f"ResourceShare {arn} could not be found.")
    return found


def _active(backend: Any, asked: Asked) -> Share:
    share = get(backend, asked["resourceShareArn"])
    if share.status != "ACTIVE":
        raise AwsError("InvalidStateTransitionException", f"ResourceShare {share.arn} is {share.status}.")
    return share


def create(backend: Any, asked: Asked) -> dict[str, Any]:
    arn = f"arn:aws:ram:{backend.region_name}:{backend.account_id}:resource-share/{mock_random.uuid4()}"
    share = Share(arn, asked["name"], backend.account_id, asked.get("allowExternalPrincipals", True))
    _tag(share, asked.get("tags", []))
    _add(backend, share, asked)
    backend.shares[arn] = share
    return {"resourceShare": share.described(with_tags=True), "clientToken": asked.get("clientToken")}


def update(backend: Any, asked: Asked) -> dict[str, Any]:
    share = _active(backend, asked)
    external = asked.get("allowExternalPrincipals", share.allow_external)
    if not external and any(each.external and each.present for each in share.of("PRINCIPAL")):
        raise AwsError("OperationNotPermittedException", _ONLY_INSIDE)
    share.allow_external, share.name = external, asked.get("name", share.name)
    return {"resourceShare": share.described(with_tags=True), "clientToken": asked.get("clientToken")}


def delete(backend: Any, asked: Asked) -> dict[str, Any]:
    share = _active(backend, asked)
    share.status = "DELETING"
    for association in share.associations.values():
        _leave(backend, share, association)
    backend.agenda.later("resource_share", lambda: setattr(share, "status", "DELETED"))
    return {"returnValue": True, "clientToken": asked.get("clientToken")}


def associate(backend: Any, asked: Asked) -> dict[str, Any]:
    share = _active(backend, asked)
    added = _add(backend, share, asked)
    return {"resourceShareAssociations": [share.row(each) for each in added], "clientToken": asked.get("clientToken")}


def _add(backend: Any, share: Share, asked: Asked) -> list[Association]:
    """All of them or none."""
    wanted = [*_resources(backend, asked), *_principals(backend, share, asked)]
    added = [each for each in wanted if not (known := share.associations.get((each.kind, each.entity))) or not known.present]
    for association in added:
        share.associations[association.kind, association.entity] = association
        if association.kind == "PRINCIPAL" and organizations.invited(share.owner, association.entity):
            _invite(backend, share, association.entity)
        else:
            backend.agenda.later("resource_share", association.settle)
    return added


def _resources(backend: Any, asked: Asked) -> list[Association]:
    for arn in asked.get("resourceArns", []):
        kind, found = resource_type(arn), _ARN.fullmatch(arn)
        if found is None or found[3] != backend.account_id:
            raise AwsError("OperationNotPermittedException", f"You are not the owner of the resource {arn}.")
        if found[2] not in ("", backend.region_name):
            raise AwsError("InvalidParameterException", f"The resource {arn} is not in the region {backend.region_name}.")
        if kind in _KEPT and found[5] not in _KEPT[kind](found[3], found[2]):
            raise AwsError("UnknownResourceException", f"{kind.partition(':')[2]} {found[5]} could not be found.")
    return [Association(arn, "RESOURCE") for arn in asked.get("resourceArns", [])]


def _principals(backend: Any, share: Share, asked: Asked) -> list[Association]:
    principals = asked.get("principals", [])
    ResourceShare(backend.account_id, backend.region_name, name="").add_principals(principals)  # moto refuses what is none
    found = [Association(each, "PRINCIPAL", external=organizations.invited(share.owner, each)) for each in principals]
    if not share.allow_external and any(each.external for each in found):
        raise AwsError("OperationNotPermittedException", _ONLY_INSIDE)
    return found


def _invite(backend: Any, share: Share, principal: str) -> None:
    arn = f"arn:aws:ram:{backend.region_name}:{backend.account_id}:resource-share-invitation/{mock_random.uuid4()}"
    backend.invitations[arn] = Invitation(arn, share, principal, organizations.receiver(principal) or "")


def disassociate(backend: Any, asked: Asked) -> dict[str, Any]:
    share = _active(backend, asked)
    keys = [("RESOURCE", each) for each in asked.get("resourceArns", [])] + [("PRINCIPAL", each) for each in asked.get("principals", [])]
    found = [share.associations.get(key) for key in keys]
    if any(each is None or not each.present for each in found):
        raise AwsError("UnknownResourceException", f"Not all of these are associated with {share.arn}.")
    rows = [_leave(backend, share, each) for each in found if each]
    return {"resourceShareAssociations": rows, "clientToken": asked.get("clientToken")}


def _leave(backend: Any, share: Share, association: Association) -> dict[str, Any]:
    if association.present:
        association.status = "DISASSOCIATING"
        backend.agenda.later("resource_share", association.settle)
    pending = [arn for arn, each in backend.invitations.items() if each.share is share and each.principal == association.entity]
    for arn in pending:
        backend.invitations.pop(arn)
    return share.row(association)


def tag(backend: Any, asked: Asked) -> dict[str, Any]:
    _tag(get(backend, asked["resourceShareArn"]), asked["tags"])
    return {}


def untag(backend: Any, asked: Asked) -> dict[str, Any]:
    share = get(backend, asked["resourceShareArn"])
    share.tags = {key: value for key, value in share.tags.items() if key not in asked["tagKeys"]}
    return {}


def _tag(share: Share, tags: list[dict[str, str]]) -> None:
    if any(each["key"].lower().startswith("aws:") for each in tags):
        raise AwsError("InvalidParameterException", "Tag keys starting with 'aws:' are reserved for internal use")
    share.tags |= {each["key"]: each.get("value", "") for each in tags}
    if len(share.tags) > _MOST_TAGS:
        raise AwsError("TagLimitExceededException", f"The maximum number of tags for a resource is {_MOST_TAGS}")
