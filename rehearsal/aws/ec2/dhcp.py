# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DHCP option sets."""

from __future__ import annotations

from typing import Any

from ..answers import AwsError
from ..described import Row
from ..overlay import Asked

_KEYS = ("domain-name", "domain-name-servers", "ntp-servers", "netbios-name-servers", "netbios-node-type", "ipv6-address-preferred-lease-time")
_MAXIMUM = 4


def check_create(backend: Any, asked: Asked) -> None:
    for option in asked["DhcpConfigurations"]:
        key, values = option.get("Key", ""), option.get("Values", [])
        if key not in _KEYS:
            raise AwsError("InvalidParameterValue", f"Value ({key}) for parameter option is invalid. Unknown DHCP option")
        if not values or (key != "domain-name" and len(values) > _MAXIMUM):
            raise AwsError("InvalidParameterValue", f"Value ({','.join(values)}) for parameter value is invalid. It takes 1 to {_MAXIMUM} values")


def check_delete(backend: Any, asked: Asked) -> None:
    identifier = asked["DhcpOptionsId"]
    if any(vpc.dhcp_options is not None and vpc.dhcp_options.id == identifier for vpc in backend.vpcs.values()):
        raise AwsError("DependencyViolation", f"The dhcpOptions '{identifier}' has dependencies and cannot be deleted.")
    [kept] = backend.describe_dhcp_options([identifier])
    kept.vpc = None  # moto keeps the latest VPC, also when it has been given other options


def refine(backend: Any, row: Row) -> None:
    row["OwnerId"] = backend.account_id
