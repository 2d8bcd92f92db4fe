# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose names are resolved where: per site and network of the access matrix."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, cast

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.security_group import SecurityGroup
from ansible_collections.fintech.platform.plugins.module_utils._aws.route53resolver.resolver_rule import ResolverRule
from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError
from ansible_collections.fintech.platform.plugins.module_utils._engine.graph import ordered
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Resource
from ansible_collections.fintech.platform.plugins.module_utils._module import STACK_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._planning.access import AccessMatrix, compile_access
from ansible_collections.fintech.platform.plugins.module_utils._planning.addresses import environment_plan, plan_addresses
from ansible_collections.fintech.platform.plugins.module_utils._planning.topology import Topology
from ansible_collections.fintech.platform.plugins.module_utils._planning.topology_spec import TOPOLOGY_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.network_filters import Filters
from ansible_collections.fintech.platform.plugins.module_utils._stacks.network_foundation import Foundation
from ansible_collections.fintech.platform.plugins.module_utils._stacks.network_names import Names, resolver_flows, server_ranges
from ansible_collections.fintech.platform.plugins.module_utils._stacks.network_spec import NETWORK_SPEC

OFFICE: dict[str, Any] = {
    "name": "office",
    "type": "office",
    "networks": [{"name": "developers", "cidrs": ["192.168.10.0/24"]}, {"name": "servers", "cidrs": ["192.168.20.0/24"]}],
    "vpn": {"slot": 0, "gateway_address": "203.0.113.10"},
    "dns": {"domains": ["corp.example", "a-long-name.corp.example"], "servers": ["192.168.20.53", "192.168.10.53"]},
}
EXCHANGE: dict[str, Any] = {
    "name": "exchange",
    "type": "data_provider",
    "networks": [{"name": "api", "cidrs": ["172.31.40.0/24"]}],
    "vpn": {"slot": 1, "gateway_address": "203.0.113.20"},
    "dns": {"domains": ["exchange.example"], "servers": ["172.31.40.53"]},
}
TOPOLOGY: dict[str, Any] = {
    "platform": "acme",
    "environment": "dev",
    "account_id": "123456789012",
    "supernets": [{"cidr": "10.64.0.0/21", "first_slot": 0}],
    "environments": [{"name": "dev", "slot": 0}, {"name": "test", "slot": 1}],
    "zones": [{"name": "a", "slot": 0, "az_id": "euc1-az1"}, {"name": "b", "slot": 1, "az_id": "euc1-az2"}],
    "sites": [OFFICE, EXCHANGE],
}
BOTH = {"inbound": True, "outbound": True}


def entry(source: str, target: str) -> dict[str, Any]:
    return {"from": source, "to": target, "ports": ["443"], "reason": "work"}


class OneGroup:
    """What of the filters the names need."""

    def __init__(self, base: Foundation) -> None:
        group = SecurityGroup(name="resolver", vpc=base.vpc, group_name="acme-dev-resolver", description="Resolver", tags=base.tags("resolver"))
        self.groups = {"resolver": group}


@dataclass(frozen=True)
class Declared:
    parameters: dict[str, Any]

    @cached_property
    def topology(self) -> Topology:
        return Topology.from_mapping(self.parameters)

    @cached_property
    def matrix(self) -> AccessMatrix:
        return compile_access(self.topology, date(2026, 6, 30))

    @cached_property
    def base(self) -> Foundation:
        return Foundation(self.parameters, "eu-central-1", self.topology, environment_plan(plan_addresses(self.topology), "dev"))

    @cached_property
    def filters(self) -> OneGroup:
        return OneGroup(self.base)

    @cached_property
    def names(self) -> Names:
        return Names(self.base, cast(Filters, self.filters), self.matrix)

    def flows(self) -> list[tuple[str, str, str]]:
        """Source, target and protocol: all are for port 53."""
        found = list(resolver_flows(self.parameters["resolver"], self.topology, self.matrix, "dev"))
        assert {flow.ports for flow in found} <= {(53, 53)}
        return [(flow.source, flow.target, flow.protocol) for flow in found]

    def server_ranges(self) -> dict[str, tuple[str, ...]]:
        return server_ranges(self.parameters["resolver"], self.topology, self.matrix, "dev")

    def resources(self) -> list[Resource]:
        """With what they stand on."""
        return [self.base.vpc, *self.base.subnets.values(), *self.filters.groups.values(), *self.names.resources()]


def declare(*access: dict[str, Any], **options: Any) -> Declared:
    """Environment dev with the given entries of the access matrix."""
    given = {**TOPOLOGY, "access": [*access], "resolver": BOTH, **options}
    checked = ArgumentSpecValidator({**TOPOLOGY_SPEC, **NETWORK_SPEC, **STACK_SPEC}).validate(given)
    assert not checked.error_messages
    return Declared(checked.validated_parameters)


BROWSE = entry("office.developers", "dev.workload")  # an office that comes in
QUOTES = entry("dev.workload", "exchange.api")  # a provider that the environment goes to
INBOUND, OUTBOUND = {"inbound": True}, {"outbound": True}


def over_both(*ends: tuple[str, str]) -> list[tuple[str, str, str]]:
    return [(source, target, protocol) for source, target in ends for protocol in ("tcp", "udp")]


def test_nothing_is_resolved_unless_asked() -> None:
    declared = declare(BROWSE, QUOTES, resolver={})
    assert (declared.flows(), declared.names.resources(), declared.names.describe(), declared.server_ranges()) == ([], [], {}, {})


def test_networks_of_the_matrix_ask_for_private_names_in_either_direction_of_their_entries() -> None:
    declared = declare(BROWSE, QUOTES, resolver=INBOUND)
    sources = ("exchange.api", "office.developers", "192.168.20.53/32")
    assert declared.flows() == over_both(*((source, "resolver") for source in sources))


def test_a_name_server_outside_of_those_networks_asks_for_the_sites_clients() -> None:
    declared = declare(entry("office.servers", "dev.workload"), resolver=INBOUND)
    assert declared.flows() == over_both(("office.servers", "resolver"), ("192.168.10.53/32", "resolver"))
    assert declared.server_ranges() == {"office": ("192.168.10.53/32",)}
    assert declare(entry("office.servers", "dev.workload"), BROWSE).server_ranges() == {"office": ()}


def test_the_environment_asks_the_name_servers_of_its_sites() -> None:
    declared = declare(BROWSE, QUOTES, resolver=OUTBOUND)
    servers = ("172.31.40.53/32", "192.168.10.53/32", "192.168.20.53/32")
    assert declared.flows() == over_both(*(("resolver", server) for server in servers))


def test_sites_of_other_environments_are_no_business_of_this_one() -> None:
    declared = declare(BROWSE, entry("test.workload", "exchange.api"))
    assert "exchange" not in str(declared.flows())
    assert [rule.domain for rule in declared.names.rules] == ["corp.example", "a-long-name.corp.example"]
    assert declare(entry("test.workload", "exchange.api")).flows() == []


def test_a_site_without_name_servers_of_its_own_is_only_let_in() -> None:
    site = {key: value for key, value in OFFICE.items() if key != "dns"}
    declared = declare(BROWSE, sites=[site, EXCHANGE])
    assert declared.flows() == over_both(("office.developers", "resolver"))
    assert declared.names.rules == []


def test_an_endpoint_for_each_direction_in_the_workload_subnets_behind_its_group() -> None:
    declared = declare(BROWSE)
    found = declared.names.endpoints
    assert {name: endpoint.direction for name, endpoint in found.items()} == {"inbound": "INBOUND", "outbound": "OUTBOUND"}
    for name, endpoint in found.items():
        assert {subnet.name for subnet in endpoint.subnets} == {"workload-a", "workload-b"}
        assert endpoint.groups == {declared.filters.groups["resolver"]}
        assert endpoint.aws_name == endpoint.tags["Name"] == f"acme-dev-{name}"
    assert declared.names.describe() == {name: {"id": None, "addresses": None} for name in found}


def test_each_domain_is_forwarded_to_its_sites_servers_and_works_in_the_vpc() -> None:
    declared = declare(BROWSE, QUOTES)
    rules = {rule.domain: rule for rule in declared.names.rules}
    assert {domain: set(rule.targets) for domain, rule in rules.items()} == {
        "exchange.example": {"172.31.40.53"},
        "corp.example": {"192.168.10.53", "192.168.20.53"},
        "a-long-name.corp.example": {"192.168.10.53", "192.168.20.53"},
    }
    assert {each.rule for each in declared.names.associations()} == set(rules.values())
    ordered(declared.resources())  # nothing is declared twice, or refers to what is not declared


def test_names_of_rules_differ_and_fit_beside_the_longest_names() -> None:
    domains = ["a.b", "a_b", "_msdcs.corp.example", "x" * 23 + ".example", "x" * 23 + ".test", "10.in-addr.arpa"]
    office = {**OFFICE, "dns": {"domains": domains, "servers": ["192.168.10.53"]}}
    names = [rule.name for rule in declare(BROWSE, sites=[office]).names.rules]
    assert (names[0], names[-1]) == ("a_b", "10_in-addr_arpa")
    assert len(set(names)) == len(domains)
    assert max(map(len, names)) + len(f"{'p' * 20}-{'e' * 20}-") <= 64


def test_without_outbound_names_there_are_no_rules() -> None:
    assert not any(isinstance(each, ResolverRule) for each in declare(BROWSE, resolver=INBOUND).names.resources())


def test_more_name_servers_than_a_rule_takes_are_refused() -> None:
    office = {**OFFICE, "dns": {"domains": ["corp.example"], "servers": [f"192.168.10.{number}" for number in range(1, 8)]}}
    with pytest.raises(PlanError, match=r"platform_sites, site office: dns.servers has 7 addresses, but a Resolver rule takes 6"):
        _names = declare(BROWSE, sites=[office], resolver=BOTH).names
    assert declare(BROWSE, sites=[office], resolver=INBOUND).names.rules == []
