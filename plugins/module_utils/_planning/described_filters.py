# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From describe answers to the filters of a fabric: network ACLs and security groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .._engine.errors import PlanError
from .described_items import Described, Tags, items
from .filters import AclRule, GroupRule, NetworkAcl, SecurityGroup
from .intervals import NOTHING, Spans, join
from .packets import PROTOCOLS, addresses, services, shown_services

STACK = "network"  # whose groups are the tiers'
ICMPV6 = "58"


def network_acls(describe: Described) -> dict[str, NetworkAcl]:
    found = {}
    for item in items(describe, "describe_network_acls"):
        entries = sorted((each for each in item.get("Entries", ()) if each.get("CidrBlock")), key=lambda each: each["RuleNumber"])
        inbound, outbound = (tuple(_acl_rule(each) for each in entries if each["Egress"] == egress) for egress in (False, True))
        found[item["NetworkAclId"]] = NetworkAcl(item["NetworkAclId"], Tags.name(item), inbound, outbound)
    return found


def _acl_rule(item: Mapping[str, Any]) -> AclRule:
    ports, icmp = item.get("PortRange"), item.get("IcmpTypeCode")
    limits = (ports["From"], ports["To"]) if ports else (icmp["Type"], icmp["Code"]) if icmp else None
    passing = _services(str(item["Protocol"]), limits)
    shown = f"{item['RuleAction']} {_shown(passing)} {item['CidrBlock']}"
    return AclRule(item["RuleNumber"], item["RuleAction"] == "allow", addresses(item["CidrBlock"]), passing, shown)


def _services(protocol: str, limits: tuple[int, int] | None) -> Spans:
    """``limits``: first and last port, or ICMP's type and code, where -1 is any."""
    number = {"icmpv6": ICMPV6}.get(protocol, protocol)
    if number in ("1", "icmp"):
        return _icmp(*(limits or (-1, -1)))
    named = number in ("6", "17", "tcp", "udp")
    return services(number, limits if named and limits and limits[0] >= 0 else None)


def _icmp(kind: int, code: int) -> Spans:
    base = PROTOCOLS["icmp"] << 16
    if kind < 0:
        return services("icmp")
    first = base | kind << 8
    return ((first, first | 0xFF),) if code < 0 else ((first | code, first | code),)


def _shown(passing: Spans) -> str:
    return ", ".join(protocol if ports == "all" else f"{protocol} {ports}" for protocol, ports in shown_services(passing))


def security_groups(describe: Described, lists: Mapping[str, tuple[str, ...]], tags: Tags) -> dict[str, SecurityGroup]:
    found = {}
    for item in items(describe, "describe_security_groups"):
        label = tags.of(item, "name") if tags.of(item, "stack") == STACK else None
        rules = tuple(_group_rules(item, lists))
        found[item["GroupId"]] = SecurityGroup(item["GroupId"], item.get("VpcId", ""), item.get("GroupName", ""), label or "", rules)
    return found


def _group_rules(item: Mapping[str, Any], lists: Mapping[str, tuple[str, ...]]) -> Iterator[GroupRule]:
    for key, outbound in (("IpPermissions", False), ("IpPermissionsEgress", True)):
        for permission in item.get(key, ()):
            limits = (permission["FromPort"], permission.get("ToPort", -1)) if "FromPort" in permission else None
            passing = _services(str(permission["IpProtocol"]), limits)
            for group, far, shown in _far_ends(permission, lists):
                yield GroupRule(outbound, group, far, passing, f"{_shown(passing)} {'to' if outbound else 'from'} {shown}")


def _far_ends(permission: Mapping[str, Any], lists: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str | None, Spans, str]]:
    for each in permission.get("UserIdGroupPairs", ()):
        yield each["GroupId"], NOTHING, each["GroupId"]
    for each in permission.get("IpRanges", ()):
        yield None, addresses(each["CidrIp"]), each["CidrIp"]
    for each in permission.get("PrefixListIds", ()):
        name = each["PrefixListId"]
        if name not in lists:
            raise PlanError(f"Rules with {name} cannot be judged: its entries were not described.")
        yield None, join(*map(addresses, lists[name])), name
