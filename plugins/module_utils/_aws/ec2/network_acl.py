# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network ACL, with its entries and the subnets that it guards: coarse and stateless, groups decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from ..._engine.resource import Difference, Live, Scope, computed, immutable, managed
from .ec2_resource import Ec2Resource
from .ports import Ports, shown
from .subnet import Subnet, without_others
from .vpc import Vpc

DEFAULT = "default"  # made by AWS with the VPC
LAST_RULE = 32767  # the implicit denial at the end, which cannot be changed
PROTOCOLS = {"all": "-1", "tcp": "6", "udp": "17", "icmp": "1"}


@dataclass(frozen=True)
class Entry:
    direction: str  # ingress or egress
    number: int
    protocol: str  # all, tcp, udp, icmp, or a number
    cidr: str
    ports: Ports = None
    action: str = "allow"

    def __str__(self) -> str:
        return f"{self.direction} {self.number} {self.action} {self.protocol}{shown(self.ports)} {self.cidr}"


@dataclass(kw_only=True, eq=False)
class NetworkAcl(Ec2Resource):
    """``subnets``: what it guards. ``all_subnets``: those of the whole stack, of which another ACL takes what is not this one's."""

    vpc: Vpc = immutable(uses=(Vpc,))
    entries: frozenset[Entry] = managed(frozenset())
    subnets: frozenset[Subnet] | None = managed(None, uses=(Subnet,))
    all_subnets: frozenset[Subnet] = computed(frozenset(), uses=(Subnet,))

    kind = "network_acl"
    within = Vpc
    tag_type = "network-acl"
    describe = ("describe_network_acls", "NetworkAcls", "NetworkAclId")
    calls: ClassVar = {
        "create": ("ec2.CreateNetworkAcl",),
        "entries": ("ec2.CreateNetworkAclEntry", "ec2.ReplaceNetworkAclEntry", "ec2.DeleteNetworkAclEntry"),
        "subnets": ("ec2.ReplaceNetworkAclAssociation",),
        "tags": ("ec2.CreateTags",),
        "delete": ("ec2.ReplaceNetworkAclAssociation", "ec2.DeleteNetworkAcl"),
    }

    @property
    def adopted(self) -> bool:
        return self.name == DEFAULT

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        """Each ACL's detail: the associations of all, and the default ACL that subnets fall back to."""
        found = list(super().read(place, scope, within))
        everywhere = {subnet: association for live in found for subnet, association in live.detail.items()}
        for live in found:
            fallback = next((each.id for each in found if each.default and each.within == live.within), None)
            live.detail = {"associations": everywhere, "default": fallback}
        return found

    @classmethod
    def values(cls, item: Mapping[str, Any]) -> dict[str, Any]:
        entries = frozenset(_entry(each) for each in item.get("Entries", ()) if each["RuleNumber"] < LAST_RULE)
        return {"vpc": item["VpcId"], "entries": entries, "subnets": frozenset(_associations(item))}

    @classmethod
    def refine(cls, live: Live, item: Mapping[str, Any]) -> Live:
        live.detail = _associations(item)
        if item.get("IsDefault"):
            live.default, live.name = True, DEFAULT
        return live

    def create(self, place: Any) -> Live:
        if self.adopted:
            return next(live for live in self.read(place, self.scope, frozenset({self.vpc.id})) if live.default)
        answer = place.client("ec2").create_network_acl(VpcId=self.vpc.id, TagSpecifications=self.specifications())
        return self.made(answer["NetworkAcl"])

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        """Entries before subnets: none comes to an ACL that does not let through yet what it should."""
        calls = [partial(_converge_entries, place, live.id, fields["entries"])] if "entries" in fields else []
        if "subnets" not in fields:
            place.together(calls)
            return
        moved = (fields["subnets"].before or frozenset()) ^ fields["subnets"].after
        associations = place.together([partial(self._associations, place, live, moved), *calls])[0]
        self._converge_subnets(place, live, fields["subnets"], associations)

    def normalize(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return without_others(super().normalize(values), self.subnets or frozenset(), self.all_subnets)

    @staticmethod
    def _converge_subnets(place: Any, live: Live, change: Difference, associations: Mapping[str, str]) -> None:
        """A subnet always has an ACL: one that this ACL lets go falls back to the default one."""
        moved = (change.before or frozenset()) ^ change.after
        guards = {subnet: live.id if subnet in change.after else live.detail["default"] for subnet in sorted(moved)}
        call = place.client("ec2").replace_network_acl_association
        place.together(partial(call, AssociationId=associations[subnet], NetworkAclId=acl) for subnet, acl in guards.items())

    def _associations(self, place: Any, live: Live, wanted: frozenset[str]) -> Mapping[str, str]:
        """A subnet made in this run is not in what was read before: then the ACLs are read again, once for all that ask."""
        found: Mapping[str, str] = live.detail.get("associations", {})
        if wanted <= found.keys():
            return found
        with place.asking(f"associations {self.vpc.id}") as answer:
            if not wanted <= answer.get("associations", {}).keys():
                answer.update(next(iter(self.read(place, self.scope, frozenset({self.vpc.id})))).detail)
            return dict(answer["associations"])

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        ec2, associations = place.client("ec2"), live.detail["associations"]
        place.together(
            partial(ec2.replace_network_acl_association, AssociationId=associations[subnet], NetworkAclId=live.detail["default"])
            for subnet in sorted(live.values["subnets"])
        )
        live.values["subnets"] = frozenset()
        ec2.delete_network_acl(NetworkAclId=live.id)


def _associations(item: Mapping[str, Any]) -> dict[str, str]:
    return {each["SubnetId"]: each["NetworkAclAssociationId"] for each in item.get("Associations", ())}


def _entry(item: Mapping[str, Any]) -> Entry:
    names = {number: name for name, number in PROTOCOLS.items()}
    ports = item.get("PortRange")
    return Entry(
        direction="egress" if item["Egress"] else "ingress",
        number=item["RuleNumber"],
        protocol=names.get(item["Protocol"], item["Protocol"]),
        cidr=item.get("CidrBlock") or item["Ipv6CidrBlock"],
        ports=(ports["From"], ports["To"]) if ports else None,
        action=item["RuleAction"],
    )


def _converge_entries(place: Any, acl: str, change: Difference) -> None:
    """All that is set before anything is taken away: what passes before and after passes in between."""
    ec2 = place.client("ec2")
    before = {(entry.direction, entry.number): entry for entry in change.before or ()}
    after = {(entry.direction, entry.number): entry for entry in change.after}
    place.together(
        partial(ec2.replace_network_acl_entry if key in before else ec2.create_network_acl_entry, NetworkAclId=acl, **_arguments(after[key]))
        for key in sorted(after)
        if before.get(key) != after[key]
    )
    place.together(
        partial(ec2.delete_network_acl_entry, NetworkAclId=acl, RuleNumber=number, Egress=direction == "egress")
        for direction, number in sorted(before.keys() - after.keys())
    )


def _arguments(entry: Entry) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "RuleNumber": entry.number,
        "Egress": entry.direction == "egress",
        "Protocol": PROTOCOLS.get(entry.protocol, entry.protocol),
        "RuleAction": entry.action,
        "CidrBlock": entry.cidr,
    }
    if entry.ports:
        arguments["PortRange"] = {"From": entry.ports[0], "To": entry.ports[1]}
    if entry.protocol == "icmp":
        arguments["IcmpTypeCode"] = {"Type": -1, "Code": -1}
    return arguments
