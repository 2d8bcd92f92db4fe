# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a life of every kind takes, call by call. A new kind adds its sample and its case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .kinds import (
    Made,
    default_network_acl,
    default_security_group,
    default_security_group_rules,
    dhcp_options,
    elastic_ip,
    flow_log,
    flow_log_to_a_bucket,
    gateway_vpc_endpoint,
    growing_managed_prefix_list,
    interface_vpc_endpoint,
    internet_gateway,
    log_group,
    main_route_table,
    main_routes,
    managed_prefix_list,
    network_acl,
    regional_nat_gateway,
    role,
    route_table,
    routes,
    security_group,
    security_group_rules,
    shrinking_managed_prefix_list,
    subnet,
    vpc,
    zonal_nat_gateway,
)

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
        create={"ec2.CreateRouteTable": 1, "ec2.AssociateRouteTable": 2},
        reads={"ec2.DescribeRouteTables": 1},
        change=({"subnets"}, {"ec2.AssociateRouteTable": 1, "ec2.DisassociateRouteTable": 1}),
        delete={"ec2.DisassociateRouteTable": 2, "ec2.DeleteRouteTable": 1},
    ),
    Case(
        make=main_route_table,
        create={"ec2.CreateTags": 1},
        reads={"ec2.DescribeRouteTables": 1},
    ),
    Case(
        make=routes,
        create={"ec2.CreateRoute": 2},
        reads={"ec2.DescribeRouteTables": 1},
        change=({"routes"}, {"ec2.ReplaceRoute": 1, "ec2.CreateRoute": 1, "ec2.DeleteRoute": 1}),
    ),
    Case(
        make=main_routes,
        create={},
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
        reads={"iam.ListRoles": 1, "iam.ListAttachedRolePolicies": 1, "iam.GetRole": 1, "iam.ListRolePolicies": 1, "iam.GetRolePolicy": 1},
        change=(
            {"trust", "policy", "attached", "boundary"},
            {
                "iam.UpdateAssumeRolePolicy": 1,
                "iam.PutRolePolicy": 1,
                "iam.AttachRolePolicy": 1,
                "iam.DetachRolePolicy": 1,
                "iam.PutRolePermissionsBoundary": 1,
            },
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
