# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Developer roles: who may take them, from where, and for what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.fintech.platform.plugins.module_utils._aws.iam.role import Role
from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Live, references, resolve
from ansible_collections.fintech.platform.plugins.module_utils._module import STACK_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._planning.access import compile_access
from ansible_collections.fintech.platform.plugins.module_utils._planning.addresses import environment_plan, plan_addresses
from ansible_collections.fintech.platform.plugins.module_utils._planning.topology import Topology
from ansible_collections.fintech.platform.plugins.module_utils._planning.topology_spec import TOPOLOGY_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.network_foundation import Foundation
from ansible_collections.fintech.platform.plugins.module_utils._stacks.network_people import People
from ansible_collections.fintech.platform.plugins.module_utils._stacks.network_spec import NETWORK_SPEC

TOPOLOGY: dict[str, Any] = {
    "platform": "acme",
    "supernets": [{"cidr": "10.64.0.0/21", "first_slot": 0}],
    "environments": [{"name": "dev", "slot": 0}, {"name": "test", "slot": 1}],
    "zones": [{"name": "a", "slot": 0}, {"name": "b", "slot": 1}],
    "sites": [{"name": "office", "type": "office", "networks": [{"name": "developers", "cidrs": ["192.168.12.0/24", "192.168.10.0/24"]}]}],
}
SSO = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Backend_*"
BACKEND: dict[str, Any] = {
    "name": "backend",
    "networks": ["office.developers"],
    "principals": [SSO, "arn:aws:iam::123456789012:role/backend", "arn:aws:iam::210987654321:role/backend"],
    "cluster_access": "edit",
}
NETWORK = {"IpAddress": {"aws:VpcSourceIp": ["192.168.10.0/24", "192.168.12.0/24"]}}


def entry(target: str, source: str = "backend", **more: Any) -> dict[str, Any]:
    return {"from": source, "to": target, "ports": ["443"], "reason": "work", **more}


REACHING = [entry("dev.cluster_api"), entry("dev.endpoints")]


@pytest.fixture
def people() -> Callable[..., People]:
    def make(*access: dict[str, Any], role: dict[str, Any] | None = None, **options: Any) -> People:
        given = {
            **TOPOLOGY,
            "environment": "dev",
            "account_id": "123456789012",
            "access": [*access],
            "developer_roles": [{**BACKEND, **(role or {})}],
        }
        checked = ArgumentSpecValidator({**TOPOLOGY_SPEC, **NETWORK_SPEC, **STACK_SPEC}).validate({**given, **options})
        assert not checked.error_messages
        parameters = checked.validated_parameters
        topology = Topology.from_mapping(parameters)
        base = Foundation(parameters, "eu-central-1", topology, environment_plan(plan_addresses(topology), "dev"))
        return People(base, compile_access(topology, date(2026, 6, 30)))

    return make


def test_a_role_for_the_principals_of_the_account_from_their_networks_only(people: Callable[..., People]) -> None:
    made = people(*REACHING)
    (role,) = made.resources()
    assert isinstance(role, Role)
    assert role.role_name == "acme-dev-eu-central-1-developer-backend"
    made.base.vpc.live = Live(id="vpc-1", name="main")
    assert resolve(role.trust)["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "ArnLike": {
                    "aws:PrincipalArn": [
                        "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Backend_*",
                        BACKEND["principals"][1],
                    ]
                },
                **NETWORK,
                "StringEquals": {"aws:SourceVpc": "vpc-1"},
            },
        }
    ]


def test_all_it_may_is_look_up_the_environments_clusters(people: Callable[..., People]) -> None:
    made = people(*REACHING)
    (role,) = made.roles.values()
    assert references(role) == [made.base.vpc, made.base.vpc]
    made.base.vpc.live = Live(id="vpc-1", name="main")
    tags = {"aws:ResourceTag/fintech.platform/platform": "acme", "aws:ResourceTag/fintech.platform/environment": "dev"}
    assert resolve(role.policy)["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "eks:DescribeCluster",
            "Resource": "arn:aws:eks:eu-central-1:123456789012:cluster/*",
            "Condition": {**NETWORK, "StringEquals": {"aws:SourceVpc": "vpc-1", **tags}},
        }
    ]


def test_a_boundary_where_one_is_given(people: Callable[..., People]) -> None:
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    assert [role.boundary for role in people(*REACHING).roles.values()] == [None]
    assert [role.boundary for role in people(*REACHING, permissions_boundary=boundary).roles.values()] == [boundary]


@pytest.mark.parametrize(
    "access",
    [
        [],
        [entry("test.cluster_api"), entry("test.endpoints")],
        [entry("dev.workload"), entry("dev.endpoints")],
        [entry("dev.cluster_api", source="office.developers")],
        [{**entry("dev.cluster_api"), "expires": "2026-06-29"}],
        [{**entry("dev.cluster_api"), "ports": ["8443"]}],
        [{**entry("dev.cluster_api"), "protocol": "udp"}],
    ],
)
def test_no_role_where_the_matrix_admits_it_to_no_cluster(people: Callable[..., People], access: list[dict[str, Any]]) -> None:
    assert people(*access).resources() == []


@pytest.mark.parametrize("ports", [{"ports": ["80-8080"]}, {"protocol": "all", "ports": []}])
def test_a_range_that_holds_the_port_admits_it(people: Callable[..., People], ports: dict[str, Any]) -> None:
    assert list(people({**entry("dev.cluster_api"), **ports}, entry("dev.endpoints")).roles) == ["backend"]


@pytest.mark.parametrize(
    ("access", "options", "problem"),
    [
        (
            [entry("dev.cluster_api")],
            {},
            (
                "platform_developer_roles, role backend: it reaches dev.cluster_api, but not dev.endpoints on TCP port 443, where AWS answers, so nobody"
                " could take it there. Add such an entry to platform_access, or end its access to dev.cluster_api."
            ),
        ),
        (
            REACHING,
            {"role": {"principals": ["arn:aws:iam::210987654321:role/backend"]}},
            (
                "platform_developer_roles, role backend: none of its principals is of account 123456789012, where dev is, so nobody could take it there."
                " Add one, or end its access to dev.cluster_api."
            ),
        ),
        (
            REACHING,
            {"interface_endpoints": ["ec2", "eks"]},
            (
                "network_interface_endpoints lacks sts, but developer roles of dev are taken and used through it. Add it, or end the access of developer"
                " roles to cluster_api."
            ),
        ),
    ],
)
def test_a_role_that_nobody_could_take(people: Callable[..., People], access: list[dict[str, Any]], options: dict[str, Any], problem: str) -> None:
    with pytest.raises(PlanError) as error:
        people(*access, **options)
    assert error.value.details["problems"] == [problem]
