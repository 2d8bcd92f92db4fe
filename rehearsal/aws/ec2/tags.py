# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags: given in the creating call for every kind, checked as AWS checks them, gone with their resource."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import jmespath
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix

from ..answers import AwsError
from ..overlay import Asked

_MAXIMUM = 50
_KEY_LENGTH, _VALUE_LENGTH = 128, 256

# Creating action -> the taggable resource type, where the answer has what was made, and the id's name there.
CREATED = {
    "AllocateAddress": ("elastic-ip", "@", "AllocationId"),
    "AuthorizeSecurityGroupEgress": ("security-group-rule", "SecurityGroupRules[]", "SecurityGroupRuleId"),
    "AuthorizeSecurityGroupIngress": ("security-group-rule", "SecurityGroupRules[]", "SecurityGroupRuleId"),
    "CreateCustomerGateway": ("customer-gateway", "CustomerGateway", "CustomerGatewayId"),
    "CreateDhcpOptions": ("dhcp-options", "DhcpOptions", "DhcpOptionsId"),
    "CreateFlowLogs": ("vpc-flow-log", "FlowLogIds[].{id: @}", "id"),
    "CreateInternetGateway": ("internet-gateway", "InternetGateway", "InternetGatewayId"),
    "CreateLaunchTemplate": ("launch-template", "LaunchTemplate", "LaunchTemplateId"),
    "CreateManagedPrefixList": ("prefix-list", "PrefixList", "PrefixListId"),
    "CreateNatGateway": ("natgateway", "NatGateway", "NatGatewayId"),
    "CreateNetworkAcl": ("network-acl", "NetworkAcl", "NetworkAclId"),
    "CreateNetworkInterface": ("network-interface", "NetworkInterface", "NetworkInterfaceId"),
    "CreateRouteTable": ("route-table", "RouteTable", "RouteTableId"),
    "CreateSecurityGroup": ("security-group", "@", "GroupId"),
    "CreateSubnet": ("subnet", "Subnet", "SubnetId"),
    "CreateTransitGateway": ("transit-gateway", "TransitGateway", "TransitGatewayId"),
    "CreateTransitGatewayRouteTable": (
        "transit-gateway-route-table", "TransitGatewayRouteTable", "TransitGatewayRouteTableId"
    ),
    "CreateTransitGatewayVpcAttachment": (
        "transit-gateway-attachment", "TransitGatewayVpcAttachment", "TransitGatewayAttachmentId"
    ),
    "CreateVpc": ("vpc", "Vpc", "VpcId"),
    "CreateVpcPeeringConnection": ("vpc-peering-connection", "VpcPeeringConnection", "VpcPeeringConnectionId"),
    "CreateVpcEndpoint": ("vpc-endpoint", "VpcEndpoint", "VpcEndpointId"),
    "CreateVpnConnection": ("vpn-connection", "VpnConnection", "VpnConnectionId"),
}  # fmt: skip

# Deleting action -> the parameter with the id or ids.
DELETED = {
    "DeleteDhcpOptions": "DhcpOptionsId",
    "DeleteFlowLogs": "FlowLogIds",
    "DeleteInternetGateway": "InternetGatewayId",
    "DeleteNetworkAcl": "NetworkAclId",
    "DeleteNetworkInterface": "NetworkInterfaceId",
    "DeleteRouteTable": "RouteTableId",
    "DeleteSecurityGroup": "GroupId",
    "DeleteSubnet": "SubnetId",
    "DeleteVpc": "VpcId",
    "ReleaseAddress": "AllocationId",
}

# Resource types that AWS names otherwise than moto's table of id prefixes.
_TYPES = {
    "flow-logs": "vpc-flow-log",
    "managed-prefix-list": "prefix-list",
    "nat-gateway": "natgateway",
    "vpc-elastic-ip": "elastic-ip",
}


def check_specifications(action: str, asked: Asked) -> None:
    """Refuse tags for another type of resource than the action creates, and tags that AWS does not allow."""
    if action not in CREATED:
        return
    expected = CREATED[action][0]
    for specification in asked.get("TagSpecifications", []):
        kind = specification.get("ResourceType")
        if kind != expected:
            raise AwsError("InvalidParameterValue", f"'{kind}' is not a valid taggable resource type for this operation.")
        check(specification.get("Tags", []))


def check(tags: list[dict[str, str]]) -> None:
    """Refuse reserved, repeated and overlong keys, overlong values and more than 50 tags."""
    for key, times in Counter(tag.get("Key", "") for tag in tags).items():
        if key.lower().startswith("aws:"):
            raise AwsError("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
        if not key or len(key) > _KEY_LENGTH:
            raise AwsError("InvalidParameterValue", f"Tag key exceeds the maximum length of {_KEY_LENGTH}: '{key}'")
        if times > 1:
            raise AwsError("InvalidParameterValue", f"Duplicate tag keys found. Please note that Tag keys are case insensitive: '{key}'")
    for tag in tags:
        if len(tag.get("Value", "")) > _VALUE_LENGTH:
            raise AwsError("InvalidParameterValue", f"Tag value exceeds the maximum length of {_VALUE_LENGTH}")
    if len(tags) > _MAXIMUM:
        raise AwsError("TagLimitExceeded", f"The maximum number of Tags for a resource has been reached: {_MAXIMUM}")


def apply_specifications(backend: Any, action: str, asked: Asked, answer: Any) -> None:
    """Tag what was created, as the answer's content names it, and put the tags into the answer."""
    given = [tag for specification in asked.get("TagSpecifications", []) for tag in specification.get("Tags", [])]
    if not given:
        return
    _rest, path, name = CREATED[action]
    found = jmespath.search(path, answer)
    for row in found if isinstance(found, list) else [found]:
        backend.create_tags([row[name]], {tag["Key"]: tag.get("Value", "") for tag in given})
        if "Tags" in row:
            row["Tags"] = of(backend, row[name])


def forget(backend: Any, action: str, asked: Asked) -> None:
    """Remove the tags of what was deleted."""
    found = asked.get(DELETED.get(action, ""), [])
    drop(backend, found if isinstance(found, list) else [found])


def drop(backend: Any, ids: Iterable[str]) -> None:
    for resource_id in ids:
        backend.tags.pop(resource_id, None)


def of(backend: Any, resource_id: str) -> list[dict[str, str]]:
    """The tags of one resource, as describe calls answer them."""
    return [{"Key": key, "Value": value} for key, value in backend.tags.get(resource_id, {}).items()]


def check_create_tags(backend: Any, asked: Asked) -> None:
    """moto looks for no resource of these kinds, and would tag one that does not exist."""
    check(asked["Tags"])
    for resource_id in asked["Resources"]:
        if not exists(backend, resource_id):
            raise AwsError("InvalidID", f"The ID '{resource_id}' is not valid")


def exists(backend: Any, resource_id: str) -> bool:
    """Whether there is such a resource; True for kinds that moto itself looks for."""
    kept = {
        "eipalloc": (address.allocation_id for address in backend.addresses),
        "fl": backend.flow_logs,
        "lt": backend.launch_templates,
        "nat": backend.nat_gateways,
        "acl": backend.network_acls,
        "pl": backend.managed_prefix_lists,
        "vpce": backend.vpc_end_points,
        "cgw": backend.customer_gateways,
        "vpn": backend.vpn_connections,
        "tgw": backend.transit_gateways,
        "tgw-rtb": backend.transit_gateways_route_tables,
        "tgw-attach": backend.transit_gateway_attachments,
    }
    prefix = resource_id.rpartition("-")[0]
    return prefix not in kept or resource_id in set(kept[prefix])


def describe(backend: Any, asked: Asked) -> dict[str, Any]:
    return {
        "Tags": [
            {"ResourceId": resource_id, "ResourceType": _type(resource_id), "Key": key, "Value": value}
            for resource_id, tags in backend.tags.items()
            for key, value in tags.items()
        ]
    }


def _type(resource_id: str) -> str:
    kind = EC2_PREFIX_TO_RESOURCE.get(get_prefix(resource_id), "")
    return _TYPES.get(kind, kind)
