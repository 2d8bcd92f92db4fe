# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS's answers, and no answer, mean to the engine."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
    ReadTimeoutError,
)

from ansible_collections.fintech.platform.plugins.module_utils._aws.errors import advise
from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import Advice, PlatformError


def refused(operation: str, code: str, status: int = 400, message: str = "no") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}, operation)


@pytest.mark.parametrize(
    ("operation", "code", "advice"),
    [
        ("CreateVpc", "RequestLimitExceeded", Advice.RETRY),
        ("PutParameter", "ThrottlingException", Advice.RETRY),
        ("CreateSubnet", "InvalidVpcID.NotFound", Advice.RETRY),
        ("CreateRoute", "InvalidNatGatewayID.NotFound", Advice.RETRY),
        ("CreateRoute", "InvalidGatewayID.NotFound", Advice.RETRY),
        ("CreateVpcEndpoint", "InvalidSubnetId.NotFound", Advice.RETRY),
        ("CreateVpcEndpoint", "InvalidRouteTableId.NotFound", Advice.RETRY),
        ("CreateVpcEndpoint", "InvalidSecurityGroupID.NotFound", Advice.RETRY),
        ("ModifyManagedPrefixList", "IncorrectState", Advice.RETRY),
        ("PutRolePolicy", "NoSuchEntity", Advice.RETRY),
        ("CreateRoute", "RouteAlreadyExists", Advice.REREAD),
        ("CreateSecurityGroup", "InvalidGroup.Duplicate", Advice.REREAD),
        ("CreateNetworkAclEntry", "NetworkAclEntryAlreadyExists", Advice.REREAD),
        ("AuthorizeSecurityGroupIngress", "InvalidPermission.Duplicate", Advice.REREAD),
        ("RevokeSecurityGroupEgress", "InvalidPermission.NotFound", Advice.REREAD),
        ("DisassociateVpcCidrBlock", "InvalidVpcCidrBlockAssociationID.NotFound", Advice.REREAD),
        ("ReplaceRoute", "InvalidRoute.NotFound", Advice.REREAD),
        ("CreateRole", "EntityAlreadyExists", Advice.REREAD),
        ("CreateLogGroup", "ResourceAlreadyExistsException", Advice.REREAD),
        ("DetachInternetGateway", "Gateway.NotAttached", Advice.REREAD),
        ("CreateRepository", "RepositoryAlreadyExistsException", Advice.REREAD),
        ("PutLifecyclePolicy", "RepositoryNotFoundException", Advice.FAIL),
        ("DeleteRepository", "RepositoryNotFoundException", Advice.GONE),
        ("DeleteRepository", "RepositoryNotEmptyException", Advice.FAIL),
        ("DeleteRepositoryPolicy", "RepositoryPolicyNotFoundException", Advice.REREAD),
        ("CreateCluster", "ResourceInUseException", Advice.REREAD),
        ("UpdateNodegroupConfig", "ResourceInUseException", Advice.REREAD),
        ("DeleteCluster", "ResourceInUseException", Advice.BLOCKED),
        ("DeleteNodegroup", "ResourceNotFoundException", Advice.GONE),
        ("DisassociateAccessPolicy", "ResourceNotFoundException", Advice.REREAD),
        ("CreateAlias", "AlreadyExistsException", Advice.REREAD),
        ("ScheduleKeyDeletion", "KMSInvalidStateException", Advice.GONE),
        ("EnableKeyRotation", "KMSInvalidStateException", Advice.FAIL),
        ("CreateLaunchTemplate", "InvalidLaunchTemplateName.AlreadyExistsException", Advice.REREAD),
        ("CreateLaunchTemplateVersion", "InvalidLaunchTemplateId.NotFound", Advice.RETRY),
        ("DeleteRoute", "InvalidRoute.NotFound", Advice.REREAD),
        ("DeleteRolePolicy", "NoSuchEntity", Advice.REREAD),
        ("DetachRolePolicy", "NoSuchEntity", Advice.REREAD),
        ("CreateTransitGatewayRoute", "InvalidTransitGatewayAttachmentID.NotFound", Advice.RETRY),
        ("CreateRoute", "InvalidTransitGatewayID.NotFound", Advice.RETRY),
        ("DeleteTransitGateway", "IncorrectState", Advice.RETRY),
        ("CreateTransitGatewayVpcAttachment", "DuplicateTransitGatewayAttachment", Advice.REREAD),
        ("AssociateTransitGatewayRouteTable", "Resource.AlreadyAssociated", Advice.REREAD),
        ("EnableTransitGatewayRouteTablePropagation", "TransitGatewayRouteTablePropagation.Duplicate", Advice.REREAD),
        ("DisassociateTransitGatewayRouteTable", "InvalidparameterValue", Advice.REREAD),
        ("DeleteTransitGatewayRoute", "InvalidRoute.NotFound", Advice.REREAD),
        ("DeleteTransitGatewayPrefixListReference", "InvalidPrefixListID.NotFound", Advice.REREAD),
        ("DeleteTransitGatewayRoute", "InvalidRouteTableID.NotFound", Advice.GONE),
        ("CreateTransitGatewayRoute", "InvalidParameterValue", Advice.FAIL),
        ("DeleteVpc", "InvalidVpcID.NotFound", Advice.GONE),
        ("DeleteNatGateway", "NatGatewayNotFound", Advice.GONE),
        ("ReleaseAddress", "InvalidAllocationID.NotFound", Advice.GONE),
        ("DeleteLogGroup", "ResourceNotFoundException", Advice.GONE),
        ("DeleteRole", "NoSuchEntity", Advice.GONE),
        ("DeleteSubnet", "DependencyViolation", Advice.BLOCKED),
        ("ReleaseAddress", "InvalidIPAddress.InUse", Advice.BLOCKED),
        ("DeleteRole", "DeleteConflict", Advice.BLOCKED),
        ("CreateVpc", "VpcLimitExceeded", Advice.FAIL),
        ("CreateSubnet", "UnauthorizedOperation", Advice.FAIL),
        ("CreateSubnet", "InvalidSubnet.Range", Advice.FAIL),
    ],
)
def test_a_refusal_is_understood_by_its_code_and_operation(operation: str, code: str, advice: Advice) -> None:
    assert advise(refused(operation, code)) is advice


def test_a_failure_of_aws_itself_may_have_had_its_effect() -> None:
    assert advise(refused("CreateVpc", "InternalError", status=500)) is Advice.REREAD
    assert advise(refused("CreateVpc", "Unavailable", status=503)) is Advice.REREAD


@pytest.mark.parametrize("lost", [ConnectionClosedError, ReadTimeoutError])
def test_a_lost_answer_may_have_had_its_effect(lost: type[Exception]) -> None:
    assert advise(lost(endpoint_url="https://ec2.eu-central-1.amazonaws.com", error="cut off")) is Advice.REREAD  # type: ignore[call-arg]


@pytest.mark.parametrize("unsent", [ConnectTimeoutError, EndpointConnectionError])
def test_what_was_never_sent_is_sent_again(unsent: type[Exception]) -> None:
    assert advise(unsent(endpoint_url="https://ec2.eu-central-1.amazonaws.com", error="no route")) is Advice.RETRY  # type: ignore[call-arg]


def test_too_many_connections_at_once_are_not_too_many_for_good() -> None:
    refusal = "The maximum number of mutating objects has been reached"
    assert advise(refused("CreateVpnConnection", "VpnConnectionLimitExceeded", message=refusal)) is Advice.RETRY
    assert advise(refused("CreateVpnConnection", "VpnConnectionLimitExceeded")) is Advice.FAIL


def test_a_new_role_is_not_known_everywhere_at_once() -> None:
    assert advise(refused("CreateFlowLogs", "InvalidParameter", message="Unable to assume given IAM role")) is Advice.RETRY
    assert advise(refused("CreateFlowLogs", "InvalidParameter", message="Unknown field")) is Advice.FAIL


@pytest.mark.parametrize("error", [PlatformError("no"), ValueError("no"), ParamValidationError(report="no")])
def test_what_is_no_answer_of_aws_fails(error: Exception) -> None:
    assert advise(error) is Advice.FAIL
