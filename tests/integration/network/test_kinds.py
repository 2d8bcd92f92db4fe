# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind: made, found unchanged, changed by one update, retagged, deleted; with every call counted.

A kind's case is a function: of a version (1 or 2) it makes what the subject stands on and the subject itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.dhcp_options import DhcpOptions
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.elastic_ip import ElasticIp
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.flow_log import FlowLog
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.internet_gateway import InternetGateway
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.managed_prefix_list import ManagedPrefixList, PrefixListEntry
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.nat_gateway import NatGateway
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.network_acl import Entry, NetworkAcl
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.route_table import Route, RouteTable
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.security_group import SecurityGroup
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.security_group_rules import Rule, SecurityGroupRules
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.subnet import Subnet
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.vpc import Vpc
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.vpc_endpoint import VpcEndpoint
from ansible_collections.fintech.platform.plugins.module_utils._aws.iam.role import Role
from ansible_collections.fintech.platform.plugins.module_utils._aws.logs.log_group import LogGroup
from ansible_collections.fintech.platform.plugins.module_utils._aws.tags import ownership
from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import ApplyError
from ansible_collections.fintech.platform.plugins.module_utils._engine.executor import Executor, read_live
from ansible_collections.fintech.platform.plugins.module_utils._engine.plan import Plan, make_plan
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Resource, Scope
from tests.support.cloud import FAST, REGION, Cloud, Recording

pytestmark = pytest.mark.emulator

SCOPE = Scope(platform="acme", environment="dev", stack="network")
BUCKET = "acme-logs"
ANYWHERE = "0.0.0.0/0"
Made = tuple[list[Resource], Resource]
Counts = dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Case:
    """``change``: the fields that version 2 changes and the calls that this takes; ``reads``: those of a no-op."""

    make: Callable[[int], Made]
    create: Counts
    reads: Counts
    change: tuple[set[str], Counts] = field(default_factory=lambda: (set(), {}))
    retag: str = "ec2.CreateTags"
    delete: Counts = field(default_factory=dict)  # none for what AWS made

    @property
    def name(self) -> str:
        return self.make.__name__


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


def route_table(version: int) -> Made:
    main = a_vpc()
    gateway, places, address = a_gateway(main), subnets(main), ElasticIp(name="nat-a", tags=tags("nat-a"))
    nat = NatGateway(name="a", vpc=main, subnet=places[0], address=address, gateway=gateway, tags=tags("a"))
    routes = {
        1: {Route(ANYWHERE, gateway), Route("10.1.0.0/16", gateway)},
        2: {Route(ANYWHERE, nat), Route("10.2.0.0/16", gateway)},
    }
    members = places[:2] if version == 1 else places[1:]
    table = RouteTable(name="edge", vpc=main, routes=frozenset(routes[version]), subnets=frozenset(members), tags=tags("edge"))
    return [main, gateway, *places, address, nat], table


def main_route_table(version: int) -> Made:
    main = a_vpc()
    gateway = a_gateway(main)
    routes = frozenset({Route(ANYWHERE, gateway)} if version == 2 else set())
    return [main, gateway], RouteTable(name="main", vpc=main, routes=routes, tags=tags("main"))


def network_acl(version: int) -> Made:
    main = a_vpc()
    places = subnets(main)
    default = NetworkAcl(name="default", vpc=main, all_subnets=frozenset(places), tags=tags("default"))
    entries = {
        1: {Entry("ingress", 100, "tcp", ANYWHERE, (443, 443)), Entry("ingress", 200, "all", "10.1.0.0/16"), Entry("egress", 100, "icmp", ANYWHERE)},
        2: {
            Entry("ingress", 100, "tcp", ANYWHERE, (80, 80)),
            Entry("egress", 300, "udp", ANYWHERE, (53, 53)),
            Entry("egress", 100, "icmp", ANYWHERE),
        },
    }
    members = places[:2] if version == 1 else places[1:]
    acl = NetworkAcl(
        name="workload", vpc=main, entries=frozenset(entries[version]), subnets=frozenset(members), default=default, tags=tags("workload")
    )
    return [main, *places, default], acl


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
        name="flow-logs", scope=SCOPE, region=REGION, trust=documents[0], policy=documents[1], attached=frozenset(attached), tags=tags("flow-logs")
    )


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


CASES = [
    Case(
        make=vpc,
        create={"ec2.CreateVpc": 1, "ec2.ModifyVpcAttribute": 1, "ec2.AssociateVpcCidrBlock": 1},
        reads={"ec2.DescribeVpcs": 1, "ec2.DescribeVpcAttribute": 2, "ec2.DescribeSubnets": 1},
        change=(
            {"secondary_cidrs", "dns_hostnames"},
            {"ec2.ModifyVpcAttribute": 1, "ec2.AssociateVpcCidrBlock": 1, "ec2.DisassociateVpcCidrBlock": 1},
        ),
        delete={"ec2.DeleteVpc": 1},
    ),
    Case(
        make=dhcp_options,
        create={"ec2.CreateDhcpOptions": 1},
        reads={"ec2.DescribeDhcpOptions": 1},
        change=({"options"}, {"ec2.DeleteDhcpOptions": 1, "ec2.CreateDhcpOptions": 1}),
        delete={"ec2.DeleteDhcpOptions": 1},
    ),
    Case(
        make=subnet,
        create={"ec2.CreateSubnet": 1},
        reads={"ec2.DescribeSubnets": 1},
        change=({"public_addresses"}, {"ec2.ModifySubnetAttribute": 1}),
        delete={"ec2.DeleteSubnet": 1},
    ),
    Case(
        make=internet_gateway,
        create={"ec2.CreateInternetGateway": 1, "ec2.AttachInternetGateway": 1},
        reads={"ec2.DescribeInternetGateways": 1},
        change=({"vpc"}, {"ec2.DetachInternetGateway": 1, "ec2.AttachInternetGateway": 1}),
        delete={"ec2.DetachInternetGateway": 1, "ec2.DeleteInternetGateway": 1},
    ),
    Case(
        make=elastic_ip,
        create={"ec2.AllocateAddress": 1},
        reads={"ec2.DescribeAddresses": 1},
        delete={"ec2.ReleaseAddress": 1},
    ),
    Case(
        make=zonal_nat_gateway,
        create={"ec2.CreateNatGateway": 1},
        reads={"ec2.DescribeNatGateways": 1},
        change=({"subnet"}, {"ec2.DeleteNatGateway": 1, "ec2.CreateNatGateway": 1}),
        delete={"ec2.DeleteNatGateway": 1},
    ),
    Case(
        make=regional_nat_gateway,
        create={"ec2.CreateNatGateway": 1},
        reads={"ec2.DescribeNatGateways": 1},
        delete={"ec2.DeleteNatGateway": 1},
    ),
    Case(
        make=route_table,
        create={"ec2.CreateRouteTable": 1, "ec2.CreateRoute": 2, "ec2.AssociateRouteTable": 2},
        reads={"ec2.DescribeRouteTables": 1},
        change=(
            {"routes", "subnets"},
            {"ec2.ReplaceRoute": 1, "ec2.CreateRoute": 1, "ec2.DeleteRoute": 1, "ec2.AssociateRouteTable": 1, "ec2.DisassociateRouteTable": 1},
        ),
        delete={"ec2.DisassociateRouteTable": 2, "ec2.DeleteRouteTable": 1},
    ),
    Case(
        make=main_route_table,
        create={"ec2.CreateTags": 1},
        reads={"ec2.DescribeRouteTables": 1},
        change=({"routes"}, {"ec2.CreateRoute": 1}),
    ),
    Case(
        make=network_acl,
        create={"ec2.CreateNetworkAcl": 1, "ec2.CreateNetworkAclEntry": 3, "ec2.ReplaceNetworkAclAssociation": 2},
        reads={"ec2.DescribeNetworkAcls": 1},
        change=(
            {"entries", "subnets"},
            {
                "ec2.ReplaceNetworkAclEntry": 1,
                "ec2.CreateNetworkAclEntry": 1,
                "ec2.DeleteNetworkAclEntry": 1,
                "ec2.ReplaceNetworkAclAssociation": 2,
            },
        ),
        delete={"ec2.ReplaceNetworkAclAssociation": 2, "ec2.DeleteNetworkAcl": 1},
    ),
    Case(
        make=default_network_acl,
        create={"ec2.DeleteNetworkAclEntry": 2, "ec2.CreateTags": 1},
        reads={"ec2.DescribeNetworkAcls": 1},
        change=({"entries"}, {"ec2.CreateNetworkAclEntry": 1}),
    ),
    Case(
        make=security_group,
        create={"ec2.CreateSecurityGroup": 1},
        reads={"ec2.DescribeSecurityGroups": 1},
        delete={"ec2.DeleteSecurityGroup": 1},
    ),
    Case(make=default_security_group, create={"ec2.CreateTags": 1}, reads={"ec2.DescribeSecurityGroups": 1}),
    Case(
        make=security_group_rules,
        create={"ec2.AuthorizeSecurityGroupIngress": 1, "ec2.AuthorizeSecurityGroupEgress": 1, "ec2.RevokeSecurityGroupEgress": 1},
        reads={"ec2.DescribeSecurityGroups": 1},
        change=(
            {"rules"},
            {
                "ec2.AuthorizeSecurityGroupIngress": 1,
                "ec2.AuthorizeSecurityGroupEgress": 1,
                "ec2.RevokeSecurityGroupIngress": 1,
                "ec2.RevokeSecurityGroupEgress": 1,
            },
        ),
        delete={"ec2.RevokeSecurityGroupIngress": 1, "ec2.RevokeSecurityGroupEgress": 1},
    ),
    Case(
        make=default_security_group_rules,
        create={"ec2.RevokeSecurityGroupIngress": 1, "ec2.RevokeSecurityGroupEgress": 1},
        reads={"ec2.DescribeSecurityGroups": 1},
        change=({"rules"}, {"ec2.AuthorizeSecurityGroupEgress": 1}),
    ),
    *(
        Case(
            make=make,
            create={"ec2.CreateManagedPrefixList": 1},
            reads={"ec2.DescribeManagedPrefixLists": 1, "ec2.GetManagedPrefixListEntries": 1},
            change=(fields, {"ec2.ModifyManagedPrefixList": len(fields)}),
            delete={"ec2.DeleteManagedPrefixList": 1},
        )
        for make, fields in (
            (managed_prefix_list, {"entries"}),
            # AWS takes a new size and new entries only apart.
            (growing_managed_prefix_list, {"entries", "max_entries"}),
            (shrinking_managed_prefix_list, {"entries", "max_entries"}),
        )
    ),
    Case(
        make=gateway_vpc_endpoint,
        create={"ec2.CreateVpcEndpoint": 1},
        reads={"ec2.DescribeVpcEndpoints": 1},
        change=({"route_tables", "policy"}, {"ec2.ModifyVpcEndpoint": 1}),
        delete={"ec2.DeleteVpcEndpoints": 1},
    ),
    Case(
        make=interface_vpc_endpoint,
        create={"ec2.CreateVpcEndpoint": 1},
        reads={"ec2.DescribeVpcEndpoints": 1},
        change=({"subnets", "groups", "private_dns", "policy"}, {"ec2.ModifyVpcEndpoint": 1}),
        delete={"ec2.DeleteVpcEndpoints": 1},
    ),
    Case(
        make=log_group,
        create={"logs.CreateLogGroup": 1, "logs.PutRetentionPolicy": 1},
        reads={"logs.DescribeLogGroups": 1, "logs.ListTagsForResource": 1},
        change=({"retention_days"}, {"logs.PutRetentionPolicy": 1}),
        retag="logs.TagResource",
        delete={"logs.DeleteLogGroup": 1},
    ),
    Case(
        make=role,
        create={"iam.CreateRole": 1, "iam.PutRolePolicy": 1, "iam.AttachRolePolicy": 1},
        reads={"iam.ListRoles": 1, "iam.ListAttachedRolePolicies": 1, "iam.ListRoleTags": 1, "iam.GetRolePolicy": 1},
        change=(
            {"trust", "policy", "attached"},
            {"iam.UpdateAssumeRolePolicy": 1, "iam.PutRolePolicy": 1, "iam.AttachRolePolicy": 1, "iam.DetachRolePolicy": 1},
        ),
        retag="iam.TagRole",
        delete={"iam.DeleteRolePolicy": 1, "iam.DetachRolePolicy": 1, "iam.DeleteRole": 1},
    ),
    *(
        Case(
            make=make,
            create={"ec2.CreateFlowLogs": 1},
            reads={"ec2.DescribeFlowLogs": 1},
            change=({changed}, {"ec2.CreateFlowLogs": 1, "ec2.DeleteFlowLogs": 1}),
            delete={"ec2.DeleteFlowLogs": 1},
        )
        for make, changed in ((flow_log, "traffic"), (flow_log_to_a_bucket, "aggregation_seconds"))
    ),
]


class Lab:
    """Converges lists of resources in an empty cloud, without a stack around them."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    def plan(self, resources: Iterable[Resource], kinds: Iterable[type[Resource]] = (), *, purge: bool = False) -> tuple[Any, Plan]:
        desired, place = list(resources), self.cloud.place()
        every = {kind for resource in desired for kind in (type(resource), type(resource).within) if kind} | set(kinds)
        return place, make_plan(desired, read_live(every, place, SCOPE), SCOPE, purge=purge)

    def converge(self, resources: Iterable[Resource], kinds: Iterable[type[Resource]] = (), *, purge: bool = False) -> tuple[Plan, Recording]:
        place, plan = self.plan(resources, kinds, purge=purge)
        place.start_changing()
        with self.cloud.recorded() as recording:
            Executor(place, SCOPE, pace=FAST).apply(plan)
        return plan, recording


@pytest.fixture
def lab(cloud: Cloud) -> Lab:
    cloud.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return Lab(cloud)


def told(plan: Plan) -> list[tuple[str, str, set[str]]]:
    return [(change.action.value, change.label, set(change.fields)) for change in plan.changes]


def allowed(plan: Plan) -> set[str]:
    """The calls that a plan's changes declare."""
    names = set[str]()
    for change in plan.changes:
        parts = {"create": ("create",), "replace": ("create", "delete"), "delete": ("delete",)}.get(change.action.value, ())
        of_fields = () if change.action.value == "delete" else change.fields
        names.update(name for part in (*parts, *of_fields) for name in change.kind.calls.get(part, ()))
    return names


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_life(lab: Lab, case: Case) -> None:
    basis, subject = case.make(1)
    kind, label = type(subject), subject.label
    lab.converge(basis, [kind])

    # Made.
    basis, subject = case.make(1)
    plan, made = lab.converge([*basis, subject])
    assert [(action, what) for action, what, _fields in told(plan)] == [("update" if subject.adopted else "create", label)]
    assert made.counts(made.changing) == case.create
    assert case.create.keys() <= allowed(plan)

    # Unchanged: the plan is empty, and what that takes.
    basis, subject = case.make(1)
    _place, plan = lab.plan([*basis, subject])
    assert told(plan) == []
    assert reads(lab.cloud, kind) == case.reads

    # Changed, by one update of what differs.
    fields, calls = case.change
    if fields:
        plan, changed = lab.converge(_version_2(case))
        assert [(what, touched) for _action, what, touched in told(plan)] == [(label, fields)]
        assert changed.counts(changed.changing) == calls
        assert calls.keys() <= allowed(plan)
        assert told(lab.plan(_version_2(case))[1]) == []

    # Retagged.
    if hasattr(subject, "tags"):
        plan, tagged = lab.converge(_version_2(case, team="core"))
        assert told(plan) == [("update", label, {"tags"})]
        assert tagged.counts(tagged.changing) == {case.retag: 1}
        assert case.retag in allowed(plan)
        assert told(lab.plan(_version_2(case, team="core"))[1]) == []

    # Deleted.
    basis, _subject = case.make(2)
    plan, deleted = lab.converge(basis, [kind], purge=True)
    assert [(action, what) for action, what, _fields in told(plan)] == ([("delete", label)] if case.delete else [])
    assert deleted.counts(deleted.changing) == case.delete
    assert case.delete.keys() <= allowed(plan)
    basis, _subject = case.make(2)
    assert told(lab.plan(basis, [kind], purge=True)[1]) == []


def _version_2(case: Case, **more: str) -> list[Resource]:
    basis, subject = case.make(2)
    if more:
        subject.tags = {**more, **subject.tags}  # type: ignore[attr-defined]
    return [*basis, subject]


def reads(cloud: Cloud, kind: type[Resource]) -> Counts:
    """The calls that reading the kind takes, its container known."""
    place = cloud.place()
    known: Mapping[Any, Any] = read_live([kind.within] if kind.within else [], place, SCOPE)
    with cloud.recorded() as recording:
        read_live([kind], place, SCOPE, known)
    return recording.counts()


def test_options_in_use_are_replaced(lab: Lab) -> None:
    """AWS keeps a set that a VPC uses: the VPC goes back to the region's default set, and then to the new one."""

    def with_options(version: int) -> list[Resource]:
        _basis, options = dhcp_options(version)
        assert isinstance(options, DhcpOptions)
        return [options, a_vpc(dhcp_options=options)]

    lab.converge(with_options(1))
    plan, replaced = lab.converge(with_options(2))
    assert told(plan) == [("replace", "dhcp_options.main", {"options"}), ("update", "vpc.main", {"dhcp_options"})]
    assert replaced.counts(replaced.changing) == {"ec2.AssociateDhcpOptions": 2, "ec2.DeleteDhcpOptions": 1, "ec2.CreateDhcpOptions": 1}
    [options] = lab.cloud.all("dhcp_options")
    assert options["DhcpOptionsId"] in {each["DhcpOptionsId"] for each in lab.cloud.all("vpc")}
    assert told(lab.plan(with_options(2))[1]) == []


def test_a_log_group_takes_another_key(lab: Lab) -> None:
    keys = [lab.cloud.kms.create_key()["KeyMetadata"]["Arn"] for _each in range(2)]

    def encrypted(key: str) -> list[Resource]:
        return [LogGroup(name="flow-logs", scope=SCOPE, retention_days=365, kms_key=key, tags=tags("flow-logs"))]

    _plan, made = lab.converge(encrypted(keys[0]))
    assert made.counts(made.changing) == {"logs.CreateLogGroup": 1, "logs.PutRetentionPolicy": 1}
    plan, changed = lab.converge(encrypted(keys[1]))
    assert told(plan) == [("update", "log_group.flow-logs", {"kms_key"})]
    assert changed.counts(changed.changing) == {"logs.AssociateKmsKey": 1}
    assert told(lab.plan(encrypted(keys[1]))[1]) == []


def test_a_nat_gateway_that_failed_is_left_and_another_made(lab: Lab) -> None:
    """AWS keeps a failed one to be seen for an hour, and nothing can be done with it."""
    basis, _nat = zonal_nat_gateway(1)
    lab.converge(basis)
    ids = lab.cloud.ids()
    interface = lab.cloud.ec2.create_network_interface(SubnetId=ids["subnet.a"])["NetworkInterface"]["NetworkInterfaceId"]
    taken = lab.cloud.ec2.associate_address(AllocationId=ids["elastic_ip.nat-a"], NetworkInterfaceId=interface)["AssociationId"]
    basis, nat = zonal_nat_gateway(1)
    with pytest.raises(ApplyError, match=r"Cannot create nat_gateway.a: nat-\w+ .*failed"):
        lab.converge([*basis, nat])
    lab.cloud.ec2.disassociate_address(AssociationId=taken)
    basis, nat = zonal_nat_gateway(1)
    plan, made = lab.converge([*basis, nat])
    assert told(plan)[0][:2] == ("create", "nat_gateway.a")
    assert made.counts(made.changing) == {"ec2.CreateNatGateway": 1}
    basis, nat = zonal_nat_gateway(1)
    assert told(lab.plan([*basis, nat])[1]) == []


@pytest.mark.parametrize("kind", [InternetGateway, ElasticIp])
def test_of_two_with_one_name_the_unused_one_goes(lab: Lab, kind: type[Resource]) -> None:
    """As a creating call without a token leaves them when it is sent twice."""

    def resources() -> list[Resource]:
        basis, nat = zonal_nat_gateway(1)
        return [*basis, nat]

    lab.converge(resources())
    twin = next(each for each in resources() if isinstance(each, kind)).create(lab.cloud.place())
    plan, removed = lab.converge(resources())
    assert [(change.action.value, change.live and change.live.id) for change in plan.changes] == [("delete", twin.id)]
    assert len(removed.changing) == 1
    assert told(lab.plan(resources())[1]) == []
