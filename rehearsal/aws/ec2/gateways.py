# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Internet gateways and elastic IP addresses."""

from __future__ import annotations

from typing import Any

from ..answers import AwsError
from ..described import Row
from ..overlay import Asked


def internet_gateway(backend: Any, vpc_id: str) -> Any:
    """The internet gateway that is attached to the VPC, if any."""
    return next((gateway for gateway in backend.internet_gateways.values() if gateway.vpc and gateway.vpc.id == vpc_id), None)


def check_attach(backend: Any, asked: Asked) -> None:
    backend.get_vpc(asked["VpcId"])
    other = internet_gateway(backend, asked["VpcId"])
    if other is not None and other.id != asked["InternetGatewayId"]:
        raise AwsError("InvalidParameterValue", f"Network {asked['VpcId']} already has an internet gateway attached")


def check_detach(backend: Any, asked: Asked) -> None:
    vpc_id = asked["VpcId"]
    mapped = any(interface.vpc_id == vpc_id and interface.public_ip for interface in backend.enis.values())
    if mapped or any(nat.vpc_id == vpc_id and nat.alive and nat.public for nat in backend.nat_gateways.values()):
        raise AwsError(
            "DependencyViolation",
            f"Network {vpc_id} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.",
        )


def check_release(backend: Any, asked: Asked) -> None:
    address = backend.address_by_allocation([asked["AllocationId"]])[0] if asked.get("AllocationId") else None
    if address is not None and address.association_id:
        raise AwsError("InvalidIPAddress.InUse", f"Address {address.public_ip} is in use.")


def check_disassociate(backend: Any, asked: Asked) -> None:
    address = backend.address_by_association([asked["AssociationId"]])[0] if asked.get("AssociationId") else None
    if address is not None and address.eni is not None and address.eni.id in backend.managed_interfaces:
        raise AwsError("AuthFailure", "You do not have permission to access the specified resource.")


def refine_address(backend: Any, row: Row) -> None:
    """moto says "" where AWS says nothing."""
    for name in ("InstanceId", "NetworkInterfaceId"):
        if not row.get(name):
            row.pop(name, None)
    row["NetworkBorderGroup"] = backend.region_name
    row["PublicIpv4Pool"] = "amazon"
