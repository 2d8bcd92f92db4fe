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
}  # fmt: skip
# The effect is there already, perhaps from an attempt whose answer was lost.
DONE_ALREADY = {
    "RouteAlreadyExists", "NetworkAclEntryAlreadyExists", "InvalidPermission.Duplicate", "InvalidPermission.NotFound",
    "InvalidRoute.NotFound", "InvalidNetworkAclEntry.NotFound", "InvalidAssociationID.NotFound", "Resource.AlreadyAssociated",
    "InvalidSubnet.Conflict", "InvalidGroup.Duplicate", "FlowLogAlreadyExists", "EntityAlreadyExists", "Gateway.NotAttached",
    "CidrConflict", "ResourceAlreadyExistsException", "PrefixListVersionMismatch", "IncorrectPrefixListVersion", "InvalidVpcCidrBlockAssociationID.NotFound",
}  # fmt: skip
BLOCKED = {"DependencyViolation", "InvalidIPAddress.InUse", "InvalidAddress.InUse", "DeleteConflict", "AuthFailure.InUse"}
GONE = {"ResourceNotFoundException", "ParameterNotFound", "NoSuchEntity", "NatGatewayNotFound"}
# A call that takes a child out of its container: a child that is not there says nothing about the container.
TAKES_OUT = {"DeleteRoute", "DeleteNetworkAclEntry", "DeleteRolePolicy", "DetachRolePolicy"}
# A role that was made a moment ago; the code alone says only that some parameter is wrong.
UNKNOWN_ROLE = "Unable to assume given IAM role"


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
    if code in DONE_ALREADY:
        return Advice.REREAD
    if operation.startswith(("Delete", "Release", "Detach")) and (code in GONE or code.endswith(".NotFound")):
        return Advice.REREAD if operation in TAKES_OUT else Advice.GONE
    if code in UNSETTLED or UNKNOWN_ROLE in error.response["Error"].get("Message", ""):
        return Advice.RETRY
    if code in BLOCKED:
        return Advice.BLOCKED
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    return Advice.REREAD if status >= 500 else Advice.FAIL
