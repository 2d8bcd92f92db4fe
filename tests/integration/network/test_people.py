# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Developer roles live: bound to the VPC that the run itself made, without drift, and gone with their entries."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.cloud import ACCOUNT, Cloud, name_of
from tests.support.network import Network

pytestmark = pytest.mark.emulator

ROLE = "acme-dev-eu-central-1-developer-backend"
PEOPLE: dict[str, Any] = {
    "developer_roles": [
        {
            "name": "backend",
            "networks": ["office.developers"],
            "principals": [f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Backend_*"],
            "cluster_access": "edit",
        }
    ],
    "access": [{"from": "backend", "to": f"dev.{tier}", "ports": ["443"], "reason": "work"} for tier in ("cluster_api", "endpoints")],
    "interface_endpoints": ["sts", "eks"],
    "permissions_boundary": "arn:aws:iam::aws:policy/PowerUserAccess",
}


def test_a_role_is_made_with_the_vpc_and_bound_to_it(cloud: Cloud) -> None:
    network = Network(cloud, PEOPLE)
    vpc = network.run()["network"]["vpc_id"]
    role = cloud.iam.get_role(RoleName=ROLE)["Role"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    (allowed,) = cloud.iam.get_role_policy(RoleName=ROLE, PolicyName="platform")["PolicyDocument"]["Statement"]
    for statement in (trust, allowed):
        assert statement["Condition"]["StringEquals"]["aws:SourceVpc"] == vpc
        assert statement["Condition"]["IpAddress"] == {"aws:VpcSourceIp": ["192.168.10.0/24", "192.168.12.0/24"]}
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == PEOPLE["permissions_boundary"]
    assert network.run().told == []


def test_a_boundary_that_somebody_changed_is_put_back(cloud: Cloud) -> None:
    network = Network(cloud, PEOPLE)
    network.run()
    cloud.iam.put_role_permissions_boundary(RoleName=ROLE, PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess")
    outcome = network.run()
    assert outcome.told == [("update", "role.developer-backend", {"boundary"})]
    assert [name_of(call) for call in outcome.changing] == ["iam.PutRolePermissionsBoundary"]
    assert network.run().told == []


def test_a_role_that_the_matrix_admits_no_more_is_reported_and_purged(cloud: Cloud) -> None:
    network = Network(cloud, PEOPLE)
    network.run()
    left = network.run(access=[])
    assert {"kind": "role", "name": "developer-backend"}.items() <= next(each for each in left["orphans"] if each["kind"] == "role").items()
    network.run(access=[], purge=True)
    with pytest.raises(cloud.iam.exceptions.NoSuchEntityException):
        cloud.iam.get_role(RoleName=ROLE)
