# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How each describe action lists its rows: AWS's filters, as paths into a row."""

from __future__ import annotations

from typing import Any

from ..described import Listing
from . import acls, dhcp, gateways, interfaces, routes


def _permissions(prefix: str, member: str) -> dict[str, str]:
    names = {
        "cidr": "IpRanges[].CidrIp", "from-port": "FromPort", "group-id": "UserIdGroupPairs[].GroupId",
        "ipv6-cidr": "Ipv6Ranges[].CidrIpv6", "prefix-list-id": "PrefixListIds[].PrefixListId", "protocol": "IpProtocol",
        "to-port": "ToPort", "user-id": "UserIdGroupPairs[].UserId",
    }  # fmt: skip
    return {f"{prefix}ip-permission.{name}": f"{member}[].{path}" for name, path in names.items()}


def _named(**paths: str) -> dict[str, str]:
    return {name.replace("_", "-"): path for name, path in paths.items()}


_MEMBERS = _named(resource_id="ResourceId", resource_type="ResourceType", transit_gateway_attachment_id="TransitGatewayAttachmentId")

LISTINGS: dict[str, Listing] = {
    "DescribeAddresses": Listing(
        "Addresses",
        _named(
            allocation_id="AllocationId", association_id="AssociationId", instance_id="InstanceId", network_border_group="NetworkBorderGroup",
            network_interface_id="NetworkInterfaceId", network_interface_owner_id="NetworkInterfaceOwnerId",
            private_ip_address="PrivateIpAddress", public_ip="PublicIp", domain="Domain",
        ),
        refine=gateways.refine_address,
    ),
    "DescribeAvailabilityZones": Listing(
        "AvailabilityZones",
        _named(region_name="RegionName", state="State", zone_id="ZoneId", zone_name="ZoneName", zone_type="ZoneType", group_name="GroupName",
               opt_in_status="OptInStatus"),
    ),
    "DescribeCustomerGateways": Listing(
        "CustomerGateways",
        _named(bgp_asn="BgpAsn", customer_gateway_id="CustomerGatewayId", ip_address="IpAddress", state="State", type="Type"),
    ),
    "DescribeDhcpOptions": Listing(
        "DhcpOptions",
        _named(dhcp_options_id="DhcpOptionsId", key="DhcpConfigurations[].Key", value="DhcpConfigurations[].Values[].Value", owner_id="OwnerId"),
        refine=dhcp.refine,
    ),
    "DescribeFlowLogs": Listing(
        "FlowLogs",
        _named(deliver_log_status="DeliverLogsStatus", flow_log_id="FlowLogId", log_destination_type="LogDestinationType",
               log_group_name="LogGroupName", resource_id="ResourceId", traffic_type="TrafficType"),
    ),
    "DescribeLaunchTemplateVersions": Listing(
        "LaunchTemplateVersions",
        _named(
            create_time="CreateTime", image_id="LaunchTemplateData.ImageId", instance_type="LaunchTemplateData.InstanceType",
            is_default_version="DefaultVersion", http_tokens="LaunchTemplateData.MetadataOptions.HttpTokens",
        ),
    ),
    "DescribeLaunchTemplates": Listing(
        "LaunchTemplates",
        _named(create_time="CreateTime", launch_template_name="LaunchTemplateName"),
    ),
    "DescribeInternetGateways": Listing(
        "InternetGateways",
        _named(internet_gateway_id="InternetGatewayId", owner_id="OwnerId")
        | {"attachment.state": "Attachments[].State", "attachment.vpc-id": "Attachments[].VpcId"},
    ),
    "DescribeManagedPrefixLists": Listing(
        "PrefixLists", _named(owner_id="OwnerId", prefix_list_id="PrefixListId", prefix_list_name="PrefixListName")
    ),
    "DescribeNatGateways": Listing("NatGateways", _named(nat_gateway_id="NatGatewayId", state="State", subnet_id="SubnetId", vpc_id="VpcId")),
    "DescribeNetworkAcls": Listing(
        "NetworkAcls",
        _named(default="IsDefault", network_acl_id="NetworkAclId", owner_id="OwnerId", vpc_id="VpcId")
        | {
            "association.association-id": "Associations[].NetworkAclAssociationId", "association.network-acl-id": "Associations[].NetworkAclId",
            "association.subnet-id": "Associations[].SubnetId", "entry.cidr": "Entries[].CidrBlock", "entry.egress": "Entries[].Egress",
            "entry.protocol": "Entries[].Protocol", "entry.rule-action": "Entries[].RuleAction", "entry.rule-number": "Entries[].RuleNumber",
        },
        refine=acls.refine,
    ),
    "DescribeNetworkInterfaces": Listing(
        "NetworkInterfaces",
        _named(
            availability_zone="AvailabilityZone", availability_zone_id="AvailabilityZoneId", description="Description",
            group_id="Groups[].GroupId", group_name="Groups[].GroupName", interface_type="InterfaceType", mac_address="MacAddress",
            network_interface_id="NetworkInterfaceId", owner_id="OwnerId", private_dns_name="PrivateDnsName",
            private_ip_address="PrivateIpAddress", requester_id="RequesterId", requester_managed="RequesterManaged",
            source_dest_check="SourceDestCheck", status="Status", subnet_id="SubnetId", vpc_id="VpcId",
        )
        | {
            "addresses.private-ip-address": "PrivateIpAddresses[].PrivateIpAddress", "association.allocation-id": "Association.AllocationId",
            "association.public-ip": "Association.PublicIp", "attachment.attachment-id": "Attachment.AttachmentId",
            "attachment.instance-id": "Attachment.InstanceId", "attachment.instance-owner-id": "Attachment.InstanceOwnerId",
            "attachment.status": "Attachment.Status",
        },
        tags="TagSet",
        refine=interfaces.refine,
    ),
    "DescribePrefixLists": Listing("PrefixLists", _named(prefix_list_id="PrefixListId", prefix_list_name="PrefixListName")),
    "DescribeRouteTables": Listing(
        "RouteTables",
        _named(owner_id="OwnerId", route_table_id="RouteTableId", vpc_id="VpcId")
        | {
            "association.gateway-id": "Associations[].GatewayId", "association.main": "Associations[].Main",
            "association.route-table-association-id": "Associations[].RouteTableAssociationId",
            "association.route-table-id": "Associations[].RouteTableId", "association.subnet-id": "Associations[].SubnetId",
            "route.destination-cidr-block": "Routes[].DestinationCidrBlock", "route.destination-prefix-list-id": "Routes[].DestinationPrefixListId",
            "route.gateway-id": "Routes[].GatewayId", "route.nat-gateway-id": "Routes[].NatGatewayId", "route.origin": "Routes[].Origin",
            "route.state": "Routes[].State", "route.transit-gateway-id": "Routes[].TransitGatewayId",
            "route.vpc-peering-connection-id": "Routes[].VpcPeeringConnectionId",
        },
        refine=routes.refine_table,
    ),
    "DescribeSecurityGroupRules": Listing("SecurityGroupRules", _named(group_id="GroupId", security_group_rule_id="SecurityGroupRuleId")),
    "DescribeSecurityGroups": Listing(
        "SecurityGroups",
        _named(description="Description", group_id="GroupId", group_name="GroupName", owner_id="OwnerId", vpc_id="VpcId")
        | _permissions("", "IpPermissions")
        | _permissions("egress.", "IpPermissionsEgress"),
    ),
    "DescribeSubnets": Listing(
        "Subnets",
        _named(
            availability_zone="AvailabilityZone", availability_zone_id="AvailabilityZoneId", available_ip_address_count="AvailableIpAddressCount",
            cidr="CidrBlock", cidr_block="CidrBlock", default_for_az="DefaultForAz", map_public_ip_on_launch="MapPublicIpOnLaunch",
            owner_id="OwnerId", state="State", subnet_arn="SubnetArn", subnet_id="SubnetId", vpc_id="VpcId",
        ),
    ),
    "DescribeTags": Listing("Tags", _named(key="Key", resource_id="ResourceId", resource_type="ResourceType", value="Value"), tags=""),
    "DescribeTransitGatewayAttachments": Listing(
        "TransitGatewayAttachments",
        _named(resource_id="ResourceId", resource_owner_id="ResourceOwnerId", resource_type="ResourceType", state="State",
               transit_gateway_attachment_id="TransitGatewayAttachmentId", transit_gateway_id="TransitGatewayId")
        | {
            "association.state": "Association.State", "association.transit-gateway-route-table-id": "Association.TransitGatewayRouteTableId",
            "transit-gateway-owner-id": "TransitGatewayOwnerId",
        },
    ),
    "DescribeTransitGatewayRouteTables": Listing(
        "TransitGatewayRouteTables",
        _named(default_association_route_table="DefaultAssociationRouteTable", default_propagation_route_table="DefaultPropagationRouteTable",
               state="State", transit_gateway_id="TransitGatewayId", transit_gateway_route_table_id="TransitGatewayRouteTableId"),
    ),
    "DescribeTransitGatewayVpcAttachments": Listing(
        "TransitGatewayVpcAttachments",
        _named(state="State", transit_gateway_attachment_id="TransitGatewayAttachmentId", transit_gateway_id="TransitGatewayId", vpc_id="VpcId"),
    ),
    "DescribeTransitGateways": Listing(
        "TransitGateways",
        _named(owner_id="OwnerId", state="State", transit_gateway_id="TransitGatewayId")
        | {
            "options.amazon-side-asn": "Options.AmazonSideAsn", "options.auto-accept-shared-attachments": "Options.AutoAcceptSharedAttachments",
            "options.default-route-table-association": "Options.DefaultRouteTableAssociation",
            "options.default-route-table-propagation": "Options.DefaultRouteTablePropagation",
        },
    ),
    "DescribeVpcEndpointServices": Listing(
        "ServiceDetails", _named(owner="Owner", service_name="ServiceName", service_type="ServiceType[].ServiceType")
    ),
    "DescribeVpcEndpoints": Listing(
        "VpcEndpoints",
        _named(ip_address_type="IpAddressType", service_name="ServiceName", service_region="ServiceRegion", vpc_endpoint_id="VpcEndpointId",
               vpc_endpoint_state="State", vpc_endpoint_type="VpcEndpointType", vpc_id="VpcId"),
    ),
    "DescribeVpcPeeringConnections": Listing(
        "VpcPeeringConnections",
        _named(vpc_peering_connection_id="VpcPeeringConnectionId")
        | {
            "accepter-vpc-info.cidr-block": "AccepterVpcInfo.CidrBlock", "accepter-vpc-info.owner-id": "AccepterVpcInfo.OwnerId",
            "accepter-vpc-info.vpc-id": "AccepterVpcInfo.VpcId", "requester-vpc-info.cidr-block": "RequesterVpcInfo.CidrBlock",
            "requester-vpc-info.owner-id": "RequesterVpcInfo.OwnerId", "requester-vpc-info.vpc-id": "RequesterVpcInfo.VpcId",
            "status-code": "Status.Code",
        },
    ),
    "DescribeVpcs": Listing(
        "Vpcs",
        _named(
            cidr="CidrBlock", cidr_block="CidrBlock", dhcp_options_id="DhcpOptionsId", is_default="IsDefault", owner_id="OwnerId",
            state="State", vpc_id="VpcId",
        )
        | {
            "cidr-block-association.association-id": "CidrBlockAssociationSet[].AssociationId",
            "cidr-block-association.cidr-block": "CidrBlockAssociationSet[].CidrBlock",
            "cidr-block-association.state": "CidrBlockAssociationSet[].CidrBlockState.State",
        },
    ),
    "DescribeVpnConnections": Listing(
        "VpnConnections",
        _named(customer_gateway_id="CustomerGatewayId", state="State", transit_gateway_id="TransitGatewayId", type="Type",
               vpn_connection_id="VpnConnectionId", vpn_gateway_id="VpnGatewayId")
        | {"option.static-routes-only": "Options.StaticRoutesOnly", "route.destination-cidr-block": "Routes[].DestinationCidrBlock"},
    ),
    "GetManagedPrefixListAssociations": Listing("PrefixListAssociations", {}),
    "GetManagedPrefixListEntries": Listing("Entries", {}),
    "GetTransitGatewayAttachmentPropagations": Listing(
        "TransitGatewayAttachmentPropagations", _named(transit_gateway_route_table_id="TransitGatewayRouteTableId")
    ),
    "GetTransitGatewayPrefixListReferences": Listing(
        "TransitGatewayPrefixListReferences",
        _named(prefix_list_id="PrefixListId", prefix_list_owner_id="PrefixListOwnerId", state="State")
        | {
            "attachment.resource-id": "TransitGatewayAttachment.ResourceId", "attachment.resource-type": "TransitGatewayAttachment.ResourceType",
            "attachment.transit-gateway-attachment-id": "TransitGatewayAttachment.TransitGatewayAttachmentId", "is-blackhole": "Blackhole",
        },
    ),
    "GetTransitGatewayRouteTableAssociations": Listing("Associations", _MEMBERS),
    "GetTransitGatewayRouteTablePropagations": Listing("TransitGatewayRouteTablePropagations", _MEMBERS),
    "SearchTransitGatewayRoutes": Listing(
        "Routes",
        _named(prefix_list_id="PrefixListId", state="State", type="Type")
        | {
            "attachment.resource-id": "TransitGatewayAttachments[].ResourceId",
            "attachment.resource-type": "TransitGatewayAttachments[].ResourceType",
            "attachment.transit-gateway-attachment-id": "TransitGatewayAttachments[].TransitGatewayAttachmentId",
        },
    ),
}  # fmt: skip


def trim_services(result: dict[str, Any]) -> None:
    """DescribeVpcEndpointServices lists its services twice; the names follow the filtered details."""
    result["ServiceNames"] = list(dict.fromkeys(row["ServiceName"] for row in result["ServiceDetails"]))
