# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resolver rules, which forward the queries for a domain, and their associations with VPCs."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Any

from ..answers import AwsError
from ..overlay import Asked
from .models import check_name, random_id, timestamp

# Route 53 quotas: Resolver rules per Region, associations per Region, target IP addresses per rule
_MOST_RULES, _MOST_ASSOCIATIONS, _MOST_TARGETS = 1000, 2000, 6


@dataclass
class Rule:
    """moto answers GetResolverRule with `description`, and finds tags by `arn`."""

    id: str
    arn: str
    name: str
    type: str
    domain: str
    targets: list[dict[str, Any]]
    endpoint_id: str | None
    creator_request_id: str
    owner: str
    status: str = "COMPLETE"
    created: str = field(default_factory=timestamp)

    def description(self) -> dict[str, Any]:
        row = {
            "Id": self.id, "CreatorRequestId": self.creator_request_id, "Arn": self.arn, "DomainName": self.domain, "Status": self.status,
            "StatusMessage": "", "RuleType": self.type, "Name": self.name, "OwnerId": self.owner, "ShareStatus": "NOT_SHARED",
            "CreationTime": self.created, "ModificationTime": self.created,
        }  # fmt: skip
        return row | ({"TargetIps": self.targets, "ResolverEndpointId": self.endpoint_id} if self.endpoint_id else {})

    def settle(self) -> None:
        self.status = "COMPLETE" if self.status == "UPDATING" else self.status


@dataclass
class Association:
    """moto answers GetResolverRuleAssociation with `description`."""

    id: str
    name: str
    resolver_rule_id: str
    vpc_id: str
    status: str = "CREATING"

    def description(self) -> dict[str, Any]:
        return {"Id": self.id, "ResolverRuleId": self.resolver_rule_id, "Name": self.name, "VPCId": self.vpc_id,
                "Status": self.status, "StatusMessage": ""}  # fmt: skip

    def settle(self) -> None:
        self.status = "COMPLETE" if self.status == "CREATING" else self.status


def create(backend: Any, asked: Asked) -> dict[str, Any]:
    _check_create(backend, asked)
    identifier = random_id("rslvr-rr")
    made = Rule(
        id=identifier,
        arn=backend.arn(f"resolver-rule/{identifier}"),
        name=asked.get("Name", ""),
        type=asked["RuleType"],
        domain=f"{asked['DomainName'].rstrip('.').lower()}.",
        targets=_targets(asked.get("TargetIps", [])),
        endpoint_id=_outbound(backend, asked["ResolverEndpointId"]) if asked["RuleType"] == "FORWARD" else None,
        creator_request_id=asked["CreatorRequestId"],
        owner=backend.account_id,
    )
    backend.resolver_rules[made.id] = made
    backend.tagger.tag_resource(made.arn, asked.get("Tags"))
    return {"ResolverRule": made.description()}


def _check_create(backend: Any, asked: Asked) -> None:
    check_name(asked)
    if asked["CreatorRequestId"] in (rule.creator_request_id for rule in backend.resolver_rules.values()):
        raise AwsError("ResourceExistsException", f"Resolver rule with creator request ID '{asked['CreatorRequestId']}' already exists")
    if len(backend.resolver_rules) >= _MOST_RULES:
        raise AwsError("LimitExceededException", f"Account '{backend.account_id}' has exceeded 'max-rules'")
    forwards = asked["RuleType"] == "FORWARD"
    if not asked.get("DomainName"):
        raise AwsError("InvalidParameterException", "A rule needs a domain name")
    if forwards and not (asked.get("TargetIps") and asked.get("ResolverEndpointId")):
        raise AwsError("InvalidRequestException", "A FORWARD rule needs target IP addresses and a resolver endpoint ID")
    if not forwards and (asked.get("TargetIps") or asked.get("ResolverEndpointId")):
        raise AwsError("InvalidRequestException", f"Cannot specify resolver endpoint ID and target IP for {asked['RuleType']} type resolver rule")


def _targets(given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if len(given) > _MOST_TARGETS:
        raise AwsError("LimitExceededException", f"The maximum number of target IP addresses per rule is {_MOST_TARGETS}")
    for target in given:
        try:
            IPv4Address(target["Ip"])
        except (KeyError, ValueError) as cause:
            raise AwsError("InvalidParameterException", f"Invalid IP address: '{target.get('Ip')}'") from cause
    return [{"Ip": target["Ip"], "Port": target.get("Port", 53), "Protocol": target.get("Protocol", "Do53")} for target in given]


def _outbound(backend: Any, identifier: str) -> str:
    endpoint = backend.get_resolver_endpoint(identifier)
    if endpoint.direction != "OUTBOUND":
        raise AwsError("InvalidRequestException", f"The resolver endpoint '{identifier}' is not an outbound one")
    if endpoint.status in ("CREATING", "DELETING"):
        raise AwsError("ResourceUnavailableException", f"The resolver endpoint '{identifier}' is {endpoint.status}")
    return identifier


def update(backend: Any, asked: Asked) -> dict[str, Any]:
    rule, config = backend.get_resolver_rule(asked["ResolverRuleId"]), asked["Config"]
    check_name(config)
    if rule.status != "COMPLETE":
        raise AwsError("ResourceUnavailableException", "[RSLVR-00705] Cannot update Resolver Rule because it's currently updating.")
    if rule.type != "FORWARD" and (config.get("TargetIps") or config.get("ResolverEndpointId")):
        raise AwsError("InvalidRequestException", f"Cannot specify resolver endpoint ID and target IP for {rule.type} type resolver rule")
    targets = _targets(config["TargetIps"]) if config.get("TargetIps") else rule.targets
    endpoint_id = _outbound(backend, config["ResolverEndpointId"]) if config.get("ResolverEndpointId") else rule.endpoint_id
    rule.name, rule.targets, rule.endpoint_id, rule.status = config.get("Name", rule.name), targets, endpoint_id, "UPDATING"
    backend.agenda.later("resolver_rule", rule.settle)
    return {"ResolverRule": rule.description()}


def delete(backend: Any, asked: Asked) -> dict[str, Any]:
    rule = backend.get_resolver_rule(asked["ResolverRuleId"])
    if any(each.resolver_rule_id == rule.id for each in backend.resolver_rule_associations.values()):
        raise AwsError("ResourceInUseException", "Please disassociate this resolver rule from VPC first before deleting")
    rule.status = "DELETING"

    def vanish() -> None:
        backend.resolver_rules.pop(rule.id, None)
        backend.tagger.delete_all_tags_for_resource(rule.arn)

    backend.agenda.later("resolver_rule", vanish)
    return {"ResolverRule": rule.description()}


def associate(backend: Any, asked: Asked) -> dict[str, Any]:
    rule, vpc_id = backend.get_resolver_rule(asked["ResolverRuleId"]), asked["VPCId"]
    if vpc_id not in backend.ec2_backend.vpcs:
        raise AwsError("InvalidParameterException", f"The vpc ID '{vpc_id}' does not exist")
    if rule.status == "DELETING":
        raise AwsError("ResourceUnavailableException", f"The resolver rule '{rule.id}' is being deleted")
    if len(backend.resolver_rule_associations) >= _MOST_ASSOCIATIONS:
        raise AwsError("LimitExceededException", f"Account '{backend.account_id}' has exceeded 'max-rule-association'")
    _check_conflicts(backend, rule, vpc_id)
    made = Association(random_id("rslvr-rrassoc"), asked.get("Name", ""), rule.id, vpc_id)
    backend.resolver_rule_associations[made.id] = made
    backend.agenda.later("resolver_rule_association", made.settle)
    return {"ResolverRuleAssociation": made.description()}


def _check_conflicts(backend: Any, rule: Rule, vpc_id: str) -> None:
    for other in backend.resolver_rule_associations.values():
        if other.vpc_id == vpc_id and backend.resolver_rules[other.resolver_rule_id].domain == rule.domain:
            raise AwsError(
                "InvalidRequestException",
                f'[RSLVR-00802] Cannot associate rules with same domain name with same VPC. Conflict with resolver rule "{other.resolver_rule_id}"',
            )
    inbound = [each for each in backend.resolver_endpoints.values() if each.direction == "INBOUND" and each.vpc_id == vpc_id]
    own = {address.ip for endpoint in inbound for address in endpoint.addresses}
    if own & {target["Ip"] for target in rule.targets}:
        raise AwsError(
            "InvalidRequestException",
            f"[RSLVR-00804] Cannot associate rule {rule.id} to VPC {vpc_id} because the VPC include an INBOUND resolver endpoints with "
            "rule's target IP. Please try a different rule or update rule's target IP.",
        )


def disassociate(backend: Any, asked: Asked) -> dict[str, Any]:
    ends = (asked["ResolverRuleId"], asked["VPCId"])
    found = next((each for each in backend.resolver_rule_associations.values() if (each.resolver_rule_id, each.vpc_id) == ends), None)
    if found is None:
        raise AwsError("ResourceNotFoundException", f"Resolver Rule Association between Resolver Rule '{ends[0]}' and VPC '{ends[1]}' does not exist")
    found.status = "DELETING"
    backend.agenda.later("resolver_rule_association", lambda: backend.resolver_rule_associations.pop(found.id, None))
    return {"ResolverRuleAssociation": found.description()}
