# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VPC endpoint: an AWS API reached from inside the VPC, through a gateway's routes or through network interfaces."""

from __future__ import annotations

import difflib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..._engine.resource import Difference, Live, immutable, managed
from .. import waiters
from .ec2_resource import Ec2Resource, raise_refused
from .route_table import RouteTable
from .security_group import SecurityGroup
from .subnet import Subnet
from .vpc import Vpc

# field, and the parameters of ModifyVpcEndpoint that add to it and remove from it
MEMBERS = (
    ("subnets", "AddSubnetIds", "RemoveSubnetIds"),
    ("groups", "AddSecurityGroupIds", "RemoveSecurityGroupIds"),
    ("route_tables", "AddRouteTableIds", "RemoveRouteTableIds"),
)


@dataclass(kw_only=True, eq=False)
class VpcEndpoint(Ec2Resource):
    """``endpoint_type`` is ``Gateway`` (with route tables) or ``Interface`` (with subnets and groups)."""

    vpc: Vpc = immutable(uses=(Vpc,))
    service: str = immutable()
    endpoint_type: str = immutable()
    subnets: frozenset[Subnet] = managed(frozenset(), uses=(Subnet,))
    groups: frozenset[SecurityGroup] = managed(frozenset(), uses=(SecurityGroup,))
    route_tables: frozenset[RouteTable] = managed(frozenset(), uses=(RouteTable,))
    private_dns: bool | None = managed(None)
    policy: Mapping[str, Any] | None = managed(None)

    kind = "vpc_endpoint"
    within = Vpc
    waiter = waiters.VPC_ENDPOINT
    tag_type = "vpc-endpoint"
    describe = ("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId")
    calls: ClassVar = {
        "create": ("ec2.CreateVpcEndpoint",),
        **dict.fromkeys(("subnets", "groups", "route_tables", "private_dns", "policy"), ("ec2.ModifyVpcEndpoint",)),
        "tags": ("ec2.CreateTags",),
        "delete": ("ec2.DeleteVpcEndpoints",),
    }

    @classmethod
    def values(cls, item: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "vpc": item["VpcId"],
            "service": item["ServiceName"],
            "endpoint_type": item["VpcEndpointType"],
            "subnets": frozenset(item.get("SubnetIds", ())),
            "groups": frozenset(each["GroupId"] for each in item.get("Groups", ())),
            "route_tables": frozenset(item.get("RouteTableIds", ())),
            "private_dns": item.get("PrivateDnsEnabled", False),
            "policy": json.loads(item["PolicyDocument"]) if item.get("PolicyDocument") else None,
        }

    @classmethod
    def check(cls, place: Any, changes: list[Any]) -> list[str]:
        wanted = {change.resource.service: change.resource for change in changes if change.resource and change.live is None}
        if not wanted:
            return []
        prefix = f"com.amazonaws.{place.region}."
        found = place.pages("ec2", "describe_vpc_endpoint_services", "ServiceDetails")
        offered = {each["ServiceName"].removeprefix(prefix): each for each in found}
        problems = []
        for service, endpoint in wanted.items():
            short = service.removeprefix(prefix)
            if short not in offered:
                near = difflib.get_close_matches(short, offered, 1)
                hint = f" Did you mean {near[0]}?" if near else ""
                problems.append(f"network_interface_endpoints: {place.region} offers no service {short}.{hint}")
            elif endpoint.policy is not None and not offered[short].get("VpcEndpointPolicySupported", True):
                problems.append(f"network_endpoint_policy: {short} takes no policy. List it in network_full_access_endpoints.")
        return problems

    def create(self, place: Any) -> Live:
        arguments: dict[str, Any] = {} if self.private_dns is None else {"PrivateDnsEnabled": self.private_dns}
        for key, members in (("SubnetIds", self.subnets), ("SecurityGroupIds", self.groups), ("RouteTableIds", self.route_tables)):
            if members:
                arguments[key] = sorted(member.id for member in members)
        if self.policy is not None:
            arguments["PolicyDocument"] = json.dumps(self.policy)
        answer = place.client("ec2").create_vpc_endpoint(
            VpcId=self.vpc.id,
            ServiceName=self.service,
            VpcEndpointType=self.endpoint_type,
            ClientToken=str(uuid.uuid4()),
            TagSpecifications=self.specifications(),
            **arguments,
        )
        return self.made(answer["VpcEndpoint"])

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        arguments: dict[str, Any] = {}
        for field, add, remove in MEMBERS:
            if field in fields:
                before, after = fields[field].before or frozenset(), fields[field].after
                arguments |= {key: sorted(ids) for key, ids in ((add, after - before), (remove, before - after)) if ids}
        if "private_dns" in fields:
            arguments["PrivateDnsEnabled"] = fields["private_dns"].after
        if "policy" in fields:
            arguments["PolicyDocument"] = json.dumps(fields["policy"].after)
        place.client("ec2").modify_vpc_endpoint(VpcEndpointId=live.id, **arguments)

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        raise_refused(place.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[live.id]), unless="InvalidVpcEndpoint.NotFound")
