# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints that the region cannot offer are refused in the plan."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.vpc import Vpc
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.vpc_endpoint import VpcEndpoint
from ansible_collections.fintech.platform.plugins.module_utils._engine.plan import Action, Change
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Live

PREFIX = "com.amazonaws.eu-central-1."
OFFERED = {"sts": True, "ecr.api": True, "ecr.dkr": True, "eks-auth": False}  # service: whether it takes a policy


class Region:
    region = "eu-central-1"
    asked = 0

    def pages(self, service: str, operation: str, key: str) -> list[dict[str, Any]]:
        assert (service, operation, key) == ("ec2", "describe_vpc_endpoint_services", "ServiceDetails")
        self.asked += 1
        return [{"ServiceName": PREFIX + name, "VpcEndpointPolicySupported": policy} for name, policy in OFFERED.items()]


def change(service: str, *, policy: dict[str, Any] | None = None, live: bool = False) -> Change:
    endpoint = VpcEndpoint(
        name=service, vpc=Vpc(name="main", cidr="10.64.0.0/23", tags={}), service=PREFIX + service, endpoint_type="Interface", policy=policy, tags={}
    )
    return Change(action=Action.CREATE, kind=VpcEndpoint, name=service, resource=endpoint, live=Live(id="vpce-1", name=service) if live else None)


@pytest.mark.parametrize(
    ("service", "hint"), [("ecr.ap", " Did you mean ecr.api?"), ("eks-auht", " Did you mean eks-auth?"), ("something-else-altogether", "")]
)
def test_an_unknown_service_is_refused_with_the_nearest(service: str, hint: str) -> None:
    assert VpcEndpoint.check(Region(), [change("sts"), change(service)]) == [
        f"network_interface_endpoints: eu-central-1 offers no service {service}.{hint}"
    ]


def test_a_policy_for_a_service_that_takes_none_is_refused() -> None:
    assert VpcEndpoint.check(Region(), [change("eks-auth", policy={"Statement": []}), change("sts", policy={"Statement": []})]) == [
        "network_endpoint_policy: eks-auth takes no policy. List it in network_full_access_endpoints."
    ]
    assert VpcEndpoint.check(Region(), [change("eks-auth")]) == []


def test_nothing_is_asked_where_no_endpoint_is_new() -> None:
    region = Region()
    assert VpcEndpoint.check(region, [change("ecr.ap", live=True)]) == []
    assert region.asked == 0
