# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS's errors mean: codes as data, per operation where the same code means two things."""

from __future__ import annotations

try:
    from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 - botocore's name
except ImportError:  # AnsibleAWSModule reports it
    pass

from .._engine.errors import Advice

THROTTLED = {
    "RequestLimitExceeded", "Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException",
    "RequestThrottled", "SlowDown", "PriorRequestNotComplete", "TooManyUpdates",
}  # fmt: skip
# Read-after-write: the object was made a moment ago, or is still changing.
# https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
UNSETTLED = {
    "InvalidVpcID.NotFound", "InvalidSubnetID.NotFound", "InvalidGroup.NotFound", "InvalidRouteTableID.NotFound",
    "InvalidInternetGatewayID.NotFound", "InvalidAllocationID.NotFound", "InvalidNatGatewayID.NotFound", "InvalidNetworkAclID.NotFound",
    "InvalidPrefixListID.NotFound", "InvalidPrefixListId.NotFound", "InvalidDhcpOptionID.NotFound", "NatGatewayNotFound",
    "InvalidVpcEndpointId.NotFound", "NoSuchEntity", "IncorrectState", "OperationAborted", "ConcurrentModification",
    # some calls spell the same ids otherwise
    "InvalidSubnetId.NotFound", "InvalidRouteTableId.NotFound", "InvalidSecurityGroupID.NotFound", "InvalidGatewayID.NotFound",
    "InvalidTransitGatewayID.NotFound", "InvalidTransitGatewayAttachmentID.NotFound", "InvalidCustomerGatewayID.NotFound",
    "InvalidVpnConnectionID.NotFound", "ResourceUnavailableException", "InvalidLaunchTemplateId.NotFound",
    "InvalidLaunchTemplateId.VersionNotFound", "NotFoundException",
}  # fmt: skip
# The effect is there already, perhaps from an attempt whose answer was lost.
DONE_ALREADY = {
    "RouteAlreadyExists", "NetworkAclEntryAlreadyExists", "InvalidPermission.Duplicate", "InvalidPermission.NotFound",
    "InvalidRoute.NotFound", "InvalidNetworkAclEntry.NotFound", "InvalidAssociationID.NotFound", "Resource.AlreadyAssociated",
    "InvalidSubnet.Conflict", "InvalidGroup.Duplicate", "FlowLogAlreadyExists", "EntityAlreadyExists", "Gateway.NotAttached",
    "CidrConflict", "ResourceAlreadyExistsException", "PrefixListVersionMismatch", "IncorrectPrefixListVersion", "InvalidVpcCidrBlockAssociationID.NotFound",
    "DuplicateTransitGatewayAttachment", "TransitGatewayRouteTablePropagation.Duplicate", "TransitGatewayRouteTablePropagation.NotFound",
    "ResourceExistsException", "RepositoryAlreadyExistsException", "PullThroughCacheRuleAlreadyExistsException", "TemplateAlreadyExistsException",
    "AlreadyExistsException", "InvalidLaunchTemplateName.AlreadyExistsException",
}  # fmt: skip
BLOCKED = {"DependencyViolation", "InvalidIPAddress.InUse", "InvalidAddress.InUse", "DeleteConflict", "AuthFailure.InUse", "ResourceInUseException"}
GONE = {
    "ResourceNotFoundException", "ParameterNotFound", "NoSuchEntity", "NatGatewayNotFound", "UnknownResourceException",
    "RepositoryNotFoundException", "PullThroughCacheRuleNotFoundException", "TemplateNotFoundException",
    "LifecyclePolicyNotFoundException", "RepositoryPolicyNotFoundException",
}  # fmt: skip
# A call that takes a child out of its container: a child that is not there says nothing about the container.
TAKES_OUT = {
    "DeleteRoute", "DeleteNetworkAclEntry", "DeleteRolePolicy", "DetachRolePolicy", "DeleteTransitGatewayPrefixListReference",
    "DeleteLifecyclePolicy", "DeleteRepositoryPolicy",
}  # fmt: skip
# Here AWS has no code for what is undone already: it says that a parameter is wrong.
UNDOES = {"DisassociateTransitGatewayRouteTable", "DisableTransitGatewayRouteTablePropagation"}
# What a creating or updating call says of what is there already, or has just begun to change; for a deleting one, others hold it.
BUSY = "ResourceInUseException"
# The child is out already.
OUT = ("DisassociateAccessPolicy", "ResourceNotFoundException")
# The key waits for its deletion already.
LEAVING = ("ScheduleKeyDeletion", "KMSInvalidStateException")
# Where the code alone says less: a role that was made a moment ago; too many VPN connections that are being made at once.
FOR_NOW = (
    "Unable to assume given IAM role", "maximum number of mutating objects", "could not be assumed because it does not exist",
    "Role provided in the request does not exist", "cannot be found. (Service: Iam", "principalArn is invalid: invalid principal",
)  # fmt: skip


def advise(error: Exception) -> Advice:
    if isinstance(error, HTTPClientError):  # no answer: the call may have had its effect
        return Advice.REREAD
    if isinstance(error, ConnectionError):  # never sent
        return Advice.RETRY
    if not isinstance(error, ClientError):
        return Advice.FAIL
    code, operation = error.response["Error"]["Code"], error.operation_name
    if code in THROTTLED:
        return Advice.RETRY
    if (operation, code) == LEAVING:
        return Advice.GONE
    if _is_done_already(operation, code):
        return Advice.REREAD
    if operation.startswith(("Delete", "Release", "Detach")) and (code in GONE or code.endswith(".NotFound")):
        return Advice.REREAD if operation in TAKES_OUT else Advice.GONE
    if code in UNSETTLED or any(text in error.response["Error"].get("Message", "") for text in FOR_NOW):
        return Advice.RETRY
    if code in BLOCKED:
        return Advice.BLOCKED
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    return Advice.REREAD if status >= 500 else Advice.FAIL


def _is_done_already(operation: str, code: str) -> bool:
    if code == BUSY:
        return operation.startswith(("Create", "Update"))
    return code in DONE_ALREADY or (operation, code) == OUT or (operation in UNDOES and code.lower() == "invalidparametervalue")
