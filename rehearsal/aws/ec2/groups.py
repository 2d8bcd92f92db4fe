# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Security groups; their rules are kept on moto's group objects as `rules.Rule`."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from ..answers import AwsError
from ..overlay import Asked
from . import tags
from .rules import Permission, Rule, grouped, parse

_RULES = 60  # for each direction and address family; a prefix list counts with its size
_FLAT = ("CidrIp", "FromPort", "IpProtocol", "ToPort", "SourceSecurityGroupName")


def check_create(backend: Any, asked: Asked) -> None:
    if asked["GroupName"].startswith("sg-"):
        raise AwsError("InvalidParameterValue", "Group names may not be in the format sg-*")
    for name in ("GroupName", "Description"):
        if not 0 < len(asked[name]) <= 255:
            raise AwsError("InvalidParameterValue", f"Value ({asked[name]}) for parameter {name} is invalid. It must have 1 to 255 characters.")
    if "VpcId" in asked:
        backend.get_vpc(asked["VpcId"])


def check_delete(backend: Any, asked: Asked) -> None:
    group = _get(backend, asked)
    if group.is_default:
        raise AwsError("CannotDelete", f'the specified group: "{group.id}" name: "{group.name}" cannot be deleted by a user')
    member = any(group in interface._group_set for interface in backend.enis.values())
    referenced = any(rule.referenced_group == group.id for other in _all(backend) if other.id != group.id for rule in _rules(other))
    if member or referenced:
        raise AwsError("DependencyViolation", f"resource {group.id} has a dependent object")


def _get(backend: Any, asked: Asked) -> Any:
    asked_for = asked.get("GroupId") or asked.get("GroupName", "")
    found = backend.get_security_group_by_name_or_id(asked_for)
    if found is None:
        raise AwsError("InvalidGroup.NotFound", f"The security group '{asked_for}' does not exist")
    return found


def _all(backend: Any) -> list[Any]:
    return [group for groups in backend.groups.values() for group in groups.values()]


def _rules(group: Any) -> list[Rule]:
    return [*group.ingress_rules, *group.egress_rules]


def describe(backend: Any, asked: Asked) -> dict[str, Any]:
    found = backend.describe_security_groups(asked.get("GroupIds"), asked.get("GroupNames"))
    return {
        "SecurityGroups": [
            {
                "GroupId": group.id, "GroupName": group.name, "Description": group.description, "VpcId": group.vpc_id,
                "OwnerId": group.owner_id, "SecurityGroupArn": group.arn, "Tags": tags.of(backend, group.id),
                "IpPermissions": grouped(group.ingress_rules, group.owner_id),
                "IpPermissionsEgress": grouped(group.egress_rules, group.owner_id),
            }
            for group in found
        ]
    }  # fmt: skip


def describe_rules(backend: Any, asked: Asked) -> dict[str, Any]:
    rules = [rule for group in _all(backend) for rule in _rules(group)]
    wanted = asked.get("SecurityGroupRuleIds")
    if wanted:
        _check_known(wanted, rules)
        rules = [rule for rule in rules if rule.id in wanted]
    return {"SecurityGroupRules": [rule.described(backend) for rule in rules]}


def _check_known(wanted: list[str], rules: list[Rule]) -> None:
    missing = set(wanted) - {rule.id for rule in rules}
    if missing:
        raise AwsError("InvalidSecurityGroupRuleId.NotFound", f"The security group rule ID '{min(missing)}' does not exist")


def authorize_ingress(backend: Any, asked: Asked) -> dict[str, Any]:
    return _authorize(backend, asked, is_egress=False)


def authorize_egress(backend: Any, asked: Asked) -> dict[str, Any]:
    return _authorize(backend, asked, is_egress=True)


def _authorize(backend: Any, asked: Asked, is_egress: bool) -> dict[str, Any]:
    """All of the rules or none."""
    group = _get(backend, asked)
    added = parse(backend, group, is_egress, _permissions(asked))
    repeated = [key for key, times in Counter(rule.key for rule in added).items() if times > 1]
    if repeated:
        raise AwsError("InvalidParameterValue", "The same permission must not appear multiple times")
    kept = _side(group, is_egress)
    known = {rule.key for rule in kept}
    for rule in added:
        if rule.key in known:
            raise AwsError("InvalidPermission.Duplicate", f'the specified rule "peer: {rule.peer}, {_text(rule)}, ALLOW" already exists')
    check_size(backend, [*kept, *added])
    kept.extend(added)
    return {"Return": True, "SecurityGroupRules": [rule.described(backend) for rule in added]}


def _text(rule: Rule) -> str:
    return "ALL" if rule.ip_protocol == "-1" else f"{rule.ip_protocol.upper()}, from port: {rule.from_port}, to port: {rule.to_port}"


def _side(group: Any, is_egress: bool) -> list[Rule]:
    return group.egress_rules if is_egress else group.ingress_rules


def _permissions(asked: Asked) -> list[Permission]:
    """The permissions, also of the older way to name a single one."""
    flat: Permission = {name: asked[name] for name in _FLAT if name in asked}
    if not flat:
        if not asked.get("IpPermissions"):
            raise AwsError("MissingParameter", "The request must contain the parameter ipPermissions")
        return asked["IpPermissions"]
    if "CidrIp" in flat:
        flat["IpRanges"] = [{"CidrIp": flat["CidrIp"]}]
    if "SourceSecurityGroupName" in flat:
        flat["UserIdGroupPairs"] = [{"GroupName": flat["SourceSecurityGroupName"]}]
    return [flat]


def check_size(backend: Any, rules: list[Rule], sizes: dict[str, int] | None = None) -> None:
    """Refuse more rules than a group takes in one direction; `sizes` overrides those of prefix lists."""
    count = 0
    for rule in rules:
        prefix_list = backend.managed_prefix_lists.get(rule.prefix_list_id)
        count += (sizes or {}).get(rule.prefix_list_id or "", prefix_list.weight) if prefix_list else 1
    if count > _RULES:
        raise AwsError("RulesPerSecurityGroupLimitExceeded", f"The maximum number of rules per security group has been reached: {count} of {_RULES}")


def prefix_list_users(backend: Any, prefix_list_id: str) -> list[str]:
    """Ids of the groups and route tables that refer to the list, transit gateways' among them."""
    groups = [group.id for group in _all(backend) if any(rule.prefix_list_id == prefix_list_id for rule in _rules(group))]
    tables = [
        table.id for table in backend.route_tables.values() if any(route.destination_prefix_list_id == prefix_list_id for route in table.routes)
    ]
    transit = [table.id for table in backend.transit_gateways_route_tables.values() if prefix_list_id in table.references]
    return groups + tables + transit


def check_prefix_list_size(backend: Any, prefix_list_id: str, size: int) -> None:
    """Refuse a size of a prefix list that one of the groups that refer to it cannot take."""
    for group in _all(backend):
        for side in (group.ingress_rules, group.egress_rules):
            if any(rule.prefix_list_id == prefix_list_id for rule in side):
                check_size(backend, side, {prefix_list_id: size})


def revoke_ingress(backend: Any, asked: Asked) -> dict[str, Any]:
    return _revoke(backend, asked, is_egress=False)


def revoke_egress(backend: Any, asked: Asked) -> dict[str, Any]:
    return _revoke(backend, asked, is_egress=True)


def _revoke(backend: Any, asked: Asked, is_egress: bool) -> dict[str, Any]:
    """All of the rules or none, by their ids or by what they permit."""
    group = _get(backend, asked)
    kept = _side(group, is_egress)
    if asked.get("SecurityGroupRuleIds"):
        _check_known(asked["SecurityGroupRuleIds"], kept)
        revoked = [rule for rule in kept if rule.id in asked["SecurityGroupRuleIds"]]
    else:
        keys = {rule.key for rule in parse(backend, group, is_egress, _permissions(asked))}
        revoked = [rule for rule in kept if rule.key in keys]
        if len(revoked) < len(keys):
            raise AwsError("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
    kept[:] = [rule for rule in kept if rule not in revoked]
    tags.drop(backend, (rule.id for rule in revoked))
    return {
        "Return": True,
        "RevokedSecurityGroupRules": [
            {name: value for name, value in rule.described(backend).items() if name not in ("Tags", "ReferencedGroupInfo")} for rule in revoked
        ],
    }


def modify_rules(backend: Any, asked: Asked) -> dict[str, Any]:
    group = _get(backend, asked)
    for update in asked["SecurityGroupRules"]:
        identifier, wanted = update["SecurityGroupRuleId"], update["SecurityGroupRule"]
        _check_known([identifier], _rules(group))
        for side in (group.ingress_rules, group.egress_rules):
            for position, rule in enumerate(side):
                if rule.id == identifier:
                    [changed] = parse(backend, group, rule.is_egress, [_as_permission(wanted)])
                    side[position] = replace(changed, id=identifier)
    return {"Return": True}


def _as_permission(wanted: dict[str, Any]) -> Permission:
    description = {"Description": wanted["Description"]} if "Description" in wanted else {}
    peers = {
        "CidrIpv4": ("IpRanges", "CidrIp"), "CidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
        "PrefixListId": ("PrefixListIds", "PrefixListId"), "ReferencedGroupId": ("UserIdGroupPairs", "GroupId"),
    }  # fmt: skip
    permission: Permission = {name: wanted[name] for name in ("IpProtocol", "FromPort", "ToPort") if name in wanted}
    for name, (plural, inner) in peers.items():
        if name in wanted:
            permission[plural] = [{inner: wanted[name], **description}]
    return permission


def describe_ingress_anew(backend: Any, asked: Asked) -> dict[str, Any]:
    return _describe_anew(backend, asked, is_egress=False)


def describe_egress_anew(backend: Any, asked: Asked) -> dict[str, Any]:
    return _describe_anew(backend, asked, is_egress=True)


def _describe_anew(backend: Any, asked: Asked, is_egress: bool) -> dict[str, Any]:
    """UpdateSecurityGroupRuleDescriptions: the descriptions of the named rules."""
    group = _get(backend, asked)
    kept = _side(group, is_egress)
    texts = {entry["SecurityGroupRuleId"]: entry.get("Description") for entry in asked.get("SecurityGroupRuleDescriptions", [])}
    _check_known(list(texts), kept)
    named = {rule.key: rule.description for rule in parse(backend, group, is_egress, asked.get("IpPermissions", []))}
    if named.keys() - {rule.key for rule in kept}:
        raise AwsError("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
    for position, rule in enumerate(kept):
        if rule.id in texts or rule.key in named:
            kept[position] = replace(rule, description=texts.get(rule.id, named.get(rule.key)) or None)
    return {"Return": True}
