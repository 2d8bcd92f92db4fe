# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resolver rule association: a rule works in the VPCs that it is associated with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

from ..._engine.resource import Live, Scope, immutable, replaceable
from .. import waiters
from ..ec2.vpc import Vpc
from .resolver_resource import SERVICE, NamedResource, is_named, prefix
from .resolver_rule import ResolverRule

OF_AWS = "rslvr-autodefined-"  # every VPC has one, with the rule for the internet's names


@dataclass(kw_only=True, eq=False)
class ResolverRuleAssociation(NamedResource):
    """It takes no tags."""

    rule: ResolverRule = replaceable(uses=(ResolverRule,))
    vpc: Vpc = immutable(uses=(Vpc,))

    kind = "resolver_rule_association"
    within = Vpc
    waiter = waiters.RESOLVER_RULE_ASSOCIATION
    calls: ClassVar = {"create": (f"{SERVICE}.AssociateResolverRule",), "delete": (f"{SERVICE}.DisassociateResolverRule",)}

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        filters = [{"Name": "VPCId", "Values": sorted(within)}]
        for item in place.pages(SERVICE, "list_resolver_rule_associations", "ResolverRuleAssociations", Filters=filters):
            if not item["Id"].startswith(OF_AWS):
                live = cls._live(item)
                if is_named(item, scope):
                    live.scope, live.name = scope, item["Name"].removeprefix(prefix(scope))
                yield live

    @classmethod
    def _live(cls, item: Mapping[str, Any]) -> Live:
        values = {"rule": item["ResolverRuleId"], "vpc": item["VPCId"]}
        return Live(id=item["Id"], name=None, values=values, state=item["Status"].lower(), within=item["VPCId"])

    def create(self, place: Any) -> Live:
        """The call takes no token. Sent twice, it is refused as being in conflict with itself."""
        resolver, rule, vpc = place.client(SERVICE), self.rule.id, self.vpc.id
        try:
            answer = resolver.associate_resolver_rule(ResolverRuleId=rule, VPCId=vpc, Name=self.aws_name)
        except resolver.exceptions.InvalidRequestException:
            found = next((live for live in self.read(place, self.scope, frozenset({vpc})) if live.values["rule"] == rule), None)
            if found is None or found.name != self.name:
                raise
            return found
        live = self._live(answer["ResolverRuleAssociation"])
        live.scope, live.name = self.scope, self.name
        return live

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        resolver = place.client(SERVICE)
        with suppress(resolver.exceptions.ResourceNotFoundException):
            resolver.disassociate_resolver_rule(ResolverRuleId=live.values["rule"], VPCId=live.values["vpc"])
