# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The embedded AWS in this process: stacks run against it, plain boto3 looks at it and meddles with it."""

from __future__ import annotations

import functools
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3

from ansible_collections.fintech.platform.plugins.module_utils._aws.session import Place, Tally
from ansible_collections.fintech.platform.plugins.module_utils._engine.executor import Pace
from rehearsal.aws.client import Rehearsal

ACCOUNT = "123456789012"
REGION = "eu-central-1"
# What the executor does in seconds, done in hundredths.
FAST = Pace(first_poll=0.01, poll=0.05, retry=(0.01,) * 8, settle=(0, 0.02, 0.05), blocked=3)

OURS = "/fintech.platform/"
LISTED = {  # kind: describe operation, key of its list, key of an item's id
    "vpc": ("describe_vpcs", "Vpcs", "VpcId"),
    "subnet": ("describe_subnets", "Subnets", "SubnetId"),
    "internet_gateway": ("describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    "elastic_ip": ("describe_addresses", "Addresses", "AllocationId"),
    "nat_gateway": ("describe_nat_gateways", "NatGateways", "NatGatewayId"),
    "route_table": ("describe_route_tables", "RouteTables", "RouteTableId"),
    "network_acl": ("describe_network_acls", "NetworkAcls", "NetworkAclId"),
    "security_group": ("describe_security_groups", "SecurityGroups", "GroupId"),
    "managed_prefix_list": ("describe_managed_prefix_lists", "PrefixLists", "PrefixListId"),
    "vpc_endpoint": ("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    "flow_log": ("describe_flow_logs", "FlowLogs", "FlowLogId"),
    "dhcp_options": ("describe_dhcp_options", "DhcpOptions", "DhcpOptionsId"),
    "network_interface": ("describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId"),
}
VOLATILE = re.compile(
    "Time|Timestamp|^(Public|Private)Ip|IpAddress|DnsName|DnsEntries|HostedZone|MacAddress|OwnerId|RequesterId|^Version$|SecurityGroupRuleId"
)
IDENTITY = re.compile(r"\b[a-z]+(?:-cidr|-eni)?(?:-assoc|-attach)?-[0-9a-f]{8,17}\b")

Call = dict[str, Any]  # service, action, mutating, parameters, error, fault ...


class Killed(BaseException):
    """The end of a run's process: no handler of errors sees it."""


class Recording:
    """The calls made in a ``with`` block."""

    calls: list[Call]

    @property
    def changing(self) -> list[Call]:
        """Those that change something, without the lease's."""
        return [call for call in self.calls if call["mutating"] and call["service"] != "ssm"]

    def counts(self, calls: Iterable[Call] | None = None) -> dict[str, int]:
        return dict(Counter(name_of(call) for call in (self.calls if calls is None else calls)))


def name_of(call: Call) -> str:
    """As kinds declare their calls: ``ec2.CreateVpc``."""
    return f"{call['service']}.{call['action']}"


class Cloud:
    """``control`` counts and breaks calls; ``ec2`` and the like are a colleague at the console."""

    def __init__(self, url: str) -> None:
        self.url, self.control = url, Rehearsal(url)
        self._session = boto3.session.Session()
        self._clients: dict[str, Any] = {}
        self.mortal = False  # whether a run dies with its first lost answer, as if its process were killed

    def open_client(self, service: str, config: Any = None, *, credentials: str | None = ACCOUNT, region: str = REGION) -> Any:
        """``credentials`` are those of an account, by its id; None for what the environment has: in tests, nothing."""
        keys = {"aws_access_key_id": credentials, "aws_secret_access_key": "rehearsal"} if credentials else {}
        client = self._session.client(service, endpoint_url=self.url, region_name=region, config=config, **keys)
        client.meta.events.register_first("needs-retry", self._die)
        return client

    def _die(self, caught_exception: Exception | None = None, **_event: Any) -> None:
        if self.mortal and caught_exception is not None:
            raise Killed

    def place(self, account: str = ACCOUNT, region: str = REGION, credentials: str | None = ACCOUNT, tally: Tally | None = None) -> Place:
        opener = functools.partial(self.open_client, credentials=credentials, region=region)
        return Place(opener, region=region, account_id=account, tally=tally)

    def __getattr__(self, service: str) -> Any:
        """boto3's client of a service: ``cloud.ec2``."""
        if service not in self._clients:
            self._clients[service] = self.open_client(service)
        return self._clients[service]

    @contextmanager
    def recorded(self) -> Iterator[Recording]:
        """Complete when the block ends, however it ends."""
        recording, marker = Recording(), self.control.marker()
        try:
            yield recording
        finally:
            recording.calls = self.control.calls(since=marker).log

    def all(self, kind: str) -> list[dict[str, Any]]:
        """What is there of a kind, as EC2 describes it; not what is deleted and only remembered."""
        operation, key, _id = LISTED[kind]
        ask = getattr(self.ec2, operation)
        pages = self.ec2.get_paginator(operation).paginate() if self.ec2.can_paginate(operation) else [ask()]
        return [item for page in pages for item in page[key] if item.get("State") not in ("deleted", "deleting")]

    def ids(self) -> dict[str, str]:
        """The ids of the platform's objects in EC2, by ``kind.name``."""
        return {f"{kind}.{name}": item[LISTED[kind][2]] for kind in LISTED for item in self.all(kind) if (name := platform_name(item))}

    def aliases(self) -> dict[str, str]:
        """What calls name objects by, other than their ids, to their ids."""
        found = {each["RouteTableAssociationId"]: each["RouteTableId"] for table in self.all("route_table") for each in table["Associations"]}
        found |= {each["NetworkAclAssociationId"]: each["NetworkAclId"] for acl in self.all("network_acl") for each in acl["Associations"]}
        for vpc in self.all("vpc"):
            found |= {each["AssociationId"]: vpc["VpcId"] for each in vpc["CidrBlockAssociationSet"]}
            found[f"options of {vpc['VpcId']}"] = vpc["DhcpOptionsId"]
        found |= {role["RoleName"]: role["Arn"] for role in self.iam.list_roles(PathPrefix=OURS)["Roles"]}
        return found | {group["arn"].removesuffix(":*"): group["logGroupName"] for group in self.logs.describe_log_groups()["logGroups"]}

    def snapshot(self) -> dict[str, list[str]]:
        """All that is there, by kind, with names in place of ids, fit to be compared."""
        items = {kind: self.all(kind) for kind in LISTED}
        items["vpc"] = [{**vpc, **self._attributes(vpc["VpcId"])} for vpc in items["vpc"]]
        lists = [each for each in items["managed_prefix_list"] if each["OwnerId"] != "AWS"]
        items["managed_prefix_list"] = [
            {**each, "State": each["State"].rpartition("-")[2], "Entries": self._entries(each["PrefixListId"])} for each in lists
        ]
        labels = {item[LISTED[kind][2]]: f"<{kind} {_label(item)}>" for kind, found in items.items() for item in found}
        items["role"] = [self._role(each) for each in self.iam.list_roles(PathPrefix=OURS)["Roles"]]
        items["log_group"] = [self._log_group(each) for each in self.logs.describe_log_groups()["logGroups"]]
        return {kind: sorted(json.dumps(_plain(item, labels), sort_keys=True) for item in found) for kind, found in items.items() if found}

    def _attributes(self, vpc: str) -> dict[str, Any]:
        names = ("enableDnsSupport", "enableDnsHostnames")
        return {name: self.ec2.describe_vpc_attribute(VpcId=vpc, Attribute=name)[name[0].upper() + name[1:]] for name in names}

    def _entries(self, prefix_list: str) -> Any:
        return self.ec2.get_managed_prefix_list_entries(PrefixListId=prefix_list)["Entries"]

    def _role(self, role: dict[str, Any]) -> dict[str, Any]:
        name = role["RoleName"]
        inline = self.iam.list_role_policies(RoleName=name)["PolicyNames"]
        return {
            "RoleName": name,
            "Trust": role["AssumeRolePolicyDocument"],
            "Boundary": self.iam.get_role(RoleName=name)["Role"].get("PermissionsBoundary"),
            "Policies": {each: self.iam.get_role_policy(RoleName=name, PolicyName=each)["PolicyDocument"] for each in inline},
            "Attached": self.iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"],
            "Tags": self.iam.list_role_tags(RoleName=name)["Tags"],
        }

    def _log_group(self, group: dict[str, Any]) -> dict[str, Any]:
        tags = self.logs.list_tags_for_resource(resourceArn=group["arn"].removesuffix(":*"))["tags"]
        return {"name": group["logGroupName"], "days": group.get("retentionInDays"), "key": group.get("kmsKeyId"), "tags": tags}

    def expire_leases(self) -> None:
        """As if the time had passed in which they are renewed."""
        for each in self.ssm.get_parameters_by_path(Path=OURS, Recursive=True)["Parameters"]:
            value = json.dumps({**json.loads(each["Value"]), "expires": 0})
            self.ssm.put_parameter(Name=each["Name"], Value=value, Type="String", Overwrite=True)

    def leases(self) -> list[dict[str, Any]]:
        """The parameters of the network's leases, by epoch."""
        found = self.ssm.get_parameters_by_path(Path=OURS, Recursive=True)["Parameters"]
        return [json.loads(each["Value"]) for each in sorted(found, key=lambda each: each["Name"])]


def platform_name(item: Mapping[str, Any]) -> str | None:
    """Its name in the platform; None for what is not the platform's."""
    return next((tag["Value"] for tag in item.get("Tags", ()) if tag["Key"] == "fintech.platform/name"), None)


def _label(item: Mapping[str, Any]) -> str:
    return platform_name(item) or item.get("GroupName") or ("default" if item.get("IsDefault") else "unnamed")


def _plain(value: Any, labels: Mapping[str, str]) -> Any:
    """Without what differs from run to run: times, addresses and ids that AWS chose."""
    if isinstance(value, dict):
        return {key: _plain(inner, labels) for key, inner in value.items() if not VOLATILE.search(key)}
    if isinstance(value, list):
        return sorted((_plain(inner, labels) for inner in value), key=lambda each: json.dumps(each, sort_keys=True))
    if isinstance(value, str):
        return IDENTITY.sub(lambda found: labels.get(found[0], f"<{found[0].partition('-')[0]}>"), value)
    return value if isinstance(value, (int, bool, type(None))) else str(value)
