# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which EC2 actions the overlay checks, replaces, follows up and lists."""

from __future__ import annotations

from typing import Any

from moto.core.utils import get_service_model
from moto.ec2.models import ec2_backends
from moto.ec2.responses import EC2Response

from ..answers import AwsError
from ..described import to_plain
from ..overlay import Act, Asked, Check, Follow, OverlayResponse
from . import (
    acls,
    dhcp,
    endpoint_services,
    endpoints,
    flow_logs,
    gateways,
    groups,
    interfaces,
    nat_gateways,
    prefix_lists,
    routes,
    subnets,
    tags,
    vpcs,
)
from .listings import LISTINGS, trim_services

CHECKED: dict[str, Check] = {
    "AssociateRouteTable": routes.check_associate,
    "AssociateVpcCidrBlock": vpcs.check_associate_cidr,
    "AttachInternetGateway": gateways.check_attach,
    "CreateDhcpOptions": dhcp.check_create,
    "CreateNetworkAclEntry": acls.check_create_entry,
    "CreateRoute": routes.check_create_route,
    "CreateSecurityGroup": groups.check_create,
    "CreateSubnet": subnets.check_create,
    "CreateTags": tags.check_create_tags,
    "CreateVpc": vpcs.check_create,
    "DeleteDhcpOptions": dhcp.check_delete,
    "DeleteNetworkAcl": acls.check_delete,
    "DeleteNetworkAclEntry": acls.check_delete_entry,
    "DeleteNetworkInterface": interfaces.check_delete,
    "DeleteRoute": routes.check_delete_route,
    "DeleteRouteTable": routes.check_delete_table,
    "DeleteSecurityGroup": groups.check_delete,
    "DeleteSubnet": subnets.check_delete,
    "DeleteVpc": vpcs.check_delete,
    "DetachInternetGateway": gateways.check_detach,
    "DisassociateAddress": gateways.check_disassociate,
    "DisassociateRouteTable": routes.check_disassociate,
    "ModifySubnetAttribute": subnets.check_modify_attribute,
    "ModifyVpcAttribute": vpcs.check_modify_attribute,
    "ReleaseAddress": gateways.check_release,
    "ReplaceNetworkAclAssociation": acls.check_replace_association,
    "ReplaceNetworkAclEntry": acls.check_replace_entry,
    "ReplaceRoute": routes.check_replace_route,
    "ReplaceRouteTableAssociation": routes.check_replace_association,
}

REPLACED: dict[str, Act] = {
    "AuthorizeSecurityGroupEgress": groups.authorize_egress,
    "AuthorizeSecurityGroupIngress": groups.authorize_ingress,
    "CreateFlowLogs": flow_logs.create,
    "CreateManagedPrefixList": prefix_lists.create,
    "CreateNatGateway": nat_gateways.create,
    "CreateVpcEndpoint": endpoints.create,
    "DeleteFlowLogs": flow_logs.delete,
    "DeleteManagedPrefixList": prefix_lists.delete,
    "DeleteNatGateway": nat_gateways.delete,
    "DeleteVpcEndpoints": endpoints.delete,
    "DescribeFlowLogs": flow_logs.describe,
    "DescribeManagedPrefixLists": prefix_lists.describe,
    "DescribeNatGateways": nat_gateways.describe,
    "DescribePrefixLists": prefix_lists.describe_aws,
    "DescribeSecurityGroupRules": groups.describe_rules,
    "DescribeSecurityGroups": groups.describe,
    "DescribeTags": tags.describe,
    "DescribeVpcEndpointServices": endpoint_services.describe,
    "DescribeVpcEndpoints": endpoints.describe,
    "DisassociateVpcCidrBlock": vpcs.disassociate_cidr,
    "GetManagedPrefixListAssociations": prefix_lists.associations,
    "GetManagedPrefixListEntries": prefix_lists.entries,
    "ModifyManagedPrefixList": prefix_lists.modify,
    "ModifySecurityGroupRules": groups.modify_rules,
    "ModifyVpcEndpoint": endpoints.modify,
    "RevokeSecurityGroupEgress": groups.revoke_egress,
    "RevokeSecurityGroupIngress": groups.revoke_ingress,
    "UpdateSecurityGroupRuleDescriptionsEgress": groups.describe_egress_anew,
    "UpdateSecurityGroupRuleDescriptionsIngress": groups.describe_ingress_anew,
}

FOLLOWED: dict[str, Follow] = {
    "AssociateVpcCidrBlock": vpcs.after_associate_cidr,
    "CreateSubnet": subnets.after_create,
    "CreateVpc": vpcs.after_create,
    "DeleteRouteTable": routes.after_delete_table,
    "DeleteSubnet": subnets.after_delete,
    "DeleteVpc": vpcs.after_delete,
    "DescribeVpcEndpointServices": lambda backend, asked, result: trim_services(result),
}


class Response(OverlayResponse, EC2Response):
    """EC2 as the overlay answers it."""

    CHECKED, REPLACED, FOLLOWED, LISTED = CHECKED, REPLACED, FOLLOWED, LISTINGS

    @property
    def backend(self) -> Any:
        return ec2_backends[self.current_account][self.region]

    def prepare(self, action: str, asked: Asked) -> None:
        """Let happen what is due, and refuse dry runs and unfit tags."""
        self.backend.agenda.settle()
        if asked.get("DryRun"):
            raise AwsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
        tags.check_specifications(action, asked)

    def conclude(self, action: str, asked: Asked, result: Any) -> None:
        if action in tags.CREATED:
            operation = get_service_model("ec2").operation_model(action)
            answer = result if action in REPLACED else to_plain(result, operation.output_shape, operation)
            tags.apply_specifications(self.backend, action, asked, answer)
        tags.forget(self.backend, action, asked)
