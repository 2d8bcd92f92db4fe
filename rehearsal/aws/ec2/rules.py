# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Security group rules: how EC2 reads, checks, compares and describes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from moto.ec2.utils import random_security_group_rule_id

from ..answers import AwsError
from . import tags

_NAMES = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", "all": "-1"}
_DESCRIPTION = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")
_PEERS = ("IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs")

Permission = dict[str, Any]
Key = tuple[bool, str, int | None, int | None, str]


@dataclass(frozen=True)
class Rule:
    """One rule: a protocol, its ports (for ICMP its type and code) and one peer, of which exactly one field is set."""

    group_id: str
    is_egress: bool
    ip_protocol: str
    from_port: int | None
    to_port: int | None
    cidr_ipv4: str | None = None
    cidr_ipv6: str | None = None
    prefix_list_id: str | None = None
    referenced_group: str | None = None
    description: str | None = None
    id: str = field(default_factory=random_security_group_rule_id)

    @property
    def peer(self) -> str:
        return self.cidr_ipv4 or self.cidr_ipv6 or self.prefix_list_id or self.referenced_group or ""

    @property
    def key(self) -> Key:
        """What makes two rules of a group the same; the description does not count."""
        return self.is_egress, self.ip_protocol, self.from_port, self.to_port, self.peer

    def described(self, backend: Any) -> dict[str, Any]:
        """A row of DescribeSecurityGroupRules, which says -1 where a protocol has no ports."""
        row = {
            "SecurityGroupRuleId": self.id, "GroupId": self.group_id, "GroupOwnerId": backend.account_id,
            "IsEgress": self.is_egress, "IpProtocol": self.ip_protocol, "Tags": tags.of(backend, self.id),
            "FromPort": -1 if self.from_port is None else self.from_port, "ToPort": -1 if self.to_port is None else self.to_port,
            "CidrIpv4": self.cidr_ipv4, "CidrIpv6": self.cidr_ipv6, "PrefixListId": self.prefix_list_id,
            "Description": self.description,
            "SecurityGroupRuleArn": f"arn:{backend.partition}:ec2:{backend.region_name}:{backend.account_id}:security-group-rule/{self.id}",
        }  # fmt: skip
        if self.referenced_group:
            row["ReferencedGroupInfo"] = {"GroupId": self.referenced_group, "UserId": backend.account_id}
        return {name: value for name, value in row.items() if value is not None}


def parse(backend: Any, group: Any, is_egress: bool, permissions: list[Permission]) -> list[Rule]:
    """The rules that a list of IpPermissions stands for. Raises AwsError for what EC2 refuses."""
    return [rule for permission in permissions for rule in _parsed(backend, group, is_egress, permission)]


def _parsed(backend: Any, group: Any, is_egress: bool, permission: Permission) -> Iterator[Rule]:
    protocol, first, last = _ports(permission)
    if not any(permission.get(name) for name in _PEERS):
        raise AwsError("MissingParameter", "Either 'cidrIp', 'cidrIpv6', 'prefixListId' or 'groupId' should be provided")
    base = Rule(group.id, is_egress, protocol, first, last, id="")
    for name in _PEERS:
        for peer in permission.get(name, []):
            description = peer.get("Description")
            if description is not None and not _DESCRIPTION.fullmatch(description):
                raise AwsError(
                    "InvalidParameterValue",
                    "Invalid rule description. Valid descriptions are strings less than 256 characters from the following "
                    "set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*",
                )
            yield replace(base, id=random_security_group_rule_id(), description=description or None, **_peer(backend, group, name, peer))


def _ports(permission: Permission) -> tuple[str, int | None, int | None]:
    given = permission.get("IpProtocol", "").lower()
    protocol = _NAMES.get(given, given)
    first, last = permission.get("FromPort"), permission.get("ToPort")
    if protocol in ("tcp", "udp"):
        if first is None or last is None:
            raise AwsError("InvalidParameterValue", f"Invalid value 'Must specify both from and to ports with {protocol.upper()}.' for portRange.")
        if not 0 <= first <= last <= 65535:
            raise AwsError("InvalidParameterValue", f"Invalid value '{first}-{last}' for portRange. Must have from_port <= to_port")
        return protocol, first, last
    if protocol in ("icmp", "icmpv6"):
        return protocol, -1 if first is None else first, -1 if last is None else last
    if protocol != "-1" and not (protocol.isdigit() and int(protocol) <= 255):
        raise AwsError("InvalidParameterValue", f"Invalid value '{given}' for IP protocol. Unknown protocol.")
    return protocol, None, None


def _peer(backend: Any, group: Any, name: str, peer: dict[str, Any]) -> dict[str, Any]:
    try:
        match name:
            case "IpRanges":
                return {"cidr_ipv4": str(IPv4Network(peer["CidrIp"], strict=False))}
            case "Ipv6Ranges":
                return {"cidr_ipv6": str(IPv6Network(peer["CidrIpv6"], strict=False))}
    except (KeyError, ValueError) as problem:
        raise AwsError("InvalidParameterValue", f"CIDR block {peer.get('CidrIp') or peer.get('CidrIpv6')} is malformed") from problem
    if name == "PrefixListIds":
        if peer["PrefixListId"] not in backend.managed_prefix_lists:
            raise AwsError("InvalidPrefixListID.NotFound", f"The prefix list ID '{peer['PrefixListId']}' does not exist")
        return {"prefix_list_id": peer["PrefixListId"]}
    asked = peer.get("GroupId") or peer.get("GroupName", "")
    found = backend.get_security_group_by_name_or_id(asked, group.vpc_id)
    if found is None or found.vpc_id != group.vpc_id:
        raise AwsError("InvalidGroup.NotFound", f"You have specified two resources that belong to different networks or '{asked}' does not exist")
    return {"referenced_group": found.id}


def grouped(rules: list[Rule], account_id: str) -> list[Permission]:
    """Rules as IpPermissions, those of the same protocol and ports together."""
    found: dict[tuple[Any, ...], Permission] = {}
    for rule in rules:
        permission = found.setdefault(
            (rule.ip_protocol, rule.from_port, rule.to_port), {"IpProtocol": rule.ip_protocol, **{name: [] for name in _PEERS}}
        )
        if rule.from_port is not None:
            permission |= {"FromPort": rule.from_port, "ToPort": rule.to_port}
        description = {"Description": rule.description} if rule.description else {}
        if rule.cidr_ipv4:
            permission["IpRanges"].append({"CidrIp": rule.cidr_ipv4, **description})
        elif rule.cidr_ipv6:
            permission["Ipv6Ranges"].append({"CidrIpv6": rule.cidr_ipv6, **description})
        elif rule.prefix_list_id:
            permission["PrefixListIds"].append({"PrefixListId": rule.prefix_list_id, **description})
        else:
            permission["UserIdGroupPairs"].append({"GroupId": rule.referenced_group, "UserId": account_id, **description})
    return list(found.values())
