# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is declared for a network, whatever the options: isolation above all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.elastic_ip import ElasticIp
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.flow_log import FlowLog
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.internet_gateway import InternetGateway
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.nat_gateway import NatGateway
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.network_acl import NetworkAcl
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.route_table import RouteTable
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.routes import Routes
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.security_group_rules import SecurityGroupRules
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.subnet import Subnet
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.vpc import Vpc
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.vpc_endpoint import VpcEndpoint
from ansible_collections.fintech.platform.plugins.module_utils._aws.logs.log_group import LogGroup
from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError
from ansible_collections.fintech.platform.plugins.module_utils._engine.graph import ordered
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Resource
from ansible_collections.fintech.platform.plugins.module_utils._stacks.network import KINDS
from ansible_collections.fintech.platform.plugins.module_utils._stacks.stack import Declaration

Declare = Callable[..., Declaration]
T = TypeVar("T", bound=Resource)
EGRESS = ("none", "zonal", "regional")
SMALL_PODS = {"pod_addressing": "workload", "capacity": {"nodes_per_zone": 2, "pods_per_node": 10}}
VARIANTS: list[dict[str, Any]] = [
    *({"internet_egress": egress, "internet_ingress": ingress} for egress in EGRESS for ingress in (False, True)),
    {"internet_egress": "zonal", **SMALL_PODS},
    SMALL_PODS,
    {"flow_logs": {"destination": "none"}},
    {"flow_logs": {"destination": "s3", "bucket_arn": "arn:aws:s3:::logs"}},
    {"interface_endpoints": [], "gateway_endpoints": []},
    {"dhcp_options": {"domain_name": "dev.example"}},
]


def of(declaration: Declaration, kind: type[T]) -> dict[str, T]:
    return {each.name: each for each in declaration.resources if isinstance(each, kind)}


def names(resources: Iterable[Resource]) -> set[str]:
    return {each.name for each in resources}


@pytest.mark.parametrize("options", VARIANTS, ids=str)
def test_every_variant_is_a_graph_of_the_stacks_kinds(declare: Declare, options: dict[str, Any]) -> None:
    resources = declare(**options).resources
    assert len(ordered(resources)) == len(resources)
    assert {type(each) for each in resources} <= set(KINDS)


@pytest.mark.parametrize("options", VARIANTS, ids=str)
def test_only_the_edge_is_routed_to_an_internet_gateway(declare: Declare, options: dict[str, Any]) -> None:
    tables = of(declare(**options), RouteTable)
    to_gateway = {name for name, each in of(declare(**options), Routes).items() for route in each.routes if isinstance(route.target, InternetGateway)}
    assert to_gateway <= {"edge"}
    assert {subnet.name.partition("-")[0] for subnet in tables["edge"].subnets} == {"edge"}


@pytest.mark.parametrize("options", VARIANTS, ids=str)
def test_every_subnet_has_a_table_and_an_acl_of_its_tier_and_no_public_addresses(declare: Declare, options: dict[str, Any]) -> None:
    declaration = declare(**options)
    subnets = of(declaration, Subnet)
    for kind in (RouteTable, NetworkAcl):
        members = [subnet.name for each in of(declaration, kind).values() for subnet in each.subnets or ()]  # type: ignore[attr-defined]
        assert sorted(members) == sorted(subnets)
    assert not [name for name, subnet in subnets.items() if subnet.public_addresses]


def test_without_egress_nothing_leads_to_the_internet(declare: Declare) -> None:
    declaration = declare()
    assert [len(of(declaration, kind)) for kind in (InternetGateway, NatGateway, ElasticIp)] == [0, 0, 0]
    assert not [route for each in of(declaration, Routes).values() for route in each.routes]
    assert not [rule for rules in of(declaration, SecurityGroupRules).values() for rule in rules.rules if rule.peer == "0.0.0.0/0"]


def test_ingress_alone_gives_the_edge_a_gateway_and_the_workload_nothing(declare: Declare) -> None:
    declaration = declare(internet_ingress=True)
    routed = {name for name, each in of(declaration, Routes).items() if each.routes}
    assert (routed, len(of(declaration, NatGateway))) == ({"edge"}, 0)
    open_groups = {name for name, rules in of(declaration, SecurityGroupRules).items() if any(rule.peer == "0.0.0.0/0" for rule in rules.rules)}
    assert open_groups == {"edge"}


def test_zonal_egress_has_a_nat_gateway_in_the_edge_of_each_zone(declare: Declare) -> None:
    declaration = declare(internet_egress="zonal")
    nat, tables = of(declaration, NatGateway), of(declaration, RouteTable)
    assert {name: each.subnet.name for name, each in nat.items() if each.subnet} == {"a": "edge-a", "b": "edge-b"}
    assert names(of(declaration, ElasticIp).values()) == {"nat-a", "nat-b"}
    for zone in "ab":
        [route] = of(declaration, Routes)[f"workload-{zone}"].routes
        assert (route.destination, route.target) == ("0.0.0.0/0", nat[zone])
        assert names(tables[f"workload-{zone}"].subnets) == {f"workload-{zone}", f"pods-{zone}"}


def test_regional_egress_has_one_nat_gateway_without_subnet_and_address(declare: Declare) -> None:
    declaration = declare(internet_egress="regional")
    [nat] = of(declaration, NatGateway).values()
    assert (nat.subnet, nat.address, len(of(declaration, ElasticIp))) == (None, None, 0)
    assert {route.target for zone in "ab" for route in of(declaration, Routes)[f"workload-{zone}"].routes} == {nat}


def test_pods_have_a_range_of_their_own_unless_asked_otherwise(declare: Declare) -> None:
    own, shared = declare(), declare(**SMALL_PODS)
    assert of(own, Vpc)["main"].secondary_cidrs == {"100.64.0.0/20"}
    assert {each.partition("-")[0] for each in of(own, Subnet)} == {"workload", "edge", "pods", "transit"}
    assert of(shared, Vpc)["main"].secondary_cidrs == frozenset()
    assert {each.partition("-")[0] for each in of(shared, Subnet)} == {"workload", "edge"}
    assert of(own, Subnet)["workload-a"].tags["kubernetes.io/role/cni"] == "0"
    assert "kubernetes.io/role/cni" not in of(shared, Subnet)["workload-a"].tags


def test_subnets_say_what_kubernetes_may_place_in_them(declare: Declare) -> None:
    subnets = of(declare(), Subnet)
    assert subnets["workload-a"].tags["kubernetes.io/role/internal-elb"] == "1"
    assert subnets["edge-a"].tags["kubernetes.io/role/elb"] == "1"
    assert subnets["pods-a"].tags["kubernetes.io/role/cni"] == "1"
    assert not [key for key in subnets["transit-a"].tags if key.startswith("kubernetes.io/")]


def test_the_defaults_that_aws_makes_let_nothing_through(declare: Declare) -> None:
    declaration = declare(internet_egress="zonal", internet_ingress=True)
    assert of(declaration, SecurityGroupRules)["default"].rules == frozenset()
    assert of(declaration, NetworkAcl)["default"].entries == frozenset()
    assert of(declaration, Routes)["main"].routes == frozenset()


def test_endpoints_serve_the_workload(declare: Declare) -> None:
    declaration = declare(gateway_endpoints=["s3"], interface_endpoints=["s3", "sts"])
    gateway, interface = (of(declaration, VpcEndpoint)[name] for name in ("gateway-s3", "sts"))
    assert (gateway.endpoint_type, names(gateway.route_tables)) == ("Gateway", {"workload-a", "workload-b"})
    assert (interface.endpoint_type, names(interface.subnets), names(interface.groups)) == ("Interface", {"workload-a", "workload-b"}, {"endpoints"})
    assert interface.private_dns is True
    assert interface.service == "com.amazonaws.eu-central-1.sts"


def test_flow_logs_go_where_asked(declare: Declare) -> None:
    cloudwatch = declare(flow_logs={"destination": "cloudwatch", "retention_days": 30, "kms_key_arn": "arn:aws:kms:eu-central-1:1:key/k"})
    [log], [group] = of(cloudwatch, FlowLog).values(), of(cloudwatch, LogGroup).values()
    assert (log.log_group, log.bucket, group.retention_days, group.kms_key) == (group, None, 30, "arn:aws:kms:eu-central-1:1:key/k")
    bucket = declare(flow_logs={"destination": "s3", "bucket_arn": "arn:aws:s3:::logs"})
    [log] = of(bucket, FlowLog).values()
    assert (log.log_group, log.role, log.bucket, len(of(bucket, LogGroup))) == (None, None, "arn:aws:s3:::logs", 0)


def test_everything_with_tags_has_those_asked_for_and_its_owners(declare: Declare) -> None:
    tagged = [each for each in declare(tags={"team": "core"}).resources if hasattr(each, "tags")]
    assert len(tagged) > 30
    for each in tagged:
        assert each.tags["team"] == "core"
        assert each.tags["fintech.platform/name"] == each.name


def test_each_network_of_a_site_is_a_prefix_list_of_exactly_its_size(declare: Declare) -> None:
    lists = {each.name: each for each in declare().resources if each.kind == "managed_prefix_list"}
    assert {name: (each.list_name, each.max_entries, len(each.entries)) for name, each in lists.items()} == {  # type: ignore[attr-defined]
        "office.developers": ("acme-dev-office.developers", 2, 2),
        "exchange.api": ("acme-dev-exchange.api", 1, 1),
    }


def test_what_is_returned_of_a_network_that_is_only_planned_has_no_ids(declare: Declare) -> None:
    described = declare().describe()
    assert described["network"]["vpc_id"] is None
    assert described["network"]["subnets"]["workload-a"] == {"id": None, "cidr": "10.64.0.0/25", "zone": "euc1-az1"}
    assert described["addresses"]["cidr"] == "10.64.0.0/23"
    assert described["pending"] == []


def test_a_teardown_needs_its_protection_lifted_by_name(declare: Declare) -> None:
    declare(state="absent")
    declare(state="absent", deletion_protection=True, lift_deletion_protection="dev")
    declare(deletion_protection=True)
    for lifted in (None, "test"):
        with pytest.raises(PlanError, match=r"-e platform_lift_deletion_protection=dev$"):
            declare(state="absent", deletion_protection=True, lift_deletion_protection=lifted)


@pytest.mark.parametrize("peer", ["10.64.2.0/23", "10.64.2.128/25", "10.64.0.0/16"])
def test_no_rule_leads_into_another_environment(declare: Declare, peer: str) -> None:
    rule = {"tier": "workload", "direction": "egress", "peer": peer, "ports": "443", "reason": "a way around the matrix"}
    with pytest.raises(PlanError, match=rf"network_rules: peer {peer} overlaps environment test .* cross_environment: true"):
        declare(rules=[rule])
    declare(rules=[{**rule, "peer": "10.64.0.0/25"}, {**rule, "peer": "0.0.0.0/0"}, {**rule, "peer": "office.developers"}])
