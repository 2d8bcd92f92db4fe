# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resolver rule: queries for a domain go to the name servers of a site."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from ..._engine.resource import Difference, Live, Scope, managed, replaceable
from .. import waiters
from ..tags import to_tags
from .resolver_endpoint import ResolverEndpoint
from .resolver_resource import SERVICE, ResolverResource, is_named, tags_of, whose

PORT = 53


@dataclass(kw_only=True, eq=False)
class ResolverRule(ResolverResource):
    """``domain`` in lower case without the last dot; ``targets`` are IPv4 addresses, with ``:port`` if that is not 53."""

    domain: str = replaceable()
    targets: frozenset[str] = managed()
    endpoint: ResolverEndpoint = managed(uses=(ResolverEndpoint,))

    kind = "resolver_rule"
    waiter = waiters.RESOLVER_RULE
    calls: ClassVar = {
        "create": (f"{SERVICE}.CreateResolverRule",),
        "targets": (f"{SERVICE}.UpdateResolverRule",),
        "endpoint": (f"{SERVICE}.UpdateResolverRule",),
        "tags": (f"{SERVICE}.TagResource",),
        "delete": (f"{SERVICE}.DeleteResolverRule",),
    }

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        """AWS's own rule, and those that other accounts share, belong to others."""
        found = place.pages(SERVICE, "list_resolver_rules", "ResolverRules")
        ours = [each for each in found if is_named(each, scope) and each["OwnerId"] == place.account_id]
        for item, tags in zip(ours, place.together(partial(tags_of, place, each) for each in ours), strict=True):
            live = cls._live(item)
            live.scope, live.name = whose(item, tags, scope)
            live.values["tags"] = tags
            yield live

    @classmethod
    def _live(cls, item: Mapping[str, Any]) -> Live:
        values = {
            "domain": item["DomainName"].rstrip("."),
            "targets": frozenset(_told(each) for each in item.get("TargetIps", ())),
            "endpoint": item.get("ResolverEndpointId"),
        }
        return Live(id=item["Id"], name=None, values=values, state=item["Status"].lower(), detail={"arn": item["Arn"]})

    def create(self, place: Any) -> Live:
        answer = place.client(SERVICE).create_resolver_rule(
            CreatorRequestId=str(uuid.uuid4()), RuleType="FORWARD", DomainName=self.domain, Tags=to_tags(self.tags), **self._config()
        )
        live = self._live(answer["ResolverRule"])
        live.scope, live.name = self.scope, self.name
        live.values["tags"] = dict(self.tags)
        return live

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        place.client(SERVICE).update_resolver_rule(ResolverRuleId=live.id, Config=self._config())

    def _config(self) -> dict[str, Any]:
        targets = [_asked(target) for target in sorted(self.targets)]
        return {"Name": self.aws_name, "TargetIps": targets, "ResolverEndpointId": self.endpoint.id}

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        place.client(SERVICE).delete_resolver_rule(ResolverRuleId=live.id)

    @classmethod
    def holders(cls, place: Any, live: Live) -> list[str]:
        filters = [{"Name": "ResolverRuleId", "Values": [live.id]}]
        found = place.pages(SERVICE, "list_resolver_rule_associations", "ResolverRuleAssociations", Filters=filters)
        return [f"association {each['Id']} with {each['VPCId']}" for each in found]


def _told(target: Mapping[str, Any]) -> str:
    address, port = target.get("Ip") or target.get("Ipv6", ""), target.get("Port", PORT)
    return address if port == PORT else f"{address}:{port}"


def _asked(target: str) -> dict[str, Any]:
    address, _colon, port = target.partition(":")
    return {"Ip": address, "Port": int(port or PORT)}
