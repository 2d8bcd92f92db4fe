# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services that VPC endpoints lead to."""

from __future__ import annotations

from typing import Any

from moto.ec2.models.vpcs import AWS_ENDPOINT_SERVICES, COVERED_ENDPOINT_SERVICES

from ..answers import AwsError
from ..overlay import Asked

_GATEWAYS = ("s3", "dynamodb")
_FULL_ACCESS_ONLY = ("eks-auth",)  # taken to be one of the services that refuse a policy, so that the refusal is rehearsed


def services(region: str) -> dict[str, list[str]]:
    """The endpoint types of every service, by service name."""
    names = sorted({*AWS_ENDPOINT_SERVICES, *COVERED_ENDPOINT_SERVICES})
    kinds = {name: ["Gateway", "Interface"] if name in _GATEWAYS else ["Interface"] for name in names}
    return {f"com.amazonaws.{region}.{name}": offered for name, offered in kinds.items()}


def check(region: str, name: str, kind: str) -> None:
    """Refuse a service that does not exist, or not with endpoints of this type."""
    offered = services(region).get(name)
    if offered is None:
        raise AwsError("InvalidServiceName", f"The Vpc Endpoint Service '{name}' does not exist")
    if kind not in offered:
        raise AwsError(
            "InvalidParameter",
            f"Endpoint type ({kind}) does not match available service types ([{', '.join(offered)}]).",
        )


def takes_policy(name: str) -> bool:
    return not name.endswith(tuple(f".{service}" for service in _FULL_ACCESS_ONLY))


def describe(backend: Any, asked: Asked) -> dict[str, Any]:
    known = services(backend.region_name)
    wanted = asked.get("ServiceNames") or list(known)
    for name in wanted:
        check(backend.region_name, name, known.get(name, [""])[0])
    zones = [zone.name for zone in backend.describe_availability_zones()]
    details = [
        {
            "ServiceName": name,
            "ServiceType": [{"ServiceType": kind}],
            "AvailabilityZones": zones,
            "Owner": "amazon",
            "VpcEndpointPolicySupported": takes_policy(name),
            "AcceptanceRequired": False,
            "ManagesVpcEndpoints": False,
            "SupportedIpAddressTypes": ["ipv4"],
            "ServiceRegion": backend.region_name,
        }
        for name in wanted
        for kind in known[name]
    ]
    return {"ServiceNames": wanted, "ServiceDetails": details}
