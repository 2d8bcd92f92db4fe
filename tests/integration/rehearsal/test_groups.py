# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Security groups, their rules, and managed prefix lists."""

from __future__ import annotations

import pytest

HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
AWS_LISTS = ["com.amazonaws.eu-central-1.dynamodb", "com.amazonaws.eu-central-1.s3"]


@pytest.fixture
def make_group(ec2, vpc):
    return lambda name: ec2.create_security_group(GroupName=name, Description="d", VpcId=vpc)["GroupId"]


@pytest.fixture
def group(make_group) -> str:
    return str(make_group("one"))


@pytest.fixture
def sites(ec2) -> str:
    made = ec2.create_managed_prefix_list(
        PrefixListName="sites", AddressFamily="IPv4", MaxEntries=3, Entries=[{"Cidr": "192.168.10.0/24", "Description": "kyiv"}]
    )
    return str(made["PrefixList"]["PrefixListId"])


def permissions(ec2, group: str, direction: str = "IpPermissions") -> list[dict]:
    return ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0][direction]


def rules(ec2, group: str) -> list[dict]:
    return ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]


def test_rules_of_every_peer_are_answered_and_read_back(ec2, group, make_group, sites, named) -> None:
    other = make_group("two")
    answer = ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[
            {**HTTPS, "PrefixListIds": [{"PrefixListId": sites, "Description": "sites"}]},
            {**HTTPS, "UserIdGroupPairs": [{"GroupId": other, "Description": "nodes"}]},
            {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.64.0.1/23", "Description": "all"}]},
            {"IpProtocol": "1", "FromPort": 8, "ToPort": -1, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
        ],
        TagSpecifications=named("security-group-rule"),
    )["SecurityGroupRules"]
    assert [(rule.get("PrefixListId"), rule.get("CidrIpv4"), rule.get("Description")) for rule in answer] == [
        (sites, None, "sites"), (None, None, "nodes"), (None, "10.64.0.0/23", "all"), (None, None, None),
    ]  # fmt: skip
    assert answer[1]["ReferencedGroupInfo"]["GroupId"] == other
    assert all(rule["Tags"] == named("security-group-rule")[0]["Tags"] for rule in answer)
    assert {rule["SecurityGroupRuleId"]: rule for rule in answer}.items() <= {rule["SecurityGroupRuleId"]: rule for rule in rules(ec2, group)}.items()
    https, everything, icmp = permissions(ec2, group)
    assert https["PrefixListIds"] == [{"PrefixListId": sites, "Description": "sites"}]
    assert https["UserIdGroupPairs"] == [{"GroupId": other, "UserId": "123456789012", "Description": "nodes"}]
    assert (everything["IpRanges"], "FromPort" in everything) == ([{"CidrIp": "10.64.0.0/23", "Description": "all"}], False)
    assert (icmp["IpProtocol"], icmp["FromPort"], icmp["ToPort"]) == ("icmp", 8, -1)


def test_a_duplicate_rule_is_refused_and_none_of_its_request_made(ec2, group, refused) -> None:
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{**HTTPS, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}])
    again = [{"CidrIp": "11.0.0.0/8"}, {"CidrIp": "10.0.0.0/8", "Description": "another text"}]
    with refused("InvalidPermission.Duplicate", "10.0.0.0/8"):
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{**HTTPS, "IpRanges": again}])
    with refused("InvalidParameterValue", "must not appear multiple times"):
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{**HTTPS, "IpRanges": again[:1] * 2}])
    assert permissions(ec2, group)[0]["IpRanges"] == [{"CidrIp": "10.0.0.0/8"}]
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[{**HTTPS, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}])


@pytest.mark.parametrize(
    ("permission", "code"),
    [
        ({**HTTPS}, "MissingParameter"),
        ({"IpProtocol": "tcp", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}, "InvalidParameterValue"),
        ({**HTTPS, "FromPort": 444, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}, "InvalidParameterValue"),
        ({**HTTPS, "IpProtocol": "tpc", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}, "InvalidParameterValue"),
        ({**HTTPS, "IpRanges": [{"CidrIp": "10.0.0.0/33"}]}, "InvalidParameterValue"),
        ({**HTTPS, "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "grün"}]}, "InvalidParameterValue"),
        ({**HTTPS, "PrefixListIds": [{"PrefixListId": "pl-12345678901234567"}]}, "InvalidPrefixListID.NotFound"),
        ({**HTTPS, "UserIdGroupPairs": [{"GroupId": "sg-12345678901234567"}]}, "InvalidGroup.NotFound"),
    ],
)
def test_rules_that_aws_refuses(ec2, group, refused, permission, code) -> None:
    with refused(code):
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    assert permissions(ec2, group) == []


def test_rules_are_revoked_by_id_and_by_what_they_permit(ec2, group, refused) -> None:
    blocks = [{"CidrIp": f"10.{number}.0.0/16"} for number in range(3)]
    made = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{**HTTPS, "IpRanges": blocks}])["SecurityGroupRules"]
    first = made[0]["SecurityGroupRuleId"]
    revoked = ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=[first])
    assert [rule["SecurityGroupRuleId"] for rule in revoked["RevokedSecurityGroupRules"]] == [first]
    with refused("InvalidSecurityGroupRuleId.NotFound"):
        ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=[first, made[1]["SecurityGroupRuleId"]])
    with refused("InvalidPermission.NotFound"):
        ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[{**HTTPS, "IpRanges": blocks}])
    assert permissions(ec2, group)[0]["IpRanges"] == blocks[1:]
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[{**HTTPS, "IpRanges": blocks[1:]}])
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=permissions(ec2, group, "IpPermissionsEgress"))
    assert rules(ec2, group) == []


def test_rules_and_descriptions_are_modified_in_place(ec2, group) -> None:
    [made] = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{**HTTPS, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}])[
        "SecurityGroupRules"
    ]
    wanted = {"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "CidrIpv4": "11.0.0.0/8", "Description": "dns"}
    ec2.modify_security_group_rules(
        GroupId=group, SecurityGroupRules=[{"SecurityGroupRuleId": made["SecurityGroupRuleId"], "SecurityGroupRule": wanted}]
    )
    [found] = ec2.describe_security_group_rules(SecurityGroupRuleIds=[made["SecurityGroupRuleId"]])["SecurityGroupRules"]
    assert {name: found[name] for name in wanted} == wanted
    permission = {"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "IpRanges": [{"CidrIp": "11.0.0.0/8", "Description": "names"}]}
    ec2.update_security_group_rule_descriptions_ingress(GroupId=group, IpPermissions=[permission])
    assert permissions(ec2, group)[0]["IpRanges"] == permission["IpRanges"]


def test_groups_in_use_and_default_ones_stay(ec2, vpc, subnets, make_group, refused) -> None:
    used, user, member = (make_group(name) for name in ("used", "user", "member"))
    pair = [{**HTTPS, "UserIdGroupPairs": [{"GroupId": used}]}]
    ec2.authorize_security_group_ingress(GroupId=user, IpPermissions=pair)
    interface = ec2.create_network_interface(SubnetId=subnets[0], Groups=[member])["NetworkInterface"]["NetworkInterfaceId"]
    for held in (used, member):
        with refused("DependencyViolation"):
            ec2.delete_security_group(GroupId=held)
    ec2.revoke_security_group_ingress(GroupId=user, IpPermissions=pair)
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    for free in (used, user, member):
        ec2.delete_security_group(GroupId=free)
    [default] = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    with refused("CannotDelete"):
        ec2.delete_security_group(GroupId=default["GroupId"])


def test_group_names(ec2, vpc, group, refused) -> None:
    with refused("InvalidGroup.Duplicate"):
        ec2.create_security_group(GroupName="one", Description="d", VpcId=vpc)
    with refused("InvalidParameterValue", "sg-*"):
        ec2.create_security_group(GroupName="sg-one", Description="d", VpcId=vpc)
    with refused("InvalidVpcID.NotFound"):
        ec2.create_security_group(GroupName="two", Description="d", VpcId="vpc-12345678901234567")


def test_a_prefix_list_counts_with_its_size(ec2, group, refused) -> None:
    big = ec2.create_managed_prefix_list(PrefixListName="big", AddressFamily="IPv4", MaxEntries=59)["PrefixList"]["PrefixListId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{**HTTPS, "PrefixListIds": [{"PrefixListId": big}]}])
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{**HTTPS, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}])
    with refused("RulesPerSecurityGroupLimitExceeded"):
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{**HTTPS, "IpRanges": [{"CidrIp": "11.0.0.0/8"}]}])
    with refused("RulesPerSecurityGroupLimitExceeded"):
        ec2.modify_managed_prefix_list(PrefixListId=big, MaxEntries=60)


def test_prefix_lists_change_by_version(ec2, sites, refused) -> None:
    changed = ec2.modify_managed_prefix_list(
        PrefixListId=sites, CurrentVersion=1, AddEntries=[{"Cidr": "192.168.20.0/24"}], RemoveEntries=[{"Cidr": "192.168.10.0/24"}]
    )["PrefixList"]
    assert (changed["Version"], changed["State"]) == (2, "modify-in-progress")
    assert ec2.get_managed_prefix_list_entries(PrefixListId=sites)["Entries"] == [{"Cidr": "192.168.20.0/24"}]
    old = ec2.get_managed_prefix_list_entries(PrefixListId=sites, TargetVersion=1)["Entries"]
    assert old == [{"Cidr": "192.168.10.0/24", "Description": "kyiv"}]
    with refused("PrefixListVersionMismatch"):
        ec2.modify_managed_prefix_list(PrefixListId=sites, CurrentVersion=1, AddEntries=[{"Cidr": "192.168.30.0/24"}])
    ec2.modify_managed_prefix_list(PrefixListId=sites, MaxEntries=5, PrefixListName="renamed")
    [found] = ec2.describe_managed_prefix_lists(PrefixListIds=[sites])["PrefixLists"]
    assert (found["MaxEntries"], found["Version"], found["PrefixListName"], found["State"]) == (5, 2, "renamed", "modify-complete")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"CurrentVersion": 1, "AddEntries": [{"Cidr": f"10.{number}.0.0/16"} for number in range(3)]}, "PrefixListMaxEntriesExceeded"),
        ({"CurrentVersion": 1, "AddEntries": [{"Cidr": "10.0.0.0/8"}], "MaxEntries": 4}, "InvalidParameterCombination"),
        ({"AddEntries": [{"Cidr": "10.0.0.0/8"}]}, "MissingParameter"),
        ({"CurrentVersion": 1, "AddEntries": [{"Cidr": "10.0.0.1/8"}]}, "InvalidParameterValue"),
        ({"CurrentVersion": 1, "AddEntries": [{"Cidr": "::/0"}]}, "InvalidParameterValue"),
        ({"CurrentVersion": 1, "AddEntries": [{"Cidr": "192.168.10.0/24"}]}, "InvalidParameterValue"),
        ({"CurrentVersion": 1, "RemoveEntries": [{"Cidr": "10.0.0.0/8"}]}, "InvalidParameterValue"),
        ({"CurrentVersion": 1, "AddEntries": [{"Cidr": "192.168.10.0/24"}], "RemoveEntries": [{"Cidr": "192.168.10.0/24"}]}, "InvalidRequest"),
        ({"MaxEntries": 0}, "PrefixListMaxEntriesExceeded"),
    ],
)  # fmt: skip
def test_prefix_list_changes_that_aws_refuses(ec2, sites, refused, change, code) -> None:
    with refused(code):
        ec2.modify_managed_prefix_list(PrefixListId=sites, **change)
    assert ec2.get_managed_prefix_list_entries(PrefixListId=sites)["Entries"] == [{"Cidr": "192.168.10.0/24", "Description": "kyiv"}]


def test_a_prefix_list_in_progress_or_in_use_stays(rehearsal, ec2, sites, group, refused) -> None:
    peer = [{**HTTPS, "PrefixListIds": [{"PrefixListId": sites}]}]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=peer)
    users = ec2.get_managed_prefix_list_associations(PrefixListId=sites)["PrefixListAssociations"]
    assert [user["ResourceId"] for user in users] == [group]
    with refused("DependencyViolation"):
        ec2.delete_managed_prefix_list(PrefixListId=sites)
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=peer)
    rehearsal.pace(prefix_list=0.1)
    ec2.modify_managed_prefix_list(PrefixListId=sites, MaxEntries=4)
    with refused("IncorrectState", "modify-in-progress"):
        ec2.delete_managed_prefix_list(PrefixListId=sites)
    rehearsal.reset()


def test_a_deleted_prefix_list_is_gone(ec2, sites, refused) -> None:
    assert ec2.delete_managed_prefix_list(PrefixListId=sites)["PrefixList"]["State"] == "delete-in-progress"
    with refused("InvalidPrefixListID.NotFound"):
        ec2.describe_managed_prefix_lists(PrefixListIds=[sites])


def test_aws_keeps_lists_of_its_own(ec2, refused) -> None:
    by_name = [{"Name": "prefix-list-name", "Values": AWS_LISTS}]
    found = ec2.describe_managed_prefix_lists(Filters=by_name)["PrefixLists"]
    assert sorted(kept["PrefixListName"] for kept in found) == AWS_LISTS
    assert {kept["OwnerId"] for kept in found} == {"AWS"}
    assert all(kept["Cidrs"] for kept in ec2.describe_prefix_lists(Filters=by_name)["PrefixLists"])
    with refused("UnauthorizedOperation"):
        ec2.delete_managed_prefix_list(PrefixListId=found[0]["PrefixListId"])
