# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client tokens: one token, one effect."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ConnectionClosedError


def tables(client, vpc: str) -> int:
    return len(client.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]) - 1


def test_the_same_token_gets_the_same_answer(ec2, vpc) -> None:
    answers = [ec2.create_route_table(VpcId=vpc, ClientToken="t")["RouteTable"]["RouteTableId"] for _turn in range(2)]
    assert answers[0] == answers[1]
    assert tables(ec2, vpc) == 1
    ec2.create_route_table(VpcId=vpc, ClientToken="u")
    assert tables(ec2, vpc) == 2


def test_simultaneous_requests_with_one_token_make_one_effect(ec2, vpc) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: ec2.create_route_table(VpcId=vpc, ClientToken="t")["RouteTable"]["RouteTableId"], range(16)))
    assert len(set(made)) == 1
    assert tables(ec2, vpc) == 1


def test_other_parameters_are_a_mismatch(ec2, vpc, refused) -> None:
    ec2.create_route_table(VpcId=vpc, ClientToken="t")
    other = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    with refused("IdempotentParameterMismatch", "t was already used"):
        ec2.create_route_table(VpcId=other, ClientToken="t")


def test_tokens_are_kept_by_account_and_region(ec2, vpc, make_client) -> None:
    ec2.create_route_table(VpcId=vpc, ClientToken="t")
    for elsewhere in (make_client("ec2", region="eu-west-1"), make_client("ec2", access_key="210987654321")):
        there = elsewhere.create_vpc(CidrBlock="10.64.0.0/23")["Vpc"]["VpcId"]
        elsewhere.create_route_table(VpcId=there, ClientToken="t")
        assert tables(elsewhere, there) == 1


def test_a_refused_request_may_be_repeated(ec2, vpc, refused) -> None:
    with refused("InvalidVpcID.NotFound"):
        ec2.create_route_table(VpcId="vpc-12345678901234567", ClientToken="t")
    ec2.create_route_table(VpcId=vpc, ClientToken="t")
    assert tables(ec2, vpc) == 1


def test_a_lost_answer_is_given_at_the_second_try(rehearsal, ec2, vpc) -> None:
    rehearsal.fault("drop", moment="after", action="CreateRouteTable")
    with pytest.raises(ConnectionClosedError):
        ec2.create_route_table(VpcId=vpc, ClientToken="t")
    ec2.create_route_table(VpcId=vpc, ClientToken="t")
    assert tables(ec2, vpc) == 1


def test_a_reset_forgets_tokens(rehearsal, ec2, vpc) -> None:
    first = ec2.create_route_table(VpcId=vpc, ClientToken="t")["RouteTable"]["RouteTableId"]
    rehearsal.reset()
    again = ec2.create_vpc(CidrBlock="10.64.0.0/23")["Vpc"]["VpcId"]
    assert ec2.create_route_table(VpcId=again, ClientToken="t")["RouteTable"]["RouteTableId"] != first


def test_tokens_of_other_names_and_services_are_honoured(rehearsal, make_client) -> None:
    efs = make_client("efs")
    made = [efs.create_file_system(CreationToken="t")["FileSystemId"] for _turn in range(2)]
    assert made[0] == made[1]
    assert len(efs.describe_file_systems()["FileSystems"]) == 1
