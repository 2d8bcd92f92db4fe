# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resolver endpoints: the way of DNS queries into a VPC and out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..answers import AwsError
from ..overlay import Asked
from . import addresses
from .addresses import Address
from .models import check_name, random_id, timestamp

_MOST = 4  # Route 53 quotas, "Resolver endpoints per AWS Region"
_MOST_GROUPS = 10


@dataclass
class Endpoint:
    """moto answers GetResolverEndpoint with `description`, and finds tags by `arn`."""

    id: str
    arn: str
    name: str
    direction: str
    vpc_id: str
    creator_request_id: str
    security_group_ids: list[str]
    protocols: list[str]
    type: str = "IPV4"
    status: str = "CREATING"
    created: str = field(default_factory=timestamp)
    addresses: list[Address] = field(default_factory=list)

    def description(self) -> dict[str, Any]:
        return {
            "Id": self.id, "CreatorRequestId": self.creator_request_id, "Arn": self.arn, "Name": self.name, "Direction": self.direction,
            "SecurityGroupIds": self.security_group_ids, "IpAddressCount": len(self.addresses), "HostVPCId": self.vpc_id,
            "Status": self.status, "StatusMessage": f"{self.status.title()} Resolver Endpoint", "Protocols": self.protocols,
            "ResolverEndpointType": self.type, "CreationTime": self.created, "ModificationTime": self.created,
        }  # fmt: skip

    def check_operational(self) -> None:
        if self.status != "OPERATIONAL":
            raise AwsError("InvalidRequestException", f"Cannot update Resolver Endpoint because it's currently {self.status.lower()}.")

    def begin_update(self, backend: Any) -> None:
        self.status = "UPDATING"
        backend.agenda.later("resolver_endpoint", self.settle)

    def settle(self) -> None:
        if self.status in ("CREATING", "UPDATING"):
            self.status = "OPERATIONAL"
        for address in self.addresses:
            if address.status == "CREATING":
                address.status = "ATTACHED"


def create(backend: Any, asked: Asked) -> dict[str, Any]:
    _check_create(backend, asked)
    vpc_id = addresses.check(backend, asked["IpAddresses"], asked["SecurityGroupIds"])
    identifier = random_id(f"rslvr-{'out' if asked['Direction'] == 'OUTBOUND' else 'in'}")
    made = Endpoint(
        id=identifier,
        arn=backend.arn(f"resolver-endpoint/{identifier}"),
        name=asked.get("Name", ""),
        direction=asked["Direction"],
        vpc_id=vpc_id,
        creator_request_id=asked["CreatorRequestId"],
        security_group_ids=asked["SecurityGroupIds"],
        protocols=asked.get("Protocols") or ["Do53"],
    )
    for wanted in asked["IpAddresses"]:
        addresses.add(backend, made, wanted)
    backend.resolver_endpoints[made.id] = made
    backend.tagger.tag_resource(made.arn, asked.get("Tags"))
    backend.agenda.later("resolver_endpoint", made.settle)
    return {"ResolverEndpoint": made.description()}


def _check_create(backend: Any, asked: Asked) -> None:
    check_name(asked)
    existing = backend.resolver_endpoints.values()
    if asked["CreatorRequestId"] in (each.creator_request_id for each in existing):
        raise AwsError("ResourceExistsException", f"Resolver endpoint with creator request ID '{asked['CreatorRequestId']}' already exists")
    if len(existing) >= _MOST:
        raise AwsError("LimitExceededException", f"Account '{backend.account_id}' has exceeded 'max-endpoints'")
    if not 0 < len(asked["SecurityGroupIds"]) <= _MOST_GROUPS:
        raise AwsError("InvalidParameterException", f"An endpoint takes 1 to {_MOST_GROUPS} security groups")
    if asked.get("ResolverEndpointType", "IPV4") != "IPV4":
        raise AwsError("InvalidRequestException", "The VPC has no IPv6 addresses")


def update(backend: Any, asked: Asked) -> dict[str, Any]:
    endpoint = backend.get_resolver_endpoint(asked["ResolverEndpointId"])
    endpoint.check_operational()
    check_name(asked)
    endpoint.name = asked.get("Name", endpoint.name)
    endpoint.protocols = asked.get("Protocols", endpoint.protocols)
    endpoint.begin_update(backend)
    return {"ResolverEndpoint": endpoint.description()}


def delete(backend: Any, asked: Asked) -> dict[str, Any]:
    endpoint = backend.get_resolver_endpoint(asked["ResolverEndpointId"])
    rules = sorted(rule.id for rule in backend.resolver_rules.values() if rule.endpoint_id == endpoint.id)
    if rules:
        raise AwsError(
            "InvalidRequestException",
            "Cannot delete resolver endpoint unless its related resolver rules are deleted. "
            f"The following rules still exist for this resolver endpoint: {','.join(rules)}",
        )
    if endpoint.status != "DELETING":
        endpoint.status = "DELETING"
        backend.agenda.later("resolver_endpoint", lambda: _vanish(backend, endpoint))
    return {"ResolverEndpoint": endpoint.description()}


def _vanish(backend: Any, endpoint: Endpoint) -> None:
    for address in list(endpoint.addresses):
        addresses.remove(backend, endpoint, address)
    backend.resolver_endpoints.pop(endpoint.id, None)
    backend.tagger.delete_all_tags_for_resource(endpoint.arn)
