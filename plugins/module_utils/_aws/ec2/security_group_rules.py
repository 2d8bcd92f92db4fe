# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of one security group, which always converge as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

from ..._engine.resource import Difference, Live, Resource, Scope, immutable, managed
from .aws_prefix_list import AwsPrefixList
from .managed_prefix_list import ManagedPrefixList
from .ports import Ports, shown
from .security_group import SecurityGroup
from .vpc import Vpc

PEERS = (  # lists of an IpPermission, the key of the peer in their items
    ("UserIdGroupPairs", "GroupId"),
    ("IpRanges", "CidrIp"),
    ("PrefixListIds", "PrefixListId"),
    ("Ipv6Ranges", "CidrIpv6"),
)


@dataclass(frozen=True)
class Rule:
    """``peer``: a group, a prefix list, a CIDR. The description is set once, and not compared."""

    direction: str  # ingress or egress
    protocol: str  # tcp, udp, icmp or all
    peer: SecurityGroup | ManagedPrefixList | AwsPrefixList | str
    ports: Ports = None
    description: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.direction} {self.protocol}{shown(self.ports)} {self.peer}"


ALL_EGRESS = Rule("egress", "all", "0.0.0.0/0")  # what AWS gives a new group


@dataclass(kw_only=True, eq=False)
class SecurityGroupRules(Resource):
    group: SecurityGroup = immutable(uses=(SecurityGroup,))
    rules: frozenset[Rule] = managed(frozenset(), uses=(SecurityGroup, ManagedPrefixList, AwsPrefixList))

    kind = "security_group_rules"
    within = Vpc
    calls: ClassVar = {
        "create": (),
        "rules": (
            "ec2.AuthorizeSecurityGroupIngress",
            "ec2.AuthorizeSecurityGroupEgress",
            "ec2.RevokeSecurityGroupIngress",
            "ec2.RevokeSecurityGroupEgress",
        ),
        "delete": ("ec2.RevokeSecurityGroupIngress", "ec2.RevokeSecurityGroupEgress"),
    }

    @property
    def adopted(self) -> bool:
        """A group comes with rules: they are changed, never made."""
        return True

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        """The same call as the groups' read, so that planning makes it once."""
        operation, key, _id = SecurityGroup.describe
        for item in place.pages("ec2", operation, key, **SecurityGroup.question(scope, within)):
            group = SecurityGroup.as_live(item, scope, within)
            if group.scope == scope:
                yield _live(group, frozenset(rules_of(item)))

    def create(self, place: Any) -> Live:
        """No call: the rules of a group that AWS made came with it, any other is new."""
        group = self.group
        if group.live is None:
            raise LookupError(f"{group.label} does not exist yet")
        return _live(group.live, frozenset(rules_of(group.live.detail)) if group.adopted else frozenset({ALL_EGRESS}))

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        converge(place, live.id, fields["rules"].before or frozenset(), fields["rules"].after)

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        """Groups that name each other cannot be deleted: their rules go first."""
        converge(place, live.id, live.values["rules"], frozenset())


def converge(place: Any, group: str, before: frozenset[Rule], after: frozenset[Rule]) -> None:
    """All that is opened before anything is closed: what passes before and after passes in between."""
    ec2 = place.client("ec2")
    place.together(_calls(group, after - before, ec2.authorize_security_group_ingress, ec2.authorize_security_group_egress))
    place.together(_calls(group, before - after, ec2.revoke_security_group_ingress, ec2.revoke_security_group_egress))


def _calls(group: str, rules: frozenset[Rule], ingress: Callable[..., Any], egress: Callable[..., Any]) -> Iterator[Callable[[], Any]]:
    for direction, call in (("ingress", ingress), ("egress", egress)):
        chosen = sorted((rule for rule in rules if rule.direction == direction), key=str)
        if chosen:
            yield partial(call, GroupId=group, IpPermissions=[_permission(rule) for rule in chosen])


def _live(group: Live, rules: frozenset[Rule]) -> Live:
    """Where there are no rules, none can be deleted."""
    values = {"group": group.id, "rules": rules}
    return Live(id=group.id, name=group.name, scope=group.scope, default=group.default or not rules, values=values, within=group.within)


def rules_of(item: Mapping[str, Any]) -> Iterator[Rule]:
    """The rules of a group as EC2 describes it, their peers as ids or CIDRs."""
    for direction, key in (("ingress", "IpPermissions"), ("egress", "IpPermissionsEgress")):
        for permission in item.get(key, ()):
            protocol = "all" if permission["IpProtocol"] == "-1" else permission["IpProtocol"]
            first, last = permission.get("FromPort", -1), permission.get("ToPort", -1)
            ports = None if protocol == "all" or first == -1 else (first, last)
            for peers, peer_key in PEERS:
                for peer in permission.get(peers, ()):
                    yield Rule(direction, protocol, peer[peer_key], ports, peer.get("Description", ""))


def _permission(rule: Rule) -> dict[str, Any]:
    peer = str(rule.peer)
    index = 0 if peer.startswith("sg-") else 2 if peer.startswith("pl-") else 3 if ":" in peer else 1
    peers, peer_key = PEERS[index]
    described = {"Description": rule.description} if rule.description else {}
    permission: dict[str, Any] = {"IpProtocol": "-1" if rule.protocol == "all" else rule.protocol, peers: [{peer_key: peer, **described}]}
    if rule.protocol != "all":
        permission["FromPort"], permission["ToPort"] = rule.ports or ((-1, -1) if rule.protocol == "icmp" else (0, 65535))
    return permission
