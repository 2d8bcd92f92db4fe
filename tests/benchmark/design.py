# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network of an environment as plain data: what peer and floor are told to build, so that all three build the same.

Ours gets the shipped topology and plans for itself; the others need not, which is to their advantage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.network_acl import NetworkAcl
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.routes import Routes
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.security_group_rules import Rule, SecurityGroupRules
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Resource
from ansible_collections.fintech.platform.plugins.module_utils._module import STACK_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._planning.topology_spec import TOPOLOGY_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.network import NETWORK
from ansible_collections.fintech.platform.plugins.module_utils._stacks.network_spec import NETWORK_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.stack import Declaration

ROOT = Path(__file__).parents[2]
REGION = "eu-central-1"
ENVIRONMENTS = ("dev", "test", "staging", "production")
HUB = "hub"
# An account for each host. In the emulator an access key that is an account id acts in that account.
ACCOUNTS = {name: str(100000000001 + number) for number, name in enumerate((*ENVIRONMENTS, HUB))}
# The full network without flow logs, for which amazon.aws has no module.
SPEC = {**TOPOLOGY_SPEC, **NETWORK_SPEC, **STACK_SPEC}
OPTIONS: dict[str, Any] = {"internet_egress": "zonal", "flow_logs": {"destination": "none"}}
CONNECTIONS: dict[str, Any] = {"platform_sites": [], "platform_access": [], "platform_developer_roles": [], "platform_hub": None}


@dataclass(frozen=True)
class Platform:
    """What is built: the topology as ours gets it, and for each host its design, which the others get."""

    topology: dict[str, Any]
    designs: dict[str, dict[str, Any]]


def topology() -> dict[str, Any]:
    """The shipped topology, without what connects its environments: amazon.aws has no modules for it."""
    text = (ROOT / "inventories" / "shared" / "topology.yml").read_text(encoding="utf-8")
    return {name: value for name, value in {**yaml.safe_load(text), **CONNECTIONS}.items() if value is not None}


def isolated() -> Platform:
    shared = topology()
    return Platform(shared, {name: design(name, shared) for name in ENVIRONMENTS})


def parameters(host: str, shared: Mapping[str, Any], spec: Mapping[str, Any] = SPEC) -> dict[str, Any]:
    """The parameters of a stack's module as Ansible would fill them in."""
    given = {name.removeprefix("platform_"): value for name, value in shared.items()}
    given |= {"environment": host, "account_id": ACCOUNTS[host], "platform": given.pop("name"), **OPTIONS}
    checked = ArgumentSpecValidator(dict(spec)).validate({name: value for name, value in given.items() if name in spec})
    if checked.error_messages:
        raise RuntimeError("; ".join(checked.error_messages))
    return dict(checked.validated_parameters)


def declaration(environment: str) -> Declaration:
    return NETWORK.build(parameters(environment, topology()), REGION)


def design(environment: str, shared: Mapping[str, Any]) -> dict[str, Any]:
    """Objects refer to each other by their short names; a rule's peer is a group, a `pl:` prefix list or a CIDR."""
    declared: dict[str, list[Any]] = {}
    for resource in NETWORK.build(parameters(environment, shared), REGION).resources:
        declared.setdefault(resource.kind, []).append(resource)
    vpc, gateway = declared["vpc"][0], declared["internet_gateway"][0]
    return {
        "stack": NETWORK.name,
        "profile": environment,
        "region": REGION,
        "vpc": {"cidr": vpc.cidr, "secondary": sorted(vpc.secondary_cidrs), "tags": vpc.tags},
        "subnets": [{"name": each.name, "cidr": each.cidr, "zone": each.zone, "tags": each.tags} for each in declared["subnet"]],
        "gateway": {"tags": gateway.tags},
        "addresses": [{"name": each.name, "tags": each.tags} for each in declared["elastic_ip"]],
        "nat": [{"name": each.name, "subnet": each.subnet.name, "address": each.address.name, "tags": each.tags} for each in declared["nat_gateway"]],
        "route_tables": [_table(each) for each in declared["routes"]],
        "acls": [_acl(each) for each in declared["network_acl"]],
        "prefix_lists": [_prefix_list(each) for each in declared.get("managed_prefix_list", ())],
        "groups": [_group(each) for each in declared["security_group_rules"]],
        "endpoints": [_endpoint(each) for each in declared["vpc_endpoint"]],
    }


def _names(members: Any) -> list[str]:
    return sorted(each.name for each in members or ())


def _table(routes: Routes) -> dict[str, Any]:
    table = routes.table
    found = {route.destination: f"{route.target.kind}.{route.target.name}" for route in routes.routes if isinstance(route.target, Resource)}
    return {"name": table.name, "tags": table.tags, "subnets": _names(table.subnets), "routes": found}


def _acl(acl: NetworkAcl) -> dict[str, Any]:
    entries = [
        {"number": e.number, "egress": e.direction == "egress", "protocol": e.protocol, "cidr": e.cidr, "ports": list(e.ports or ())}
        for e in sorted(acl.entries, key=str)
    ]
    return {"name": acl.name, "tags": acl.tags, "subnets": _names(acl.subnets), "entries": entries}


def _prefix_list(found: Any) -> dict[str, Any]:
    entries = [{"Cidr": each.cidr, "Description": each.description} for each in sorted(found.entries, key=str)]
    return {"name": found.name, "list_name": found.list_name, "size": found.max_entries, "entries": entries, "tags": found.tags}


def _group(rules: SecurityGroupRules) -> dict[str, Any]:
    return {
        "name": rules.group.name,
        "group_name": rules.group.group_name,
        "description": rules.group.description,
        "tags": rules.group.tags,
        "rules": [_rule(rule) for rule in sorted(rules.rules, key=str)],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    named = {"security_group": "sg:", "aws_prefix_list": "pl:", "managed_prefix_list": "pl:"}
    peer = named[rule.peer.kind] + rule.peer.name if isinstance(rule.peer, Resource) else rule.peer
    return {
        "direction": rule.direction, "protocol": rule.protocol, "ports": list(rule.ports or ()), "peer": peer, "description": rule.description
    }  # fmt: skip


def _endpoint(endpoint: Any) -> dict[str, Any]:
    return {
        "name": endpoint.name, "service": endpoint.service, "type": endpoint.endpoint_type, "policy": endpoint.policy,
        "subnets": _names(endpoint.subnets), "groups": _names(endpoint.groups), "route_tables": _names(endpoint.route_tables),
        "tags": endpoint.tags,
    }  # fmt: skip
