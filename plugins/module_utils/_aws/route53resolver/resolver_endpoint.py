# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resolver endpoint: DNS queries from sites into the VPC (inbound), or from the VPC to sites (outbound)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from ..._engine.resource import Difference, Live, Scope, immutable, managed
from .. import quotas, waiters
from ..ec2.security_group import SecurityGroup
from ..ec2.subnet import Subnet
from ..ec2.vpc import Vpc
from ..tags import to_tags
from .resolver_resource import SERVICE, ResolverResource, is_named, tags_of, whose

QUOTA = quotas.Quota(SERVICE, "L-4A669CC0", "Resolver endpoints", 4)
LEAVING = ("DETACHING", "DELETING")


@dataclass(kw_only=True, eq=False)
class ResolverEndpoint(ResolverResource):
    """``direction`` is ``INBOUND`` or ``OUTBOUND``. It has one address in each of at least two subnets; AWS chooses which.

    ``values["addresses"]`` of the live object are these, sorted.
    """

    direction: str = immutable()
    subnets: frozenset[Subnet] = managed(uses=(Subnet,))
    groups: frozenset[SecurityGroup] = immutable(uses=(SecurityGroup,))  # no call changes them
    protocols: frozenset[str] = managed(frozenset({"Do53"}))

    kind = "resolver_endpoint"
    within = Vpc
    waiter = waiters.RESOLVER_ENDPOINT
    calls: ClassVar = {
        "create": (f"{SERVICE}.CreateResolverEndpoint",),
        "subnets": (f"{SERVICE}.AssociateResolverEndpointIpAddress", f"{SERVICE}.DisassociateResolverEndpointIpAddress"),
        "protocols": (f"{SERVICE}.UpdateResolverEndpoint",),
        "tags": (f"{SERVICE}.TagResource",),
        "delete": (f"{SERVICE}.DeleteResolverEndpoint",),
    }

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        here = [each for each in _listed(place) if each["HostVPCId"] in within]
        ours = [each for each in here if is_named(each, scope)]
        tags = place.together(partial(tags_of, place, each) for each in ours)
        addresses = place.together(partial(_addresses, place, each["Id"]) for each in ours)
        for item, its_tags, its_addresses in zip(ours, tags, addresses, strict=True):
            live = cls._live(item, scope, its_addresses)
            live.scope, live.name = whose(item, its_tags, scope)
            live.values["tags"] = its_tags
            yield live
        for item in here:
            if item not in ours:
                yield Live(id=item["Id"], name=None, within=item["HostVPCId"], state=item["Status"].lower())

    @classmethod
    def _live(cls, item: Mapping[str, Any], scope: Scope, addresses: Iterable[Mapping[str, Any]]) -> Live:
        by_subnet = _by_subnet(addresses)
        values = {
            "direction": item["Direction"],
            "subnets": frozenset(by_subnet),
            "groups": frozenset(item["SecurityGroupIds"]),
            "protocols": frozenset(item.get("Protocols", ("Do53",))),
            "addresses": sorted(each["Ip"] for each in addresses),
        }
        detail = {"arn": item["Arn"], "addresses": by_subnet}
        return Live(id=item["Id"], name=None, scope=scope, values=values, state=item["Status"].lower(), within=item["HostVPCId"], detail=detail)

    @classmethod
    def check(cls, place: Any, changes: list[Any]) -> list[str]:
        wanted = sum(change.resource is not None and change.live is None for change in changes)
        return quotas.problems(place, QUOTA, len(_listed(place)), wanted)

    def create(self, place: Any) -> Live:
        subnets = sorted(subnet.id for subnet in self.subnets)
        answer = place.client(SERVICE).create_resolver_endpoint(
            CreatorRequestId=str(uuid.uuid4()),
            Name=self.aws_name,
            Direction=self.direction,
            SecurityGroupIds=sorted(group.id for group in self.groups),
            IpAddresses=[{"SubnetId": subnet} for subnet in subnets],
            Protocols=sorted(self.protocols),
            Tags=to_tags(self.tags),
        )
        live = self._live(answer["ResolverEndpoint"], self.scope, ())
        live.name = self.name
        live.values |= {"subnets": frozenset(subnets), "tags": dict(self.tags)}
        return live

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        """One step: AWS takes the next one only when the endpoint is operational again, which the executor waits for.

        Addresses are added before others go, since two have to stay.
        """
        if "protocols" in fields:
            place.client(SERVICE).update_resolver_endpoint(ResolverEndpointId=live.id, Protocols=sorted(fields["protocols"].after))
            return
        before, after = fields["subnets"].before or frozenset(), fields["subnets"].after
        if missing := sorted(after - before):
            # A retry of a lost answer would add a second address.
            once = place.client(SERVICE, once=True)
            once.associate_resolver_endpoint_ip_address(ResolverEndpointId=live.id, IpAddress={"SubnetId": missing[0]})
        else:
            resolver, spare = place.client(SERVICE), {"IpId": live.detail["addresses"][min(before - after)]}
            with suppress(resolver.exceptions.ResourceNotFoundException):  # it is out, and the first answer was lost
                resolver.disassociate_resolver_endpoint_ip_address(ResolverEndpointId=live.id, IpAddress=spare)

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        place.client(SERVICE).delete_resolver_endpoint(ResolverEndpointId=live.id)


def _listed(place: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = place.pages(SERVICE, "list_resolver_endpoints", "ResolverEndpoints")
    return found


def _addresses(place: Any, endpoint: str) -> list[dict[str, Any]]:
    """None where the endpoint went meanwhile."""
    try:
        found = place.pages(SERVICE, "list_resolver_endpoint_ip_addresses", "IpAddresses", ResolverEndpointId=endpoint)
    except place.client(SERVICE).exceptions.ResourceNotFoundException:
        return []
    return [each for each in found if each["Status"] not in LEAVING]


def _by_subnet(addresses: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The addresses' ids by subnet. A second one in a subnet, which nobody declared, is told apart by its address."""
    found: dict[str, str] = {}
    for each in sorted(addresses, key=lambda each: each["IpId"]):
        subnet = each["SubnetId"]
        found[subnet if subnet not in found else f"{subnet} ({each['Ip']})"] = each["IpId"]
    return found
