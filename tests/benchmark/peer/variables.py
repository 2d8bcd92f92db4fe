# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A design in the words of amazon.aws's modules: what the user of the peer's playbook would have in host_vars."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def variables(design: dict[str, Any], zones: Mapping[str, str], prefix_lists: Mapping[str, str]) -> dict[str, Any]:
    """`zones`: zone names by AZ ID; `prefix_lists`: ids of AWS's lists by service."""
    groups = {group["name"]: group for group in design["groups"]}
    return {
        "region": design["region"],
        "profile": design["profile"],
        "vpc": {"cidrs": [design["vpc"]["cidr"], *design["vpc"]["secondary"]], "tags": design["vpc"]["tags"]},
        "gateway": design["gateway"],
        "subnets": [{**subnet, "az": zones[subnet["zone"]]} for subnet in design["subnets"]],
        "nat": design["nat"],
        "route_tables": [{**table, "way_out": _way_out(table)} for table in design["route_tables"] if table["name"] != "main"],
        "acls": [_acl(acl) for acl in design["acls"] if acl["name"] != "default"],
        "groups_of_rules": [_group(group, groups, prefix_lists) for group in design["groups"]],
        "gateway_endpoints": [_endpoint(each) for each in design["endpoints"] if each["type"] == "Gateway"],
        "interface_endpoints": [_endpoint(each) for each in design["endpoints"] if each["type"] == "Interface"],
    }


def _way_out(table: dict[str, Any]) -> str | None:
    target = next(iter(table["routes"].values()), None)
    return "internet" if target and target.startswith("internet_gateway.") else target and target.partition(".")[2]


def _acl(acl: dict[str, Any]) -> dict[str, Any]:
    """An entry is [number, protocol, action, CIDR, ICMP type, ICMP code, first port, last port]."""
    entries = {
        direction: [
            [e["number"], e["protocol"], "allow", e["cidr"], None, None, *(e["ports"] or (None, None))]
            for e in acl["entries"]
            if e["egress"] is (direction == "egress")
        ]
        for direction in ("ingress", "egress")
    }
    return {"name": acl["name"], "subnets": acl["subnets"], "tags": acl["tags"], **entries}


def _group(group: dict[str, Any], groups: Mapping[str, Any], prefix_lists: Mapping[str, str]) -> dict[str, Any]:
    rules = {
        direction: [_rule(rule, groups, prefix_lists) for rule in group["rules"] if rule["direction"] == direction]
        for direction in ("ingress", "egress")
    }
    return {**group, **rules}


def _rule(rule: dict[str, Any], groups: Mapping[str, Any], prefix_lists: Mapping[str, str]) -> dict[str, Any]:
    ports = dict(zip(("from_port", "to_port"), rule["ports"], strict=False))
    return {"proto": rule["protocol"], "rule_desc": rule["description"], **ports, **_peer(rule["peer"], groups, prefix_lists)}


def _peer(peer: str, groups: Mapping[str, Any], prefix_lists: Mapping[str, str]) -> dict[str, Any]:
    kind, _colon, name = peer.partition(":")
    if kind == "sg":
        return {"group_name": groups[name]["group_name"], "group_desc": groups[name]["description"]}
    return {"ip_prefix": prefix_lists[name]} if kind == "pl" else {"cidr_ip": peer}


def _endpoint(endpoint: dict[str, Any]) -> dict[str, Any]:
    return {**endpoint, "policy": json.dumps(endpoint["policy"]) if endpoint["policy"] else None}
