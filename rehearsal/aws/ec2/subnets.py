# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Subnets: zones of the region, sizes and ranges that AWS allows, and what goes with one."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

from ..answers import AwsError
from ..overlay import Asked
from .transit_models import GONE
from .vpcs import canonical

_ATTRIBUTES = ("AssignIpv6AddressOnCreation", "CustomerOwnedIpv4Pool", "EnableDns64", "EnableLniAtDeviceIndex", "MapPublicIpOnLaunch",
               "PrivateDnsHostnameTypeOnLaunch")  # fmt: skip
_DNS_OPTIONS = {
    "EnableResourceNameDnsARecordOnLaunch": "EnableResourceNameDnsARecord",
    "EnableResourceNameDnsAAAARecordOnLaunch": "EnableResourceNameDnsAAAARecord",
}


def check_create(backend: Any, asked: Asked) -> None:
    vpc = backend.get_vpc(asked["VpcId"])
    asked["AvailabilityZone"] = _zone(backend, asked.pop("AvailabilityZoneId", None), asked.get("AvailabilityZone"))
    if not asked.get("CidrBlock"):
        return
    asked["CidrBlock"] = canonical(asked["CidrBlock"])
    block = IPv4Network(asked["CidrBlock"])
    associated = [
        IPv4Network(entry["cidr_block"])
        for entry in vpc.get_cidr_block_association_set(ipv6=False)
        if entry["cidr_block_state"]["state"] == "associated"
    ]
    if not 16 <= block.prefixlen <= 28 or not any(block.subnet_of(home) for home in associated):
        raise AwsError("InvalidSubnet.Range", f"The CIDR '{block}' is invalid.")


def _zone(backend: Any, zone_id: str | None, name: str | None) -> str:
    """The name of the zone that is asked for, the region's first by default."""
    zones = backend.describe_availability_zones()
    chosen = [zone.name for zone in zones if zone_id in (None, zone.zone_id) and name in (None, zone.name)]
    if not chosen:
        parameter, known = ("availabilityZoneId", [zone.zone_id for zone in zones])
        if zone_id is None:
            parameter, known = ("availabilityZone", [zone.name for zone in zones])
        raise AwsError(
            "InvalidParameterValue",
            f"Value ({zone_id or name}) for parameter {parameter} is invalid. "
            f"Subnets can currently only be created in the following availability zones: {', '.join(known)}.",
        )
    return str(chosen[0])


def after_create(backend: Any, asked: Asked, result: Any) -> None:
    subnet = result["Subnet"]
    subnet.state = "pending"
    backend.agenda.later("subnet", lambda: setattr(subnet, "state", "available"))


def check_modify_attribute(backend: Any, asked: Asked) -> None:
    subnet = backend.get_subnet(asked["SubnetId"])
    wanted = [name for name in (*_ATTRIBUTES, *_DNS_OPTIONS) if name in asked]
    if len(wanted) != 1:
        raise AwsError("InvalidParameterCombination", f"Exactly one attribute can be modified in a request, not {len(wanted)}")
    if wanted[0] in _DNS_OPTIONS:
        subnet.private_dns_name_options_on_launch[_DNS_OPTIONS[wanted[0]]] = asked.pop(wanted[0])["Value"]
    if wanted[0] == "PrivateDnsHostnameTypeOnLaunch":
        subnet.private_dns_name_options_on_launch["HostnameType"] = asked[wanted[0]]


def check_delete(backend: Any, asked: Asked) -> None:
    subnet = backend.get_subnet(asked["SubnetId"])
    interfaces = any(interface.subnet is subnet for interface in backend.enis.values())
    attached = any(subnet.id in each.interfaces and each.state not in GONE for each in backend.transit_gateway_attachments.values())
    if interfaces or attached:
        raise AwsError("DependencyViolation", f"The subnet '{subnet.id}' has dependencies and cannot be deleted.")


def after_delete(backend: Any, asked: Asked, result: Any) -> None:
    """A subnet's associations with its route table and its network ACL go with it."""
    subnet_id = asked["SubnetId"]
    for table in backend.route_tables.values():
        table._associations = {key: target for key, target in table._associations.items() if target != subnet_id}
    for acl in backend.network_acls.values():
        acl._associations = {key: entry for key, entry in acl._associations.items() if entry.subnet_id != subnet_id}
