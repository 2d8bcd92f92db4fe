# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Injected faults: each kind, before and after the effect, and how calls are selected."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError

from rehearsal.aws.client import RehearsalError

LOST = (ConnectionClosedError, EndpointConnectionError)


def blocks(ec2) -> list[str]:
    """The CIDRs of the VPCs that were made, the default one apart."""
    return [vpc["CidrBlock"] for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]]


@pytest.mark.parametrize(
    ("service", "call", "code", "status"),
    [
        ("ec2", "describe_vpcs", "RequestLimitExceeded", 503),
        ("iam", "list_roles", "Throttling", 400),
        ("ssm", "describe_parameters", "ThrottlingException", 400),
    ],
)
def test_throttling_is_answered_as_the_service_does(rehearsal, make_client, service, call, code, status) -> None:
    rehearsal.fault("throttle")
    with pytest.raises(ClientError) as caught:
        getattr(make_client(service), call)()
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    getattr(make_client(service), call)()


@pytest.mark.parametrize(("moment", "made"), [("before", []), ("after", ["10.1.0.0/16"])])
def test_an_error_strikes_before_or_after_the_effect(rehearsal, ec2, refused, moment, made) -> None:
    rehearsal.fault("error", moment=moment, action="CreateVpc", code="Unavailable", message="try later", status=503)
    with refused("Unavailable", "try later"):
        ec2.create_vpc(CidrBlock="10.1.0.0/16")
    assert blocks(ec2) == made
    entry = rehearsal.calls().named("ec2:CreateVpc")[0]
    assert (entry["status"], entry["error"], entry["fault"]) == (503, "Unavailable", f"error {moment}")


@pytest.mark.parametrize(("moment", "made"), [("before", []), ("after", ["10.1.0.0/16"])])
def test_an_answer_is_dropped_before_or_after_the_effect(rehearsal, ec2, moment, made) -> None:
    rehearsal.fault("drop", moment=moment, action="CreateVpc")
    with pytest.raises(LOST):
        ec2.create_vpc(CidrBlock="10.1.0.0/16")
    assert blocks(ec2) == made
    assert rehearsal.calls().named("ec2:CreateVpc")[0]["status"] == 0


@pytest.mark.parametrize(("moment", "made"), [("before", ["10.0.0.0/16"]), ("after", ["10.0.0.0/16", "10.1.0.0/16"])])
def test_a_kill_lets_some_calls_pass_and_then_nothing(rehearsal, ec2, make_client, moment, made) -> None:
    rehearsal.fault("kill", mutating=True, skip=1, moment=moment)
    ec2.create_vpc(CidrBlock="10.0.0.0/16")
    ec2.describe_vpcs()
    for call in (lambda: ec2.create_vpc(CidrBlock="10.1.0.0/16"), ec2.describe_vpcs, make_client("sts").get_caller_identity):
        with pytest.raises(LOST):
            call()
    assert rehearsal.faults()["dead"] is True
    rehearsal.clear_faults()
    assert blocks(ec2) == made


def test_calls_in_flight_when_killed_have_their_effect_but_no_answer(rehearsal, ec2) -> None:
    rehearsal.latency(300)
    rehearsal.fault("kill", action="DescribeSubnets")
    with ThreadPoolExecutor(2) as pool:
        flying = pool.submit(ec2.create_vpc, CidrBlock="10.1.0.0/16")
        time.sleep(0.1)
        killer = pool.submit(ec2.describe_subnets)
        for lost in (flying, killer):
            with pytest.raises(LOST):
                lost.result()
    rehearsal.clear_faults()
    assert blocks(ec2) == ["10.1.0.0/16"]


def test_faults_select_by_service_action_skip_and_times(rehearsal, ec2, make_client) -> None:
    rehearsal.fault("error", service="ec2", action="Describe*", skip=1, times=2)
    ec2.create_vpc(CidrBlock="10.0.0.0/16")
    make_client("ssm").describe_parameters()
    outcomes = []
    for _turn in range(4):
        try:
            ec2.describe_vpcs()
            outcomes.append("fine")
        except ClientError:
            outcomes.append("struck")
    assert outcomes == ["fine", "struck", "struck", "fine"]


def test_a_fault_without_an_end_lasts_until_it_is_cleared(rehearsal, ec2) -> None:
    rehearsal.fault("error", times=None)
    for _turn in range(3):
        with pytest.raises(ClientError):
            ec2.describe_vpcs()
    rehearsal.clear_faults()
    ec2.describe_vpcs()


def test_latency_is_added_to_every_call_but_calls_overlap(rehearsal, ec2) -> None:
    ec2.describe_vpcs()
    rehearsal.latency(200)
    began = time.perf_counter()
    ec2.describe_vpcs()
    assert time.perf_counter() - began >= 0.2
    began = time.perf_counter()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: ec2.describe_vpcs(), range(8)))
    assert 0.2 <= time.perf_counter() - began < 1.0


def test_a_refused_list_of_faults_adds_none(rehearsal, ec2) -> None:
    with pytest.raises(RehearsalError):
        rehearsal._ask("POST", "faults", [{"kind": "error"}, {"kind": "nonsense"}])
    ec2.describe_vpcs()
