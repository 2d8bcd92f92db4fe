# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is killed after any call, or loses any answer, is repaired by running again: nothing is missing, nothing is there twice.

With EXHAUSTIVE set that is tried for every single changing call, otherwise for a choice of each action's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.cloud import Cloud, Killed
from tests.support.network import ZONAL, Network

pytestmark = [pytest.mark.emulator, pytest.mark.slow]

EXHAUSTIVE = bool(os.environ.get("EXHAUSTIVE"))
OPTIONS = {**ZONAL, "dhcp_options": {"domain_name": "dev.example"}}
Snapshot = dict[str, list[str]]

# How often each action comes; first those without a client token, where a second attempt would make a second object.
WITHOUT_TOKEN = {"CreateVpc": 1, "CreateSubnet": 8, "CreateInternetGateway": 1, "AllocateAddress": 2, "CreateDhcpOptions": 1}
BUILDING = {
    **WITHOUT_TOKEN, "AssociateDhcpOptions": 1, "AssociateRouteTable": 8, "AssociateVpcCidrBlock": 1, "AttachInternetGateway": 1,
    "AuthorizeSecurityGroupEgress": 4, "AuthorizeSecurityGroupIngress": 5, "CreateFlowLogs": 1, "CreateLogGroup": 1,
    "CreateManagedPrefixList": 3, "CreateNatGateway": 2, "CreateNetworkAcl": 3, "CreateNetworkAclEntry": 20, "CreateRole": 1,
    "CreateRoute": 3, "CreateRouteTable": 4, "CreateSecurityGroup": 6, "CreateTags": 3, "CreateVpcEndpoint": 2,
    "DeleteNetworkAclEntry": 2, "ModifyVpcAttribute": 1, "PutParameter": 2, "PutRetentionPolicy": 1, "PutRolePolicy": 1,
    "ReplaceNetworkAclAssociation": 8, "RevokeSecurityGroupEgress": 7, "RevokeSecurityGroupIngress": 1,
}  # fmt: skip
TEARING_DOWN = {
    "DeleteDhcpOptions": 1, "DeleteFlowLogs": 1, "DeleteInternetGateway": 1, "DeleteLogGroup": 1, "DeleteManagedPrefixList": 3,
    "DeleteNatGateway": 2, "DeleteNetworkAcl": 3, "DeleteParameters": 1, "DeleteRole": 1, "DeleteRolePolicy": 1, "DeleteRouteTable": 4,
    "DeleteSecurityGroup": 6, "DeleteSubnet": 8, "DeleteVpc": 1, "DeleteVpcEndpoints": 2, "DetachInternetGateway": 1,
    "DisassociateRouteTable": 8, "PutParameter": 1, "ReleaseAddress": 2, "ReplaceNetworkAclAssociation": 8,
    "RevokeSecurityGroupEgress": 4, "RevokeSecurityGroupIngress": 5,
}  # fmt: skip


def chosen(counts: dict[str, int], every: int = 1) -> list[tuple[str, int]]:
    """Actions with the number of the call that is struck: the first, middle and last without a token, of the others each so many."""
    if EXHAUSTIVE:
        return [(action, number) for action, count in counts.items() for number in range(count)]
    doubled = [(action, number) for action in counts if (count := WITHOUT_TOKEN.get(action)) for number in sorted({0, count // 2, count - 1})]
    return doubled + [(action, 0) for action in counts if action not in WITHOUT_TOKEN][::every]


@pytest.fixture(scope="module")
def undisturbed(used_cloud: Cloud) -> Snapshot:
    """What a first run leaves. The actions above are all that it makes, and those that a teardown makes."""
    used_cloud.control.reset()
    network = Network(used_cloud, OPTIONS)
    assert _actions(network.run().recording.calls) == BUILDING
    made = used_cloud.snapshot()
    assert _actions(network.take_down().recording.calls) == TEARING_DOWN
    return made


def _actions(calls: list[dict[str, str]]) -> dict[str, int]:
    names = [call["action"] for call in calls if call["mutating"]]
    return {name: names.count(name) for name in names}


@contextmanager
def struck(cloud: Cloud, action: str, number: int) -> Iterator[None]:
    """The process dies with the answer of one call: with it in the block, without it after the block."""
    cloud.control.fault("kill", moment="after", action=action, skip=number)
    cloud.mortal = True
    try:
        with pytest.raises(Killed):
            yield
    finally:
        cloud.mortal = False
        cloud.control.clear_faults()
        cloud.expire_leases()


@contextmanager
def lost(cloud: Cloud, action: str, number: int) -> Iterator[None]:
    """The answer of one call is lost, and the run goes on."""
    cloud.control.fault("drop", moment="after", action=action, skip=number)
    yield
    assert [call["action"] for call in cloud.control.calls().log if call["fault"]] == [action]


@pytest.mark.parametrize(("action", "number"), chosen(BUILDING, every=3))
def test_killed_while_building(undisturbed: Snapshot, cloud: Cloud, action: str, number: int) -> None:
    network = Network(cloud, OPTIONS)
    with struck(cloud, action, number):
        network.run()
    network.run()
    assert cloud.snapshot() == undisturbed
    assert network.run()["changes"] == []


@pytest.mark.parametrize(("action", "number"), chosen(BUILDING))
def test_an_answer_lost_while_building(undisturbed: Snapshot, cloud: Cloud, action: str, number: int) -> None:
    network = Network(cloud, OPTIONS)
    with lost(cloud, action, number):
        network.run()
    assert cloud.snapshot() == undisturbed
    assert network.run()["changes"] == []


@pytest.mark.parametrize(("action", "number"), chosen(TEARING_DOWN, every=3))
def test_killed_while_tearing_down(cloud: Cloud, action: str, number: int) -> None:
    network, empty = Network(cloud, OPTIONS), cloud.snapshot()
    network.run()
    with struck(cloud, action, number):
        network.take_down()
    network.take_down()
    assert cloud.snapshot() == empty
    assert cloud.leases() == []


@pytest.mark.parametrize(("action", "number"), chosen(TEARING_DOWN))
def test_an_answer_lost_while_tearing_down(cloud: Cloud, action: str, number: int) -> None:
    network, empty = Network(cloud, OPTIONS), cloud.snapshot()
    network.run()
    with lost(cloud, action, number):
        network.take_down()
    assert cloud.snapshot() == empty
    assert cloud.leases() == []


def test_throttled_at_every_third_call(undisturbed: Snapshot, cloud: Cloud) -> None:
    network, empty = Network(cloud, OPTIONS), cloud.snapshot()
    _throttle_every_third_call(cloud)
    network.run()
    cloud.control.clear_faults()
    assert cloud.snapshot() == undisturbed
    _throttle_every_third_call(cloud)
    network.take_down()
    cloud.control.clear_faults()
    assert cloud.snapshot() == empty


def _throttle_every_third_call(cloud: Cloud) -> None:
    """A fault counts the calls that no earlier one struck, so each waits for two more than the one before."""
    for number in range(120):
        cloud.control.fault("throttle", skip=2 + 2 * number)


def test_killed_at_the_very_end_of_a_teardown(cloud: Cloud) -> None:
    """Nothing is left but the lease, which the next run removes although it has nothing to change."""
    network = Network(cloud, OPTIONS)
    network.run()
    with struck(cloud, "DeleteDhcpOptions", 0):
        network.take_down()
    assert cloud.leases() != []
    assert network.take_down()["changed"] is False
    assert cloud.leases() == []
