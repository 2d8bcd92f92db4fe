# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A platform's life by its playbooks: look, build, build again, drift, repair, take down."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.playbooks.conftest import Play
from tests.support.cloud import Cloud

pytestmark = [pytest.mark.emulator, pytest.mark.slow]


def summary(changes: list[dict[str, Any]]) -> list[tuple[str, str, str, list[str]]]:
    return sorted((change["action"], change["kind"], change["name"], sorted(change["fields"])) for change in changes)


def test_check_on_an_empty_account_shows_what_apply_then_does(play: Play, cloud: Cloud) -> None:
    before = cloud.control.marker()
    shown = play("site", "--check", "--diff")
    assert shown.code == 0, shown.text
    assert cloud.control.calls(since=before).mutating == 0
    after = shown.network["diff"]["after"]
    assert "vpc.main:" in after
    assert "cidr: 10.64.0.0/23" in after
    assert "vpc: vpc.main (known after apply)" in after

    built = play("site", "--diff")
    assert built.code == 0, built.text
    assert summary(built.network["changes"]) == summary(shown.network["changes"])
    assert built.network["changed"]
    assert shown.network["changed"]

    again = play("site", "--diff")
    assert again.code == 0
    assert not again.network["changed"]
    assert again.network["changes"] == []
    assert again.network["orphans"] == []
    assert again.network["foreign"] == []
    assert again.network["diff"]["before"] == again.network["diff"]["after"] == ""


def test_two_environments_converge_in_one_run_and_are_apart(play: Play, cloud: Cloud) -> None:
    built = play("site", environments=("dev", "staging"))
    assert built.code == 0, built.text
    found = {name: built.result("Converge the network", name)["network"]["vpc_id"] for name in ("dev", "staging")}
    vpcs = cloud.ec2.describe_vpcs(VpcIds=sorted(found.values()))["Vpcs"]
    assert {vpc["CidrBlock"] for vpc in vpcs} == {"10.64.0.0/23", "10.64.4.0/23"}
    gateways = cloud.ec2.describe_nat_gateways()["NatGateways"]
    assert {gateway["VpcId"] for gateway in gateways} == {found["staging"]}
    assert len(gateways) == 3


def test_drift_names_what_differs_and_changes_nothing_and_site_repairs_it(play: Play, cloud: Cloud) -> None:
    vpc = play("site").network["network"]["vpc_id"]
    assert play("drift").code == 0
    cloud.ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": False})
    by_hand = cloud.ec2.create_security_group(GroupName="by-hand", Description="opened by hand", VpcId=vpc)["GroupId"]
    before = cloud.control.marker()

    drift = play("drift")
    assert drift.code != 0
    report = drift.result("Report the drift of the network")["msg"]
    assert f"vpc.main {vpc}" in report
    assert "dns_hostnames" in report
    assert f"security_group {by_hand}: not ours" in report
    assert cloud.control.calls(since=before).mutating == 0

    repaired = play("site")
    assert summary(repaired.network["changes"]) == [("update", "vpc", "main", ["dns_hostnames"])]
    command = f"aws ec2 delete-security-group --group-id {by_hand}"
    assert repaired.network["foreign"] == [{"kind": "security_group", "id": by_hand, "command": command}]
    assert cloud.ec2.describe_security_groups(GroupIds=[by_hand])["SecurityGroups"]


def test_production_is_taken_down_only_when_it_is_named(play: Play, cloud: Cloud) -> None:
    assert play("site", environments=("production",)).code == 0
    before = cloud.control.marker()
    refused = play("teardown", environments=("production",))
    assert refused.code != 0
    assert "-e platform_lift_deletion_protection=production" in refused.text
    assert cloud.control.calls(since=before).total == 0

    gone = play("teardown", environments=("production",), variables={"platform_lift_deletion_protection": "production"})
    assert gone.code == 0, gone.text
    left = cloud.resourcegroupstaggingapi.get_resources(TagFilters=[{"Key": "fintech.platform/platform"}])["ResourceTagMappingList"]
    assert [each["ResourceARN"] for each in left if ":natgateway/" not in each["ResourceARN"]] == []
    assert {gateway["State"] for gateway in cloud.ec2.describe_nat_gateways()["NatGateways"]} == {"deleted"}  # which AWS shows for an hour
    assert cloud.iam.list_roles(PathPrefix="/fintech.platform/")["Roles"] == []
    assert cloud.ssm.describe_parameters()["Parameters"] == []
    again = play("teardown", environments=("production",), variables={"platform_lift_deletion_protection": "production"})
    assert again.code == 0
    assert not again.result("Converge the network", "production")["changed"]


def test_the_info_modules_read_back_what_was_built(play: Play, cloud: Cloud, tmp_path: Any) -> None:
    built = play("site").network["network"]
    playbook = tmp_path / "look.yml"
    playbook.write_text(
        """
- hosts: environments
  gather_facts: false
  module_defaults:
    group/fintech.platform.platform:
      region: "{{ platform_region }}"
  tasks:
    - name: Network
      fintech.platform.network_info: &where
        platform: "{{ platform_name }}"
        environment: "{{ inventory_hostname }}"
        account_id: "{{ platform_account_id }}"
    - name: Environment
      fintech.platform.environment_info: *where
"""
    )
    looked = play(str(playbook))
    assert looked.code == 0, looked.text
    network = looked.result("Network")["network"]
    assert network["vpc"]["main"]["id"] == built["vpc_id"]
    assert {name: subnet["id"] for name, subnet in network["subnet"].items()} == {name: each["id"] for name, each in built["subnets"].items()}
    assert "egress tcp 443 " + built["security_groups"]["endpoints"] in network["security_group_rules"]["nodes"]["rules"]
    assert looked.result("Environment")["network"] == network


def test_credentials_of_another_account_are_refused_before_anything_else(play: Play, cloud: Cloud) -> None:
    before = cloud.control.marker()
    other = "210987654321"
    variables = {"platform_account_id": other, "platform_hub": {"account_id": other}, "platform_access": [], "platform_developer_roles": []}
    refused = play("site", variables=variables)
    assert refused.code != 0
    assert "credentials are for account 123456789012" in refused.network["msg"]
    assert "210987654321" in refused.network["msg"]
    assert cloud.control.calls(since=before).counts == {"sts:GetCallerIdentity": 1}


def test_what_the_credentials_may_not_read_is_named(play: Play, cloud: Cloud) -> None:
    cloud.control.fault("error", action="DescribeVpcs", code="UnauthorizedOperation", message="You may not do this.", status=403, times=None)
    refused = play("site")
    assert refused.code != 0
    assert "A call to AWS failed" in refused.network["msg"]
    assert "DescribeVpcs" in refused.network["msg"]


def test_a_typo_in_the_inventory_is_an_error_with_the_nearest_key(play: Play, cloud: Cloud) -> None:
    before = cloud.control.marker()
    refused = play("site", variables={"platform_suppernets": []})
    assert refused.code != 0
    assert "platform_suppernets" in refused.text
    assert "platform_supernets" in refused.text
    assert cloud.control.calls(since=before).total == 0


def test_a_slot_that_moved_is_refused_over_the_live_network(play: Play, cloud: Cloud) -> None:
    assert play("site").code == 0
    before = cloud.control.marker()
    moved = [{"name": name, "slot": slot} for name, slot in (("dev", 1), ("test", 0), ("staging", 2), ("production", 3))]
    refused = play("site", variables={"platform_environments": moved})
    assert refused.code != 0
    assert "10.64.0.0/23" in refused.network["msg"]
    assert "slot 1 is now 10.64.2.0/23" in refused.network["msg"]
    assert cloud.control.calls(since=before).mutating == 0
