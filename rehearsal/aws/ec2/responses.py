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
    customer_gateways,
    dhcp,
    endpoint_services,
    endpoints,
    flow_logs,
    gateways,
    groups,
    instance_types,
    interfaces,
    launch_templates,
    nat_gateways,
    prefix_lists,
    routes,
    subnets,
    tags,
    transit_attachments,
    transit_gateways,
    transit_routes,
    transit_tables,
    vpcs,
    vpn_changes,
    vpn_connections,
)
from .listings import LISTINGS, trim_services
from .transit_models import everywhere

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
    "DescribeInstanceTypes": instance_types.check_describe,
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
    "AcceptTransitGatewayVpcAttachment": transit_attachments.accept,
    "AssociateTransitGatewayRouteTable": transit_tables.associate,
    "AuthorizeSecurityGroupEgress": groups.authorize_egress,
    "AuthorizeSecurityGroupIngress": groups.authorize_ingress,
    "CreateCustomerGateway": customer_gateways.create,
    "CreateFlowLogs": flow_logs.create,
    "CreateLaunchTemplate": launch_templates.create,
    "CreateLaunchTemplateVersion": launch_templates.create_version,
    "CreateManagedPrefixList": prefix_lists.create,
    "CreateNatGateway": nat_gateways.create,
    "CreateTransitGateway": transit_gateways.create,
    "CreateTransitGatewayPrefixListReference": transit_routes.create_reference,
    "CreateTransitGatewayRoute": transit_routes.create,
    "CreateTransitGatewayRouteTable": transit_tables.create,
    "CreateTransitGatewayVpcAttachment": transit_attachments.create,
    "CreateVpcEndpoint": endpoints.create,
    "CreateVpnConnection": vpn_connections.create,
    "CreateVpnConnectionRoute": vpn_connections.create_route,
    "DeleteCustomerGateway": customer_gateways.delete,
    "DeleteFlowLogs": flow_logs.delete,
    "DeleteLaunchTemplate": launch_templates.delete,
    "DeleteLaunchTemplateVersions": launch_templates.delete_versions,
    "DeleteManagedPrefixList": prefix_lists.delete,
    "DeleteNatGateway": nat_gateways.delete,
    "DeleteTransitGateway": transit_gateways.delete,
    "DeleteTransitGatewayPrefixListReference": transit_routes.delete_reference,
    "DeleteTransitGatewayRoute": transit_routes.delete,
    "DeleteTransitGatewayRouteTable": transit_tables.delete,
    "DeleteTransitGatewayVpcAttachment": transit_attachments.delete,
    "DeleteVpcEndpoints": endpoints.delete,
    "DeleteVpnConnection": vpn_connections.delete,
    "DescribeCustomerGateways": customer_gateways.describe,
    "DescribeFlowLogs": flow_logs.describe,
    "DescribeLaunchTemplateVersions": launch_templates.describe_versions,
    "DescribeLaunchTemplates": launch_templates.describe,
    "DescribeManagedPrefixLists": prefix_lists.describe,
    "DescribeNatGateways": nat_gateways.describe,
    "DescribePrefixLists": prefix_lists.describe_aws,
    "DescribeSecurityGroupRules": groups.describe_rules,
    "DescribeSecurityGroups": groups.describe,
    "DescribeTags": tags.describe,
    "DescribeTransitGatewayAttachments": transit_attachments.describe,
    "DescribeTransitGatewayRouteTables": transit_tables.describe,
    "DescribeTransitGatewayVpcAttachments": transit_attachments.describe_vpcs,
    "DescribeTransitGateways": transit_gateways.describe,
    "DescribeVpcEndpointServices": endpoint_services.describe,
    "DescribeVpcEndpoints": endpoints.describe,
    "DescribeVpnConnections": vpn_connections.describe,
    "DisableTransitGatewayRouteTablePropagation": transit_tables.disable_propagation,
    "DisassociateTransitGatewayRouteTable": transit_tables.disassociate,
    "DisassociateVpcCidrBlock": vpcs.disassociate_cidr,
    "EnableTransitGatewayRouteTablePropagation": transit_tables.enable_propagation,
    "GetManagedPrefixListAssociations": prefix_lists.associations,
    "GetManagedPrefixListEntries": prefix_lists.entries,
    "GetTransitGatewayAttachmentPropagations": transit_tables.propagations_of_attachment,
    "GetTransitGatewayPrefixListReferences": transit_routes.references,
    "GetTransitGatewayRouteTableAssociations": transit_tables.associations,
    "GetTransitGatewayRouteTablePropagations": transit_tables.propagations,
    "ModifyLaunchTemplate": launch_templates.modify,
    "ModifyManagedPrefixList": prefix_lists.modify,
    "ModifySecurityGroupRules": groups.modify_rules,
    "ModifyTransitGateway": transit_gateways.modify,
    "ModifyTransitGatewayPrefixListReference": transit_routes.modify_reference,
    "ModifyTransitGatewayVpcAttachment": transit_attachments.modify,
    "ModifyVpcEndpoint": endpoints.modify,
    "ModifyVpnConnection": vpn_changes.modify,
    "ModifyVpnConnectionOptions": vpn_changes.modify_options,
    "ModifyVpnTunnelOptions": vpn_changes.modify_tunnel,
    "RejectTransitGatewayVpcAttachment": transit_attachments.reject,
    "ReplaceTransitGatewayRoute": transit_routes.replace,
    "RevokeSecurityGroupEgress": groups.revoke_egress,
    "RevokeSecurityGroupIngress": groups.revoke_ingress,
    "SearchTransitGatewayRoutes": transit_routes.search,
    "UpdateSecurityGroupRuleDescriptionsEgress": groups.describe_egress_anew,
    "UpdateSecurityGroupRuleDescriptionsIngress": groups.describe_ingress_anew,
}

FOLLOWED: dict[str, Follow] = {
    "AssociateVpcCidrBlock": vpcs.after_associate_cidr,
    "CreateRoute": routes.after_route,
    "CreateSubnet": subnets.after_create,
    "CreateVpc": vpcs.after_create,
    "DeleteRouteTable": routes.after_delete_table,
    "DeleteSubnet": subnets.after_delete,
    "DeleteVpc": vpcs.after_delete,
    "DescribeVpcEndpointServices": lambda backend, asked, result: trim_services(result),
    "ReplaceRoute": routes.after_route,
    "SearchTransitGatewayRoutes": transit_routes.say_whether_more,
}


class Response(OverlayResponse, EC2Response):
    """EC2 as the overlay answers it."""

    CHECKED, REPLACED, FOLLOWED, LISTED = CHECKED, REPLACED, FOLLOWED, LISTINGS

    @property
    def backend(self) -> Any:
        return ec2_backends[self.current_account][self.region]

    def prepare(self, action: str, asked: Asked) -> None:
        """Let happen what is due, in all accounts since they share gateways, and refuse dry runs and unfit tags."""
        for backend in everywhere(self.backend):
            backend.agenda.settle()
        if asked.get("DryRun"):
            raise AwsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
        tags.check_specifications(action, asked)

    def conclude(self, action: str, asked: Asked, result: Any) -> None:
        if action in tags.CREATED:
            operation = get_service_model("ec2").operation_model(action)
            answer = result if action in REPLACED else to_plain(result, operation.output_shape, operation)
            tags.apply_specifications(self.backend, action, asked, answer)
        tags.forget(self.backend, action, asked)
