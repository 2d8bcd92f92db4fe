# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NAT gateways, zonal and regional: they take their time, fail as AWS's do, and stay visible once deleted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.utils import random_nat_gateway_id

from ..answers import AwsError
from ..overlay import Asked
from . import tags
from .gateways import internet_gateway
from .interfaces import make_managed, remove_managed


@dataclass
class NatGateway:
    """A NAT gateway; `addresses` as described. `route_table_id` is the one that a regional gateway brings along."""

    id: str
    vpc_id: str
    subnet_id: str | None
    connectivity: str
    mode: str
    create_time: datetime = field(default_factory=utcnow)
    delete_time: datetime | None = None
    state: str = "pending"
    failure: tuple[str, str] | None = None
    addresses: list[dict[str, Any]] = field(default_factory=list)
    route_table_id: str | None = None

    @property
    def alive(self) -> bool:
        return self.state in ("pending", "available", "deleting")

    @property
    def public(self) -> bool:
        return self.connectivity == "public"

    def described(self, backend: Any) -> dict[str, Any]:
        row = {
            "NatGatewayId": self.id, "VpcId": self.vpc_id, "SubnetId": self.subnet_id, "State": self.state,
            "ConnectivityType": self.connectivity, "AvailabilityMode": self.mode, "CreateTime": self.create_time,
            "DeleteTime": self.delete_time, "NatGatewayAddresses": self.addresses, "RouteTableId": self.route_table_id,
            "Tags": tags.of(backend, self.id),
        }  # fmt: skip
        if self.failure:
            row["FailureCode"], row["FailureMessage"] = self.failure
        if self.mode == "regional":
            row["AutoProvisionZones"] = row["AutoScalingIps"] = "enabled"
        return row


def create(backend: Any, asked: Asked) -> dict[str, Any]:
    nat = _regional(backend, asked) if asked.get("AvailabilityMode") == "regional" else _zonal(backend, asked)
    backend.nat_gateways[nat.id] = nat
    nat.failure = _failure(backend, nat, asked)
    if nat.failure is None and nat.subnet_id:
        _connect(backend, nat, asked)
    if nat.failure is None and nat.mode == "regional":
        nat.route_table_id = _own_route_table(backend, nat.vpc_id)
    backend.agenda.later("nat_gateway", lambda: _settle(nat))
    return {"NatGateway": nat.described(backend), "ClientToken": asked.get("ClientToken")}


def _zonal(backend: Any, asked: Asked) -> NatGateway:
    connectivity = asked.get("ConnectivityType", "public")
    if "SubnetId" not in asked:
        raise AwsError("MissingParameter", "The request must contain the parameter SubnetId")
    if "VpcId" in asked:
        raise AwsError("InvalidParameterCombination", "VpcId can only be given for a regional NAT gateway")
    subnet = backend.get_subnet(asked["SubnetId"])
    if connectivity == "public" and "AllocationId" not in asked:
        raise AwsError("MissingParameter", "The request must contain the parameter AllocationId")
    if connectivity == "private" and "AllocationId" in asked:
        raise AwsError("InvalidParameterCombination", "AllocationId cannot be given for a private NAT gateway")
    if "AllocationId" in asked:
        backend.address_by_allocation([asked["AllocationId"]])
    return NatGateway(random_nat_gateway_id(), subnet.vpc_id, subnet.id, connectivity, "zonal")


def _regional(backend: Any, asked: Asked) -> NatGateway:
    if "VpcId" not in asked:
        raise AwsError("MissingParameter", "The request must contain the parameter VpcId")
    for name in ("SubnetId", "AllocationId", "PrivateIpAddress"):
        if name in asked:
            raise AwsError("InvalidParameterCombination", f"{name} cannot be given for a regional NAT gateway")
    if asked.get("ConnectivityType", "public") != "public":
        raise AwsError("InvalidParameterCombination", "A regional NAT gateway is always public")
    return NatGateway(random_nat_gateway_id(), backend.get_vpc(asked["VpcId"]).id, None, "public", "regional")


def _failure(backend: Any, nat: NatGateway, asked: Asked) -> tuple[str, str] | None:
    """Why the gateway will fail, as AWS reports it: the call succeeds and the state says failed."""
    if nat.public and internet_gateway(backend, nat.vpc_id) is None:
        return "Gateway.NotAttached", f"Network {nat.vpc_id} has no Internet gateway attached"
    allocation = asked.get("AllocationId")
    if allocation and backend.address_by_allocation([allocation])[0].association_id:
        return "Resource.AlreadyAssociated", f"Elastic IP address [{allocation}] is already associated"
    return None


def _connect(backend: Any, nat: NatGateway, asked: Asked) -> None:
    try:
        interface = make_managed(
            backend, nat.subnet_id or "", "nat_gateway", f"Interface for NAT Gateway {nat.id}", address=asked.get("PrivateIpAddress")
        )
    except AwsError as full:
        nat.failure = (full.code, full.message)
        return
    address = {
        "NetworkInterfaceId": interface.id, "PrivateIp": interface.private_ip_address, "IsPrimary": True, "Status": "succeeded"
    }  # fmt: skip
    if nat.public:
        elastic = backend.associate_address(eni=interface, allocation_id=asked["AllocationId"])
        address |= {"AllocationId": elastic.allocation_id, "AssociationId": elastic.association_id, "PublicIp": elastic.public_ip}
    nat.addresses.append(address)


def _own_route_table(backend: Any, vpc_id: str) -> str:
    table = backend.create_route_table(vpc_id)
    backend.create_route(table.id, "0.0.0.0/0", gateway_id=internet_gateway(backend, vpc_id).id)
    return str(table.id)


def _settle(nat: NatGateway) -> None:
    if nat.state == "pending":
        nat.state = "failed" if nat.failure else "available"


def delete(backend: Any, asked: Asked) -> dict[str, Any]:
    nat = get(backend, asked["NatGatewayId"])
    if nat.state == "deleted":
        raise AwsError("NatGatewayNotFound", f"NatGateway {nat.id} was not found")
    if nat.state != "deleting":
        nat.state, nat.delete_time = "deleting", utcnow()
        backend.agenda.later("nat_gateway", lambda: _vanish(backend, nat))
    return {"NatGatewayId": nat.id}


def _vanish(backend: Any, nat: NatGateway) -> None:
    nat.state = "deleted"
    for address in nat.addresses:
        if "AssociationId" in address:
            backend.disassociate_address(association_id=address["AssociationId"])
        remove_managed(backend, address["NetworkInterfaceId"])
    if nat.route_table_id:
        backend.route_tables.pop(nat.route_table_id, None)


def get(backend: Any, identifier: str) -> NatGateway:
    found = backend.nat_gateways.get(identifier)
    if not isinstance(found, NatGateway):
        raise AwsError("NatGatewayNotFound", f"NatGateway {identifier} was not found")
    return found


def describe(backend: Any, asked: Asked) -> dict[str, Any]:
    wanted = asked.get("NatGatewayIds")
    found = [get(backend, identifier) for identifier in wanted] if wanted else backend.nat_gateways.values()
    return {"NatGateways": [nat.described(backend) for nat in found]}
