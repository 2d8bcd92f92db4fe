# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Route 53 Resolver: endpoints with their network interfaces, rules and associations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

TAGS = [{"Key": "fintech.platform/name", "Value": "one"}]
SERVER = "192.168.10.53"


@pytest.fixture
def resolver(rehearsal, make_client) -> Any:
    return make_client("route53resolver")


@pytest.fixture
def group(ec2, vpc) -> str:
    return str(ec2.create_security_group(GroupName="resolver", Description="d", VpcId=vpc)["GroupId"])


@pytest.fixture
def given(subnets, group) -> dict[str, Any]:
    return {
        "CreatorRequestId": "one", "Name": "acme-dev-outbound", "Direction": "OUTBOUND", "SecurityGroupIds": [group],
        "IpAddresses": [{"SubnetId": subnet} for subnet in subnets], "Tags": TAGS,
    }  # fmt: skip


@pytest.fixture
def outbound(resolver, given) -> dict[str, Any]:
    made = resolver.create_resolver_endpoint(**given)["ResolverEndpoint"]
    assert made["Status"] == "CREATING"
    return made


@pytest.fixture
def forward(resolver, outbound) -> Callable[..., dict[str, Any]]:
    """Makes a rule that forwards a domain."""

    def make(domain: str = "corp.example", token: str = "rule", **more: Any) -> dict[str, Any]:
        asked = {"CreatorRequestId": token, "Name": "acme-dev-corp", "RuleType": "FORWARD", "DomainName": domain, "Tags": TAGS,
                 "ResolverEndpointId": outbound["Id"], "TargetIps": [{"Ip": SERVER}]}  # fmt: skip
        return resolver.create_resolver_rule(**{key: value for key, value in {**asked, **more}.items() if value})["ResolverRule"]

    return make


def the(resolver, endpoint: dict) -> dict:
    return resolver.get_resolver_endpoint(ResolverEndpointId=endpoint["Id"])["ResolverEndpoint"]


def ips(resolver, endpoint: dict) -> list[dict]:
    return resolver.list_resolver_endpoint_ip_addresses(ResolverEndpointId=endpoint["Id"])["IpAddresses"]


def interfaces(ec2) -> list[dict]:
    by_text = [{"Name": "description", "Values": ["Route 53 Resolver: *"]}]
    return ec2.describe_network_interfaces(Filters=by_text)["NetworkInterfaces"]


def test_an_endpoint_has_an_address_and_an_interface_in_each_subnet(ec2, resolver, vpc, subnets, group, outbound) -> None:
    found = the(resolver, outbound)
    assert (found["Status"], found["HostVPCId"], found["IpAddressCount"], found["Protocols"]) == ("OPERATIONAL", vpc, 2, ["Do53"])
    assert [(each["SubnetId"], each["Status"]) for each in ips(resolver, outbound)] == [(subnet, "ATTACHED") for subnet in subnets]
    made = interfaces(ec2)
    assert {each["PrivateIpAddress"] for each in made} == {each["Ip"] for each in ips(resolver, outbound)}
    for each in made:
        assert (each["RequesterManaged"], each["Status"], each["Groups"][0]["GroupId"]) == (True, "in-use", group)
        assert each["Attachment"]["InstanceOwnerId"] == "amazon-aws"
    assert resolver.list_tags_for_resource(ResourceArn=outbound["Arn"])["Tags"] == TAGS


def test_what_an_endpoint_uses_stays_until_it_is_gone(rehearsal, ec2, resolver, vpc, subnets, group, outbound, refused) -> None:
    with refused("OperationNotPermitted"):
        ec2.delete_network_interface(NetworkInterfaceId=interfaces(ec2)[0]["NetworkInterfaceId"])
    rehearsal.pace(resolver_endpoint=60)
    assert resolver.delete_resolver_endpoint(ResolverEndpointId=outbound["Id"])["ResolverEndpoint"]["Status"] == "DELETING"
    assert [each["Status"] for each in resolver.list_resolver_endpoints()["ResolverEndpoints"]] == ["DELETING"]
    for delete, arguments in ((ec2.delete_subnet, {"SubnetId": subnets[0]}), (ec2.delete_security_group, {"GroupId": group})):
        with refused("DependencyViolation"):
            delete(**arguments)
    with refused("DependencyViolation"):
        ec2.delete_vpc(VpcId=vpc)


def test_a_deleted_endpoint_is_gone_with_its_interfaces_and_tags(ec2, resolver, subnets, group, outbound, refused) -> None:
    resolver.delete_resolver_endpoint(ResolverEndpointId=outbound["Id"])
    ec2.delete_subnet(SubnetId=subnets[0])  # the time passes for calls to EC2 too
    ec2.delete_security_group(GroupId=group)
    assert resolver.list_resolver_endpoints()["ResolverEndpoints"] == []
    for call in (resolver.get_resolver_endpoint, resolver.delete_resolver_endpoint):
        with refused("ResourceNotFoundException"):
            call(ResolverEndpointId=outbound["Id"])
    with refused("ResourceNotFoundException"):
        resolver.list_tags_for_resource(ResourceArn=outbound["Arn"])


def test_an_endpoint_is_created_at_its_pace(rehearsal, resolver, given, forward) -> None:
    rehearsal.pace(resolver_endpoint=60)
    made = resolver.create_resolver_endpoint(**{**given, "CreatorRequestId": "two"})["ResolverEndpoint"]
    assert the(resolver, made)["Status"] == "CREATING"
    assert {each["Status"] for each in ips(resolver, made)} == {"CREATING"}


def test_a_request_id_makes_one_endpoint(resolver, given, outbound, refused) -> None:
    with refused("ResourceExistsException", "already exists"):
        resolver.create_resolver_endpoint(**given)
    assert len(resolver.list_resolver_endpoints()["ResolverEndpoints"]) == 1


def test_addresses_are_added_one_by_one_and_two_stay(ec2, resolver, vpc, subnets, outbound, refused) -> None:
    third = ec2.create_subnet(VpcId=vpc, CidrBlock="10.64.1.0/25", AvailabilityZoneId="euc1-az3")["Subnet"]["SubnetId"]
    first = ips(resolver, outbound)[0]
    with refused("InvalidRequestException", "RSLVR-00400"):
        resolver.disassociate_resolver_endpoint_ip_address(ResolverEndpointId=outbound["Id"], IpAddress={"IpId": first["IpId"]})
    added = resolver.associate_resolver_endpoint_ip_address(ResolverEndpointId=outbound["Id"], IpAddress={"SubnetId": third})
    assert (added["ResolverEndpoint"]["Status"], added["ResolverEndpoint"]["IpAddressCount"]) == ("UPDATING", 3)
    with refused("InvalidRequestException", "RSLVR-00503"):
        resolver.disassociate_resolver_endpoint_ip_address(ResolverEndpointId=outbound["Id"], IpAddress={"SubnetId": third})
    named = {"SubnetId": first["SubnetId"], "Ip": first["Ip"]}
    resolver.disassociate_resolver_endpoint_ip_address(ResolverEndpointId=outbound["Id"], IpAddress=named)
    assert [each["SubnetId"] for each in ips(resolver, outbound)] == [subnets[1], third]
    assert {each["SubnetId"] for each in interfaces(ec2)} == {subnets[1], third}
    with refused("ResourceNotFoundException"):
        resolver.disassociate_resolver_endpoint_ip_address(ResolverEndpointId=outbound["Id"], IpAddress=named)


def test_an_endpoint_takes_one_change_at_a_time(rehearsal, ec2, resolver, vpc, outbound, refused) -> None:
    third = ec2.create_subnet(VpcId=vpc, CidrBlock="10.64.1.0/25", AvailabilityZoneId="euc1-az3")["Subnet"]["SubnetId"]
    rehearsal.pace(resolver_endpoint=60)
    resolver.update_resolver_endpoint(ResolverEndpointId=outbound["Id"], Name="other", Protocols=["Do53", "DoH"])
    assert (the(resolver, outbound)["Name"], the(resolver, outbound)["Protocols"]) == ("other", ["Do53", "DoH"])
    with refused("InvalidRequestException", "currently updating"):
        resolver.associate_resolver_endpoint_ip_address(ResolverEndpointId=outbound["Id"], IpAddress={"SubnetId": third})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"IpAddresses": [{"SubnetId": "subnet-12345678901234567"}] * 2}, "InvalidParameterException"),
        ({"SecurityGroupIds": []}, "InvalidParameterException"),
        ({"SecurityGroupIds": ["group"]}, "InvalidParameterException"),
        ({"SecurityGroupIds": ["sg-12345678901234567"]}, "ResourceNotFoundException"),
        ({"Name": "12345"}, "InvalidParameterException"),
        ({"Direction": "SIDEWAYS"}, "InvalidParameterException"),
    ],
)
def test_endpoints_that_aws_refuses(ec2, resolver, given, refused, change, code) -> None:
    with refused(code):
        resolver.create_resolver_endpoint(**{**given, **change})
    assert interfaces(ec2) == []


def test_addresses_that_aws_refuses(ec2, resolver, subnets, given, refused) -> None:
    for ip, code in (("10.64.0.3", "InvalidRequestException"), ("10.64.1.9", "InvalidRequestException"), ("10.64.0.127", "InvalidRequestException")):
        with refused(code, "RSLVR-00405"):
            resolver.create_resolver_endpoint(**{**given, "IpAddresses": [{"SubnetId": subnets[0], "Ip": ip}, {"SubnetId": subnets[1]}]})
    ec2.create_network_interface(SubnetId=subnets[0], PrivateIpAddress="10.64.0.9")
    with refused("ResourceExistsException", "already in use"):
        resolver.create_resolver_endpoint(**{**given, "IpAddresses": [{"SubnetId": subnets[0], "Ip": "10.64.0.9"}, {"SubnetId": subnets[1]}]})
    with refused("LimitExceededException"):
        resolver.create_resolver_endpoint(**{**given, "IpAddresses": [{"SubnetId": subnet} for subnet in subnets * 4]})


def test_an_endpoint_is_in_one_vpc(ec2, resolver, subnets, given, refused) -> None:
    other = ec2.create_vpc(CidrBlock="10.65.0.0/24")["Vpc"]["VpcId"]
    elsewhere = ec2.create_subnet(VpcId=other, CidrBlock="10.65.0.0/25")["Subnet"]["SubnetId"]
    with refused("InvalidRequestException", "same VPC"):
        resolver.create_resolver_endpoint(**{**given, "IpAddresses": [{"SubnetId": subnets[0]}, {"SubnetId": elsewhere}]})


def test_four_endpoints_fit_in_a_region(resolver, given, refused) -> None:
    for number in range(4):
        resolver.create_resolver_endpoint(**{**given, "CreatorRequestId": str(number)})
    with refused("LimitExceededException", "max-endpoints"):
        resolver.create_resolver_endpoint(**{**given, "CreatorRequestId": "5"})


def test_endpoints_are_listed_by_filters_and_in_pages(resolver, vpc, given) -> None:
    for number, direction in enumerate(("OUTBOUND", "INBOUND", "INBOUND")):
        resolver.create_resolver_endpoint(**{**given, "CreatorRequestId": str(number), "Direction": direction})

    def count(name: str, *values: str) -> int:
        return len(resolver.list_resolver_endpoints(Filters=[{"Name": name, "Values": list(values)}])["ResolverEndpoints"])

    assert (count("Direction", "INBOUND"), count("HOST_VPC_ID", vpc), count("HostVPCId", "vpc-1"), count("IpAddressCount", "2")) == (2, 3, 0, 3)
    pages = list(resolver.get_paginator("list_resolver_endpoints").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["ResolverEndpoints"]) for page in pages] == [2, 1]


def test_unknown_filters_and_tokens_are_refused(resolver, refused) -> None:
    with refused("InvalidParameterException", "Colour"):
        resolver.list_resolver_endpoints(Filters=[{"Name": "Colour", "Values": ["red"]}])
    with refused("InvalidNextTokenException"):
        resolver.list_resolver_rules(NextToken="x")


def test_a_rule_forwards_a_domain(resolver, outbound, forward) -> None:
    rule = forward()
    assert (rule["DomainName"], rule["Status"], rule["ShareStatus"]) == ("corp.example.", "COMPLETE", "NOT_SHARED")
    assert (rule["TargetIps"], rule["ResolverEndpointId"]) == ([{"Ip": SERVER, "Port": 53, "Protocol": "Do53"}], outbound["Id"])
    assert resolver.list_tags_for_resource(ResourceArn=rule["Arn"])["Tags"] == TAGS
    found = resolver.list_resolver_rules(Filters=[{"Name": "TYPE", "Values": ["FORWARD"]}])["ResolverRules"]
    assert [each["Id"] for each in found] == [rule["Id"]]


def test_aws_own_rule_is_there_for_every_vpc(resolver, vpc) -> None:
    [rule] = resolver.list_resolver_rules()["ResolverRules"]
    [association] = resolver.list_resolver_rule_associations(Filters=[{"Name": "VPCId", "Values": [vpc]}])["ResolverRuleAssociations"]
    assert (rule["Id"], rule["DomainName"], rule["OwnerId"]) == ("rslvr-autodefined-rr-internet-resolver", ".", "Route 53 Resolver")
    assert (association["ResolverRuleId"], association["Name"]) == (rule["Id"], "System Rule Association")


def test_a_rule_is_updated_and_busy_meanwhile(rehearsal, resolver, forward, refused) -> None:
    rule = forward()
    rehearsal.pace(resolver_rule=60)
    config = {"Name": "other", "TargetIps": [{"Ip": "192.168.20.53", "Port": 5353}]}
    assert resolver.update_resolver_rule(ResolverRuleId=rule["Id"], Config=config)["ResolverRule"]["Status"] == "UPDATING"
    found = resolver.get_resolver_rule(ResolverRuleId=rule["Id"])["ResolverRule"]
    assert (found["Name"], [each["Port"] for each in found["TargetIps"]], found["ResolverEndpointId"]) == (
        "other",
        [5353],
        rule["ResolverEndpointId"],
    )
    with refused("ResourceUnavailableException", "RSLVR-00705"):
        resolver.update_resolver_rule(ResolverRuleId=rule["Id"], Config=config)


def test_rules_that_aws_refuses(resolver, given, forward, refused) -> None:
    inbound = resolver.create_resolver_endpoint(**{**given, "CreatorRequestId": "in", "Direction": "INBOUND"})["ResolverEndpoint"]["Id"]
    forward(token="taken")
    for change, code in (
        ({"token": "taken"}, "ResourceExistsException"),
        ({"TargetIps": []}, "InvalidRequestException"),
        ({"TargetIps": [{"Ip": "localhost"}]}, "InvalidParameterException"),
        ({"TargetIps": [{"Ip": SERVER, "Port": number} for number in range(1, 8)]}, "LimitExceededException"),
        ({"ResolverEndpointId": "rslvr-out-1"}, "ResourceNotFoundException"),
        ({"ResolverEndpointId": inbound}, "InvalidRequestException"),
        ({"RuleType": "SYSTEM"}, "InvalidRequestException"),
        ({"Name": "corp.example"}, "InvalidParameterException"),
        ({"domain": ""}, "InvalidParameterException"),
    ):
        with refused(code):
            forward(**change)


def test_a_rule_needs_an_endpoint_that_is_there_already(rehearsal, resolver, given, forward, refused) -> None:
    rehearsal.pace(resolver_endpoint=60)
    young = resolver.create_resolver_endpoint(**{**given, "CreatorRequestId": "young"})["ResolverEndpoint"]["Id"]
    with refused("ResourceUnavailableException"):
        forward(ResolverEndpointId=young)


def test_an_association_makes_a_rule_work_in_a_vpc(resolver, vpc, outbound, forward, refused) -> None:
    rule = forward()
    made = resolver.associate_resolver_rule(ResolverRuleId=rule["Id"], VPCId=vpc, Name="acme-dev-corp")["ResolverRuleAssociation"]
    assert made["Status"] == "CREATING"
    found = resolver.get_resolver_rule_association(ResolverRuleAssociationId=made["Id"])["ResolverRuleAssociation"]
    assert (found["Status"], found["VPCId"], found["Name"]) == ("COMPLETE", vpc, "acme-dev-corp")
    with refused("ResourceInUseException"):
        resolver.delete_resolver_rule(ResolverRuleId=rule["Id"])
    with refused("InvalidRequestException", rule["Id"]):
        resolver.delete_resolver_endpoint(ResolverEndpointId=outbound["Id"])
    assert resolver.disassociate_resolver_rule(ResolverRuleId=rule["Id"], VPCId=vpc)["ResolverRuleAssociation"]["Status"] == "DELETING"
    with refused("ResourceNotFoundException"):
        resolver.disassociate_resolver_rule(ResolverRuleId=rule["Id"], VPCId=vpc)
    assert resolver.delete_resolver_rule(ResolverRuleId=rule["Id"])["ResolverRule"]["Status"] == "DELETING"
    resolver.delete_resolver_endpoint(ResolverEndpointId=outbound["Id"])
    with refused("ResourceNotFoundException"):
        resolver.list_tags_for_resource(ResourceArn=rule["Arn"])


def test_associations_that_aws_refuses(resolver, vpc, given, forward, refused) -> None:
    rule, twin = forward(), forward(token="twin")
    with refused("InvalidParameterException", "vpc-1"):
        resolver.associate_resolver_rule(ResolverRuleId=rule["Id"], VPCId="vpc-1")
    resolver.associate_resolver_rule(ResolverRuleId=rule["Id"], VPCId=vpc)
    with refused(
        "InvalidRequestException",
        f'with same VPC. Conflict with resolver rule "{rule["Id"]}"',
    ):
        resolver.associate_resolver_rule(ResolverRuleId=twin["Id"], VPCId=vpc)
    inbound = resolver.create_resolver_endpoint(**{**given, "CreatorRequestId": "in", "Direction": "INBOUND"})["ResolverEndpoint"]
    loop = forward("loop.example", token="loop", TargetIps=[{"Ip": ips(resolver, inbound)[0]["Ip"]}])
    with refused("InvalidRequestException", "RSLVR-00804"):
        resolver.associate_resolver_rule(ResolverRuleId=loop["Id"], VPCId=vpc)
