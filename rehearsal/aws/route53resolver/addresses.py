# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The addresses of Resolver endpoints: each is a network interface of AWS's own in a subnet of the endpoint's VPC."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Any

from moto.ec2.exceptions import InvalidSubnetIdError

from ..answers import AwsError
from ..ec2.interfaces import free_address, make_managed, remove_managed
from ..overlay import Asked
from .models import random_id, timestamp

if TYPE_CHECKING:
    from .endpoints import Endpoint

FEWEST, MOST = 2, 6  # Route 53 quotas, "IP addresses per Resolver endpoint"


@dataclass
class Address:
    subnet_id: str
    ip: str
    interface_id: str
    id: str
    status: str = "CREATING"
    created: str = field(default_factory=timestamp)

    def description(self) -> dict[str, Any]:
        return {
            "IpId": self.id, "SubnetId": self.subnet_id, "Ip": self.ip, "Status": self.status, "StatusMessage": "",
            "CreationTime": self.created, "ModificationTime": self.created,
        }  # fmt: skip


def check(backend: Any, wanted: list[dict[str, str]], groups: list[str], others: int = 0) -> str:
    """The VPC of the addresses that an endpoint with so many others is to get. Raises AwsError for what AWS refuses."""
    if len(wanted) + others < FEWEST:
        raise AwsError("InvalidRequestException", f"[RSLVR-00400] Resolver endpoint need to have at least {FEWEST} IP addresses.")
    if len(wanted) + others > MOST:
        raise AwsError("LimitExceededException", f"The maximum number of IP addresses per endpoint is {MOST}.")
    subnets = [_subnet(backend, each["SubnetId"]) for each in wanted]
    vpcs = {subnet.vpc_id for subnet in subnets} | {_group(backend, group).vpc_id for group in groups}
    if len(vpcs) > 1:
        raise AwsError("InvalidRequestException", "The subnets and security groups of an endpoint must belong to the same VPC.")
    for each, subnet in zip(wanted, subnets, strict=True):
        if each.get("Ip"):
            _check_ip(backend, subnet, each["Ip"], wanted)
    return str(vpcs.pop())


def _subnet(backend: Any, identifier: str) -> Any:
    try:
        return backend.ec2_backend.get_subnet(identifier)
    except InvalidSubnetIdError as cause:
        raise AwsError("InvalidParameterException", f"The subnet ID '{identifier}' does not exist") from cause


def _group(backend: Any, identifier: str) -> Any:
    if not identifier.startswith("sg-"):
        raise AwsError("InvalidParameterException", f"[RSLVR-00408] Malformed security group ID: Invalid id: '{identifier}' (expecting 'sg-...').")
    group = backend.ec2_backend.get_security_group_from_id(identifier)
    if group is None:
        raise AwsError("ResourceNotFoundException", f"The security group '{identifier}' does not exist")
    return group


def _check_ip(backend: Any, subnet: Any, ip: str, wanted: list[dict[str, str]]) -> None:
    network, address = IPv4Network(subnet.cidr_block), IPv4Address(ip)
    if address not in network or int(address) - int(network[0]) < 4 or address == network[-1]:
        raise AwsError("InvalidRequestException", f"[RSLVR-00405] IP address '{ip}' is either not in subnet '{subnet.id}' CIDR range or is reserved")
    taken = [interface.private_ip_address for interface in backend.ec2_backend.enis.values() if interface.subnet is subnet]
    if ip in taken or [each.get("Ip") for each in wanted].count(ip) > 1:
        raise AwsError("ResourceExistsException", f"The IP address '{ip}' in subnet '{subnet.id}' is already in use")


def add(backend: Any, endpoint: Endpoint, asked: dict[str, str]) -> None:
    subnet, identifier = _subnet(backend, asked["SubnetId"]), random_id("rni")
    ip = asked.get("Ip") or _free_ip(backend, subnet)
    description = f"Route 53 Resolver: {endpoint.id}:{identifier}"
    interface = make_managed(backend.ec2_backend, subnet.id, "interface", description, endpoint.security_group_ids, address=ip)
    endpoint.addresses.append(Address(subnet.id, ip, interface.id, identifier))


def _free_ip(backend: Any, subnet: Any) -> str:
    try:
        return free_address(backend.ec2_backend, subnet)
    except AwsError as full:
        raise AwsError("InvalidRequestException", full.message) from None


def remove(backend: Any, endpoint: Endpoint, address: Address) -> None:
    remove_managed(backend.ec2_backend, address.interface_id)
    endpoint.addresses.remove(address)


def associate(backend: Any, asked: Asked) -> dict[str, Any]:
    endpoint = _changing(backend, asked)
    vpc_id = check(backend, [asked["IpAddress"]], [], len(endpoint.addresses))
    if vpc_id != endpoint.vpc_id:
        raise AwsError("InvalidRequestException", "The subnets and security groups of an endpoint must belong to the same VPC.")
    add(backend, endpoint, asked["IpAddress"])
    endpoint.begin_update(backend)
    return {"ResolverEndpoint": endpoint.description()}


def disassociate(backend: Any, asked: Asked) -> dict[str, Any]:
    endpoint, named = _changing(backend, asked), asked["IpAddress"]
    if not (named.get("IpId") or (named.get("SubnetId") and named.get("Ip"))):
        raise AwsError(
            "InvalidRequestException",
            "[RSLVR-00503] Need to specify either the IP ID or both subnet and IP address in order to remove IP address.",
        )
    found = [
        each
        for each in endpoint.addresses
        if each.id == named.get("IpId") or ("IpId" not in named and (each.subnet_id, each.ip) == (named["SubnetId"], named["Ip"]))
    ]
    if not found:
        raise AwsError("ResourceNotFoundException", f"The IP address of the endpoint '{endpoint.id}' does not exist")
    if len(endpoint.addresses) <= FEWEST:
        raise AwsError("InvalidRequestException", f"[RSLVR-00400] Resolver endpoint need to have at least {FEWEST} IP addresses.")
    found[0].status = "DETACHING"
    backend.agenda.later("resolver_endpoint", lambda: remove(backend, endpoint, found[0]))
    endpoint.begin_update(backend)
    return {"ResolverEndpoint": endpoint.description()}


def _changing(backend: Any, asked: Asked) -> Endpoint:
    endpoint: Endpoint = backend.get_resolver_endpoint(asked["ResolverEndpointId"])
    endpoint.check_operational()
    return endpoint
