# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network ACLs, prefix lists, security groups and endpoints."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

from .base import tagged
from .fabric import Fabric

PROTOCOLS = {"all": "-1", "tcp": "6", "udp": "17"}
LAST_ENTRY = 32767  # the denial that cannot be changed
PEERS = (("UserIdGroupPairs", "GroupId"), ("IpRanges", "CidrIp"), ("PrefixListIds", "PrefixListId"))
ALL_EGRESS = ("Egress", "-1", (), "0.0.0.0/0")  # what a new group comes with
Rule = tuple[str, str, tuple[int, ...], str]  # direction, protocol, ports, peer


def entry_of(item: dict[str, Any]) -> tuple[Any, ...]:
    ports = item.get("PortRange", {})
    return item["Egress"], item["RuleNumber"], item["Protocol"], item["CidrBlock"], item["RuleAction"], ports.get("From"), ports.get("To")


def entry_arguments(entry: dict[str, Any]) -> dict[str, Any]:
    ports = {"PortRange": dict(zip(("From", "To"), entry["ports"], strict=True))} if entry["ports"] else {}
    return {
        "Egress": entry["egress"], "RuleNumber": entry["number"], "Protocol": PROTOCOLS[entry["protocol"]], "CidrBlock": entry["cidr"],
        "RuleAction": "allow", **ports,
    }  # fmt: skip


def rules_of(group: dict[str, Any]) -> Iterator[Rule]:
    for direction, key in (("Ingress", "IpPermissions"), ("Egress", "IpPermissionsEgress")):
        for permission in group[key]:
            ports = (permission["FromPort"], permission["ToPort"]) if permission.get("FromPort", -1) != -1 else ()
            for peers, peer_key in PEERS:
                for peer in permission.get(peers, ()):
                    yield direction, permission["IpProtocol"], ports, peer[peer_key]


def permission_of(rule: Rule, description: str) -> dict[str, Any]:
    _direction, protocol, ports, peer = rule
    peers, peer_key = PEERS[{"sg": 0, "pl": 2}.get(peer.partition("-")[0], 1)]
    described = {"Description": description} if description else {}
    return {"IpProtocol": protocol, peers: [{peer_key: peer, **described}], **dict(zip(("FromPort", "ToPort"), ports, strict=False))}


class Filters(Fabric):
    def converge(self) -> None:
        super().converge()
        self.guards = self.start(self.read_guards)
        for acl in self.design["acls"]:
            self.start(self.close, acl) if acl["name"] == "default" else self.converge_acl(acl)
        for prefix_list in self.design["prefix_lists"]:
            self.ensure("list", "PrefixListId", prefix_list, self.create_list)
        self.lists_ready = self.start(self.await_lists)
        for group in self.design["groups"]:
            if group["name"] != "default":
                self.ensure("group", "GroupId", group, self.create_group)
        for group in self.design["groups"]:  # which name each other
            self.start(self.converge_rules, group)
        for endpoint in self.design["endpoints"]:
            self.ensure("endpoint", "VpcEndpointId", endpoint, self.create_endpoint)
        self.start(self.await_endpoints)

    # Network ACLs

    def read_guards(self) -> list[dict[str, Any]]:
        """All ACLs, once every subnet has its association, which a new one has with the default ACL."""
        names = [subnet["name"] for subnet in self.design["subnets"]]
        self.ids_of("subnet", names)
        return list(self.live["acl"].values()) if set(names) <= self.live.get("subnet", {}).keys() else self.inside("acl")

    def close(self, acl: dict[str, Any]) -> None:
        found = next(each for each in self.guards.result() if each["IsDefault"])
        if acl["name"] not in self.live.get("acl", {}):
            self.start(self.adopt_acl, found["NetworkAclId"], acl)
        for entry in found["Entries"]:
            if entry["RuleNumber"] < LAST_ENTRY:
                self.start(self.delete_entry, found["NetworkAclId"], entry)

    def adopt_acl(self, identifier: str, acl: dict[str, Any]) -> None:
        self.change("create_tags", Resources=[identifier], Tags=tagged("", acl["tags"])[0]["Tags"])

    def delete_entry(self, acl: str, entry: dict[str, Any]) -> None:
        self.change("delete_network_acl_entry", NetworkAclId=acl, RuleNumber=entry["RuleNumber"], Egress=entry["Egress"])

    def converge_acl(self, acl: dict[str, Any]) -> None:
        self.ensure("acl", "NetworkAclId", acl, self.create_acl)
        live = {entry_of(each) for each in self.live.get("acl", {}).get(acl["name"], {"Entries": ()})["Entries"]}
        for arguments in map(entry_arguments, acl["entries"]):
            if entry_of(arguments) not in live:
                self.start(self.create_entry, acl["name"], arguments)
        for subnet in acl["subnets"]:
            self.start(self.guard, acl["name"], subnet)

    def create_acl(self, acl: dict[str, Any]) -> str:
        arguments = {"ClientToken": str(uuid.uuid4()), "TagSpecifications": tagged("network-acl", acl["tags"])}
        return str(self.change("create_network_acl", VpcId=self.vpc, **arguments)["NetworkAcl"]["NetworkAclId"])

    def create_entry(self, acl: str, arguments: dict[str, Any]) -> None:
        self.change("create_network_acl_entry", NetworkAclId=self.id("acl", acl), **arguments)

    def guard(self, acl: str, subnet: str) -> None:
        wanted, guarded = self.id("acl", acl), self.id("subnet", subnet)
        associations = [each for found in self.guards.result() for each in found["Associations"] if each["SubnetId"] == guarded]
        if associations[0]["NetworkAclId"] != wanted:
            self.change("replace_network_acl_association", AssociationId=associations[0]["NetworkAclAssociationId"], NetworkAclId=wanted)

    # Prefix lists

    def create_list(self, prefix_list: dict[str, Any]) -> str:
        what = {"PrefixListName": prefix_list["list_name"], "AddressFamily": "IPv4", "MaxEntries": prefix_list["size"]}
        arguments = {"Entries": prefix_list["entries"], "ClientToken": str(uuid.uuid4())}
        made = self.change("create_managed_prefix_list", **what, **arguments, TagSpecifications=tagged("prefix-list", prefix_list["tags"]))
        return str(made["PrefixList"]["PrefixListId"])

    def await_lists(self) -> None:
        names = [prefix_list["name"] for prefix_list in self.design["prefix_lists"]]
        self.ids_of("list", names)
        if not set(names) <= self.live["list"].keys():
            self.poll(self.prefix_lists, lambda found: found["State"].endswith("-complete"))

    # Security groups

    def create_group(self, group: dict[str, Any]) -> str:
        arguments = {"VpcId": self.vpc, "GroupName": group["group_name"], "Description": group["description"]}
        return str(self.change("create_security_group", **arguments, TagSpecifications=tagged("security-group", group["tags"]))["GroupId"])

    def converge_rules(self, group: dict[str, Any]) -> None:
        if group["name"] == "default":
            found = self.adopt("group", "GroupId", group, lambda each: each["GroupName"] == "default")
            identifier, live = found["GroupId"], set(rules_of(found))
        else:
            identifier, there = self.id("group", group["name"]), self.live.get("group", {})
            live = set(rules_of(there[group["name"]])) if group["name"] in there else {ALL_EGRESS}
        wanted = {self.rule(rule): rule["description"] for rule in group["rules"]}
        for direction in ("ingress", "egress"):
            self.call_for_rules("authorize", direction, identifier, wanted, wanted.keys() - live)
            self.call_for_rules("revoke", direction, identifier, wanted, live - wanted.keys())

    def rule(self, rule: dict[str, Any]) -> Rule:
        kind, _colon, name = rule["peer"].partition(":")
        peer = self.id("group", name) if kind == "sg" else self.list_id(name) if kind == "pl" else rule["peer"]
        return rule["direction"].capitalize(), "-1" if rule["protocol"] == "all" else rule["protocol"], tuple(rule["ports"]), peer

    def list_id(self, name: str) -> str:
        if name in self.lists:
            return self.lists[name]
        self.lists_ready.result()
        return self.id("list", name)

    def call_for_rules(self, verb: str, direction: str, group: str, described: dict[Rule, str], rules: set[Rule]) -> None:
        permissions = [permission_of(rule, described.get(rule, "")) for rule in sorted(rules, key=str) if rule[0].lower() == direction]
        if permissions:
            self.start(lambda: self.change(f"{verb}_security_group_{direction}", GroupId=group, IpPermissions=permissions))

    # Endpoints

    def create_endpoint(self, endpoint: dict[str, Any]) -> str:
        arguments: dict[str, Any] = {"PolicyDocument": json.dumps(endpoint["policy"])} if endpoint["policy"] else {}
        if endpoint["type"] == "Gateway":
            arguments["RouteTableIds"] = self.ids_of("table", endpoint["route_tables"])
        else:
            self.dns.result()
            arguments |= {"SubnetIds": self.ids_of("subnet", endpoint["subnets"]), "SecurityGroupIds": self.ids_of("group", endpoint["groups"])}
            arguments["PrivateDnsEnabled"] = True
        arguments |= {"ClientToken": str(uuid.uuid4()), "TagSpecifications": tagged("vpc-endpoint", endpoint["tags"])}
        what = {"VpcId": self.vpc, "ServiceName": endpoint["service"], "VpcEndpointType": endpoint["type"]}
        return str(self.change("create_vpc_endpoint", **what, **arguments)["VpcEndpoint"]["VpcEndpointId"])

    def await_endpoints(self) -> None:
        names = [endpoint["name"] for endpoint in self.design["endpoints"]]
        self.ids_of("endpoint", names)
        if not set(names) <= self.live.get("endpoint", {}).keys():
            self.poll(lambda: self.inside("endpoint"), lambda endpoint: endpoint["State"].lower() == "available")
