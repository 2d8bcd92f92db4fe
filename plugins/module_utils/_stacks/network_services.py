# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What serves the network: endpoints to AWS APIs, and flow logs."""

from __future__ import annotations

from typing import Any

from .._aws.ec2.flow_log import FlowLog
from .._aws.ec2.vpc_endpoint import VpcEndpoint
from .._aws.iam.role import Role
from .._aws.logs.log_group import LogGroup
from .._engine.resource import Resource
from .network_filters import Filters
from .network_foundation import Foundation
from .network_policies import endpoint_policy, flow_log_policy, flow_log_trust

# All fields of flow log version 5 that tell who talked to whom, through what, and whether it was let through.
LOG_FIELDS = (
    "version account-id vpc-id subnet-id instance-id interface-id az-id srcaddr dstaddr srcport dstport protocol tcp-flags type "
    "pkt-srcaddr pkt-dstaddr pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path packets bytes start end action log-status"
)
LOG_FORMAT = " ".join(f"${{{field}}}" for field in LOG_FIELDS.split())


class Services:
    def __init__(self, base: Foundation, filters: Filters) -> None:
        self.base, self.filters = base, filters

    def resources(self) -> list[Resource]:
        return [*self.endpoints(), *self.flow_logs()]

    def endpoints(self) -> list[VpcEndpoint]:
        tables = frozenset(table for name, table in self.base.route_tables.items() if name.startswith("workload-"))
        gateways = [self._endpoint(f"gateway-{service}", service, "Gateway", route_tables=tables) for service in self.base.p["gateway_endpoints"]]
        members, groups = self.base.of("workload"), frozenset({self.filters.groups["endpoints"]})
        return gateways + [
            self._endpoint(service, service, "Interface", subnets=members, groups=groups, private_dns=True)
            for service in self.base.p["interface_endpoints"]
        ]

    def _endpoint(self, name: str, service: str, endpoint_type: str, **more: Any) -> VpcEndpoint:
        return VpcEndpoint(
            name=name,
            vpc=self.base.vpc,
            service=f"com.amazonaws.{self.base.region}.{service}",
            endpoint_type=endpoint_type,
            policy=endpoint_policy(service, self.base.p, self.base.region),
            tags=self.base.tags(name),
            **more,
        )

    def flow_logs(self) -> list[Resource]:
        asked = self.base.p["flow_logs"]
        if asked["destination"] == "none":
            return []
        common = {
            "name": "main", "vpc": self.base.vpc, "traffic": asked["traffic"], "log_format": LOG_FORMAT,
            "aggregation_seconds": asked["aggregation_seconds"], "tags": self.base.tags("main"),
        }  # fmt: skip
        if asked["destination"] == "s3":
            return [FlowLog(bucket=asked["bucket_arn"], **common)]
        name = "flow-logs"
        group = LogGroup(
            name=name, scope=self.base.scope, retention_days=asked["retention_days"], kms_key=asked["kms_key_arn"], tags=self.base.tags(name)
        )
        role = Role(
            name=name, scope=self.base.scope, region=self.base.region, trust=flow_log_trust(self.base.p["account_id"]),
            policy=flow_log_policy(self.base.scope, self.base.region, self.base.p["account_id"]),
            boundary=self.base.p["permissions_boundary"], tags=self.base.tags(name),
        )  # fmt: skip
        return [group, role, FlowLog(log_group=group, role=role, **common)]
