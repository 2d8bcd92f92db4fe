# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A live network as plain data without ids, so that the networks of three builders can be compared."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

Item = dict[str, Any]
Names = Mapping[str, str]
LAST_ENTRY = 32767  # the denial that every network ACL ends with
TARGETS = ("GatewayId", "NatGatewayId", "TransitGatewayId")
PEERS = (("UserIdGroupPairs", "GroupId"), ("IpRanges", "CidrIp"), ("PrefixListIds", "PrefixListId"))


def snapshot(ec2: Any, cidr: str) -> dict[str, Any]:
    """The one VPC with this CIDR and all that is in it. Subnets go by their Name, groups by theirs, what guards subnets by them."""
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": [cidr]}])["Vpcs"]
    of = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    found = {
        "subnets": ec2.describe_subnets(Filters=of)["Subnets"],
        "gateways": ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [vpc["VpcId"]]}])["InternetGateways"],
        "nat": ec2.describe_nat_gateways(Filter=of)["NatGateways"],
        "tables": ec2.describe_route_tables(Filters=of)["RouteTables"],
        "acls": ec2.describe_network_acls(Filters=of)["NetworkAcls"],
        "groups": ec2.describe_security_groups(Filters=of)["SecurityGroups"],
        "endpoints": ec2.describe_vpc_endpoints(Filters=of)["VpcEndpoints"],
        "attachments": ec2.describe_transit_gateway_vpc_attachments(Filters=of)["TransitGatewayVpcAttachments"],
    }
    lists = ec2.describe_managed_prefix_lists()["PrefixLists"]
    names = _names(found, lists)
    flags = ("enableDnsSupport", "enableDnsHostnames")
    return {
        "ranges": sorted(each["CidrBlock"] for each in vpc["CidrBlockAssociationSet"] if each["CidrBlockState"]["State"] == "associated"),
        "dns": {flag: ec2.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute=flag)[flag[0].upper() + flag[1:]]["Value"] for flag in flags},
        "subnets": {names[each["SubnetId"]]: _subnet(each) for each in found["subnets"]},
        "gateways": len(found["gateways"]),
        "nat": sorted(f"{names[each['NatGatewayId']]}, {each['ConnectivityType']}, {each['State']}" for each in found["nat"]),
        "addresses": len(ec2.describe_addresses()["Addresses"]),
        "tables": sorted([_users(each, names), sorted(_routes(each, names))] for each in found["tables"]),
        "acls": sorted([_users(each, names), sorted(_entries(each))] for each in found["acls"]),
        "groups": {each["GroupName"]: {"description": each["Description"], "rules": sorted(_rules(each, names))} for each in found["groups"]},
        "endpoints": {each["ServiceName"]: _endpoint(each, names) for each in found["endpoints"]},
        "lists": {each["PrefixListName"]: _entries_of_list(ec2, each) for each in lists if each["OwnerId"] != "AWS"},
        "attachments": [_attachment(each, names) for each in found["attachments"]],
    }


def _names(found: Mapping[str, list[Item]], lists: list[Item]) -> dict[str, str]:
    """What stands for an id."""
    names = {each["PrefixListId"]: each["PrefixListName"] for each in lists}
    names |= {each["SubnetId"]: tag["Value"] for each in found["subnets"] for tag in each["Tags"] if tag["Key"] == "Name"}
    names |= {each["InternetGatewayId"]: "internet gateway" for each in found["gateways"]}
    names |= {each["NatGatewayId"]: f"NAT gateway in {names[each['SubnetId']]}" for each in found["nat"]}
    names |= {each["GroupId"]: each["GroupName"] for each in found["groups"]}
    names |= {each["TransitGatewayId"]: "the hub" for each in found["attachments"]}
    names |= {each["VpcEndpointId"]: each["ServiceName"] for each in found["endpoints"]}
    return names | {each["RouteTableId"]: _users(each, names) for each in found["tables"]}


def _users(holder: Item, names: Names) -> str:
    return ", ".join(sorted(names[each["SubnetId"]] for each in holder["Associations"] if each.get("SubnetId"))) or "nobody"


def _subnet(subnet: Item) -> Item:
    return {"cidr": subnet["CidrBlock"], "zone": subnet["AvailabilityZoneId"], "public": subnet["MapPublicIpOnLaunch"]}


def _routes(table: Item, names: Names) -> Iterator[str]:
    for route in table["Routes"]:
        destination = route.get("DestinationCidrBlock") or names[route["DestinationPrefixListId"]]
        target = next((route[key] for key in TARGETS if route.get(key)), "none")
        yield f"{destination} -> {names.get(target, target)}"


def _entries(acl: Item) -> Iterator[str]:
    for entry in acl["Entries"]:
        if entry["RuleNumber"] < LAST_ENTRY:
            direction, ports = "egress" if entry["Egress"] else "ingress", entry.get("PortRange", {})
            yield f"{direction} {entry['RuleNumber']} {entry['RuleAction']} {entry['Protocol']} {entry['CidrBlock']} {ports}"


def _rules(group: Item, names: Names) -> Iterator[str]:
    for direction, key in (("ingress", "IpPermissions"), ("egress", "IpPermissionsEgress")):
        for permission in group[key]:
            ports = f"{permission.get('FromPort', -1)}-{permission.get('ToPort', -1)}"
            for peers, peer_key in PEERS:
                for peer in permission.get(peers, ()):
                    whom = names.get(peer[peer_key], peer[peer_key])
                    yield f"{direction} {permission['IpProtocol']} {ports} {whom} ({peer.get('Description')})"


def _endpoint(endpoint: Item, names: Names) -> Item:
    return {
        "type": endpoint["VpcEndpointType"],
        "state": endpoint["State"].lower(),
        "subnets": sorted(names[each] for each in endpoint["SubnetIds"]),
        "groups": sorted(each["GroupName"] for each in endpoint["Groups"]),
        "tables": sorted(names[each] for each in endpoint["RouteTableIds"]),
        "private_dns": endpoint["PrivateDnsEnabled"],
        "policy": json.loads(endpoint["PolicyDocument"]),
    }


def _entries_of_list(ec2: Any, prefix_list: Item) -> Item:
    entries = ec2.get_managed_prefix_list_entries(PrefixListId=prefix_list["PrefixListId"])["Entries"]
    return {"size": prefix_list["MaxEntries"], "entries": entries, "state": prefix_list["State"]}


def _attachment(attachment: Item, names: Names) -> Item:
    return {
        "state": attachment["State"],
        "subnets": sorted(names[each] for each in attachment["SubnetIds"]),
        "options": attachment["Options"],
        "tags": sorted(f"{tag['Key']}={tag['Value']}" for tag in attachment["Tags"]),
    }
