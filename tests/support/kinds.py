# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Samples of every kind: a function of a version (1 or 2) makes what the subject stands on, and the subject itself."""

from __future__ import annotations

from typing import Any

from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.dhcp_options import DhcpOptions
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.elastic_ip import ElasticIp
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.flow_log import FlowLog
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.internet_gateway import InternetGateway
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.managed_prefix_list import ManagedPrefixList, PrefixListEntry
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.nat_gateway import NatGateway
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.network_acl import Entry, NetworkAcl
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.route_table import RouteTable
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.routes import Route, Routes
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.security_group import SecurityGroup
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.security_group_rules import Rule, SecurityGroupRules
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.subnet import Subnet
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.vpc import Vpc
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.vpc_endpoint import VpcEndpoint
from ansible_collections.fintech.platform.plugins.module_utils._aws.iam.role import Role
from ansible_collections.fintech.platform.plugins.module_utils._aws.logs.log_group import LogGroup
from ansible_collections.fintech.platform.plugins.module_utils._aws.tags import ownership
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Resource, Scope

from .cloud import REGION

SCOPE = Scope(platform="acme", environment="dev", stack="network")
BUCKET = "acme-logs"  # where flow logs may go
ANYWHERE = "0.0.0.0/0"
Made = tuple[list[Resource], Resource]


def tags(name: str, **more: str) -> dict[str, str]:
    return {**more, **ownership(SCOPE, name)}


def a_vpc(**options: Any) -> Vpc:
    return Vpc(**{"name": "main", "cidr": "10.64.0.0/23", "tags": tags("main"), **options})


def subnets(vpc: Vpc) -> list[Subnet]:
    return [
        Subnet(name=name, vpc=vpc, cidr=f"10.64.0.{32 * index}/27", zone=f"euc1-az{index + 1}", zone_slot=index, tags=tags(name))
        for index, name in enumerate("abc")
    ]


def a_gateway(vpc: Vpc) -> InternetGateway:
    return InternetGateway(name="main", vpc=vpc, tags=tags("main"))


def a_group(vpc: Vpc, name: str = "nodes") -> SecurityGroup:
    return SecurityGroup(name=name, vpc=vpc, group_name=f"acme-dev-{name}", description=name, tags=tags(name))


def statement(*actions: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": list(actions), "Resource": "*"}]}


def vpc(version: int) -> Made:
    pods = {1: "100.64.0.0/20", 2: "100.64.16.0/20"}
    return [], a_vpc(secondary_cidrs=frozenset({pods[version]}), dns_hostnames=version == 1)


def dhcp_options(version: int) -> Made:
    return [], DhcpOptions(name="main", options={"ntp-servers": (f"10.64.0.{version}",)}, tags=tags("main"))


def subnet(version: int) -> Made:
    main = a_vpc()
    [first, *_rest] = subnets(main)
    first.public_addresses = version == 2
    return [main], first


def internet_gateway(version: int) -> Made:
    one, other = a_vpc(), a_vpc(name="other", cidr="10.65.0.0/23", tags=tags("other"))
    return [one, other], a_gateway(one if version == 1 else other)


def elastic_ip(version: int) -> Made:
    return [], ElasticIp(name="nat-a", tags=tags("nat-a"))


def zonal_nat_gateway(version: int) -> Made:
    main = a_vpc()
    gateway, places, address = a_gateway(main), subnets(main), ElasticIp(name="nat-a", tags=tags("nat-a"))
    nat = NatGateway(name="a", vpc=main, subnet=places[version], address=address, gateway=gateway, tags=tags("a"))
    return [main, gateway, *places, address], nat


def regional_nat_gateway(version: int) -> Made:
    main = a_vpc()
    gateway = a_gateway(main)
    return [main, gateway], NatGateway(name="regional", vpc=main, gateway=gateway, tags=tags("regional"))


def routes(version: int) -> Made:
    main = a_vpc()
    gateway, places, address = a_gateway(main), subnets(main), ElasticIp(name="nat-a", tags=tags("nat-a"))
    nat = NatGateway(name="a", vpc=main, subnet=places[0], address=address, gateway=gateway, tags=tags("a"))
    found = {
        1: {Route(ANYWHERE, gateway), Route("10.1.0.0/16", gateway)},
        2: {Route(ANYWHERE, nat), Route("10.2.0.0/16", gateway)},
    }
    table = RouteTable(name="edge", vpc=main, tags=tags("edge"))
    return [main, gateway, *places, address, nat, table], Routes(name="edge", table=table, routes=frozenset(found[version]))


def route_table(version: int) -> Made:
    main = a_vpc()
    places = subnets(main)
    members = places[:2] if version == 1 else places[1:]
    return [main, *places], RouteTable(name="edge", vpc=main, subnets=frozenset(members), tags=tags("edge"))


def main_route_table(version: int) -> Made:
    main = a_vpc()
    return [main], RouteTable(name="main", vpc=main, tags=tags("main"))


def main_routes(version: int) -> Made:
    main = a_vpc()
    gateway, table = a_gateway(main), RouteTable(name="main", vpc=main, tags=tags("main"))
    found = frozenset({Route(ANYWHERE, gateway)} if version == 2 else set())
    return [main, gateway, table], Routes(name="main", table=table, routes=found)


def network_acl(version: int) -> Made:
    main = a_vpc()
    places = subnets(main)
    entries = {
        1: {Entry("ingress", 100, "tcp", ANYWHERE, (443, 443)), Entry("ingress", 200, "all", "10.1.0.0/16"), Entry("egress", 100, "icmp", ANYWHERE)},
        2: {
            Entry("ingress", 100, "tcp", ANYWHERE, (80, 80)),
            Entry("egress", 300, "udp", ANYWHERE, (53, 53)),
            Entry("egress", 100, "icmp", ANYWHERE),
        },
    }
    members = places[:2] if version == 1 else places[1:]
    acl = NetworkAcl(name="workload", vpc=main, entries=frozenset(entries[version]), subnets=frozenset(members), tags=tags("workload"))
    return [main, *places], acl


def default_network_acl(version: int) -> Made:
    main = a_vpc()
    entries = frozenset({Entry("ingress", 100, "all", "10.1.0.0/16")} if version == 2 else set())
    return [main], NetworkAcl(name="default", vpc=main, entries=entries, tags=tags("default"))


def security_group(version: int) -> Made:
    main = a_vpc()
    return [main], a_group(main)


def default_security_group(version: int) -> Made:
    main = a_vpc()
    group = SecurityGroup(name="default", vpc=main, group_name="default", description="default VPC security group", tags=tags("default"))
    return [main], group


def security_group_rules(version: int) -> Made:
    main = a_vpc()
    group = a_group(main)
    kept = Rule("ingress", "tcp", group, (443, 443), "among themselves")
    rules = {
        1: {kept, Rule("ingress", "icmp", "10.1.0.0/16"), Rule("egress", "all", group)},
        2: {kept, Rule("ingress", "udp", "10.1.0.0/16", (53, 53)), Rule("egress", "tcp", group, (1, 9))},
    }
    return [main, group], SecurityGroupRules(name="nodes", group=group, rules=frozenset(rules[version]))


def default_security_group_rules(version: int) -> Made:
    main = a_vpc()
    group = SecurityGroup(name="default", vpc=main, group_name="default", description="default VPC security group", tags=tags("default"))
    rules = frozenset({Rule("egress", "tcp", "10.1.0.0/16", (443, 443))} if version == 2 else set())
    return [main, group], SecurityGroupRules(name="default", group=group, rules=rules)


def prefix_list(*numbers: int) -> Made:
    entries = frozenset(PrefixListEntry(f"10.1.{number}.0/24", "office") for number in numbers)
    return [], ManagedPrefixList(name="office", list_name="acme-dev-office", max_entries=len(entries), entries=entries, tags=tags("office"))


def managed_prefix_list(version: int) -> Made:
    return prefix_list(1, version + 1)


def growing_managed_prefix_list(version: int) -> Made:
    return prefix_list(1, 2) if version == 1 else prefix_list(2, 3, 4, 5)


def shrinking_managed_prefix_list(version: int) -> Made:
    return prefix_list(1, 2, 3) if version == 1 else prefix_list(4)


def gateway_vpc_endpoint(version: int) -> Made:
    main = a_vpc()
    tables = [RouteTable(name=name, vpc=main, tags=tags(name)) for name in "abc"]
    endpoint = VpcEndpoint(
        name="s3", vpc=main, service=f"com.amazonaws.{REGION}.s3", endpoint_type="Gateway", tags=tags("s3"),
        route_tables=frozenset(tables[version - 1 : version + 1]), policy=statement("s3:GetObject", *["s3:PutObject"] * (version - 1)),
    )  # fmt: skip
    return [main, *tables], endpoint


def interface_vpc_endpoint(version: int) -> Made:
    main = a_vpc()
    places, groups = subnets(main), [a_group(main), a_group(main, "endpoints")]
    endpoint = VpcEndpoint(
        name="sts", vpc=main, service=f"com.amazonaws.{REGION}.sts", endpoint_type="Interface", tags=tags("sts"),
        subnets=frozenset(places[version - 1 : version + 1]), groups=frozenset({groups[version - 1]}), private_dns=version == 1,
        policy=statement("sts:AssumeRole", *["sts:TagSession"] * (version - 1)),
    )  # fmt: skip
    return [main, *places, *groups], endpoint


def log_group(version: int) -> Made:
    return [], LogGroup(name="flow-logs", scope=SCOPE, retention_days=[365, 400][version - 1], tags=tags("flow-logs"))


def role(version: int) -> Made:
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": ["ec2.amazonaws.com", "vpc-flow-logs.amazonaws.com"][version - 1]},
        "Action": "sts:AssumeRole",
    }
    policy = {"Effect": "Allow", "Action": ["logs:PutLogEvents", "logs:CreateLogStream"][:version], "Resource": "*"}
    attached = {f"arn:aws:iam::aws:policy/{name}" for name in (["ReadOnlyAccess"], ["SecurityAudit"])[version - 1]}
    documents = [{"Version": "2012-10-17", "Statement": [each]} for each in (trust, policy)]
    return [], Role(
        name="flow-logs", scope=SCOPE, region=REGION, trust=documents[0], policy=documents[1], attached=frozenset(attached), tags=tags("flow-logs"),
        boundary=f"arn:aws:iam::aws:policy/{['PowerUserAccess', 'ReadOnlyAccess'][version - 1]}",
    )  # fmt: skip


def flow_log(version: int) -> Made:
    main = a_vpc()
    [_none, group], [_no, logger] = log_group(1), role(1)
    assert isinstance(group, LogGroup)
    assert isinstance(logger, Role)
    log = FlowLog(
        name="main", vpc=main, traffic=["ALL", "REJECT"][version - 1], log_format="${srcaddr} ${dstaddr}", aggregation_seconds=60,
        log_group=group, role=logger, tags=tags("main"),
    )  # fmt: skip
    return [main, group, logger], log


def flow_log_to_a_bucket(version: int) -> Made:
    main = a_vpc()
    log = FlowLog(
        name="main", vpc=main, traffic="ALL", log_format="${srcaddr} ${dstaddr}", aggregation_seconds=[60, 600][version - 1],
        bucket=f"arn:aws:s3:::{BUCKET}/dev", tags=tags("main"),
    )  # fmt: skip
    return [main], log
