# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Customer gateways and VPN connections: their lives, lost answers, adopted ones, drift and what AWS refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.customer_gateway import CustomerGateway
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.existing_customer_gateway import ExistingCustomerGateway
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.vpn_connection import VpnConnection
from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import ApplyError, PlanError
from ansible_collections.fintech.platform.plugins.module_utils._engine.executor import Executor
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Resource
from tests.integration.network import test_kinds
from tests.integration.network.test_kinds import Lab, told
from tests.support.cloud import FAST, Cloud
from tests.support.kind_cases import Case
from tests.support.kinds import SCOPE
from tests.support.vpn_cases import VPN_CASES, a_connection, a_customer_gateway, a_transit_gateway

pytestmark = pytest.mark.emulator


@pytest.fixture
def lab(cloud: Cloud) -> Lab:
    return Lab(cloud)


def a_site() -> list[Resource]:
    basis, connection = a_connection()
    return [*basis, connection]


def the_connection(cloud: Cloud) -> dict[str, Any]:
    [found] = cloud.ec2.describe_vpn_connections(Filters=[{"Name": "state", "Values": ["available"]}])["VpnConnections"]
    return found


@pytest.mark.parametrize("case", VPN_CASES, ids=lambda case: case.name)
def test_a_life(lab: Lab, case: Case) -> None:
    test_kinds.test_a_life(lab, case)


@pytest.mark.parametrize("action", ["CreateCustomerGateway", "CreateVpnConnection"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_lost_answer_makes_no_second_one(lab: Lab, action: str, moment: str) -> None:
    lab.cloud.control.fault("drop", moment=moment, action=action)
    _plan, made = lab.converge(a_site())
    assert made.counts()[f"ec2.{action}"] == (1 if moment == "after" else 2)
    assert told(lab.plan(a_site())[1]) == []
    assert len(lab.cloud.ec2.describe_customer_gateways()["CustomerGateways"]) == len(lab.cloud.ec2.describe_vpn_connections()["VpnConnections"]) == 1


def test_too_many_at_once_are_made_a_little_later(lab: Lab) -> None:
    lab.cloud.control.fault(
        "error", action="CreateVpnConnection", code="VpnConnectionLimitExceeded", status=400, times=2,
        message="The maximum number of mutating objects has been reached",
    )  # fmt: skip
    _plan, made = lab.converge(a_site())
    assert made.counts()["ec2.CreateVpnConnection"] == 3
    assert told(lab.plan(a_site())[1]) == []


def test_of_two_connections_with_one_name_only_one_that_is_beside_one_in_use_goes(lab: Lab) -> None:
    """One without a tunnel up may be a site whose device is off: its addresses and keys would be lost."""
    lab.converge(a_site())
    used = the_connection(lab.cloud)
    _place, plan = lab.plan(a_site())
    twin = next(each for each in plan.unchanged if isinstance(each, VpnConnection))
    first, second = twin.tunnels
    twin.tunnels = replace(first, inside_cidr="169.254.70.0/30"), replace(second, inside_cidr="169.254.70.4/30")
    spare = twin.create(lab.cloud.place())
    with pytest.raises(PlanError, match=r"2 live objects in use claim to be vpn_connection.kyiv") as refusal:
        lab.plan(a_site())
    assert used["VpnConnectionId"] in str(refusal.value)
    assert spare.id in str(refusal.value)
    lab.cloud.control.tunnels(True, address=used["Options"]["TunnelOptions"][1]["OutsideIpAddress"])
    plan, _removed = lab.converge(a_site())
    assert [(change.action.value, change.live and change.live.id) for change in plan.changes] == [("delete", spare.id)]
    assert the_connection(lab.cloud)["VpnConnectionId"] == used["VpnConnectionId"]


def test_weaker_options_are_drift_that_is_repaired(lab: Lab) -> None:
    lab.converge(a_site())
    found = the_connection(lab.cloud)
    weak = {
        "Phase1EncryptionAlgorithms": [{"Value": "AES128"}],
        "Phase2IntegrityAlgorithms": [{"Value": "SHA1"}],
        "IKEVersions": [{"Value": "ikev1"}],
    }
    for tunnel in found["Options"]["TunnelOptions"]:
        lab.cloud.ec2.modify_vpn_tunnel_options(
            VpnConnectionId=found["VpnConnectionId"], VpnTunnelOutsideIpAddress=tunnel["OutsideIpAddress"], TunnelOptions=weak
        )
    plan, repaired = lab.converge(a_site())
    assert told(plan) == [("update", "vpn_connection.kyiv", {"tunnels"})]
    assert "phase1_encryption AES128," in plan.diff()["before"]
    assert "AES128" not in plan.diff()["after"]
    options = [call["parameters"]["TunnelOptions"] for call in repaired.changing]
    strong = {"Phase1EncryptionAlgorithms": ["AES256-GCM-16"], "Phase2IntegrityAlgorithms": ["SHA2-384", "SHA2-512"], "IKEVersions": ["ikev2"]}
    assert [{name: [each["Value"] for each in values] for name, values in each.items()} for each in options] == [strong] * 2
    assert told(lab.plan(a_site())[1]) == []


def test_keys_that_left_secrets_manager_go_back(lab: Lab) -> None:
    lab.converge(a_site())
    found = the_connection(lab.cloud)
    address = found["Options"]["TunnelOptions"][0]["OutsideIpAddress"]
    lab.cloud.ec2.modify_vpn_tunnel_options(
        VpnConnectionId=found["VpnConnectionId"], VpnTunnelOutsideIpAddress=address, TunnelOptions={}, PreSharedKeyStorage="Standard"
    )
    key = the_connection(lab.cloud)["Options"]["TunnelOptions"][0]["PreSharedKey"]
    plan, repaired = lab.converge(a_site())
    assert told(plan) == [("update", "vpn_connection.kyiv", {"tunnels"})]
    assert "key_storage Standard" in plan.diff()["before"]
    assert key not in str(plan.diff()) + str([change.to_dict() for change in plan.changes]) + repr(plan)
    assert repaired.counts(repaired.changing) == {"ec2.ModifyVpnTunnelOptions": 1}
    assert "PreSharedKey" not in the_connection(lab.cloud)["Options"]["TunnelOptions"][0]


def test_a_connection_cannot_move_to_another_transit_gateway(lab: Lab) -> None:
    lab.converge(a_site())
    other = a_transit_gateway()
    other.name = "other"
    basis, connection = a_connection(gateway=other)
    with pytest.raises(PlanError, match=r"Cannot change vpn_connection.kyiv: its gateway is tgw-\w+"):
        lab.plan([*basis, connection])


def test_a_gateway_in_use_is_kept_and_its_user_named(lab: Lab) -> None:
    lab.converge(a_site())
    found = the_connection(lab.cloud)
    basis, _connection = a_connection()
    place, plan = lab.plan([basis[0]], [CustomerGateway], purge=True)
    place.start_changing()
    with pytest.raises(ApplyError, match=rf"held by VPN connection {found['VpnConnectionId']}"):
        Executor(place, SCOPE, pace=replace(FAST, blocked=0.1)).apply(plan)


def test_an_existing_gateway_is_used_and_left(lab: Lab) -> None:
    made = lab.cloud.ec2.create_customer_gateway(Type="ipsec.1", BgpAsn=65020, IpAddress="203.0.113.30")["CustomerGateway"]["CustomerGatewayId"]

    def site() -> list[Resource]:
        basis, connection = a_connection(customer_gateway=ExistingCustomerGateway(name=made))
        return [*basis, connection]

    plan, _made = lab.converge(site())
    assert "existing_customer_gateway" not in {change.kind.kind for change in plan.changes}
    assert the_connection(lab.cloud)["CustomerGatewayId"] == made
    _place, plan = lab.plan(site(), [CustomerGateway])
    assert told(plan) == []
    assert not plan.foreign
    lab.converge([], [VpnConnection, ExistingCustomerGateway, CustomerGateway], purge=True)
    assert lab.cloud.ec2.describe_customer_gateways(CustomerGatewayIds=[made])["CustomerGateways"][0]["State"] == "available"


def test_an_existing_gateway_that_is_none_is_refused_in_the_plan(lab: Lab) -> None:
    place, plan = lab.plan([ExistingCustomerGateway(name="cgw-0123456789abcdef0")])
    [problem] = ExistingCustomerGateway.check(place, plan.changes)
    assert "cgw-0123456789abcdef0" in problem
    assert "customer_gateway_id" in problem


def test_a_gateway_like_ours_that_is_somebody_elses_is_not_taken_over(lab: Lab) -> None:
    """AWS would answer the creating call with it, and tag it."""
    ours = a_customer_gateway()
    lab.cloud.ec2.create_customer_gateway(Type="ipsec.1", BgpAsn=ours.asn, IpAddress=ours.address, DeviceName=ours.device_name)
    with pytest.raises(PlanError, match=r"cgw-\w+ has the same asn 65010, address 203.0.113.10"):
        lab.plan([ours])


def test_quotas_are_checked_in_the_plan(lab: Lab) -> None:
    for number in range(50):
        lab.cloud.ec2.create_customer_gateway(Type="ipsec.1", BgpAsn=65000, IpAddress=f"198.51.100.{number}")
    place, plan = lab.plan([a_customer_gateway()])
    [problem] = CustomerGateway.check(place, plan.changes)
    assert problem.startswith("50 customer gateways per Region are there and 1 more are wanted, but AWS allows this account 50.")


def test_a_device_with_a_certificate_needs_no_keys(lab: Lab) -> None:
    certificate = "arn:aws:acm:eu-central-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"

    def site() -> list[Resource]:
        basis, connection = a_connection(customer_gateway=a_customer_gateway(None, certificate_arn=certificate))
        return [*basis, connection]

    _plan, made = lab.converge(site())
    [create] = [call for call in made.changing if call["action"] == "CreateVpnConnection"]
    assert "PreSharedKeyStorage" not in create["parameters"]
    assert "PreSharedKeyArn" not in the_connection(lab.cloud)
    assert told(lab.plan(site())[1]) == []
