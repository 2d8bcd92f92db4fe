# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A network is taken down as a whole, in order, waiting for and naming what still holds it."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import ApplyError, PlanError
from tests.support.cloud import FAST, Cloud, Killed, name_of
from tests.support.network import ZONAL, Network, attributed

pytestmark = pytest.mark.emulator

Declare = Callable[..., Network]
EVERYTHING: dict[str, Any] = {**ZONAL, "internet_ingress": True, "dhcp_options": {"domain_name": "dev.example"}}
IMPATIENT = replace(FAST, blocked=0.3)


def test_nothing_is_left_of_it(network: Declare) -> None:
    stack = network(**EVERYTHING)
    empty = stack.cloud.snapshot()
    stack.run()
    seen = stack.run(check=True, state="absent")
    done = stack.take_down()
    assert seen.changing == []
    assert done["diff"] == seen["diff"]
    assert {each["action"] for each in done["changes"]} == {"delete"}
    assert attributed(done) == ([], [])
    assert stack.cloud.snapshot() == empty
    assert stack.cloud.leases() == []


def test_in_order_so_that_nothing_has_to_be_tried_twice(built: Declare) -> None:
    outcome = built(**EVERYTHING).take_down()
    assert [f"{name_of(call)} {call['error']}" for call in outcome.changing if call["error"]] == []
    assert len(outcome.changing) == len({(name_of(call), str(call["parameters"])) for call in outcome.changing})


def test_a_second_time_it_ends_at_once(built: Declare) -> None:
    stack = built()
    stack.take_down()
    outcome = stack.take_down()
    assert (outcome["changed"], outcome["changes"]) == (False, [])
    assert outcome.recording.counts() == {
        "sts.GetCallerIdentity": 1,
        "ssm.GetParametersByPath": 1,
        "ec2.DescribeVpcs": 1,
        "ec2.DescribeDhcpOptions": 1,
        "ec2.DescribeAddresses": 1,
        "ec2.DescribeManagedPrefixLists": 1,
        "ec2.DescribeTransitGatewayRouteTables": 1,
        "ram.ListResources": 1,
        "ram.GetResourceShareInvitations": 1,
        "route53resolver.ListResolverRules": 1,
        "iam.ListRoles": 1,
        "logs.DescribeLogGroups": 1,
    }


def test_other_environments_stay_as_they_are(built: Declare) -> None:
    dev, test = built(), built(environment="test")

    def of(environment: str) -> list[str]:
        return [each for found in dev.cloud.snapshot().values() for each in found if f"acme-{environment}" in each]

    before = of("test")
    dev.take_down()
    assert of("dev") == []
    assert of("test") == before != []
    assert test.run()["changes"] == []


def test_what_somebody_retagged_goes_too(built: Declare) -> None:
    stack = built()
    ids, tags = stack.cloud.ids(), [{"Key": "fintech.platform/environment", "Value": "test"}]
    stack.cloud.ec2.create_tags(Resources=[ids["subnet.workload-a"], ids["security_group.nodes"]], Tags=tags)
    stack.take_down()
    assert stack.cloud.ids() == {}


@pytest.mark.parametrize("action", ["CreateVpc", "CreateSubnet", "CreateNatGateway"])
def test_a_network_that_was_never_finished(network: Declare, action: str) -> None:
    stack = network(**EVERYTHING)
    empty = stack.cloud.snapshot()
    stack.cloud.control.fault("kill", moment="after", action=action)
    stack.cloud.mortal = True
    with pytest.raises(Killed):
        stack.run()
    stack.cloud.mortal = False
    stack.cloud.control.clear_faults()
    stack.cloud.expire_leases()
    stack.take_down()
    assert stack.cloud.snapshot() == empty


def foreign_interface(cloud: Cloud) -> str:
    """Somebody's network interface in a subnet of ours."""
    subnet = cloud.ids()["subnet.workload-a"]
    made: str = cloud.ec2.create_network_interface(SubnetId=subnet, Description="their appliance")["NetworkInterface"]["NetworkInterfaceId"]
    return made


def test_a_foreign_interface_is_named_with_how_to_look_at_it(built: Declare) -> None:
    stack = built()
    subnet, interface = stack.cloud.ids()["subnet.workload-a"], foreign_interface(stack.cloud)
    with pytest.raises(ApplyError) as blocked:
        stack.take_down(pace=IMPATIENT)
    assert re.search(
        rf"Cannot delete subnet\.workload-a: {subnet} is still there: .*DependencyViolation.* It is held by network interface {interface} "
        rf"\(their appliance, owner \S+; aws ec2 describe-network-interfaces --network-interface-ids {interface}\)\. Remove that first\.",
        str(blocked.value),
    )
    assert [each["name"] for each in blocked.value.details["failed"]] == ["workload-a"]
    assert "main" in {each["name"] for each in blocked.value.details["not_started"]}
    stack.cloud.ec2.delete_network_interface(NetworkInterfaceId=interface)
    stack.take_down()
    assert stack.cloud.ids() == {}
    assert stack.cloud.leases() == []


def test_it_waits_for_a_foreign_interface_to_go(built: Declare) -> None:
    stack = built()
    interface, marker = foreign_interface(stack.cloud), stack.cloud.control.marker()

    def leave() -> None:
        """As soon as it was seen to be in the way."""
        while "DependencyViolation" not in {call["error"] for call in stack.cloud.control.calls(since=marker).log}:
            time.sleep(0.05)
        stack.cloud.ec2.delete_network_interface(NetworkInterfaceId=interface)

    leaving = threading.Thread(target=leave, daemon=True)
    leaving.start()
    stack.take_down(pace=replace(FAST, blocked=30))
    leaving.join()
    assert stack.cloud.ids() == {}


def test_foreign_objects_in_the_vpc_are_named_before_anything_is_gone(built: Declare) -> None:
    stack = built()
    vpc, ec2 = stack.cloud.ids()["vpc.main"], stack.cloud.ec2
    group = ec2.create_security_group(GroupName="theirs", Description="theirs", VpcId=vpc)["GroupId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.64.1.0/28")["Subnet"]["SubnetId"]
    ours = [
        {"Key": f"fintech.platform/{part}", "Value": value}
        for part, value in (("platform", "acme"), ("environment", "dev"), ("stack", "eks"), ("name", "db"))
    ]
    other = ec2.create_security_group(GroupName="db", Description="of another stack", VpcId=vpc)["GroupId"]
    ec2.create_tags(Resources=[other], Tags=ours)
    before = stack.cloud.ids()
    marker = stack.cloud.control.marker()
    with pytest.raises(PlanError) as refused:
        stack.take_down(pace=IMPATIENT)
    for held in (
        f"security_group {group} (not the platform's)",
        f"subnet {subnet} (not the platform's)",
        f"security_group {other} (of acme/dev/eks)",
    ):
        assert held in str(refused.value)
    assert stack.cloud.control.calls(since=marker).mutating == 0
    assert stack.cloud.ids() == before
