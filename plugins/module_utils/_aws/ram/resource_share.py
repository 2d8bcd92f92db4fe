# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RAM resource share: resources of the hub's account that other accounts may use."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from ..._engine.resource import Difference, Live, Resource, Scope, managed
from .. import waiters
from ..ec2.existing_transit_gateway import ExistingTransitGateway
from ..ec2.transit_gateway import TransitGateway
from ..tags import PARTS, PREFIX, managed_only, owner

# field, the type that its associations have, the parameter that takes it
MEMBERS = (("resources", "RESOURCE", "resourceArns"), ("principals", "PRINCIPAL", "principals"))
PRESENT = ("ASSOCIATING", "ASSOCIATED")  # the former also while another account has not accepted yet


@dataclass(kw_only=True, eq=False)
class ResourceShare(Resource):
    """``resources`` are ARNs, or Transit Gateways (by reference or id); ``principals`` account ids, or ARNs of an organization or its units.

    ``allow_external`` lets accounts outside of the organization be principals: they get an invitation.
    """

    resources: frozenset[TransitGateway | ExistingTransitGateway | str] = managed(uses=(TransitGateway, ExistingTransitGateway))
    principals: frozenset[str] = managed()
    allow_external: bool = managed(True)
    tags: Mapping[str, str] = managed()

    kind = "resource_share"
    waiter = waiters.RESOURCE_SHARE
    calls: ClassVar = {
        "create": ("ram.CreateResourceShare",),
        **dict.fromkeys(("resources", "principals"), ("ram.AssociateResourceShare", "ram.DisassociateResourceShare")),
        "allow_external": ("ram.UpdateResourceShare",),
        "tags": ("ram.TagResource",),
        "delete": ("ram.DeleteResourceShare",),
    }

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        """Deleted shares and members that left stay to be seen for a while."""
        hub, filters = place.hub, [{"tagKey": PREFIX + part, "tagValues": [getattr(scope, part)]} for part in PARTS]
        shares = hub.pages("ram", "get_resource_shares", "resourceShares", resourceOwner="SELF", tagFilters=filters)
        arns = [each["resourceShareArn"] for each in shares if each["status"] not in ("DELETING", "DELETED")]
        members = _members(hub, arns)
        for share in shares:
            tags = {tag["key"]: tag["value"] for tag in share.get("tags", ()) if not tag["key"].startswith("aws:")}
            whose, name = owner(tags)
            arn = share["resourceShareArn"]
            found = {field: frozenset(members.get((field, arn), ())) for field, _type, _parameter in MEMBERS}
            values = {**found, "allow_external": share["allowExternalPrincipals"], "tags": tags}
            yield Live(id=arn, name=name, scope=whose, values=values, state=share["status"].lower(), in_use=any(found.values()))

    def create(self, place: Any) -> Live:
        resources = _ids(self.resources)
        values = {"resources": resources, "principals": self.principals, "allow_external": self.allow_external, "tags": dict(self.tags)}
        answer = place.hub.client("ram").create_resource_share(
            name=self.tags["Name"],
            resourceArns=_arns(place.hub, resources),
            principals=sorted(self.principals),
            allowExternalPrincipals=self.allow_external,
            tags=_tags(self.tags),
            clientToken=str(uuid.uuid4()),
        )["resourceShare"]
        return Live(id=answer["resourceShareArn"], name=self.name, scope=owner(self.tags)[0], values=values, state=answer["status"].lower())

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        """What is let in needs the share to be open for it: that comes first, and closing it last."""
        ram, external = place.hub.client("ram"), fields.get("allow_external")
        switch = partial(ram.update_resource_share, resourceShareArn=live.id, allowExternalPrincipals=self.allow_external)
        if external and external.after:
            switch()
        for call, added in ((ram.associate_resource_share, True), (ram.disassociate_resource_share, False)):
            asked = {parameter: ids for field, _type, parameter in MEMBERS if (ids := _changed(place.hub, field, fields, added=added))}
            if asked:
                call(resourceShareArn=live.id, clientToken=str(uuid.uuid4()), **asked)
        if external and not external.after:
            switch()

    def retag(self, place: Any, live: Live, tags: Mapping[str, str]) -> None:
        place.hub.client("ram").tag_resource(resourceShareArn=live.id, tags=_tags(tags))

    def normalize(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**values, "tags": managed_only(values.get("tags"), self.tags)}

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        place.hub.client("ram").delete_resource_share(resourceShareArn=live.id, clientToken=str(uuid.uuid4()))


def _members(hub: Any, shares: list[str]) -> dict[tuple[str, str], list[str]]:
    """By field and share."""
    if not shares:
        return {}
    question = ("ram", "get_resource_share_associations", "resourceShareAssociations")
    answers = hub.together(partial(hub.pages, *question, associationType=kind, resourceShareArns=shares) for _field, kind, _parameter in MEMBERS)
    found: dict[tuple[str, str], list[str]] = {}
    for (field, _kind, _parameter), items in zip(MEMBERS, answers, strict=True):
        for item in items:
            if item["status"] in PRESENT:
                found.setdefault((field, item["resourceShareArn"]), []).append(_id(item["associatedEntity"]))
    return found


def _changed(hub: Any, field: str, fields: Mapping[str, Difference], *, added: bool) -> list[str]:
    if field not in fields:
        return []
    before, after = fields[field].before or frozenset(), fields[field].after
    return _arns(hub, after - before if added else before - after)


def _ids(resources: Iterable[Any]) -> frozenset[str]:
    return frozenset(each if isinstance(each, str) else each.id for each in resources)


def _id(arn: str) -> str:
    """A Transit Gateway is known by its id, all else by its ARN."""
    return arn.rpartition("/")[2] if ":transit-gateway/" in arn else arn


def _arns(hub: Any, ids: Iterable[str]) -> list[str]:
    gateway = f"arn:aws:ec2:{hub.region}:{hub.account_id}:transit-gateway/"
    return sorted(gateway + each if each.startswith("tgw-") else each for each in ids)


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]
