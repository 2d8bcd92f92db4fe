# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network interfaces: addresses from their subnet, and those that AWS makes for its own services."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.ec2.utils import random_id

from ..answers import AwsError
from ..described import Row
from ..overlay import Asked

_RESERVED_FIRST = 4  # network, router, DNS, future use; the broadcast address is the fifth
_AMAZON = "amazon-aws"


def free_address(backend: Any, subnet: Any) -> str:
    """The lowest free address of a subnet. Raises AwsError if there is none."""
    taken = set(_taken(backend, subnet))
    addresses = subnet.cidr
    for number in range(_RESERVED_FIRST, addresses.num_addresses - 1):
        address = str(addresses[number])
        if address not in taken:
            return address
    raise AwsError(
        "InsufficientFreeAddressesInSubnet",
        f"The specified subnet '{subnet.id}' does not have enough free addresses to satisfy the request.",
    )


def _taken(backend: Any, subnet: Any) -> Iterator[str]:
    yield from subnet._subnet_ips
    for interface in backend.enis.values():
        if interface.subnet is subnet:
            yield from (address["PrivateIpAddress"] for address in interface.private_ip_addresses)


def make_managed(backend: Any, subnet_id: str, kind: str, description: str, groups: list[str] | None = None, address: str | None = None) -> Any:
    """An interface of AWS's own, which nobody else may delete; `kind` as in `vpc_endpoint`, `nat_gateway`."""
    interface = backend.create_network_interface(backend.get_subnet(subnet_id), address, group_ids=groups, description=description)
    if groups is None:
        interface._group_set = []
    interface.interface_type, interface.status, interface.requester_managed = kind, "in-use", True
    interface.source_dest_check = kind == "vpc_endpoint"
    backend.managed_interfaces[interface.id] = {
        "AttachmentId": random_id("ela-attach"), "DeleteOnTermination": False, "DeviceIndex": 1,
        "InstanceOwnerId": _AMAZON, "Status": "attached",
    }  # fmt: skip
    return interface


def remove_managed(backend: Any, interface_id: str) -> None:
    backend.managed_interfaces.pop(interface_id, None)
    backend.enis.pop(interface_id, None)
    backend.tags.pop(interface_id, None)


def refine(backend: Any, row: Row) -> None:
    """Mend a described row."""
    if row["NetworkInterfaceId"] in backend.managed_interfaces:
        row["Attachment"] = backend.managed_interfaces[row["NetworkInterfaceId"]]
        row["RequesterId"] = backend.account_id
    elif row.get("Attachment"):
        row["Status"] = "in-use"


def check_delete(backend: Any, asked: Asked) -> None:
    interface = backend.get_network_interface(asked["NetworkInterfaceId"])
    if interface.id in backend.managed_interfaces:
        raise AwsError("OperationNotPermitted", f"You are not allowed to manage '{_AMAZON}' attachments.")
    if interface.instance:
        raise AwsError("InvalidParameterValue", f"Network interface '{interface.id}' is currently in use.")
