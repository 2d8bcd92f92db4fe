# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VPC endpoints: gateway ones with their routes, interface ones with their network interfaces."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.utils import random_vpc_ep_id

from ..answers import AwsError
from ..overlay import Asked
from ..policies import check_policy
from . import endpoint_services, tags
from .interfaces import make_managed, remove_managed
from .prefix_lists import aws_list

_OPEN_POLICY = '{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}]}'


@dataclass
class Endpoint:
    """An endpoint; `interfaces` are the ids of its network interfaces by subnet, `group_ids` those of its security groups."""

    id: str
    vpc_id: str
    service_name: str
    vpc_endpoint_type: str
    policy: str
    private_dns: bool = False
    state: str = "pending"
    created: datetime = field(default_factory=utcnow)
    route_table_ids: list[str] = field(default_factory=list)
    interfaces: dict[str, str] = field(default_factory=dict)
    group_ids: list[str] = field(default_factory=list)

    @property
    def gateway(self) -> bool:
        return self.vpc_endpoint_type == "Gateway"

    def settle(self) -> None:
        self.state = "available" if self.state == "pending" else self.state

    def described(self, backend: Any) -> dict[str, Any]:
        row = {
            "VpcEndpointId": self.id, "VpcEndpointType": self.vpc_endpoint_type, "VpcId": self.vpc_id, "ServiceName": self.service_name,
            "State": self.state, "PolicyDocument": self.policy, "RouteTableIds": self.route_table_ids, "SubnetIds": list(self.interfaces),
            "Groups": [{"GroupId": group, "GroupName": backend.get_security_group_from_id(group).name} for group in self.group_ids],
            "PrivateDnsEnabled": self.private_dns, "RequesterManaged": False, "NetworkInterfaceIds": list(self.interfaces.values()),
            "DnsEntries": self._dns_entries(backend), "CreationTimestamp": self.created, "OwnerId": backend.account_id,
            "Tags": tags.of(backend, self.id), "ServiceRegion": backend.region_name,
        }  # fmt: skip
        if not self.gateway:
            row |= {"IpAddressType": "ipv4", "DnsOptions": {"DnsRecordIpType": "ipv4"}}
        return row

    def _dns_entries(self, backend: Any) -> list[dict[str, str]]:
        if self.gateway:
            return []
        service = self.service_name.split(".", 3)[3]
        label, domain = f"{self.id}-{self.id[5:13]}", f"{service}.{backend.region_name}.vpce.amazonaws.com"
        zones = sorted(backend.get_subnet(subnet).availability_zone for subnet in self.interfaces)
        names = [f"{label}.{domain}", *(f"{label}-{zone}.{domain}" for zone in zones)]
        own = [f"{'.'.join(reversed(service.split('.')))}.{backend.region_name}.amazonaws.com"] if self.private_dns else []
        return [{"DnsName": name, "HostedZoneId": "Z273ZU8SZ5RJPC"} for name in names] + [
            {"DnsName": name, "HostedZoneId": "ZONEIDPENDING"} for name in own
        ]


def create(backend: Any, asked: Asked) -> dict[str, Any]:
    vpc = backend.get_vpc(asked["VpcId"])
    kind, name = asked.get("VpcEndpointType", "Gateway"), asked.get("ServiceName", "")
    endpoint_services.check(backend.region_name, name, kind)
    if "PolicyDocument" in asked and not endpoint_services.takes_policy(name):
        raise AwsError("InvalidParameter", f"Service {name} only supports the full-access endpoint policy.")
    made = Endpoint(random_vpc_ep_id(), vpc.id, name, kind, _policy(asked.get("PolicyDocument")))
    unfit = ("SubnetIds", "SecurityGroupIds", "PrivateDnsEnabled") if made.gateway else ("RouteTableIds",)
    if any(asked.get(parameter) for parameter in unfit):
        raise AwsError("InvalidParameter", f"{', '.join(unfit)} cannot be given for an endpoint of the type {kind}")
    if made.gateway:
        _check_route_tables(backend, made, asked.get("RouteTableIds", []))
    else:
        made.group_ids = asked.get("SecurityGroupIds") or [backend.get_default_security_group(vpc.id).id]
        made.private_dns = asked.get("PrivateDnsEnabled", True)
        _check_private_dns(backend, made)
        _check_interface(backend, made, asked.get("SubnetIds", []))
    backend.vpc_end_points[made.id] = made
    _add_routes(backend, made, asked.get("RouteTableIds", []))
    _add_interfaces(backend, made, asked.get("SubnetIds", []))
    backend.agenda.later("vpc_endpoint", made.settle)
    return {"VpcEndpoint": made.described(backend), "ClientToken": asked.get("ClientToken")}


def _policy(document: str | None) -> str:
    if document is None:
        return _OPEN_POLICY
    try:
        check_policy(document, {"Effect", "Principal", "Action"})
    except ValueError as problem:
        raise AwsError("InvalidPolicyDocument", f"The policy document is not valid: {problem}") from problem
    return document


def _check_interface(backend: Any, endpoint: Endpoint, added: list[str]) -> None:
    """What an interface endpoint needs of its groups and its subnets, those it gets included."""
    for group in endpoint.group_ids:
        found = backend.get_security_group_from_id(group)
        if found is None or found.vpc_id != endpoint.vpc_id:
            raise AwsError("InvalidGroup.NotFound", f"The security group '{group}' does not exist in the VPC '{endpoint.vpc_id}'")
    zones: set[str] = set()
    for identifier in [*endpoint.interfaces, *added]:
        subnet = backend.get_subnet(identifier)
        if subnet.vpc_id != endpoint.vpc_id:
            raise AwsError("InvalidSubnetId.NotFound", f"The subnet ID '{identifier}' does not exist in the VPC '{endpoint.vpc_id}'")
        if subnet.availability_zone in zones:
            raise AwsError("DuplicateSubnetsInSameZone", f"Found another VPC endpoint subnet in the availability zone of {identifier}")
        zones.add(subnet.availability_zone)


def _check_private_dns(backend: Any, endpoint: Endpoint) -> None:
    if not endpoint.private_dns:
        return
    vpc = backend.get_vpc(endpoint.vpc_id)
    if not (vpc.enable_dns_support and vpc.enable_dns_hostnames):
        raise AwsError(
            "InvalidParameter",
            f"Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for {vpc.id}",
        )
    for other in backend.vpc_end_points.values():
        same = (other.vpc_id, other.service_name) == (endpoint.vpc_id, endpoint.service_name)
        if same and other.private_dns and other.id != endpoint.id and other.state != "deleting":
            raise AwsError(
                "InvalidParameter",
                f"private-dns-enabled cannot be set because there is already a conflicting DNS domain for {endpoint.service_name} "
                f"in the VPC {vpc.id}",
            )


def _check_route_tables(backend: Any, endpoint: Endpoint, added: list[str]) -> None:
    destination = aws_list(backend, endpoint.service_name).id
    for identifier in added:
        table = backend.get_route_table(identifier)
        if table.vpc_id != endpoint.vpc_id:
            raise AwsError("InvalidRouteTableId.NotFound", f"The route table '{identifier}' does not exist in the VPC '{endpoint.vpc_id}'")
        if any(route.destination_prefix_list_id == destination for route in table.routes):
            raise AwsError("RouteAlreadyExists", f"route table {identifier} already has a route with destination-prefix-list-id {destination}")


def _add_routes(backend: Any, endpoint: Endpoint, added: list[str]) -> None:
    for identifier in added:
        destination = aws_list(backend, endpoint.service_name).id
        backend.create_route(identifier, None, gateway_id=endpoint.id, destination_prefix_list_id=destination)
        endpoint.route_table_ids.append(identifier)


def _remove_routes(backend: Any, endpoint: Endpoint, removed: list[str]) -> None:
    for identifier in removed:
        table = backend.route_tables.get(identifier)
        if table is not None:
            table._routes = {key: route for key, route in table._routes.items() if route.gateway_id != endpoint.id}
    endpoint.route_table_ids = [table for table in endpoint.route_table_ids if table not in removed]


def _add_interfaces(backend: Any, endpoint: Endpoint, added: list[str]) -> None:
    for subnet in added:
        description = f"VPC Endpoint Interface {endpoint.id}"
        endpoint.interfaces[subnet] = make_managed(backend, subnet, "vpc_endpoint", description, endpoint.group_ids).id


def _remove_interfaces(backend: Any, endpoint: Endpoint, removed: list[str]) -> None:
    for subnet in removed:
        remove_managed(backend, endpoint.interfaces.pop(subnet, ""))


def get(backend: Any, identifier: str) -> Endpoint:
    found = backend.vpc_end_points.get(identifier)
    if found is None:
        raise AwsError("InvalidVpcEndpointId.NotFound", f"The Vpc Endpoint Id '{identifier}' does not exist")
    return found


def modify(backend: Any, asked: Asked) -> dict[str, Any]:
    kept = get(backend, asked["VpcEndpointId"])
    if kept.state not in ("available", "pending"):
        raise AwsError("IncorrectState", f"The endpoint {kept.id} is {kept.state}")
    added = [subnet for subnet in asked.get("AddSubnetIds", []) if subnet not in kept.interfaces]
    if kept.gateway:
        _check_route_tables(backend, kept, asked.get("AddRouteTableIds", []))
    else:
        _modify_interface(backend, kept, asked, added)
    if asked.get("ResetPolicy") or "PolicyDocument" in asked:
        kept.policy = _policy(asked.get("PolicyDocument"))
    _add_routes(backend, kept, asked.get("AddRouteTableIds", []))
    _remove_routes(backend, kept, asked.get("RemoveRouteTableIds", []))
    _remove_interfaces(backend, kept, asked.get("RemoveSubnetIds", []))
    _add_interfaces(backend, kept, added)
    if not kept.gateway:
        kept.state = "pending"
        backend.agenda.later("vpc_endpoint", kept.settle)
    return {"Return": True}


def _modify_interface(backend: Any, kept: Endpoint, asked: Asked, added: list[str]) -> None:
    removed = asked.get("RemoveSecurityGroupIds", [])
    groups = [group for group in [*kept.group_ids, *asked.get("AddSecurityGroupIds", [])] if group not in removed]
    wanted = Endpoint(kept.id, kept.vpc_id, kept.service_name, kept.vpc_endpoint_type, kept.policy, group_ids=list(dict.fromkeys(groups)))
    wanted.private_dns = asked.get("PrivateDnsEnabled", kept.private_dns)
    wanted.interfaces = {subnet: "" for subnet in kept.interfaces if subnet not in asked.get("RemoveSubnetIds", [])}
    if not wanted.group_ids:
        raise AwsError("InvalidParameter", f"The endpoint {kept.id} must keep at least one security group")
    if asked.get("PrivateDnsEnabled"):
        _check_private_dns(backend, wanted)
    _check_interface(backend, wanted, added)
    kept.group_ids, kept.private_dns = wanted.group_ids, wanted.private_dns
    for identifier in kept.interfaces.values():
        backend.enis[identifier]._group_set = [backend.get_security_group_from_id(group) for group in kept.group_ids]


def delete(backend: Any, asked: Asked) -> dict[str, Any]:
    """Those that exist; the others are answered as unsuccessful, with status 200."""
    unsuccessful = []
    for identifier in asked["VpcEndpointIds"]:
        kept = backend.vpc_end_points.get(identifier)
        if kept is None:
            message = f"The Vpc Endpoint Id '{identifier}' does not exist"
            unsuccessful.append({"ResourceId": identifier, "Error": {"Code": "InvalidVpcEndpoint.NotFound", "Message": message}})
        elif kept.state != "deleting":
            _delete(backend, kept)
    return {"Unsuccessful": unsuccessful}


def _delete(backend: Any, kept: Endpoint) -> None:
    kept.state = "deleting"
    _remove_routes(backend, kept, list(kept.route_table_ids))
    backend.agenda.later("vpc_endpoint", lambda: _vanish(backend, kept))


def _vanish(backend: Any, kept: Endpoint) -> None:
    _remove_interfaces(backend, kept, list(kept.interfaces))
    backend.vpc_end_points.pop(kept.id, None)
    tags.drop(backend, [kept.id])


def describe(backend: Any, asked: Asked) -> dict[str, Any]:
    wanted = asked.get("VpcEndpointIds")
    found = [get(backend, identifier) for identifier in wanted] if wanted else backend.vpc_end_points.values()
    return {"VpcEndpoints": [kept.described(backend) for kept in found]}
