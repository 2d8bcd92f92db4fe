# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Samples of Route 53 Resolver's and RAM's kinds, and what a life of each takes, call by call."""

from __future__ import annotations

from typing import Any

from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.subnet import Subnet
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.transit_gateway import TransitGateway
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.vpc import Vpc
from ansible_collections.fintech.platform.plugins.module_utils._aws.ram.resource_share import ResourceShare
from ansible_collections.fintech.platform.plugins.module_utils._aws.route53resolver.resolver_endpoint import ResolverEndpoint
from ansible_collections.fintech.platform.plugins.module_utils._aws.route53resolver.resolver_rule import ResolverRule
from ansible_collections.fintech.platform.plugins.module_utils._aws.route53resolver.resolver_rule_association import ResolverRuleAssociation
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Resource

from .kind_cases import Case
from .kinds import SCOPE, Made, a_group, a_vpc, subnets, tags

GUEST = "222222222222"


def ground() -> tuple[list[Resource], Vpc, list[Subnet], ResolverEndpoint]:
    """What stands below, and an outbound endpoint on it."""
    main = a_vpc()
    places, group = subnets(main), a_group(main, "resolver")
    return [main, *places, group], main, places, an_endpoint("outbound", places[:2], group)


def an_endpoint(name: str, places: list[Subnet], group: Any, **options: Any) -> ResolverEndpoint:
    given = {"direction": name.partition("-")[0].upper(), "subnets": frozenset(places), "groups": frozenset({group}), "tags": tags(name)}
    return ResolverEndpoint(name=name, scope=SCOPE, **{**given, **options})


def a_rule(endpoint: ResolverEndpoint, **options: Any) -> ResolverRule:
    given = {"name": "corp", "domain": "corp.example", "targets": frozenset({"192.168.10.53"}), "endpoint": endpoint, "tags": tags("corp")}
    return ResolverRule(scope=SCOPE, **{**given, **options})


def an_association(rule: ResolverRule, vpc: Vpc) -> ResolverRuleAssociation:
    return ResolverRuleAssociation(name="corp", scope=SCOPE, rule=rule, vpc=vpc)


def resolver_endpoint(version: int) -> Made:
    basis, _main, places, _outbound = ground()
    inbound = an_endpoint("inbound", places[version - 1 : version + 1], basis[-1])
    inbound.protocols = frozenset({"Do53", "DoH"} if version == 2 else {"Do53"})
    return basis, inbound


def resolver_rule(version: int) -> Made:
    basis, _main, places, outbound = ground()
    other = an_endpoint("outbound-2", places[1:], basis[-1])
    targets = frozenset({"192.168.10.53"} if version == 1 else {"192.168.10.53", "192.168.20.53:5353"})
    return [*basis, outbound, other], a_rule(outbound if version == 1 else other, targets=targets)


def resolver_rule_association(version: int) -> Made:
    basis, main, _places, outbound = ground()
    rules = [a_rule(outbound), a_rule(outbound, name="lab", domain="lab.example", tags=tags("lab"))]
    return [*basis, outbound, *rules], an_association(rules[version - 1], main)


def resource_share(version: int) -> Made:
    gateways = [TransitGateway(name=name, asn=64512, tags=tags(name)) for name in ("hub", "other")]
    members = frozenset({gateways[version - 1]})
    principals = frozenset({GUEST} if version == 1 else ())
    return [*gateways], ResourceShare(name="hub", resources=members, principals=principals, allow_external=version == 1, tags=tags("hub"))


def calls(**counts: int) -> dict[str, int]:
    return {f"route53resolver.{name}": count for name, count in counts.items()}


RESOLVER_CASES = [
    Case(
        make=resolver_endpoint,
        create=calls(CreateResolverEndpoint=1),
        reads=calls(ListResolverEndpoints=1, ListTagsForResource=1, ListResolverEndpointIpAddresses=1),
        change=(
            {"subnets", "protocols"},
            calls(UpdateResolverEndpoint=1, AssociateResolverEndpointIpAddress=1, DisassociateResolverEndpointIpAddress=1),
        ),
        retag="route53resolver.TagResource",
        delete=calls(DeleteResolverEndpoint=1),
    ),
    Case(
        make=resolver_rule,
        create=calls(CreateResolverRule=1),
        reads=calls(ListResolverRules=1, ListTagsForResource=1),
        change=({"targets", "endpoint"}, calls(UpdateResolverRule=1)),
        retag="route53resolver.TagResource",
        delete=calls(DeleteResolverRule=1),
    ),
    Case(
        make=resolver_rule_association,
        create=calls(AssociateResolverRule=1),
        reads=calls(ListResolverRuleAssociations=1),
        change=({"rule"}, calls(DisassociateResolverRule=1, AssociateResolverRule=1)),
        delete=calls(DisassociateResolverRule=1),
    ),
    Case(
        make=resource_share,
        create={"ram.CreateResourceShare": 1},
        reads={"ram.GetResourceShares": 1, "ram.GetResourceShareAssociations": 2},
        change=(
            {"resources", "principals", "allow_external"},
            {"ram.AssociateResourceShare": 1, "ram.DisassociateResourceShare": 1, "ram.UpdateResourceShare": 1},
        ),
        retag="ram.TagResource",
        delete={"ram.DeleteResourceShare": 1},
    ),
]
